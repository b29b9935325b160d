"""Attendance sheets as people keep them, CSV or Excel: read as a stream, judged row by row, nothing ever evaluated."""

from services.training.sheets.reading import Sheet, opened
from services.training.sheets.rows import NEEDED, Column, Fault, Layout, Refused, Row, RowError, Wrong

__all__ = ["NEEDED", "Column", "Fault", "Layout", "Refused", "Row", "RowError", "Sheet", "Wrong", "opened"]
