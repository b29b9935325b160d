"""A report in the forms that people take away: CSV, workbook, PDF, chart."""

from typing import Final

from services.training import papers
from services.training.papers import Paper
from services.training.schemas.reports import CountOut, Format, ReportOut, RowOut

MEDIA: Final = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
    Format.SVG: "image/svg+xml",
}
_MADE: Final = {Format.CSV: papers.csv, Format.XLSX: papers.xlsx, Format.PDF: papers.pdf, Format.SVG: papers.svg}
# What is withheld, as the definition says.
_WITHHELD: Final = "c"


def formed(report: ReportOut, form: Format) -> tuple[bytes, str, dict[str, str]]:
    """(content, media type, headers)"""
    name = f"participants-by-{report.by.value}-{report.first}-{report.until}.{form.value}"
    # Own words come from people: a browser that opens the answer runs nothing of it.
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return _MADE[form](paper_of(report)), MEDIA[form], headers


def paper_of(report: ReportOut) -> Paper:
    across = [column.label for column in report.columns]
    header = (report.by.value.replace("_", " "), "Count", "Percentage", *across)
    rows = [(row.label, *_shown(row), *(_count(cell) for cell in row.cells)) for row in report.rows]
    notes = [f"{report.first:%d/%m/%Y} to {report.until:%d/%m/%Y}, both days included.", report.definition]
    if report.people is not None:
        one = report.people
        notes.append(
            f"Distinct people who gave a name: {one.distinct}, with {one.named} participations;"
            f" {one.anonymous} were anonymous."
        )
    total = ("Total", report.total, "100.00" if report.total else "0.00", *("" for _ in across))
    return Paper(report.title, tuple(notes), header, tuple(rows), total)


def _shown(one: RowOut) -> tuple[str | int, str]:
    return (_count(one), _WITHHELD if one.percentage is None else one.percentage)


def _count(one: CountOut | RowOut) -> str | int:
    return _WITHHELD if one.count is None else one.count
