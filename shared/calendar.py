"""Civil time in England: the zone, working days, and bank holidays as data with a version."""

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Calendar:
    """Working days: Monday to Friday less the bank holidays of one version of the data."""

    def __init__(self, version: str, holidays: frozenset[date]) -> None:
        self.version = version
        self._holidays = holidays

    def is_working_day(self, day: date) -> bool:
        """Whether offices are open on that civil day."""
        return day.weekday() < 5 and day not in self._holidays

    @lru_cache(maxsize=1024)  # noqa: B019 - there is one calendar in a process, and it stays
    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; the day itself never counts."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def due(self, received: datetime, working_days: int) -> datetime:
        """The end of the n-th working day after the civil day of receipt, as an aware UTC instant."""
        return end_of_day(self.add_working_days(civil_date(received), working_days))


def civil_date(instant: datetime) -> date:
    """The civil day in London on which the aware instant falls."""
    return instant.astimezone(LONDON).date()


@lru_cache(maxsize=1024)
def end_of_day(day: date) -> datetime:
    """The instant at which that civil day ends in London, as aware UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, LONDON).astimezone(UTC)


def england() -> Calendar:
    """England's calendar as shipped."""
    return _ENGLAND


def _load() -> Calendar:
    document = json.loads(files("shared").joinpath("data/bank_holidays.json").read_text())
    return Calendar(document["version"], frozenset(date.fromisoformat(day) for day in document["days"]))


_ENGLAND = _load()
