"""The geography of the demonstration district: synthetic, made from public facts about Yangpu, Shanghai.

Names, centres, areas, populations and committee counts of the 12 sub-districts and the courses of the main roads (to
about 100 m) are facts. The sub-districts' borders, all local streets, one-way streets and the metro are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon

from geodata.geography import Geography
from geodata.streets import (
    CAR,
    FloatArray,
    LocalPlane,
    add_node,
    add_street,
    keep_largest_component,
    new_streets,
    speed_kmh,
)

Random = np.random.Generator

ATTRIBUTION: Final = "演示数据：据公开信息合成，边界、支路与轨道交通为虚构，不得用作实际用途"

ORIGIN: Final = LocalPlane(121.52, 31.30)
"""The plane the district is drawn in, in metres."""

TILE_STEP_DEGREES: Final = (0.10, 0.115)
"""Longitude and latitude from one copy of the district to the next."""


@dataclass(frozen=True, slots=True)
class SubdistrictFacts:
    """What is public about a 街道; population of the 2020 census, committees of 2023."""

    code: str
    name: str
    lon: float
    lat: float
    square_km: float
    population: int
    committees: int


SUBDISTRICTS: Final = (
    SubdistrictFacts("310110001", "定海路街道", 121.5526, 31.2805, 6.20, 89_600, 17),
    SubdistrictFacts("310110006", "平凉路街道", 121.5200, 31.2575, 3.18, 57_800, 15),
    SubdistrictFacts("310110008", "江浦路街道", 121.5121, 31.2700, 2.31, 82_400, 22),
    SubdistrictFacts("310110009", "四平路街道", 121.5018, 31.2819, 2.64, 92_400, 23),
    SubdistrictFacts("310110012", "控江路街道", 121.5198, 31.2826, 2.13, 102_800, 25),
    SubdistrictFacts("310110013", "长白新村街道", 121.5433, 31.2952, 3.04, 73_800, 16),
    SubdistrictFacts("310110015", "延吉新村街道", 121.5306, 31.2866, 1.96, 84_900, 17),
    SubdistrictFacts("310110016", "殷行街道", 121.5370, 31.3287, 9.61, 182_500, 49),
    SubdistrictFacts("310110018", "大桥街道", 121.5340, 31.2670, 4.38, 95_400, 23),
    SubdistrictFacts("310110019", "五角场街道", 121.5017, 31.3011, 7.41, 144_700, 32),
    SubdistrictFacts("310110020", "新江湾城街道", 121.5053, 31.3298, 8.76, 69_400, 19),
    SubdistrictFacts("310110021", "长海路街道", 121.5322, 31.3094, 8.87, 166_900, 43),
)

_RIVER: Final = ((121.503, 31.244), (121.512, 31.249), (121.526, 31.252), (121.539, 31.257), (121.553, 31.268),
                 (121.563, 31.278), (121.5625, 31.300), (121.558, 31.326), (121.547, 31.340), (121.521, 31.351))
"""The middle of the Huangpu, upstream to downstream; the district line runs along it."""

_LAND_SIDE: Final = ((121.502, 31.347), (121.489, 31.333), (121.493, 31.328), (121.491, 31.315), (121.481, 31.315),
                     (121.481, 31.305), (121.486, 31.295), (121.496, 31.296), (121.497, 31.292), (121.491, 31.286),
                     (121.491, 31.278), (121.501, 31.273), (121.512, 31.255))
"""The district line on land, from the north end of the river round the west to its south end."""

_RIVER_HALF_WIDTH_METRES: Final = 220

_COURSES: Final = (
    ("四平路", "primary", ((121.498, 31.276), (121.505, 31.288), (121.514, 31.302))),
    ("黄兴路", "primary", ((121.528, 31.273), (121.521, 31.285), (121.514, 31.302))),
    ("翔殷路", "primary", ((121.514, 31.302), (121.526, 31.306), (121.541, 31.309), (121.552, 31.309))),
    ("邯郸路", "primary", ((121.486, 31.295), (121.499, 31.299), (121.514, 31.302))),
    ("淞沪路", "primary", ((121.514, 31.302), (121.505, 31.314), (121.501, 31.322), (121.503, 31.341))),
    ("逸仙路", "primary", ((121.485, 31.296), (121.482, 31.306), (121.482, 31.314), (121.490, 31.323),
                        (121.490, 31.333), (121.502, 31.346))),
    ("军工路", "primary", ((121.515, 31.347), (121.535, 31.337), (121.542, 31.328), (121.541, 31.302),
                        (121.546, 31.293), (121.552, 31.288), (121.556, 31.281))),
    ("周家嘴路", "primary", ((121.501, 31.264), (121.520, 31.274), (121.537, 31.281), (121.556, 31.290))),
    ("中山北二路", "primary", ((121.491, 31.287), (121.501, 31.289), (121.510, 31.287), (121.520, 31.287))),
    ("大连路", "primary", ((121.498, 31.276), (121.503, 31.267), (121.512, 31.256))),
    ("殷行路", "primary", ((121.491, 31.331), (121.515, 31.3305), (121.541, 31.330))),
    ("宁国路", "primary", ((121.528, 31.273), (121.533, 31.266), (121.537, 31.259))),
    ("控江路", "secondary", ((121.502, 31.274), (121.524, 31.281), (121.546, 31.292))),
    ("长阳路", "secondary", ((121.508, 31.261), (121.533, 31.273), (121.555, 31.285))),
    ("平凉路", "secondary", ((121.512, 31.255), (121.532, 31.265), (121.555, 31.282))),
    ("杨树浦路", "secondary", ((121.513, 31.253), (121.526, 31.255), (121.538, 31.261), (121.556, 31.276))),
    ("政立路", "secondary", ((121.482, 31.310), (121.519, 31.310), (121.526, 31.309))),
    ("三门路", "secondary", ((121.484, 31.3145), (121.512, 31.315), (121.529, 31.315))),
    ("江浦路", "secondary", ((121.510, 31.287), (121.516, 31.273), (121.525, 31.256))),
    ("许昌路", "secondary", ((121.522, 31.255), (121.507, 31.276))),
    ("国权北路", "secondary", ((121.492, 31.310), (121.494, 31.320), (121.495, 31.331), (121.502, 31.343))),
    ("国定路", "secondary", ((121.511, 31.293), (121.504, 31.300), (121.499, 31.310))),
    ("国顺路", "secondary", ((121.497, 31.299), (121.514, 31.293), (121.529, 31.301), (121.541, 31.309))),
    ("国和路", "secondary", ((121.517, 31.303), (121.517, 31.318), (121.524, 31.327), (121.524, 31.336))),
    ("市光路", "secondary", ((121.517, 31.318), (121.527, 31.323), (121.542, 31.324))),
    ("中原路", "secondary", ((121.528, 31.306), (121.528, 31.330), (121.529, 31.340))),
    ("包头路", "secondary", ((121.536, 31.300), (121.534, 31.310), (121.534, 31.338))),
    ("闸殷路", "secondary", ((121.522, 31.327), (121.526, 31.337), (121.522, 31.344))),
    ("嫩江路", "secondary", ((121.517, 31.318), (121.541, 31.318))),
    ("民星路", "secondary", ((121.528, 31.313), (121.551, 31.313))),
    ("松花江路", "secondary", ((121.520, 31.288), (121.541, 31.302))),
    ("营口路", "secondary", ((121.531, 31.284), (121.528, 31.306))),
    ("双阳路", "secondary", ((121.532, 31.278), (121.522, 31.290))),
    ("延吉路", "secondary", ((121.519, 31.282), (121.531, 31.287), (121.543, 31.297))),
    ("隆昌路", "secondary", ((121.546, 31.269), (121.534, 31.284))),
    ("内江路", "secondary", ((121.552, 31.273), (121.544, 31.281), (121.538, 31.289))),
    ("政和路", "secondary", ((121.509, 31.310), (121.509, 31.328), (121.513, 31.343))),
    ("国权路", "tertiary", ((121.514, 31.291), (121.499, 31.298))),
    ("兰州路", "tertiary", ((121.531, 31.257), (121.521, 31.274))),
    ("抚顺路", "tertiary", ((121.503, 31.279), (121.516, 31.285))),
    ("本溪路", "tertiary", ((121.506, 31.276), (121.521, 31.281))),
    ("开鲁路", "tertiary", ((121.522, 31.327), (121.541, 31.327))),
    ("世界路", "tertiary", ((121.521, 31.314), (121.522, 31.327))),
    ("安波路", "tertiary", ((121.516, 31.302), (121.535, 31.308))),
    ("水丰路", "tertiary", ((121.541, 31.282), (121.532, 31.292))),
    ("河间路", "tertiary", ((121.531, 31.268), (121.552, 31.281))),
    ("国伟路", "tertiary", ((121.504, 31.335), (121.534, 31.334))),
)
"""Main roads: name, class, course in (lon, lat)."""

_SPLIT: Final = ((121.470, 31.292), (121.486, 31.295), (121.499, 31.299), (121.514, 31.302), (121.526, 31.306),
                 (121.541, 31.309), (121.575, 31.309))
"""邯郸路 and 翔殷路: south of it the local grid is parallel to the river, north of it straight."""

_WORKING_DAY_PERCENT: Final = 80
"""Speeds of the demonstration against the usual ones: working-day traffic, crossings, and finding a place to park."""

_SOUTH_TURN_DEGREES, _NORTH_TURN_DEGREES = 30.0, 2.0


@dataclass(frozen=True)
class _Course:
    """A street before it is cut at its crossings; local ones may be one-way along their line."""

    name: str
    highway: str
    line: LineString
    is_one_way: bool = False
    is_grid: bool = False


@dataclass(frozen=True)
class Tile:
    """One copy of the district: column and row in the grid of copies."""

    column: int
    row: int

    @property
    def plane(self) -> LocalPlane:
        """The plane in which this copy has the same metres as the first."""
        east, north = TILE_STEP_DEGREES
        return LocalPlane(ORIGIN.origin_lon + self.column * east, ORIGIN.origin_lat + self.row * north)


def tiles(count: int) -> tuple[Tile, ...]:
    """Lay ``count`` copies of the district in a square, row by row."""
    width = int(np.ceil(np.sqrt(count)))
    return tuple(Tile(index % width, index // width) for index in range(count))


@dataclass(frozen=True)
class DistrictShape:
    """Outline, water and sub-district polygons, in metres of ``ORIGIN``; polygons stand in the order of the facts."""

    outline: Polygon
    water: Polygon
    subdistricts: tuple[Polygon, ...]


def district_shape() -> DistrictShape:
    """Draw the district and divide it among the sub-districts' centres, by area."""
    subdistricts = _partition(Polygon(_metres((*_RIVER[1:], *_LAND_SIDE))))
    water = LineString(_metres(_RIVER)).buffer(_RIVER_HALF_WIDTH_METRES, join_style="round", quad_segs=3)
    return DistrictShape(shapely.union_all(subdistricts), water, subdistricts)


