"""The boundaries of a district and its sub-districts, from GeoJSON, shapefile or GeoPackage, by the names of the workbook.

Nothing is mended silently: polygons that are not valid are told, and repaired where the user agrees. Where there are no
boundaries, sub-districts are names, and everything else works.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from geodata.cells import as_text, match_key
from geodata.coordinates import WGS84, Datum, same_place, to_wgs84
from geodata.directories import Directory
from geodata.faults import Fault, InputError, shown, unreadable_file
from geodata.geography import Geography, Surface
from geodata.positions import in_china
from geodata.roads_lines import read_frame
from geodata.streets import LocalPlane
from planner.text import Text

INVALID: Final = "invalid-boundary"
"""The fault whose repair a user may accept."""

SUFFIXES: Final = (".geojson", ".json", ".shp", ".gpkg")
TOLD_SQUARE_METRES: Final = 10_000.0
"""Overlaps and gaps below a hectare are not told: edges that two people drew."""

_APART_METRES: Final = 1_000.0
_NAMED: Final = 5
_SURFACES: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_PREFIX = re.compile(r"^.*?[省市区县旗](?=.{2})")
_SUFFIX = re.compile(r"(?:街道办事处|街道|地区办事处|地区|镇人民政府|镇|乡人民政府|乡)$")
_WRONG: Final[Mapping[str, str]] = {
    "Self-intersection": "自相交", "Ring Self-intersection": "同一圈自相交", "Hole lies outside shell": "洞在边界之外",
    "Holes are nested": "洞里有洞", "Nested shells": "块里有块", "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "点数太少", "Duplicate Rings": "同一圈重复", "Ring is not closed": "不闭合"}


@dataclass(frozen=True)
class Boundaries:
    """Polygons in WGS-84: sub-districts as (id, name, polygon), and the whole district, None where it is not known."""

    areas: tuple[tuple[str, str, Surface], ...] = ()
    outline: Surface | None = None

    def converted(self, datum: Datum) -> Boundaries:
        """The same where the numbers are of ``datum`` and not WGS-84."""
        areas = tuple((one_id, name, _converted(surface, datum)) for one_id, name, surface in self.areas)
        return Boundaries(areas, None if self.outline is None else _converted(self.outline, datum))


@dataclass(frozen=True)
class _Row:
    """A feature: its number in the file from 1, its texts by column, its polygon."""

    number: int
    texts: Mapping[str, str]
    surface: Surface


def read_boundaries(path: Path, subdistricts: Directory, district_name: str, datum: Datum = WGS84,
                    accepted: Collection[str] = ()) -> tuple[Boundaries, tuple[Fault, ...]]:
    """Read a file of boundaries; raises InputError where it cannot be used at all.

    The column of names is the one that fits the sub-districts best, by id or by name, with or without 街道, the
    district's name before it or not. ``datum`` is what the polygons are in where it is not what the file declares.
    """
    file = path.name
    frames = _open(path)
    faults: list[Fault] = []
    layers = [list(_rows(_in_degrees(frame, file, datum, faults))) for frame in frames]
    columns = [(rows, column) for rows in layers for column in dict.fromkeys(name for row in rows for name in row.texts)]
    matches = [(rows, column, _match(rows, column, subdistricts)) for rows, column in columns]
    found = max(matches, key=lambda one: len(one[2]), default=None)
    if found is None or not found[2]:
        columns_zh = "、".join(dict.fromkeys(column for _, column in columns)) or "无"
        raise InputError([_fault("boundary-names", file,
                                 Text(f"没有一列与工作簿的街道相符（文字列：{shown(columns_zh)}）",
                                      f"no column has the names of the workbook's sub-districts (columns of text: {shown(columns_zh)})"),
                                 Text("请加一列街道名称或编号", "Please add a column with names or ids of sub-districts"))])
    rows, column, by_id = found
    key = match_key(district_name)
    outline = next((row.surface for some in layers for row in some
                    if key in {match_key(text) for text in row.texts.values()}), None)
    used = {row.number for some in by_id.values() for row in some}
    faults += _unmatched([row for row in rows if row.number not in used and row.surface is not outline], column, file)
    areas = [(one_id, _name(one_id, subdistricts), _united(some, one_id, file, faults)) for one_id, some in by_id.items()]
    boundaries, more = check_boundaries(Boundaries(tuple(areas), outline), subdistricts, file, accepted)
    return boundaries, (*faults, *more)


def boundaries_of(geography: Geography, subdistricts: Directory, file: str, datum: Datum = WGS84,
                  accepted: Collection[str] = ()) -> tuple[Boundaries, tuple[Fault, ...]]:
    """Take the boundaries of a geography, by the ids of the workbook where an id or a name fits; others stay as they are."""
    rows = [_Row(number, {"id": one_id, "name": name}, surface)
            for number, (one_id, name, surface) in enumerate(geography.subdistricts)]
    by_id = max((_match(rows, column, subdistricts) for column in ("id", "name")), key=len)
    own = {row.number: one_id for one_id, some in by_id.items() for row in some[:1]}
    areas = tuple((own.get(row.number, row.texts["id"]), row.texts["name"], row.surface) for row in rows)
    given = Boundaries(areas, geography.outline)
    if not same_place(datum, WGS84) and not datum.is_projected:
        given = given.converted(datum)
    return check_boundaries(given, subdistricts, file, accepted)


def check_boundaries(boundaries: Boundaries, subdistricts: Directory, file: str,
                     accepted: Collection[str] = ()) -> tuple[Boundaries, tuple[Fault, ...]]:
    """Check polygons: valid, without overlaps and gaps, one for every sub-district. Those that cannot be used are left out.

    Where no outline is given and every sub-district has its polygon, it is their union.
    """
    faults: list[Fault] = []
    areas = []
    for one_id, name, surface in boundaries.areas:
        mended = _mended(surface, name, file, accepted, faults)
        if mended is not None:
            areas.append((one_id, name, mended))
    outline = None if boundaries.outline is None else _mended(boundaries.outline, "区界", file, accepted, faults)
    missing = [_name(one, subdistricts) for one in sorted(subdistricts.ids - {one for one, *_ in boundaries.areas})]
    if missing and boundaries.areas:
        faults.append(_note("missing-boundary", file,
                               Text(f"{len(missing)} 个街道没有边界（{_some(missing)}），只按名称处理",
                                    f"{len(missing)} sub-districts have no boundary ({_some(missing)}); they are known by name only"),
                               Text("如需在图上显示，请补上", "Please add them if they are to be drawn")))
    if areas:
        faults += _overlaps(areas, file)
        faults += _gaps([surface for *_, surface in areas], file)
        if outline is None and not missing and len(areas) == len(boundaries.areas):
            outline = shapely.union_all([surface for *_, surface in areas])
    return Boundaries(tuple(areas), outline), tuple(faults)


# --- reading -----------------------------------------------------------------------------------------------------


def _open(path: Path) -> list[geopandas.GeoDataFrame]:
    """Return the layers of polygons."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError([unreadable_file(path.name, error)]) from error
    if path.suffix.lower() not in SUFFIXES:
        known = "、".join(SUFFIXES)
        raise InputError([_fault("boundary-format", path.name,
                                 Text("不认识这种边界文件", "this kind of boundary file is not known"),
                                 Text(f"可以用的有：{known}", f"Known are {known}"))])
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        frames = [frame for layer in layers if isinstance(frame := read_frame(path, layer), geopandas.GeoDataFrame)]
    except (DataSourceError, DataLayerError, UnicodeDecodeError, pyproj.exceptions.ProjError) as error:
        raise InputError([_fault("boundary-damaged", path.name,
                                 Text(f"读不下去，文件可能不完整（{shown(error)}）",
                                      f"it cannot be read to its end; it may be incomplete ({shown(error)})"),
                                 Text("请重新导出", "Please export it again"))]) from error
    frames = [frame for frame in frames if np.isin(shapely.get_type_id(_shapes(frame)), _SURFACES).any()]
    if not frames:
        raise InputError([_fault("no-polygons", path.name, Text("其中没有面图层", "it has no layer of polygons"),
                                 Text("请导出街道的面图层（不是线或点）", "Please export sub-districts as polygons, not lines or points"))])
    return frames


