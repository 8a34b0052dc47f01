"""A copy of the user's own workbook in which every fault is coloured and explained at its cell.

Formulas stay what they are and are never computed here; those that could reach out of the workbook become text.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import count
from pathlib import Path
from typing import Any, Final

import openpyxl
import xlsxwriter
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet

from geodata.cells import as_text
from geodata.columns import FINDINGS_SHEET
from geodata.faults import Fault, Severity
from geodata.grids import Grid
from geodata.sheets import column_letters
from geodata.workbook_files import open_workbook
from planner.artefacts.files import write_beside
from planner.text import Language, Text

MOST_MARKS: Final = 5_000
"""So many cells are marked at most, faults first; all are listed on the sheet of findings."""

MOST_LISTED: Final = 50_000
_MOST_CELLS_LOADED: Final = 400_000
"""A larger workbook is not loaded as a whole: its cells are copied without their looks."""

_AUTHOR: Final = "一线"
_COLOURS: Final[Mapping[Severity, str]] = {"fault": "FFC7CE", "warning": "FFEB9C", "repair": "DDEBF7"}
_ORDER: Final[Sequence[Severity]] = ("fault", "warning", "repair")
_TITLES: Final[Mapping[Severity, Text]] = {
    "fault": Text("错误", "fault"), "warning": Text("请核对", "please check"), "repair": Text("已修正", "mended")}
_HEADERS: Final = (Text("程度", "kind"), Text("表", "sheet"), Text("单元格", "cell"), Text("列", "column"), Text("内容", "content"),
                   Text("问题", "what is wrong"), Text("怎么改", "what to do"), Text("代号", "code"))
_WIDTHS: Final = (10, 12, 9, 18, 30, 60, 50, 22)
_REACHES_OUT: Final = re.compile(r"\||\[|'?\\\\|https?:|\b(?:WEBSERVICE|HYPERLINK|DDE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|IMAGE)\s*\(",
                                 re.IGNORECASE)
_LOST_AREA: Final = "Print area"
_LONGEST_CELL: Final = 32_767
_FIXED_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ZIP_DATE: Final = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Marked:
    """What became of the faults: cells that are marked, faults that no cell of the workbook shows, marks left out."""

    cells: int
    without_cell: int
    left_out: int


def write_marked_copy(source: Path, folder: Path, faults: Sequence[Fault],
                      language: Language = "zh") -> tuple[Path, Marked]:
    """Write ``NAME-faults.xlsx`` into ``folder``: the cells of ``source`` that have faults marked, and a list of all.

    ``source`` is a workbook, a folder of CSV files or a GeoPackage; it is not changed. Where an earlier copy is open
    elsewhere, the new one gets a number. Returns where the copy is. Raises InputError where ``source`` cannot be opened
    at all, and OSError where nothing can be written.
    """
    grids = open_workbook(source)
    marks, marked = _marks(grids, faults)
    is_own = source.suffix.lower() in {".xlsx", ".xlsm"} and sum(map(_size, grids.values())) <= _MOST_CELLS_LOADED

    def write(temporary: Path) -> None:
        if is_own:
            _mark_own(source, temporary, marks, faults, language)
        else:
            _copy_cells(grids, temporary, marks, faults, language)

    return write_beside(folder / f"{source.stem}-faults.xlsx", write), marked


def _marks(grids: Mapping[str, Grid], faults: Sequence[Fault]) -> tuple[dict[str, dict[str, list[Fault]]], Marked]:
    """Return the faults of every cell by sheet and cell, the gravest first."""
    marks: dict[str, dict[str, list[Fault]]] = {name: {} for name in grids}
    cells = without_cell = left_out = 0
    for fault in sorted(faults, key=lambda one: _ORDER.index(one.severity)):
        if fault.sheet not in marks:
            without_cell += 1
            continue
        cell = fault.cell or (f"A{fault.row}" if fault.row else "A1")
        if cell not in marks[fault.sheet]:
            if cells == MOST_MARKS:
                left_out += 1
                continue
            cells += 1
        marks[fault.sheet].setdefault(cell, []).append(fault)
    return marks, Marked(cells, without_cell, left_out)


def _size(grid: Grid) -> int:
    return sum(len(row) for row in grid.read_rows())


def _comment(faults: Sequence[Fault], language: Language) -> str:
    return "\n".join(f"{_TITLES[one.severity].in_language(language)}：{one.why.in_language(language)}"
                     + (f"。{one.remedy.in_language(language)}" if one.remedy.zh else "") for one in faults)


def _listed(faults: Sequence[Fault], language: Language) -> Iterator[tuple[Fault, list[str]]]:
    """Yield the rows of the sheet of findings, the gravest first."""
    for fault in sorted(faults, key=lambda one: _ORDER.index(one.severity))[:MOST_LISTED]:
        yield fault, [_TITLES[fault.severity].in_language(language), fault.sheet or fault.file,
                      fault.cell or (str(fault.row) if fault.row else ""), fault.column, fault.value,
                      fault.why.in_language(language), fault.remedy.in_language(language), fault.code]


# --- the user's own workbook -------------------------------------------------------------------------------------


def _mark_own(source: Path, target: Path, marks: Mapping[str, Mapping[str, Sequence[Fault]]], faults: Sequence[Fault],
              language: Language) -> None:
    with warnings.catch_warnings(record=True) as lost:  # openpyxl warns of every feature it cannot keep
        warnings.simplefilter("always")
        book = openpyxl.load_workbook(source, keep_links=False)
    name = FINDINGS_SHEET.in_language(language)
    for one in (FINDINGS_SHEET.zh, FINDINGS_SHEET.en):
        if one in book.sheetnames:
            del book[one]
    neutralised = 0
    told = {str(one.message) for one in lost}
    areas = {one for one in told if one.startswith(_LOST_AREA)}
    for sheet in book.worksheets:
        neutralised += _clear(sheet)
        if areas and not sheet.print_area:  # whole columns, which openpyxl does not know
            sheet.print_area = sheet.dimensions
        for cell, group in marks.get(sheet.title, {}).items():
            _mark(_top_left(sheet, cell), group, language)
    findings = book.create_sheet(name, 0)
    _write_findings(findings, faults, _notes(neutralised, told - areas), language)
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is findings
    book.properties.created = _FIXED_DATE.replace(tzinfo=None)
    book.save(target)
    _fix_dates(target)


def _clear(sheet: Worksheet) -> int:
    """Take away the marks of an earlier copy and disarm formulas that reach out; returns how many those are."""
    neutralised = 0
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell):
                continue
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment = None
                if cell.fill.fgColor.rgb in {f"00{colour}" for colour in _COLOURS.values()}:
                    cell.fill = PatternFill()
            if cell.data_type == "f" and _REACHES_OUT.search(text := str(getattr(cell.value, "text", cell.value))):
                cell.value = text
                cell.data_type = "s"
                cell.quotePrefix = True
                neutralised += 1
            if cell.hyperlink is not None and cell.hyperlink.target:
                cell.hyperlink = None
    return neutralised


def _top_left(sheet: Worksheet, coordinate: str) -> Cell:
    """Return the cell, or the first of the merged range it lies in."""
    cell = sheet[coordinate]
    if isinstance(cell, MergedCell):
        merged = next(one for one in sheet.merged_cells.ranges if coordinate in one)
        cell = sheet.cell(merged.min_row, merged.min_col)
    assert isinstance(cell, Cell)  # noqa: S101 - the first cell of a range is one
    return cell


def _mark(cell: Cell, faults: Sequence[Fault], language: Language) -> None:
    text = _comment(faults, language)
    if cell.comment is not None:
        text = f"{text}\n\n{cell.comment.text}"
    cell.comment = Comment(text, _AUTHOR, height=40 + 22 * (text.count("\n") + len(text) // 22), width=300)
    cell.fill = PatternFill("solid", fgColor=_COLOURS[faults[0].severity])


def _notes(neutralised: int, lost: set[str]) -> list[Text]:
    notes = [Text("这是检查用的副本，原文件没有改动。改正请在原文件中进行；图片、图表和宏没有复制。",
                  "A copy for checking; your own file is unchanged. Correct that one; pictures, charts and macros are not copied.")]
    if neutralised:
        notes.append(Text(f"有 {neutralised} 个公式会访问工作簿以外的内容，在本副本中已改为文本。",
                          f"{neutralised} formulas reach out of the workbook; in this copy they are text."))
    notes += [Text(f"本副本不含：{one}", f"Not in this copy: {one}") for one in sorted(lost)]
    return notes


def _write_findings(sheet: Worksheet, faults: Sequence[Fault], notes: Sequence[Text], language: Language) -> None:
    for note in notes:
        sheet.append([note.in_language(language)])
    sheet.append([header.in_language(language) for header in _HEADERS])
    first = sheet.max_row
    for fault, texts in _listed(faults, language):
        for index, text in enumerate(texts, start=1):
            cell = sheet.cell(first + 1, index)
            cell.value = _within_cell(text)
            cell.data_type = "s"
        sheet.cell(first + 1, 1).fill = PatternFill("solid", fgColor=_COLOURS[fault.severity])
        if fault.sheet and fault.cell and fault.sheet in sheet.parent.sheetnames:
            sheet.cell(first + 1, 3).hyperlink = f"#'{fault.sheet.replace(chr(39), chr(39) * 2)}'!{fault.cell}"
        first += 1
    for index, width in enumerate(_WIDTHS):
        sheet.column_dimensions[column_letters(index)].width = width
    sheet.freeze_panes = f"A{len(notes) + 2}"


def _fix_dates(path: Path) -> None:
    """Give the parts of the workbook a fixed date, so that the same workbook gives the same bytes."""
    with zipfile.ZipFile(path) as book:
        parts = [(info.filename, book.read(info)) for info in book.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts:
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-01-01T00:00:00Z", data)  # noqa: PLW2901
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, data)


# --- anything else: the cells alone ------------------------------------------------------------------------------


def _copy_cells(grids: Mapping[str, Grid], target: Path, marks: Mapping[str, Mapping[str, Sequence[Fault]]],
                faults: Sequence[Fault], language: Language) -> None:
    book = xlsxwriter.Workbook(str(target), {"constant_memory": True})
    book.set_properties({"created": _FIXED_DATE})
    fills = {severity: book.add_format({"bg_color": f"#{colour}"}) for severity, colour in _COLOURS.items()}
    findings = book.add_worksheet(FINDINGS_SHEET.in_language(language))
    lines = [[note.in_language(language)] for note in _notes(0, set())]
    lines.append([header.in_language(language) for header in _HEADERS])
    lines += [texts for _, texts in _listed(faults, language)]
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            findings.write_string(row, column, _within_cell(text))
    for name, grid in grids.items():
        if name in {FINDINGS_SHEET.zh, FINDINGS_SHEET.en}:
            continue
        sheet = book.add_worksheet(_sheet_name(name, {one.name.casefold() for one in book.worksheets()}))
        at = {coordinate_to_tuple(cell): group for cell, group in marks[name].items()}
        for row, cells in enumerate(_rows_with_marks(grid, at)):
            for column, value in enumerate(cells):
                group = at.get((row + 1, column + 1))
                look = None if group is None else fills[group[0].severity]
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(row, column, value, look)
                elif value not in ("", None) or look is not None:
                    sheet.write_string(row, column, _within_cell(_words(value)), look)
                if group is not None:
                    sheet.write_comment(row, column, _comment(group, language), {"author": _AUTHOR})
    book.close()


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return ``name`` as a sheet may be called: without forbidden letters, at most 31, and unlike the others."""
    short = re.sub(r"[\[\]:*?/\\]", "_", name).strip("'")[:28] or "_"
    return next(one for number in count(1) if (one := short if number == 1 else f"{short}{number}").casefold() not in taken)


def _rows_with_marks(grid: Grid, marks: Mapping[tuple[int, int], Any]) -> Iterator[Sequence[Any]]:
    """Yield the rows, made long enough for the marks to the right of them."""
    widest: dict[int, int] = {}
    for row, column in marks:
        widest[row] = max(widest.get(row, 0), column)
    for row, cells in enumerate(grid.read_rows(), start=1):
        yield [*cells, *[""] * (widest.get(row, 0) - len(cells))]


def _words(value: object) -> str:
    return as_text(value) if isinstance(value, date | datetime | time) else str(value)


def _within_cell(text: str) -> str:
    """Return the text without what no cell can hold: control characters, and more than 32,767 letters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)[:_LONGEST_CELL]
