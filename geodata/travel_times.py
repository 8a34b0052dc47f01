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

from geodata.streets import CAR, CLOSED_CLASSES, FOOT, Point, Snap, StreetNetwork, edge_time
from planner.artefacts.files import write_whole
from planner.facts.district import Place
from planner.facts.travel import UNREACHABLE, TravelMatrix

FROM_ROADS: Final = "roads"
"""``TravelMatrix.source`` of times over a road graph; other sources name themselves as straight lines."""

_CACHE_VERSION: Final = 1
_EARTH_RADIUS_METRES: Final = 6_371_008.8


class RouteLeg(NamedTuple):
    """A stretch of one street: its name ('' when it has none, and on foot at both ends), metres and seconds."""

    name: str
    metres: int
    seconds: int


@dataclass(frozen=True, slots=True)
class RouteGeometry:
    """A way to draw: ``points`` are (lon, lat) from door to door; the legs' seconds add up to the matrix's entry."""

    points: tuple[Point, ...]
    legs: tuple[RouteLeg, ...]

    @property
    def metres(self) -> int:
        """Length from door to door."""
        return sum(leg.metres for leg in self.legs)

    @property
    def seconds(self) -> int:
        """Time from door to door."""
        return sum(leg.seconds for leg in self.legs)


def travel_matrix(places: Mapping[str, Place], streets: nx.MultiDiGraph, mode: str = CAR,
                  cache_folder: Path | None = None) -> TravelMatrix:
    """Quickest travel seconds between all places over the road graph.

    A trip is the walk from a place to its road node, the quickest way between the nodes, and the walk at the other
    end; milliseconds are added exactly and the sum is rounded up to whole seconds, so the triangle inequality holds.
    With ``cache_folder`` the answer is kept there under a digest of everything it depends on; a damaged cache file
    is made anew. Raises NoRoadError when no place can be joined to a road, ValueError for an unknown mode.
    """
    network = StreetNetwork(streets, mode)
    place_ids = tuple(places)
    if cache_folder is None:
        seconds, metres = _times_over_roads(network, places)
        return _road_matrix(place_ids, seconds, metres, mode)
    path = cache_folder / f"travel-{_cache_key(network, places)}.npz"
    kept = _read_cache(path, len(place_ids))
    if kept is None:
        kept = _times_over_roads(network, places)
        _write_cache(path, *kept)
    return _road_matrix(place_ids, *kept, mode)


def straight_line_matrix(places: Mapping[str, Place], kmh: float, detour_percent: int) -> TravelMatrix:
    """Travel seconds by straight line: great-circle metres x ``detour_percent`` / 100 at ``kmh``, rounded up.

    ``detour_percent`` is the way's length in percent of the straight line: 130 means 30 % longer.
    """
    lon, lat = np.radians(np.array([(place.lon, place.lat) for place in places.values()]).reshape(-1, 2)).T
    half_lat, half_lon = (lat[:, None] - lat) / 2, (lon[:, None] - lon) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * np.sin(half_lon) ** 2
    metres = 2 * _EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    seconds = np.ceil(np.round(metres * detour_percent / 100 * 3.6 / kmh, 6)).astype(np.int32)
    source = f"straight-line {kmh:g} km/h x {detour_percent} %"
    return TravelMatrix(tuple(places), seconds, (0,) * len(places), CAR, source)