def _shapes(frame: geopandas.GeoDataFrame) -> Any:
    return np.array(frame.geometry, dtype=object)


def _in_degrees(frame: geopandas.GeoDataFrame, file: str, datum: Datum, faults: list[Fault]) -> geopandas.GeoDataFrame:
    """Return a layer in WGS-84: from what the file declares, and then from ``datum``."""
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        if not (in_china(west, south) and in_china(east, north)) and not datum.is_projected:
            raise InputError([_fault("no-crs", file, Text("没有说明坐标系", "it does not tell its coordinate system"),
                                     Text("请在 GIS 软件中设好坐标系再导出（shapefile 要连同 .prj 文件），"
                                          "或在“说明”表加一行“边界坐标系”",
                                          "Please set it in your GIS and export again (a shapefile with its .prj), or add a row "
                                          "边界坐标系 to the sheet 说明"))])
        if not datum.is_projected:
            faults.append(_note("assumed-crs", file, Text("没有说明坐标系，数值是度数，按经纬度读取",
                                                            "it does not tell its coordinate system; its numbers are read as degrees")))
        frame = frame.set_crs("EPSG:4326", allow_override=True)
    elif frame.crs != "EPSG:4326":
        frame = frame.to_crs("EPSG:4326")
        datum = WGS84 if datum.is_projected else datum
    if same_place(datum, WGS84):
        return frame
    shapes = _converted(shapely.force_2d(_shapes(frame)), datum)
    faults.append(_note("converted-datum", file, Text(f"边界由 {datum.name} 换算为 WGS-84",
                                                        f"boundaries were converted from {datum.name} to WGS-84")))
    return frame.set_geometry(geopandas.GeoSeries(shapes, index=frame.index, crs="EPSG:4326"))


