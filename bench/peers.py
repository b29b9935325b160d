"""The processes that the gateway is measured with: a service, nginx, HAProxy and the data path, each on one core."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization

from deploy.local import process
from shared.testing import PRIVATE_PEM, TestIssuer

# The gates are measured on one core; whoever asks and whoever answers share the other.
GATE_CORE: Final = "1"
OTHER_CORE: Final = "0"

_NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; default_type application/json;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  large_client_header_buffers 4 32k; {http}
}}
"""
_SERVICE: Final = """
  server {{ listen 127.0.0.1:{port}; location / {{
    add_header etag '"1"'; add_header x-request-id $http_x_request_id; add_header x-circle-route /v1/referrals/:id;
    return 200 '{answer}'; }} }}
"""
_PROXY: Final = """
  upstream service {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""
_HAPROXY: Final = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend edge
  bind 127.0.0.1:{port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.alg) -m str RS256 }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{key}") 1 }}
  default_backend service
backend service
  server one 127.0.0.1:{upstream}
"""


def missing(*tools: str) -> str | None:
    """The first tool that is not installed."""
    return next((tool for tool in tools if shutil.which(tool) is None), None)


@contextmanager
def service(folder: Path, answer: str) -> Iterator[tuple[int, int]]:
    """A service that always says the same, at once; its port, and the pid of its only worker."""
    port = process.free_port()
    with _nginx(folder, _SERVICE.format(port=port, answer=answer), port, OTHER_CORE) as pid:
        yield port, pid


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    """A bare proxy; its port, and the pid of its only worker."""
    port = process.free_port()
    with _nginx(folder, _PROXY.format(port=port, upstream=upstream), port, GATE_CORE) as pid:
        yield port, pid


@contextmanager
def haproxy(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    """A proxy that verifies the token of each request by RS256; its port and pid."""
    folder.mkdir()
    port, key, configuration = process.free_port(), folder / "key.pem", folder / "haproxy.cfg"
    public = serialization.load_pem_private_key(PRIVATE_PEM.encode(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
    configuration.write_text(_HAPROXY.format(port=port, upstream=upstream, key=key))
    with _running(["haproxy", "-db", "-f", str(configuration)], folder / "out", GATE_CORE) as child:
        _answers(port)
        yield port, child.pid


@contextmanager
def gateway(folder: Path, upstream: int, door: str = "strict") -> Iterator[tuple[int, int]]:
    """The data path in a process of its own, served as `shared.serve` serves it, access log and all; port and pid."""
    folder.mkdir()
    port, keys = process.free_port(), json.dumps(asyncio.run(TestIssuer().fetch()))
    command = [sys.executable, "-m", "bench.gateway_process", str(port), str(upstream), keys, door]
    with _running(command, folder / "access.log", GATE_CORE) as child:
        _answers(port)
        yield port, child.pid


@contextmanager
def _nginx(folder: Path, http: str, port: int, core: str) -> Iterator[int]:
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, http=http))
    with _running(["nginx", "-p", str(folder), "-c", str(configuration)], folder / "out", core) as master:
        _answers(port)
        # The master listens before it has a worker.
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
        process.wait_until(lambda: bool(children.read_text()), 30)
        yield int(children.read_text().split()[0])


@contextmanager
def _running(command: list[str], output: Path, core: str) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as log:
        child = subprocess.Popen(pinned(core, command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def pinned(core: str, command: list[str]) -> list[str]:
    """The command on one core, where there are two and `taskset` is there."""
    return command if missing("taskset") or (os.cpu_count() or 1) < 2 else ["taskset", "-c", core, *command]


def _answers(port: int) -> None:
    if not process.wait_until(lambda: _accepts(port), 30):
        raise RuntimeError(f"nobody listens on port {port}")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
