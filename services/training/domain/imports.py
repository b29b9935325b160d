"""What may happen to a sheet that was sent."""

from enum import StrEnum

from shared.lifecycle import Lifecycle


class ImportStatus(StrEnum):
    """Where a sheet that was sent stands: read and waiting, or no more wanted."""

    READ = "read"
    DISCARDED = "discarded"


IMPORTS = Lifecycle({ImportStatus.READ: {ImportStatus.DISCARDED}})
