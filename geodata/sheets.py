"""Reads the sheets of a workbook into records by their declared columns; every fault of a sheet in one pass."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from geodata.cells import Words, as_text, clean, match_key, plain
from geodata.columns import ABOUT_SHEET_NAMES, UNREAD_HEADERS, Column, Sheet
from geodata.faults import Fault, InputError, Severity, UnfitError, shown, unreadable_file
from planner.text import Text

HEADER_ROWS: Final = 20
"""The header is looked for in the first so many rows."""

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"
_TOTALS: Final = {"合计", "小计", "总计", "共计", "total"}
_SIGNATURES: Final = ("填表人", "制表人", "审核人", "填报人", "填表日期", "制表日期")
_ROWS_NAMED: Final = 8


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet as they stand in the file, from its first row; merged ranges as first and last cell."""

    name: str
    rows: Sequence[Sequence[Any]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    hidden: bool = False


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
        cell = f"{_letters(self.columns[key])}{row}" if row is not None and key in self.columns else ""
        return Fault(code, self.file, why, remedy, self.sheet, row, self.headers.get(key, ""), cell, shown(value),
                     severity)


@dataclass
class Record:
    """One row: its number as Excel shows it, and the values that could be read, by column key."""

    row: int
    values: dict[str, Any]
    complete: bool = True


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
             value: object = "") -> None:
        """Note a safe repair, or a thing that should be known."""
        self.faults.append(self.place.fault(code, why, remedy or Text("", ""), row=row, key=key, value=value,
                                            severity="repair"))

    def complete_records(self) -> Iterator[Record]:
        """Yield the records without a fault."""
        return (record for record in self.records if record.complete)


def open_workbook(path: Path) -> dict[str, Grid]:
    """Return the sheets of an .xlsx by name; raises InputError when there is no workbook in the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([unreadable_file(path.name, error)]) from error
    if not data.startswith(_ZIP):
        raise InputError([_not_xlsx(path.name, data)])
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {about.name: _grid(workbook, about.name, hidden=about.visible != SheetVisibleEnum.Visible)
                for about in workbook.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet}
    except PasswordError as error:
        raise InputError([_not_xlsx(path.name, _OLD_EXCEL)]) from error
    except CalamineError as error:
        raise InputError([Fault("damaged-workbook", path.name,
                                Text("文件已损坏，或不是 Excel 工作簿",
                                     "the file is damaged, or not an Excel workbook"),
                                Text("请用 Excel 或 WPS 打开后另存为 .xlsx",
                                     "Please open it in Excel or WPS and save it as .xlsx"))]) from error


def find_grid(grids: Mapping[str, Grid], names: Iterable[str]) -> Grid | None:
    """Return the sheet called by one of ``names``, the first name first."""
    by_key = {match_key(name): grid for name, grid in reversed(list(grids.items()))}
    return next((by_key[key] for name in names if (key := match_key(name)) in by_key), None)


def unread_sheets(grids: Mapping[str, Grid], sheets: Iterable[Sheet], file: str) -> Iterator[Fault]:
    """Tell of sheets that no name fits, so that a misspelt one is not lost in silence."""
    known = {match_key(name) for sheet in sheets for name in (sheet.name, *sheet.aliases)}
    known |= {match_key(name) for name in ABOUT_SHEET_NAMES}
    for name, grid in grids.items():
        if match_key(name) not in known and any(_filled(row) for row in grid.rows):
            yield Fault("unread-sheet", file,
                        Text("没有读取这张表：不认识它的名称", "this sheet was not read: unknown name"),
                        Text("如需读取，请改用模板中的表名", "If it matters, give it the template's name"),
                        sheet=shown(name), severity="repair")


def read_sheet(grid: Grid | None, sheet: Sheet, file: str) -> SheetReading:
    """Read one sheet; a missing or empty optional sheet has no records."""
    reading = SheetReading(sheet, SheetLocation(file, sheet.name if grid is None else grid.name))
    if grid is None or not any(_filled(row) for row in grid.rows):
        if sheet.required:
            reading.faults.append(_missing_sheet(reading.place, sheet, is_empty=grid is not None))
        return reading
    if grid.hidden:
        reading.note("hidden-sheet", Text("这张表是隐藏的，仍已读取", "this sheet is hidden; it was read all the same"))
    header_row = _find_header(grid, sheet)
    if header_row is None:
        reading.faults.append(_missing_header(reading.place, sheet))
        return reading
    columns, faults = _match_columns(grid.rows[header_row], sheet, reading.place, header_row + 1)
    headers = {key: clean(as_text(grid.rows[header_row][index])) for key, index in columns.items()}
    reading.place = SheetLocation(file, grid.name, columns, headers)
    reading.faults += faults
    _read_rows(grid, header_row, reading)
    _tell_defaults(reading)
    return reading


def named_rows(rows: Sequence[int]) -> str:
    """Return row numbers for a sentence, the first few of them."""
    return "、".join(map(str, rows[:_ROWS_NAMED])) + ("……" if len(rows) > _ROWS_NAMED else "")


def _grid(workbook: CalamineWorkbook, name: str, *, hidden: bool) -> Grid:
    sheet = workbook.get_sheet_by_name(name)
    return Grid(name, sheet.to_python(skip_empty_area=False), tuple(sheet.merged_cell_ranges or ()), hidden)


def _not_xlsx(file: str, data: bytes) -> Fault:
    save = Text("请用 Excel 或 WPS 打开，取消密码，另存为“Excel 工作簿 (*.xlsx)”",
                "Please open it in Excel or WPS, remove any password, and save it as an Excel workbook (*.xlsx)")
    if data.startswith(_OLD_EXCEL):
        return Fault("old-workbook", file, Text("这是旧格式（.xls、.et）或设了密码的工作簿",
                                                "this is a workbook of an old format (.xls, .et) or with a password"),
                     save)
    return Fault("not-a-workbook", file,
                 Text("这不是 Excel 工作簿（.xlsx）", "this is not an Excel workbook (.xlsx)"), save)


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


def _header_keys(text: object) -> tuple[str, str]:
    """Return a header's key as written, and its key without stars and what stands in brackets (units)."""
    whole = match_key(as_text(text))
    return whole, whole.replace("*", "").partition("(")[0]


