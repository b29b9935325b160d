"""A table on paper: the same words and numbers as CSV, as a workbook, as a tagged PDF, as a chart. Pure."""

from services.training.papers.chart import svg
from services.training.papers.delimited import csv
from services.training.papers.letter import is_known, letter
from services.training.papers.paper import Paper
from services.training.papers.pdf import pdf
from services.training.papers.workbook import xlsx

__all__ = ["Paper", "csv", "is_known", "letter", "pdf", "svg", "xlsx"]
