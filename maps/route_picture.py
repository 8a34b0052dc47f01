"""The drawn map of one visit day: roads around the route, the way, the stops; as SVG and label positions.

All text is left to the caller, which sets it in its own font; the SVG holds shapes only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.style import road_class
from maps.svg import UNITS_PER_MM, document, lines_of, path, stroke
from planner.facts.district import Place

if TYPE_CHECKING:
    from maps.base_map import BaseMap  # it draws with folium, which paper does not need

LonLat = tuple[float, float]
Point = tuple[float, float]

_METRES_PER_DEGREE: Final = 111_320.0
_SCALES: Final = (4000, 5000, 6000, 7500, 10000, 12500, 15000, 17500, 20000, 25000, 30000, 35000, 40000, 50000, 60000,
                  75000, 100000, 125000, 150000, 200000, 300000, 400000, 500000, 750000, 1000000, 2000000, 5000000)
_BAR_METRES: Final = (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)
_MARGIN_MM: Final = 11.0
_MARKER_GAP_MM: Final = 6.4
_NAME_MM_PER_CHARACTER: Final = 2.35
_MAX_NAMES: Final = 16
_ROUTE_COLOUR: Final = "#b0171f"


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of the day as (lon, lat); ``is_straight`` when only its ends are known."""

    points: tuple[LonLat, ...]
    is_straight: bool
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """A numbered disc, or the square of the office (number 0); millimetres from the top left corner."""

    number: int
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class RoadName:
    """A street name, centred here and turned clockwise by ``angle_degrees``."""

    name: str
    x_mm: float
    y_mm: float
    angle_degrees: float