def _column_of(sheet: Sheet) -> dict[str, Column]:
    """Return every key of every name of the columns; a column's own header beats another's alias."""
    by_key: dict[str, Column] = {}
    for names in (lambda column: (column.header,), lambda column: column.aliases):
        for column in sheet.columns:
            for name in names(column):
                for key in _header_keys(name):
                    by_key.setdefault(key, column)
    return by_key


def _find_header(grid: Grid, sheet: Sheet) -> int | None:
    """Return the row with the most known headers, at least two of them, the first such row."""
    by_key = _column_of(sheet)
    scores = [len({by_key[key].key for cell in row for key in _header_keys(cell) if key in by_key})
              for row in grid.rows[:HEADER_ROWS]]
    best = max(scores, default=0)
    return scores.index(best) if best >= min(2, len(sheet.columns)) else None


def _match_columns(header: Sequence[Any], sheet: Sheet, place: SheetLocation,
                   row: int) -> tuple[dict[str, int], list[Fault]]:
    """Return the index of every column found, and the faults of the header row."""
    by_key = _column_of(sheet)
    ignored = {match_key(name) for name in UNREAD_HEADERS}
    found: dict[str, list[int]] = {}
    unread = []
    for index, cell in enumerate(header):
        column = next((by_key[key] for key in _header_keys(cell) if key in by_key), None)
        if column is not None:
            found.setdefault(column.key, []).append(index)
        elif (key := match_key(as_text(cell))) and key not in ignored:
            unread.append(clean(as_text(cell)))
    faults = []
    for column in sheet.columns:
        indexes = _exact_first(found.get(column.key, []), header, column)
        if len(indexes) > 1:
            names = "、".join(f"“{shown(header[index])}”" for index in indexes)
            faults.append(place.fault("ambiguous-column", Text(f"{names} 都像是“{column.header}”列",
                                                               f"{names} could each be the column “{column.header}”"),
                                      Text("请只留一列", "Please keep only one of them"), row=row))
        elif not indexes and column.required:
            faults.append(place.fault("missing-column", Text(f"缺少“{column.header}”列",
                                                             f"the column “{column.header}” is missing"),
                                      Text(f"请在表头添加“{column.header}”",
                                           f"Please add “{column.header}” to the header"),
                                      row=row))
        if column.key in found:
            found[column.key] = indexes
    if unread:
        names = shown("、".join(unread))
        faults.append(place.fault("unread-columns",
                                  Text(f"没有读取这些列：{names}", f"these columns were not read: {names}"),
                                  Text("如需读取，请改用模板中的列名",
                                       "If they matter, give them the template's names"),
                                  row=row, severity="repair"))
    return {key: indexes[0] for key, indexes in found.items()}, faults


