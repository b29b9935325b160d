"""Labels: when words are the same, what they may stand for, and that they are kept once and sealed."""

import asyncio
from collections.abc import Mapping, Set
from itertools import product
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.training.domain import CENSUS, LabelKind, code_of_itself, require_code, same
from services.training.service import attendees, labels
from services.training.tests.factories import Team
from shared.auth import Role
from shared.crypto import Subject
from shared.db import Work
from shared.errors import Conflict, Invalid
from shared.ids import new_id
from shared.testing import Running

Words = Mapping[LabelKind, Set[str]]
GOOD = {
    LabelKind.ETHNICITY: {"black_african", "other_any"},
    LabelKind.GENDER: {"female", "male", "another", "prefer_not_to_say"},
    LabelKind.LANGUAGE: {"so", "pt-BR", "zh-Hant"},
    LabelKind.AREA: {"NW1", "WC1X"},
}
BAD = {
    LabelKind.ETHNICITY: {"Somali", "female", "BLACK_AFRICAN", ""},
    LabelKind.GENDER: {"Female", "other", "black_african"},
    LabelKind.LANGUAGE: {"Somali", "x-somali", "en_GB", "e", "en-" + "abcdefgh-" * 3 + "ab"},
    LabelKind.AREA: {"NW1 6XE", "nw1", "London"},
}


def work(team: Team) -> Work:
    return Work("training", team.partnership, team.organisation, "tester", "organisation")


async def ids_of(team: Team, wanted: Words) -> dict[tuple[LabelKind, str], UUID]:
    """Found or added in a transaction of its own."""
    parts = team.training.parts
    async with parts.app.open(work(team)) as session:
        found = await labels.find_or_add(session, parts.vault, parts.settings, team.organisation, wanted)
        await parts.app.commit(session)
        return found


