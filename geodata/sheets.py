"""Reads the sheets of a workbook into records by their declared columns; every fault of a sheet in one pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from geodata.cells import LAST_DAY_NUMBER, Code, Day, Number, Words, as_text, clean, match_key, plain
from geodata.columns import ABOUT_SHEET_NAMES, OWN_SHEETS, SAMPLE_MARKS, Column, Sheet
from geodata.degrees import Coordinate, has_degree_signs
from geodata.faults import Fault, Severity, UnfitError, shown
from geodata.grids import Grid
from geodata.headers import HEADER_ROWS, Header, find_header, match_columns
from planner.text import Text

LONG_NAME: Final = 100
"""Longer texts do not fit into a line of any sheet or map."""

TOLD_EVERY_ROWS: Final = 5_000
"""How often reading a sheet tells how far it is."""

_TOTAL = re.compile(r"(本页合计|本页小计|合计|小计|总计|共计|累计|total)(?:[:(\d].*)?")
_SIGNATURES: Final = ("填表人", "制表人", "审核人", "填报人", "填表日期", "制表日期", "填报单位", "填表单位", "负责人签字")
_ROWS_NAMED: Final = 8
_MOST_KNOWN: Final = 1000
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_DAYS_TO_1904: Final = 1462
"""The day number 0 of old Macs is 1904-01-01, which is 1462 elsewhere."""


@dataclass(frozen=True)
class SheetLocation:
    """Where the faults of one sheet are: makes Fault objects."""

    file: str
    sheet: str
    columns: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def fault(self, code: str, why: Text, remedy: Text, *, row: int | None = None, key: str = "", value: object = "",
              severity: Severity = "fault") -> Fault:
        """Make a fault of this sheet; ``row`` counts from 1, ``key`` is the column's."""
        cell = f"{column_letters(self.columns[key])}{row}" if row is not None and key in self.columns else ""
        return Fault(code, self.file, why, remedy, self.sheet, row, self.headers.get(key, ""), cell, shown(value),
                     severity)


@dataclass(slots=True)
class Record:
    """One row: its number as Excel shows it, and the values that could be read, by column key.

    ``checked`` has those of columns that are only checked; ``written`` what stood in references that were led
    elsewhere; ``is_sample`` marks the sample rows of the template.
    """

    row: int
    values: dict[str, Any]
    complete: bool = True
    checked: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    written: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    is_sample: bool = False


@dataclass
class SheetReading:
    """What came out of one sheet."""

    sheet: Sheet
    place: SheetLocation
    records: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def reject(self, record: Record, key: str, unfit: UnfitError, value: object = "") -> None:
        """Note that a cell of ``record`` cannot be used."""
        record.complete = False
        self.faults.append(self.place.fault(unfit.code, unfit.why, unfit.remedy, row=record.row, key=key, value=value))

    def note(self, code: str, why: Text, remedy: Text | None = None, *, row: int | None = None, key: str = "",
             value: object = "", severity: Severity = "repair") -> None:
        """Note a safe repair, or with severity "warning" a thing that a person should look at."""
        self.faults.append(self.place.fault(code, why, remedy or Text("", ""), row=row, key=key, value=value,
                                            severity=severity))

    def complete_records(self) -> Iterator[Record]:
        """Yield the records without a fault."""
        return (record for record in self.records if record.complete)


def unread_sheets(grids: Mapping[str, Grid], sheets: Iterable[Sheet], file: str) -> Iterator[Fault]:
    """Tell of sheets that no name fits, so that a misspelt one is not lost in silence."""
    known = {match_key(name) for sheet in sheets for name in (sheet.name, *sheet.aliases)}
    known |= {match_key(name) for name in (*ABOUT_SHEET_NAMES, *(one for text in OWN_SHEETS for one in (text.zh, text.en)))}
    for name, grid in grids.items():
        if match_key(name) not in known and any(_filled(row) for row in grid.read_rows()):
            yield Fault("unread-sheet", grid.file or file,
                        Text("没有读取这张表：不认识它的名称", "this sheet was not read: unknown name"),
                        Text("如需读取，请改用模板中的表名", "If it matters, give it the template's name"),
                        sheet=shown(name), severity="warning")


