"""The gateway's data path against nginx, HAProxy and itself without tokens: same caller, same service, loopback."""

import http.client
import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from bench import latency, peers, wrk
from bench.harness import Arm, Figure, Round, compare, not_measured, wanted
from shared.auth import CACHE_SIZE, Role
from shared.ids import new_id
from shared.testing import TestIssuer

_CPU: Final = "CPU µs a request"
P1: Final = Figure("P1", "gateway ÷ nginx bare proxy", _CPU, must=3.0, aim=1.5)
P2: Final = Figure("P2", "gateway ÷ HAProxy verifying the token", _CPU, must=1.5, aim=0.6)
P5: Final = Figure("P5", "known token ÷ no token needed", _CPU, must=1.15, aim=1.03)
P5_DISTINCT: Final = Figure(
    "P5",
    "all tokens distinct, requests a second of one core ÷ HAProxy's",
    "requests/s",
    must=0.3,
    aim=0.9,
    better="higher",
    by="rate",
)

# Asked for in turn, so that each was forgotten when it comes again.
_DISTINCT: Final = CACHE_SIZE + 2_000
_ID: Final = "01a2039a-2c02-71ea-a55e-eb9cc488ab0b"
_ANSWER: Final = json.dumps({"id": _ID, "text": "x" * 500})
# What belongs to a hop, to a moment or to the edge itself.
_OWN: Final = frozenset({
    "connection", "date", "server", "keep-alive", "x-request-id", "x-circle-route", "cache-control",
    "ratelimit", "ratelimit-policy",
})  # fmt: skip
_METHODS: Final = ("GET", "POST")


def main() -> None:
    """Print one JSON line a figure."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="circle-bench-")))
        lacking = peers.missing("nginx", "wrk")
        if lacking:
            for figure in (P1, P2, latency.P50, latency.P99, P5, P5_DISTINCT):
                if wanted(figure.id):
                    not_measured(figure, lacking)
            return
        service = stack.enter_context(peers.service(folder / "service", _ANSWER))
        upstream = service[0]
        ours = stack.enter_context(peers.gateway(folder / "ours", upstream))
        bare = stack.enter_context(peers.nginx(folder / "bare", upstream))
        _all_say_the_same(upstream, [ours[0], bare[0]])
        if wanted("P1"):
            _against(folder, P1, ours, bare, "nginx")
        if wanted("P2") or wanted("P5"):
            _with_tokens(stack, folder, upstream, ours)
        # Last: on a machine that keeps its sender waiting it ends without a figure, and takes no other with it.
        if wanted("P3"):
            latency.measure(service, ours, bare, token(0))


def _with_tokens(stack: ExitStack, folder: Path, upstream: int, ours: tuple[int, int]) -> None:
    """What needs HAProxy, or a gateway that asks for no token."""
    if wanted("P5"):
        open_door = stack.enter_context(peers.gateway(folder / "open", upstream, "open"))
        _all_say_the_same(upstream, [open_door[0]])
        _against(folder, P5, ours, open_door, "open door", ("GET",))
    lacking = peers.missing("haproxy")
    if lacking:
        for figure in (P2, P5_DISTINCT):
            if wanted(figure.id):
                not_measured(figure, lacking)
        return
    verifying = stack.enter_context(peers.haproxy(folder / "haproxy", upstream))
    _all_say_the_same(upstream, [verifying[0]])
    if wanted("P2"):
        _against(folder, P2, ours, verifying, "HAProxy")
    if wanted("P5"):
        with ProcessPoolExecutor(2) as pool:
            distinct = wrk.script(folder, "GET", list(pool.map(token, range(_DISTINCT), chunksize=500)))
        arms = [_a_core(partial(wrk.run, distinct, gate)) for gate in (ours, verifying)]
        compare(P5_DISTINCT, *arms, key="distinct", tokens=_DISTINCT, connections=wrk.CONNECTIONS)


def _against(
    folder: Path,
    figure: Figure,
    ours: tuple[int, int],
    peer: tuple[int, int],
    name: str,
    methods: tuple[str, ...] = _METHODS,
) -> None:
    for method in methods:
        sent = wrk.script(folder, method, [token(0)])
        arms = [partial(wrk.run, sent, gate) for gate in (ours, peer)]
        compare(figure, *arms, key=method, peer=name, connections=wrk.CONNECTIONS)


def _a_core(arm: Arm) -> Arm:
    """Requests a second of the gate's own CPU time: the sender, on the other core, is not what is measured."""

    def run() -> Round:
        one = arm()
        return replace(one, wall_seconds=one.cpu_seconds)

    return run


def token(number: int) -> str:
    """A good token, different for each number."""
    return TestIssuer().token(Role.COORDINATOR, partnership=new_id(), organisation=new_id(), jti=f"{number}-{new_id()}")


def _all_say_the_same(upstream: int, gates: list[int]) -> None:
    """Every gate gives back what the service says, byte by byte; the edge's own headers aside."""
    known = token(0)
    for method in _METHODS:
        direct = _said(upstream, method, known)
        for gate in gates:
            for _ in range(3):
                if _said(gate, method, known) != direct:
                    raise RuntimeError(f"the gate on port {gate} does not give back what the service says")


def _said(port: int, method: str, known: str) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {known}", "Content-Type": "application/json"}
        connection.request(method, f"/v1/referrals/{_ID}", "x" * 400 if method == "POST" else None, headers)
        answer = connection.getresponse()
        kept = [(name.lower(), value) for name, value in answer.getheaders() if name.lower() not in _OWN]
        return answer.status, sorted(kept), answer.read()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
