"""Travel times between places: over the road graph, or in a straight line where there is none; and drawn routes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import networkx as nx
import numpy as np
import scipy.sparse.csgraph
from numpy.typing import NDArray

from geodata.streets import CAR, FOOT, Point, Snap, StraightLine, StreetNetwork, door_to_door, edge_time
from planner.artefacts.files import write_whole
from planner.facts.district import Place
from planner.facts.travel import UNREACHABLE, TravelMatrix

FROM_ROADS: Final = "roads"
"""``TravelMatrix.source`` of times over a road graph; a straight line in any of them is named behind it."""

STRAIGHT_LEG: Final = "≈"
"""Name of a leg in a straight line, where there is no road."""

_CACHE_VERSION: Final = 2
_ROWS: Final = 256
"""Rows of the matrix that are made at a time, to spare memory."""
_EARTH_RADIUS_METRES: Final = 6_371_008.8


class RouteLeg(NamedTuple):
    """A stretch of one street: its name ('' when it has none, and on foot at both ends), metres and seconds.

    A straight line where there is no road is called ``STRAIGHT_LEG``.
    """

    name: str
    metres: int
    seconds: int


@dataclass(frozen=True, slots=True)
class RouteGeometry:
    """A way to draw: ``points`` are (lon, lat) from door to door; the legs' seconds add up to the matrix's entry."""

    points: tuple[Point, ...]
    legs: tuple[RouteLeg, ...]

    @property
    def is_straight(self) -> bool:
        """Whether it is a straight line all along."""
        return all(leg.name == STRAIGHT_LEG for leg in self.legs) and len(self.legs) > 0

    @property
    def metres(self) -> int:
        """Length from door to door."""
        return sum(leg.metres for leg in self.legs)

    @property
    def seconds(self) -> int:
        """Time from door to door."""
        return sum(leg.seconds for leg in self.legs)


def travel_matrix(places: Mapping[str, Place], streets: nx.MultiDiGraph, mode: str = CAR,
                  cache_folder: Path | None = None, gaps: StraightLine | None = None) -> TravelMatrix:
    """Quickest travel seconds between all places over the road graph.

    A trip is the walk from a place to its road node, the quickest way between the nodes, and the walk at the other
    end; milliseconds are added exactly and the sum is rounded up to whole seconds, so the triangle inequality holds.
    Where there is no road, ``gaps`` are straight lines, and ``source`` says so. With ``cache_folder`` the answer is
    kept there under a digest of everything it depends on; any number of runs may share the folder, and a damaged
    file is made anew. Raises NoRoadError when no place can be joined to a road, ValueError for an unknown mode.
    """
    return travel_over(StreetNetwork(streets, mode, gaps), places, cache_folder)


def travel_over(network: StreetNetwork, places: Mapping[str, Place], cache_folder: Path | None = None) -> TravelMatrix:
    """Compute :func:`travel_matrix` over roads that are compiled already."""
    place_ids, snap = tuple(places), network.snap(places.values())
    if cache_folder is None:
        seconds = _times_over_roads(network, snap)
    else:
        path = cache_folder / f"travel-{_cache_key(network, places)}.npz"
        kept = _read_cache(path, len(place_ids))
        seconds = _times_over_roads(network, snap) if kept is None else kept
        if kept is None:
            _write_cache(path, seconds)
    metres = tuple(int(one) for one in snap.metres)
    return TravelMatrix(place_ids, seconds, metres, network.mode, source_of(network, snap))


def source_of(network: StreetNetwork, snap: Snap) -> str:
    """Tell where the times between joined places come from: ``TravelMatrix.source``."""
    return f"{FROM_ROADS}; {network.gaps} where there is none" if snap.is_estimated else FROM_ROADS


def straight_line_matrix(places: Mapping[str, Place], kmh: float, detour_percent: int, mode: str = CAR) -> TravelMatrix:
    """Travel seconds by straight line: great-circle metres x ``detour_percent`` / 100 at ``kmh``, rounded up.

    ``detour_percent`` is the way's length in percent of the straight line: 130 means 30 % longer.
    """
    seconds = straight_line_seconds(places, places, kmh, detour_percent)
    source = f"straight-line {kmh:g} km/h x {detour_percent} %"
    return TravelMatrix(tuple(places), seconds, (0,) * len(places), mode, source)


def straight_line_seconds(origins: Mapping[str, Place], destinations: Mapping[str, Place], kmh: float,
                          detour_percent: int) -> NDArray[np.int32]:
    """Seconds as in :func:`straight_line_matrix`, shape (origins, destinations)."""
    (from_lon, from_lat), (to_lon, to_lat) = (
        np.radians(np.array([(place.lon, place.lat) for place in places.values()]).reshape(-1, 2)).T
        for places in (origins, destinations))
    half_lat, half_lon = (from_lat[:, None] - to_lat) / 2, (from_lon[:, None] - to_lon) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(from_lat[:, None]) * np.cos(to_lat) * np.sin(half_lon) ** 2
    metres = 2 * _EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return np.ceil(np.round(metres * detour_percent / 100 * 3.6 / kmh, 6)).astype(np.int32)


class StreetRouter:
    """Quickest ways for drawing. Make one per road graph: it remembers the shortest-path trees it has computed."""

    def __init__(self, streets: nx.MultiDiGraph, mode: str = CAR, gaps: StraightLine | None = None) -> None:
        """Prepare ``streets`` for ``mode``; raises ValueError for an unknown mode."""
        self._network = StreetNetwork(streets, mode, gaps)
        self._snaps: dict[Place, Snap] = {}
        trees = max(16, min(1_024, 40_000_000 // max(1, len(self._network.node_ids))))
        self._tree = lru_cache(maxsize=trees)(self._new_tree)

    def route(self, origin: Place, destination: Place) -> RouteGeometry | None:
        """Find the quickest way from door to door, or None where there is none; raises NoRoadError without a road."""
        start, goal = self._snap(origin), self._snap(destination)
        nodes = self._nodes_between(int(start.node_index[0]), int(goal.node_index[0]))
        if nodes is None:
            return None
        pieces = [_access_piece(start)]
        points: list[Point] = [(origin.lon, origin.lat), self._point(nodes[0])]
        for first, last in pairwise(nodes):
            name, metres, milliseconds, geometry = self._quickest_edge(first, last)
            pieces.append((name, metres, milliseconds))
            points.extend(geometry)
        direct = self._direct(start, goal, sum(milliseconds for *_, milliseconds in pieces[1:]))
        if direct is not None:
            return RouteGeometry(((origin.lon, origin.lat), (destination.lon, destination.lat)), (direct,))
        pieces.append(_access_piece(goal))
        points.append((destination.lon, destination.lat))
        return RouteGeometry(_without_repeats(points), _legs(pieces))

    def _direct(self, start: Snap, goal: Snap, between: int) -> RouteLeg | None:
        """The straight line between two places off the roads, where that is quicker than by road; else None."""
        by_road = int(start.access_milliseconds[0]) + between + int(goal.access_milliseconds[0])
        quickest = float(door_to_door(np.array([[float(between)]]), start, goal, self._network.gaps)[0, 0])
        if quickest >= by_road:
            return None
        metres = float(np.linalg.norm(start.position[0] - goal.position[0]))
        return RouteLeg(STRAIGHT_LEG, round(metres), math.ceil(quickest / 1000))

    def _snap(self, place: Place) -> Snap:
        if place not in self._snaps:
            self._snaps[place] = self._network.snap([place])
        return self._snaps[place]

    def _point(self, index: int) -> Point:
        lon, lat = self._network.lonlat[index]
        return float(lon), float(lat)

    def _new_tree(self, source: int) -> NDArray[np.int32]:
        """For every node the one before it on the quickest way from ``source``; negative where there is none."""
        _, before = scipy.sparse.csgraph.dijkstra(self._network.milliseconds, indices=source, return_predecessors=True)
        return before

    def _nodes_between(self, source: int, goal: int) -> list[int] | None:
        before = self._tree(source)
        nodes = [goal]
        while nodes[-1] != source:
            previous = int(before[nodes[-1]])
            if previous < 0:
                return None
            nodes.append(previous)
        return nodes[::-1]

    def _quickest_edge(self, first: int, last: int) -> tuple[str, int, int, tuple[Point, ...]]:
        """Name, metres, milliseconds and geometry of the edge the shortest path used."""
        network = self._network
        start, end = network.node_ids[first], network.node_ids[last]
        time_of = edge_time(network.mode)
        options = [(time_of(edge), edge, edge["geometry"]) for edge in _open_edges(network, start, end)]
        if network.mode == FOOT:
            options += [(time_of(edge), edge, edge["geometry"][::-1]) for edge in _open_edges(network, end, start)]
        if not options:
            return self._link(first, last)
        milliseconds, edge, geometry = min(options, key=lambda option: option[0])
        return edge["name"], edge["length_metres"], milliseconds, geometry

    def _link(self, first: int, last: int) -> tuple[str, int, int, tuple[Point, ...]]:
        """Describe the straight line between two parts of the roads, like an edge."""
        network = self._network
        metres = np.linalg.norm(np.diff(network.plane.to_metres(network.lonlat[[first, last]]), axis=0))
        milliseconds = int(network.milliseconds[first, last])
        return STRAIGHT_LEG, round(float(metres)), milliseconds, (self._point(first), self._point(last))


def route_geometry(streets: nx.MultiDiGraph, origin: Place, destination: Place,
                   mode: str = CAR) -> RouteGeometry | None:
    """Find one quickest way, or None where there is none; for many of them make a :class:`StreetRouter`."""
    return StreetRouter(streets, mode).route(origin, destination)


def _access_piece(snap: Snap) -> tuple[str, int, int]:
    """Name, metres and milliseconds between one place and its node."""
    return STRAIGHT_LEG if snap.off_road[0] else "", int(snap.metres[0]), int(snap.access_milliseconds[0])


def _open_edges(network: StreetNetwork, start: int, end: int) -> list[Mapping[str, Any]]:
    """Edges from start to end that the mode may use."""
    edges = (network.streets.get_edge_data(start, end) or {}).values()
    return [edge for edge in edges if network.mode in edge["modes"]]


def _times_over_roads(network: StreetNetwork, snap: Snap) -> NDArray[np.int32]:
    """Travel seconds, shape (places, places)."""
    nodes, node_of = np.unique(snap.node_index, return_inverse=True)
    between_nodes = network.milliseconds_from(nodes, nodes)
    seconds = np.empty((len(node_of), len(node_of)), dtype=np.int32)
    for start in range(0, len(node_of), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(node_of)))
        milliseconds = door_to_door(between_nodes[node_of[rows][:, None], node_of], snap.of(rows), snap, network.gaps)
        reachable = np.isfinite(milliseconds)
        seconds[rows] = np.where(reachable, np.ceil(np.where(reachable, milliseconds, 0) / 1000), UNREACHABLE)
    np.fill_diagonal(seconds, 0)
    return seconds


def _cache_key(network: StreetNetwork, places: Mapping[str, Place]) -> str:
    """Digest the roads, the mode, and the places in their order (their ids do not matter to the times)."""
    positions = np.array([(place.lon, place.lat) for place in places.values()], dtype="<f8").tobytes()
    return hashlib.sha256(f"{_CACHE_VERSION} {network.digest}\n".encode() + positions).hexdigest()[:32]


def _read_cache(path: Path, size: int) -> NDArray[np.int32] | None:
    """Read the kept answer, or None where there is none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            seconds: NDArray[np.int32] = kept["travel_seconds"]
    except Exception:  # noqa: BLE001 - whatever is wrong with a cache file, the answer is computed again
        return None
    return seconds if seconds.shape == (size, size) and seconds.dtype == np.int32 else None


def _write_cache(path: Path, seconds: NDArray[np.int32]) -> None:
    write_whole(path, lambda temporary: np.savez_compressed(temporary, travel_seconds=seconds))


def _without_repeats(points: list[Point]) -> tuple[Point, ...]:
    return (points[0], *(after for before, after in pairwise(points) if after != before))


def _legs(pieces: list[tuple[str, int, int]]) -> tuple[RouteLeg, ...]:
    """Neighbouring pieces of one name become a leg; seconds are rounded on the running total, so that they add up."""
    merged: list[list[str | int]] = []
    for name, metres, milliseconds in pieces:
        if merged and merged[-1][0] == name:
            merged[-1][1] += metres
            merged[-1][2] += milliseconds
        else:
            merged.append([name, metres, milliseconds])
    legs, total_milliseconds, total_seconds = [], 0, 0
    for name, metres, milliseconds in merged:
        total_milliseconds += milliseconds
        seconds = math.ceil(total_milliseconds / 1000)
        legs.append(RouteLeg(name, metres, seconds - total_seconds))
        total_seconds = seconds
    return tuple(leg for leg in legs if leg.metres or leg.seconds)
