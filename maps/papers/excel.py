"""Papers as Excel: every table of a paper on a sheet, under its heading; all text, so that no cell is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import xlsxwriter

from maps.papers.model import Paper

_CREATED: Final = datetime(2020, 1, 1, tzinfo=UTC)
_WIDTH: Final = 96
"""Characters of a page's width that the columns share."""
_TITLE_POINTS: Final = 32
"""Height of the title's row: it is repeated on every page, and fitted to nothing where its cells are merged."""
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def papers_as_excel(papers: Sequence[Paper]) -> bytes:
    """One sheet a paper: its title, then headings and tables in order."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _CREATED, "title": papers[0].title})
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    formats = {
        "title": book.add_format({**base, "font_size": 18, "bold": True, "align": "center"}),
        "heading": book.add_format({**base, "font_name": "黑体", "font_size": 12}),
        "text": book.add_format({**base, "text_wrap": True}),
        "head": book.add_format({**base, "bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#EFEFEF"})}
    for align in ("left", "center", "right"):
        formats[align] = book.add_format({**base, "border": 1, "align": align, "text_wrap": True, "num_format": "@"})
    used: set[str] = set()
    for paper in papers:
        _write(book, paper.values(), formats, used)
    book.close()
    return buffer.getvalue()


def _write(book: xlsxwriter.Workbook, values: dict[str, Any], formats: dict[str, Any], used: set[str]) -> None:
    name = values["title"].translate(_FORBIDDEN)[:28]
    while name in used:
        name = f"{name[:26]}{len(used)}"
    used.add(name)
    sheet = book.add_worksheet(name)
    tables = [block for block in values["blocks"] if block["kind"] == "table"]
    across = max((len(table["columns"]) for table in tables), default=1)
    if tables:
        shares = [column["share"] for column in tables[0]["columns"]]
        for index, share in enumerate(shares):
            sheet.set_column(index, index, max(5, _WIDTH * share / sum(shares)))
    if across > 1:
        sheet.merge_range(0, 0, 0, across - 1, "", formats["title"])
    sheet.set_row(0, _TITLE_POINTS)
    sheet.write_string(0, 0, values["title"], formats["title"])
    _write_blocks(sheet, values["blocks"], formats)
    sheet.set_paper(9)
    if values["landscape"]:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{values['level']}　{values['footer']}&R— &P —".replace("&D", ""))


def _write_blocks(sheet: Any, blocks: Sequence[dict[str, Any]], formats: dict[str, Any]) -> None:
    row = 2
    for block in blocks:
        if block["kind"] in {"heading", "paragraph"}:
            sheet.write_string(row, 0, block["text"], formats["heading" if block["kind"] == "heading" else "text"])
            row += 1
        elif block["kind"] == "table":
            for index, column in enumerate(block["columns"]):
                sheet.write_string(row, index, column["head"], formats["head"])
            for cells in block["rows"]:
                row += 1
                for index, (cell, column) in enumerate(zip(cells, block["columns"], strict=True)):
                    sheet.write_string(row, index, cell, formats[column["align"]])
            row += 2
