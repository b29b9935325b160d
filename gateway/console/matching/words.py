"""Codes and days of matching as people read them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from shared.calendar import LONDON

HERE: Final = "/console/matching"
_DAYS: Final = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip
_LANGUAGES: Final = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian",
    "fr": "French", "gu": "Gujarati", "hi": "Hindi", "it": "Italian", "ku": "Kurdish", "lt": "Lithuanian",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "so": "Somali", "sq": "Albanian", "sw": "Swahili", "ta": "Tamil", "ti": "Tigrinya",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba", "zh": "Chinese",
}  # fmt: skip
_PARTS: Final = ("morning", "afternoon", "evening")
_WEEK: Final = 7
GREEN, YELLOW, RED, BLUE, GREY = (f"govuk-tag--{name}" for name in ("green", "yellow", "red", "blue", "grey"))


def plain(code: str) -> str:
    """A code as words: `early-years` is `Early years`."""
    words = code.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def listed(codes: Iterable[str]) -> str:
    """Codes in one line: `Cooking, budgeting`."""
    return plain(", ".join(plain(code).lower() for code in codes))


def languages(codes: Iterable[str]) -> str:
    """Languages by name, as far as the name is known here."""
    return ", ".join(_LANGUAGES.get(code, code) for code in codes)


def slots(found: Iterable[Mapping[str, str]]) -> str:
    """When somebody has time: `Monday morning, afternoon; Friday evening`."""
    days: dict[str, list[str]] = {}
    for slot in found:
        days.setdefault(slot["weekday"], []).append(slot["part"])
    ordered = sorted(days.items(), key=lambda day: list(_DAYS).index(day[0]))
    return "; ".join(f"{_DAYS[day]} {', '.join(sorted(parts, key=_PARTS.index))}" for day, parts in ordered)


def slots_of(codes: Iterable[str]) -> str:
    """The same from codes: `mon-morning`."""
    pairs = (code.partition("-") for code in codes)
    return slots({"weekday": weekday, "part": part} for weekday, _, part in pairs)


def is_slot(code: str) -> bool:
    """Whether the code is a time of the week: `mon-morning`."""
    weekday, _, part = code.partition("-")
    return weekday in _DAYS and part in _PARTS


def day(value: str | None) -> str:
    """A civil day as people in England read it."""
    return date.fromisoformat(value).strftime("%-d %B %Y") if value else ""


def instant(value: datetime) -> str:
    """An instant to the minute, as people in England read it."""
    return value.astimezone(LONDON).strftime("%-d %B %Y, %H:%M")


def waiting(since: str, today: date) -> str:
    """For how long: in weeks, and in days before the second week."""
    days = (today - date.fromisoformat(since)).days
    if days < 2 * _WEEK:
        return many(days, "day")
    return many(days // _WEEK, "week")


def many(number: int, noun: str) -> str:
    """`1 week`, `2 weeks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {'children' if noun == 'child' else noun + 's'}"


def refusal(problem: Mapping[str, Any]) -> dict[str, Any]:
    """What the platform refused, as a page's message."""
    said = (problem.get("title", "This did not work"), problem.get("detail", ""))
    return {"good": False, "text": " ".join(f"{words.rstrip('.')}." for words in said if words)}
