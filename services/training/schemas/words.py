"""Words that somebody is called or calls themselves by, as bodies take them."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _plain(words: str) -> str:
    if any(unicodedata.category(one) == "Cc" for one in words):
        raise ValueError("has a character that no text has")
    return words


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_plain)]
