"""What was published of Camden's round, 2 November 2009 to 29 April 2010: participations, and percent of all 178."""

from typing import Final

PUBLISHED: Final = {
    "organisation": {
        "Ar-Rahman Mosque": (8, "4.49"),
        "Bengali Women's Forum": (27, "15.17"),
        "British Somali Community": (1, "0.56"),
        "Camden BME Alliance": (2, "1.12"),
        "East African Society": (15, "8.43"),
        "Eritrean Cultural Support Group": (24, "13.48"),
        "Islington Islamic Centre": (18, "10.11"),
        "Ivorian & French Speaking African Women Action Group": (12, "6.74"),
        "Kosovo Islamic Centre": (14, "7.87"),
        "Kurdish Community Association": (10, "5.62"),
        "North West Islamic Cultural Centre": (18, "10.11"),
        "Somali Elderly & Disable People": (1, "0.56"),
        "Soohan community group": (3, "1.69"),
        "Sudan Womens' Association": (11, "6.18"),
        "Victory Chapel": (14, "7.87"),
    },
    "ethnicity": {
        "Bangladeshi": (34, "19.10"),
        "Congolese": (14, "7.87"),
        "Eritrean": (25, "14.04"),
        "Ivory Coast": (12, "6.74"),
        "Kenyan": (1, "0.56"),
        "Kosova": (7, "3.93"),
        "Kurdish": (10, "5.62"),
        "Morrocan": (5, "2.81"),
        "Pakistani": (3, "1.69"),
        "Somali": (56, "31.46"),
        "Sudanese": (11, "6.18"),
    },
    "gender": {"Female": (100, "56.18"), "Male": (78, "43.82")},
}

# What the round had received, and what that is for each participation.
RECEIVED: Final = "5709.00"
INCOME_PER_PARTICIPATION: Final = "32.07"