def read_sheet(grid: Grid | None, sheet: Sheet, file: str, tell: Callable[[int], None] = lambda _: None) -> SheetReading:
    """Read one sheet; a missing or empty optional sheet has no records. ``tell`` hears how many rows of a large one are read."""
    name = sheet.name if grid is None else grid.name
    reading = SheetReading(sheet, SheetLocation(grid.file or file if grid else file, name))
    head = [] if grid is None else grid.head(HEADER_ROWS)
    if grid is None or not any(_filled(row) for row in head or grid.read_rows()):
        if sheet.required:
            reading.faults.append(_missing_sheet(reading.place, sheet, is_empty=grid is not None))
        return reading
    reading.faults += grid.notes
    if grid.hidden:
        reading.note("hidden-sheet", Text("这张表是隐藏的，仍已读取", "this sheet is hidden; it was read all the same"),
                     severity="warning")
    header = find_header(head, sheet)
    if header is None:
        reading.faults.append(_missing_header(reading.place, sheet))
        return reading
    _take_columns(header, reading)
    if any(_filled(row) for row in head[:header.first]):
        reading.note("title-above", Text(f"以第 {header.last + 1} 行为表头，其上的标题不读",
                                         f"row {header.last + 1} was taken as the header; what stands above is not read"))
    _note_hidden_rows(grid, header, reading)
    _read_rows(grid, header, reading, tell)
    _tell_defaults(reading)
    return reading


def named_rows(rows: Sequence[int]) -> str:
    """Return row numbers for a sentence, the first few of them."""
    return "、".join(map(str, rows[:_ROWS_NAMED])) + ("……" if len(rows) > _ROWS_NAMED else "")


def _missing_sheet(place: SheetLocation, sheet: Sheet, *, is_empty: bool) -> Fault:
    headers = "、".join(column.header for column in sheet.columns if column.required)
    if is_empty:
        return place.fault("empty-sheet", Text("这张表是空的", "this sheet is empty"),
                           Text(f"请至少写上表头：{headers}", f"Please write at least its header: {headers}"))
    return place.fault("missing-sheet", Text("缺少这张表", "this sheet is missing"),
                       Text(f"请添加名为“{sheet.name}”的表，列为：{headers}",
                            f"Please add a sheet called “{sheet.name}” with the columns {headers}"))


def _missing_header(place: SheetLocation, sheet: Sheet) -> Fault:
    headers = "、".join(column.header for column in sheet.columns if column.required)
    return place.fault("missing-header",
                       Text(f"前 {HEADER_ROWS} 行里找不到表头", f"no header was found in the first {HEADER_ROWS} rows"),
                       Text(f"表头应有：{headers}", f"The header should have: {headers}"))


def _take_columns(header: Header, reading: SheetReading) -> None:
    """Give the reading its columns, and the faults of the header."""
    sheet, row = reading.sheet, header.last + 1
    matched = match_columns(header, sheet)
    found = {key: indexes[0] for key, indexes in matched.found.items()}
    headers = {key: header.text(index) for key, index in found.items()}
    reading.place = place = SheetLocation(reading.place.file, reading.place.sheet, found, headers)
    for column in sheet.columns:
        indexes = matched.found.get(column.key, [])
        if len(indexes) > 1:
            names = "、".join(f"“{shown(header.text(index))}”" for index in indexes)
            reading.faults.append(place.fault(
                "ambiguous-column", Text(f"{names} 都像是“{column.header}”列",
                                         f"{names} could each be the column “{column.header}”"),
                Text("请只留一列", "Please keep only one of them"), row=row))
        elif not indexes and column.required:
            reading.faults.append(place.fault(
                "missing-column", Text(f"缺少“{column.header}”列", f"the column “{column.header}” is missing"),
                Text(f"请在表头添加“{column.header}”", f"Please add “{column.header}” to the header"), row=row))
    if matched.unread:
        names = shown("、".join(matched.unread))
        reading.note("unread-columns", Text(f"没有读取这些列：{names}", f"these columns were not read: {names}"),
                     Text("如需读取，请改用模板中的列名", "If they matter, give them the template's names"), row=row,
                     severity="warning")


def _note_hidden_rows(grid: Grid, header: Header, reading: SheetReading) -> None:
    hidden = [row for row in grid.marks.hidden_rows if row > header.last + 1]
    if hidden:
        reading.note("hidden-rows",
                     Text(f"有 {len(hidden)} 行被隐藏或筛掉（第 {named_rows(hidden)} 行），仍已读取",
                          f"{len(hidden)} rows are hidden or filtered out (rows {named_rows(hidden)}); they were read "
                          "all the same"),
                     Text("如不需要，请删去这些行", "Delete them if they are not wanted"), row=hidden[0], severity="warning")