async def people_of(team: Team, people: Set[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    parts = team.training.parts
    async with parts.app.open(work(team)) as session:
        found = await attendees.find_or_add(session, parts.vault, parts.settings, team.organisation, people)
        await parts.app.commit(session)
        return found


@pytest.mark.parametrize("kind", LabelKind)
def test_a_code_is_judged_by_the_kind_of_words_that_it_is_for(kind: LabelKind) -> None:
    if kind is LabelKind.ORGANISATION:
        with pytest.raises(Conflict):
            require_code(kind, "anything")
        return
    for code in GOOD[kind]:
        require_code(kind, code)
    for code in BAD[kind]:
        with pytest.raises(Invalid):
            require_code(kind, code)


def test_words_are_the_same_whatever_their_spaces_and_the_size_of_their_letters() -> None:
    assert same("  Kurdish   Community\tAssociation ") == same("KURDISH community association")
    assert same("Cafe\u0301 Straße") == same("CAFÉ STRASSE")
    assert same("Somali") != same("Sómali")


def test_only_an_outcode_is_its_own_code() -> None:
    assert code_of_itself(LabelKind.AREA, " nw1 ") == "NW1"
    assert code_of_itself(LabelKind.AREA, "NW1 6XE") is None
    for kind in set(LabelKind) - {LabelKind.AREA}:
        assert code_of_itself(kind, "NW1") is None


async def test_words_are_kept_once_for_each_kind_and_organisation(team: Team) -> None:
    wanted = {LabelKind.ETHNICITY: {"Somali", "SOMALI ", "Kenyan"}, LabelKind.LANGUAGE: {"Somali"}}
    found = await ids_of(team, wanted)
    assert found[LabelKind.ETHNICITY, "Somali"] == found[LabelKind.ETHNICITY, "SOMALI "]
    assert len(set(found.values())) == 3
    more = await ids_of(team, {LabelKind.ETHNICITY: {"somali", "Eritrean"}})
    assert more[LabelKind.ETHNICITY, "somali"] == found[LabelKind.ETHNICITY, "Somali"]
    elsewhere = await ids_of(team.colleague_elsewhere(), wanted)
    assert not set(elsewhere.values()) & set(found.values())
    assert await ids_of(team, {}) == {}


async def test_two_who_add_the_same_words_at_once_get_the_same_labels(team: Team) -> None:
    both = [{LabelKind.ETHNICITY: {f"Group {number}" for number in range(200)}} for _ in range(4)]
    found = await asyncio.gather(*(ids_of(team, one) for one in both))
    assert all(one == found[0] for one in found)
    group = next(iter(found[0].values()))
    people = {(group, f"Person {number}") for number in range(50)}
    known = await asyncio.gather(*(people_of(team, people) for _ in range(4)))
    assert all(one == known[0] for one in known)


async def test_the_same_name_with_the_same_group_is_one_person(team: Team) -> None:
    first, second = new_id(), new_id()
    known = await people_of(team, {(first, "Amina  Yusuf"), (first, "amina yusuf"), (second, "Amina Yusuf")})
    assert known[first, "Amina  Yusuf"] == known[first, "amina yusuf"] != known[second, "Amina Yusuf"]


async def test_words_and_names_lie_sealed_and_are_found_by_no_plain_hash(team: Team) -> None:
    found = await ids_of(team, {LabelKind.GENDER: {"Womanzq"}})
    await people_of(team, {(new_id(), "Aminazq Yusuf")})
    async with team.training.parts.worker.open(work(team)) as session:
        kept = (await session.execute(text("SELECT l::text || (SELECT string_agg(a::text, '') FROM attendees a"
            " WHERE a.partnership_id = l.partnership_id) FROM labels l WHERE id = :id"),
            {"id": found[LabelKind.GENDER, "Womanzq"]})).scalar_one()  # fmt: skip
    for plain in (b"Womanzq", b"womanzq", b"Aminazq", b"aminazq yusuf"):
        assert plain.decode() not in kept
        assert plain.hex() not in kept


async def test_labels_are_listed_and_given_a_code_that_may_be_mended(team: Team) -> None:
    await ids_of(team, {LabelKind.ETHNICITY: {"Somali", "Kenyan"}, LabelKind.AREA: {"nw1"}})
    listed = (await team.trainer.get("/v1/labels?kind=ethnicity")).json()["items"]
    assert {(one["words"], one["code"], one["version"]) for one in listed} == {("Somali", None, 1), ("Kenyan", None, 1)}
    area = (await team.trainer.get("/v1/labels?kind=area")).json()["items"]
    assert [(one["words"], one["code"]) for one in area] == [("nw1", "NW1")]
    one = listed[0]
    at = f"/v1/labels/{one['id']}/code"
    given = await put(team, at, "black_african", 1)
    assert (given.status_code, given.headers["etag"], given.json()["code"]) == (200, '"2"', "black_african")
    assert (given.json()["words"], given.json()["coded_by"] != "") == (one["words"], True)
    assert (await put(team, at, "black_african", 1)).status_code == 412
    assert (await put(team, at, "black_african", 2)).json()["version"] == 2
    assert (await put(team, at, "black_other", 2)).json()["version"] == 3
    waiting = (await team.trainer.get("/v1/labels?coded=false")).json()["items"]
    assert [each["id"] for each in waiting] == [listed[1]["id"]]
    async with team.training.parts.app.open(work(team)) as session:
        changes = await session.execute(
            text("SELECT from_status, to_status FROM status_history WHERE subject_id = :id ORDER BY id"),
            {"id": UUID(one["id"])},
        )
        assert [tuple(row) for row in changes] == [(None, "black_african"), ("black_african", "black_other")]


async def put(team: Team, path: str, code: str, match: int | None) -> httpx.Response:
    headers = {} if match is None else {"If-Match": f'"{match}"'}
    return await team.trainer.send("PUT", path, json={"code": code}, headers=headers)


async def test_a_code_that_is_none_is_refused_and_not_repeated(team: Team) -> None:
    found = await ids_of(team, {LabelKind.ETHNICITY: {"Somali"}, LabelKind.ORGANISATION: {"Victory Chapel"}})
    at = f"/v1/labels/{found[LabelKind.ETHNICITY, 'Somali']}/code"
    assert (await put(team, at, "black_african", None)).status_code == 428
    for code, reason in (("Somali", "not-a-code"), ("", "string_pattern_mismatch"), ("a b", "string_pattern_mismatch")):
        answer = await put(team, at, code, 1)
        errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
        assert (answer.status_code, errors) == (422, [("/code", reason)])
        assert "Somali" not in answer.text
    needless = await put(team, f"/v1/labels/{found[LabelKind.ORGANISATION, 'Victory Chapel']}/code", "x", 1)
    assert (needless.status_code, needless.json()["type"]) == (409, "/problems/label-needs-no-code")


async def test_labels_page_and_a_cursor_that_was_not_handed_out_is_refused(team: Team) -> None:
    await ids_of(team, {kind: {"one", "two"} for kind in LabelKind})
    first = (await team.trainer.get("/v1/labels?limit=6")).json()
    second = (await team.trainer.get(f"/v1/labels?limit=6&cursor={first['next']}")).json()
    shown = [one["id"] for one in first["items"] + second["items"]]
    assert (len(shown), len(set(shown)), second["next"]) == (10, 10, None)
    for cursor in ("WyJ4Il0", "nonsense"):
        assert (await team.trainer.get(f"/v1/labels?cursor={cursor}")).json()["type"] == "/problems/bad-cursor"


async def test_the_codes_are_the_census_groups_and_the_genders(team: Team) -> None:
    codes = (await team.trainer.get("/v1/labels/codes")).json()
    assert (codes["census"], len(codes["ethnicity"])) == (CENSUS.version, 19)
    assert codes["gender"] == ["female", "male", "another", "prefer_not_to_say"]


async def test_another_organisation_and_another_partnership_see_no_label(training: Running, team: Team) -> None:
    label = (await ids_of(team, {LabelKind.ETHNICITY: {"Somali"}}))[LabelKind.ETHNICITY, "Somali"]
    for other in (team.colleague_elsewhere(), Team(training)):
        assert (await other.trainer.get("/v1/labels")).json()["items"] == []
        for wanted in (label, new_id()):
            assert (await put(other, f"/v1/labels/{wanted}/code", "black_african", 1)).status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER}))
async def test_a_role_that_does_not_train_sees_and_changes_no_label(team: Team, role: Role) -> None:
    caller = team.caller(role)
    for path in ("/v1/labels", "/v1/labels/codes"):
        assert (await caller.get(path)).status_code == 403
    changed = await caller.send("PUT", f"/v1/labels/{new_id()}/code", json={}, headers={"If-Match": '"1"'})
    assert changed.status_code == 403


async def test_words_whose_key_was_destroyed_are_shown_as_none(training: Running, team: Team) -> None:
    await ids_of(team, {LabelKind.ETHNICITY: {"Somali"}})
    await training.parts.vault.destroy(team.partnership, Subject.case(team.organisation))
    assert [one["words"] for one in (await team.trainer.get("/v1/labels")).json()["items"]] == [None]


def test_no_code_of_one_kind_is_one_of_another() -> None:
    for (one, codes), other in product(GOOD.items(), GOOD):
        for code in codes if one is not other and other is not LabelKind.LANGUAGE else ():
            with pytest.raises(Invalid):
                require_code(other, code)
