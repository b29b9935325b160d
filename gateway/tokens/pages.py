"""The pages of signing in: rendered on the server, without script, in nobody's frame, kept by nobody."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.tokens.oauth import NO_STORE

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def page(template: str, status: int = 200, *, targets: str = "", **values: Any) -> HTMLResponse:
    """One page. `targets` are origins, beside our own, to which its form may lead."""
    headers = NO_STORE | {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self';"
        f" form-action 'self' {targets}; frame-ancestors 'none'; base-uri 'none'",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status, headers=headers)
