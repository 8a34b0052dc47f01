"""Travel times of a city too large for one matrix: computed over the roads for the part that is asked for.

Every answer is exactly that of ``geodata.travel_times.travel_matrix``: the same milliseconds over the same roads,
rounded in the same way. A part is computed on the roads near its places. A way may leave these roads and come back;
so each node where one can leave is joined to each where one can come back by an edge as long as the quickest way
between them over all roads, where that is quicker than staying. With those edges no quickest way is lost.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import networkx as nx
import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geodata.road_core import core_of
from geodata.streets import CAR, FloatArray, IntArray, Snap, StraightLine, StreetNetwork, door_to_door
from geodata.travel_times import source_of, straight_line_matrix, straight_line_seconds
from planner.facts.district import Place
from planner.facts.travel import UNREACHABLE, RoundTrips, TravelMatrix

MOST_PLACES_IN_ONE_MATRIX: Final = 4_000
"""With more places than this, travel times are computed part by part: a matrix grows with their square."""

MARGIN_METRES: Final = 400.0
"""How far around the places of a part its own roads reach; more changes no answer, only where the work is done."""

GROUP_PLACES: Final = 600
"""Places whose mutual times are computed together when single pairs are asked for."""

GROUP_MARGIN_METRES: Final = 4_000.0
"""How far around such a group the other ends of its pairs lie; farther ones are computed one by one."""

FAR_SECONDS: Final = 2_400
"""How far the rows of single places reach; farther pairs are computed one by one."""

_FAR_ROWS_KEPT: Final = 128
_CELLS: Final = 8_000_000
"""Entries of one block of distances: 64 MB."""


@dataclass(frozen=True)
class RoadPart:
    """Some places and the roads that their quickest ways use.

    ``milliseconds`` is sparse over the part's road nodes; ``node`` and ``snap`` stand for each place.
    """

    place_ids: tuple[str, ...]
    milliseconds: scipy.sparse.csr_array
    node: IntArray
    snap: Snap
    gaps: StraightLine
    mode: str
    source: str

    def matrix(self) -> TravelMatrix:
        """All times between the places."""
        every = np.arange(len(self.place_ids))
        metres = tuple(int(one) for one in self.snap.metres)
        return TravelMatrix(self.place_ids, self.seconds(every, every), metres, self.mode, self.source)

    def seconds(self, origins: IntArray, destinations: IntArray) -> NDArray[np.int32]:
        """Times from some of the places to others (indices), shape (origins, destinations)."""
        nodes, node_of = np.unique(self.node[origins], return_inverse=True)
        targets, target_of = np.unique(self.node[destinations], return_inverse=True)
        between = _distances(self.milliseconds, nodes, targets)
        seconds = np.empty((len(origins), len(destinations)), dtype=np.int32)
        to = self.snap.of(destinations)
        for row, origin in enumerate(origins):
            ways = door_to_door(between[node_of[row], target_of][None, :], self.snap.of(origins[row:row + 1]), to, self.gaps)
            seconds[row] = _whole_seconds(ways[0])
            seconds[row, destinations == origin] = 0
        return seconds


class CityTravel:
    """Travel times over the roads between any two of many places; see ``planner.facts.travel.Travel``."""

    def __init__(self, places: Mapping[str, Place], streets: nx.MultiDiGraph, mode: str = CAR,
                 gaps: StraightLine | None = None) -> None:
        """Join the places to the roads; raises NoRoadError without a road, ValueError for an unknown mode."""
        network = StreetNetwork(streets, mode, gaps)
        snap = network.snap(places.values())
        self.place_ids = tuple(places)
        self.snap_metres = tuple(int(metres) for metres in snap.metres)
        self.mode, self.source = mode, source_of(network, snap)
        self._network_digest = network.digest
        self._positions = np.array([(place.lon, place.lat) for place in places.values()], dtype="<f8").reshape(-1, 2)
        self._milliseconds, core = core_of(network.milliseconds, np.unique(snap.node_index))
        self._node, self._snap, self._gaps = core[snap.node_index], snap, network.gaps
        self._metres: FloatArray = network.plane.to_metres(network.lonlat)[core >= 0]
        self._far: dict[tuple[int, bool], NDArray[np.int32]] = {}
        self._pairs: dict[tuple[int, int], int] = {}
        self._near: dict[int, tuple[IntArray, NDArray[np.int32]]] = {}

    def fresh(self) -> CityTravel:
        """The same with no time remembered."""
        other = copy.copy(self)
        other._far, other._near, other._pairs = {}, {}, {}  # noqa: SLF001 - its own class
        return other

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """Number of every place id."""
        return {place_id: index for index, place_id in enumerate(self.place_ids)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the roads, the places in their order, and the mode."""
        head = "\n".join((self.mode, self.source, self._network_digest, *self.place_ids)).encode()
        return hashlib.sha256(head + b"\0" + self._positions.tobytes()).hexdigest()

    def part(self, place_ids: Sequence[str]) -> TravelMatrix:
        """All times between some places."""
        return self.roads_of(np.array([self.index_of[one] for one in place_ids], dtype=np.int64)).matrix()

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""
        origins = np.array([self.index_of[one] for one in origin_ids], dtype=np.int64)
        out = self._trips(self._milliseconds, origins, np.arange(len(self.place_ids)), most_seconds)
        places = np.flatnonzero((out != UNREACHABLE).any(axis=0))
        return RoundTrips(places, out[:, places], self._trips(self._reversed, origins, places, most_seconds))

    def seconds(self, origin_id: str, destination_id: str) -> int | None:
        """Travel seconds from origin to destination, or None where there is no way."""
        origin, destination = self.index_of[origin_id], self.index_of[destination_id]
        group = int(self._group_of[origin])
        if group not in self._near:
            self._near[group] = self._near_times(group)
        columns, times = self._near[group]
        if columns[destination] >= 0:
            value = int(times[self._row_in_group[origin], columns[destination]])
        else:
            if (origin, destination) not in self._pairs:
                self._pairs[origin, destination] = self._far_time(origin, destination)
            value = self._pairs[origin, destination]
        return None if value == UNREACHABLE else value

    def _trips(self, graph: scipy.sparse.csr_array, origins: IntArray, places: IntArray,
               most_seconds: int) -> NDArray[np.int32]:
        """Times from origins to places along the edges of ``graph``; UNREACHABLE beyond ``most_seconds``."""
        limit = most_seconds * 1_000
        nodes, node_of = np.unique(self._node[origins], return_inverse=True)
        inside = np.flatnonzero(np.isfinite(dijkstra(graph, indices=nodes, limit=limit, min_only=True)))
        number = _numbers(inside, graph.shape[0])
        near = np.flatnonzero(number[self._node[places]] >= 0)
        between = _distances(graph[inside][:, inside].tocsr(), number[nodes], number[self._node[places[near]]], limit)
        seconds = _whole_seconds(door_to_door(between[node_of], self._snap.of(origins), self._snap.of(places[near]), self._gaps))
        seconds[origins[:, None] == places[near]] = 0
        trips = np.full((len(origins), len(places)), UNREACHABLE, dtype=np.int32)
        trips[:, near] = np.where(seconds > most_seconds, np.int32(UNREACHABLE), seconds)
        return trips

    @cached_property
    def _reversed(self) -> scipy.sparse.csr_array:
        return self._milliseconds.T.tocsr()

    def roads_of(self, places: IntArray, margin_metres: float = MARGIN_METRES) -> RoadPart:
        """The roads that the ways between some places (indices) use."""
        nodes = self._node[places]
        low, high = self._metres[nodes].min(axis=0) - margin_metres, self._metres[nodes].max(axis=0) + margin_metres
        inside = np.flatnonzero(((self._metres >= low) & (self._metres <= high)).all(axis=1))
        number = _numbers(inside, len(self._metres))
        outer = self._milliseconds[inside].tocoo()
        leaving = np.unique(outer.row[number[outer.col] < 0])
        outer = self._reversed[inside].tocoo()
        returning = np.unique(outer.row[number[outer.col] < 0])
        graph, core = core_of(self._milliseconds[inside][:, inside].tocsr(), np.concatenate([number[nodes], leaving, returning]))
        if len(leaving) and len(returning):
            graph = self._with_detours(graph, inside, leaving, returning, core)
        return RoadPart(tuple(self.place_ids[one] for one in places), graph, core[number[nodes]], self._snap.of(places),
                        self._gaps, self.mode, self.source)

    def _with_detours(self, graph: scipy.sparse.csr_array, inside: IntArray, leaving: IntArray, returning: IntArray,
                      core: IntArray) -> scipy.sparse.csr_array:
        """Add an edge for every way over outer roads that is quicker than over the inner ones; ``core``: see ``core_of``."""
        staying = _distances(graph, core[leaving], core[returning])
        limit = float(staying.max(initial=0.0))
        outer, number = self._outer_roads(inside, inside[leaving], inside[returning], limit)
        around = _distances(outer, number[inside[leaving]], number[inside[returning]], limit)
        start, end = np.nonzero(around < staying)
        known = graph.tocoo()
        rows = np.concatenate([core[leaving[start]], known.row])
        columns = np.concatenate([core[returning[end]], known.col])
        values = np.concatenate([around[start, end], known.data])
        order = np.lexsort((values, columns, rows))
        rows, columns, values = rows[order], columns[order], values[order]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        first &= rows != columns
        return scipy.sparse.csr_array((values[first], (rows[first], columns[first])), shape=graph.shape)

    def _outer_roads(self, inside: IntArray, leaving: IntArray, returning: IntArray,
                     limit: float) -> tuple[scipy.sparse.csr_array, IntArray]:
        """The roads outside that a way shorter than ``limit`` between nodes inside may use, and the number of every node (-1: none)."""
        away = (dijkstra(self._milliseconds, indices=leaving, limit=limit, min_only=True)
                + dijkstra(self._reversed, indices=returning, limit=limit, min_only=True))
        is_inside = np.zeros(len(away), dtype=np.bool_)
        is_inside[inside] = True
        ends = np.union1d(leaving, returning)
        members = np.union1d(np.flatnonzero((away < limit) & ~is_inside), ends)
        number = _numbers(members, len(away))
        edges = self._milliseconds[members][:, members].tocoo()
        kept = ~(is_inside[members[edges.row]] & is_inside[members[edges.col]])
        outer = scipy.sparse.csr_array((edges.data[kept], (edges.row[kept], edges.col[kept])), shape=edges.shape)
        graph, core = core_of(outer, number[ends])
        number[members] = core
        return graph, number

    @cached_property
    def _groups(self) -> list[IntArray]:
        """The places in groups of neighbours, by halving along the longer side."""
        metres = self._metres[self._node]

        def halved(members: IntArray) -> list[IntArray]:
            if len(members) <= GROUP_PLACES:
                return [members]
            longer = int(np.argmax(np.ptp(metres[members], axis=0)))
            ordered = members[np.argsort(metres[members, longer], kind="stable")]
            half = len(members) // 2
            return [*halved(ordered[:half]), *halved(ordered[half:])]

        return halved(np.arange(len(self.place_ids)))

    @cached_property
    def _group_of(self) -> IntArray:
        """The group of every place."""
        found = np.zeros(len(self.place_ids), dtype=np.int64)
        for number, members in enumerate(self._groups):
            found[members] = number
        return found

    @cached_property
    def _row_in_group(self) -> IntArray:
        """The row of every place in its group."""
        found = np.zeros(len(self.place_ids), dtype=np.int64)
        for members in self._groups:
            found[members] = np.arange(len(members))
        return found

    def _near_times(self, group: int) -> tuple[IntArray, NDArray[np.int32]]:
        """Times from the places of a group to all near it, and the column of every place (-1: not near)."""
        members = self._groups[group]
        metres = self._metres[self._node]
        low = metres[members].min(axis=0) - GROUP_MARGIN_METRES
        high = metres[members].max(axis=0) + GROUP_MARGIN_METRES
        near = np.flatnonzero(((metres >= low) & (metres <= high)).all(axis=1))
        columns = _numbers(near, len(metres))
        return columns.astype(np.int32), self.roads_of(near).seconds(columns[members], np.arange(len(near)))

    def _far_time(self, origin: int, destination: int) -> int:
        """One time beyond the groups' margins: from the origin's row, or the destination's column where it has a row.

        An office is first asked for the ways to its sites, then for the ways back: these need no row for every site.
        """
        column = (destination, True)
        if (origin, False) not in self._far and (column in self._far or (destination, False) in self._far):
            value = int(self._far_times(destination, reverse=True)[origin])
        else:
            value = int(self._far_times(origin, reverse=False)[destination])
        if value == UNREACHABLE:  # or farther than these times reach
            value = int(self._row(self._milliseconds, origin, np.inf)[destination])
        return value

    def _far_times(self, place: int, *, reverse: bool) -> NDArray[np.int32]:
        """Times from one place to all, or to it from all: UNREACHABLE beyond FAR_SECONDS."""
        key = (place, reverse)
        if key not in self._far:
            while len(self._far) >= _FAR_ROWS_KEPT:
                del self._far[next(iter(self._far))]
            graph = self._reversed if reverse else self._milliseconds
            self._far[key] = self._row(graph, place, FAR_SECONDS * 1_000)
        return self._far[key]

    def _row(self, graph: scipy.sparse.csr_array, place: int, limit: float) -> NDArray[np.int32]:
        between = dijkstra(graph, indices=self._node[place], limit=limit)[self._node]
        ways = door_to_door(between[None, :], self._snap.of(np.array([place])), self._snap, self._gaps)
        return _whole_seconds(ways[0])


