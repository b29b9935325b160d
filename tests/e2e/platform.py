"""The real five processes for tests: forked like `circle up` does, on databases and a broker that nobody else uses."""

import asyncio
import http.client
import os
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest import mock

from deploy.local import environment, process, topics
from deploy.local.bed import Stack
from deploy.local.demo_identity import ClientKey
from deploy.local.kafka import Kafka
from deploy.local.nurse import Nurse
from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS, Folder
from gateway.identity.bootstrap import bootstrap
from gateway.settings import GatewaySettings

SECRET: Final = "an administrator's secret that only these tests know"
_START_SECONDS: Final = 120
_READY_SECONDS: Final = 60
T = TypeVar("T")


class Platform:
    """Started once; each process can be killed and comes back on the same port with the same data."""

    def __init__(self, stack: Stack, path: Path) -> None:
        self.folder = Folder(path)
        self.folder.make()
        self.kafka = Kafka(
            self.folder.kafka, stack.secrets.kafka_cluster, process.free_port(), process.free_port(), train=False
        )
        self.listeners = {name: process.listen() for name in APPLICATIONS}
        self.around = replace(
            stack.around,
            ports={name: process.port_of(listener) for name, listener in self.listeners.items()},
            issuer=f"http://{LOOPBACK}:{process.port_of(self.listeners['gateway'])}",
            kafka_bootstrap=self.kafka.bootstrap,
            topic_prefix="",
        )
        self.secrets = stack.secrets
        self.nurse = Nurse(self.folder, self.listeners.values())

    @property
    def gateway(self) -> str:
        return self.around.issuer

    def environment_of(self, name: str) -> dict[str, str]:
        return environment.of(name, self.secrets, self.around)

    def start(self) -> None:
        self.start_broker()
        _apart(topics.ensure(self.kafka.bootstrap, topics.names()))
        for name in APPLICATIONS:
            self.start_application(name)
        for name in APPLICATIONS:
            self.wait_ready(name)

    def start_broker(self) -> None:
        with self.folder.open_log("kafka") as log:
            self.kafka.start(log)

    def kill_broker(self) -> None:
        assert self.kafka.running is not None
        self.kafka.running.kill()
        self.kafka.running.wait(10)

    def start_application(self, name: str, factory: str = "", **more: str) -> None:
        """The real one, or what a factory of the tests makes of it; `more` is added to its environment."""
        real = "gateway.main:create_app" if name == "gateway" else f"services.{name}.main:create_app"
        self.nurse.order(
            name,
            "application",
            factory=factory or real,
            environment=self.environment_of(name) | more,
            listener=self.listeners[name].fileno(),
        )
        self.nurse.until(lambda: name in self.nurse.started, _START_SECONDS, name)

    def kill_application(self, name: str) -> None:
        """Kill -9, and wait until it is gone."""
        self.nurse.ended.pop(name, None)
        os.kill(self.nurse.started[name], signal.SIGKILL)
        self.nurse.until(lambda: name in self.nurse.ended, 10, name)

    def wait_ready(self, name: str) -> None:
        port = self.around.ports[name]
        self.nurse.until(partial(answers_ready, port), _READY_SECONDS, name)

    def administrator(self) -> ClientKey:
        """The platform's first administrator."""
        with mock.patch.dict(os.environ, self.environment_of("gateway")):
            made = _apart(bootstrap(GatewaySettings(), SECRET))
        return ClientKey(str(made.client_id), SECRET)

    def stop(self) -> None:
        for name in list(self.nurse.started):
            self.nurse.signal(name, signal.SIGTERM)
        self.nurse.close()
        for listener in self.listeners.values():
            listener.close()
        self.kafka.stop()


def answers_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """On a loop of its own, so that the tests' loop is not touched."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
