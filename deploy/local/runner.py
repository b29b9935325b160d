"""Brings the whole stack up in order, watches it, and takes it down in the opposite order."""

import contextlib
import http.client
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from deploy.local import environment, parts, process
from deploy.local.backup.receiver import Receiver
from deploy.local.kafka import Kafka
from deploy.local.nurse import Nurse
from deploy.local.parts import Board
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK, StartError
from deploy.local.state import APPLICATIONS, SERVICES, Folder

CONSOLE_PORT: Final = 8080
_START_SECONDS: Final = 90
_READY_SECONDS: Final = 45
_DRAIN_SECONDS: Final = 15


class StopAskedError(BaseException):
    """Ctrl-C or SIGTERM: not an error, so nothing on the way may catch it by accident."""


class Runner:
    """One stack of one state folder."""

    def __init__(self, folder: Folder, announce: Callable[[Board], None]) -> None:
        folder.make()
        self.folder = folder
        self.secrets = folder.secrets()
        self.board = Board(folder, announce)
        self.answers: dict[str, str] = {}
        self.restart_asked = threading.Event()
        self.listeners = self._listen()
        self.postgres, self.kafka = self._stores()
        self.archive = Receiver(folder, self.postgres)
        self.around = environment.Surroundings(
            database_port=self.postgres.port,
            kafka_bootstrap=self.kafka.bootstrap,
            issuer=f"http://{LOOPBACK}:{process.port_of(self.listeners['gateway'])}",
            ports={name: process.port_of(listener) for name, listener in self.listeners.items()},
            erasure_log=str(folder.erasures),
        )
        self.nurse = Nurse(folder, self.listeners.values())

    def _listen(self) -> dict[str, socket.socket]:
        """The ports of the start before are kept while they are free: addresses people noted stay true."""
        known = self.folder.read("ports")
        listeners = {name: process.listen(known.get(name)) for name in SERVICES}
        return listeners | {"gateway": process.listen(known.get("gateway"), first=CONSOLE_PORT)}

    def _stores(self) -> tuple[Postgres, Kafka]:
        known = self.folder.read("ports")
        ports = {name: process.free_port(known.get(name)) for name in ("postgres", "kafka", "controller")}
        ports |= {name: process.port_of(listener) for name, listener in self.listeners.items()}
        self.folder.write("ports", ports)
        postgres = Postgres(self.folder.postgres, self.secrets.superuser, ports["postgres"])
        kafka = Kafka(self.folder.kafka, self.secrets.kafka_cluster, ports["kafka"], ports["controller"])
        return postgres, kafka

    def up(self) -> None:
        """Everything from nothing to ready; a StartError says what did not come."""
        self._start_stores()
        self._prepare(self.nurse)
        self.nurse.order("topics", "make_topics", bootstrap=self.kafka.bootstrap)
        self.board.say("making databases and topics")
        self._await("prepare")
        self._await("topics")
        self.board.note("kafka", "ready")
        self._start_applications()
        self.board.say("first steps")
        self.nurse.order("bootstrap", "after_start", **self._hook())
        self._await("bootstrap", seconds=300)
        self.board.address = self.around.issuer
        self.board.say("running")

    def _start_stores(self) -> None:
        self.board.say("starting PostgreSQL and Kafka")
        for name, store in (("kafka", self.kafka), ("postgres", self.postgres)):
            self.board.note(name, "starting", port=store.port)
            with self.folder.open_log(name) as log:
                store.start(log)
            if store.running is not None:
                self.board.note(name, "starting", pid=store.running.pid)
        self.postgres.wait_ready()
        self.archive.start()
        self.board.note("postgres", "ready")

    def _prepare(self, nurse: Nurse) -> None:
        nurse.order(
            "prepare",
            "prepare",
            admin_dsn=self.postgres.admin_dsn,
            host=LOOPBACK,
            port=self.postgres.port,
            passwords=self.secrets.passwords,
        )

    def _start_applications(self) -> None:
        self.board.say("starting services and gateway")
        for name in APPLICATIONS:
            self._order(self.nurse, name)
        for name in APPLICATIONS:
            self.nurse.until(partial(self._is_started, name), _START_SECONDS, name)
            self.board.note(name, "starting", pid=self.nurse.started[name], port=self.around.ports[name])
        for name in APPLICATIONS:
            self._await_ready(name)
            self.board.note(name, "ready")

    def _order(self, nurse: Nurse, name: str) -> None:
        nurse.order(
            name,
            "application",
            factory="gateway.main:create_app" if name == "gateway" else f"services.{name}.main:create_app",
            environment=environment.of(name, self.secrets, self.around),
            listener=self.listeners[name].fileno(),
        )

    def _await_ready(self, name: str) -> None:
        try:
            self.nurse.until(partial(self._is_ready, name), _READY_SECONDS, name)
        except StartError as late:
            said = self.answers.get(name, "nothing")
            raise StartError(f"{late}; /readyz last answered: {said}") from late

    def _is_started(self, name: str) -> bool:
        return name in self.nurse.started

    def _is_ready(self, name: str) -> bool:
        self.check()
        connection = http.client.HTTPConnection(LOOPBACK, self.around.ports[name], timeout=2)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            self.answers[name] = f"{answer.status} {answer.read(200).decode(errors='replace')}"
            return answer.status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _await(self, task: str, seconds: float = _START_SECONDS) -> None:
        self.nurse.until(lambda: self._checked() and self.nurse.has_succeeded(task), seconds, task)

    def restart(self) -> None:
        """Every Python process anew, with today's code and secrets, on the same sockets; nobody is turned away.

        All new ones are ready before the first old one is told to drain. When one does not come, the old ones stay
        and a StartError says why.
        """
        self.board.say("restarting: the new processes start beside the old ones")
        self.secrets = self.folder.secrets()
        fresh = Nurse(self.folder, self.listeners.values())
        try:
            self._prepare(fresh)
            fresh.until(lambda: fresh.has_succeeded("prepare"), _START_SECONDS, "prepare")
            for name in APPLICATIONS:
                self._order(fresh, name)
            for name in APPLICATIONS:
                fresh.until(partial(fresh.is_ready, name), _READY_SECONDS, name)
        except BaseException:
            fresh.close()
            raise
        former, self.nurse = self.nurse, fresh
        try:
            self._drain(former)
        finally:
            former.close()

    def _drain(self, former: Nurse) -> None:
        """One application after the other, so that never two are short of hands at once."""
        self.board.say("restarting: the old processes drain")
        for name in APPLICATIONS:
            self.board.note(name, "ready", pid=self.nurse.started[name])
            former.signal(name, signal.SIGTERM)
            with contextlib.suppress(StartError):
                former.until(partial(former.has_ended, name), _DRAIN_SECONDS, name)

    def _hook(self) -> dict[str, object]:
        settings = environment.of("gateway", self.secrets, self.around)
        return {"state": str(self.folder.path), "gateway": self.around.issuer, "environment": settings}

    def _checked(self) -> bool:
        self.check()
        return True

    def check(self) -> None:
        """A part that ended by itself is never started again in silence: it ends the stack, loudly."""
        stores = {"postgres": self.postgres.running, "kafka": self.kafka.running}
        ended = {name: store.poll() for name, store in stores.items() if store and store.poll() is not None}
        ended |= {name: code for name, code in self.nurse.ended.items() if name in APPLICATIONS}
        for name, code in ended.items():
            self.board.note(name, "failed")
            raise StartError(f"{name} ended by itself (exit code {code}): {self.folder.last_words(name)}")

    def watch(self, every: Callable[[], None]) -> None:
        """Until a part fails or somebody asks to stop; SIGUSR1 asks for a restart."""
        while True:
            self.nurse.listen(0.5)
            self.check()
            if said := self.archive.tend():
                self.board.note("archive", said)
            if self.restart_asked.is_set():
                self.restart_asked.clear()
                self._restart_or_stay()
            every()

    def _restart_or_stay(self) -> None:
        try:
            self.restart()
            self.board.trouble = ""
        except StartError as failure:
            self.board.trouble = str(failure)
        self.board.restarts += 1
        self.board.say("running")

    def down(self) -> None:
        """Gateway, services, Kafka, PostgreSQL; each step is taken whatever happened before it."""
        self.board.say("stopping")
        with contextlib.suppress(StartError):
            self._stop_application("gateway")
            self._stop_application(*SERVICES)
        self.nurse.close()
        for listener in self.listeners.values():
            listener.close()
        if self.kafka.makes_cache:
            self.board.say("stopping; Kafka writes the cache that makes its next start faster, this once")
        for name, store in (("kafka", self.kafka), ("postgres", self.postgres)):
            if store.running is not None:
                store.stop()
                self.board.note(name, "stopped")
        self.archive.stop()
        self.board.say("down")

    def _stop_application(self, *names: str) -> None:
        for name in names:
            self.nurse.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while any(name in self.nurse.started for name in names):
            if time.monotonic() > deadline:
                for name in names:
                    self.nurse.signal(name, signal.SIGKILL)
            self.nurse.listen(0.1)
        for name in names:
            if self.board.parts[name].state != "failed":
                self.board.note(name, "stopped")


@contextlib.contextmanager
def asked_to_stop() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or hang-up into a StopAskedError; later ones wait for the stop to end."""
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise StopAskedError

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(folder: Folder, announce: Callable[[Board], None], welcome: Callable[[Runner], None]) -> str | None:
    """Up, watched, down; the message of what went wrong, or None after a stop that was asked for."""
    folder.make()
    with folder.lock(), asked_to_stop():
        parts.end_leftovers(folder)
        runner = Runner(folder, announce)
        signal.signal(signal.SIGUSR1, lambda *_: runner.restart_asked.set())
        try:
            runner.up()
            welcome(runner)
            runner.watch(lambda: announce(runner.board))
        except StopAskedError:
            return None
        except StartError as failure:
            return str(failure)
        finally:
            runner.down()
    return None
