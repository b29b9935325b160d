"""What the edge adds to every operation: how to prove who you are, the key of a change, its own answers."""

from typing import Any, Final

from shared.problems import DOCUMENTED, MEDIA_TYPE

_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
_EDGE: Final = {
    "429": "RateLimited",
    "431": "HeadersTooLarge",
    "502": "NoWholeAnswer",
    "503": "Away",
    "504": "NoAnswerInTime",
}
_RESPONSES: Final = {
    "RateLimited": "Too many requests of this client; Retry-After says when to come again",
    "HeadersTooLarge": "More header lines or bytes than anybody needs",
    "NoWholeAnswer": "The service gave no whole answer; send it again with the same Idempotency-Key",
    "Away": DOCUMENTED[503]["description"],
    "NoAnswerInTime": "The service did not answer in time; send it again with the same Idempotency-Key",
}
_HEADERS: Final = {
    "RateLimit-Policy": "How many requests (`q`) in how many seconds (`w`)",
    "RateLimit": "How many requests are left (`r`), and in how many seconds all are back (`t`)",
    "Retry-After": "Seconds",
    "X-Request-Id": "Name this when you ask somebody for help",
}


def components(issuer: str) -> dict[str, Any]:
    """Security schemes, parameters, responses and headers that operations refer to."""
    return {
        "securitySchemes": _security(issuer),
        "parameters": {"IdempotencyKey": _KEY},
        "headers": {
            name.replace("-", ""): {"description": said, "schema": {"type": "string"}}
            for name, said in _HEADERS.items()
        },
        "responses": {
            name: {"description": said, "headers": _headers("RetryAfter", "XRequestId"), "content": _PROBLEM}
            for name, said in _RESPONSES.items()
        },
    }


_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Any text that is new for every change, a UUID for instance. Sent again with the same body, the "
    "same answer comes and nothing is done twice; kept for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def key_parameter() -> dict[str, str]:
    """A reference to the Idempotency-Key."""
    return {"$ref": "#/components/parameters/IdempotencyKey"}


def edge_responses(responses: dict[str, Any], *, forwarded: bool) -> dict[str, Any]:
    """The operation's answers, with the limit's headers on those that go well, and the edge's own."""
    told = {
        status: {**one, "headers": {**_headers("RateLimitPolicy", "RateLimit", "XRequestId"), **one.get("headers", {})}}
        if status.startswith("2")
        else one
        for status, one in responses.items()
    }
    names = _EDGE if forwarded else {"429": "RateLimited", "431": "HeadersTooLarge"}
    own = {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}
    return dict(sorted((told | own).items()))


def _headers(*names: str) -> dict[str, Any]:
    spelled = {name.replace("-", ""): name for name in _HEADERS}
    return {spelled[name]: {"$ref": f"#/components/headers/{name}"} for name in names}


def _security(issuer: str) -> dict[str, Any]:
    token = f"{issuer}/oauth/token"
    scopes = {"api": "Everything that the roles of whoever asks allow"}
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "at+jwt",
            "description": "An access token of this platform, or of a configured external issuer.",
        },
        "oauth2": {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": token, "scopes": scopes},
                "authorizationCode": {
                    "authorizationUrl": f"{issuer}/oauth/authorize",
                    "tokenUrl": token,
                    "scopes": scopes,
                },
            },
        },
    }
