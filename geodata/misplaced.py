"""Places that are not where they are said to be: listed and used as they stand, none is moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.coordinates import FloatArray
from geodata.datum import Ground
from geodata.sheets import Record, SheetReading, named_rows
from planner.text import Text

OUTSIDE_METRES: Final = 100.0
"""Places this close to their sub-district are not told to lie outside it."""

IN_WATER_METRES: Final = 30.0
"""Places so far from the bank are told to lie in water; banks are drawn roughly."""


class _Places(NamedTuple):
    reading: SheetReading
    records: Sequence[Record]


def question_places(reading: SheetReading, records: Sequence[Record], points: FloatArray, own: Sequence[str],
                    ground: Ground) -> None:
    """Tell of places outside the district, of others outside the sub-district they are said to be in, and of those in water.

    ``points`` are where the ``records`` say they are, WGS-84 degrees (n, 2); ``own`` the ids of their sub-districts.
    """
    batch = _Places(reading, records)
    _note_in_water(batch, ground.metres_inside_water(points))
    abroad = np.zeros(len(points), dtype=np.bool_)
    if ground.outline is not None:
        away = ground.metres_outside(points, [ground.outline] * len(points))
        abroad = away > OUTSIDE_METRES
        _note_outside(batch, np.flatnonzero(abroad), away, is_abroad=True)
    known = np.array([number for number, one in enumerate(own) if one in ground.areas and not abroad[number]], dtype=np.intp)
    if len(known):
        away = np.zeros(len(points))
        away[known] = ground.metres_outside(points[known], [ground.areas[own[number]] for number in known])
        _note_outside(batch, np.flatnonzero(away > OUTSIDE_METRES), away, is_abroad=False)


def _note_in_water(batch: _Places, from_bank: FloatArray) -> None:
    which = np.flatnonzero(from_bank > IN_WATER_METRES)
    if not len(which):
        return
    rows, far = named_rows([batch.records[number].row for number in which]), int(from_bank.max())
    batch.reading.note(
        "in-water",
        Text(f"{len(which)} 行的坐标在水面上，离岸最远 {far} 米（第 {rows} 行）",
             f"{len(which)} rows lie in water, up to {far} m from the bank (rows {rows})"),
        Text("请核对坐标；坐标照原样使用", "Please check the coordinates; they are used as they stand"),
        row=batch.records[which[0]].row, key="lon", severity="warning")


def _note_outside(batch: _Places, which: NDArray[np.intp], away: FloatArray, *, is_abroad: bool) -> None:
    if not len(which):
        return
    rows, far = named_rows([batch.records[number].row for number in which]), int(away[which].max())
    where = Text("在区界之外", "outside the district") if is_abroad else Text("在所填街道之外", "outside the sub-district given")
    batch.reading.note(
        "outside-district" if is_abroad else "outside-subdistrict",
        Text(f"{len(which)} 行的坐标{where.zh} {OUTSIDE_METRES:.0f} 米以上，最远 {far} 米（第 {rows} 行）",
             f"{len(which)} rows lie more than {OUTSIDE_METRES:.0f} m {where.en}, up to {far} m (rows {rows})"),
        Text("请核对坐标和街道；坐标照原样使用", "Please check coordinates and sub-district; they are used as they stand"),
        row=batch.records[which[0]].row, key="lon", severity="warning")