def demo_streets(shape: DistrictShape, random: Random) -> nx.MultiDiGraph:
    """Make the road graph: main courses, a local grid in two directions, compound roads; strongly connected."""
    main = [_Course(name, highway, LineString(_metres(points))) for name, highway, points in _COURSES]
    local = _local_courses(shape, random)
    blocks = shapely.polygonize(_noded(main + local)).geoms
    compounds = [course for block in blocks for course in _compound_courses(block, random)]
    courses = main + local + compounds
    pieces = _noded(courses)
    owners = _owners(pieces, courses)
    kept = _thinned(pieces, owners, courses, shapely.union_all([course.line for course in main]), random)
    return _graph(pieces[kept], [courses[owner] for owner in owners[kept]])


def demo_geography(shape: DistrictShape, streets: nx.MultiDiGraph, layout: Sequence[Tile]) -> Geography:
    """Put copies of the district side by side, their streets joined by trunk roads."""
    alone = len(layout) == 1
    subdistricts, water, outlines = [], [], []
    for number, tile in enumerate(layout, start=1):
        prefix, suffix = tile_marks(number, alone=alone)
        for facts, polygon in zip(SUBDISTRICTS, shape.subdistricts, strict=True):
            subdistricts.append((prefix + facts.code, facts.name + suffix, _to_degrees(polygon, tile)))
        water.append(_to_degrees(shape.water, tile))
        outlines.append(_to_degrees(shape.outline, tile))
    outline = outlines[0] if alone else MultiPolygon(outlines)
    joined = streets if alone else _joined_copies(streets, layout)
    return Geography(joined, tuple(subdistricts), tuple(water), outline, ATTRIBUTION)


