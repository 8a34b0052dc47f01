"""Tables in the sheets of a workbook, all in one look: text of the district is only ever text, never a formula."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.text import Language, Text

Cell = str | int | float | None

_MAX_CELL_CHARACTERS: Final = 32_767
_FONT: Final = "等线"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its width in characters, and its kind of cell."""

    header: Text
    width: float
    style: str = "text"


class Tables:
    """Writes tables into the sheets of one workbook; ``title`` and ``term`` stand above every printed page."""

    def __init__(self, workbook: xlsxwriter.Workbook, title: str, term: str, language: Language) -> None:
        self.workbook, self.language = workbook, language
        self._title, self._term = title, term
        base = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
        self._formats: dict[str, Format] = {
            "header": workbook.add_format({**base, "bold": True, "align": "center", "text_wrap": True,
                                           "bg_color": "#F2F2F2"}),
            "block": workbook.add_format({"font_name": _FONT, "font_size": 12, "bold": True}),
            "text": workbook.add_format({**base, "text_wrap": True, "num_format": "@"}),
            "number": workbook.add_format({**base, "num_format": "0"}),
            "decimal": workbook.add_format({**base, "num_format": "0.0"}),
            "percent": workbook.add_format({**base, "num_format": "0.0%"}),
            "gap": workbook.add_format({**base, "num_format": "0.00%"}),
        }

    def sheet(self, title: Text) -> Worksheet:
        """A new sheet, set up to be printed on A4 across, with page numbers."""
        name = title.in_language(self.language)
        sheet = self.workbook.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{_header_text(self._title)} · {name}&R{_header_text(self._term)}")
        page = Text("第 &P 页 共 &N 页", "Page &P of &N").in_language(self.language)
        inside = Text("内部使用", "Internal use only").in_language(self.language)
        sheet.set_footer(f"&L{inside}&C{page}")
        return sheet

    def flat(self, name: Text, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Worksheet:
        """A sheet that is one table: frozen header, repeated in print, with a filter."""
        sheet = self.sheet(name)
        last = self.table(sheet, 0, columns, rows)
        self.widths(sheet, columns)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        return sheet

    def widths(self, sheet: Worksheet, columns: Sequence[Column]) -> None:
        """Set the column widths."""
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)

    def heading(self, sheet: Worksheet, row: int, text: str) -> None:
        """A heading above a table."""
        sheet.write_string(row, 0, _clean(text), self._formats["block"])

    def table(self, sheet: Worksheet, row: int, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
        """Write header and rows from ``row`` on; return the last row."""
        for index, column in enumerate(columns):
            sheet.write_string(row, index, column.header.in_language(self.language), self._formats["header"])
        for row, values in enumerate(rows, start=row + 1):  # noqa: B020, PLR1704
            for index, (column, value) in enumerate(zip(columns, values, strict=True)):
                self._cell(sheet, row, index, value, self._formats[column.style])
        return row

    @staticmethod
    def _cell(sheet: Worksheet, row: int, column: int, value: Cell, style: Format) -> None:
        if value is None or value == "":
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, str):
            sheet.write_string(row, column, _clean(value), style)
        else:
            sheet.write_number(row, column, value, style)


def _clean(text: str) -> str:
    """Text as a cell can hold it: no control characters, no more than Excel's length."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) != "Cc")[:_MAX_CELL_CHARACTERS]


def _header_text(text: str) -> str:
    """Text of a printed header, where ``&`` begins a code and 255 characters are all there is."""
    return _clean(text)[:60].replace("&", "&&")
