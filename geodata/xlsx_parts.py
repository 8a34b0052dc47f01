"""What a reader of cells does not see in an .xlsx: hidden rows, formulas without a value, error values, the epoch.

The parts are read as a stream and searched, not parsed: a sheet of 100,000 rows takes half a second and a few MB.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_CHUNK_BYTES: Final = 1 << 20
_WORKBOOK: Final = "xl/workbook.xml"
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_FORMULA = re.compile(rb'<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b')
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")([^>]*)>.*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_VALUE = re.compile(rb"<(?:\w+:)?v>[^<]+<")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True)
class SheetMarks:
    """One sheet: hidden rows, counted from 1, and what stands in cells that have no value, by row and column from 0.

    A formula whose value was never computed is marked ``""``, an error with its name such as ``#N/A``.
    """

    hidden_rows: tuple[int, ...] = ()
    broken: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkbookMarks:
    """All sheets by name, and whether days are counted from 1904 (workbooks made on old Macs)."""

    sheets: Mapping[str, SheetMarks]
    counts_from_1904: bool = False


def read_marks(path: Path) -> WorkbookMarks:
    """Return the marks of a workbook; none for parts it lacks. Raises OSError or zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as book:
        names = set(book.namelist())
        if _WORKBOOK not in names:
            return WorkbookMarks({})
        about = book.read(_WORKBOOK)
        targets = _targets(book, names)
        sheets = {}
        for tag in _tags(about, b"sheet"):
            part = targets.get(tag.get("r:id", tag.get("id", "")), "")
            if part in names:
                sheets[tag.get("name", "")] = _sheet_marks(book, part)
        epoch = any(tag.get("date1904") in {"1", "true"} for tag in _tags(about, b"workbookPr"))
        return WorkbookMarks(sheets, epoch)


def column_index(letters: str) -> int:
    """Return the index of a column by its letters, counted from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _targets(book: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Return the parts that the relations of the workbook lead to, by relation."""
    part = "xl/_rels/workbook.xml.rels"
    if part not in names:
        return {}
    return {tag.get("Id", ""): posixpath.normpath(posixpath.join("/xl", tag.get("Target", ""))).lstrip("/")
            for tag in _tags(book.read(part), b"Relationship")}


def _tags(xml: bytes, name: bytes) -> Iterator[dict[str, str]]:
    for tag in re.finditer(rb"<(?:\w+:)?" + name + rb"\b([^>]*)>", xml):
        yield _attributes(tag[1])


def _attributes(text: bytes) -> dict[str, str]:
    return {key.decode(): html.unescape(value.decode("utf-8", "replace")) for key, value in _ATTRIBUTE.findall(text)}


def _sheet_marks(book: zipfile.ZipFile, part: str) -> SheetMarks:
    hidden: list[int] = []
    broken: dict[tuple[int, int], str] = {}
    for rows in _whole_rows(book, part):
        if b'hidden="' in rows:
            hidden += [int(number) for number in _HIDDEN_ROW.findall(rows)]
        if b"<f" in rows or b":f" in rows:
            for formula in _FORMULA.finditer(rows):
                end = _CELL_END.search(rows, formula.end())
                inside = rows[formula.end():end.start() if end else None]
                if b't="str"' not in formula[1] and not _VALUE.search(inside):
                    broken |= _at(formula[1], "")
        if b't="e"' in rows:
            for error in _ERROR.finditer(rows):
                broken |= _at(error[1], error[2].decode("ascii", "replace"))
    return SheetMarks(tuple(hidden), broken)


def _whole_rows(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the part in pieces that end where a row ends."""
    rest = b""
    with book.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            rest += chunk
            ends = [found.end() for found in _ROW_END.finditer(rest)]
            if ends:
                yield rest[:ends[-1]]
                rest = rest[ends[-1]:]
    yield rest


def _at(attributes: bytes, text: str) -> dict[tuple[int, int], str]:
    found = _REFERENCE.fullmatch(_attributes(attributes).get("r", ""))
    return {(int(found[2]) - 1, column_index(found[1])): text} if found else {}
