"""A volunteer's inputs as proposals weigh them, kept with every change: a proposal can be made again in years."""

from typing import Any, Final

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.models import Volunteer, VolunteerInputs
from shared.crypto import Cipher
from shared.db import now_of

PLACE: Final = "volunteer_inputs.inputs"
SEALED: Final = ("birth_date", "ethnicity", "faith")
SETS: Final = ("languages", "skills", "interests", "knowledge", "availability")
_PLAIN: Final = ("gender", "outcode")


def keep(session: AsyncSession, volunteer: Volunteer, cipher: Cipher) -> None:
    """Keep what the volunteer's row says now, as their next inputs; the row is new or locked."""
    document: dict[str, Any] = {name: getattr(volunteer, name) for name in _PLAIN}
    document |= {name: sorted(set(getattr(volunteer, name))) for name in SETS}
    for name in SEALED:
        kept = getattr(volunteer, name)
        document[name] = cipher.open(f"volunteers.{name}", kept) if kept else None
    volunteer.inputs_number += 1
    session.add(
        VolunteerInputs(
            partnership_id=volunteer.partnership_id,
            volunteer_id=volunteer.id,
            number=volunteer.inputs_number,
            inputs=cipher.seal(PLACE, orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()),
            recorded_at=now_of(session),
        )
    )


def read(cipher: Cipher, kept: bytes) -> dict[str, Any]:
    """Those inputs: sets of codes, the rest as it was given."""
    document: dict[str, Any] = orjson.loads(cipher.open(PLACE, kept))
    return {name: frozenset(value) if name in SETS else value for name, value in document.items()}
