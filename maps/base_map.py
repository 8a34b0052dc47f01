"""The calm base map: sub-districts, water, roads and metro, all from the district's own data."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import folium
import shapely
from folium.map import CustomPane
from shapely.geometry import LineString, MultiLineString, mapping
from shapely.geometry.base import BaseGeometry

from maps import style
from maps.offline import safe_name

METRES_PER_DEGREE: Final = 111_320
SHORTEST_LABELLED_METRES: Final = 260
LABEL_EVERY_METRES: Final = 1_500
SIMPLIFY_DEGREES: Final = 0.00004
"""How far a drawn line may stray from its course: about four metres."""


@dataclass(frozen=True, slots=True)
class SubdistrictArea:
    """The area of a sub-district: Polygon or MultiPolygon, (lon, lat) WGS-84."""

    id: str
    name: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class RoadLine:
    """A stretch of road: its name (may be empty), OpenStreetMap highway class, and (lon, lat) WGS-84 points."""

    name: str
    highway_class: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class MetroLine:
    """A course of a metro line, (lon, lat) WGS-84 points."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class MetroStation:
    """A metro station, WGS-84."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class BaseMap:
    """What lies under every map; any part may be empty.

    ``water`` and ``outline`` are polygons in (lon, lat) WGS-84, or None. ``attribution`` names the sources of roads and
    boundaries, e.g. "© OpenStreetMap 贡献者"; it stands in the corner of every map. Metro lines and stations are drawn
    where they are given.
    """

    subdistricts: tuple[SubdistrictArea, ...] = ()
    water: BaseGeometry | None = None
    roads: tuple[RoadLine, ...] = ()
    outline: BaseGeometry | None = None
    attribution: str = ""
    metro_lines: tuple[MetroLine, ...] = ()
    stations: tuple[MetroStation, ...] = ()

    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the sub-districts, the outline or the roads; None for an empty base map."""
        shapes: list[BaseGeometry] = [area.geometry for area in self.subdistricts]
        if self.outline is not None:
            shapes.append(self.outline)
        if not shapes:
            shapes = [LineString(road.points) for road in self.roads if len(road.points) > 1]
        if not shapes:
            return None
        west, south, east, north = shapely.total_bounds(shapes)
        return float(west), float(south), float(east), float(north)

    def name_labels(self) -> list[dict[str, Any]]:
        """Sub-district names and where to write them, as page data."""
        labels = []
        for area in self.subdistricts:
            point = area.geometry.representative_point()
            labels.append({"name": safe_name(area.name), "at": style.lat_lon(point.x, point.y)})
        return labels

    def station_labels(self) -> list[list[Any]]:
        """Metro stations as page data: name and position."""
        return [[safe_name(one.name), style.lat_lon(one.lon, one.lat)] for one in self.stations]

    @cached_property
    def street_labels(self) -> list[list[Any]]:
        """Street names and where to write them, as page data: name, position, clockwise angle in degrees, drawn class.

        A name stands once on each stretch of its street of about ``LABEL_EVERY_METRES``, main roads first.
        """
        courses: dict[tuple[str, int], list[LineString]] = defaultdict(list)
        order = [one.id for one in reversed(style.ROAD_STYLES)]
        for road in self.roads:
            if road.name and len(road.points) > 1:
                courses[road.name, order.index(style.road_class(road.highway_class))].append(LineString(road.points))
        labels = []
        for (name, rank), lines in sorted(courses.items(), key=lambda one: (one[0][1], one[0][0])):
            for line in _lines(shapely.line_merge(shapely.MultiLineString(lines))):
                labels += [[safe_name(name), at, angle, rank] for at, angle in _label_spots(line)]
        return labels

    @cached_property
    def road_features(self) -> list[dict[str, Any]]:
        """The roads as every page draws them: see ``road_features``."""
        return road_features(self.roads)


def _lines(shape: BaseGeometry) -> list[LineString]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, LineString)]


def _label_spots(line: LineString) -> list[tuple[style.LatLon, int]]:
    """Where to write a name along a course, and at what angle; none on a short one."""
    metres = line.length * METRES_PER_DEGREE
    if metres < SHORTEST_LABELLED_METRES:
        return []
    spots = []
    count = max(1, round(metres / LABEL_EVERY_METRES))
    for number in range(count):
        share = (number + 0.5) / count
        point = line.interpolate(share, normalized=True)
        before, after = (line.interpolate(min(1.0, max(0.0, share + step)), normalized=True)
                         for step in (-40 / metres, 40 / metres))
        squeeze = math.cos(math.radians(point.y))
        angle = -math.degrees(math.atan2(after.y - before.y, (after.x - before.x) * squeeze))
        upright = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
        spots.append((style.lat_lon(point.x, point.y), round(upright)))
    return spots


