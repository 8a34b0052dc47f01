"""Finds the header of a sheet by the names of its columns, over one line or two, and which column is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from geodata.cells import as_text, clean, match_key
from geodata.columns import UNREAD_HEADERS, Column, Sheet

HEADER_ROWS: Final = 20
"""The header is looked for in the first so many rows."""

_IGNORED: Final = frozenset(map(match_key, UNREAD_HEADERS))


@dataclass(frozen=True)
class Header:
    """The header of a sheet: index of its first and last line, and what stands over every column, top line first."""

    first: int
    last: int
    cells: tuple[tuple[Any, ...], ...]

    def text(self, index: int) -> str:
        """Return the header of a column as the user wrote it, the lower line where there are two."""
        return next((clean(as_text(cell)) for cell in reversed(self.cells[index]) if as_text(cell).strip()), "")

    def is_reason(self, index: int) -> bool:
        """Whether the column holds reasons, which are never read."""
        return any("原因" in (key := match_key(as_text(cell))) or "reason" in key for cell in self.cells[index])


@dataclass(frozen=True)
class Matched:
    """Which columns a header has: the candidates for every known column, and the names of unknown ones."""

    found: dict[str, list[int]]
    unread: list[str]


def find_header(head: Sequence[Sequence[Any]], sheet: Sheet) -> Header | None:
    """Return the line, or two lines, with the most known headers, at least two of them where the sheet needs two; the first such."""
    by_key = _column_of(sheet)
    best, best_score = None, min(2, max(1, sum(column.required for column in sheet.columns))) - 1
    for index in range(len(head)):
        for header in (Header(index, index, tuple((cell,) for cell in head[index])), _two_lines(head, index, by_key)):
            score = len({column.key for cells in header.cells if (column := _known(cells, by_key))}) if header else 0
            if header is not None and score > best_score:
                best, best_score = header, score
    return best


def match_columns(header: Header, sheet: Sheet) -> Matched:
    """Return the columns found. One that bears the proper header beats those with other names for it."""
    by_key = _column_of(sheet)
    found: dict[str, list[int]] = {}
    unread = []
    for index, cells in enumerate(header.cells):
        column = _known(cells, by_key)
        name = header.text(index)
        if column is not None:
            found.setdefault(column.key, []).append(index)
        elif name and match_key(name) not in _IGNORED:
            unread.append(name)
    for column in sheet.columns:
        exact = [index for index in found.get(column.key, []) if match_key(header.text(index)) == match_key(column.header)]
        if len(exact) == 1:
            found[column.key] = exact
    return Matched(found, unread)


def _two_lines(head: Sequence[Sequence[Any]], index: int, by_key: dict[str, Column]) -> Header | None:
    """Return two lines as one header: both hold headers, the lower one no others, and of columns the upper does not name."""
    if index + 1 >= len(head):
        return None
    upper, lower = head[index], head[index + 1]
    if not any(_known((cell,), by_key) for cell in upper):
        return None
    width = max(len(upper), len(lower))
    pairs = tuple(zip([*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))], strict=True))
    for above, below in pairs:
        key = match_key(as_text(below))
        if key and (_known((above,), by_key) is not None or (_known((below,), by_key) is None and key not in _IGNORED)):
            return None
    return Header(index, index + 1, pairs)


def _known(cells: Sequence[Any], by_key: dict[str, Column]) -> Column | None:
    """Return the column that one of the lines over it names, the lowest line first."""
    return next((by_key[key] for cell in reversed(cells) for key in _header_keys(cell) if key in by_key), None)


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
    by_key.pop("", None)
    return by_key
