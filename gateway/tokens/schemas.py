"""What the issuer answers, and how OpenAPI describes the forms that it takes."""

from typing import Any

from pydantic import BaseModel, Field


class TokenOut(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str = Field(description="A signed token (RFC 9068); read nothing into it, just send it.")
    token_type: str = Field(description="Always `Bearer`.")
    expires_in: int = Field(description="Seconds; at the most 300.")
    scope: str


class OAuthErrorOut(BaseModel):
    """RFC 6749 §5.2."""

    error: str = Field(description="A code of the standard.")
    error_description: str


class KeySetOut(BaseModel):
    """RFC 7517: the public keys with which tokens are verified."""

    keys: list[dict[str, str]]


class MetadataOut(BaseModel):
    """RFC 8414."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    response_types_supported: list[str]
    grant_types_supported: list[str]
    scopes_supported: list[str]
    code_challenge_methods_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool


def form(required: tuple[str, ...], **fields: str) -> dict[str, Any]:
    """`openapi_extra` of a route that takes a form: field → description."""
    properties = {name: {"type": "string", "description": text} for name, text in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_CLIENT = {
    "client_id": "Unless the Basic header says it.",
    "client_secret": "Unless the Basic header says it.",
    "client_assertion_type": "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with an assertion.",
    "client_assertion": "A JWT signed with the registered key (private_key_jwt).",
}
TOKEN_FORM = form(
    ("grant_type",),
    grant_type="`client_credentials` or `authorization_code`.",
    scope="`api`, which is also what an absent scope means.",
    code="With `authorization_code`.",
    redirect_uri="With `authorization_code`.",
    code_verifier="With `authorization_code` (PKCE, S256).",
    partnership="For the platform's own workers only.",
    **_CLIENT,
)
REVOKE_FORM = form(("token",), token="The access token that is to be good no more.", token_type_hint="", **_CLIENT)  # noqa: S106 - a description
PASSWORD_FORM = form(
    ("email", "proof", "password"),
    email="With which the person signs in.",
    proof="The code of an invitation, or the present password.",
    password="The new password, 12 to 128 characters.",  # noqa: S106 - a description
)
SIGN_IN_FORM = form(
    ("ticket",),
    ticket="From the page that is being answered.",
    email="On the sign-in page.",
    password="On the sign-in page.",  # noqa: S106 - a description
    seat="On the page that asks for whom one acts.",
)