class StreetRouter:
    """Quickest ways for drawing. Make one per road graph: it remembers the shortest-path trees it has computed."""

    def __init__(self, streets: nx.MultiDiGraph, mode: str = CAR) -> None:
        """Prepare ``streets`` for ``mode``; raises ValueError for an unknown mode."""
        self._network = StreetNetwork(streets, mode)
        self._snaps: dict[Place, Snap] = {}
        trees = max(16, min(1_024, 40_000_000 // max(1, len(self._network.node_ids))))
        self._tree = lru_cache(maxsize=trees)(self._new_tree)

    def route(self, origin: Place, destination: Place) -> RouteGeometry | None:
        """Find the quickest way from door to door, or None where there is none; raises NoRoadError without a road."""
        start, goal = self._snap(origin), self._snap(destination)
        nodes = self._nodes_between(int(start.node_index[0]), int(goal.node_index[0]))
        if nodes is None:
            return None
        pieces = [("", int(start.metres[0]), int(start.access_milliseconds[0]))]
        points: list[Point] = [(origin.lon, origin.lat), self._point(nodes[0])]
        for first, last in pairwise(nodes):
            name, metres, milliseconds, geometry = self._quickest_edge(first, last)
            pieces.append((name, metres, milliseconds))
            points.extend(geometry)
        pieces.append(("", int(goal.metres[0]), int(goal.access_milliseconds[0])))
        points.append((destination.lon, destination.lat))
        return RouteGeometry(_without_repeats(points), _legs(pieces))

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
        milliseconds, edge, geometry = min(options, key=lambda option: option[0])
        return edge["name"], edge["length_metres"], milliseconds, geometry


def route_geometry(streets: nx.MultiDiGraph, origin: Place, destination: Place,
                   mode: str = CAR) -> RouteGeometry | None:
    """Find one quickest way, or None where there is none; for many of them make a :class:`StreetRouter`."""
    return StreetRouter(streets, mode).route(origin, destination)


def _open_edges(network: StreetNetwork, start: int, end: int) -> list[Mapping[str, Any]]:
    """Edges from start to end that the mode may use."""
    edges = (network.streets.get_edge_data(start, end) or {}).values()
    return [edge for edge in edges if edge["highway"] not in CLOSED_CLASSES[network.mode]]


def _times_over_roads(network: StreetNetwork, places: Mapping[str, Place]) -> tuple[NDArray[np.int32], list[int]]:
    """Travel seconds, shape (places, places), and snap metres."""
    snap = network.snap(places.values())
    nodes, node_of = np.unique(snap.node_index, return_inverse=True)
    between_nodes = network.milliseconds_from(nodes, nodes)
    access = snap.access_milliseconds.astype(np.float64)
    seconds = np.empty((len(places), len(places)), dtype=np.int32)
    for row, node in enumerate(node_of):
        milliseconds = access[row] + between_nodes[node, node_of] + access
        reachable = np.isfinite(milliseconds)
        seconds[row] = np.where(reachable, np.ceil(np.where(reachable, milliseconds, 0) / 1000), UNREACHABLE)
        seconds[row, row] = 0
    return seconds, [int(metres) for metres in snap.metres]


def _road_matrix(place_ids: tuple[str, ...], seconds: NDArray[np.int32], metres: list[int], mode: str) -> TravelMatrix:
    return TravelMatrix(place_ids, seconds, tuple(metres), mode, FROM_ROADS)


def _cache_key(network: StreetNetwork, places: Mapping[str, Place]) -> str:
    """Digest the roads, the mode, and the places in their order (their ids do not matter to the times)."""
    positions = np.array([(place.lon, place.lat) for place in places.values()], dtype="<f8").tobytes()
    return hashlib.sha256(f"{_CACHE_VERSION} {network.digest}\n".encode() + positions).hexdigest()[:32]


def _read_cache(path: Path, size: int) -> tuple[NDArray[np.int32], list[int]] | None:
    """Read the kept answer, or None where there is none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            seconds, metres = kept["travel_seconds"], kept["snap_metres"]
    except Exception:  # noqa: BLE001 - whatever is wrong with a cache file, the answer is computed again
        return None
    if seconds.shape != (size, size) or seconds.dtype != np.int32 or metres.shape != (size,):
        return None
    return seconds, [int(one) for one in metres]


def _write_cache(path: Path, seconds: NDArray[np.int32], metres: list[int]) -> None:
    write_whole(path, lambda temporary: np.savez_compressed(
        temporary, travel_seconds=seconds, snap_metres=np.array(metres, dtype=np.int64)))


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
