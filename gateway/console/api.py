"""Routes of the console: who is there, ask the platform in their name, render."""

import secrets
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from gateway.console import concerns, inside, overview, session
from gateway.console.callers import Calls, Form, Signed, issuer_of
from gateway.console.forms import field_errors, form_of
from gateway.console.inside import Inside
from gateway.console.matching import api as matching
from gateway.console.pages import HEADERS, page
from gateway.console.public import api as public
from gateway.console.session import Visitor
from gateway.console.training import api as training
from gateway.console.views import attempt_row, client_line, concerns_of, endpoint_line, health_lines
from gateway.tokens import sign_in
from gateway.tokens.origin import address_of
from shared import wall_clock
from shared.errors import Forbidden
from shared.ids import new_id

_ENDPOINT = partial(field_errors, fields=("url", "types"), called={"event_types": "types"})
_CLIENT = partial(field_errors, fields=("name", "organisation", "roles"), called={"kind": "roles"})

router = APIRouter(prefix="/console", include_in_schema=False)
ROUTERS = [router, concerns.router, *training.ROUTERS, *matching.ROUTERS, *public.ROUTERS]


@router.get("/sign-in")
async def show_sign_in() -> Response:
    return page("sign_in.html")


@router.post("/sign-in")
async def sign_in_person(request: Request) -> Response:
    form, parts = await form_of(request), request.app.state.parts
    address = address_of(request, issuer_of(request).settings)
    seats = await sign_in.sign_in(issuer_of(request), form.get("email", ""), form.get("password", ""), address)
    if not seats:
        return page("sign_in.html", 422, errors={"email": "The email address or the password is not right"})
    seat = seats[min(int(form.get("seat", "0")), len(seats) - 1)] if form.get("seat", "0").isdigit() else seats[0]
    visitor = Visitor(
        seat.partnership, seat.person, seat.organisation, "", "", wall_clock.seconds(), secrets.token_hex(16)
    )
    visitor = await _named(request, visitor)
    answer = RedirectResponse("/console", status_code=303)
    session.remember(answer, parts.ring, visitor, secure=parts.settings.issuer.startswith("https:"))
    return answer


async def _named(request: Request, visitor: Visitor) -> Visitor:
    """The visitor with the names that the pages show, asked of the platform in their name."""
    issued = await inside.token_for(issuer_of(request), visitor)
    calls = Inside(request.app, issued.token)
    me = await calls.read("/v1/people/me")
    await calls.close()
    names = {"name": me["person"]["display_name"] or "", "partnership_name": me["organisation"]["name"]}
    return replace(visitor, **names, roles=tuple(me["roles"]))


@router.post("/sign-out")
async def sign_out_person(request: Request, visitor: Signed, _form: Form) -> Response:
    await inside.sign_out(issuer_of(request), visitor)
    answer = RedirectResponse("/console/sign-in", status_code=303)
    session.forget(answer)
    return answer


@router.post("/token")
async def issue_token(request: Request, visitor: Signed) -> Response:
    if not session.is_own_form(visitor, request.headers.get("x-csrf", "")):
        raise Forbidden("The request is not from this session.")
    issued = await inside.token_for(issuer_of(request), visitor)
    return JSONResponse({"access_token": issued.token, "expires_in": issued.seconds}, headers=HEADERS)


@router.get("")
async def show_home(request: Request, visitor: Signed, calls: Calls) -> Response:
    return page("home.html", here="/console", visitor=visitor, **await _figures(request, calls))


@router.get("/parts")
async def show_parts(request: Request, _visitor: Signed, calls: Calls) -> Response:
    return page("parts.html", **await _figures(request, calls))


async def _figures(request: Request, calls: Inside) -> dict[str, Any]:
    state = request.app.state
    return {
        "parts": await overview.parts_of(state.parts, state.settings),
        "webhooks": await health_lines(calls),
        "concerns": await concerns_of(calls),
    }


@router.get("/api")
async def show_api(visitor: Signed) -> Response:
    return page("api.html", here="/console/api", visitor=visitor, inline_styles=True)


