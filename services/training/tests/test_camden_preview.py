"""Camden's sheet, sent as a partner would send it."""

from typing import Final

from services.training.data import camden_round
from services.training.tests.factories import Team
from shared.ids import new_id

LABELS: Final = {"ethnicity": camden_round.ETHNICITIES, "gender": {"Female": 100, "Male": 78}}


async def test_camdens_sheet_is_previewed_with_nothing_wrong_and_each_label_as_often_as_published(team: Team) -> None:
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "text/csv"}
    content = camden_round.text().encode()
    answer = await team.trainer.send("POST", "/v1/imports", content=content, headers=headers)
    shown = answer.json()
    assert (answer.status_code, shown["rows"], shown["errors"]) == (201, 178, 0)
    for column, published in LABELS.items():
        counted = {one["label"]: one["rows"] for one in shown["labels"] if one["column"] == column}
        assert counted == published
