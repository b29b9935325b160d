"""How many requests a client may make: a generic cell rate algorithm, one number a client, in this process's memory."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from gateway.tokens.client_auth import CONSOLE
from shared.auth import Caller, Role


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in a window; all of them may come at once, then they come back one by one."""

    name: str
    requests: int
    window: int

    @property
    def interval(self) -> float:
        """Seconds after which one request comes back."""
        return self.window / self.requests

    @property
    def header(self) -> bytes:
        """The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11)."""
        return b'"%b";q=%d;w=%d' % (self.name.encode(), self.requests, self.window)


class Bucket:
    """What one client has left."""

    __slots__ = ("_interval", "_lines", "_name", "_window", "full_at", "policy_header")

    def __init__(self, policy: Policy) -> None:
        self._interval = policy.interval
        self._window = float(policy.window)
        self._name = b'"%b";r=%%d;t=%%d' % policy.name.encode()
        self.policy_header = policy.header
        self._lines = b"ratelimit-policy: %b\r\nratelimit: " % policy.header.replace(b"%", b"%%") + self._name + b"\r\n"
        # When everything will have come back, on the monotonic clock.
        self.full_at = 0.0

    def take(self, now: float) -> bool:
        """Count one request; False, and nothing is counted, when none is left."""
        full_at = max(self.full_at, now) + self._interval
        if full_at - now > self._window + 1e-9:
            return False
        self.full_at = full_at
        return True

    def header(self, now: float) -> bytes:
        """The value of `RateLimit`: requests left, and seconds until all have come back."""
        return self._name % self._left(now)

    def headers(self, now: float) -> list[tuple[bytes, bytes]]:
        """What the caller is told about it."""
        return [(b"ratelimit-policy", self.policy_header), (b"ratelimit", self.header(now))]

    def lines(self, now: float) -> bytes:
        """The same as it goes over the wire."""
        return self._lines % self._left(now)

    def _left(self, now: float) -> tuple[float, float]:
        used = max(0.0, self.full_at - now)
        return (self._window - used + 1e-9) / self._interval, used + 0.999

    def wait(self, now: float) -> int:
        """Whole seconds until one more request is allowed, for `Retry-After`."""
        return max(1, math.ceil(self.full_at + self._interval - now - self._window))


_MOST_VISITORS: Final = 10_000


class Limits:
    """One bucket a client, and one a person at the console; as many as are registered, so none is ever forgotten."""

    def __init__(self, policy: Policy, for_intake: Policy, for_visitors: Policy) -> None:
        self._policy = policy
        self._for_intake = for_intake
        self._for_visitors = for_visitors
        # Addresses that are remembered; whoever is forgotten begins anew.
        self.most_visitors = _MOST_VISITORS
        self._visitors: OrderedDict[str, Bucket] = OrderedDict()
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def bucket(self, caller: Caller) -> Bucket:
        """The bucket of the caller's client; clients that may only hand things in have a smaller one.

        The console is everybody's client: whoever works with it must not wait because of somebody else.
        """
        policy = self._for_intake if caller.roles == {Role.INTAKE} else self._policy
        person = str(caller.person) if caller.client_id == CONSOLE else ""
        key = (caller.client_id, person, policy.name)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(policy)
        return bucket

    def visitor(self, address: str) -> Bucket:
        """The bucket of an address from which somebody comes without a token; the one used longest ago goes first."""
        bucket = self._visitors.pop(address, None) or Bucket(self._for_visitors)
        while len(self._visitors) >= self.most_visitors:
            self._visitors.popitem(last=False)
        self._visitors[address] = bucket
        return bucket
