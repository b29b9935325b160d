"""What an audit finds, as plain values that can be stored and read where no solver is loaded."""

from dataclasses import dataclass

from shared.disclosure.policy import Policy
from shared.disclosure.tables import Box


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends included; None where there is no upper end below the largest count looked at."""

    low: int
    high: int | None

    def admits(self, width: int) -> bool:
        return self.high is None or self.high - self.low >= width


@dataclass(frozen=True, slots=True)
class Need:
    """A count that must not be known too well: how far apart its ends have to be, of which release and figure it is.

    An implied one is no figure, but a part of one that two figures may tell when they are subtracted; it matters only
    where it may be a small count.
    """

    release: int
    box: Box
    width: int
    implied: bool = False

    def met_by(self, bounds: Bounds, policy: Policy) -> bool:
        if bounds.admits(self.width):
            return True
        return self.implied and not any(policy.small(count) for count in range(bounds.low, (bounds.high or 0) + 1))


@dataclass(frozen=True, slots=True)
class Finding:
    """What can be inferred of a count, and whether that is little enough. Release 0 is the new one."""

    need: Need
    bounds: Bounds
    safe: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every hidden count of `releases` releases with its exact bounds, and of `implied` implied ones the unsafe."""

    policy: str
    releases: int
    implied: int
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(one.safe for one in self.findings)

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if not one.safe)
