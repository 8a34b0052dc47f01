"""Quickest times between many nodes of a large road graph, exactly, from a hierarchy of its nodes.

Contraction hierarchies (Geisberger, Sanders, Schultes and Delling, WEA 2008): nodes are taken out one after the other, the
least important first, and a way through a node becomes an edge between its neighbours unless another way is as quick.
Every quickest way then has a part that climbs to ever more important nodes and a part that comes down again, so two small
searches that only climb find it. For many pairs at once the nodes that the searches meet are kept in buckets (Knopp,
Sanders, Schultes, Schulz and Wagner, ALENEX 2007). Whole milliseconds are added, in another order only: no time changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
import scipy.sparse
from numba import njit
from numpy.typing import NDArray

from geodata.streets import FloatArray, IntArray

WITNESS_NODES: Final = 40
"""Nodes looked at for a way around a node that is taken out; where none is found so soon, an edge more does no harm."""

NEVER: Final = 1 << 60
"""Milliseconds of a way that there is not."""


@dataclass(frozen=True)
class Climb:
    """Edges from every node to more important ones: those of node v are ``start[v]`` up to ``start[v + 1]``."""

    start: IntArray
    end: NDArray[np.int32]
    milliseconds: IntArray


@dataclass(frozen=True)
class RoadHierarchy:
    """A road graph whose nodes are numbered by importance, the least first: ``number`` gives each node's.

    ``onward``: edges that climb; ``backward``: those that come down, turned round, so that they climb too.
    """

    number: IntArray
    onward: Climb
    backward: Climb

    @classmethod
    def of(cls, graph: scipy.sparse.csr_array) -> RoadHierarchy:
        """Make the hierarchy of a graph (n, n) of whole milliseconds, positive, without loops."""
        size = graph.shape[0]
        order, up, down = _contracted(size, graph.indptr.astype(np.int64), graph.indices.astype(np.int64), graph.data.astype(np.int64))
        number = np.empty(size, dtype=np.int64)
        number[order] = np.arange(size)
        return cls(number, _climb(number, up), _climb(number, down))

    def reversed(self) -> RoadHierarchy:
        """The same with every road the other way round."""
        return RoadHierarchy(self.number, self.backward, self.onward)

    def milliseconds(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Quickest milliseconds between nodes, whole numbers, shape (sources, targets); inf where there is no way."""
        up, down = self.onward, self.backward
        table = _between(self.number[sources], self.number[targets], up.start, up.end, up.milliseconds,
                         down.start, down.end, down.milliseconds)
        return np.where(table >= NEVER, np.inf, table).T

    def nearest(self, sources: IntArray) -> FloatArray:
        """Quickest milliseconds to every node from whichever of some nodes is nearest; inf where there is no way."""
        up, down = self.onward, self.backward
        table = _nearest(self.number[sources], up.start, up.end, up.milliseconds, down.start, down.end, down.milliseconds)
        return np.where(table >= NEVER, np.inf, table)[self.number]


def _climb(number: IntArray, edges: IntArray) -> Climb:
    """Edges (low, high, milliseconds) between nodes, by the ``number`` of each."""
    low, high = number[edges[:, 0]], number[edges[:, 1]]
    order = np.lexsort((high, low))
    start = np.zeros(len(number) + 1, dtype=np.int64)
    start[1:] = np.cumsum(np.bincount(low, minlength=len(number)))
    return Climb(start, high[order].astype(np.int32), edges[order, 2])


# Edges of a graph that changes stand in an array ``edges`` of rows (from, to, milliseconds, next edge of the same "from",
# next edge of the same "to"); ``first_out`` and ``first_in`` (n) begin these chains, -1 ends them. Row 0 of ``edges`` counts
# the rows in use.

