"""Days as sheets write them. Day before month, as in England; what could be two days is refused, not settled."""

import re
from datetime import date, timedelta
from typing import Final

from services.training.sheets.rows import Fault

EARLIEST: Final = date(1990, 1, 1)
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_BRITISH: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
# Which century, and sometimes which of three numbers is the year.
_SHORT_YEAR: Final = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}", re.ASCII)
# Serial days of a workbook. Its first system has a 29 February 1900 that never was, so that nothing before it is sure.
_DAY_0: Final = date(1899, 12, 30)
_DAY_0_OF_1904: Final = date(1904, 1, 1)
_FIRST_SURE: Final = 61
_LAST: Final = 2_958_465


def of_text(text: str) -> date | Fault:
    """The day that a cell says, or why it says none.

    03/04/2010 is the third of April. In a file from elsewhere some day above the 12th stands where the month should be:
    that is unreadable, and then nothing of the file is taken over.
    """
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    if iso is not None:
        year, month, day = iso[1], iso[2], iso[3]
    elif british is not None:
        day, month, year = british[1], british[3], british[4]
    else:
        return Fault.DATE_AMBIGUOUS if _SHORT_YEAR.fullmatch(text) else Fault.DATE_UNREADABLE
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return Fault.DATE_UNREADABLE


def of_serial(serial: float, *, since_1904: bool) -> date | Fault:
    """The day of a workbook's number; its time of day, if it has one, is left out."""
    # Written so that what is not a number is refused too.
    if not (_FIRST_SURE <= serial <= _LAST):
        return Fault.DATE_UNREADABLE
    try:
        return (_DAY_0_OF_1904 if since_1904 else _DAY_0) + timedelta(days=int(serial))
    except OverflowError:
        return Fault.DATE_UNREADABLE


def judged(day: date | Fault, today: date) -> date | Fault:
    """The day if somebody can have attended then."""
    if isinstance(day, Fault):
        return day
    if day > today:
        return Fault.DATE_IN_THE_FUTURE
    return Fault.DATE_TOO_EARLY if day < EARLIEST else day
