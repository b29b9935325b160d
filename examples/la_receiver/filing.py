"""Filing: one file for each event, written whole and safely on disk before anybody is told."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID


class Files:
    """A folder that only its owner may read: details hold personal data."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def has(self, event: UUID) -> bool:
        """Whether this event was filed before: the same one may come twice."""
        return self._place(event).exists()

    def file(self, event: UUID, document: dict[str, Any]) -> None:
        """Write, flush to the disk, then give it its name: a file that is there is whole."""
        self._write(self._place(event), json.dumps(document, indent=1))

    def cursor(self) -> str | None:
        """How far the feed was read."""
        place = self._folder / "cursor"
        return place.read_text() if place.exists() else None

    def keep_cursor(self, cursor: str) -> None:
        """Remember how far the feed was read."""
        self._write(self._folder / "cursor", cursor)

    def _place(self, event: UUID) -> Path:
        return self._folder / f"{event}.json"

    def _write(self, place: Path, text: str) -> None:
        unfinished = place.with_suffix(f".{os.urandom(8).hex()}.unfinished")
        unfinished.touch(0o600)
        with unfinished.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(place)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
