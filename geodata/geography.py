"""The geography of a district, for travel times and maps, kept in one GeoPackage.

Layers: ``road_nodes`` and ``road_edges`` (the road graph), ``subdistricts`` (街道), ``water``, ``district`` (the outline with
the attribution), ``metro_lines`` and ``metro_stations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas
import networkx as nx
import numpy as np
import pyogrio
import shapely
from shapely import MultiPolygon, Polygon

from geodata.streets import SPEED_KMH, add_node, new_streets, street_edge
from planner.artefacts.files import write_whole
from planner.text import Text

Surface = Polygon | MultiPolygon

NODES, EDGES, SUBDISTRICTS, WATER, OUTLINE = "road_nodes", "road_edges", "subdistricts", "water", "district"
METRO_LINES, STATIONS = "metro_lines", "metro_stations"

_WGS84: Final = "EPSG:4326"
_WRITE_DATE: Final = "2000-01-01T00:00:00.000Z"
"""GeoPackage wants a date of change; a fixed one keeps the bytes the same on each run."""

_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    NODES: {"id": "<i8"},
    EDGES: {"from_node": "<i8", "to_node": "<i8", "name": "O", "highway": "O", "length_metres": "<i8",
            "travel_milliseconds": "<i8", "modes": "O", "doors": "<i8"},
    SUBDISTRICTS: {"id": "O", "name": "O"},
    WATER: {},
    OUTLINE: {"attribution": "O"},
    METRO_LINES: {"name": "O"},
    STATIONS: {"name": "O"},
}
_OPTIONAL: Final = frozenset({"modes", "doors"})
"""Columns that may be missing: they follow from the class of the road."""

_GEOMETRY: Final = {NODES: "Point", EDGES: "LineString", SUBDISTRICTS: "MultiPolygon", WATER: "MultiPolygon",
                    OUTLINE: "MultiPolygon", METRO_LINES: "MultiLineString", STATIONS: "Point"}


class GeographyError(ValueError):
    """A geography file cannot be used; ``text`` says why, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True)
class Metro:
    """Lines as (name, course) and stations as (name, position), (lon, lat) in WGS-84 degrees; for maps only."""

    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()
    stations: tuple[tuple[str, tuple[float, float]], ...] = ()


@dataclass(frozen=True)
class Geography:
    """Streets, sub-district polygons as (id, name, polygon), water, outline and metro, all in WGS-84 degrees.

    ``attribution`` is the line every map of it must show: where the data come from and under what licence.
    """

    streets: nx.MultiDiGraph
    subdistricts: tuple[tuple[str, str, Surface], ...] = ()
    water: tuple[Surface, ...] = ()
    outline: Surface | None = None
    attribution: str = ""
    metro: Metro = Metro()


def write_geography(path: Path, geography: Geography) -> None:
    """Write all layers to ``path``, whole or not at all; the same geography gives the same bytes."""
    write_whole(path, lambda temporary: _write_layers(temporary, geography))


def read_geography(path: Path) -> Geography:
    """Read what :func:`write_geography` wrote, or what a GIS made of it; raises GeographyError with the reason."""
    if not path.is_file():
        raise GeographyError(Text(f"找不到地理数据文件“{path}”", f"geography file “{path}” does not exist"))
    try:
        present = {str(name) for name, _ in pyogrio.list_layers(path)}
        layers = {name: pyogrio.read_dataframe(path, layer=name) for name in _COLUMNS if name in present}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise GeographyError(Text(f"“{path}”不是可以读取的 GeoPackage 文件",
                                  f"“{path}” is not a GeoPackage that can be read")) from error
    for name in (NODES, EDGES):
        if name not in layers:
            raise GeographyError(Text(f"“{path}”缺少图层 {name}", f"“{path}” has no layer {name}"))
    frames = {name: _checked(path, name, frame) for name, frame in layers.items()}
    outline, attribution = _read_outline(frames)
    return Geography(
        _read_streets(path, frames[NODES], frames[EDGES]),
        tuple((str(row.id), str(row.name), _simple(row.geometry)) for row in _rows(frames, SUBDISTRICTS)),
        tuple(_simple(row.geometry) for row in _rows(frames, WATER)),
        outline,
        attribution,
        _read_metro(frames),
    )


