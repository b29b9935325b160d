"""Camden's round of community training: its attendance sheet is imported, and counts to what was published of it."""

import asyncio
from importlib.resources import files
from typing import Any, Final

from deploy.local.client import Caller
from deploy.local.demo.figures import Line
from deploy.local.demo.scene import Scene, items
from services.training.data.published import INCOME_PER_PARTICIPATION, PUBLISHED, RECEIVED

TITLE: Final = "Protecting Children in the Community"
FIRST: Final = "2009-11-02"
LAST: Final = "2010-04-29"
_SHEET: Final = "camden_round.csv"
# Which standard code somebody's own words stand for is for people to say; here the demonstration's trainer says it.
_CODES: Final = {
    "ethnicity": {
        "Bangladeshi": "asian_bangladeshi",
        "Pakistani": "asian_pakistani",
        "Kosova": "white_other",
        "Kurdish": "other_any",
        "Morrocan": "other_any",
        **dict.fromkeys(("Congolese", "Eritrean", "Ivory Coast", "Kenyan", "Somali", "Sudanese"), "black_african"),
    },
    "gender": {"Female": "female", "Male": "male"},
}
# By which dimension of a report each published table is counted: by people's own words.
_TABLES: Final = {"organisation": "organisation", "ethnicity": "ethnicity_label", "gender": "gender_label"}


async def play(scene: Scene) -> str:
    """Import the sheet unless it is there; the round's id."""
    trainer = scene.as_("trainer")
    round_ = await _round(trainer)
    if not (await trainer.get(f"/v1/rounds/{round_}/costs"))["participations"]:
        await _take_over(trainer, round_)
    return round_


async def _round(trainer: Caller) -> str:
    """The round with what it received: that which is there, or a new one."""
    known = [one["id"] for one in await items(trainer, "/v1/rounds") if one["title"] == TITLE]
    if known:
        return str(known[0])
    programme = await trainer.post("/v1/programmes", {"title": TITLE})
    await trainer.post("/v1/courses", {"programme": programme.id, "title": TITLE})
    body = {"programme": programme.id, "title": TITLE, "funders": ["council"], "from": FIRST, "to": LAST}
    made = await trainer.post("/v1/rounds", body)
    await trainer.move(f"/v1/rounds/{made.id}/open")
    money = {"kind": "received", "category": "grant", "amount": RECEIVED, "day": FIRST, "funder": "council"}
    await trainer.post(f"/v1/rounds/{made.id}/budget-lines", money)
    return made.id


async def _take_over(trainer: Caller, round_: str) -> None:
    programme = (await trainer.get(f"/v1/rounds/{round_}"))["programme"]
    course = (await items(trainer, "/v1/courses", programme=programme))[0]["id"]
    content = files("services.training").joinpath("data", _SHEET).read_bytes()
    read = await trainer.send("/v1/imports", content, "text/csv")
    path = f"/v1/imports/{read.id}"
    asked = [one for one in read["labels"] if one["asked"]]
    codes = [
        {"column": one["column"], "label": one["label"], "code": _CODES[one["column"]][one["label"]]} for one in asked
    ]
    if codes:
        await trainer.put(f"{path}/codes", {"codes": codes})
    await trainer.get(path)
    taken = await trainer.move(f"{path}/apply", {"course": course, "round": round_})
    while taken["status"] == "applying":
        await asyncio.sleep(0.2)
        taken = await trainer.get(path)


async def compare(scene: Scene, round_: str) -> list[Line]:
    """Each published row of the three tables, and the income per participation, beside the computed ones."""
    trainer, lines = scene.as_("trainer"), list[Line]()
    for table, by in _TABLES.items():
        query = {"by": by, "from": FIRST, "until": LAST}
        report = await trainer.get("/v1/training-reports", **query)
        counted = {row["label"]: row for row in report["rows"]}
        lines += [_line(table, label, counted.get(label), *told) for label, told in PUBLISHED[table].items()]
        lines.append(Line(f"Camden, all by {table}", str(report["total"]), "178", report["total"] == 178))
    income = (await trainer.get(f"/v1/rounds/{round_}/costs"))["income_per_participation"]
    same = income == INCOME_PER_PARTICIPATION
    return [*lines, Line("Camden, income per participation", f"£{income}", f"£{INCOME_PER_PARTICIPATION}", same)]


def _line(table: str, label: str, row: dict[str, Any] | None, count: int, percent: str) -> Line:
    computed = f"{row['count']}, {row['percentage']} %" if row else "–"
    published = f"{count}, {percent} %"
    return Line(f"Camden, {table}: {label}", computed, published, computed == published)