def tile_marks(number: int, *, alone: bool) -> tuple[str, str]:
    """Give the prefix of ids and the suffix of names in copy ``number``; both are empty when it stands alone."""
    return ("", "") if alone else (f"T{number:02d}-", f"（{number}）")


def _metres(points: Sequence[tuple[float, float]]) -> FloatArray:
    return np.round(ORIGIN.to_metres(np.array(points)))


def _to_degrees(polygon: Polygon, tile: Tile) -> Polygon:
    return shapely.transform(polygon, lambda metres: np.round(tile.plane.to_lonlat(metres), 6))


def _partition(outline: Polygon) -> tuple[Polygon, ...]:
    """Divide the outline without gaps: a power diagram of the centres, weighted until the areas are right."""
    centres = ORIGIN.to_metres(np.array([(one.lon, one.lat) for one in SUBDISTRICTS]))
    wanted = np.array([one.square_km for one in SUBDISTRICTS])
    weights = _area_weights(outline, centres, wanted / wanted.sum())
    cells = []
    for own, centre in enumerate(centres):
        cell = outline
        for other, rival in enumerate(centres):
            if other != own:
                cell = cell.intersection(_half_plane(centre, rival, weights[own] - weights[other]))
        cells.append(cell)
    lines = shapely.union_all([cell.boundary for cell in cells], grid_size=1.0)
    faces = [face for face in shapely.polygonize([lines]).geoms if outline.contains(face.representative_point())]
    owner = [int(np.argmax([cell.intersection(face).area for cell in cells])) for face in faces]
    return tuple(shapely.union_all([face for face, who in zip(faces, owner, strict=True) if who == own])
                 for own in range(len(centres)))


