"""The page that the code at the door leads to: people sign in on their own phone, in their language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console.forms import form_of
from gateway.console.inside import Inside
from gateway.console.public import speech
from gateway.console.public.pages import Asking, fresh
from shared.calendar import LONDON
from shared.ids import new_id

router = APIRouter(prefix="/public/sign-in", include_in_schema=False)
_SAID: Final = ("name", "organisation", "ethnicity", "ethnicity_code", "gender", "gender_code", "language", "outcode")
_GENDERS: Final = {
    "female": "female",
    "male": "male",
    "another": "another_gender",
    "prefer_not_to_say": "prefer_not",
}
_FULL: Final = "/sign-in-full"


def _language(request: Request, wanted: str) -> str:
    return speech.chosen(wanted, request.headers.get("accept-language", ""))


@router.get("/{link}")
async def show_sign_in(request: Request, link: str, calls: Asking, lang: str = "") -> Response:
    return await _page(calls, link, _language(request, lang))


async def _page(calls: Inside, link: str, language: str, **more: Any) -> Response:
    answer = await calls.get(_api(link))
    if not answer.is_success:
        return _refused(answer, language)
    found = answer.json()
    values = {
        "at": f"/public/sign-in/{link}",
        "session": found,
        "when": _hours(found["starts_at"], found["ends_at"]),
        "groups": _by_heading(found["codes"]["ethnicity"]),
        "genders": [(code, speech.ALL[language][_GENDERS[code]]) for code in found["codes"]["gender"]],
        "typed": {},
        "key": new_id(),
    }
    status = more.pop("status", httpx.codes.OK)
    return fresh("public/sign_in.html", status, **(speech.spoken(language) | values | more))


@router.post("/{link}")
async def sign_in(request: Request, link: str, calls: Asking) -> Response:
    form = await form_of(request)
    language = _language(request, form.get("lang", ""))
    answer = await calls.send(_api(link), _said(form), form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"/public/sign-in/{link}/done?lang={language}", status_code=303)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        errors = {_field(one["pointer"]): speech.ALL[language]["check"] for one in answer.json().get("errors", ())}
        more = {"errors": errors, "typed": form, "key": form.get("key", "")}
        return await _page(calls, link, language, status=answer.status_code, **more)
    return _refused(answer, language)


@router.get("/{link}/done")
async def show_signed_in(request: Request, link: str, lang: str = "") -> Response:
    values = speech.spoken(_language(request, lang)) | {"at": f"/public/sign-in/{link}", "others": []}
    return fresh("public/signed_in.html", **values)


def _api(link: str) -> str:
    return f"/v1/public/sign-ins/{link}"


def _said(form: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in, and nothing else."""
    said: dict[str, Any] = {name: form[name].strip() for name in _SAID if form.get(name, "").strip()}
    if "outcode" in said:
        said["outcode"] = said["outcode"].upper()
    if form.get("of", "").isdigit():
        said["parts"] = [part for part in range(1, min(int(form["of"]), 10) + 1) if form.get(f"part-{part}")]
    return said


def _field(pointer: str) -> str:
    name = pointer.strip("/").partition("/")[0]
    return name if name in (*_SAID, "parts") else "name"


def _refused(answer: httpx.Response, language: str) -> Response:
    """In their language; of a link that has ended the answer is that of one that never was."""
    words = speech.ALL[language]
    title, text, status = words["gone_title"], words["gone_text"], httpx.codes.NOT_FOUND
    if answer.status_code == httpx.codes.CONFLICT:
        is_full = answer.json()["type"].endswith(_FULL)
        title, text, status = words["title"], words["full" if is_full else "not_begun"], httpx.codes.CONFLICT
    elif answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        title, text, status = words["problem"], words["busy"], httpx.codes(answer.status_code)
    return fresh("public/no_sign_in.html", status, title=title, detail=text, **speech.spoken(language))


def _by_heading(codes: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in codes:
        found.setdefault(one["group"], []).append(one)
    return found


def _hours(starts: str, ends: str) -> str:
    """In figures, which every language reads."""
    first, last = (datetime.fromisoformat(one).astimezone(LONDON) for one in (starts, ends))
    return f"{first:%d/%m/%Y, %H:%M}–{last:%H:%M}"
