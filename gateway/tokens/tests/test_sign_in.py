"""People sign in: the page, PKCE, codes that are good once, and limits on guessing."""

import base64
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from jose import jwt
from sqlalchemy import text

from gateway.identity.tests.platform import PASSWORD, VERIFIER, Partnership, Person, Platform, code_in, ticket_on
from gateway.tokens import tickets
from shared.auth import Role
from shared.ids import new_id


async def _coordinator(platform: Platform, partnership: Partnership) -> tuple[Person, UUID]:
    scheme = await platform.organisation(partnership)
    return await platform.person(partnership, scheme, Role.COORDINATOR), scheme


async def test_a_person_signs_in_and_is_who_their_membership_says(platform: Platform, partnership: Partnership) -> None:
    person, scheme = await _coordinator(platform, partnership)
    sent_back = await platform.enter(person.email, PASSWORD)
    told = parse_qs(urlsplit(sent_back.headers["location"]).query)
    assert sent_back.headers["location"].startswith(platform.redirect_uri)
    assert (told["state"], told["iss"]) == (["the-state"], [platform.issuer.settings.issuer])
    answer = await platform.redeem(code_in(sent_back))
    assert answer.status_code == 200
    claims = jwt.get_unverified_claims(answer.json()["access_token"])
    assert claims["sub"] == claims["person"] == str(person.id)
    assert (claims["client_id"], claims["roles"]) == ("console", ["coordinator"])
    assert (claims["organisation"], claims["partnership"]) == (str(scheme), str(partnership.id))


async def test_the_page_is_in_nobodys_frame_and_runs_no_script(platform: Platform) -> None:
    page = await platform.client.get("/oauth/authorize", params=platform.asked())
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert "HttpOnly" in page.headers["set-cookie"] or tickets.COOKIE in platform.client.cookies
    assert "the-state" not in page.text


@pytest.mark.parametrize(
    "other",
    [{"client_id": "other"}, {"redirect_uri": "https://evil.example/callback"}, {"redirect_uri": ""}],
)
async def test_an_unknown_client_or_address_is_never_sent_anything(platform: Platform, other: dict[str, str]) -> None:
    answer = await platform.client.get("/oauth/authorize", params=platform.asked(**other))
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_an_address_that_only_begins_right_is_not_the_address(platform: Platform) -> None:
    for address in (f"{platform.redirect_uri}/more", f"{platform.redirect_uri}@evil.example"):
        answer = await platform.client.get("/oauth/authorize", params=platform.asked(redirect_uri=address))
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
async def test_what_else_is_wrong_is_told_to_the_client(platform: Platform, other: dict[str, str], error: str) -> None:
    answer = await platform.client.get("/oauth/authorize", params=platform.asked(**other))
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == [error]