def _area_weights(outline: Polygon, centres: FloatArray, shares: FloatArray) -> FloatArray:
    """Find the weights (square metres) that give every centre about its share of the outline's area."""
    west, south, east, north = outline.bounds
    x, y = np.meshgrid(np.arange(west, east, 80), np.arange(south, north, 80))
    inside = shapely.contains_xy(outline, x.ravel(), y.ravel())
    points = np.column_stack((x.ravel(), y.ravel()))[inside]
    distances = ((points[:, None, :] - centres) ** 2).sum(axis=2)
    weights = np.zeros(len(centres))
    for _ in range(200):
        got = np.bincount(np.argmin(distances - weights, axis=1), minlength=len(centres)) / len(points)
        weights += (shares - got) * outline.area * 0.2
    return weights


def _half_plane(centre: FloatArray, rival: FloatArray, advantage: float) -> Polygon:
    """Cut off the side of ``centre``: a square of 60 km on the line where the powers of both are equal."""
    towards = rival - centre
    distance = float(np.hypot(*towards))
    along = towards / distance
    across = np.array([-along[1], along[0]])
    edge = centre + along * (distance / 2 + advantage / (2 * distance))
    far = 60_000.0
    return Polygon([edge + across * far, edge - across * far, edge - (across + along) * far,
                    edge + (across - along) * far])


