"""The embedded PostgreSQL and Kafka: data outlives a clean stop and kill -9, and nothing unverified runs."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from jgo.maven import MavenContext

from deploy.local import jars, process, topics
from deploy.local.bed import Stack
from deploy.local.jars import Jar, WrongJarError
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.state import APPLICATIONS, AlreadyRunningError, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "state")
    made.make()
    return made


@pytest.fixture
def postgres(folder: Folder) -> Iterator[Postgres]:
    server = Postgres(folder.postgres, "a password", process.free_port())
    yield server
    server.stop()


@pytest.fixture
def kafka(folder: Folder) -> Iterator[Kafka]:
    ports = (process.free_port(), process.free_port())
    node = Kafka(folder.kafka, folder.secrets().kafka_cluster, *ports, train=False)
    yield node
    node.stop()


def _start(folder: Folder, store: Postgres | Kafka) -> None:
    with folder.open_log("store") as log:
        store.start(log)
    if isinstance(store, Postgres):
        store.wait_ready()
    else:
        store.wait_accepts()


def _kill_all(store: Postgres | Kafka) -> None:
    assert store.running is not None
    family = [psutil.Process(store.running.pid), *psutil.Process(store.running.pid).children(recursive=True)]
    for member in family:
        member.kill()
    store.running.wait()
    psutil.wait_procs(family)


async def _sql(server: Postgres, statement: str) -> object:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _say(node: Kafka, word: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait("circle.referral", word, partition=0)
    await producer.stop()


async def _heard(node: Kafka, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=node.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition("circle.referral", 0)])
    try:
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_postgres_keeps_its_data_over_a_clean_stop_and_over_kill_9(folder: Folder, postgres: Postgres) -> None:
    _start(folder, postgres)
    await _sql(postgres, "CREATE TABLE kept AS SELECT 1 AS times")
    postgres.stop()
    _start(folder, postgres)
    await _sql(postgres, "UPDATE kept SET times = 2")
    _kill_all(postgres)
    _start(folder, postgres)
    assert await _sql(postgres, "SELECT times FROM kept") == 2


async def test_postgres_asks_for_the_password(folder: Folder, postgres: Postgres) -> None:
    _start(folder, postgres)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.admin_dsn.replace("a password", "another"))


async def test_postgres_starts_although_its_old_number_belongs_to_another_process(
    folder: Folder, postgres: Postgres
) -> None:
    _start(folder, postgres)
    stale = (folder.postgres / "postmaster.pid").read_text().splitlines()
    _kill_all(postgres)
    (folder.postgres / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    _start(folder, postgres)
    assert await _sql(postgres, "SELECT 1") == 1


async def test_kafka_keeps_its_messages_over_a_clean_stop_and_over_kill_9(folder: Folder, kafka: Kafka) -> None:
    _start(folder, kafka)
    await topics.ensure(kafka.bootstrap, topics.names())
    await _say(kafka, b"before the stop")
    kafka.stop()
    _start(folder, kafka)
    await topics.ensure(kafka.bootstrap, topics.names())
    await _say(kafka, b"before the kill")
    _kill_all(kafka)
    _start(folder, kafka)
    await topics.ensure(kafka.bootstrap, topics.names())
    assert await _heard(kafka, 2) == [b"before the stop", b"before the kill"]
    assert folder.log("store").stat().st_size > 0


@pytest.mark.slow
async def test_the_first_clean_stop_leaves_a_cache_with_which_kafka_starts_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = jars.class_path()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jars.cache().mkdir(parents=True)
    for path in made:
        (jars.cache() / path.name).write_bytes(path.read_bytes())
    node = Kafka(folder.kafka, folder.secrets().kafka_cluster, process.free_port(), process.free_port())
    _start(folder, node)
    node.stop()
    _start(folder, node)
    assert node.running is not None
    assert any("-XX:AOTCache=" in word for word in psutil.Process(node.running.pid).cmdline())
    node.stop()


def test_a_jar_that_is_not_the_locked_one_never_reaches_the_cache(tmp_path: Path) -> None:
    repository = tmp_path / "repository" / "org" / "example" / "thing" / "1.0"
    repository.mkdir(parents=True)
    (repository / "thing-1.0.jar").write_bytes(b"something else")
    cache = tmp_path / "cache"
    cache.mkdir()
    context = MavenContext(repo_cache=tmp_path / "repository", offline=True)
    with pytest.raises(WrongJarError):
        jars.fetch([Jar("org.example:thing:1.0", "thing-1.0.jar", "0" * 64)], cache, context)
    assert not list(cache.iterdir())


def test_every_jar_is_locked_once_and_by_hash() -> None:
    locked = jars.locked()
    assert len({jar.name for jar in locked}) == len(locked) > 40
    assert all(len(jar.sha256) == 64 for jar in locked)


def test_one_state_folder_is_never_run_twice(folder: Folder) -> None:
    with folder.lock():
        assert folder.is_locked()
        with pytest.raises(AlreadyRunningError):
            folder.lock()
    assert not folder.is_locked()


def test_secrets_are_made_once_and_are_for_their_owner_only(folder: Folder) -> None:
    assert folder.secrets() == folder.secrets()
    assert (folder.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_port_is_kept_while_it_is_free_and_left_when_it_is_taken() -> None:
    port = process.free_port()
    assert process.free_port(port) == port
    with process.listen(port):
        assert process.free_port(port) != port


def test_a_leftover_is_ended_but_never_another_process_of_the_same_number() -> None:
    child = process.start(["sleep", "60"], None)
    since = process.born(child.pid)
    assert since is not None
    process.end_leftover(child.pid, since - 100)
    assert child.poll() is None
    process.end_leftover(child.pid, since)
    assert child.wait(5) == -signal.SIGTERM


async def test_each_worker_has_databases_and_topics_of_its_own(stack: Stack) -> None:
    for name in APPLICATIONS:
        settings = stack.environment_of(name)
        connection = await asyncpg.connect(
            host=stack.host,
            port=stack.port,
            user=f"{name}_app",
            password=settings["CIRCLE_APP_PASSWORD"],
            database=settings["CIRCLE_DATABASE_NAME"],
        )
        assert await connection.fetchval("SELECT current_database()") == stack.database(name)
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        await connection.close()
    assert all(name.startswith(stack.worker) for name in topics.names(stack.topic_prefix))
