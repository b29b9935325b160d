"""Links that are keys: whoever holds one may do what it is for, without an account."""

import base64
import re
import secrets
from typing import Final, NamedTuple
from uuid import UUID

_BYTES: Final = 16
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{64}")


class Link(NamedTuple):
    """For what organisation of which partnership it was made, which is no secret, and what nobody can guess."""

    partnership: UUID
    organisation: UUID
    secret: bytes

    def __str__(self) -> str:
        """As it stands in an address."""
        parts = self.partnership.bytes + self.organisation.bytes + self.secret
        return base64.urlsafe_b64encode(parts).decode()

    def __repr__(self) -> str:
        return "Link(…)"


def made(partnership: UUID, organisation: UUID) -> Link:
    """A link that nobody has had before."""
    return Link(partnership, organisation, secrets.token_bytes(_BYTES))


def read(text: str) -> Link | None:
    """The link, which may be anybody's invention; None where it has not even the shape of one."""
    if not _SHAPE.fullmatch(text):
        return None
    parts = base64.urlsafe_b64decode(text)
    return Link(UUID(bytes=parts[:_BYTES]), UUID(bytes=parts[_BYTES : 2 * _BYTES]), parts[2 * _BYTES :])
