"""Which part of the platform answers a public path: the table of first segments, and what never passes the edge."""

from typing import Final

OWNERS: Final = {
    "referral": ("families", "children", "referrals", "involvement-plans", "concerns", "allocations", "referral-audit"),
    "matching": (
        "volunteers",
        "match-requests",
        "matches",
        "supervisions",
        "outcodes",
        "match-plans",
        "matching-policies",
        "matching-factors",
        "matching-equality",
        "allegations",
        "check-ins",
        "today",
        "indicators",
        "leaves",
        "matching-audit",
    ),
    "training": (
        "programmes",
        "rounds",
        "courses",
        "sessions",
        "participations",
        "attendees",
        "inductions",
        "imports",
        "labels",
        "suggestions",
        "training-reports",
        "releases",
        "public",
        "training-audit",
    ),
    "outcomes": ("plan-timelines", "stages", "readings", "evaluations", "reports", "outcomes-audit"),
    "gateway": ("partnerships", "organisations", "people", "clients", "events", "webhook-endpoints", "gateway-audit"),
}  # fmt: skip
SEGMENTS: Final = {segment: owner for owner, segments in OWNERS.items() for segment in segments}
# For everybody, without a token: what is below it only reads, or asks for an unguessable link.
OPEN: Final = frozenset({"public", "check-ins"})
# Read by other services' workers, straight from the service; from outside there is no such thing.
WORKER_ONLY: Final = frozenset({"case-facts"})
GATEWAY: Final = "gateway"
# Bodies that are files: longer than others, and streamed like them.
UPLOADS: Final = frozenset({"/v1/imports", "/console/training/imports"})


def find(path: str, raw_path: bytes) -> tuple[str, str] | None:
    """(owner, first segment) of a public path; None when nothing public is there.

    `path` is decoded the way every service decodes it, so that both see the same segments; a raw path that could be
    read in two ways is not there at all.
    """
    pieces = path.split("/")
    if len(pieces) < 3 or pieces[1] != "v1" or pieces[0]:
        return None
    owner = SEGMENTS.get(pieces[2])
    if owner is None or not WORKER_ONLY.isdisjoint(pieces):
        return None
    if (b"%" in raw_path or b"." in raw_path or b"//" in raw_path or b"\\" in raw_path) and _ambiguous(
        pieces, raw_path
    ):
        return None
    return owner, pieces[2]


def _ambiguous(pieces: list[str], raw_path: bytes) -> bool:
    """Whether somebody on the way could see other segments: dots, empty segments, encoded slashes, controls."""
    if len(pieces) - 1 != raw_path.count(b"/") or b"\\" in raw_path or b"//" in raw_path:
        return True
    return any(piece in {".", ".."} or "\\" in piece or not piece.isprintable() for piece in pieces)
