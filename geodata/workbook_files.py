"""Opens what users bring as sheets of cells: an .xlsx, a folder of CSV files, one CSV file, or a GeoPackage."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from geodata.csv_tables import csv_grid
from geodata.faults import Fault, InputError, shown, unreadable_file
from geodata.grids import Grid
from geodata.xlsx_parts import SheetMarks, read_marks
from planner.text import Text

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml")
_FIRST_BYTES: Final = 1 << 16


def open_workbook(path: Path) -> dict[str, Grid]:
    """Return the sheets of a workbook, a folder of CSV files, a CSV file or a GeoPackage by name; raises InputError."""
    try:
        if path.is_dir():
            return _csv_folder(path)
        with path.open("rb") as stream:
            start = stream.read(_FIRST_BYTES)
    except OSError as error:
        raise InputError([unreadable_file(path.name, error)]) from error
    if path.suffix.lower() == ".csv":
        return {path.stem: csv_grid(path)}
    if path.suffix.lower() == ".gpkg":
        from geodata.layer_tables import layer_grids  # noqa: PLC0415 - heavy, and seldom needed

        return layer_grids(path)
    if not start.startswith(_ZIP):
        raise InputError([_not_xlsx(path.name, path.read_bytes())])
    return _open_xlsx(path)


def open_elsewhere(path: Path) -> Iterator[Fault]:
    """Tell that Excel, WPS or LibreOffice has the file open: what is not saved there is not read."""
    for name in (f"~${path.name}", f".~lock.{path.name}#"):
        lock = path.with_name(name)
        if lock.is_file():
            owner = _owner(lock)
            yield Fault("open-elsewhere", path.name,
                        Text("正在 Excel 或 WPS 中打开" + (f"（{owner}）" if owner else "") + "，读到的是上次保存的内容",
                             "it is open in Excel or WPS" + (f" ({owner})" if owner else "")
                             + "; what was read is what was saved last"),
                        Text("如有未保存的修改，请保存后再运行一次", "Please save any changes and run this again"),
                        severity="warning")
            return


def _owner(lock: Path) -> str:
    """Return the user's name in a lock file: after its length in Excel's, the second field in LibreOffice's."""
    try:
        data = lock.read_bytes()[:200]
    except OSError:
        return ""
    if data.startswith(b","):
        return shown(data.decode("utf-8", "replace").split(",")[1].strip())
    name = data[1:1 + data[0]].decode("gb18030", "replace").strip(" \0") if data else ""
    return shown(name) if name.isprintable() else ""


def _csv_folder(path: Path) -> dict[str, Grid]:
    files = sorted(one for one in path.iterdir() if one.suffix.lower() == ".csv" and one.is_file())
    if not files:
        raise InputError([Fault("no-tables", path.name,
                                Text("这个文件夹里没有 CSV 文件", "this folder holds no CSV file"),
                                Text("请写明工作簿的文件名，或放入“干部.csv”“企业.csv”等文件",
                                     "Please name a workbook, or put files such as 干部.csv and 企业.csv into it"))])
    grids: dict[str, Grid] = {}
    faults: list[Fault] = []
    for file in files:
        try:
            grids[file.stem] = csv_grid(file)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return grids


def _open_xlsx(path: Path) -> dict[str, Grid]:
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = {about.name: (workbook.get_sheet_by_name(about.name), about.visible != SheetVisibleEnum.Visible)
                  for about in workbook.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet}
        marks = read_marks(path)
    except PasswordError as error:
        raise InputError([_not_xlsx(path.name, _OLD_EXCEL + _ENCRYPTED)]) from error
    except (CalamineError, zipfile.BadZipFile, EOFError) as error:
        raise InputError([Fault("damaged-workbook", path.name,
                                Text("文件已损坏，或不是 Excel 工作簿",
                                     "the file is damaged, or not an Excel workbook"),
                                Text("请用 Excel 或 WPS 打开后另存为 .xlsx",
                                     "Please open it in Excel or WPS and save it as .xlsx"))]) from error
    return {name: replace(_grid(name, sheet), hidden=hidden, marks=marks.sheets.get(name, SheetMarks()),
                          counts_from_1904=marks.counts_from_1904, file=path.name)
            for name, (sheet, hidden) in sheets.items()}


def _grid(name: str, sheet: CalamineSheet) -> Grid:
    return Grid(name, functools.partial(_sheet_rows, sheet), tuple(sheet.merged_cell_ranges or ()))


def _sheet_rows(sheet: CalamineSheet) -> Iterator[Sequence[Any]]:
    """Yield all rows from the first; the reader leaves out the empty columns on the left."""
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield left + row if left else row


def _not_xlsx(file: str, data: bytes) -> Fault:
    save = Text("请用 Excel 或 WPS 打开，另存为“Excel 工作簿 (*.xlsx)”",
                "Please open it in Excel or WPS and save it as an Excel workbook (*.xlsx)")
    if data.startswith(_OLD_EXCEL):
        if _ENCRYPTED in data:
            return Fault("locked-workbook", file, Text("这个工作簿设了打开密码", "this workbook has a password"),
                         Text("请用 Excel 或 WPS 打开，取消密码后再保存",
                              "Please open it in Excel or WPS, remove the password, and save it"))
        return Fault("old-workbook", file, Text("这是旧格式（.xls、.et）的工作簿，或设了密码",
                                                "this is a workbook of an old format (.xls, .et), or has a password"),
                     Text("请用 Excel 或 WPS 打开，取消密码，另存为“Excel 工作簿 (*.xlsx)”",
                          "Please open it in Excel or WPS, remove any password, and save it as an Excel workbook (*.xlsx)"))
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        return Fault("web-page", file, Text("这是网页或 XML，只是改了扩展名，不是 Excel 工作簿（.xlsx）",
                                            "this is a web page or XML under another name, not an Excel workbook (.xlsx)"),
                     save)
    return Fault("not-a-workbook", file,
                 Text("这不是 Excel 工作簿（.xlsx）", "this is not an Excel workbook (.xlsx)"), save)