@njit(cache=True)
def _contracted(size, indptr, indices, data):  # type: ignore[no-untyped-def]
    """The nodes by importance, then the edges that climb and those that come down: rows (low, high, milliseconds)."""
    first_out, first_in = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    edges = np.empty((4 * len(indices) + 16, 5), dtype=np.int64)
    edges[0, 0] = 1
    for node in range(size):
        for place in range(indptr[node], indptr[node + 1]):
            _add(edges, first_out, first_in, node, indices[place], data[place])
    level = np.zeros(size, dtype=np.int64)
    reached, seen = np.empty(size, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    looks = np.zeros(1, dtype=np.int64)
    order = np.empty(size, dtype=np.int64)
    queue = [_importance(node, edges, first_out, first_in, level, reached, seen, looks) * size + node for node in range(size)]
    heapify(queue)
    done = 0
    while done < size:
        key = heappop(queue)
        node = key % size
        now = _importance(node, edges, first_out, first_in, level, reached, seen, looks) * size + node
        if len(queue) > 0 and now > queue[0]:
            heappush(queue, now)
            continue
        used = edges[0, 0]
        most = _degree(node, first_out, edges, 3) * _degree(node, first_in, edges, 4)
        if used + most > len(edges):
            larger = np.empty((2 * len(edges) + most, 5), dtype=np.int64)
            larger[:used] = edges[:used]
            edges = larger
        _ways_through(node, edges, first_out, first_in, reached, seen, looks, True)
        _take_out(node, edges, first_out, first_in, level)
        order[done] = node
        done += 1
    return order, _chained(first_out, edges, 3, 1), _chained(first_in, edges, 4, 0)


@njit(cache=True)
def _chained(first, edges, column, other):  # type: ignore[no-untyped-def]
    """All edges in the chains of all nodes, shape (n, 3): the node, the ``other`` end, milliseconds."""
    count = 0
    for node in range(len(first)):
        count += _degree(node, first, edges, column)
    chained = np.empty((count, 3), dtype=np.int64)
    count = 0
    for node in range(len(first)):
        edge = first[node]
        while edge >= 0:
            chained[count, 0], chained[count, 1], chained[count, 2] = node, edges[edge, other], edges[edge, 2]
            count += 1
            edge = edges[edge, column]
    return chained


@njit(cache=True)
def _degree(node, first, edges, column):  # type: ignore[no-untyped-def]
    """Edges in the chain of a node."""
    count = 0
    edge = first[node]
    while edge >= 0:
        count += 1
        edge = edges[edge, column]
    return count


@njit(cache=True)
def _add(edges, first_out, first_in, start, end, milliseconds):  # type: ignore[no-untyped-def]
    """An edge more, or the one there is made quicker."""
    edge = first_out[start]
    while edge >= 0:
        if edges[edge, 1] == end:
            edges[edge, 2] = min(edges[edge, 2], milliseconds)
            return
        edge = edges[edge, 3]
    new = edges[0, 0]
    edges[new, 0], edges[new, 1], edges[new, 2] = start, end, milliseconds
    edges[new, 3], edges[new, 4] = first_out[start], first_in[end]
    first_out[start], first_in[end] = new, new
    edges[0, 0] = new + 1


@njit(cache=True)
def _importance(node, edges, first_out, first_in, level, reached, seen, looks):  # type: ignore[no-untyped-def]
    """How late a node is taken out: the edges that it would add more than spare, and how many were taken out below it."""
    added = _ways_through(node, edges, first_out, first_in, reached, seen, looks, False)
    spared = _degree(node, first_out, edges, 3) + _degree(node, first_in, edges, 4)
    return 2 * added - spared + level[node] + 1_000


@njit(cache=True)
def _ways_through(node, edges, first_out, first_in, reached, seen, looks, adds):  # type: ignore[no-untyped-def]
    """The edges needed where a node is taken out, counted and, if ``adds``, added."""
    needed = 0
    coming = first_in[node]
    while coming >= 0:
        start, before = edges[coming, 0], edges[coming, 2]
        limit = np.int64(-1)
        going = first_out[node]
        while going >= 0:
            if edges[going, 1] != start:
                limit = max(limit, before + edges[going, 2])
            going = edges[going, 3]
        if limit >= 0:
            look = _looked_around(start, node, limit, edges, first_out, reached, seen, looks)
            going = first_out[node]
            while going >= 0:
                end, way = edges[going, 1], before + edges[going, 2]
                if end != start and not (seen[end] == look and reached[end] <= way):
                    needed += 1
                    if adds:
                        _add(edges, first_out, first_in, start, end, way)
                going = edges[going, 3]
        coming = edges[coming, 4]
    return needed


@njit(cache=True)
def _looked_around(start, without, limit, edges, first_out, reached, seen, looks):  # type: ignore[no-untyped-def]
    """Ways from a node that avoid another, not longer than ``limit``: ``reached`` where ``seen`` is what is returned."""
    looks[0] += 1
    look = looks[0]
    size = len(first_out)
    reached[start], seen[start] = 0, look
    queue = [np.int64(start)]
    settled = 0
    while len(queue) > 0 and settled < WITNESS_NODES:
        key = heappop(queue)
        node, so_far = key % size, key // size
        if so_far > reached[node]:
            continue
        settled += 1
        edge = first_out[node]
        while edge >= 0:
            end, way = edges[edge, 1], so_far + edges[edge, 2]
            if end != without and way <= limit and (seen[end] != look or way < reached[end]):
                reached[end], seen[end] = way, look
                heappush(queue, way * size + end)
            edge = edges[edge, 3]
    return look


@njit(cache=True)
def _take_out(node, edges, first_out, first_in, level):  # type: ignore[no-untyped-def]
    """Unlink a node from its neighbours' chains; its own chains stay: all they lead to is more important."""
    edge = first_in[node]
    while edge >= 0:
        other = edges[edge, 0]
        level[other] = max(level[other], level[node] + 1)
        _unlink(edge, other, first_out, edges, 3)
        edge = edges[edge, 4]
    edge = first_out[node]
    while edge >= 0:
        other = edges[edge, 1]
        level[other] = max(level[other], level[node] + 1)
        _unlink(edge, other, first_in, edges, 4)
        edge = edges[edge, 3]


@njit(cache=True)
def _unlink(edge, node, first, edges, column):  # type: ignore[no-untyped-def]
    """Take an edge out of a chain of a node."""
    if first[node] == edge:
        first[node] = edges[edge, column]
        return
    one = first[node]
    while edges[one, column] != edge:
        one = edges[one, column]
    edges[one, column] = edges[edge, column]


@njit(cache=True)
def _climbed(source, up, up_end, up_way, down, down_end, down_way, reached, met):  # type: ignore[no-untyped-def]
    """Climb from a source: nodes are written to ``met``, milliseconds to ``reached`` (NEVER before); how many were met.

    A node that is reached sooner by coming down from above stands in ``reached`` as NEVER: no quickest way climbs through it.
    """
    size = len(reached)
    reached[source], met[0] = 0, source
    touched = 1
    queue = [np.int64(source)]
    stalled = [np.int64(0) for _ in range(0)]
    while len(queue) > 0:
        key = heappop(queue)
        node, so_far = key % size, key // size
        if so_far > reached[node]:
            continue
        sooner = False
        for edge in range(down[node], down[node + 1]):
            if reached[down_end[edge]] + down_way[edge] < so_far:
                sooner = True
                break
        if sooner:
            stalled.append(node)
            continue
        for edge in range(up[node], up[node + 1]):
            end, way = np.int64(up_end[edge]), so_far + up_way[edge]
            if way < reached[end]:
                if reached[end] == NEVER:
                    met[touched] = end
                    touched += 1
                reached[end] = way
                heappush(queue, way * size + end)
    for node in stalled:
        reached[node] = NEVER
    return touched


@njit(cache=True)
def _between(sources, targets, up, up_end, up_way, down, down_end, down_way):  # type: ignore[no-untyped-def]
    """Quickest milliseconds (targets, sources), NEVER where there is no way: every target looks into the sources' buckets."""
    size = len(up) - 1
    reached, met = np.full(size, NEVER, dtype=np.int64), np.empty(size, dtype=np.int64)
    place, who, way = np.empty(1024, dtype=np.int64), np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int64)
    known = 0
    begin = np.zeros(size + 1, dtype=np.int64)
    for number in range(len(sources)):
        touched = _climbed(sources[number], up, up_end, up_way, down, down_end, down_way, reached, met)
        if known + touched > len(place):
            longer = 2 * len(place) + touched
            place, who, way = _longer(place, longer), _longer(who, longer), _longer(way, longer)
        for one in range(touched):
            node = met[one]
            if reached[node] < NEVER:
                place[known], who[known], way[known] = node, number, reached[node]
                begin[node + 1] += 1
                known += 1
            reached[node] = NEVER
    begin = np.cumsum(begin)
    of_whom, how_far, fill = np.empty(known, dtype=np.int32), np.empty(known, dtype=np.int64), begin[:-1].copy()
    for one in range(known):
        at = fill[place[one]]
        of_whom[at], how_far[at] = who[one], way[one]
        fill[place[one]] += 1
    table = np.full((len(targets), len(sources)), NEVER, dtype=np.int64)
    for number in range(len(targets)):
        row = table[number]
        touched = _climbed(targets[number], down, down_end, down_way, up, up_end, up_way, reached, met)
        for one in range(touched):
            node = met[one]
            rest = reached[node]
            if rest < NEVER:
                for at in range(begin[node], begin[node + 1]):
                    row[of_whom[at]] = min(row[of_whom[at]], how_far[at] + rest)
            reached[node] = NEVER
    return table


@njit(cache=True)
def _longer(array, length):  # type: ignore[no-untyped-def]
    """The same array with room for more."""
    longer = np.empty(length, dtype=array.dtype)
    longer[:len(array)] = array
    return longer


@njit(cache=True)
def _nearest(sources, up, up_end, up_way, down, down_end, down_way):  # type: ignore[no-untyped-def]
    """Quickest milliseconds to every node from the nearest source: all climb at once, then all nodes look up, the highest first."""
    size = len(up) - 1
    best = np.full(size, NEVER, dtype=np.int64)
    for source in sources:
        best[source] = 0
    for node in range(size):
        if best[node] < NEVER:
            for edge in range(up[node], up[node + 1]):
                best[up_end[edge]] = min(best[up_end[edge]], best[node] + up_way[edge])
    for node in range(size - 1, -1, -1):
        for edge in range(down[node], down[node + 1]):
            if best[down_end[edge]] < NEVER:
                best[node] = min(best[node], best[down_end[edge]] + down_way[edge])
    return best
