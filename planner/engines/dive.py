"""Diving: a plan from the pool of caseloads, by fixing those that the dual values agree on, a few at a time.

Subgradient steps over the caseloads still possible tell how often each is its cadre's best; their average approximates
the solution of the master problem's linear relaxation (the volume algorithm, Barahona and Anbil 2000). The caseloads
most often chosen are fixed, those that clash with them are struck out, and the steps go on from the present values.
"""

from __future__ import annotations

import numpy as np
from numba import njit

ROUNDS = 60
"""Subgradient steps between two fixings."""

SETTINGS = ((0.03, 0.004), (0.03, 0.002), (0.03, 0.008), (0.02, 0.004), (0.02, 0.002), (0.02, 0.008), (0.01, 0.004), (0.01, 0.002))
"""Dives worth trying one after another: part of the cadres left whose caseloads are fixed at once, and what a step aims to
gain as a part of the cost left."""

MEMORY = 0.95
"""Weight of the past in the average of choices."""


@njit(cache=True, nogil=True)
def dive(site_dual, cadre, sites, priced, start, fixed_share, step_share):
    """Holders (s; -1: open) from columns: cadre (n; ascending), sites (n, k; -1 padded), ``priced`` (n) cost less row duals.

    ``start`` (c + 1): where every cadre's columns begin; fixed_share, step_share: one of SETTINGS.
    Sites that no column left can cover stay open.
    """
    cadres = start.shape[0] - 1
    count, largest = sites.shape
    site_count = site_dual.shape[0]
    dual = site_dual.copy()
    holders = np.full(site_count, -1, dtype=np.int64)
    free = np.ones(cadres, dtype=np.bool_)
    live = np.arange(count)
    weight = np.zeros(count, dtype=np.float64)
    least = np.empty(cadres, dtype=np.float64)
    chosen = np.empty(cadres, dtype=np.int64)
    slope = np.empty(site_count, dtype=np.float64)
    direction = np.zeros(site_count, dtype=np.float64)
    best_weight = np.empty(cadres, dtype=np.float64)
    best_column = np.empty(cadres, dtype=np.int64)
    while live.shape[0] > 0:
        for _ in range(ROUNDS):
            least[:] = np.inf
            chosen[:] = -1
            value = 0.0
            for number in range(live.shape[0]):
                column = live[number]
                reduced = priced[column]
                for position in range(largest):
                    if sites[column, position] < 0:
                        break
                    reduced -= dual[sites[column, position]]
                weight[column] *= MEMORY
                if reduced < least[cadre[column]]:
                    least[cadre[column]] = reduced
                    chosen[cadre[column]] = column
            for site in range(site_count):
                slope[site] = 1.0 if holders[site] < 0 else 0.0
                if holders[site] < 0:
                    value += dual[site]
            for who in range(cadres):
                if chosen[who] >= 0:
                    value += least[who]
                    weight[chosen[who]] += 1.0 - MEMORY
                    for position in range(largest):
                        if sites[chosen[who], position] < 0:
                            break
                        slope[sites[chosen[who], position]] -= 1.0
            norm = 0.0
            for site in range(site_count):
                direction[site] = slope[site] + 0.6 * direction[site]
                if holders[site] >= 0:
                    direction[site] = 0.0
                norm += direction[site] ** 2
            if norm == 0.0:
                break
            for site in range(site_count):
                dual[site] += step_share * abs(value) / norm * direction[site]
        best_weight[:] = -1.0
        left = 0
        for who in range(cadres):
            left += chosen[who] >= 0
        for number in range(live.shape[0]):
            column = live[number]
            if weight[column] > best_weight[cadre[column]]:
                best_weight[cadre[column]] = weight[column]
                best_column[cadre[column]] = column
        quota = max(1, int(fixed_share * left))
        for who in np.argsort(-best_weight, kind="mergesort"):
            if quota == 0 or best_weight[who] < 0.0:
                break
            column = best_column[who]
            fits = True
            for position in range(largest):
                if sites[column, position] >= 0 and holders[sites[column, position]] >= 0:
                    fits = False
            if not fits:
                continue
            quota -= 1
            free[who] = False
            for position in range(largest):
                if sites[column, position] >= 0:
                    holders[sites[column, position]] = who
        kept = 0
        for number in range(live.shape[0]):
            column = live[number]
            fits = free[cadre[column]]
            for position in range(largest):
                if sites[column, position] >= 0 and holders[sites[column, position]] >= 0:
                    fits = False
            if fits:
                live[kept] = column
                kept += 1
        live = live[:kept]
    return holders
