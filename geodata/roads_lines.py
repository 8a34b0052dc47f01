"""Reading roads from files of lines: GeoPackage, shapefile, GeoJSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from geodata.roads_build import RoadWay
from geodata.roads_graphml import DirectedLine, each_once, edge_tags, tag_word
from geodata.roads_rules import READ_TAGS, is_raised
from geodata.streets import NO_ACCESS_CLASSES, Point

TOUCHING_DEGREES: Final = 5e-6
"""An end this near another line (half a metre) touches it."""

_WGS84: Final = "EPSG:4326"
_KEY_DECIMALS: Final = 7
_LAYERS: Final = ("edges", "roads", "lines")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "highway": ("highway", "fclass", "class", "type", "道路等级", "等级"),
    "name": ("name", "道路名称", "路名", "名称"),
    "oneway": ("oneway", "单行"),
    "maxspeed": ("maxspeed", "maxspeed_kmh", "限速"),
}
"""Other names of some tags; the first column that is there counts. Letter case does not matter."""

_LETTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "oneway": {"B": "no", "F": "yes", "T": "-1", "FT": "yes", "TF": "-1"},
    "bridge": {"T": "yes", "F": "no"},
    "tunnel": {"T": "yes", "F": "no"},
}
"""Abbreviations in shapefiles of OpenStreetMap data."""

_OSM_COLUMNS: Final = frozenset({"osmid", "osm_id", "osm_way_id"})


class LineFileError(ValueError):
    """A file of lines cannot be used; ``code`` is ``no-lines`` or ``no-crs``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def line_ways(path: Path) -> tuple[Iterator[RoadWay], bool]:
    """Read the roads, and whether they come from OpenStreetMap.

    Lines with columns ``u`` and ``v`` run between these nodes. Others meet where they share a point; where an end
    touches another line; and, on the ground (no bridge, tunnel, motorway or trunk road), where they cross.
    Raises LineFileError, or pyogrio's errors for a file that is none.
    """
    frame = _read_layer(path)
    frame.columns = [str(column).lower() for column in frame.columns]
    tags = _tags_of(frame)
    ends = list(zip(frame["u"], frame["v"], strict=True)) if {"u", "v"} <= set(frame.columns) else None
    shapes = shapely.force_2d(np.array(frame.geometry, dtype=object))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, owner = parts[is_line], owner[is_line]
    from_osm = bool(_OSM_COLUMNS & set(frame.columns))
    if len(parts) == 0:
        raise LineFileError("no-lines")
    own_tags = [tags[number] for number in owner]
    if ends is not None and len(parts) == len(frame):
        lines = [DirectedLine(*pair, _points(line), tag) for pair, line, tag in
                 zip(ends, parts, own_tags, strict=True)]
        return each_once(lines, one_way_unless_paired=False), from_osm
    return _joined(parts, own_tags), from_osm


def _read_layer(path: Path) -> geopandas.GeoDataFrame:
    """Read the layer of lines in WGS-84."""
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None and "LineString" in str(kind)]
    if not layers:
        raise LineFileError("no-lines")
    layer = next((name for name in _LAYERS if name in layers), layers[0])
    frame = read_frame(path, layer)
    if not isinstance(frame, geopandas.GeoDataFrame) or frame.crs is None:
        raise LineFileError("no-crs")
    return frame if frame.crs == _WGS84 else frame.to_crs(_WGS84)


def read_frame(path: Path, layer: str) -> Any:
    """Read a layer of any file; a shapefile that does not tell its encoding is in UTF-8 or else in GBK."""
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists():
        return pyogrio.read_dataframe(path, layer=layer)
    try:
        return pyogrio.read_dataframe(path, layer=layer, encoding="utf-8")
    except UnicodeDecodeError:
        return pyogrio.read_dataframe(path, layer=layer, encoding="gb18030")


def _tags_of(frame: geopandas.GeoDataFrame) -> list[dict[str, str]]:
    """The tags of every row."""
    columns = {}
    for tag in READ_TAGS:
        found = next((name for name in _COLUMNS.get(tag, (tag,)) if name in frame.columns), None)
        if found is not None:
            letters = _LETTERS.get(tag, {})
            columns[tag] = [letters.get(word, word) for word in map(tag_word, frame[found])]
    rows = zip(*columns.values(), strict=True) if columns else ((),) * len(frame)
    return [edge_tags(dict(zip(columns, row, strict=True))) for row in rows]


def _points(line: shapely.LineString) -> tuple[Point, ...]:
    return tuple((float(lon), float(lat)) for lon, lat in shapely.get_coordinates(line))


def _key(point: Sequence[float]) -> Point:
    return round(float(point[0]), _KEY_DECIMALS), round(float(point[1]), _KEY_DECIMALS)


def _joined(lines: NDArray[np.object_], tags: Sequence[Mapping[str, str]]) -> Iterator[RoadWay]:
    """Lines that share a key where they meet."""
    ground = np.array([number for number, one in enumerate(tags)
                       if not is_raised(one) and one["highway"] not in NO_ACCESS_CLASSES], dtype=np.int64)
    meetings = _meetings(lines, ground)
    for number, (line, tag) in enumerate(zip(lines, tags, strict=True)):
        points = _points(line)
        if meetings[number]:
            points = _with_points(line, points, meetings[number])
        kept = [index for index, point in enumerate(points) if index == 0 or _key(point) != _key(points[index - 1])]
        yield RoadWay(tag, tuple(points[index] for index in kept), tuple(_key(points[index]) for index in kept))


def _meetings(lines: NDArray[np.object_], ground: NDArray[np.int64]) -> Mapping[int, list[Point]]:
    """For every line the points where others touch it, or cross it on the ground."""
    found: dict[int, list[Point]] = defaultdict(list)
    tree = shapely.STRtree(lines)
    for place in (0, -1):
        ends = shapely.get_point(lines, place)
        own, other = tree.query(ends, predicate="dwithin", distance=TOUCHING_DEGREES)
        for first, second in zip(own, other, strict=True):
            if first != second:
                found[int(second)].append((float(shapely.get_x(ends[first])), float(shapely.get_y(ends[first]))))
    on_ground = lines[ground]
    first, second = shapely.STRtree(on_ground).query(on_ground, predicate="intersects")
    first, second = first[first < second], second[first < second]
    crossings = shapely.intersection(on_ground[first], on_ground[second])
    for one, other, crossing in zip(ground[first], ground[second], crossings, strict=True):
        for part in shapely.get_parts(crossing):
            for point in shapely.get_coordinates(shapely.boundary(part) if part.length else part):
                found[int(one)].append((float(point[0]), float(point[1])))
                found[int(other)].append((float(point[0]), float(point[1])))
    return found


def _with_points(line: shapely.LineString, points: tuple[Point, ...], more: Sequence[Point]) -> tuple[Point, ...]:
    """Put points that lie on a line into it, in order along it; points it has already are not repeated."""
    known = {_key(point) for point in points}
    fresh = [point for key, point in {_key(point): point for point in more}.items() if key not in known]
    along = [0.0, *np.cumsum(np.linalg.norm(np.diff(np.array(points), axis=0), axis=1)).tolist()]
    marks = [float(shapely.line_locate_point(line, shapely.Point(point))) for point in fresh]
    ordered = sorted(zip([*along, *marks], range(len(along) + len(marks)), strict=True))
    every = [*points, *fresh]
    return tuple(every[number] for _, number in ordered)
