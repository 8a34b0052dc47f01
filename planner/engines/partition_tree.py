"""Set partitioning by depth-first search under a gap, compiled: small masters are settled without a solver.

The first site not yet held, in a fixed order, is held by one of the caseloads that begin with it; a branch ends where
the prices paid so far pass the room between the bound and the best plan.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.arrays import FloatArray, IntArray


@njit(cache=True)
def search_partitions(sites: int, group_start: IntArray, class_of: IntArray, price: FloatArray, cost: FloatArray,
                      column_start: IntArray, column_sites: IntArray, cadres: IntArray, must: IntArray,
                      idle: FloatArray, room: float, bound: float, margin: float, nodes: int,
                      chosen: IntArray) -> tuple[bool, float]:
    """Whether the search came to its end within ``nodes``, and the least cost found (inf if none).

    Sites stand renumbered 0..sites - 1; columns (n) are sorted by their lowest site, then by price (>= 0, above the
    class's least): those of site j are group_start[j]:group_start[j + 1]. Of class k there are cadres[k], each with a
    caseload if must[k], else at the cost idle[k] without one. ``chosen`` (sites) takes the columns, then -1.
    ``bound``: what a plan costs whose prices are all 0 (L), so after a plan only those cheaper by ``margin`` are sought.
    """
    held = np.zeros(sites, dtype=np.bool_)
    left = cadres.copy()
    stack, following = np.zeros(sites + 1, dtype=np.int64), np.zeros(sites + 1, dtype=np.int64)
    paid, spent = np.zeros(sites + 2), np.zeros(sites + 2)
    at = np.zeros(sites + 2, dtype=np.int64)
    depth = 0
    best = np.inf
    following[0] = group_start[0]
    work = 0
    while True:
        site = at[depth]
        entered = False
        while following[depth] < group_start[site + 1]:
            column = following[depth]
            following[depth] += 1
            work += 1
            if work > nodes:
                return False, best
            if paid[depth] + price[column] > room:
                following[depth] = group_start[site + 1]
                break
            if left[class_of[column]] == 0:
                continue
            free = True
            for place in range(column_start[column], column_start[column + 1]):
                if held[column_sites[place]]:
                    free = False
                    break
            if not free:
                continue
            for place in range(column_start[column], column_start[column + 1]):
                held[column_sites[place]] = True
            left[class_of[column]] -= 1
            stack[depth] = column
            paid[depth + 1], spent[depth + 1] = paid[depth] + price[column], spent[depth] + cost[column]
            depth += 1
            upcoming = site
            while upcoming < sites and held[upcoming]:
                upcoming += 1
            at[depth] = upcoming
            entered = True
            break
        if entered and at[depth] < sites:
            following[depth] = group_start[at[depth]]
            continue
        if entered:  # every site is held
            total, legal = spent[depth], True
            for own in range(left.shape[0]):
                if must[own] > 0 and left[own] > 0:
                    legal = False
                elif must[own] == 0:
                    total += left[own] * idle[own]
            if legal and total < best:
                room = min(room, total - margin - bound)
                best = total
                chosen[:] = -1
                chosen[:depth] = stack[:depth]
        if depth == 0:
            return True, best
        depth -= 1
        for place in range(column_start[stack[depth]], column_start[stack[depth] + 1]):
            held[column_sites[place]] = False
        left[class_of[stack[depth]]] += 1