def _read_rows(grid: Grid, header: Header, reading: SheetReading, tell: Callable[[int], None]) -> None:
    """Read every row below the header that has anything in a declared column."""
    columns = [(column, reading.place.columns[column.key]) for column in reading.sheet.columns
               if column.key in reading.place.columns]
    known: dict[str, dict[Any, Any]] = {column.key: {} for column, _ in columns}
    width = 1 + max((at for _, at in columns), default=0)
    merged = _vertical_merges(grid, header, {at for _, at in columns})
    reasons = {at for at in range(len(header.cells)) if header.is_reason(at)}
    codes = [column.key for column in reading.sheet.columns if isinstance(column.kind, Code)]
    marked = ["id"] if "id" in codes else codes
    broken = grid.marks.broken
    broken_rows = {row for row, _ in broken}
    for index, cells in enumerate(grid.read_rows()):
        if index <= header.last:
            continue
        row = index + 1
        if row % TOLD_EVERY_ROWS == 0:
            tell(row)
        if len(cells) < width:
            cells = [*cells, *[""] * (width - len(cells))]  # noqa: PLW2901 - a short row is the row, filled up
        raws = [cells[at] for _, at in columns]
        if not _filled(raws) and not (index in broken_rows and any((index, at) in broken for _, at in columns)):
            continue
        if word := _total_row([cell for at, cell in enumerate(cells) if at not in reasons]):
            reading.note("skipped-row", Text(f"“{word}”行已跳过", f"the row “{word}” was left out"), row=row, value=word)
            continue
        record = Record(row, {})
        for (column, at), raw in zip(columns, raws, strict=True):
            if (index, at) in broken:
                _reject_broken(reading, record, column, broken[index, at])
            elif (index, at) in merged and not _filled([raw]):
                top = merged[index, at]
                reading.note("merged-cell", Text(f"合并单元格，按首行填为“{shown(top)}”",
                                                 f"merged cells, filled with “{shown(top)}” of their first row"),
                             row=row, key=column.key, value=top)
                _read_cell(reading, record, column, top, grid)
            else:
                _read_known_cell(reading, record, column, raw, grid, known[column.key])
        record.is_sample = any(record.values.get(key, "").startswith(SAMPLE_MARKS) for key in marked)
        reading.records.append(record)


def _read_known_cell(reading: SheetReading, record: Record, column: Column, raw: Any, grid: Grid, known: dict[Any, Any]) -> None:
    """Read a cell as ``_read_cell`` does, looking up what was read without a word before: most cells repeat others."""
    if type(raw) not in {str, float}:  # not bool, which equals a number
        _read_cell(reading, record, column, raw, grid)
    elif raw in known:
        record.values[column.key] = known[raw]
    else:
        told = len(reading.faults)
        _read_cell(reading, record, column, raw, grid)
        if len(known) < _MOST_KNOWN and len(reading.faults) == told and column.key in record.values:
            known[raw] = record.values[column.key]


def _read_cell(reading: SheetReading, record: Record, column: Column, raw: Any, grid: Grid) -> None:
    """Put the typed value of one cell into ``record``; blank cells of optional columns are left out."""
    value, kind = _tidied(raw, column, grid), column.kind
    if isinstance(raw, str) and value != raw and value:
        reading.note("tidied-text", Text(f"“{shown(raw)}”已整理为“{shown(value)}”（全角、空格或不可见字符）",
                                         f"“{shown(raw)}” was tidied to “{shown(value)}” (width, spaces, or "
                                         "characters that cannot be seen)"), row=record.row, key=column.key, value=raw)
    if value == "" or value is None:
        if column.required:
            reading.reject(record, column.key, UnfitError("empty-cell", Text("不能为空", "it must not be empty"),
                                                          Text("请填写", "Please fill it in")))
        return
    try:
        typed = kind.read(value)
    except UnfitError as unfit:
        if column.checked_only:
            reading.note(unfit.code, unfit.why, unfit.remedy, row=record.row, key=column.key, value=raw, severity="warning")
        else:
            reading.reject(record, column.key, unfit, raw)
        return
    if column.checked_only:
        record.checked = {**record.checked, column.key: typed}
        return
    record.values[column.key] = typed
    if isinstance(kind, Words):
        _question_words(reading, record, column, typed)


def _tidied(raw: Any, column: Column, grid: Grid) -> Any:
    """Return the cell without what is certainly a slip: odd spaces and widths; day numbers count as everywhere."""
    kind = column.kind
    if isinstance(raw, str):
        as_it_stands = isinstance(kind, Words) or (isinstance(kind, Coordinate) and has_degree_signs(raw))
        text = clean(raw) if as_it_stands else plain(raw)
        return text.replace("。", ".") if isinstance(kind, Number | Coordinate) else text
    if grid.counts_from_1904 and isinstance(kind, Day) and isinstance(raw, float) and raw <= LAST_DAY_NUMBER:
        return raw + _DAYS_TO_1904
    return raw