@dataclass(frozen=True, slots=True)
class RoutePicture:
    """A map of ``width_mm`` x ``height_mm`` at 1 : ``scale``; ``bar_metres`` is the length of its scale bar."""

    width_mm: float
    height_mm: float
    scale: int
    bar_metres: int
    has_straight_legs: bool
    svg: str
    markers: tuple[Marker, ...]
    names: tuple[RoadName, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Stroke:
    """How a class of roads is drawn: the outline below and the fill above, widths in millimetres."""

    outline: str
    outline_mm: float
    fill: str
    fill_mm: float


_MAJOR: Final = _Stroke("#a9a397", 1.35, "#f4ecd8", 1.0)
_MIDDLE: Final = _Stroke("#b4b4b4", 1.0, "#ffffff", 0.72)
_MINOR: Final = _Stroke("#d2d2d2", 0.34, "#d2d2d2", 0.34)
_BANDS: Final = (_MINOR, _MIDDLE, _MAJOR)
_BAND_OF_CLASS: Final = {"motorway": 2, "primary": 2, "secondary": 1, "tertiary": 1, "local": 0}


class RoutePainter:
    """Draws routes over the roads, water and borders of one district, prepared once.

    The map's metres are true near ``origin`` (lon, lat), a place of the district; ``base_map`` may be None.
    """

    def __init__(self, base_map: BaseMap | None, origin: LonLat) -> None:
        self._origin = origin
        courses: dict[tuple[int, str], list[shapely.LineString]] = {}
        for road in base_map.roads if base_map else ():
            if len(road.points) > 1:
                key = _BAND_OF_CLASS[road_class(road.highway_class)], road.name
                courses.setdefault(key, []).append(shapely.LineString(self._metres(road.points)))
        # pieces of one road joined at its junctions: a fifth of the lines to clip and write for every sheet
        joined = [(band, name, line) for (band, name), pieces in courses.items()
                  for line in lines_of(shapely.line_merge(shapely.MultiLineString(pieces)))]
        self._road_bands = [band for band, _, _ in joined]
        self._road_names = [name for _, name, _ in joined]
        self._roads = np.array([line for _, _, line in joined], dtype=object)
        self._tree = shapely.STRtree(self._roads)
        water = [base_map.water] if base_map and base_map.water is not None else []
        self._water = [shapely.make_valid(shapely.transform(area, self._metres)) for area in water]
        areas = [area.geometry for area in base_map.subdistricts] if base_map else []
        self._borders = shapely.transform(shapely.union_all(shapely.boundary(areas)), self._metres)

    def paint(self, office: Place, stops: Sequence[Place], legs: Sequence[Leg], width_mm: float,
              height_mm: float) -> RoutePicture:
        """The map of a day: from ``office`` along ``legs`` to ``stops`` (numbered from 1) and back."""
        places = self._metres([(place.lon, place.lat) for place in (office, *stops)])
        ways = [self._metres(leg.points) for leg in legs]
        view = _View.around(np.vstack([places, *ways]), width_mm, height_mm)
        spots = [view.on_paper(x, y) for x, y in places.tolist()]
        discs = _apart(spots, width_mm, height_mm)
        roads = self._roads_in(view)
        route = [view.paper_line(way) for way in ways]
        shapes = [*self._background(view), *_road_shapes(roads)]
        below = sorted(zip(route, legs, strict=True), key=lambda one: not one[1].is_return)
        shapes += [_route_shape(line, leg) for line, leg in below]
        shapes += [_arrow(line) for line, leg in zip(route, legs, strict=True) if not leg.is_return]
        shapes += [_leader(spot, disc) for spot, disc in zip(spots, discs, strict=True) if math.dist(spot, disc) > 0.4]
        return RoutePicture(
            width_mm, height_mm, view.scale, view.bar_metres(), any(leg.is_straight for leg in legs),
            document(width_mm, height_mm, shapes),
            tuple(Marker(number, round(x, 2), round(y, 2)) for number, (x, y) in enumerate(discs)),
            _place_names(self._names_of(roads), discs, width_mm, height_mm),
        )

    def _metres(self, points: Sequence[LonLat] | NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = self._origin
        scale = (_METRES_PER_DEGREE * math.cos(math.radians(lat)), _METRES_PER_DEGREE)
        return (np.asarray(points, dtype=np.float64).reshape(-1, 2) - (lon, lat)) * scale

    def _roads_in(self, view: _View) -> list[tuple[int, str, shapely.Geometry]]:
        """Roads of the view on paper, as (band, name, line), in the order they were given."""
        found = np.sort(self._tree.query(view.box))
        pieces = shapely.clip_by_rect(view.paper(self._roads[found]), -2, -2, view.width_mm + 2, view.height_mm + 2)
        pieces = shapely.simplify(pieces, 0.06, preserve_topology=False)
        return [(self._road_bands[index], self._road_names[index], piece)
                for index, piece in zip(found.tolist(), pieces, strict=True) if not piece.is_empty]

    def _background(self, view: _View) -> list[str]:
        frame = (-2, -2, view.width_mm + 2, view.height_mm + 2)
        shapes = []
        for area in self._water:
            water = path(shapely.clip_by_rect(view.paper(area), *frame))
            shapes += [f'<path d="{water}" fill="#e2ecf2" fill-rule="evenodd"/>'] if water else []
        borders = path(shapely.clip_by_rect(view.paper(self._borders), *frame))
        shapes += [stroke(borders, "#8f8f8f", 0.22, dash="1.8 0.8 0.3 0.8")] if borders else []
        return shapes

    @staticmethod
    def _names_of(roads: Sequence[tuple[int, str, shapely.Geometry]]) -> list[tuple[str, shapely.LineString]]:
        """The longest course of every named road of the view; main roads first, then long ones."""
        pieces: dict[str, list[shapely.Geometry]] = {}
        band_of: dict[str, int] = {}
        for band, name, piece in roads:
            if name:
                pieces.setdefault(name, []).extend(lines_of(piece))
                band_of[name] = max(band, band_of.get(name, 0))
        longest = {
            name: max(lines_of(shapely.line_merge(shapely.union_all(parts))), key=lambda line: line.length)
            for name, parts in pieces.items() if parts
        }
        order = sorted(longest, key=lambda name: (-band_of[name], -round(longest[name].length, 3), name))
        return [(name, longest[name]) for name in order]


@dataclass(frozen=True, slots=True)
class _View:
    """The part of the world on the paper: its left and top edge in metres, and the scale."""

    left: float
    top: float
    scale: int
    width_mm: float
    height_mm: float

    @classmethod
    def around(cls, points: NDArray[np.float64], width_mm: float, height_mm: float) -> _View:
        """The view that holds ``points`` with a margin, at a round scale."""
        low, high = points.min(axis=0), points.max(axis=0)
        room = np.array([width_mm - 2 * _MARGIN_MM, height_mm - 2 * _MARGIN_MM])
        needed = float(((high - low) / room).max()) * 1000
        scale = next((one for one in _SCALES if one >= needed), math.ceil(needed))
        middle = (low + high) / 2
        metres_per_mm = scale / 1000
        return cls(float(middle[0]) - width_mm / 2 * metres_per_mm, float(middle[1]) + height_mm / 2 * metres_per_mm,
                   scale, width_mm, height_mm)

    @property
    def box(self) -> shapely.Polygon:
        """The view in metres."""
        metres_per_mm = self.scale / 1000
        return shapely.box(self.left, self.top - self.height_mm * metres_per_mm,
                           self.left + self.width_mm * metres_per_mm, self.top)

    def on_paper(self, x: float, y: float) -> Point:
        """A point in metres as millimetres from the top left corner."""
        return (x - self.left) * 1000 / self.scale, (self.top - y) * 1000 / self.scale

    def paper(self, shapes: Any) -> Any:
        """One shape or an array of shapes in metres, in millimetres from the top left corner."""
        def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return (points - (self.left, self.top)) * (1000 / self.scale, -1000 / self.scale)

        return shapely.transform(shapes, move)

    def paper_line(self, points: NDArray[np.float64]) -> shapely.LineString:
        """A course in metres as a line on paper."""
        line: shapely.LineString = self.paper(shapely.LineString(points))
        return line

    def bar_metres(self) -> int:
        """The longest round length that takes at most 32 mm."""
        return max((one for one in _BAR_METRES if one * 1000 / self.scale <= 32), default=_BAR_METRES[0])


def _apart(spots: Sequence[Point], width_mm: float, height_mm: float) -> list[Point]:
    """Move discs that would cover each other apart, inside the frame; the first (the office) counts as one."""
    discs = [list(spot) for spot in spots]
    edge = _MARKER_GAP_MM / 2 + 0.6
    for _ in range(80):
        moved = False
        for first in range(len(discs)):
            for second in range(first + 1, len(discs)):
                moved |= _push(discs[first], discs[second], first + second)
        for disc in discs:
            disc[0] = min(max(disc[0], edge), width_mm - edge)
            disc[1] = min(max(disc[1], edge), height_mm - edge)
        if not moved:
            break
    return [(x, y) for x, y in discs]


def _push(first: list[float], second: list[float], turn: int) -> bool:
    """Push two discs apart to their gap; coincident ones along a direction that ``turn`` chooses."""
    across, down = second[0] - first[0], second[1] - first[1]
    distance = math.hypot(across, down)
    if distance >= _MARKER_GAP_MM - 0.01:
        return False
    if distance < 0.01:
        across, down, distance = math.cos(2.4 * turn), math.sin(2.4 * turn), 1.0
        step = _MARKER_GAP_MM / 2
    else:
        step = (_MARKER_GAP_MM - distance) / 2
    first[0], first[1] = first[0] - across / distance * step, first[1] - down / distance * step
    second[0], second[1] = second[0] + across / distance * step, second[1] + down / distance * step
    return True


def _place_names(courses: Sequence[tuple[str, shapely.LineString]], discs: Sequence[Point], width_mm: float,
                 height_mm: float) -> tuple[RoadName, ...]:
    """Street names along their courses where they touch neither a disc, nor each other, nor the map's furniture."""
    taken: list[tuple[float, float, float]] = [(x, y, _MARKER_GAP_MM / 2 + 1.2) for x, y in discs]
    taken += [(width_mm - 6.0, 7.0, 8.0)]
    taken += [(float(x), height_mm - 4.0, 4.0) for x in range(4, 40, 6)]
    placed: list[RoadName] = []
    for name, course in courses:
        if len(placed) == _MAX_NAMES:
            break
        found = _spot_for(name, course, taken, width_mm, height_mm)
        if found is not None:
            label, samples = found
            placed.append(label)
            taken += [(x, y, 2.0) for x, y in samples]
    return tuple(placed)


def _spot_for(name: str, course: shapely.LineString, taken: Sequence[tuple[float, float, float]], width_mm: float,
              height_mm: float) -> tuple[RoadName, list[Point]] | None:
    half = sum(1.0 if ord(character) > 0x2E80 else 0.6 for character in name) * _NAME_MM_PER_CHARACTER / 2 + 0.6
    if course.length < 2 * half:
        return None
    for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
        middle = half + share * (course.length - 2 * half)
        start, end = (course.interpolate(middle + side) for side in (-half, half))
        x, y = (start.x + end.x) / 2, (start.y + end.y) / 2
        if math.dist((start.x, start.y), (end.x, end.y)) < 1.85 * half:
            continue
        samples = [(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
                   for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
        inside = all(2 < a < width_mm - 2 and 2 < b < height_mm - 2 for a, b in samples)
        if inside and all(math.dist((a, b), (c, d)) > radius + 1.2 for a, b in samples for c, d, radius in taken):
            angle = math.degrees(math.atan2(end.y - start.y, end.x - start.x))
            upright = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
            return RoadName(name, round(x, 2), round(y, 2), round(upright, 1)), samples
    return None


def _road_shapes(roads: Sequence[tuple[int, str, shapely.Geometry]]) -> list[str]:
    """All outlines below all fills, minor roads below major ones."""
    path_of = {band: "".join(path(piece) for one, _, piece in roads if one == band) for band in range(len(_BANDS))}
    outlines = [stroke(path_of[band], one.outline, one.outline_mm) for band, one in enumerate(_BANDS) if path_of[band]]
    fills = [stroke(path_of[band], one.fill, one.fill_mm) for band, one in enumerate(_BANDS)
             if path_of[band] and one.fill != one.outline]
    return outlines + fills


def _route_shape(line: shapely.LineString, leg: Leg) -> str:
    way = path(line)
    dash = "2 1.1" if leg.is_straight else "0.9 0.9" if leg.is_return else ""
    return stroke(way, "#ffffff", 1.7) + stroke(way, _ROUTE_COLOUR, 0.55 if leg.is_return else 0.85, dash)


def _arrow(line: shapely.LineString) -> str:
    """A small arrow head half way, where the leg is long enough to show it."""
    if line.length < 14:
        return ""
    before, after = line.interpolate(line.length / 2 - 0.9), line.interpolate(line.length / 2 + 0.9)
    length = math.dist((before.x, before.y), (after.x, after.y)) or 1.0
    across, down = (after.x - before.x) / length, (after.y - before.y) / length
    corners = ((after.x + across * 0.5, after.y + down * 0.5), (before.x - down * 1.25, before.y + across * 1.25),
               (before.x + down * 1.25, before.y - across * 1.25))
    return f'<path d="{path(shapely.Polygon(corners))}" fill="{_ROUTE_COLOUR}"/>'


def _leader(spot: Point, disc: Point) -> str:
    """A thin line from a disc that was moved to where its place truly is."""
    x, y = (round(value * UNITS_PER_MM) for value in spot)
    return (stroke(path(shapely.LineString([spot, disc])), "#333333", 0.2)
            + f'<circle cx="{x}" cy="{y}" r="{round(0.55 * UNITS_PER_MM)}" fill="#333333"/>')
