"""The ground of a printed map: where a place lies on the paper, and the land, water, borders, roads and metro below."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps import style
from maps.base_map import BaseMap, area_tints
from maps.cells import METRES_PER_DEGREE
from maps.map_page import district_bounds
from maps.svg import circle, filled, path, points_path, stroke
from planner.facts.district import District, Place

Point = tuple[float, float]

_MARGIN_MM: Final = 3.0
_SIMPLIFY_MM: Final = 0.08
_FINE_MM: Final = 120.0
"""Maps at least this wide show every street, smaller ones the main roads."""
_BAR_METRES: Final = (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)
_ROAD_MM: Final = {"local": 0.12, "tertiary": 0.22, "secondary": 0.34, "primary": 0.5, "motorway": 0.6}
_CORNERS: Final = {"square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
                   "diamond": ((0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0))}


def courses_of(base_map: BaseMap) -> dict[str, shapely.Geometry]:
    """The roads of every drawn class that has any, joined into long courses, (lon, lat)."""
    lines: dict[str, list[shapely.LineString]] = defaultdict(list)
    for road in base_map.roads:
        if len(road.points) > 1:
            lines[style.road_class(road.highway_class)].append(shapely.LineString(road.points))
    return {road_class: shapely.line_merge(shapely.MultiLineString(own)) for road_class, own in lines.items()}


class PictureGround:
    """A district fitted into ``width_mm`` x ``height_mm``, north up; ``roads`` are those of ``courses_of``."""

    def __init__(self, district: District, base_map: BaseMap, roads: Mapping[str, shapely.Geometry], width_mm: float,
                 height_mm: float) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        self._base_map, self._roads = base_map, roads
        west, south, east, north = base_map.bounds() or district_bounds(district)
        self._origin = (west + east) / 2, (south + north) / 2
        self._degree = np.array((METRES_PER_DEGREE * math.cos(math.radians(self._origin[1])), METRES_PER_DEGREE))
        room = np.array((width_mm - 2 * _MARGIN_MM, height_mm - 2 * _MARGIN_MM))
        size = np.array((east - west, north - south)) * self._degree
        self.metres_per_mm = max(1.0, float((size / room).max()))

    def at(self, place: Place) -> Point:
        """A place on the paper, millimetres from the top left corner."""
        x, y = self._paper(np.array([(place.lon, place.lat)]))[0].tolist()
        return x, y

    def _paper(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = (points - self._origin) * self._degree / self.metres_per_mm
        return moved * (1, -1) + (self.width_mm / 2, self.height_mm / 2)

    def shape(self, shape: Any) -> Any:
        """A shape in (lon, lat) on the paper, cut to its edge."""
        moved = shapely.transform(shape, self._paper)
        return shapely.clip_by_rect(shapely.simplify(moved, _SIMPLIFY_MM), 0, 0, self.width_mm, self.height_mm)

    def land(self) -> list[str]:
        """Sub-districts in pale tints, and water."""
        areas = self._base_map.subdistricts
        shapes = [filled(path(self.shape(area.geometry)), tint) for area, tint in zip(areas, area_tints(areas), strict=True)]
        if self._base_map.outline is not None and not areas:
            shapes.append(filled(path(self.shape(self._base_map.outline)), style.AREA_TINTS[0]))
        if self._base_map.water is not None:
            shapes.append(filled(path(self.shape(shapely.make_valid(self._base_map.water))), style.WATER))
        return shapes

    def roads(self) -> list[str]:
        """Roads, the least first; local streets on large maps only."""
        return [stroke(path(self.shape(self._roads[one.id])), one.colour, _ROAD_MM[one.id]) for one in style.ROAD_STYLES
                if one.id in self._roads and not (one.id == "local" and self.width_mm < _FINE_MM)]

    def metro(self) -> list[str]:
        """Metro lines, and their stations as rings."""
        lines = [shapely.LineString(one.points) for one in self._base_map.metro_lines if len(one.points) > 1]
        at = [self.at(Place(one.lon, one.lat)) for one in self._base_map.stations]
        rings = [circle(x, y, 0.55, "#ffffff", style.METRO, 0.3) for x, y in at if 0 <= x <= self.width_mm and 0 <= y <= self.height_mm]
        return [stroke(path(self.shape(one)), style.METRO, 0.6, opacity=0.8) for one in lines] + rings

    def borders(self) -> list[str]:
        """Borders of the sub-districts and of the district."""
        shapes = []
        if self._base_map.subdistricts:
            inner = shapely.union_all(shapely.boundary([area.geometry for area in self._base_map.subdistricts]))
            shapes.append(stroke(path(self.shape(inner)), style.AREA_EDGE, 0.22, dash="1.2 0.8"))
        if self._base_map.outline is not None:
            shapes.append(stroke(path(self.shape(shapely.boundary(self._base_map.outline))), style.OUTLINE, 0.45))
        return shapes

    def names(self, district: District) -> list[tuple[str, float, float]]:
        """Sub-district names and where to write them."""
        if self._base_map.subdistricts:
            middles = [(area.name, area.geometry.representative_point()) for area in self._base_map.subdistricts]
            places = [(name, Place(point.x, point.y)) for name, point in middles]
        else:
            places = [(one.name, one.centre) for one in district.subdistricts]
        return [(name, *self.at(place)) for name, place in places]

    def bar(self) -> dict[str, float]:
        """The scale bar: metres, and millimetres on the paper; at most a quarter of the map's width."""
        metres = max((one for one in _BAR_METRES if one / self.metres_per_mm <= self.width_mm / 4), default=_BAR_METRES[0])
        return {"metres": metres, "mm": round(metres / self.metres_per_mm, 2)}


def mark(shape: str, at: Point, radius_mm: float, colour: str, *, hollow: bool = False) -> str:
    """A point of a map: a circle, square or diamond; hollow where the position is an estimate."""
    inside, edge = ("#ffffff", colour) if hollow else (colour, "#ffffff")
    if shape == "circle":
        return circle(*at, radius_mm, inside, edge, 0.14)
    corners: Sequence[Point] = [(at[0] + x * radius_mm, at[1] + y * radius_mm) for x, y in _CORNERS[shape]]
    return filled(points_path(corners, closed=True), inside, edge, 0.14)


def line(points: Sequence[Point], colour: str, width_mm: float, opacity: float) -> str:
    """A straight or broken line on the paper."""
    return stroke(points_path(points, closed=False), colour, width_mm, opacity=opacity)
