"""What the pages of matching make of answers: words, bars, a map."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from gateway.console.matching import board, fairness, maps, ranking, standing, waiting, words
from gateway.console.matching.board import Known
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


def test_what_would_have_to_change_is_told_with_the_times_that_are_missing() -> None:
    bar = {"sentence": "No time in common.", "change": "Find one.", "overridable": True, "missing": ["tue-evening"]}
    more = bar | {"overridable": False, "missing": ["2-more-visits-a-week"]}
    found = ranking.near([{"volunteer": "v", "score": 700, "constraints": [bar, more]}], {})
    assert [one["missing"] for one in found[0]["changes"]] == ["Tuesday evening", "2 more visits a week"]
    assert not found[0]["overridable"]
    assert ranking.near([{"volunteer": "v", "score": 700, "constraints": [bar]}], {})[0]["overridable"]


def test_an_exclusion_is_told_in_the_platforms_sentence() -> None:
    said = ranking.sentences({"constraints": [{"code": "too-near", "sentence": "They live too near."}]})
    out = [{"volunteer": "v", "excluded_by": ["too-near", "on-break"]}]
    assert ranking.excluded(out, {}, said)[0]["reasons"] == ["They live too near.", "On break"]


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


def _group(value: str, **counts: Any) -> dict[str, Any]:
    return {"value": value, "withheld": False} | dict.fromkeys((name for name, _ in fairness.COLUMNS)) | counts


def test_a_withheld_count_is_told_as_c_and_drawn_as_nothing() -> None:
    groups = [_group("bn", withheld=True), _group("en", opened=12, match_rate_percent=50, mean_days_waiting=40)]
    shown = fairness.dimension("language", groups)
    assert shown["rows"][0] == ["Bengali", *"ccccccc"]
    assert shown["rows"][1][:2] == ["English", "12"]
    assert [bar["width"] for bar in shown["charts"][0]["bars"]] == [0.0, 50.0]
    assert [bar["width"] for bar in shown["charts"][1]["bars"]] == [0.0, 100.0]
    assert shown["hides"]


def test_every_number_of_a_chart_stands_in_its_table() -> None:
    shown = fairness.dimension("area", [_group("SS", match_rate_percent=67, mean_days_waiting=21), _group("E")])
    told = {cell for row in shown["rows"] for cell in row}
    assert {bar["figure"] for chart in shown["charts"] for bar in chart["bars"]} <= told


_LACK: dict[str, Any] = {
    "match_request": "r",
    "places": 1,
    "eligible": 0,
    "kept_away": {},
    "slots": [],
    "languages": [],
}
_LACK |= {"skills": [], "area": None}


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ({}, "Nobody could be with this family."),
        ({"eligible": 1}, "1 volunteer is possible, and with other families in this plan."),
        ({"kept_away": {"times": 3, "gender": 0}}, "3 volunteers are kept away by time alone."),
        ({"slots": ["sat-morning"]}, "No volunteer has time on Saturday morning."),
        ({"languages": ["so", "ti"]}, "No volunteer speaks Somali, Tigrinya."),
        ({"area": "SS"}, "No volunteer lives in SS."),
    ],
)
def test_what_a_family_lacks_is_a_sentence(lacks: dict[str, Any], said: str) -> None:
    assert board.lack(_LACK | lacks, Known())["lines"] == [said]


def test_whom_to_recruit_is_one_sentence_with_its_numbers() -> None:
    line = {"volunteers": 3, "places_each": 1, "families": 5, "languages": ["bn"], "gender": None, "area": "SS"}
    line |= {"times": "weekday-evenings", "outcodes": ["SS0", "SS2"]}
    found = board.recruits([line, line | {"families": 1, "volunteers": 1, "gender": "male", "outcodes": []}])
    assert (
        found[0]["sentence"] == "3 more volunteers with Bengali on weekday evenings in SS0, SS2 would place 5 families."
    )
    assert found[1]["sentence"] == "1 more male volunteer with Bengali on weekday evenings in SS would place 1 family."
    assert [one["width"] for one in found] == [100.0, 20.0]


def test_nobody_is_counted_twice_on_the_map_of_a_plan() -> None:
    known = Known(lives={"r": "SS1", "q": "SS1", "v": "SS9", "w": ""})
    people = known.people([("r", "v"), ("q", "v"), ("r", "w")], ["r", "q"])
    assert (people.families["SS1"], people.volunteers["SS9"]) == (2, 1)
    assert people.pairs == Counter({("SS1", "SS9"): 2})
    assert people.outcodes == ["SS1", "SS9"]


def test_why_not_a_better_volunteer_names_no_family() -> None:
    over = [{"volunteer": "v", "score": 900, "why": "places-another-family", "points": None}]
    assert board.passed(over, {"v": "Ann Oak"}) == ["Ann Oak (900 points) is needed so that one family more is placed"]