def _converted(surfaces: Any, datum: Datum) -> Any:
    return shapely.transform(surfaces, lambda points: to_wgs84(points, datum))


def _rows(frame: geopandas.GeoDataFrame) -> Iterator[_Row]:
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    values = [frame[name].tolist() for name in columns]
    for number, surface in enumerate(shapely.force_2d(_shapes(frame)), start=1):
        if surface is not None and shapely.get_type_id(surface) in _SURFACES and not surface.is_empty:
            texts = {name: as_text(column[number - 1]) for name, column in zip(columns, values, strict=True)
                     if isinstance(column[number - 1], str | int | float)}
            yield _Row(number, texts, surface)


# --- names -------------------------------------------------------------------------------------------------------


def name_keys(name: str) -> tuple[str, ...]:
    """Return what a name may be known by, the most exact first: as written, without the district, without 街道 or 镇."""
    whole = match_key(name)
    local = [whole]
    while (shorter := _PREFIX.sub("", local[-1])) != local[-1]:
        local.append(shorter)
    short = [cut for one in local if (cut := _SUFFIX.sub("", one))]
    return tuple(dict.fromkeys((*local, *short)))


def _match(rows: Sequence[_Row], column: str, subdistricts: Directory) -> dict[str, list[_Row]]:
    """Return the rows of every sub-district, by what stands in ``column``; the most exact spelling beats others."""
    known: dict[str, set[str]] = {}
    leads: list[tuple[str, Sequence[str]]] = [*subdistricts.ids_by_name.items(), *subdistricts.successors.items()]
    for name, ids in leads:
        for key in name_keys(name) if len(ids) == 1 else ():
            known.setdefault(key, set()).add(ids[0])
    found: dict[str, list[tuple[int, _Row]]] = {}
    for row in rows:
        text = row.texts.get(column, "")
        if text in subdistricts.ids:
            found.setdefault(text, []).append((0, row))
            continue
        for rank, key in enumerate(name_keys(text), start=1):
            meant = known.get(key, set())
            if len(meant) == 1:
                found.setdefault(next(iter(meant)), []).append((rank, row))
                break
    best = {one_id: min(rank for rank, _ in some) for one_id, some in found.items()}
    return {one_id: [row for rank, row in found[one_id] if rank == best[one_id]] for one_id in sorted(found)}


def _name(one_id: str, subdistricts: Directory) -> str:
    return subdistricts.names.get(one_id, one_id)


def _unmatched(rows: Sequence[_Row], column: str, file: str) -> Iterator[Fault]:
    if rows:
        names = [shown(row.texts.get(column, "")) or f"#{row.number}" for row in rows]
        yield _note("unmatched-boundary", file,
                       Text(f"{len(rows)} 块边界不属于工作簿里的街道，没有使用（{_some(names)}）",
                            f"{len(rows)} polygons belong to no sub-district of the workbook and were not used ({_some(names)})"),
                       Text("如已更名，请在“变更”表写明，类型填“街道”", "If one was renamed, say so in the sheet 变更 (type 街道)"))


def _united(rows: Sequence[_Row], one_id: str, file: str, faults: list[Fault]) -> Surface:
    """Return the polygon of a sub-district; several parts are one, unless they lie far apart."""
    if len(rows) == 1:
        return rows[0].surface
    parts = [row.surface for row in rows]
    plane = LocalPlane(*parts[0].centroid.coords[0])
    flat = [shapely.transform(part, plane.to_metres) for part in parts]
    numbers = "、".join(str(row.number) for row in rows)
    if any(shapely.distance(flat[0], other) > _APART_METRES for other in flat[1:]):
        faults.append(_fault("repeated-boundary", file,
                             Text(f"“{shown(one_id)}”有 {len(rows)} 块相距很远的边界（第 {numbers} 个要素）",
                                  f"“{shown(one_id)}” has {len(rows)} polygons far from one another (features {numbers})"),
                             Text("请只留本区的", "Please keep those of this district only")))
        return parts[0]
    return _surfaces_of(parts)


