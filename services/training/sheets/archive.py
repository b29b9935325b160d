"""The zip around a workbook, judged by its directory before a byte of it is unpacked."""

import struct
import zipfile
import zlib
from typing import BinaryIO, Final

from services.training.sheets.rows import MEBIBYTE, Refused, Wrong

ZIP: Final = b"PK"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_UNPACKED: Final = 128 * MEBIBYTE
MAX_RATIO: Final = 100
# Small parts may be packed as tightly as they like.
_RATIO_FROM: Final = MEBIBYTE
_MAX_PARTS: Final = 1_000
_MAX_DIRECTORY: Final = 262_144
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_ZIP64_LOCATOR: Final = 20
_ZIP64_MARK: Final = b"PK\x06\x07"
_LOCKED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MACROS: Final = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")
_MACRO_TYPE: Final = b"macroenabled"
_TYPES: Final = "[Content_Types].xml"
# What may come of a part whose bytes are not what the directory says.
DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """The workbook's parts. `zipfile` gives of each no more than its directory says, and that is capped here."""
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused(Wrong.NOT_A_SHEET) from error
    parts = archive.infolist()
    if any(part.filename.lower().endswith(_MACROS) for part in parts):
        raise Refused(Wrong.MACROS)
    for part in parts:
        _check_part(part)
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused(Wrong.BOMB)
    if _MACRO_TYPE in read(archive, _TYPES).lower():
        raise Refused(Wrong.MACROS)
    return archive


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small part as a whole."""
    try:
        part = archive.getinfo(name)
        if part.file_size > MEBIBYTE:
            raise Refused(Wrong.BOMB)
        return archive.read(part)
    except (KeyError, *DAMAGED) as error:
        raise Refused(Wrong.NOT_A_SHEET) from error


def _check_directory(file: BinaryIO) -> None:
    """The directory is read into memory as a whole: its own size comes first, from the record at the file's end."""
    size = file.seek(0, 2)
    if size < _END.size:
        raise Refused(Wrong.NOT_A_SHEET)
    file.seek(max(0, size - _END.size - _ZIP64_LOCATOR))
    tail = file.read()
    mark, *_, parts, length, _, comment = _END.unpack(tail[-_END.size :])
    # A comment would let two readers find two different directories; no spreadsheet program writes one.
    if mark != _END_MARK or comment or tail.startswith(_ZIP64_MARK):
        raise Refused(Wrong.NOT_A_SHEET)
    if parts > _MAX_PARTS or length > _MAX_DIRECTORY:
        raise Refused(Wrong.BOMB)


def _check_part(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & _LOCKED:
        raise Refused(Wrong.OLD_WORKBOOK)
    if part.compress_type not in _METHODS:
        raise Refused(Wrong.NOT_A_SHEET)
    if part.file_size > _RATIO_FROM and part.file_size > MAX_RATIO * part.compress_size:
        raise Refused(Wrong.BOMB)
