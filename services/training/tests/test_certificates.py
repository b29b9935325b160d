"""Certificates of attendance: for whom, what they say, and that they can be read out."""

import re

from services.training import papers
from services.training.tests.attendance import closed, recorded, somebody, withdrawn
from services.training.tests.factories import Team


def said(made: bytes) -> str:
    """The words that the paper shows, in their order."""
    return " ".join(
        bytes.fromhex(one).decode("cp1252") for one in re.findall(r"<([0-9a-f]*)> Tj", made.decode("latin-1"))
    )


async def attended(team: Team, *names: str | None) -> tuple[str, list[str]]:
    """A session of two parts, and the participations at it; None came anonymously."""
    session = (await team.session(parts=2, topics=["Safer sleeping"]))["id"]
    people = [somebody(name, parts=[1]) for name in names]
    return session, [one["id"] for one in await recorded(team, session, *people)]


async def test_whoever_gave_a_name_gets_a_certificate_once_the_session_is_closed(team: Team) -> None:
    session, (amina,) = await attended(team, "Amina Yusuf")
    at = f"/v1/participations/{amina}/certificate"
    early = await team.trainer.get(at)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-not-closed")
    await closed(team, session)
    answer = await team.trainer.get(at)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    words = said(answer.content)
    for wanted in (
        "Certificate of attendance Amina Yusuf",
        "“First day”",
        "Town hall",
        "parts: 1 of 2",
        "Safer sleeping",
    ):
        assert wanted in words, wanted
    sql = "SELECT entry FROM audit_log WHERE partnership_id = $1 ORDER BY recorded_at DESC LIMIT 1"
    async with team.training.parts.worker.engine.connect() as connection:
        entry = str((await connection.exec_driver_sql(sql, (team.partnership,))).scalar_one())
    assert "/certificate" in entry
    assert amina in entry


async def test_whoever_came_anonymously_or_was_entered_by_mistake_gets_none(team: Team) -> None:
    session, (nobody, mistake, script) = await attended(team, None, "Amina Yusuf", "আমিনা")
    await withdrawn(team, mistake)
    await closed(team, session)
    for one, name in (
        (nobody, "came-anonymously"),
        (mistake, "participation-withdrawn"),
        (script, "name-cannot-be-printed"),
    ):
        answer = await team.trainer.get(f"/v1/participations/{one}/certificate")
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{name}")
        assert "আমিনা" not in answer.text


async def test_another_organisation_gets_no_certificate(team: Team) -> None:
    session, (amina,) = await attended(team, "Amina Yusuf")
    await closed(team, session)
    for other in (team.colleague_elsewhere(), Team(team.training)):
        assert (await other.trainer.get(f"/v1/participations/{amina}/certificate")).status_code == 404


def test_a_letter_is_tagged_and_its_long_lines_are_folded() -> None:
    made = papers.letter("A title", ["Somebody’s name", "word " * 60])
    structure = made.decode("latin-1")
    for wanted in ("/Marked true", "/Lang (en-GB)", "/S /H1", "/S /P", "/DisplayDocTitle true"):
        assert wanted in structure, wanted
    lines = re.findall(r"<([0-9a-f]*)> Tj", structure)
    assert max(len(bytes.fromhex(one)) for one in lines) <= 101
    assert structure.count("/Type /MCR") == structure.count(" EMC") == len(lines) == 5
    places = [int(one) for one in re.findall(r"(\d{10}) 00000 n", structure)]
    assert all(structure[place:].startswith(f"{number} 0 obj") for number, place in enumerate(places, 1))
