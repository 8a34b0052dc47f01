"""Travel times of a city too large for one matrix: computed over the roads for the part that is asked for.

Every answer is exactly that of ``geodata.travel_times.travel_matrix``: the same milliseconds over the same roads,
rounded in the same way. The roads stand as a hierarchy, made once; from it the times between a thousand places take
some hundredths of a second.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from geodata.streets import CAR, FloatArray, IntArray, StraightLine, StreetNetwork, door_to_door
from geodata.travel_times import source_of, straight_line_matrix, straight_line_seconds
from planner.facts.district import Place
from planner.facts.travel import UNREACHABLE, RoundTrips, TravelMatrix

if TYPE_CHECKING:
    from geodata.road_hierarchy import RoadHierarchy

MOST_PLACES_IN_ONE_MATRIX: Final = 4_000
"""With more places than this, travel times are computed part by part: a matrix grows with their square."""

GROUP_PLACES: Final = 600
"""Places whose mutual times are computed together when single pairs are asked for."""

GROUP_MARGIN_METRES: Final = 4_000.0
"""How far around such a group the other ends of its pairs lie; farther ones are computed one by one."""

_CELLS: Final = 200_000
"""Times rounded at once: so few that they stay in the processor's cache."""


class CityTravel:
    """Travel times over the roads between any two of many places; see ``planner.facts.travel.Travel``."""

    def __init__(self, places: Mapping[str, Place], streets: nx.MultiDiGraph, mode: str = CAR,
                 gaps: StraightLine | None = None) -> None:
        """Join the places to the roads; raises NoRoadError without a road, ValueError for an unknown mode."""
        from geodata.road_hierarchy import RoadHierarchy  # noqa: PLC0415 - loads a compiler, which only a city needs

        network = StreetNetwork(streets, mode, gaps)
        snap = network.snap(places.values())
        self.place_ids = tuple(places)
        self.snap_metres = tuple(int(metres) for metres in snap.metres)
        self.mode, self.source = mode, source_of(network, snap)
        self._network_digest = network.digest
        self._positions = np.array([(place.lon, place.lat) for place in places.values()], dtype="<f8").reshape(-1, 2)
        self._roads = RoadHierarchy.of(network.milliseconds)
        self._snap, self._gaps = snap, network.gaps
        self._pairs: dict[tuple[int, int], int] = {}
        self._near: dict[int, tuple[IntArray, NDArray[np.int32]]] = {}

    def fresh(self) -> CityTravel:
        """The same with no time remembered."""
        other = copy.copy(self)
        other._near, other._pairs = {}, {}  # noqa: SLF001 - its own class
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
        places = np.array([self.index_of[one] for one in place_ids], dtype=np.int64)
        metres = tuple(int(one) for one in self._snap.metres[places])
        return TravelMatrix(tuple(place_ids), self._times(self._roads, places, places), metres, self.mode, self.source)

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""
        origins = np.array([self.index_of[one] for one in origin_ids], dtype=np.int64)
        near = np.flatnonzero(self._roads.nearest(self._snap.node_index[origins])[self._snap.node_index] <= most_seconds * 1_000)
        out = _not_beyond(most_seconds, self._times(self._roads, origins, near))
        reached = (out != UNREACHABLE).any(axis=0)
        back = _not_beyond(most_seconds, self._times(self._roads.reversed(), origins, near[reached]))
        return RoundTrips(near[reached], out[:, reached], back)

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
                self._pairs[origin, destination] = int(self._times(self._roads, np.array([origin]), np.array([destination]))[0, 0])
            value = self._pairs[origin, destination]
        return None if value == UNREACHABLE else value

    def _times(self, roads: RoadHierarchy, origins: IntArray, destinations: IntArray) -> NDArray[np.int32]:
        """Seconds between places (indices), shape (origins, destinations); UNREACHABLE where no road leads."""
        nodes, node_of = np.unique(self._snap.node_index[origins], return_inverse=True)
        targets, target_of = np.unique(self._snap.node_index[destinations], return_inverse=True)
        between = roads.milliseconds(nodes, targets)
        seconds = np.empty((len(origins), len(destinations)), dtype=np.int32)
        to = self._snap.of(destinations)
        block = max(1, _CELLS // max(1, len(destinations)))
        for start in range(0, len(origins), block):  # all rows at once would be three times the memory
            rows = slice(start, start + block)
            ways = door_to_door(between[node_of[rows, None], target_of], self._snap.of(origins[rows]), to, self._gaps)
            seconds[rows] = _whole_seconds(ways)
        seconds[origins[:, None] == destinations] = 0
        return seconds

    @cached_property
    def _groups(self) -> list[IntArray]:
        """The places in groups of neighbours, by halving along the longer side."""
        metres = self._snap.position

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
        members, metres = self._groups[group], self._snap.position
        low = metres[members].min(axis=0) - GROUP_MARGIN_METRES
        high = metres[members].max(axis=0) + GROUP_MARGIN_METRES
        near = np.flatnonzero(((metres >= low) & (metres <= high)).all(axis=1))
        columns = np.full(len(metres), -1, dtype=np.int32)
        columns[near] = np.arange(len(near))
        return columns, self._times(self._roads, members, near)


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


def _whole_seconds(milliseconds: FloatArray) -> NDArray[np.int32]:
    """Rounded up; UNREACHABLE where infinite."""
    reachable = np.isfinite(milliseconds)
    seconds = np.ceil(np.where(reachable, milliseconds, 0) / 1_000)
    return np.where(reachable, seconds, UNREACHABLE).astype(np.int32)


def _not_beyond(most_seconds: int, seconds: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same with UNREACHABLE for what takes longer."""
    return np.where(seconds > most_seconds, np.int32(UNREACHABLE), seconds)
