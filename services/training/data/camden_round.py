"""Makes camden_round.csv, an attendance sheet whose totals are the ones published of Camden's round.

`python -m services.training.data.camden_round > services/training/data/camden_round.csv`
"""

import csv
import io
import sys
from datetime import date
from typing import Final

from services.training.sheets.rows import Column

TITLE: Final = "Protecting children in the community"
# The first and the last day of the published period are days of sessions, so that whoever leaves one out miscounts.
DAYS: Final = (
    date(2009, 11, 2),
    date(2009, 11, 16),
    date(2009, 11, 30),
    date(2009, 12, 14),
    date(2010, 1, 11),
    date(2010, 1, 25),
    date(2010, 2, 8),
    date(2010, 2, 22),
    date(2010, 3, 8),
    date(2010, 3, 22),
    date(2010, 4, 12),
    date(2010, 4, 26),
    date(2010, 4, 29),
)
# Both in an order of ours in which they can be laid side by side; the names are spelt as they were published.
ORGANISATIONS: Final = {
    "Bengali Women's Forum": 27,
    "Ar-Rahman Mosque": 8,
    "Camden BME Alliance": 2,
    "Eritrean Cultural Support Group": 24,
    "British Somali Community": 1,
    "Ivorian & French Speaking African Women Action Group": 12,
    "Victory Chapel": 14,
    "Sudan Womens' Association": 11,
    "Kurdish Community Association": 10,
    "Kosovo Islamic Centre": 14,
    "East African Society": 15,
    "Islington Islamic Centre": 18,
    "North West Islamic Cultural Centre": 18,
    "Somali Elderly & Disable People": 1,
    "Soohan community group": 3,
}
ETHNICITIES: Final = {
    "Bangladeshi": 34,
    "Pakistani": 3,
    "Eritrean": 25,
    "Ivory Coast": 12,
    "Congolese": 14,
    "Sudanese": 11,
    "Kurdish": 10,
    "Kosova": 7,
    "Morrocan": 5,
    "Kenyan": 1,
    "Somali": 56,
}
WOMEN: Final = 100
# The women's groups: here all who came for them are women; the other women are spread evenly over everybody else.
WOMENS_GROUPS: Final = frozenset(name for name in ORGANISATIONS if "Women" in name)
# Invented. Two people came twice, so that people and participations are two figures; everybody else is anonymous.
NAMES: Final = {0: "Example Person One", 1: "Example Person Two", 20: "Example Person One", 21: "Example Person Two"}


def rows() -> list[tuple[str, ...]]:
    """Each participation in the order of the sheet's columns; what was not published is empty."""
    organisations = [name for name, count in ORGANISATIONS.items() for _ in range(count)]
    ethnicities = [label for label, count in ETHNICITIES.items() for _ in range(count)]
    genders = _genders(organisations)
    total = len(organisations)
    days = [DAYS[at * len(DAYS) // total] for at in range(total)]
    return [
        (days[at].isoformat(), TITLE, organisations[at], ethnicities[at], genders[at], "", "", NAMES.get(at, ""))
        for at in range(total)
    ]


def _genders(organisations: list[str]) -> list[str]:
    others = sum(name not in WOMENS_GROUPS for name in organisations)
    women = WOMEN - (len(organisations) - others)
    genders, seen = [], 0
    for name in organisations:
        if name in WOMENS_GROUPS:
            genders.append("Female")
            continue
        genders.append("Female" if (seen + 1) * women // others > seen * women // others else "Male")
        seen += 1
    return genders


def text() -> str:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.value for column in Column])
    writer.writerows(rows())
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.write(text())