class StraightCityTravel:
    """Straight-line travel times between many places; see ``geodata.travel_times.straight_line_matrix``."""

    def __init__(self, places: Mapping[str, Place], kmh: float, detour_percent: int, mode: str = CAR) -> None:
        self._places, self._kmh, self._detour_percent = dict(places), kmh, detour_percent
        empty = straight_line_matrix({}, kmh, detour_percent, mode)
        self.place_ids, self.snap_metres = tuple(places), (0,) * len(places)
        self.mode, self.source = empty.mode, empty.source

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """Number of every place id."""
        return {place_id: index for index, place_id in enumerate(self.place_ids)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the places in their order and the way times follow from them."""
        positions = "\n".join(f"{place_id} {place.lon!r} {place.lat!r}" for place_id, place in self._places.items())
        return hashlib.sha256(f"{self.mode}\n{self.source}\n{positions}".encode()).hexdigest()

    def seconds(self, origin_id: str, destination_id: str) -> int | None:
        """Travel seconds from origin to destination."""
        if origin_id == destination_id:
            return 0
        return self.part((origin_id, destination_id)).seconds(origin_id, destination_id)

    def part(self, place_ids: Sequence[str]) -> TravelMatrix:
        """The matrix of some places."""
        return straight_line_matrix({one: self._places[one] for one in place_ids}, self._kmh, self._detour_percent, self.mode)

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""
        origins = {one: self._places[one] for one in origin_ids}
        trips = straight_line_seconds(origins, self._places, self._kmh, self._detour_percent)
        trips[trips > most_seconds] = UNREACHABLE
        places = np.flatnonzero((trips != UNREACHABLE).any(axis=0))
        return RoundTrips(places, trips[:, places], trips[:, places])


def _distances(graph: scipy.sparse.csr_array, sources: IntArray, targets: IntArray, limit: float = np.inf) -> FloatArray:
    """Quickest milliseconds between nodes, shape (sources, targets); inf where there is no way within the limit."""
    result = np.empty((len(sources), len(targets)), dtype=np.float64)
    block = max(1, _CELLS // max(1, graph.shape[0]))
    for start in range(0, len(sources), block):
        result[start:start + block] = dijkstra(graph, indices=sources[start:start + block], limit=limit)[:, targets]
    return result


def _whole_seconds(milliseconds: FloatArray) -> NDArray[np.int32]:
    """Rounded up; UNREACHABLE where infinite."""
    reachable = np.isfinite(milliseconds)
    seconds = np.ceil(np.where(reachable, milliseconds, 0) / 1_000)
    return np.where(reachable, seconds, UNREACHABLE).astype(np.int32)


def _numbers(chosen: IntArray, size: int) -> IntArray:
    """The place of every index in ``chosen``, -1 where it is not."""
    numbers = np.full(size, -1, dtype=np.int64)
    numbers[chosen] = np.arange(len(chosen))
    return numbers
