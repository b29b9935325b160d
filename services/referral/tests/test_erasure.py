"""Erasures are in the log before the key goes, and are done again on a restored copy."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from services.referral.service import erasure
from services.referral.tests.factories import Partnership, child, parent
from services.referral.tests.people import by_person
from shared.auth import Role
from shared.consumer import partnership_work
from shared.crypto import Erased, Subject
from shared.erasures import ErasureLog
from shared.ids import new_id


@pytest.fixture
def log(here: Partnership, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ErasureLog:
    """The service keeps an erasure log."""
    made = ErasureLog(tmp_path / "log" / "erasures.jsonl", here.service.parts.auditor)
    monkeypatch.setattr(here.service.parts.vault, "_log", made)
    return made


async def erase(here: Partnership, family: UUID, person: UUID) -> int:
    dpo = here.as_(Role.DPO, person=new_id())
    path = f"/v1/families/{family}/members/{person}/erase"
    return (await dpo.post(path, {"reason_code": "retention_ended"})).status_code


async def test_whoever_is_erased_stands_in_the_log(here: Partnership, log: ErasureLog) -> None:
    family = await here.family(persons=[parent(), child(), child(given_name="Sami")])
    noor, sami = family.children
    assert await erase(here, family.id, noor) == 204
    assert await erase(here, family.id, noor) == 409
    assert [(one.partnership, one.subject) for one in log.read()] == [(here.id, Subject.person(noor))]
    assert await erase(here, family.id, sami) == 204
    assert [one.subject.id for one in log.read()] == [noor, sami]


async def test_what_the_log_cannot_take_is_not_erased(here: Partnership, log: ErasureLog, tmp_path: Path) -> None:
    family = await here.family(persons=[parent(), child()])
    (noor,) = family.children
    (tmp_path / "log").write_text("a file where the folder should be")
    assert await erase(here, family.id, noor) == 503
    shown = (await here.social_worker.get(f"/v1/families/{family.id}")).json()
    assert by_person(shown, noor)["given_name"] is not None
    (tmp_path / "log").unlink()
    assert await erase(here, family.id, noor) == 204
    assert len(log.read()) == 1


async def test_a_restored_copy_forgets_again_and_tells_everybody(here: Partnership) -> None:
    """The copy is from before the erasure, so it has the record, the external id and the key."""
    family = await here.family(persons=[parent(), child(upn="A12345678901B")])
    (noor,) = family.children
    parts = here.service.parts
    assert await parts.vault.destroy_again(here.id, Subject.person(noor))
    assert not await parts.vault.destroy_again(here.id, Subject.person(noor))
    with pytest.raises(Erased):
        await parts.vault.cipher(here.id, Subject.person(noor))
    for found in (True, False):
        async with parts.worker.transaction(partnership_work(parts, here.id, "restore")) as session:
            assert await erasure.erase_again(session, noor) is found
    gone = by_person((await here.social_worker.get(f"/v1/families/{family.id}")).json(), noor)
    assert (gone["erased"], gone["given_name"], gone["external_ids"]) == (True, None, [])
    (told,) = await here.told("subject.erased")
    assert told["subject"] == str(noor)
    async with parts.worker.open(partnership_work(parts, here.id, "look")) as session:
        left = text("SELECT count(*) FROM external_ids WHERE subject_id = :id")
        assert (await session.execute(left, {"id": noor})).scalar_one() == 0


async def test_somebody_whom_the_copy_does_not_know_yet_is_passed_over(here: Partnership) -> None:
    parts = here.service.parts
    async with parts.worker.transaction(partnership_work(parts, here.id, "restore")) as session:
        assert not await erasure.erase_again(session, new_id())