def draw_base_map(folium_map: folium.Map, base_map: BaseMap) -> None:
    """Add the base map's layers to ``folium_map``, lowest first; none of them takes the mouse."""
    for name, z_index in style.PANES.items():
        CustomPane(name, z_index=z_index).add_to(folium_map)
    areas = [_feature(area.geometry, {"fillColor": tint, "fillOpacity": 1, "color": style.AREA_EDGE, "weight": 1,
                                      "dashArray": "3 3"})
             for area, tint in zip(base_map.subdistricts, area_tints(base_map.subdistricts), strict=True)]
    _add_layer(folium_map, areas, "areas")
    if base_map.outline is not None:
        _add_layer(folium_map, [_feature(base_map.outline, {"fillOpacity": 0 if areas else 1,
                                                            "fillColor": style.AREA_TINTS[0],
                                                            "color": style.OUTLINE, "weight": 1.6})], "areas")
    if base_map.water is not None:
        _add_layer(folium_map, [_feature(base_map.water, {"fillColor": style.WATER, "fillOpacity": 1, "weight": 0})],
                   "areas")
    _add_layer(folium_map, base_map.road_features, "roads")
    _add_layer(folium_map, metro_features(base_map.metro_lines), "metro")


def road_features(roads: tuple[RoadLine, ...]) -> list[dict[str, Any]]:
    """One GeoJSON feature per drawn road class, least class first: lines merged, simplified, 5 decimals.

    Thousands of features make a slow map; five features of many lines do not.
    """
    lines_of: dict[str, list[LineString]] = defaultdict(list)
    for road in roads:
        if len(road.points) > 1:
            lines_of[style.road_class(road.highway_class)].append(LineString(road.points))
    features = []
    for road_style in style.ROAD_STYLES:
        if lines_of[road_style.id]:
            merged = shapely.line_merge(shapely.MultiLineString(lines_of[road_style.id]))
            features.append(_feature(merged, {"color": road_style.colour, "weight": road_style.weight, "fill": False}))
    return features


def metro_features(lines: tuple[MetroLine, ...]) -> list[dict[str, Any]]:
    """One GeoJSON feature per course, in the order given."""
    look = {"color": style.METRO, "weight": style.METRO_WEIGHT, "fill": False, "opacity": 0.8}
    return [_feature(LineString(one.points), look) for one in lines if len(one.points) > 1]


def area_tints(areas: tuple[SubdistrictArea, ...]) -> list[str]:
    """A pale tint for each area, no two neighbours alike while the tints last."""
    chosen: list[int] = []
    for index, area in enumerate(areas):
        taken = {chosen[other] for other in range(index) if area.geometry.intersects(areas[other].geometry)}
        free = [tint for tint in range(len(style.AREA_TINTS)) if tint not in taken]
        chosen.append(free[0] if free else index % len(style.AREA_TINTS))
    return [style.AREA_TINTS[tint] for tint in chosen]


def _feature(geometry: BaseGeometry, look: dict[str, Any]) -> dict[str, Any]:
    # many lines one by one: together each would be held against all others, which takes the square of their number
    lines = isinstance(geometry, MultiLineString)
    fewer = shapely.simplify(shapely.get_parts(geometry) if lines else geometry, SIMPLIFY_DEGREES)
    simplified = mapping(MultiLineString(fewer.tolist()) if lines else fewer)
    return {"type": "Feature", "properties": {"look": look},
            "geometry": {"type": simplified["type"], "coordinates": _rounded(simplified["coordinates"])}}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, style.DECIMALS)
    return [_rounded(part) for part in coordinates]


def _look(feature: dict[str, Any]) -> dict[str, Any]:
    look: dict[str, Any] = feature["properties"]["look"]
    return look


def _add_layer(folium_map: folium.Map, features: list[dict[str, Any]], pane: str) -> None:
    """One GeoJson layer; features are numbered, because folium picks a feature's style by its id."""
    if features:
        numbered = [{**feature, "id": str(number)} for number, feature in enumerate(features)]
        folium.GeoJson({"type": "FeatureCollection", "features": numbered}, style_function=_look, smooth_factor=1,
                       pane=pane, interactive=False, control=False).add_to(folium_map)