async def test_an_unknown_address_and_a_wrong_password_look_the_same(
    platform: Platform, partnership: Partnership
) -> None:
    person, _ = await _coordinator(platform, partnership)
    wrong = await platform.enter(person.email, "not the password")
    unknown = await platform.enter(f"{new_id()}@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.text.replace(ticket_on(wrong), "") == unknown.text.replace(ticket_on(unknown), "")
    assert person.email not in wrong.text


async def test_somebody_without_a_password_cannot_sign_in(platform: Platform, partnership: Partnership) -> None:
    email = f"{new_id()}@example.org"
    await partnership.admin.post("/v1/people", {"display_name": "Ada", "email": email})
    for password in ("", "None", PASSWORD):
        assert (await platform.enter(email, password)).status_code == 400


async def test_after_five_wrong_passwords_the_right_one_has_to_wait(
    platform: Platform, partnership: Partnership
) -> None:
    person, _ = await _coordinator(platform, partnership)
    for _ in range(platform.issuer.settings.sign_in_failures_per_name):
        assert (await platform.enter(person.email, "wrong")).status_code == 400
    blocked = await platform.enter(person.email, PASSWORD)
    assert blocked.status_code == 429
    other, _ = await _coordinator(platform, partnership)
    assert (await platform.enter(other.email, PASSWORD)).status_code == 303


async def test_a_success_forgets_the_failures_before_it(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _coordinator(platform, partnership)
    for _ in range(3):
        for _ in range(platform.issuer.settings.sign_in_failures_per_name - 1):
            assert (await platform.enter(person.email, "wrong")).status_code == 400
        assert (await platform.enter(person.email, PASSWORD)).status_code == 303


async def test_from_one_address_only_so_many_names_are_tried(platform: Platform) -> None:
    statuses = [
        (await platform.enter(f"{new_id()}@example.org", "wrong")).status_code
        for _ in range(platform.issuer.settings.sign_in_failures_per_address + 1)
    ]
    assert statuses[-1] == 429
    assert statuses[0] == 400


async def test_a_ticket_is_this_browsers_and_whole(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _coordinator(platform, partnership)
    ticket = await platform.ticket()
    form = {"email": person.email, "password": PASSWORD}
    for broken in ("", "zz", ticket[:-2] + ("00" if ticket[-2:] != "00" else "11"), ticket[: len(ticket) // 2]):
        answer = await platform.client.post("/oauth/authorize", data=form | {"ticket": broken})
        assert answer.status_code == 400, broken
    cookies = dict(platform.client.cookies)
    platform.client.cookies.clear()
    assert (await platform.client.post("/oauth/authorize", data=form | {"ticket": ticket})).status_code == 400
    platform.client.cookies.set(tickets.COOKIE, "A" * 43)
    assert (await platform.client.post("/oauth/authorize", data=form | {"ticket": ticket})).status_code == 400
    platform.client.cookies.clear()
    platform.client.cookies.update(cookies)
    assert (await platform.client.post("/oauth/authorize", data=form | {"ticket": ticket})).status_code == 303


async def test_a_ticket_runs_out(platform: Platform) -> None:
    ring = platform.parts.ring
    assert tickets.open_(ring, "b", tickets.seal(ring, "b", {"asked": {}}, seconds=10)) == {"asked": {}}
    assert tickets.open_(ring, "b", tickets.seal(ring, "b", {"asked": {}}, seconds=-1)) is None


async def test_whoever_acts_for_several_chooses_one(platform: Platform, partnership: Partnership) -> None:
    person, scheme = await _coordinator(platform, partnership)
    vcs = await platform.organisation(partnership, "vcs")
    await platform.join(partnership, person, vcs, Role.VCS_MEMBER)
    page = await platform.enter(person.email, PASSWORD)
    assert page.status_code == 200
    ticket = ticket_on(page)
    for index, (organisation, role) in enumerate([(scheme, "coordinator"), (vcs, "vcs_member")]):
        chosen = await platform.client.post("/oauth/authorize", data={"ticket": ticket, "seat": str(index)})
        token = (await platform.redeem(code_in(chosen))).json()["access_token"]
        claims = jwt.get_unverified_claims(token)
        assert (claims["organisation"], claims["roles"]) == (str(organisation), [role])
    for seat in ("", "2", "-1", "x"):
        refused = await platform.client.post("/oauth/authorize", data={"ticket": ticket, "seat": seat})
        assert refused.status_code == 400


async def test_an_address_in_two_partnerships_is_known_where_the_password_is(
    platform: Platform, partnership: Partnership
) -> None:
    here, _ = await _coordinator(platform, partnership)
    other = await platform.found()
    scheme = await platform.organisation(other)
    answer = await other.admin.post("/v1/people", {"display_name": "Ada", "email": here.email})
    there = Person(UUID(answer.json()["id"]), here.email)
    await platform.join(other, there, scheme, Role.TRAINER)
    assert (await platform.invite_and_set(other, there, "quite another phrase")).status_code == 200
    first = await platform.redeem(code_in(await platform.enter(here.email, PASSWORD)))
    second = await platform.redeem(code_in(await platform.enter(here.email, "quite another phrase")))
    claims = [jwt.get_unverified_claims(answer.json()["access_token"]) for answer in (first, second)]
    assert [one["partnership"] for one in claims] == [str(partnership.id), str(other.id)]
    assert [one["roles"] for one in claims] == [["coordinator"], ["trainer"]]


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": "A" * 43},
        {"code_verifier": VERIFIER[:42]},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example"},
        {"code": "nonsense"},
    ],
)
async def test_a_code_is_good_only_with_what_it_was_asked_for_with(
    platform: Platform, partnership: Partnership, other: dict[str, str]
) -> None:
    person, _ = await _coordinator(platform, partnership)
    code = await platform.code(person)
    refused = await platform.redeem(code, **other)
    assert refused.status_code == 400
    assert refused.json()["error"] == ("invalid_request" if "" in other.values() else "invalid_grant")
    assert (await platform.redeem(code)).status_code == 200


async def test_a_code_that_names_another_partnership_finds_nothing(
    platform: Platform, partnership: Partnership
) -> None:
    person, _ = await _coordinator(platform, partnership)
    other = await platform.found()
    code = base64.urlsafe_b64decode(await platform.code(person))
    forged = base64.urlsafe_b64encode(other.id.bytes + code[16:]).decode()
    assert (await platform.redeem(forged)).json()["error"] == "invalid_grant"


async def test_a_code_used_twice_takes_the_token_back(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _coordinator(platform, partnership)
    code = await platform.code(person)
    caller = platform.bearer((await platform.redeem(code)).json()["access_token"])
    assert (await caller.get("/v1/people/me")).status_code == 200
    assert (await platform.redeem(code)).json()["error"] == "invalid_grant"
    await platform.issuer.revocations.refresh(platform.parts)
    assert (await caller.get("/v1/people/me")).status_code == 401


async def test_a_code_runs_out_within_a_minute(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _coordinator(platform, partnership)
    code = await platform.code(person)
    async with platform.parts.worker.engine.begin() as connection:
        rows = await connection.execute(
            text("SELECT max(expires_at - now()) < interval '61 seconds' FROM authorization_codes")
        )
        assert rows.scalar_one()
        await connection.execute(text("UPDATE authorization_codes SET expires_at = now() WHERE token_id IS NULL"))
    assert (await platform.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_code_of_a_membership_that_ended_meanwhile_gives_nothing(
    platform: Platform, partnership: Partnership
) -> None:
    person, _ = await _coordinator(platform, partnership)
    code = await platform.code(person)
    path = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"
    assert (await partnership.admin.post(path, match=1)).status_code == 200
    assert (await platform.redeem(code)).json()["error"] == "invalid_grant"


async def test_codes_and_passwords_are_not_kept_as_they_are(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _coordinator(platform, partnership)
    code = await platform.code(person)
    async with platform.parts.worker.engine.connect() as connection:
        codes = (await connection.execute(text("SELECT * FROM authorization_codes"))).all()
    assert code not in repr(codes)
    async with platform.parts.app.engine.connect() as connection:
        await connection.execute(text("SELECT set_config('circle.partnership', :p, true)"), {"p": str(partnership.id)})
        stored = (await connection.execute(text("SELECT password_hash FROM people"))).scalars().all()
    assert stored
    assert all(one.startswith("$argon2id$") for one in stored)