def _local_courses(shape: DistrictShape, random: Random) -> list[_Course]:
    """Draw two families of local streets south and two north of the split, 150 to 250 m apart."""
    land = shape.outline.difference(shape.water.buffer(60)).buffer(-30)
    split = _metres(_SPLIT)
    south = Polygon(np.vstack((split, [(12_000, -12_000), (-12_000, -12_000)])))
    courses = []
    turns = (_SOUTH_TURN_DEGREES, _SOUTH_TURN_DEGREES + 90, _NORTH_TURN_DEGREES, _NORTH_TURN_DEGREES + 90)
    for family, turn in enumerate(turns, start=1):
        zone = land.intersection(south) if family <= 2 else land.difference(south)
        courses.extend(_family(family, turn, zone.buffer(30), random))
    return courses


def _family(family: int, turn_degrees: float, zone: Polygon, random: Random) -> list[_Course]:
    """Draw wavering parallel streets through a zone; every third is a tertiary road, many are one-way."""
    angle = np.radians(turn_degrees)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    courses = []
    offset, number, reach = -9_000.0, 0, np.arange(-9_000, 9_001, 450)
    while offset < 9_000:
        offset += float(random.uniform(150, 250))
        number += 1
        waver = random.normal(0, 12, len(reach))
        is_one_way, is_named = random.random() < 0.3, random.random() < 0.7
        line = LineString(reach[:, None] * along + (offset + waver)[:, None] * across)
        line = line if number % 2 else line.reverse()
        name = f"支路{family}-{number}" if is_named else ""
        highway = "tertiary" if number % 3 == 0 else "residential"
        parts = shapely.get_parts(line.intersection(zone))
        courses += [_Course(name, highway, part, is_one_way and highway == "residential", is_grid=True)
                    for part in parts if part.length > 150]
    return courses


def _compound_courses(block: Polygon, random: Random) -> list[_Course]:
    """Draw the inner road of a block: in from one side, past the middle, out at another."""
    draws = random.random(4)
    if not 8_000 < block.area < 150_000 or draws[0] < 0.1:
        return []
    middle = np.array(block.representative_point().coords[0])
    start = draws[1]
    sides = [start, (start + 0.5) % 1] if draws[2] < 0.75 else [start]
    if draws[3] < 0.35:
        sides.append((start + 0.25) % 1)
    ring = block.exterior
    courses = []
    for side in sides:
        door = np.array(ring.interpolate(side, normalized=True).coords[0])
        beyond = door + (door - middle) / np.hypot(*(door - middle)) * 3
        path = LineString([middle, beyond])
        if path.intersection(block).length > path.length - 8:
            courses.append(_Course("", "service", path))
    return courses


def _noded(courses: Sequence[_Course]) -> NDArray[np.object_]:
    """Cut all courses at their crossings; coordinates are whole metres; the order is fixed."""
    pieces = shapely.get_parts(shapely.union_all([course.line for course in courses], grid_size=1.0))
    pieces = shapely.normalize(pieces)
    return pieces[np.argsort(shapely.to_wkb(pieces, byte_order=1))]


def _owners(pieces: NDArray[np.object_], courses: Sequence[_Course]) -> NDArray[np.int64]:
    """Find the course each piece was cut from: the first, hence the most important, of those that run there."""
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree([course.line for course in courses])
    near, candidates = tree.query(middles, predicate="dwithin", distance=1.6)
    owners = tree.query_nearest(middles, all_matches=False)[1].astype(np.int64)
    np.minimum.at(owners, near, candidates)
    return owners


def _thinned(pieces: NDArray[np.object_], owners: NDArray[np.int64], courses: Sequence[_Course],
             main_roads: LineString, random: Random) -> NDArray[np.bool_]:
    """Choose the pieces that stay: no local street close beside a main road, some missing, no short dead ends."""
    is_grid = np.array([courses[owner].is_grid for owner in owners])
    shapely.prepare(main_roads)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    length = shapely.length(pieces)
    beside = is_grid & (length > 60) & shapely.dwithin(middles, main_roads, 45)
    missing = is_grid & (random.random(len(pieces)) < 0.08)
    kept = ~(beside | missing)
    ends = np.stack((shapely.get_coordinates(shapely.get_point(pieces, 0)),
                     shapely.get_coordinates(shapely.get_point(pieces, -1))), axis=1)
    _, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    node = node.reshape(-1, 2)
    for _ in range(3):
        degree = np.bincount(node[kept].ravel(), minlength=node.max() + 1)
        kept &= ~((degree[node].min(axis=1) <= 1) & (length < 60))
    return kept