def _write_layers(path: Path, geography: Geography) -> None:
    streets = geography.streets
    nodes = sorted(streets)
    edges = sorted(streets.edges(keys=True))
    attributes = [streets.edges[edge] for edge in edges]
    node_points = shapely.points([(streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in nodes])
    edge_lines = [shapely.LineString(one["geometry"]) for one in attributes]
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITE_DATE})
    try:
        _write_layer(path, NODES, node_points, [nodes])
        _write_layer(path, EDGES, edge_lines, [
            [first for first, _, _ in edges], [last for _, last, _ in edges],
            *([one[field] for one in attributes] for field in ("name", "highway", "length_metres",
                                                               "travel_milliseconds")),
            [" ".join(mode for mode in SPEED_KMH if mode in one["modes"]) for one in attributes],
            [int(one["doors"]) for one in attributes],
        ])
        _write_layer(path, SUBDISTRICTS, _surfaces(polygon for *_, polygon in geography.subdistricts),
                     [[one[0] for one in geography.subdistricts], [one[1] for one in geography.subdistricts]])
        _write_layer(path, WATER, _surfaces(geography.water), [])
        outline = geography.outline or MultiPolygon()
        _write_layer(path, OUTLINE, _surfaces([outline]), [[geography.attribution]])
        lines, stations = geography.metro.lines, geography.metro.stations
        _write_layer(path, METRO_LINES, [shapely.MultiLineString([course]) for _, course in lines], [[name for name, _ in lines]])
        _write_layer(path, STATIONS, [shapely.Point(at) for _, at in stations], [[name for name, _ in stations]])
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_layer(path: Path, layer: str, geometry: Sequence[Any], values: list[list[Any]]) -> None:
    """Append a layer; ``values`` are its columns in the order of ``_COLUMNS``."""
    fields = _COLUMNS[layer]
    data = [np.array(column, dtype=np.dtype(kind)) for column, kind in zip(values, fields.values(), strict=True)]
    pyogrio.raw.write(path, shapely.to_wkb(np.array(geometry, dtype=object)), data, list(fields), layer=layer,
                      driver="GPKG", geometry_type=_GEOMETRY[layer], crs=_WGS84, append=False)


def _surfaces(polygons: Iterable[Surface]) -> list[MultiPolygon]:
    return [one if isinstance(one, MultiPolygon) else MultiPolygon([one]) for one in polygons]


