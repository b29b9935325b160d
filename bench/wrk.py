"""wrk as an arm: so many seconds of requests as fast as they are answered, no two of them alike."""

import re
import subprocess
import time
from pathlib import Path
from typing import Final

from bench import peers
from bench.harness import Round, cpu_of

CONNECTIONS: Final = 16
_SECONDS: Final = 3

# Each request has a path, and each POST a key, of its own: nothing may be gained by having seen the same bytes before.
_SCRIPT: Final = """
local tokens = {{}}
for line in io.lines("{tokens}") do tokens[#tokens + 1] = "Bearer " .. line end
local body, number = string.rep("x", 400), 0
request = function()
  number = number + 1
  local id = string.format("01a2039a-2c02-71ea-a55e-%012x", number)
  local headers = {{ ["Accept"] = "application/json", ["Authorization"] = tokens[number % #tokens + 1] }}
  if "{method}" == "GET" then return wrk.format("GET", "/v1/referrals/" .. id, headers) end
  headers["Content-Type"] = "application/json"
  headers["Idempotency-Key"] = id
  return wrk.format("{method}", "/v1/referrals", headers, body)
end
"""


def script(folder: Path, method: str, tokens: list[str]) -> Path:
    """What wrk is to send: requests of one method, with these tokens in turn."""
    path = folder / f"{method}-{len(tokens)}.lua"
    path.with_suffix(".tokens").write_text("\n".join(tokens))
    path.write_text(_SCRIPT.format(method=method, tokens=path.with_suffix(".tokens")))
    return path


def run(sent: Path, gate: tuple[int, int], seconds: int = _SECONDS) -> Round:
    """One round against the gate (port, pid)."""
    port, pid = gate
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(sent), f"http://127.0.0.1:{port}/"]
    cpu, wall = cpu_of([pid]), time.monotonic()
    ended = subprocess.run(
        peers.pinned(peers.OTHER_CORE, command), capture_output=True, text=True, check=True, timeout=seconds + 30
    )
    cpu, wall, said = cpu_of([pid]) - cpu, time.monotonic() - wall, ended.stdout
    errors = int(_found(r"Non-2xx or 3xx responses: (\d+)", said))
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return Round(
        int(_found(r"(\d+) requests in", said)), cpu, wall, errors + sum(map(int, sockets.groups() if sockets else ()))
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1) if match else "0"
