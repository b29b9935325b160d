"""A table as CSV (RFC 4180, UTF-8 with its mark, so that spreadsheets read every script)."""

import csv as writers
import io
from typing import Final

from services.training.papers.paper import Paper

# Spreadsheets run what begins so; people's own words may begin with anything.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv(paper: Paper) -> bytes:
    out = io.StringIO()
    writer = writers.writer(out, lineterminator="\r\n")
    writer.writerows([[_safe(cell) for cell in row] for row in paper.lines])
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: str | int) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA) else text
