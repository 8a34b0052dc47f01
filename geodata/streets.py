"""The road graph: directed streets with lengths and times, and the joining of places to them.

A road graph is a :class:`networkx.MultiDiGraph`. Its nodes are ints with ``lon`` and ``lat`` in WGS-84 degrees; its
edges run one way and carry ``name`` (may be empty), ``highway`` (OpenStreetMap class), ``length_metres`` and
``travel_milliseconds`` (ints, by car), ``modes`` (who may travel along it, a frozenset; nobody: the road is gated),
``doors`` (whether places may be joined to it) and ``geometry``, a tuple of ``(lon, lat)`` from the first node to the
second. On foot every edge open to walkers is used both ways.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import networkx as nx
import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import shapely

from geodata.roads_parts import BoolArray, Cores, Doors, FloatArray, IntArray, Links, cores_of, links_between
from planner.facts.district import Place

Point = tuple[float, float]

CAR, BICYCLE, FOOT = "car", "bicycle", "foot"

_ELSEWHERE_KMH: Final[Mapping[str, int]] = {CAR: 15, BICYCLE: 12, FOOT: 5}
"""Speed on a class the table does not name."""

SPEED_KMH: Final[Mapping[str, Mapping[str, int]]] = {
    CAR: {
        "motorway": 60, "motorway_link": 35, "trunk": 45, "trunk_link": 30, "primary": 32, "primary_link": 26,
        "secondary": 26, "secondary_link": 22, "tertiary": 22, "tertiary_link": 20, "unclassified": 18,
        "residential": 18, "living_street": 12, "service": 12, "track": 10,
    },
    BICYCLE: {"primary": 14, "secondary": 14, "tertiary": 14, "residential": 13, "service": 10, "living_street": 10},
    FOOT: {},
}
"""Average city speeds, junctions included, in km/h by mode and class. A new mode is a new line here."""

CLOSED_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    CAR: frozenset({"footway", "path", "cycleway", "pedestrian", "steps", "bridleway"}),
    BICYCLE: frozenset({"motorway", "motorway_link", "footway", "steps", "bridleway"}),
    FOOT: frozenset({"motorway", "motorway_link"}),
}
"""Classes a mode may not use, unless the road says otherwise in ``modes``."""

NO_ACCESS_CLASSES: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
"""Elevated roads and motorways: one drives along them, but no door stands on them, so no place is joined to them."""

ACCESS_KMH: Final = 4.5
"""Walking speed between a place and the road node it is joined to, the same at both ends of a trip."""

SNAP_LIMIT_METRES: Final = 500
"""A place farther than this from every road is off the roads: the way to them is a straight line, and is marked."""

_SAME_PLACE_METRES: Final = 1.0
"""A road nearer by less than this is not told as passed over."""

_EARTH_AXIS_METRES: Final = 6_378_137.0
_EARTH_ECCENTRICITY_SQUARED: Final = 0.006_694_379_990_14


class NoRoadError(ValueError):
    """The road graph has no road a place could be joined to."""


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """Metres in the plane that touches the WGS-84 ellipsoid at ``origin``; good to 0.1 % within 30 km of it."""

    origin_lon: float
    origin_lat: float

    @property
    def metres_per_degree(self) -> tuple[float, float]:
        """Metres of one degree of longitude and of latitude at the origin."""
        sine = math.sin(math.radians(self.origin_lat))
        root = math.sqrt(1 - _EARTH_ECCENTRICITY_SQUARED * sine * sine)
        east = _EARTH_AXIS_METRES / root * math.cos(math.radians(self.origin_lat))
        north = _EARTH_AXIS_METRES * (1 - _EARTH_ECCENTRICITY_SQUARED) / root**3
        return math.radians(east), math.radians(north)

    def to_metres(self, lonlat: FloatArray) -> FloatArray:
        """Degrees, shape (n, 2), to metres east and north of the origin, shape (n, 2)."""
        return (np.asarray(lonlat, dtype=np.float64) - (self.origin_lon, self.origin_lat)) * self.metres_per_degree

    def to_lonlat(self, metres: FloatArray) -> FloatArray:
        """Metres east and north of the origin, shape (n, 2), to degrees, shape (n, 2)."""
        return np.asarray(metres, dtype=np.float64) / self.metres_per_degree + (self.origin_lon, self.origin_lat)


@dataclass(frozen=True, slots=True)
class StraightLine:
    """The way where there is no road: ``detour_percent`` of the straight line (140: 40 % longer) at ``kmh``."""

    kmh: float = 20.0
    detour_percent: int = 140

    @classmethod
    def of_mode(cls, mode: str, car_kmh: float, detour_percent: int) -> StraightLine:
        """The straight line of a mode; ``car_kmh`` counts for cars only, others have the speed of an ordinary way."""
        return cls(car_kmh if mode == CAR else speed_kmh(mode, ""), detour_percent)

    def milliseconds(self, metres: FloatArray) -> IntArray:
        """Time of straight lines of so many metres, rounded up to milliseconds."""
        return np.ceil(np.asarray(metres) * (self.detour_percent * 36 / self.kmh)).astype(np.int64)

    def __str__(self) -> str:
        return f"straight-line {self.kmh:g} km/h x {self.detour_percent} %"


@dataclass(frozen=True)
class Snap:
    """Places joined to road nodes; arrays of one entry a place.

    ``node_index`` into ``StreetNetwork.node_ids``; ``metres`` to that node and ``access_milliseconds`` between it and
    the place. ``moved``: a nearer road was passed over, because it is cut off or cannot be left again. ``gated``: a
    nearer road is closed to the public. ``off_road``: no road within ``SNAP_LIMIT_METRES``, so that the access is a
    straight line. ``part`` numbers the parts of the graph between which no road leads. ``position`` is the place in
    metres of the network's plane, shape (n, 2).
    """

    node_index: IntArray
    metres: IntArray
    access_milliseconds: IntArray
    moved: BoolArray
    gated: BoolArray
    off_road: BoolArray
    part: IntArray
    position: FloatArray

    def of(self, which: IntArray) -> Snap:
        """The same of some of the places."""
        return Snap(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def is_estimated(self) -> bool:
        """Whether any time between these places holds a straight line."""
        return bool(self.off_road.any() or len(np.unique(self.part)) > 1)

    @property
    def pairs_without_road(self) -> int:
        """Ordered pairs of places between which no road leads, because they lie on different parts of the graph."""
        counts = np.bincount(self.part)
        return len(self.part) ** 2 - int((counts * counts).sum())


def new_streets() -> nx.MultiDiGraph:
    """Make an empty road graph."""
    return nx.MultiDiGraph()


def add_node(streets: nx.MultiDiGraph, node: int, lon: float, lat: float) -> None:
    """Add a junction."""
    streets.add_node(node, lon=lon, lat=lat)


def add_street(streets: nx.MultiDiGraph, first: int, last: int, *, name: str, highway: str, length_metres: int,
               geometry: Sequence[Point], both_ways: bool = True, car_kmh: float | None = None) -> None:
    """Add a piece of street from ``first`` to ``last``, and back when ``both_ways``, open to the modes of its class.

    ``geometry`` runs from first to last; ``car_kmh`` replaces the speed of the class, e.g. by a known limit.
    """
    edge = street_edge(name=name, highway=highway, length_metres=length_metres, geometry=geometry, car_kmh=car_kmh)
    streets.add_edge(first, last, **edge)
    if both_ways:
        streets.add_edge(last, first, **edge | {"geometry": edge["geometry"][::-1]})


def street_edge(*, name: str, highway: str, length_metres: int, geometry: Iterable[Point], car_kmh: float | None = None,
                modes: frozenset[str] | None = None, doors: bool | None = None) -> dict[str, Any]:
    """Make what an edge of a road graph carries; ``modes`` and ``doors`` are by default those of the class."""
    kmh = car_kmh or speed_kmh(CAR, highway)
    return {
        "name": name, "highway": highway, "length_metres": length_metres,
        "travel_milliseconds": travel_milliseconds(length_metres, kmh), "geometry": tuple(geometry),
        "modes": usual_modes(highway) if modes is None else modes,
        "doors": usual_doors(highway) if doors is None else doors,
    }


def usual_modes(highway: str) -> frozenset[str]:
    """Who may use a class of road."""
    return frozenset(mode for mode, closed in CLOSED_CLASSES.items() if highway not in closed)


def usual_doors(highway: str) -> bool:
    """Whether places may be joined to a class of road."""
    return highway not in NO_ACCESS_CLASSES


def speed_kmh(mode: str, highway: str) -> int:
    """Look up the average speed of a mode on a class of road; raises ValueError for a mode that has no table."""
    if mode not in SPEED_KMH:
        raise ValueError(f"unknown travel mode {mode!r}; known: {', '.join(SPEED_KMH)}")
    return SPEED_KMH[mode].get(highway, _ELSEWHERE_KMH[mode])


def travel_milliseconds(length_metres: int, kmh: float) -> int:
    """Travel time of a piece of road, rounded up; at least 1, because a sparse graph reads 0 as no road."""
    return max(1, math.ceil(length_metres * 3600 / kmh))


def keep_largest_component(streets: nx.MultiDiGraph) -> None:
    """Remove all but the largest part in which every node reaches every other; of equals the one with the smallest node stays."""
    if streets:
        best = max(nx.strongly_connected_components(streets), key=lambda nodes: (len(nodes), -min(nodes)))
        streets.remove_nodes_from([node for node in streets if node not in best])


class StreetNetwork:
    """A road graph compiled for one mode: arrays to run shortest paths on, and an index to join places with.

    The graph may fall into parts between which no road leads. What can be left and come back to of each is its core.
    Every lesser core with doors is joined to the largest by one straight line, ``gaps``, between their nearest doors:
    with one line for each part no way inside a part gets shorter.
    """

    def __init__(self, streets: nx.MultiDiGraph, mode: str = CAR, gaps: StraightLine | None = None) -> None:
        """Compile ``streets``; raises ValueError for an unknown mode."""
        speed_kmh(mode, "")
        self.streets = streets
        self.mode = mode
        self.gaps = gaps or StraightLine()
        self.node_ids: list[int] = sorted(streets)
        self.index_of: dict[int, int] = {node: index for index, node in enumerate(self.node_ids)}
        self.lonlat: FloatArray = np.array(
            [(streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in self.node_ids], dtype=np.float64,
        ).reshape(-1, 2)
        middle = self.lonlat.mean(axis=0) if self.node_ids else (0.0, 0.0)
        self.plane = LocalPlane(float(middle[0]), float(middle[1]))

    @cached_property
    def milliseconds(self) -> scipy.sparse.csr_array:
        """Travel milliseconds of the quickest edge between neighbours, sparse, shape (nodes, nodes)."""
        roads, links = self._roads.tocoo(), self.links
        values = self.gaps.milliseconds(links.metres)
        return _smallest_entries(
            np.concatenate([roads.row, links.first, links.last]), np.concatenate([roads.col, links.last, links.first]),
            np.concatenate([roads.data.astype(np.int64), values, values]), len(self.node_ids))

    @cached_property
    def _roads(self) -> scipy.sparse.csr_array:
        """The same of the roads alone."""
        time_of = edge_time(self.mode)
        rows: list[int] = []
        columns: list[int] = []
        times: list[int] = []
        for first, last, edge in self.streets.edges(data=True):
            if self.mode not in edge["modes"]:
                continue
            ends = [(first, last), (last, first)] if self.mode == FOOT else [(first, last)]
            for start, end in ends:
                rows.append(self.index_of[start])
                columns.append(self.index_of[end])
                times.append(time_of(edge))
        return _smallest_entries(np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64),
                                 np.array(times, dtype=np.int64), len(self.node_ids))

    @cached_property
    def cores(self) -> Cores:
        """The cores of the graph's parts."""
        return cores_of(self._roads)

    @cached_property
    def links(self) -> Links:
        """The straight lines between cores with doors."""
        nodes = np.unique(self._doors.ends[self._doors.core >= 0])
        return links_between(self.cores.core_of, nodes, self.plane.to_metres(self.lonlat))

    @cached_property
    def _doors(self) -> Doors:
        """The road pieces with doors: those open to the mode first, then gated ones."""
        pieces: dict[tuple[bool, int, int, tuple[Point, ...]], None] = {}
        for first, last, edge in self.streets.edges(data=True):
            shut = not edge["modes"]
            if not edge["doors"] or not (shut or self.mode in edge["modes"]):
                continue
            geometry = edge["geometry"]
            forward = first < last or (first == last and geometry <= geometry[::-1])
            pieces[(shut, first, last, geometry) if forward else (shut, last, first, geometry[::-1])] = None
        ordered = sorted(pieces)
        points = np.array([point for *_, geometry in ordered for point in geometry], dtype=np.float64).reshape(-1, 2)
        owner = np.repeat(np.arange(len(ordered)), [len(geometry) for *_, geometry in ordered])
        lines = shapely.linestrings(self.plane.to_metres(points), indices=owner)
        ends = np.array([(self.index_of[first], self.index_of[last]) for _, first, last, _ in ordered],
                        dtype=np.int64).reshape(-1, 2)
        gated = np.array([shut for shut, *_ in ordered], dtype=np.bool_)
        both = self.cores.core_of[ends]
        core = np.where((both[:, 0] == both[:, 1]) & ~gated, both[:, 0], -1)
        return Doors(lines, ends, gated, core, (core >= 0) & self.cores.is_main[core])

    def snap(self, places: Iterable[Place]) -> Snap:
        """Join every place to the nearer end of the nearest fit road piece; raises NoRoadError when there is none.

        Fit is a piece of a core, of a main part rather than of a lesser one if one lies within SNAP_LIMIT_METRES.
        ``metres`` is the straight distance from the place to that node.
        """
        doors = self._doors
        if not (doors.core >= 0).any():
            raise NoRoadError("the road graph has no road that a place can be joined to")
        lonlat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
        metres = self.plane.to_metres(lonlat)
        main, main_metres = doors.of_main_cores.find(metres)
        lesser, lesser_metres = doors.of_cores.find(metres)
        use_lesser = (main_metres > SNAP_LIMIT_METRES) & ((lesser_metres <= SNAP_LIMIT_METRES) | np.isinf(main_metres))
        piece = np.where(use_lesser, lesser, main)
        piece_metres = np.where(use_lesser, lesser_metres, main_metres)
        distance = np.linalg.norm(self.plane.to_metres(self.lonlat)[doors.ends[piece]] - metres[:, None, :], axis=2)
        nearer = np.argmin(distance, axis=1)
        every = np.arange(len(metres))
        node_metres = np.rint(distance[every, nearer]).astype(np.int64)
        walk = np.ceil(node_metres * 3600 / ACCESS_KMH).astype(np.int64)
        off_road = piece_metres > SNAP_LIMIT_METRES
        return Snap(
            doors.ends[piece, nearer], node_metres,
            np.where(off_road, self.gaps.milliseconds(node_metres), walk),
            moved=doors.of_all.find(metres)[1] < piece_metres - _SAME_PLACE_METRES,
            gated=doors.behind_gates.find(metres)[1] < piece_metres - _SAME_PLACE_METRES,
            off_road=off_road, part=doors.core[piece], position=metres)

    def milliseconds_from(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Quickest milliseconds between node indices, whole numbers in float64, shape (sources, targets); inf: no way.

        Sources are taken in blocks, so that the memory needed stays below about 130 MB for any graph.
        """
        result = np.empty((len(sources), len(targets)), dtype=np.float64)
        block = max(1, 16_000_000 // max(1, len(self.node_ids)))
        for start in range(0, len(sources), block):
            rows = scipy.sparse.csgraph.dijkstra(self.milliseconds, indices=sources[start:start + block])
            result[start:start + block] = rows[:, targets]
        return result

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that travel times depend on: mode, nodes, times, and where places may be joined."""
        doors = self._doors
        times = self.milliseconds
        parts = (self.lonlat, times.indptr, times.indices, times.data, doors.ends, doors.core)
        content = hashlib.sha256(f"{self.mode} {ACCESS_KMH} {SNAP_LIMIT_METRES} {self.gaps}\n".encode())
        for part in parts:
            content.update(np.ascontiguousarray(part).astype("<f8").tobytes())
        content.update(shapely.get_coordinates(doors.lines).astype("<f8").tobytes())
        return content.hexdigest()


def door_to_door(between: FloatArray, origins: Snap, destinations: Snap, gaps: StraightLine) -> FloatArray:
    """Milliseconds between places, from those ``between`` their nodes; both of shape (origins, destinations).

    Two places off the roads need not go by road: the way is at most a straight line, or as long as their nodes lie
    apart and one is farther from its node than the other. With that second bound the triangle inequality holds.
    """
    leave, arrive = origins.access_milliseconds[:, None], destinations.access_milliseconds[None, :]
    milliseconds: FloatArray = leave + between + arrive
    rows, columns = np.flatnonzero(origins.off_road), np.flatnonzero(destinations.off_road)
    if len(rows) and len(columns):
        apart = np.linalg.norm(origins.position[rows][:, None, :] - destinations.position[columns], axis=2)
        some = np.ix_(rows, columns)
        direct = np.maximum(gaps.milliseconds(apart), between[some] + np.abs(leave[rows] - arrive[:, columns]))
        milliseconds[some] = np.minimum(milliseconds[some], direct)
    return milliseconds


def edge_time(mode: str) -> Callable[[Mapping[str, object]], int]:
    """Give the milliseconds of an edge: the car's stand in the graph, those of other modes follow from the class."""
    if mode == CAR:
        return lambda edge: edge["travel_milliseconds"]
    return lambda edge: travel_milliseconds(edge["length_metres"], speed_kmh(mode, edge["highway"]))


def _smallest_entries(rows: IntArray, columns: IntArray, values: IntArray, size: int) -> scipy.sparse.csr_array:
    """Fill a sparse matrix with the smallest of the values given for each cell; loops are left out."""
    order = np.lexsort((values, columns, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    keep = rows != columns
    keep[1:] &= (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    entries = values[keep].astype(np.float64), (rows[keep], columns[keep])
    return scipy.sparse.csr_array(entries, shape=(size, size))
