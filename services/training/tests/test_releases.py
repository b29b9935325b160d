"""Releases over HTTP on a real database: what is published, what stays hidden, who reads it."""

import csv
import io
from collections import Counter
from itertools import product
from typing import Any

import pytest

from services.training.domain.releases import RELEASES, ReleaseStatus
from services.training.tests.crowd import CAMDEN, Crowd, Person, camden
from services.training.tests.factories import Team
from shared.auth import Role
from shared.errors import IllegalMove
from shared.ids import new_id

MOVES = {
    ("draft", "auditing"),
    ("auditing", "audited"),
    ("auditing", "refused"),
    ("audited", "auditing"),
    ("audited", "published"),
    ("published", "withdrawn"),
}


@pytest.mark.parametrize(("current", "wanted"), list(product(ReleaseStatus, ReleaseStatus)))
def test_a_release_moves_only_as_its_table_says(current: ReleaseStatus, wanted: ReleaseStatus) -> None:
    if (current.value, wanted.value) in MOVES:
        assert RELEASES.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            RELEASES.move(current, wanted)


def hidden(table: dict[str, Any]) -> list[str | None]:
    return [cell["values"][0] for cell in table["cells"] if cell["count"] == "c"]


async def test_of_camdens_round_four_organisations_and_three_ethnicities_are_small(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came(camden())
    # Without others hidden too, the proof says that this is not enough.
    made = await crowd.audited(*CAMDEN, policy={"secondary": False}, expect=("refused",))
    assert made["refusal"] == "not_proved"
    organisations, ethnicities, genders = made["shown"]["tables"]
    assert len(hidden(organisations)) == 4
    assert len(hidden(ethnicities)) == 3
    assert hidden(genders) == []
    assert [table["cells"][-1]["count"] for table in made["shown"]["tables"]] == [178] * 3


async def test_camdens_round_is_published_with_marks_and_read_by_everybody(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came(camden())
    made = await crowd.published(*CAMDEN)
    assert (made["status"], made["shown"]["verdict"]["passed"]) == ("published", True)
    public = await team.training.anonymous().get(f"/v1/public/releases/{made['id']}")
    assert public.status_code == 200
    assert public.headers["cache-control"] == "public, max-age=300"
    assert public.json()["shown"] == made["shown"]
    organisations, ethnicities, _ = public.json()["shown"]["tables"]
    small = {"British Somali Community", "Camden BME Alliance", "Somali Elderly & Disable People"}
    assert small | {"Soohan community group"} < set(hidden(organisations))
    shown = {cell["values"][0]: (cell["count"], cell["percentage"]) for cell in organisations["cells"]}
    assert shown["Bengali Women's Forum"] == (27, "15.2")
    assert shown["Camden BME Alliance"] == ("c", "c")
    # Nobody's own words: codes and what they stand for.
    assert "Somali" not in {one["value"] for one in ethnicities["dimensions"][0]["values"]}
    known = {"If-None-Match": public.headers["etag"]}
    again = await team.training.anonymous().get(f"/v1/public/releases/{made['id']}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    told = [one for one in await team.training.outbox(team.partnership) if one[0] == "circle.release.published.v1"]
    assert len(told) == 1
    bounds = (await team_reads(team, made["id"]))["bounds"]
    assert all(one["safe"] and one["most"] - one["least"] >= 1 for one in bounds)


async def test_a_release_can_be_had_as_csv(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("=cmd()", "black_african", "female")] * 9 + [Person("Forum", None, "male")] * 8)
    made = await crowd.published({"by": "organisation"}, {"by": "gender", "across": "ethnicity"})
    answer = await team.training.anonymous().get(f"/v1/public/releases/{made['id']}?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert lines[0] == {
        "table": "1",
        "by": "organisation",
        "value": "'=cmd()",
        "across": "",
        "across_value": "",
        "count": "9",
        "percentage": "52.9",
    }
    crossed = {(one["value"], one["across_value"]): one["count"] for one in lines if one["table"] == "2"}
    assert (crossed["Male", "Not stated"], crossed["Female", "African"], crossed["", ""]) == ("8", "9", "17")
    mine = await crowd.publisher.get(f"/v1/releases/{made['id']}?format=csv")
    assert mine.text == answer.text


async def test_own_words_without_a_code_are_counted_together_and_never_shown(team: Team) -> None:
    crowd = Crowd(team)
    people = [Person("Forum", "words:Bravan", "female")] * 7 + [Person("Forum", "words:Highlander", "female")] * 8
    await crowd.came(people)
    made = await crowd.published({"by": "ethnicity"})
    assert {cell["values"][0]: cell["count"] for cell in made["shown"]["tables"][0]["cells"]}["no_code"] == 15
    text = (await team.training.anonymous().get(f"/v1/public/releases/{made['id']}")).text
    assert "Bravan" not in text
    assert "Highlander" not in text


async def test_what_has_not_been_published_or_no_longer_is_nobody_reads(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("Forum", None, "female")] * 9)
    anybody = team.training.anonymous()
    made = await crowd.audited({"by": "gender"})
    at, public = f"/v1/releases/{made['id']}", f"/v1/public/releases/{made['id']}"
    assert (await anybody.get(public)).status_code == 404
    assert (await anybody.get(at)).status_code == 401
    published = await crowd.publisher.post(f"{at}/publish", match=made["version"])
    listed = (await anybody.get(f"/v1/public/releases?partnership={team.partnership}")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    withdrawn = await crowd.publisher.post(f"{at}/withdraw", match=published.json()["version"])
    assert withdrawn.json()["status"] == "withdrawn"
    assert (await anybody.get(public)).status_code == 404
    assert (await anybody.get(f"/v1/public/releases?partnership={team.partnership}")).json()["items"] == []
    assert (await anybody.get(f"/v1/public/releases/{new_id()}")).status_code == 404


async def test_one_more_day_gives_nobody_away_not_even_where_the_first_release_is_withdrawn(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person(name, None, "female") for name in ("North", "East", "South") for _ in range(20)], day=1)
    await crowd.came([Person("South", None, "female")] * 2, day=2)
    first = await crowd.published({"by": "organisation"}, days=(1, 1))
    assert hidden(first["shown"]["tables"][0]) == []
    await crowd.publisher.post(f"/v1/releases/{first['id']}/withdraw", match=first["version"])
    second = await crowd.published({"by": "organisation"}, days=(1, 2))
    assert "South" in hidden(second["shown"]["tables"][0])
    assert second["shown"]["verdict"]["releases"] == 2


async def test_a_count_that_was_corrected_since_it_was_published_is_not_told_by_the_next_release(team: Team) -> None:
    crowd = Crowd(team)
    session = await crowd.came([Person(name, None, "female") for name in ("North", "East", "South") for _ in range(20)])
    await crowd.published({"by": "organisation"})
    await crowd.came([Person("South", None, "female")] * 2, session=session)
    second = await crowd.published({"by": "organisation"})
    assert "South" in hidden(second["shown"]["tables"][0])
    assert second["shown"]["verdict"]["passed"]


async def test_a_release_that_was_overtaken_has_to_be_audited_again(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person(name, None, "female") for name in ("North", "East", "South") for _ in range(20)], day=1)
    await crowd.came([Person("South", None, "female")] * 2, day=2)
    second = await crowd.audited({"by": "organisation"}, days=(1, 2))
    await crowd.published({"by": "organisation"}, days=(1, 1))
    at = f"/v1/releases/{second['id']}"
    refused = await crowd.publisher.post(f"{at}/publish", match=second["version"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/audit-outdated")
    # Counts stay those of the first audit, whoever came to be counted since.
    await crowd.came([Person("South", None, "female")] * 50, day=2)
    again = await crowd.audit(second["id"])
    assert again["counted_at"] == second["counted_at"]
    assert again["shown"]["tables"][0]["cells"][-1]["count"] == "c"
    done = await crowd.publisher.post(f"{at}/publish", match=again["version"])
    assert done.json()["status"] == "published"


async def test_both_days_count_and_only_what_is_counted(team: Team) -> None:
    crowd = Crowd(team)
    for day in (1, 2, 3, 4):
        await crowd.came([Person("Forum", None, "female")] * 10 * day, day=day)
    await crowd.came([Person("Forum", None, "male")] * 10, day=2, counted=False)
    made = await crowd.audited({"by": "gender"}, {"by": "month"}, days=(2, 3))
    assert [table["cells"][-1]["count"] for table in made["shown"]["tables"]] == [50, 50]
    assert made["shown"]["tables"][1]["cells"][0]["values"] == ["2026-03"]


async def test_a_whole_partnership_is_counted_and_only_one_round_where_that_is_asked(team: Team) -> None:
    crowd, other = Crowd(team), Crowd(team.colleague_elsewhere())
    programme = (await team.trainer.post("/v1/programmes", {"title": "Protecting"})).json()["id"]
    body = {"programme": programme, "title": "First round", "from": "2026-03-01", "to": "2026-03-30"}
    in_round = (await team.trainer.post("/v1/rounds", body)).json()["id"]
    await crowd.came([Person("Forum", None, "female")] * 10, round=in_round)
    await other.came([Person("Forum", None, "female")] * 20)
    whole = await crowd.published({"by": "organisation"})
    assert [cell["count"] for cell in whole["shown"]["tables"][0]["cells"]] == [30, 30]
    part = await crowd.audited({"by": "organisation"}, round=in_round)
    assert [cell["count"] for cell in part["shown"]["tables"][0]["cells"]] == [10, 10]
    answer = await crowd.publisher.post("/v1/releases", crowd.body({"by": "gender"}, round=str(new_id())))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/round")


async def test_where_nobody_came_there_is_nothing_to_publish(team: Team) -> None:
    made = await Crowd(team).audited({"by": "gender"}, expect=("refused",))
    assert (made["refusal"], made["shown"]) == ("nothing_counted", None)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"tables": []}, "/tables"),
        ({"tables": [{"by": "session"}]}, "/tables/0/by"),
        ({"tables": [{"by": "gender", "across": "gender"}]}, "/tables/0"),
        ({"until": "2026-02-01"}, ""),
        ({"policy": {"threshold": 1}}, "/policy/threshold"),
        ({"policy": {"zeros": "hidden"}, "tables": [{"by": "month"}]}, ""),
    ],
)
async def test_what_makes_no_sense_is_refused(team: Team, changed: dict[str, Any], pointer: str) -> None:
    crowd = Crowd(team)
    answer = await crowd.publisher.post("/v1/releases", crowd.body({"by": "gender"}) | changed)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_another_organisation_reads_a_release_and_leaves_it_as_it_is(team: Team) -> None:
    crowd, other = Crowd(team), Crowd(team.colleague_elsewhere())
    made = (await crowd.publisher.post("/v1/releases", crowd.body({"by": "gender"}))).json()
    at = f"/v1/releases/{made['id']}"
    assert (await other.publisher.get(at)).status_code == 200
    assert (await other.publisher.post(f"{at}/audit", match=1)).status_code == 403
    assert (await Crowd(Team(team.training)).publisher.get(at)).status_code == 404
    assert (await team.trainer.post(f"{at}/audit", match=1)).status_code == 403
    assert (await crowd.publisher.post(f"{at}/publish", match=1)).json()["type"] == "/problems/illegal-move"
    assert (await crowd.publisher.get(f"{at}?format=csv")).json()["type"] == "/problems/release-not-audited"
    assert (await team.caller(Role.LA_MANAGER).get("/v1/releases")).json()["items"][0]["id"] == made["id"]


def test_camdens_people_are_as_published() -> None:
    people = camden()
    assert len(people) == 178
    assert len(Counter(one.ethnicity for one in people)) == 11


async def team_reads(team: Team, release: str) -> dict[str, Any]:
    return dict((await team.coordinator.get(f"/v1/releases/{release}")).json())
