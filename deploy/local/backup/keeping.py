"""What is kept where: the folder of one line of backups, as `circle backup on` has noted it in the state folder."""

import secrets
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from deploy.local.process import StartError
from deploy.local.state import Folder, write

_NOTE: Final = "backup"
_LINE: Final = "line"


class Keeping(BaseModel):
    """One line of backups: base backups of one database, and everything that it has written since the first.

    After a restore a new line begins in a new folder. `to` is empty when backups have been turned off.
    """

    model_config = ConfigDict(frozen=True)

    to: str = ""
    line: str = ""
    # Whether a commit is acknowledged only once the copy has it too.
    synchronous: bool = True
    erasures: str = ""

    @classmethod
    def of(cls, folder: Folder) -> Self:
        """What this state folder says; everything empty where nothing was ever said."""
        return cls.model_validate(folder.read(_NOTE))

    @classmethod
    def begin(cls, folder: Folder, to: Path, erasures: Path, *, synchronous: bool) -> Self:
        """Note it, and mark the folder as this platform's; a StartError when it holds something else."""
        known = cls.of(folder)
        mark = to / _LINE
        line = mark.read_text() if mark.exists() else ""
        if line != known.line and (line or any(to.iterdir() if to.exists() else ())):
            raise StartError(f"{to} holds something else: every line of backups needs a folder of its own")
        for inside, of in ((to, folder.postgres), (erasures, folder.postgres), (erasures, to)):
            if inside.resolve().is_relative_to(of.resolve()):
                raise StartError(f"{inside} would be lost together with {of}")
        to.mkdir(parents=True, exist_ok=True)
        to.chmod(0o700)
        # There from the beginning, so that a restore that does not find it knows that it was lost.
        erasures.parent.mkdir(parents=True, exist_ok=True)
        erasures.touch(mode=0o600)
        made = cls(to=str(to), line=line or secrets.token_hex(16), synchronous=synchronous, erasures=str(erasures))
        mark.write_text(made.line)
        made.note(folder)
        return made

    def note(self, folder: Folder) -> None:
        """In force from the next start on."""
        write(folder.path / f"{_NOTE}.json", self.model_dump_json(indent=1), mode=0o600)

    @property
    def is_on(self) -> bool:
        return bool(self.to)

    @property
    def log(self) -> Path:
        """The write-ahead log's folder."""
        return Path(self.to) / "wal"
