"""The road graph: directed streets with lengths and times, and the joining of places to them.

A road graph is a :class:`networkx.MultiDiGraph`. Its nodes are ints with ``lon`` and ``lat`` in WGS-84 degrees; its
edges run one way and carry ``name`` (may be empty), ``highway`` (OpenStreetMap class), ``length_metres`` and
``travel_milliseconds`` (ints, by car) and ``geometry``, a tuple of ``(lon, lat)`` from the first node to the second.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import networkx as nx
import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import shapely
from numpy.typing import NDArray

from planner.facts.district import Place

Point = tuple[float, float]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CAR, BICYCLE, FOOT = "car", "bicycle", "foot"

_ELSEWHERE_KMH: Final[Mapping[str, int]] = {CAR: 15, BICYCLE: 12, FOOT: 5}
"""Speed on a class the table does not name."""

SPEED_KMH: Final[Mapping[str, Mapping[str, int]]] = {
    CAR: {
        "motorway": 60, "motorway_link": 35, "trunk": 45, "trunk_link": 30, "primary": 32, "primary_link": 26,
        "secondary": 26, "secondary_link": 22, "tertiary": 22, "tertiary_link": 20, "unclassified": 18,
        "residential": 18, "living_street": 12, "service": 12,
    },
    BICYCLE: {"primary": 14, "secondary": 14, "tertiary": 14, "residential": 13, "service": 10, "living_street": 10},
    FOOT: {},
}
"""Average city speeds, junctions included, in km/h by mode and class. A new mode is a new line here."""

CLOSED_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    CAR: frozenset({"footway", "path", "cycleway", "pedestrian", "steps"}),
    BICYCLE: frozenset({"motorway", "motorway_link", "footway", "steps"}),
    FOOT: frozenset({"motorway", "motorway_link"}),
}
"""Classes a mode may not use."""

NO_ACCESS_CLASSES: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
"""Elevated roads and motorways: one drives along them, but no door stands on them, so no place is joined to them."""

ACCESS_KMH: Final = 4.5
"""Walking speed between a place and the road node it is joined to, the same at both ends of a trip."""

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


@dataclass(frozen=True)
class Snap:
    """Places joined to road nodes: ``node_index`` into ``StreetNetwork.node_ids`` and ``metres`` to that node."""

    node_index: IntArray
    metres: IntArray

    @property
    def access_milliseconds(self) -> IntArray:
        """Walking time between each place and its node."""
        return np.ceil(self.metres * 3600 / ACCESS_KMH).astype(np.int64)


def new_streets() -> nx.MultiDiGraph:
    """Make an empty road graph."""
    return nx.MultiDiGraph()


def add_node(streets: nx.MultiDiGraph, node: int, lon: float, lat: float) -> None:
    """Add a junction."""
    streets.add_node(node, lon=lon, lat=lat)


def add_street(streets: nx.MultiDiGraph, first: int, last: int, *, name: str, highway: str, length_metres: int,
               geometry: Sequence[Point], both_ways: bool = True, car_kmh: float | None = None) -> None:
    """Add a piece of street from ``first`` to ``last``, and back when ``both_ways``.

    ``geometry`` runs from first to last; ``car_kmh`` replaces the speed of the class, e.g. by a known limit.
    """
    kmh = car_kmh or speed_kmh(CAR, highway)
    milliseconds = travel_milliseconds(length_metres, kmh)
    points = tuple(geometry)
    streets.add_edge(first, last, name=name, highway=highway, length_metres=length_metres,
                     travel_milliseconds=milliseconds, geometry=points)
    if both_ways:
        streets.add_edge(last, first, name=name, highway=highway, length_metres=length_metres,
                         travel_milliseconds=milliseconds, geometry=points[::-1])


def speed_kmh(mode: str, highway: str) -> int:
    """Look up the average speed of a mode on a class of road; raises ValueError for a mode that has no table."""
    if mode not in SPEED_KMH:
        raise ValueError(f"unknown travel mode {mode!r}; known: {', '.join(SPEED_KMH)}")
    return SPEED_KMH[mode].get(highway, _ELSEWHERE_KMH[mode])


def travel_milliseconds(length_metres: int, kmh: float) -> int:
    """Travel time of a piece of road, rounded up; at least 1, because a sparse graph reads 0 as no road."""
    return max(1, math.ceil(length_metres * 3600 / kmh))


def largest_component(streets: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Keep the largest part in which every node reaches every other; of equals the one with the smallest node."""
    if not streets:
        return streets
    best = max(nx.strongly_connected_components(streets), key=lambda nodes: (len(nodes), -min(nodes)))
    return streets.subgraph(best).copy()