def _checked(path: Path, layer: str, frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return the layer in WGS-84, with its columns there and its geometries of the right kind."""
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise GeographyError(Text(f"“{path}”的图层 {layer} 没有几何图形", f"layer {layer} of “{path}” has no geometry"))
    for column in _COLUMNS[layer]:
        if column not in frame.columns and column not in _OPTIONAL:
            raise GeographyError(Text(f"“{path}”的图层 {layer} 缺少字段 {column}",
                                      f"layer {layer} of “{path}” has no column {column}"))
    numbers = [column for column, kind in _COLUMNS[layer].items() if kind == "<i8" and column in frame.columns]
    wrong = _first_wrong_row(frame, numbers, _GEOMETRY[layer])
    if wrong is not None:
        raise GeographyError(Text(f"“{path}”的图层 {layer} 第 {wrong} 行有空值或类型不对的值",
                                  f"row {wrong} of layer {layer} of “{path}” is empty somewhere or of a wrong type"))
    if frame.crs is None:
        raise GeographyError(Text(f"“{path}”的图层 {layer} 没有坐标系", f"layer {layer} of “{path}” has no CRS"))
    return frame if frame.crs == _WGS84 else frame.to_crs(_WGS84)


def _first_wrong_row(frame: geopandas.GeoDataFrame, numbers: list[str], geometry: str) -> int | None:
    """Find the first row, counted from 1, without a geometry of the kind or without a whole number."""
    kinds = {geometry, geometry.removeprefix("Multi")}
    fine = frame.geometry.geom_type.isin(kinds).to_numpy()
    for column in numbers:
        if frame[column].dtype.kind not in "iuf":
            return 1
        values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        fine = fine & np.isfinite(values) & (values >= 0) & (values == np.floor(np.nan_to_num(values)))
    return None if fine.all() else int(np.argmin(fine)) + 1


def _rows(frames: Mapping[str, geopandas.GeoDataFrame], layer: str) -> Iterable[Any]:
    return frames[layer].itertuples(index=False) if layer in frames else ()


def _read_streets(path: Path, nodes: geopandas.GeoDataFrame, edges: geopandas.GeoDataFrame) -> nx.MultiDiGraph:
    streets = new_streets()
    for node, point in zip(nodes["id"], nodes.geometry, strict=True):
        if int(node) in streets:
            raise GeographyError(Text(f"“{path}”的图层 {NODES} 中编号 {int(node)} 重复",
                                      f"layer {NODES} of “{path}” has the id {int(node)} twice"))
        add_node(streets, int(node), point.x, point.y)
    usual = {"modes": None, "doors": None}
    columns = [edges[column].tolist() if column in edges.columns else [usual[column]] * len(edges)
               for column in _COLUMNS[EDGES]]
    for first, last, name, highway, metres, milliseconds, modes, doors, line in zip(
            *columns, edges.geometry, strict=True):
        if int(first) not in streets or int(last) not in streets:
            raise GeographyError(Text(f"“{path}”的道路 {int(first)}-{int(last)} 的端点不在图层 {NODES} 中",
                                      f"road {int(first)}-{int(last)} of “{path}” ends at a node not in {NODES}"))
        streets.add_edge(int(first), int(last), **street_edge(
            name=_word(name), highway=_word(highway), length_metres=int(metres), geometry=map(tuple, line.coords),
            modes=None if modes is None else _modes(path, _word(modes)),
            doors=None if doors is None else bool(doors)) | {"travel_milliseconds": max(1, int(milliseconds))})
    return streets


def _modes(path: Path, words: str) -> frozenset[str]:
    """Read who may use a road; nobody may use a gated one."""
    modes = frozenset(words.split())
    if modes - SPEED_KMH.keys():
        known = "、".join(SPEED_KMH)
        raise GeographyError(Text(f"“{path}”的图层 {EDGES} 的 modes 应为 {known} 或为空，读到“{words}”",
                                  f"modes in layer {EDGES} of “{path}” are {known} or nothing, not “{words}”"))
    return modes


def _read_outline(frames: Mapping[str, geopandas.GeoDataFrame]) -> tuple[Surface | None, str]:
    for row in _rows(frames, OUTLINE):
        return (None if row.geometry.is_empty else _simple(row.geometry)), _word(row.attribution)
    return None, ""


def _read_metro(frames: Mapping[str, geopandas.GeoDataFrame]) -> Metro:
    """Lines, a course of several parts as several lines of one name, and stations."""
    return Metro(
        tuple((_word(row.name), tuple((float(lon), float(lat)) for lon, lat, *_ in part.coords))
              for row in _rows(frames, METRO_LINES) for part in shapely.get_parts(row.geometry)),
        tuple((_word(row.name), (float(row.geometry.x), float(row.geometry.y))) for row in _rows(frames, STATIONS)))


def _simple(surface: Surface) -> Surface:
    """Take a polygon out of a collection of one."""
    return surface.geoms[0] if isinstance(surface, MultiPolygon) and len(surface.geoms) == 1 else surface


def _word(value: object) -> str:
    """Text of a cell; an empty cell is an empty text, not “nan”."""
    return value if isinstance(value, str) else ""
