"""Looks for the markers of personal fields everywhere where no personal data may be."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import orjson
from aiokafka import AIOKafkaConsumer

from deploy.local import topics
from deploy.local.logins import PersonLogin
from deploy.local.state import APPLICATIONS
from shared.ids import new_id
from tests.world.stage import Stage
from tests.world.tokens import again

_SECRETS: Final = frozenset({"client_secret", "secret", "code", "access_token"})
_SHORT: Final = 8
_MILLISECONDS: Final = 1000


def logs(stage: Stage, bed: Path) -> Iterator[tuple[str, str]]:
    """What all processes wrote, before they were started anew too: ours and the broker's, PostgreSQL's own log."""
    for folder in (stage.platform.folder.path, bed):
        for path in (*folder.rglob("*.log"), *folder.rglob("*.log.1")):
            yield str(path.relative_to(folder)), path.read_text(errors="replace")


async def metrics(stage: Stage) -> dict[str, str]:
    """What each process tells Prometheus."""
    async with httpx.AsyncClient() as client:
        ports = stage.platform.around.ports
        return {name: (await client.get(f"http://127.0.0.1:{ports[name]}/metrics")).text for name in APPLICATIONS}


async def records(stage: Stage) -> list[str]:
    """Every record of every topic: key, headers, value."""
    names = list(topics.names())
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=stage.platform.kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[str] = []
    try:
        while batch := await consumer.getmany(timeout_ms=2 * _MILLISECONDS):
            records_of_all = [record for records_of_one in batch.values() for record in records_of_one]
            found += [f"{one.topic} {one.key!r} {one.headers!r} {one.value!r}" for one in records_of_all]
    finally:
        await consumer.stop()
    return found


def secrets_of(stage: Stage) -> set[str]:
    """Every secret and code that the platform handed out, every password and every token that was used."""
    found = set[str]()
    for exchange in stage.witness.exchanges:
        found |= set(_secrets_in(exchange.answer))
        found.add(exchange.headers.get("authorization", "").rpartition(" ")[2])
    logins = (caller.login for caller in stage.cast.home.callers.values())
    found |= {login.password for login in logins if isinstance(login, PersonLogin)}
    return {one for one in found if len(one) > _SHORT}


def _secrets_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in _SECRETS and isinstance(value, str):
                yield value
            else:
                yield from _secrets_in(value)


async def provoked(stage: Stage, client: httpx.AsyncClient) -> list[str]:
    """Answers to the story's own requests made wrong: with too much, in pieces, with words where none belong, with a
    character that the database refuses; and the story's own refusals."""
    found = [str(one.answer) for one in stage.witness.exchanges if not one.went_well]
    for operation in stage.witness.description.operations.values():
        good = stage.witness.good(operation.name)
        if good is None or not isinstance(good.body, dict) or not operation.roles:
            continue
        word = next((one for one in stage.witness.marks.places if one in orjson.dumps(good.body).decode()), "")
        bearer = {"Authorization": f"Bearer {stage.mint.token(again(good.claims))}"}
        headers = bearer | {"If-Match": "*", "Content-Type": "application/json"}
        for content in _wrong(good.body, word or stage.witness.marks.word):
            key = {"Idempotency-Key": str(new_id())}
            answer = await client.request(operation.method, good.path, content=content, headers=headers | key)
            found.append(answer.text if answer.is_error else "")
        odd = {"Idempotency-Key": word or "x", "If-Match": word or "x"}
        answer = await client.request(operation.method, f"{good.path}?limit={word}", headers=headers | odd)
        found += [answer.text, str(answer.headers)]
    return found


def _wrong(body: Any, word: str) -> Iterator[bytes]:
    # A made-up field that looks like a name is pointed at by that name; one with a space in it is not repeated.
    whole = orjson.dumps(body)
    yield orjson.dumps({**body, f"a {word}": word})
    yield whole[:-1]
    yield orjson.dumps({name: {f"a {word}": word} for name in body})
    yield orjson.dumps({name: [word] for name in body})
    yield orjson.dumps({name: f"{value}\0" if word in str(value) else value for name, value in body.items()})


async def columns(stage: Stage) -> dict[str, set[str]]:
    """Every column of every table that holds a marker in the clear, with the fields that it came from."""
    found: dict[str, set[str]] = {}
    for name in APPLICATIONS:
        dsn = stage.stack.admin_dsn.rpartition("/")[0] + f"/{stage.stack.database(name)}"
        connection = await asyncpg.connect(dsn)
        try:
            for row in await connection.fetch(_COLUMNS):
                table, column = row["table_name"], row["column_name"]
                query = f'SELECT "{column}"::text FROM "{table}" WHERE "{column}"::text ILIKE $1'  # noqa: S608 - names of ours
                for text in await connection.fetch(query, f"%{stage.witness.marks.word}%"):
                    found.setdefault(f"{name}.{table}.{column}", set()).update(stage.witness.marks.found_in(text[0]))
        finally:
            await connection.close()
    return found


async def is_quiet(stage: Stage) -> None:
    """Wait until nothing more reaches the webhook's receiver."""
    before = -1
    while before != len(stage.webhooks.heard):
        before = len(stage.webhooks.heard)
        await asyncio.sleep(1)


_COLUMNS: Final = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