def _reject_broken(reading: SheetReading, record: Record, column: Column, error: str) -> None:
    """Reject a cell whose formula has no value, or an error for one."""
    if error:
        unfit = UnfitError("error-value", Text(f"公式出错，结果是 {shown(error)}", f"its formula failed with {shown(error)}"),
                           Text("请改正公式，或直接填写内容", "Please mend the formula, or type what is meant"))
    else:
        unfit = UnfitError("formula-without-value", Text("公式没有算出结果", "its formula has never been computed"),
                           Text("请用 Excel 或 WPS 打开并保存一次，或直接填写内容",
                                "Please open and save the file in Excel or WPS, or type what is meant"))
    reading.reject(record, column.key, unfit, error)


def _question_words(reading: SheetReading, record: Record, column: Column, text: str) -> None:
    """Ask about a text that cannot be printed as it is; it is kept."""
    if len(text) > LONG_NAME:
        reading.note("long-text", Text(f"“{shown(text)}”长达 {len(text)} 字，照原样保留，印出时会截短或排不下",
                                       f"“{shown(text)}” has {len(text)} characters; it is kept, but will not fit where "
                                       "it is printed"),
                     Text("请缩短", "Please shorten it"), row=record.row, key=column.key, value=text, severity="warning")
    if not text.isprintable() and (odd := [one for one in text if unicodedata.category(one) in {"Co", "Cn", "Cs"}]):
        codes = "、".join(f"U+{ord(one):04X}" for one in dict.fromkeys(odd))
        reading.note("private-character", Text(f"有旧系统的自造字（{codes}），照原样保留，别的电脑上显示不出",
                                               f"it has characters of an older system's own ({codes}); they are kept, but "
                                               "cannot be shown elsewhere"),
                     Text("请改用标准汉字", "Please use the standard character"), row=record.row, key=column.key, value=text,
                     severity="warning")


def _tell_defaults(reading: SheetReading) -> None:
    """Note once for every column how many blank cells its default stands in for, and fill them in."""
    for column in reading.sheet.kept_columns:
        if column.required:
            missing = column.key not in reading.place.columns
            for record in reading.records:
                record.complete = record.complete and not missing
            continue
        blank = [record for record in reading.records if column.key not in record.values and record.complete]
        for record in blank:
            record.values[column.key] = column.default
        if column.tells_default and (told := sum(not record.is_sample for record in blank)):
            shown_default, header = _shown_default(column), reading.place.headers.get(column.key, column.header)
            reading.note("default-used", Text(
                f"“{header}”有 {told} 行没有填，按 {shown_default} 计算",
                f"“{header}” is blank in {told} rows; {shown_default} is used"), key=column.key)


def _shown_default(column: Column) -> str:
    if column.key in {"opens_seconds", "closes_seconds"}:
        return f"{column.default // 3600:02d}:{column.default // 60 % 60:02d}"
    return as_text(column.default)


def _vertical_merges(grid: Grid, header: Header, columns: set[int]) -> dict[tuple[int, int], Any]:
    """Return, for cells below the first of a merge over rows of a declared column, what that first cell holds."""
    ranges = [(top, left, bottom) for (top, left), (bottom, _) in grid.merged
              if left in columns and bottom > top > header.last]
    tops = {top for top, _, _ in ranges}
    first = {index: row for index, row in enumerate(grid.read_rows()) if index in tops} if ranges else {}
    return {(row, left): first[top][left] for top, left, bottom in ranges if top in first
            for row in range(top + 1, bottom + 1)}


def _total_row(cells: Iterable[Any]) -> str:
    """Return the word by which a row is a total or a signature line, or nothing."""
    first = next((cell for cell in cells if cell is not None and cell != "" and _filled([cell])), "")
    if not isinstance(first, str) or (first.isascii() and "total" not in first.lower()):
        return ""
    key = match_key(first)
    if total := _TOTAL.fullmatch(key):
        return total[1]
    return next((word for word in _SIGNATURES if key.startswith(word)), "")


def _filled(cells: Iterable[Any]) -> bool:
    return any(cell is not None and cell != "" and (not isinstance(cell, str) or clean(cell)) for cell in cells)


def column_letters(index: int) -> str:
    """Return the letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
