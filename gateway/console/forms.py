"""Forms as browsers send them, and the platform's refusals as people read them."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import httpx
from fastapi import Request

from shared.errors import BadRequest

_MAX_FORM, _MAX_FIELDS = 20_000, 30


async def form_of(request: Request, most: int = _MAX_FORM, fields: int = _MAX_FIELDS) -> dict[str, str]:
    """The form's fields; the last of a repeated one."""
    body = await request.body()
    if len(body) > most:
        raise BadRequest("The form is too large.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=fields))
    except ValueError as error:
        raise BadRequest("The form cannot be read.") from error


def field_errors(
    answer: httpx.Response, fields: Sequence[str], called: Mapping[str, str] | None = None, under: str = ""
) -> dict[str, str]:
    """Field of the page → sentence, from a problem document; what belongs to no field stands at the first one.

    `called` says which field of the page stands for a member of the body that has another name; `under` is the
    pointer to the part of the body that the page's fields are.
    """
    problem = answer.json()
    found: dict[str, str] = {}
    for one in problem.get("errors", []):
        member = str(one["pointer"]).removeprefix(under).strip("/").split("/")[0]
        field = (called or {}).get(member, member)
        name = member.replace("_", " ").capitalize()
        found[field if field in fields else fields[0]] = _sentence(f"{name} {one['message']}")
    return found or {fields[0]: str(problem.get("detail") or problem.get("title"))}


def _sentence(words: str) -> str:
    words = words.strip()
    return words[:1].upper() + words[1:]
