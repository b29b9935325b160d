"""What a sheet's words stand for: asked of a person for each word, once, and known from then on."""

import asyncio
from typing import Any

import pytest

from services.training.sheets.tests.files import LINE, csv
from services.training.tests.factories import Team
from services.training.tests.sending import apply, coded, sent, stored
from shared.auth import Role

CODES = {"Congolese": "black_african", "Female": "female"}


def asked(shown: dict[str, Any]) -> list[tuple[str, str | None, bool]]:
    return [(one["label"], one["code"], one["asked"]) for one in shown["labels"]]


async def put(team: Team, shown: dict[str, Any], *answers: tuple[str, str, str | None]) -> Any:
    body = {"codes": [dict(zip(("column", "label", "code"), one, strict=True)) for one in answers]}
    return await team.trainer.send("PUT", f"/v1/imports/{shown['id']}/codes", json=body)


async def test_no_word_stands_for_a_code_before_somebody_has_said_so(team: Team) -> None:
    shown = await sent(team, csv(LINE.replace("Congolese", "Indian").replace("Female", "female")))
    assert asked(shown) == [("Indian", None, True), ("female", None, True)]
    refused = await apply(team, shown)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/gate-labels-coded")
    assert refused.json()["missing"] == ["ethnicity", "gender"]
    assert await stored(team, "SELECT 1 FROM labels WHERE partnership_id = :p") == []


async def test_what_was_said_once_is_known_of_the_next_sheet_however_it_is_written(team: Team) -> None:
    shown = await coded(team, await sent(team, csv(LINE)), CODES)
    assert asked(shown) == [("Congolese", "black_african", False), ("Female", "female", False)]
    again = await sent(team, csv(LINE.replace("Congolese", "CONGOLESE"), LINE.replace("Congolese", "Somali")))
    assert asked(again) == [
        ("CONGOLESE", "black_african", False),
        ("Somali", None, True),
        ("Female", "female", False),
    ]
    neighbour = team.colleague_elsewhere()
    assert asked(await sent(neighbour, csv(LINE))) == [("Congolese", None, True), ("Female", None, True)]


async def test_that_no_code_fits_is_a_choice_and_the_sheet_can_be_taken_over(team: Team) -> None:
    shown = await coded(team, await sent(team, csv(LINE)), {"Congolese": None, "Female": "female"})
    assert asked(shown) == [("Congolese", None, False), ("Female", "female", False)]
    assert (await apply(team, shown)).status_code == 200
    history = "SELECT to_status FROM status_history WHERE partnership_id = :p AND subject_kind = 'label' ORDER BY 1"
    assert [one for (one,) in await stored(team, history)] == ["female", "none-fits"]


async def test_whoever_says_something_else_in_a_later_sheet_is_sent_to_the_label(team: Team) -> None:
    shown = await coded(team, await sent(team, csv(LINE)), CODES)
    assert asked(await coded(team, shown, CODES)) == asked(shown)
    refused = await put(team, shown, ("ethnicity", "Congolese", "black_other"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/label-coded")
    label = refused.json()["label"]
    headers = {"If-Match": "*"}
    changed = await team.trainer.send("PUT", f"/v1/labels/{label}/code", json={"code": None}, headers=headers)
    assert (changed.status_code, changed.json()["code"]) == (200, None)
    assert asked((await team.trainer.get(f"/v1/imports/{shown['id']}")).json())[0] == ("Congolese", None, False)


async def test_two_who_say_different_things_at_once_are_not_both_heard(team: Team) -> None:
    shown = await sent(team, csv(LINE))
    answers = [("ethnicity", "Congolese", code) for code in ("black_african", "black_other")]
    both = await asyncio.gather(*(put(team, shown, one) for one in answers))
    assert sorted(one.status_code for one in both) == [200, 409]


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ([("ethnicity", "Somali", "black_african")], "/codes/0/label", "not-in-the-sheet"),
        ([("gender", "Congolese", "female")], "/codes/0/label", "not-in-the-sheet"),
        ([("ethnicity", "Congolese", "black_african")] * 2, "/codes/1/label", "repeated"),
        ([("ethnicity", "Congolese", "congolese")], "/codes/0/code", "not-a-code"),
        ([("gender", "Female", "black_african")], "/codes/0/code", "not-a-code"),
        ([("language", "Somali", "so")], "/codes/0/column", "literal_error"),
        ([], "/codes", "too_short"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_pointed_at_and_none_is_noted(
    team: Team, answers: list[tuple[str, str, str]], pointer: str, code: str
) -> None:
    shown = await sent(team, csv(LINE))
    refused = await put(team, shown, *answers)
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(pointer, code)]
    assert "ongolese" not in refused.text
    assert await stored(team, "SELECT 1 FROM labels WHERE partnership_id = :p") == []


async def test_only_the_organisations_trainers_say_so_and_only_while_the_sheet_waits(team: Team) -> None:
    shown = await sent(team, csv(LINE))
    assert (await put(team.colleague_elsewhere(), shown, ("gender", "Female", "female"))).status_code == 404
    body = {"codes": [{"column": "gender", "label": "Female", "code": "female"}]}
    path = f"/v1/imports/{shown['id']}/codes"
    assert (await team.caller(Role.VOLUNTEER).send("PUT", path, json=body)).status_code == 403
    await team.trainer.post(f"/v1/imports/{shown['id']}/discard", match=shown["version"])
    refused = await put(team, shown, ("gender", "Female", "female"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/sheet-not-waiting")
