"""Rendering: templates, the headers that keep a page to itself, and files that never change under their name."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

HERE = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
# The API description sets styles from its script; every other page gets by without.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_NOTHING: dict[str, Any] = {"errors": {}, "message": None, "visitor": None, "here": ""}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def page(template: str, status: int = 200, *, inline_styles: bool = False, **values: Any) -> HTMLResponse:
    """One page of the console."""
    policy = _POLICY.format(styles=" 'unsafe-inline'" if inline_styles else "")
    return HTMLResponse(rendered(template, **values), status, headers=HEADERS | {"Content-Security-Policy": policy})


def rendered(template: str, **values: Any) -> str:
    """The text of a page."""
    return _TEMPLATES.get_template(template).render(_NOTHING | values)
