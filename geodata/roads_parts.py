"""How a road graph falls apart, and what of it places can be joined to: cores, links between them, doors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import scipy.spatial
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MAIN_PART_SHARE: Final = 0.1
"""A part of the graph with at least this share of the nodes of the largest is a main one; places avoid lesser ones."""


@dataclass(frozen=True)
class Cores:
    """Of every part of the graph that hangs together, the largest piece in which all nodes reach each other.

    ``core_of`` gives each node the number of its core, the largest being 0; -1 where it is in none (a way that leads
    in and not out). ``is_main`` has one entry a core.
    """

    core_of: IntArray
    is_main: BoolArray


def cores_of(roads: scipy.sparse.csr_array) -> Cores:
    """Find the cores of a sparse graph; of equals the one with the smallest node comes first."""
    _, part_of = scipy.sparse.csgraph.connected_components(roads, connection="weak")
    count, piece_of = scipy.sparse.csgraph.connected_components(roads, connection="strong")
    _, first = np.unique(piece_of, return_index=True)
    size = np.bincount(piece_of, minlength=count)
    largest_first = np.lexsort((first, -size))
    _, best = np.unique(part_of[first][largest_first], return_index=True)
    cores = largest_first[np.sort(best)]
    number = np.full(count, -1, dtype=np.int64)
    number[cores] = np.arange(len(cores))
    return Cores(number[piece_of], size[cores] >= MAIN_PART_SHARE * size[cores[:1]])


@dataclass(frozen=True)
class Links:
    """Straight lines between parts of the graph: node indices of both ends, and metres; of use both ways."""

    first: IntArray
    last: IntArray
    metres: FloatArray


def links_between(core_of: IntArray, nodes: IntArray, metres: FloatArray) -> Links:
    """Join every core to the largest by the shortest straight line between two of ``nodes``, which lie in cores.

    ``metres`` are the positions of all nodes in a plane, shape (all nodes, 2).
    """
    core = core_of[nodes]
    if len(np.unique(core)) < 2:
        return Links(nodes[:0], nodes[:0], np.zeros(0))
    trunk, others = nodes[core == core.min()], nodes[core > core.min()]
    distance, nearest = scipy.spatial.cKDTree(metres[trunk]).query(metres[others])
    order = np.lexsort((others, distance, core_of[others]))
    _, shortest = np.unique(core_of[others][order], return_index=True)
    chosen = order[shortest]
    return Links(others[chosen], trunk[nearest[chosen]], distance[chosen])


class NearestPieces:
    """An index over some of the road pieces, to find the nearest one of each point."""

    def __init__(self, lines: NDArray[np.object_], which: BoolArray) -> None:
        self._pieces = np.flatnonzero(which)
        self._tree = shapely.STRtree(lines[self._pieces])

    def find(self, metres: FloatArray) -> tuple[IntArray, FloatArray]:
        """Nearest piece of each point (n, 2) and the metres to it; piece 0 at infinity where there are no pieces."""
        nearest = np.full(len(metres), len(self._pieces), dtype=np.int64)
        distance = np.full(len(metres), np.inf)
        if len(self._pieces) == 0 or len(metres) == 0:
            return np.zeros(len(metres), dtype=np.int64), distance
        (wanted, found), lengths = self._tree.query_nearest(
            shapely.points(metres), all_matches=True, return_distance=True)
        np.minimum.at(nearest, wanted, found)  # of equally near pieces the first: the same choice on every machine
        distance[wanted] = lengths
        return self._pieces[nearest], distance


@dataclass(frozen=True)
class Doors:
    """Road pieces places might be joined to: lines in a plane of metres and node indices of their ends, shape (n, 2).

    ``gated`` pieces are closed to the public. ``core`` is the core both ends lie in, or -1; ``is_main`` tells whether
    that is a main one.
    """

    lines: NDArray[np.object_]
    ends: IntArray
    gated: BoolArray
    core: IntArray
    is_main: BoolArray

    @cached_property
    def of_main_cores(self) -> NearestPieces:
        """Pieces of main cores."""
        return NearestPieces(self.lines, self.is_main)

    @cached_property
    def of_cores(self) -> NearestPieces:
        """Pieces of any core."""
        return NearestPieces(self.lines, self.core >= 0)

    @cached_property
    def of_all(self) -> NearestPieces:
        """Pieces that are not gated, cut off or not."""
        return NearestPieces(self.lines, ~self.gated)

    @cached_property
    def behind_gates(self) -> NearestPieces:
        """Gated pieces."""
        return NearestPieces(self.lines, self.gated)