def _surfaces_of(parts: Sequence[Surface]) -> Surface:
    """Return polygons as one; what is not valid stays so, to be told later."""
    if all(shapely.is_valid(part) for part in parts):
        united: Surface = shapely.union_all(list(parts))
        return united
    return shapely.MultiPolygon([one for part in parts for one in shapely.get_parts(part)])


# --- what is wrong with polygons ---------------------------------------------------------------------------------


def _mended(surface: Surface, name: str, file: str, accepted: Collection[str], faults: list[Fault]) -> Surface | None:
    """Return a valid polygon; one that is not is repaired where that is accepted, and else left out."""
    if shapely.is_valid(surface):
        return surface
    reason = shapely.is_valid_reason(surface)
    what, _, where = reason.partition("[")
    zh = _WRONG.get(what.strip(), what.strip())
    at = "、".join(where.rstrip("]").split()) or "?"
    parts = [one for one in shapely.get_parts(shapely.make_valid(surface)) if shapely.get_type_id(one) in _SURFACES]
    repaired = shapely.union_all(parts)
    before, after = (_square_metres(one) for one in (surface, repaired))
    change = Text(f"修复后面积由 {before / 1e6:.3f} 变为 {after / 1e6:.3f} 平方公里",
                  f"repair changes its area from {before / 1e6:.3f} to {after / 1e6:.3f} km²")
    if INVALID in accepted and parts:
        faults.append(_note(INVALID, file, Text(f"“{shown(name)}”的边界{zh}（{at}），已修复，{change.zh}",
                                                  f"the boundary of “{shown(name)}” ({what.strip()} at {at}) was repaired; {change.en}")))
        return repaired
    faults.append(_fault(INVALID, file, Text(f"“{shown(name)}”的边界{zh}（{at}）；{change.zh}",
                                             f"the boundary of “{shown(name)}” is not valid ({what.strip()} at {at}); {change.en}"),
                         Text(f"请在 GIS 软件中改正，或加 --accept {INVALID} 由程序修复",
                              f"Please mend it in your GIS, or let --accept {INVALID} repair it")))
    return None


def _overlaps(areas: Sequence[tuple[str, str, Surface]], file: str) -> Iterator[Fault]:
    for (_, first, one), (_, second, other) in combinations(areas, 2):
        if shapely.intersects(one, other) and (area := _square_metres(shapely.intersection(one, other))) > TOLD_SQUARE_METRES:
            yield _note("boundary-overlap", file,
                           Text(f"“{shown(first)}”与“{shown(second)}”的边界重叠 {area / 1e4:.1f} 公顷",
                                f"the boundaries of “{shown(first)}” and “{shown(second)}” overlap by {area / 1e4:.1f} ha"),
                           Text("请核对", "Please check"))


def _gaps(surfaces: Sequence[Surface], file: str) -> Iterator[Fault]:
    """Tell of holes between the sub-districts: what no one of them covers and all of them surround."""
    for part in shapely.get_parts(shapely.union_all(list(surfaces))):
        for ring in part.interiors:
            if (area := _square_metres(shapely.Polygon(ring))) > TOLD_SQUARE_METRES:
                at = shapely.Polygon(ring).representative_point()
                yield _note("boundary-gap", file,
                               Text(f"各街道之间有 {area / 1e4:.1f} 公顷的空隙（{at.x:.5f}、{at.y:.5f} 处）",
                                    f"between the sub-districts {area / 1e4:.1f} ha belong to none (at {at.x:.5f}, {at.y:.5f})"),
                               Text("请核对", "Please check"))


def _square_metres(surface: Any) -> float:
    if surface.is_empty:
        return 0.0
    centre = shapely.get_coordinates(surface).mean(axis=0)
    flat = shapely.transform(surface, LocalPlane(float(centre[0]), float(centre[1])).to_metres)
    return float(shapely.area(flat))


def _some(names: Iterable[str]) -> str:
    some = list(names)
    return "、".join(map(shown, some[:_NAMED])) + ("……" if len(some) > _NAMED else "")


def _fault(code: str, file: str, why: Text, remedy: Text) -> Fault:
    return Fault(code, file, why, remedy)


def _note(code: str, file: str, why: Text, remedy: Text | None = None) -> Fault:
    """A warning, where there is something to do, or else a repair."""
    return Fault(code, file, why, remedy or Text("", ""), severity="repair" if remedy is None else "warning")
