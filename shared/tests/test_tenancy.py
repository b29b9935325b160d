"""Tenancy with the application's own checks taken away: what each login can reach in the database, table by table."""

import pytest

from shared.ids import new_id
from shared.tests.tables import (
    EXCEPTIONS,
    FOREIGN,
    MORE_QUEUES,
    ORGANISATION,
    OWN,
    PERSON,
    WORKERS_QUEUES,
    As,
    Connection,
    attempts,
    case_of,
    tables_of,
)


@pytest.mark.parametrize("scope", ["organisation", "person", "service", "system", ""])
async def test_the_app_reaches_nothing_of_another_partnership(behind: tuple[str, Connection], scope: str) -> None:
    service, connection = behind
    reached: list[str] = []
    tables = await tables_of(connection)
    assert {"outbox", "audit_log", "status_history"} <= {table.name for table in tables}
    for table in tables:
        async with connection.transaction():
            await connection.execute(table.row(FOREIGN))
            await connection.execute(table.row(OWN))
        settings = {"partnership": OWN, "organisation": ORGANISATION, "person": PERSON, "scope": scope}
        async with As(connection, f"{service}_app", **settings) as app:
            for verb, statement in attempts(table, FOREIGN).items():
                if await app.tried(statement):
                    reached.append(f"{verb} {table.name}")
            if await app.tried(table.row(FOREIGN)) is not None:
                reached.append(f"insert {table.name}")
            moved = f"UPDATE {table.name} SET partnership_id = '{FOREIGN}' WHERE partnership_id = '{OWN}'"  # noqa: S608
            if await app.tried(moved):
                reached.append(f"give away {table.name}")
    assert sorted(set(reached) - EXCEPTIONS.get(service, set())) == []


async def test_the_app_sees_its_own_partnership_so_that_the_other_tests_mean_something(
    behind: tuple[str, Connection],
) -> None:
    service, connection = behind
    seen = set()
    for table in await tables_of(connection):
        await connection.execute(table.row(OWN))
        async with As(connection, f"{service}_app", partnership=OWN, organisation=ORGANISATION, scope="service") as app:
            if await app.tried(attempts(table, OWN)["select"]):
                seen.add(table.name)
    assert {"audit_log", "status_history", "outbox"} - {"outbox"} <= seen


async def test_without_a_tenant_the_app_sees_nothing(behind: tuple[str, Connection]) -> None:
    service, connection = behind
    for table in await tables_of(connection):
        await connection.execute(table.row(OWN))
        async with As(connection, f"{service}_app") as app:
            shown = await app.tried(f"SELECT count(*) FROM {table.name}")  # noqa: S608 - from the catalogue
            if f"select {table.name}" not in EXCEPTIONS.get(service, set()):
                assert not shown, table.name


async def test_the_worker_sees_another_partnership_only_in_its_queues(behind: tuple[str, Connection]) -> None:
    service, connection = behind
    reached = set()
    for table in await tables_of(connection):
        await connection.execute(table.row(FOREIGN))
        async with As(connection, f"{service}_worker", partnership=OWN, scope="system") as worker:
            for statement in attempts(table, FOREIGN).values():
                if await worker.tried(statement):
                    reached.add(table.name)
    assert sorted(reached - WORKERS_QUEUES - MORE_QUEUES.get(service, set())) == []


VIEWERS: list[tuple[str, dict[str, object], bool]] = [
    ("its organisation", {"organisation": ORGANISATION, "scope": "organisation"}, True),
    ("another organisation", {"organisation": new_id(), "scope": "organisation"}, False),
    ("a volunteer of the organisation", {"organisation": ORGANISATION, "person": PERSON, "scope": "person"}, False),
    ("another service's worker", {"organisation": new_id(), "scope": "service"}, True),
    ("nobody", {"scope": "organisation"}, False),
]


@pytest.mark.parametrize("granted_to_a_person", [False, True])
async def test_a_case_is_shown_only_to_those_to_whom_it_is_granted(
    behind: tuple[str, Connection], granted_to_a_person: bool
) -> None:
    service, connection = behind
    family, person = new_id(), PERSON if granted_to_a_person else None
    grant = "INSERT INTO case_access VALUES ($1, $2, $3, 'la', $4)"
    await connection.execute(grant, OWN, family, ORGANISATION, person)
    viewers = VIEWERS
    if granted_to_a_person:
        named = {"organisation": ORGANISATION, "person": PERSON, "scope": "person"}
        viewers = [
            ("the person", named, True),
            ("another person", named | {"person": new_id()}, False),
            ("the person from elsewhere", named | {"organisation": new_id()}, False),
            ("a colleague", {"organisation": ORGANISATION, "person": new_id(), "scope": "organisation"}, False),
        ]
    for table in await tables_of(connection):
        case = case_of(table)
        if case is None:
            continue
        await connection.execute(table.row(OWN))
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(f"UPDATE {table.name} SET {case} = $1 WHERE partnership_id = $2", family, OWN)  # noqa: S608
        await connection.execute("SET session_replication_role = DEFAULT")
        for name, settings, visible in viewers:
            async with As(connection, f"{service}_app", partnership=OWN, **settings) as app:
                shown = await app.tried(f"SELECT count(*) FROM {table.name} WHERE {case} = '{family}'")  # noqa: S608
                changed = await app.tried(
                    f"UPDATE {table.name} SET partnership_id = partnership_id WHERE {case} = '{family}'"  # noqa: S608
                )
            assert visible or not (shown or changed), (table.name, name)
            # A service may narrow further what its own tables show; the spine's do not.
            assert not visible or shown or table.name != "status_history", name
