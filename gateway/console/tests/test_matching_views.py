"""What the pages of matching make of answers: words, bars, a map."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from gateway.console.matching import maps, ranking, standing, waiting, words
from gateway.console.matching.maps import People

TODAY = date(2026, 11, 27)
POINTS = {"SS1": (589_000, 185_800), "SS9": (584_000, 187_200), "SS3": (593_500, 186_300)}


@pytest.mark.parametrize(
    ("since", "said"),
    [("2026-11-27", "0 days"), ("2026-11-26", "1 day"), ("2026-11-14", "13 days"), ("2026-11-13", "2 weeks")],
)
def test_a_wait_is_told_in_weeks_from_the_second_on(since: str, said: str) -> None:
    assert words.waiting(since, TODAY) == said


def test_times_are_told_by_day_in_the_order_of_the_week() -> None:
    slots = [("fri", "evening"), ("mon", "afternoon"), ("mon", "morning")]
    assert words.slots({"weekday": day, "part": part} for day, part in slots) == (
        "Monday morning, afternoon; Friday evening"
    )


def test_a_refusal_without_a_detail_is_its_title_alone() -> None:
    assert words.refusal({"title": "Gone", "detail": ""})["text"] == "Gone."
    assert words.refusal({"title": "Gone.", "detail": "It was taken."})["text"] == "Gone. It was taken."


def _request(**other: Any) -> dict[str, Any]:
    known = {
        "id": "r",
        "status": "open",
        "visited_on": "2026-11-01",
        "waiting_since": "2026-10-01",
        "children": ["a", "b"],
    }
    return known | {"volunteers_wanted": 1, "places_taken": 0} | other


def test_a_family_is_told_by_its_children_and_what_it_asked_for() -> None:
    asked = {"visits_a_week": 2, "volunteer_gender": "male", "skills": ["cooking"], "language": "bn", "age_from": 40}
    line = waiting.line(_request(facts={"ages": [4, 9], "outcode": "SS1", "requests": asked}), TODAY)
    assert line["family"] == "Family with 2 children aged 9, 4"
    assert line["wanted"] == "Male, aged 40 or more, 2 visits a week, Bengali, cooking"
    assert line["waiting"] == "8 weeks"


def test_a_caller_who_is_told_no_facts_still_gets_a_line() -> None:
    line = waiting.line(_request(visited_on=None), TODAY)
    assert (line["family"], line["outcode"]) == ("Family with 2 children", "not known")
    assert line["state"]["state"] == "Assessment visit first"


@pytest.mark.parametrize(("may", "said"), [(True, "by the family’s wish"), (False, "the family did not ask")])
def test_ethnicity_is_told_as_whether_it_counts_and_never_by_its_code(may: bool, said: str) -> None:
    facts = {"ethnicity": "ABAN", "ethnicity_may_count": may, "requests": {}}
    told = dict(waiting.facts(_request(facts=facts), TODAY))
    assert said in told["Ethnicity"]
    assert "ABAN" not in str(told)


def test_the_bars_of_a_candidate_add_up_to_the_score() -> None:
    parts = [
        {"factor": "distance", "weight": 200, "points": 150, "why": "about-3-km"},
        {"factor": "skills", "weight": 120, "points": 0, "why": "not-asked-or-not-known"},
    ]
    found = ranking.candidates([{"volunteer": "v", "place": 1, "score": 150, "contributions": parts}], {"v": "Ann Oak"})
    assert found[0]["name"] == "Ann Oak"
    assert sum(bar["points"] for bar in found[0]["bars"]) == found[0]["score"]
    assert [(bar["label"], bar["width"]) for bar in found[0]["bars"]] == [("Distance", 75.0), ("Skills", 0.0)]


@pytest.mark.parametrize(
    ("clearance", "said"),
    [
        (None, "Has not applied"),
        ({"current": False, "expires_on": None}, "Not cleared"),
        ({"current": True, "expires_on": "2027-02-25"}, "Cleared until 25 February 2027"),
    ],
)
def test_a_clearance_is_told_with_its_end(clearance: dict[str, Any] | None, said: str) -> None:
    assert standing.clearance({"clearance": clearance}, TODAY)["text"] == said


def test_a_clearance_that_ends_within_ninety_days_is_marked() -> None:
    colours = [
        standing.clearance({"clearance": {"current": True, "expires_on": day}}, TODAY)["colour"]
        for day in ("2027-02-25", "2027-02-26")
    ]
    assert colours == [words.YELLOW, words.GREEN]


def test_north_is_up_and_east_is_right() -> None:
    people = People(Counter(SS9=2), Counter(SS1=1, SS3=1), Counter({("SS9", "SS1"): 2}))
    drawing = maps.drawn(POINTS, people)
    at = {spot["outcode"]: (spot["x"], spot["y"]) for spot in drawing["spots"]}
    assert at["SS9"][0] < at["SS1"][0] < at["SS3"][0]
    assert at["SS9"][1] < at["SS3"][1] < at["SS1"][1]
    assert [line["count"] for line in drawing["lines"]] == [2]
    for x, y in at.values():
        assert 0 < x < drawing["width"]
        assert 0 < y < drawing["height"]


def test_distances_on_the_map_are_those_of_the_grid() -> None:
    drawing = maps.drawn(POINTS, People(families=Counter(SS9=1, SS1=1)))
    (one, other), bar = drawing["spots"], drawing["bar"]
    drawn = ((one["x"] - other["x"]) ** 2 + (one["y"] - other["y"]) ** 2) ** 0.5
    assert abs(drawn / bar["length"] * bar["kilometres"] - 5.19) < 0.05


def test_an_outcode_without_a_point_is_listed_and_not_drawn() -> None:
    people = People(families=Counter(SS1=1, ZZ9=1))
    assert [spot["outcode"] for spot in maps.drawn(POINTS, people)["spots"]] == ["SS1"]
    assert maps.listed(POINTS, people)[1] == ("ZZ9", 1, 0, "not on the map")


def test_nobody_makes_an_empty_map() -> None:
    assert maps.drawn(POINTS, People())["spots"] == []
