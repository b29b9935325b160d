"""Routes of the token issuer: OAuth 2.0 with the metadata that lets a client find its way."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from gateway.tokens import authorize, client_auth, grants, pages, sign_in
from gateway.tokens.grants import GRANTS
from gateway.tokens.issuer import SCOPE
from gateway.tokens.oauth import NO_STORE, OAuthError, OAuthRoute, form_of, needed
from gateway.tokens.origin import address_of
from gateway.tokens.revocations import Kind, revoke
from gateway.tokens.schemas import (
    PASSWORD_FORM,
    REVOKE_FORM,
    SIGN_IN_FORM,
    TOKEN_FORM,
    KeySetOut,
    MetadataOut,
    OAuthErrorOut,
    TokenOut,
)
from gateway.tokens.start import IssuerOf
from shared.auth import TokenVerifier, caller_of
from shared.db import enter
from shared.errors import TooMany, Unauthorized, Unavailable

router = APIRouter(tags=["Tokens"], route_class=OAuthRoute)
ROUTERS = [router]

_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthErrorOut, "description": "Refused; `error` says why"},
    401: {"model": OAuthErrorOut, "description": "The client did not prove itself"},
}
_HTML = {"text/html": {"schema": {"type": "string"}}}
_PAGES: dict[int | str, dict[str, Any]] = {
    303: {"description": "Back to the client, with a code or an error in the address"},
    400: {"description": "The page again, saying what is wrong", "content": _HTML},
    429: {"description": "The page again: too many attempts", "content": _HTML},
}
_SETTING: dict[int | str, dict[str, Any]] = {
    400: {
        "description": "The page again, saying what is wrong; a form that lacks a field is refused as JSON",
        "content": _HTML | {"application/json": {"schema": OAuthErrorOut.model_json_schema()}},
    },
    429: _PAGES[429],
}
_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


@router.post("/oauth/token", response_model=TokenOut, responses=_REFUSALS, openapi_extra=TOKEN_FORM)
async def issue_token(request: Request, issuer: IssuerOf) -> Response:
    """Issue an access token to a client, or for a code to the person who signed in."""
    form = await form_of(request)
    async with issuer.transaction("issue-token") as session:
        party = await client_auth.authenticate(session, issuer, request, form)
        granted = await grants.grant(session, issuer, party, form)
    if isinstance(granted, OAuthError):
        raise granted
    body = TokenOut(access_token=granted.token, token_type="Bearer", expires_in=granted.seconds, scope=SCOPE)  # noqa: S106 - the type's name
    return JSONResponse(body.model_dump(), headers=NO_STORE)


@router.post("/oauth/revoke", status_code=200, response_class=Response, responses=_REFUSALS, openapi_extra=REVOKE_FORM)
async def revoke_token(request: Request, issuer: IssuerOf) -> Response:
    """Revoke one of the client's own tokens (RFC 7009); the edge refuses it within a second."""
    form = await form_of(request)
    verifier: TokenVerifier = request.app.state.verifier
    async with issuer.transaction("revoke-token") as session:
        party = await client_auth.authenticate(session, issuer, request, form)
        try:
            caller = caller_of(await verifier.claims(needed(form, "token")))
        except Unauthorized:
            # Not a good token, so there is nothing that could be good no more.
            return Response(headers=NO_STORE)
        if caller.client_id != party.client_id:
            raise OAuthError("unauthorized_client", "The token was issued to another client.")
        await enter(session, caller.partnership)
        await revoke(session, Kind.TOKEN, caller.token_id)
    return Response(headers=NO_STORE)


@router.get("/oauth/authorize", response_class=HTMLResponse, responses=_PAGES)
async def show_sign_in(request: Request, issuer: IssuerOf) -> Response:
    """Show the sign-in page (authorization code flow, PKCE S256)."""
    return await authorize.begin(request, issuer)


@router.post("/oauth/authorize", response_class=HTMLResponse, responses=_PAGES, openapi_extra=SIGN_IN_FORM)
async def sign_person_in(request: Request, issuer: IssuerOf) -> Response:
    """Sign in, and send the browser back with a code."""
    return await authorize.go_on(request, issuer)


@router.get("/oauth/password", response_class=HTMLResponse)
async def show_password() -> Response:
    """Show the page on which a person sets their password."""
    return pages.page("password.html", problem="")


@router.post("/oauth/password", response_class=HTMLResponse, responses=_SETTING, openapi_extra=PASSWORD_FORM)
async def set_password(request: Request, issuer: IssuerOf) -> Response:
    """Set a password, with an invitation's code or the present password; 200 when it is set, 400 when not."""
    form = await form_of(request)
    address = address_of(request, issuer.settings)
    try:
        problem = await sign_in.set_password(
            issuer, needed(form, "email"), needed(form, "proof"), needed(form, "password"), address
        )
    except TooMany:
        return pages.page("password.html", 429, problem=authorize.TOO_MANY)
    if problem is not None:
        return pages.page("password.html", 400, problem=problem)
    return pages.page(
        "message.html", title="Your password is set", text="", link="/console", link_text="Sign in to the console"
    )


@router.get("/.well-known/jwks.json", response_model=KeySetOut)
async def list_keys(issuer: IssuerOf) -> Response:
    """The public keys with which services verify tokens."""
    published = issuer.keys.published()
    if not published:
        raise Unavailable("There is no signing key yet.")
    return JSONResponse({"keys": published}, headers={"Cache-Control": "public, max-age=60"})


@router.get("/.well-known/oauth-authorization-server")
async def describe_issuer(issuer: IssuerOf) -> MetadataOut:
    """The issuer's metadata (RFC 8414)."""
    base = issuer.settings.issuer
    return MetadataOut(
        issuer=base,
        authorization_endpoint=f"{base}/oauth/authorize",
        token_endpoint=f"{base}/oauth/token",
        revocation_endpoint=f"{base}/oauth/revoke",
        jwks_uri=f"{base}/.well-known/jwks.json",
        response_types_supported=["code"],
        grant_types_supported=list(GRANTS),
        scopes_supported=[SCOPE],
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=_AUTH_METHODS,
        token_endpoint_auth_signing_alg_values_supported=["RS256", "ES256"],
        revocation_endpoint_auth_methods_supported=_AUTH_METHODS,
        authorization_response_iss_parameter_supported=True,
    )
