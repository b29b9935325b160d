"""What administrators, systems and browsers ask of the gateway itself: identity, tokens, webhook endpoints."""

import re
from typing import Final

import httpx

from deploy.local.cast import Cast
from deploy.local.client import Caller
from deploy.local.journey.story import Story
from deploy.local.logins import CONSOLE, PersonLogin
from shared.ids import new_id

_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
# Of a verifier that nobody needs: no token is fetched with the code.
_CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def play(story: Story, platform: Caller, webhooks: str, issuer: str) -> None:
    """`issuer` is an external one that the platform trusts; `webhooks` is where somebody listens."""
    cast = story.cast
    await of_the_platform(cast, platform)
    await organisations(cast)
    await a_person(cast, issuer)
    await a_client(cast, issuer)
    await an_endpoint(story, webhooks)
    await a_browser(cast)


async def of_the_platform(cast: Cast, platform: Caller) -> None:
    """Keys and description are for everybody; administrators are appointed by the platform's own."""
    http = cast.gateway.http
    for path in ("/.well-known/jwks.json", "/.well-known/oauth-authorization-server"):
        (await http.get(path)).raise_for_status()
    mine = (await cast.home.admin.get("/v1/partnerships"))["items"][0]
    await platform.post(f"/v1/partnerships/{mine['id']}/administrators", {"name": "One more administrator"})
    await cast.home.admin.get(f"/v1/partnerships/{mine['id']}")
    change = {"scheme_name": mine["scheme_name"], "settings": mine["settings"]}
    await cast.home.admin.move(f"/v1/partnerships/{mine['id']}/change", change)


async def organisations(cast: Cast) -> None:
    admin = cast.home.admin
    made = await admin.post("/v1/organisations", {"name": f"Spare {new_id().hex[-8:]}", "kind": "faith"})
    await admin.move(f"/v1/organisations/{made.id}/change", {"name": f"Spared {new_id().hex[-8:]}"})


async def a_person(cast: Cast, issuer: str) -> None:
    """Known elsewhere, invited, a member for a while, signed out."""
    admin, mail = cast.home.admin, cast.home.plan.mail_domain
    body = {"display_name": "Spare Person", "email": f"{new_id().hex}@{mail}"}
    at = f"/v1/people/{(await admin.post('/v1/people', body)).id}"
    await admin.move(f"{at}/change", {"display_name": "Spared Person", "email": f"{new_id().hex}@{mail}"})
    await _known_elsewhere(admin, at, issuer)
    membership = {"organisation": str(cast.home.organisations["la"]), "roles": ["analyst"]}
    await admin.post(f"{at}/memberships", membership)
    held = (await admin.get(at))["memberships"][0]
    admin.gateway.etags[f"{at}/memberships/{held['id']}"] = f'"{held["version"]}"'
    await admin.move(f"{at}/memberships/{held['id']}/end")
    await admin.post(f"{at}/sign-outs")


async def a_client(cast: Cast, issuer: str) -> None:
    """Known elsewhere; its secret is changed, then it is revoked."""
    admin = cast.home.admin
    body = {"organisation": str(cast.home.organisations["la"]), "name": f"Spare {new_id().hex[-8:]}", "kind": "partner"}
    at = f"/v1/clients/{(await admin.post('/v1/clients', body))['client']['id']}"
    await _known_elsewhere(admin, at, issuer)
    await admin.move(f"{at}/rotate-secret", {"keep_former_seconds": 0})
    await admin.move(f"{at}/revoke")


async def _known_elsewhere(admin: Caller, at: str, issuer: str) -> None:
    """Under two names, one of which is taken away again."""
    for taken_away in (False, True):
        body = {"issuer": issuer, "subject": f"subject-{new_id().hex}"}
        path = f"{at}/external-identities/{(await admin.post(f'{at}/external-identities', body)).id}"
        if taken_away:
            bearer = {"Authorization": f"Bearer {await admin.token()}"}
            (await admin.gateway.http.delete(path, headers=bearer)).raise_for_status()


async def an_endpoint(story: Story, url: str) -> None:
    """Changed, tried, rested and given another secret; what it missed is sent again."""
    system = story.cast.la_system
    made = await system.post("/v1/webhook-endpoints", {"url": url, "event_types": ["*"]})
    at = f"/v1/webhook-endpoints/{made.id}"
    await system.change("PATCH", at, {"description": "For the case system"})
    await system.post(f"{at}/ping")
    event = (await system.get("/v1/events", limit=1))["items"][0]
    await system.post(f"{at}/replay", {"since": event["time"]})
    await system.post(f"{at}/deliveries/{event['id']}/replay")
    await system.post(f"{at}/replay-missing")
    for last in ("pause", "resume"):
        await system.move(f"{at}/{last}")
    await system.move(f"{at}/rotate-secret", {"overlap_hours": 1})


async def a_browser(cast: Cast) -> None:
    """Somebody signs in at the page, leaves, and looks at the page for passwords."""
    http, login = cast.gateway.http, cast.social_worker.login
    assert isinstance(login, PersonLogin)
    issuer = (await http.get("/.well-known/oauth-authorization-server")).json()["issuer"]
    asked = {
        "response_type": "code",
        "client_id": CONSOLE,
        "redirect_uri": f"{issuer}/console/callback",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
        "state": "a state",
    }
    page = await http.get("/oauth/authorize", params=asked)
    ticket = _TICKET.search(page.text)
    assert ticket is not None
    form = {"ticket": ticket[1], "email": login.email, "password": login.password}
    answer = await http.post("/oauth/authorize", data=form)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.status_code
    (await http.get("/oauth/password")).raise_for_status()
    (await http.post("/oauth/revoke", data={"token": "no token", "client_id": CONSOLE})).raise_for_status()
