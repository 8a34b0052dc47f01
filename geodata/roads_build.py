"""Roads of any file, as lines with tags, made into a road graph: cut at junctions, measured, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import networkx as nx
import numpy as np
import pyproj

from geodata.roads_rules import RoadUse, Tags, reason_to_drop, use_of
from geodata.streets import Point, add_node, new_streets, street_edge

PIECE_METRES: Final = 200
"""Longer pieces of road are cut, so that a place finds a node near the point where it meets the road."""

EMPTY_LINE: Final = "empty"
"""Reason to leave out a line without length."""

_ELLIPSOID: Final = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class RoadWay:
    """A road as a line of ``points`` with ``tags`` as in OpenStreetMap.

    ``keys`` has one entry a point: points of equal keys, of any ways, are one; None joins nothing.
    """

    tags: Tags
    points: tuple[Point, ...]
    keys: tuple[Hashable, ...]


@dataclass(frozen=True)
class RoadCounts:
    """What became of the lines of a road file.

    ``dropped`` counts lines by class, or by ``area`` or ``empty``; ``gated`` counts kept lines closed to the public;
    ``components`` are the numbers of nodes of the parts between which no road leads, for anybody, largest first.
    """

    ways_read: int
    ways_kept: int
    dropped: Mapping[str, int]
    gated: int
    nodes: int
    edges: int
    metres: int
    components: tuple[int, ...]


def build_streets(ways: Iterable[RoadWay]) -> tuple[nx.MultiDiGraph, RoadCounts]:
    """Make the road graph; nodes are numbered in the order in which they first appear."""
    read, dropped, kept = 0, Counter[str](), list[RoadWay]()
    for way in ways:
        read += 1
        reason = reason_to_drop(way.tags)
        clean = way if reason else _without_repeats(way)
        if reason is None and len(clean.points) > 1:
            kept.append(clean)
        else:
            dropped[reason or EMPTY_LINE] += 1
    builder = _Builder(kept)
    gated = sum(builder.add(way, along) for way, along in zip(kept, _metres_along(kept), strict=True))
    streets = builder.streets
    components = sorted((len(nodes) for nodes in nx.weakly_connected_components(streets)), reverse=True)
    order = sorted(dropped, key=lambda reason: (-dropped[reason], reason))
    return streets, RoadCounts(read, len(kept), {reason: dropped[reason] for reason in order}, gated,
                               streets.number_of_nodes(), streets.number_of_edges(), builder.metres, tuple(components))


class _Builder:
    """Cuts ways at junctions and adds their pieces to a graph."""

    def __init__(self, ways: Sequence[RoadWay]) -> None:
        seen = Counter[Hashable](key for way in ways for key in way.keys if key is not None)
        self._junctions = {key for key, count in seen.items() if count > 1}
        self._numbers: dict[Hashable, int] = {}
        self.streets = new_streets()
        self.metres = 0

    def add(self, way: RoadWay, along: Sequence[float]) -> bool:
        """Add a way, whose points lie so many metres from its first; returns whether it is gated."""
        use = use_of(way.tags)
        last = len(way.points) - 1
        cuts = [index for index, key in enumerate(way.keys) if index in {0, last} or key in self._junctions]
        for first, end in pairwise(cuts):
            self._add_piece(way, use, first, end, along)
        return use.is_gated

    def _add_piece(self, way: RoadWay, use: RoadUse, first: int, end: int, along: Sequence[float]) -> None:
        """Add what lies between two of its points, in stretches of at most PIECE_METRES where doors are."""
        count = max(1, int(np.ceil((along[end] - along[first]) / PIECE_METRES))) if use.doors else 1
        marks = np.linspace(along[first], along[end], count + 1)
        points = np.array(way.points[first:end + 1])
        inner = [(float(np.interp(mark, along[first:end + 1], points[:, 0])),
                  float(np.interp(mark, along[first:end + 1], points[:, 1]))) for mark in marks[1:-1]]
        corners = [way.points[first], *inner, way.points[end]]
        nodes = [self._node(way.keys[first], corners[0]), *(self._node(None, point) for point in inner),
                 self._node(way.keys[end], corners[-1])]
        for (start, stop), (begin, finish), ends in zip(pairwise(marks), pairwise(corners), pairwise(nodes), strict=True):
            between = [way.points[index] for index in range(first + 1, end) if start < along[index] < stop]
            self._add_stretch(way.tags, use, ends, (begin, *between, finish), max(1, round(stop) - round(start)))

    def _add_stretch(self, tags: Tags, use: RoadUse, ends: tuple[int, int], points: tuple[Point, ...], metres: int) -> None:
        self.metres += metres
        edge = street_edge(name=tags.get("name", ""), highway=tags["highway"], length_metres=metres, geometry=points,
                           car_kmh=use.car_kmh, doors=use.doors)
        if use.forward or use.is_gated:
            self.streets.add_edge(*ends, **edge | {"modes": use.forward})
        if use.backward:
            self.streets.add_edge(*ends[::-1], **edge | {"modes": use.backward, "geometry": points[::-1]})

    def _node(self, key: Hashable, point: Point) -> int:
        """The number of a point, a new one if it has no key or was not met before."""
        if key is not None and key in self._numbers:
            return self._numbers[key]
        number = self.streets.number_of_nodes()
        add_node(self.streets, number, *point)
        if key is not None:
            self._numbers[key] = number
        return number


def _without_repeats(way: RoadWay) -> RoadWay:
    """The way without points that repeat the one before them."""
    kept = [index for index, point in enumerate(way.points) if index == 0 or point != way.points[index - 1]]
    if len(kept) == len(way.points):
        return way
    return RoadWay(way.tags, tuple(way.points[index] for index in kept), tuple(way.keys[index] for index in kept))


def _metres_along(ways: Sequence[RoadWay]) -> list[list[float]]:
    """For every way the metres of its points from its first, on the ellipsoid."""
    if not ways:
        return []
    points = np.array([point for way in ways for point in way.points])
    *_, steps = _ELLIPSOID.inv(*points[:-1].T, *points[1:].T)
    result, start = [], 0
    for way in ways:
        size = len(way.points)
        result.append([0.0, *np.cumsum(steps[start:start + size - 1]).tolist()])
        start += size
    return result