@router.get("/webhooks")
async def show_webhooks(visitor: Signed, calls: Calls) -> Response:
    return await _webhooks(visitor, calls)


async def _webhooks(visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.read("/v1/webhook-endpoints") or {"items": []}
    lines = [endpoint_line(one) for one in found["items"]]
    return page(
        "webhooks.html", status, here="/console/webhooks", visitor=visitor, endpoints=lines, key=new_id(), **more
    )


@router.post("/webhooks")
async def register_webhook(visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"url": form.get("url", ""), "event_types": form.get("types", "").split()}
    answer = await calls.send("/v1/webhook-endpoints", body, form.get("key", ""))
    if answer.status_code >= 300:
        return await _webhooks(
            visitor, calls, 422, errors=field_errors(answer, ("url", "types"), {"event_types": "types"})
        )
    message = {"good": True, "text": "The endpoint is registered.", "secret": answer.json().get("secret")}
    return await _webhooks(visitor, calls, message=message)


@router.get("/webhooks/{endpoint}")
async def show_webhook(endpoint: str, visitor: Signed, calls: Calls) -> Response:
    return await _webhook(endpoint, visitor, calls)


async def _webhook(endpoint: str, visitor: Visitor, calls: Inside, **more: Any) -> Response:
    path = f"/v1/webhook-endpoints/{endpoint}"
    found = await calls.read(path)
    if found is None:
        return page("problem.html", 404, visitor=visitor, title="Not found", detail="There is no such endpoint.")
    attempts = await calls.read(f"{path}/attempts") or {"items": []}
    line = endpoint_line(found)
    rows = [attempt_row(one) for one in attempts["items"]]
    return page(
        "webhook.html", here="/console/webhooks", visitor=visitor, endpoint=line, attempts=rows, key=new_id(), **more
    )


@router.post("/webhooks/{endpoint}/{verb}")
async def act_on_webhook(endpoint: str, verb: str, visitor: Signed, calls: Calls, form: Form) -> Response:
    path = f"/v1/webhook-endpoints/{endpoint}/{verb}"
    answer = await calls.send(path, None, form.get("key", ""), form.get("match", ""))
    if answer.status_code >= 300:
        return await _webhook(endpoint, visitor, calls, message={"good": False, "text": answer.json()["title"]})
    made = answer.json() if answer.content else {}
    secret = made.get("secret")
    return await _webhook(endpoint, visitor, calls, message={"good": True, "text": "Done.", "secret": secret})


@router.get("/clients")
async def show_clients(visitor: Signed, calls: Calls) -> Response:
    return await _clients(visitor, calls)


async def _clients(visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    clients = await calls.read("/v1/clients") or {"items": []}
    organisations = await calls.read("/v1/organisations") or {"items": []}
    lines = [client_line(one) for one in clients["items"]]
    values = {"clients": lines, "organisations": organisations["items"], "key": new_id(), **more}
    return page("clients.html", status, here="/console/clients", visitor=visitor, **values)


@router.post("/clients")
async def register_client(visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {
        "name": form.get("name", ""),
        "organisation": form.get("organisation", ""),
        "kind": "intake" if form.get("roles") == "intake" else "partner",
        "roles": [form.get("roles", "")],
    }
    answer = await calls.send("/v1/clients", body, form.get("key", ""))
    if answer.status_code >= 300:
        return await _clients(
            visitor, calls, 422, errors=field_errors(answer, ("name", "organisation", "roles"), {"kind": "roles"})
        )
    made = answer.json()
    text = f"The client is registered. Its client_id is {made['client']['id']}."
    return await _clients(visitor, calls, message={"good": True, "text": text, "secret": made["client_secret"]})


@router.post("/clients/{client}/revoke")
async def revoke_client(client: str, visitor: Signed, calls: Calls, form: Form) -> Response:
    path = f"/v1/clients/{client}"
    answer = await calls.send(f"{path}/revoke", None, form.get("key", ""), await calls.tag(path))
    good = answer.status_code < 300
    text = "The client is revoked; its tokens are dead within a second." if good else answer.json()["title"]
    return await _clients(visitor, calls, message={"good": good, "text": text})
