"""What may happen to a sheet that was sent."""

from enum import StrEnum

from shared.lifecycle import Lifecycle


class ImportStatus(StrEnum):
    """Where a sheet that was sent stands: read and waiting, being taken over, taken over, or no more wanted."""

    READ = "read"
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"


# Whatever has changed between the request and its turn may refuse a sheet: then it waits as before.
IMPORTS = Lifecycle({
    ImportStatus.READ: {ImportStatus.APPLYING, ImportStatus.APPLIED, ImportStatus.DISCARDED},
    ImportStatus.APPLYING: {ImportStatus.APPLIED, ImportStatus.READ},
})  # fmt: skip
