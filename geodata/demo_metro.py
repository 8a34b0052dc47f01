"""The metro of the demonstration district: two invented lines under main roads, with codes for names."""

from __future__ import annotations

from typing import Final

import shapely

from geodata.demo_geography import ORIGIN, Tile, tile_marks
from geodata.geography import Metro

_LINES: Final = (
    ("M1", ((121.498, 31.276), (121.505, 31.288), (121.514, 31.302), (121.505, 31.314), (121.501, 31.322), (121.503, 31.341))),
    ("M2", ((121.512, 31.256), (121.520, 31.274), (121.528, 31.285), (121.528, 31.306), (121.528, 31.318), (121.528, 31.330),
            (121.534, 31.334))),
)
"""Name, and where the stations are, (lon, lat)."""


def demo_metro(layout: tuple[Tile, ...]) -> Metro:
    """The lines and stations of every copy of the district."""
    alone = len(layout) == 1
    lines, stations = [], []
    for number, tile in enumerate(layout, start=1):
        _, suffix = tile_marks(number, alone=alone)
        for name, course in _LINES:
            moved = shapely.get_coordinates(shapely.transform(
                shapely.LineString(course), lambda points, tile=tile: tile.plane.to_lonlat(ORIGIN.to_metres(points)).round(6)))
            lines.append((f"演示{name}线{suffix}", tuple((float(lon), float(lat)) for lon, lat in moved)))
            stations += [(f"{name}-{stop:02d}站{suffix}", (float(lon), float(lat))) for stop, (lon, lat) in enumerate(moved, start=1)]
    return Metro(tuple(lines), tuple(stations))
