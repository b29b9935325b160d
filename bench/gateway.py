"""The gateway's data path against a bare nginx proxy: same caller, same service, same connections, all on loopback."""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.harness import Arm, Round, cost, cpu_of, not_measured
from deploy.local import process

FIGURE: Final = "gateway ÷ nginx bare proxy"
FLOOR: Final = 6.0
AIM: Final = 2.0
_SECONDS: Final = 3
_CONNECTIONS: Final = 16
_CASE: Final = "/v1/referrals/01a2039a-2c02-71ea-a55e-eb9cc488ab0b"

_NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; default_type application/json;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
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
_SCRIPT: Final = """
wrk.method = "{method}"
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Accept"] = "application/json"
{more}
"""
_POST: Final = """
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Idempotency-Key"] = "01a2039a-2c02-71ea-a55e-eb9cc488ab0c"
wrk.body = string.rep("x", 400)
"""


def main() -> None:
    """Print one JSON line a figure."""
    figures = {f"{FIGURE} (GET)": ("GET", ""), f"{FIGURE} (POST, 400 bytes)": ("POST", _POST)}
    missing = next((tool for tool in ("nginx", "wrk") if shutil.which(tool) is None), None)
    if missing:
        for figure in figures:
            not_measured(figure, missing)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="circle-bench-")))
        upstream, bare = process.free_port(), process.free_port()
        answer = json.dumps({"id": "01a2039a-2c02-71ea-a55e-eb9cc488ab0b", "text": "x" * 500})
        stack.enter_context(_nginx(folder / "service", _SERVICE.format(port=upstream, answer=answer), upstream))
        proxy = stack.enter_context(_nginx(folder / "bare", _PROXY.format(port=bare, upstream=upstream), bare))
        ours = stack.enter_context(_gateway(folder, upstream))
        for figure, (method, more) in figures.items():
            script = folder / f"{method}.lua"
            script.write_text(_SCRIPT.format(method=method, token=ours["token"], more=more))
            cost(
                figure,
                _arm(script, ours["port"], ours["pid"]),
                _arm(script, bare, proxy),
                floor=FLOOR,
                aim=AIM,
                connections=_CONNECTIONS,
            )


def _arm(script: Path, port: int, pid: int) -> Arm:
    return partial(_round, script, f"http://127.0.0.1:{port}{_CASE}", pid)


def _round(script: Path, url: str, pid: int) -> Round:
    """So many seconds of requests as fast as they are answered."""
    cpu, wall = cpu_of([pid]), time.monotonic()
    said = subprocess.run(
        ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "-s", str(script), url],
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS + 30,
    ).stdout
    cpu, wall = cpu_of([pid]) - cpu, time.monotonic() - wall
    done = int(_found(r"(\d+) requests in", said))
    errors = int(_found(r"Non-2xx or 3xx responses: (\d+)", said))
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return Round(done, cpu, wall, errors + sum(map(int, sockets.groups() if sockets else ())))


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1) if match else "0"


@contextmanager
def _nginx(folder: Path, http: str, port: int) -> Iterator[int]:
    """A running nginx; the pid of its only worker."""
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, http=http))
    with _running(["nginx", "-p", str(folder), "-c", str(configuration)], folder / "out") as master:
        _answers(port)
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
        yield int(children[0])


@contextmanager
def _gateway(folder: Path, upstream: int) -> Iterator[dict[str, Any]]:
    """The data path in a process of its own, served as `shared.serve` serves it, access log and all."""
    ready, port = folder / "ready.json", process.free_port()
    command = [sys.executable, "-m", "bench.gateway_process", str(port), str(upstream), str(ready)]
    with _running(command, folder / "access.log") as child:
        process.wait_until(lambda: ready.exists() or child.poll() is not None, 30)
        _answers(port)
        yield {"port": port, "pid": child.pid, "token": ready.read_text()}


@contextmanager
def _running(command: list[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def _answers(port: int) -> None:
    if not process.wait_until(lambda: _accepts(port), 15):
        raise RuntimeError(f"nobody listens on port {port}")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