def _graph(pieces: NDArray[np.object_], courses: Sequence[_Course]) -> nx.MultiDiGraph:
    """Make the road graph of the pieces; nodes are numbered from the south-west."""
    ends = [(line.coords[0], line.coords[-1]) for line in pieces]
    junctions = sorted({point for pair in ends for point in pair})
    numbers = {point: number for number, point in enumerate(junctions, start=1)}
    streets = new_streets()
    for number, (lon, lat) in enumerate(_degrees(np.array(junctions)).tolist(), start=1):
        add_node(streets, number, lon, lat)
    degrees = shapely.transform(pieces, _degrees)
    for line, drawn, (first, last), course in zip(pieces, degrees, ends, courses, strict=True):
        if first == last:
            continue
        points, start, end = tuple(drawn.coords), numbers[first], numbers[last]
        if course.is_one_way and course.line.project(shapely.Point(first)) > course.line.project(shapely.Point(last)):
            points, start, end = points[::-1], end, start
        add_street(streets, start, end, name=course.name, highway=course.highway,
                   length_metres=max(1, round(line.length)), geometry=points, both_ways=not course.is_one_way,
                   car_kmh=speed_kmh(CAR, course.highway) * _WORKING_DAY_PERCENT / 100)
    keep_largest_component(streets)
    return streets


def _degrees(metres: FloatArray) -> FloatArray:
    return np.round(ORIGIN.to_lonlat(metres), 6)


def _joined_copies(streets: nx.MultiDiGraph, layout: Sequence[Tile]) -> nx.MultiDiGraph:
    """Copy the streets into every tile and join neighbouring tiles by a trunk road each way."""
    nodes = sorted(streets)
    step = max(nodes)
    lonlat = np.array([(streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in nodes])
    metres = ORIGIN.to_metres(lonlat)
    outermost = [nodes[int(index)] for index in (*metres.argmin(axis=0), *metres.argmax(axis=0))]
    west, south, east, north = outermost
    joined = new_streets()
    for number, tile in enumerate(layout):
        _add_copy(joined, streets, tile, number * step)
    number_of = {tile: number for number, tile in enumerate(layout)}
    for tile, number in number_of.items():
        for neighbour, own, other in ((Tile(tile.column + 1, tile.row), east, west),
                                      (Tile(tile.column, tile.row + 1), north, south)):
            if neighbour in number_of:
                _add_trunk_road(joined, number * step + own, number_of[neighbour] * step + other)
    return joined


def _add_copy(joined: nx.MultiDiGraph, streets: nx.MultiDiGraph, tile: Tile, offset: int) -> None:
    """Add the streets once more, moved to a tile; lengths and times stay."""
    edges = list(streets.edges(data=True))
    nodes = sorted(streets)
    points = [(streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in nodes]
    for _, _, edge in edges:
        points.extend(edge["geometry"])
    moved = np.round(tile.plane.to_lonlat(ORIGIN.to_metres(np.array(points))), 6).tolist()
    for node, (lon, lat) in zip(nodes, moved, strict=False):
        add_node(joined, node + offset, lon, lat)
    start = len(nodes)
    for first, last, edge in edges:
        end = start + len(edge["geometry"])
        joined.add_edge(first + offset, last + offset, **{**edge, "geometry": tuple(map(tuple, moved[start:end]))})
        start = end


def _add_trunk_road(joined: nx.MultiDiGraph, first: int, last: int) -> None:
    ends = [(joined.nodes[node]["lon"], joined.nodes[node]["lat"]) for node in (first, last)]
    metres = LocalPlane(*ends[0]).to_metres(np.array(ends))[1]
    add_street(joined, first, last, name="连接路", highway="trunk", length_metres=round(float(np.hypot(*metres))),
               geometry=ends)
