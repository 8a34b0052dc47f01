"""The core of a road graph: the nodes that matter and the quickest ways between them, with most other nodes gone.

A node that nobody starts from or goes to is taken out, and every way through it becomes an edge between its neighbours,
unless there is a quicker one (node contraction, Geisberger and others 2008, without its order and witnesses). No quickest
time between the nodes left changes: whole milliseconds are added, in another order only.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
import scipy.sparse

from geodata.streets import IntArray

MOST_NEIGHBOURS: Final = 9
"""A node with more neighbours than this stays: taking it out would add more edges than it spares."""


def core_of(graph: scipy.sparse.csr_array, wanted: IntArray) -> tuple[scipy.sparse.csr_array, IntArray]:
    """The graph without most of the nodes that are not ``wanted``, and the new number of every node (-1: taken out).

    graph (n, n): whole milliseconds, positive, no loops.
    """
    size = graph.shape[0]
    onward: list[dict[int, float]] = [
        dict(zip(graph.indices[graph.indptr[node]:graph.indptr[node + 1]].tolist(),
                 graph.data[graph.indptr[node]:graph.indptr[node + 1]].tolist(), strict=True)) for node in range(size)]
    backward: list[dict[int, float]] = [{} for _ in range(size)]
    for node, edges in enumerate(onward):
        for other, value in edges.items():
            backward[other][node] = value
    stays = np.zeros(size, dtype=np.bool_)
    stays[wanted] = True
    queue = [(len(onward[node]) + len(backward[node]), node) for node in np.flatnonzero(~stays).tolist()]
    heapify(queue)
    while queue:
        degree, node = heappop(queue)
        now = len(onward[node]) + len(backward[node])
        if now > 2 * MOST_NEIGHBOURS:
            stays[node] = True
        elif now > degree:
            heappush(queue, (now, node))
        else:
            _take_out(node, onward, backward)
    left = np.flatnonzero(stays)
    number = np.full(size, -1, dtype=np.int64)
    number[left] = np.arange(len(left))
    lengths = [len(onward[node]) for node in left]
    indices = np.array([other for node in left for other in onward[node]], dtype=np.int64)
    values = np.array([value for node in left for value in onward[node].values()], dtype=np.float64)
    starts = np.cumsum([0, *lengths])
    return scipy.sparse.csr_array((values, number[indices], starts), shape=(len(left), len(left))), number


def _take_out(node: int, onward: list[dict[int, float]], backward: list[dict[int, float]]) -> None:
    """Join every node before ``node`` to every one after it, in place."""
    after = onward[node]
    for start, first in backward[node].items():
        own = onward[start]
        del own[node]
        for end, second in after.items():
            if end != start:
                value = first + second
                if value < own.get(end, np.inf):
                    own[end] = backward[end][start] = value
    for end in after:
        del backward[end][node]
    onward[node], backward[node] = {}, {}
