"""CSV files as sheets: UTF-8 with or without its mark, UTF-16 as Excel writes it, GBK and GB18030, told in a note."""

from __future__ import annotations

import codecs
import csv
import functools
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from geodata.faults import Fault, InputError, shown, unreadable_file
from geodata.grids import Grid
from planner.text import Text

_CHUNK_BYTES: Final = 1 << 20
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TRIED: Final = ("utf-8", "gb18030")
"""GB18030 holds all of GBK and GB 2312."""
_DELIMITERS: Final = ",\t;，"
_SAMPLE_LINES: Final = 20

csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)


def csv_grid(path: Path) -> Grid:
    """Return one CSV file as a sheet called by the file's name; its rows are read from disk as they are asked for.

    Raises InputError where the file cannot be read or its letters make no sense.
    """
    try:
        encoding = _encoding_of(path)
        if encoding is None:
            raise InputError([Fault(
                "unknown-encoding", path.name,
                Text("文字编码既不是 UTF-8，也不是 GBK/GB18030", "its letters are neither UTF-8 nor GBK/GB18030"),
                Text("请用 Excel 或 WPS 打开，另存为“CSV UTF-8”或 .xlsx",
                     "Please open it in Excel or WPS and save it as “CSV UTF-8” or .xlsx"))])
        with path.open(encoding=encoding, newline="") as stream:
            first = [line for line in islice(stream, _SAMPLE_LINES) if line.strip()]
    except OSError as error:
        raise InputError([unreadable_file(path.name, error)]) from error
    delimiter = max(_DELIMITERS, key=lambda one: sum(line.count(one) for line in first))
    notes: tuple[Fault, ...] = ()
    if encoding == "gb18030":
        sample = shown(first[0].strip()) if first else ""
        notes = (Fault("gbk-text", path.name,
                       Text(f"不是 UTF-8，按 GBK/GB18030 读取，第一行为“{sample}”",
                            f"not UTF-8; read as GBK/GB18030, the first line being “{sample}”"),
                       Text("如有乱码，请另存为“CSV UTF-8”",
                            "If that is garbled, please save it as “CSV UTF-8”"), severity="repair"),)
    return Grid(path.stem, functools.partial(_rows, path, encoding, delimiter), file=path.name, notes=notes)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the lines as cells; a quoted cell with line breaks is one cell, and its lines count as one row."""
    with path.open(encoding=encoding, newline="") as stream:
        yield from csv.reader(stream, delimiter=delimiter)


def _encoding_of(path: Path) -> str | None:
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding if _decodes(path, encoding) else None
    return next((encoding for encoding in _TRIED if _decodes(path, encoding)), None)


def _decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file is text of this encoding, without a zero character (which a binary file has)."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
