"""What languages are called in English, by BCP 47 code, as far as they are often spoken here."""

from collections.abc import Iterable
from typing import Final

NAMES: Final = {
    "ak": "Akan",
    "am": "Amharic",
    "ar": "Arabic",
    "bfi": "British Sign Language",
    "bn": "Bengali",
    "ckb": "Sorani Kurdish",
    "cy": "Welsh",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "ku": "Kurdish",
    "ln": "Lingala",
    "lt": "Lithuanian",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "so": "Somali",
    "sq": "Albanian",
    "sw": "Swahili",
    "syl": "Sylheti",
    "ta": "Tamil",
    "ti": "Tigrinya",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "yo": "Yoruba",
    "zh": "Chinese",
}


def named(codes: Iterable[str]) -> str:
    """In one line; a code of which no name is known stands for itself."""
    return ", ".join(NAMES.get(code.partition("-")[0], code) for code in codes)