class StreetNetwork:
    """A road graph compiled for one mode: arrays to run shortest paths on, and an index to join places with."""

    def __init__(self, streets: nx.MultiDiGraph, mode: str = CAR) -> None:
        """Compile ``streets``; raises ValueError for an unknown mode."""
        speed_kmh(mode, "")
        self.streets = streets
        self.mode = mode
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
        time_of = edge_time(self.mode)
        rows: list[int] = []
        columns: list[int] = []
        times: list[int] = []
        for first, last, edge in self.streets.edges(data=True):
            if edge["highway"] in CLOSED_CLASSES[self.mode]:
                continue
            ends = [(first, last), (last, first)] if self.mode == FOOT else [(first, last)]
            for start, end in ends:
                rows.append(self.index_of[start])
                columns.append(self.index_of[end])
                times.append(time_of(edge))
        return _smallest_entries(np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64),
                                 np.array(times, dtype=np.int64), len(self.node_ids))

    @cached_property
    def _doors(self) -> tuple[shapely.STRtree, IntArray]:
        """An index over the road pieces places may be joined to, and the node indices of their two ends."""
        closed = NO_ACCESS_CLASSES | CLOSED_CLASSES[self.mode]
        pieces: dict[tuple[int, int, tuple[Point, ...]], None] = {}
        for first, last, edge in self.streets.edges(data=True):
            if edge["highway"] in closed:
                continue
            geometry = edge["geometry"]
            forward = first < last or (first == last and geometry <= geometry[::-1])
            pieces[(first, last, geometry) if forward else (last, first, geometry[::-1])] = None
        if not pieces:
            raise NoRoadError("the road graph has no road that a place can be joined to")
        ordered = sorted(pieces)
        points = np.array([point for *_, geometry in ordered for point in geometry], dtype=np.float64)
        owner = np.repeat(np.arange(len(ordered)), [len(geometry) for *_, geometry in ordered])
        lines = shapely.linestrings(self.plane.to_metres(points), indices=owner)
        ends = np.array([(self.index_of[first], self.index_of[last]) for first, last, _ in ordered], dtype=np.int64)
        return shapely.STRtree(lines), ends

    def snap(self, places: Iterable[Place]) -> Snap:
        """Join every place to the nearer end of the nearest road piece; raises NoRoadError when there is none.

        ``metres`` is the straight distance from the place to that node.
        """
        tree, ends = self._doors
        lonlat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
        metres = self.plane.to_metres(lonlat)
        if len(metres) == 0:
            return Snap(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        wanted, found = tree.query_nearest(shapely.points(metres), all_matches=True)
        nearest = np.full(len(metres), len(ends), dtype=np.int64)
        np.minimum.at(nearest, wanted, found)  # of equally near pieces the first: the same choice on every machine
        two_ends = ends[nearest]
        node_metres = self.plane.to_metres(self.lonlat)
        distance = np.linalg.norm(node_metres[two_ends] - metres[:, None, :], axis=2)
        nearer = np.argmin(distance, axis=1)
        every = np.arange(len(metres))
        return Snap(two_ends[every, nearer], np.rint(distance[every, nearer]).astype(np.int64))

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
        tree, ends = self._doors
        parts = (self.lonlat, self.milliseconds.indptr, self.milliseconds.indices, self.milliseconds.data, ends)
        content = hashlib.sha256(f"{self.mode} {ACCESS_KMH}\n".encode())
        for part in parts:
            content.update(np.ascontiguousarray(part).astype("<f8").tobytes())
        content.update(shapely.get_coordinates(tree.geometries).astype("<f8").tobytes())
        return content.hexdigest()


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
