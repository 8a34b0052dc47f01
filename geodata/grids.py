"""A sheet of cells as it stands in a file, whatever the file is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from geodata.cells import match_key
from geodata.faults import Fault
from geodata.xlsx_parts import SheetMarks


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet as they stand in the file.

    ``read_rows`` gives the rows anew each time, from the first of the file on, and may give short ones. ``merged`` are
    ranges as first and last cell (row, column from 0). ``counts_from_1904`` says what a bare day number means.
    """

    name: str
    read_rows: Callable[[], Iterator[Sequence[Any]]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    hidden: bool = False
    marks: SheetMarks = field(default_factory=SheetMarks)
    counts_from_1904: bool = False
    file: str = ""
    notes: tuple[Fault, ...] = ()

    def head(self, rows: int) -> list[Sequence[Any]]:
        """Return the first rows."""
        return list(islice(self.read_rows(), rows))


def find_grid(grids: Mapping[str, Grid], names: Iterable[str]) -> Grid | None:
    """Return the sheet called by one of ``names``, the first name first."""
    by_key = {match_key(name): grid for name, grid in reversed(list(grids.items()))}
    return next((by_key[key] for name in names if (key := match_key(name)) in by_key), None)
