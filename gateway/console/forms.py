"""Forms as browsers send them, and the platform's refusals as people read them."""

from urllib.parse import parse_qsl

import httpx
from fastapi import Request

from shared.errors import BadRequest

_MAX_FORM = 20_000


async def form_of(request: Request) -> dict[str, str]:
    """The form's fields; the last of a repeated one."""
    body = await request.body()
    if len(body) > _MAX_FORM:
        raise BadRequest("The form is too large.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=30))
    except ValueError as error:
        raise BadRequest("The form cannot be read.") from error


def field_errors(answer: httpx.Response, known: set[str]) -> dict[str, str]:
    """Field → sentence, from a problem document; what belongs to no field stands at the first one."""
    problem = answer.json()
    found: dict[str, str] = {}
    for one in problem.get("errors", []):
        field = str(one["pointer"]).strip("/").split("/")[0]
        found[field if field in known else min(known)] = f"{field.replace('_', ' ').capitalize()} {one['message']}"
    return found or {min(known): str(problem.get("detail") or problem.get("title"))}
