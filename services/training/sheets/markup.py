"""XML read as a stream of starts, texts and ends; a document that brings definitions of its own is refused."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Generic, Protocol, TypeVar
from xml.parsers import expat

from services.training.sheets.archive import DAMAGED
from services.training.sheets.rows import Refused, Wrong

T = TypeVar("T")
_BLOCK: Final = 65_536


class Collector(Protocol[T]):
    """Hears the document and gives out, block by block, what has become whole."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, said: str) -> None: ...
    def taken(self) -> list[T]: ...


class Quiet(Generic[T]):
    """A collector that only looks at starts."""

    def end(self, name: str) -> None:
        """Nothing ends that matters."""

    def text(self, said: str) -> None:
        """No text matters."""

    def taken(self) -> list[T]:
        return []


def parsed(file: BinaryIO, collector: Collector[T]) -> Iterator[T]:
    """What the collector makes of the document, as soon as it is made."""
    parser = expat.ParserCreate()
    _begin(parser, collector)
    # Entities that grow, and entities that are read from elsewhere, both begin with one.
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    parser.buffer_size = _BLOCK
    try:
        while block := file.read(_BLOCK):
            parser.Parse(block, False)
            yield from collector.taken()
        parser.Parse(b"", True)
    except (expat.ExpatError, *DAMAGED) as error:
        raise Refused(Wrong.NOT_A_SHEET) from error
    yield from collector.taken()


def _begin(parser: Any, collector: Collector[T]) -> None:
    """Let the first element show whether names have a prefix; few documents have, and then it is taken off."""

    def first(name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            parser.StartElementHandler = lambda name, attributes: collector.start(name.rpartition(":")[2], attributes)
            parser.EndElementHandler = lambda name: collector.end(name.rpartition(":")[2])
        else:
            parser.StartElementHandler, parser.EndElementHandler = collector.start, collector.end
        parser.StartElementHandler(name, attributes)

    parser.StartElementHandler = first
    parser.CharacterDataHandler = collector.text


def _refuse(*_: Any) -> None:
    raise Refused(Wrong.NOT_A_SHEET)