def _exact_first(indexes: list[int], header: Sequence[Any], column: Column) -> list[int]:
    """Keep the one column that bears the proper header, if just one does."""
    exact = [index for index in indexes if match_key(as_text(header[index])) == match_key(column.header)]
    return exact if len(exact) == 1 else indexes


def _read_rows(grid: Grid, header_row: int, reading: SheetReading) -> None:
    columns = [(column, reading.place.columns[column.key]) for column in reading.sheet.columns
               if column.key in reading.place.columns]
    merged = _vertical_merges(grid, header_row, {at for _, at in columns})
    reasons = {at for at, cell in enumerate(grid.rows[header_row]) if "原因" in (key := match_key(as_text(cell)))
               or "reason" in key}
    for index in range(header_row + 1, len(grid.rows)):
        cells, row = grid.rows[index], index + 1
        if not any(_filled([cells[at]]) for _, at in columns):
            continue
        if word := _total_row([cell for at, cell in enumerate(cells) if at not in reasons]):
            reading.note("skipped-row", Text(f"“{word}”行已跳过", f"the row “{word}” was left out"),
                         row=row, value=word)
            continue
        record = Record(row, {})
        for column, at in columns:
            raw = cells[at]
            if (index, at) in merged and not _filled([raw]):
                raw = merged[index, at]
                reading.note("merged-cell", Text(f"合并单元格，按首行填为“{shown(raw)}”",
                                                 f"merged cells, filled with “{shown(raw)}” of their first row"),
                             row=row, key=column.key, value=raw)
            _read_cell(reading, record, column, raw)
        reading.records.append(record)


def _read_cell(reading: SheetReading, record: Record, column: Column, raw: Any) -> None:
    """Put the typed value of one cell into ``record``; blank cells of optional columns are left out."""
    value = raw
    if isinstance(raw, str):
        value = clean(raw) if isinstance(column.kind, Words) else plain(raw)
        if value != raw and value:
            reading.note("tidied-text", Text(f"“{shown(raw)}”已整理为“{shown(value)}”（全角、空格或不可见字符）",
                                             f"“{shown(raw)}” was tidied to “{shown(value)}” (width, spaces, or "
                                             "characters that cannot be seen)"),
                         row=record.row, key=column.key, value=raw)
    if value == "" or value is None:
        if column.required:
            reading.reject(record, column.key, UnfitError("empty-cell", Text("不能为空", "it must not be empty"),
                                                          Text("请填写", "Please fill it in")))
        return
    try:
        record.values[column.key] = column.kind.read(value)
    except UnfitError as unfit:
        reading.reject(record, column.key, unfit, raw)


def _tell_defaults(reading: SheetReading) -> None:
    """Note once for every column how many blank cells its default stands in for, and fill them in."""
    for column in reading.sheet.columns:
        if column.required:
            missing = column.key not in reading.place.columns
            for record in reading.records:
                record.complete = record.complete and not missing
            continue
        blank = [record for record in reading.records if column.key not in record.values and record.complete]
        for record in blank:
            record.values[column.key] = column.default
        if blank and column.tells_default:
            shown_default = _shown_default(column)
            reading.note("default-used", Text(
                f"“{column.header}”有 {len(blank)} 行没有填，按 {shown_default} 计算",
                f"“{column.header}” is blank in {len(blank)} rows; {shown_default} is used"), key=column.key)


def _shown_default(column: Column) -> str:
    if column.key in {"opens_seconds", "closes_seconds"}:
        return f"{column.default // 3600:02d}:{column.default // 60 % 60:02d}"
    return as_text(column.default)


def _vertical_merges(grid: Grid, header_row: int, columns: set[int]) -> dict[tuple[int, int], Any]:
    """Return, for cells below the first of a merge down one declared column, what that first cell holds."""
    held: dict[tuple[int, int], Any] = {}
    for (top, left), (bottom, right) in grid.merged:
        if left == right and left in columns and top > header_row and top < len(grid.rows):
            for row in range(top + 1, bottom + 1):
                held[row, left] = grid.rows[top][left]
    return held


def _total_row(cells: Iterable[Any]) -> str:
    """Return the word by which a row is a total or a signature line, or nothing."""
    first = next((match_key(as_text(cell)) for cell in cells if _filled([cell])), "")
    if first.rstrip(":") in _TOTALS:
        return first.rstrip(":")
    return next((word for word in _SIGNATURES if first.startswith(word)), "")


def _filled(cells: Iterable[Any]) -> bool:
    return any(cell is not None and (not isinstance(cell, str) or clean(cell)) for cell in cells)


def _letters(index: int) -> str:
    """Return the letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
