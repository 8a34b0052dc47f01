"""Annealing over the holders of sites, for problems given as arrays; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.arrays import FloatArray, IntArray
from planner.facts.problem_arrays import BoolArray


@njit(cache=True)
def excess(load: int, count: int, capacity: int, lower: int, upper: int) -> int:
    """How far a cadre stands outside his limits, in units of load and sites."""
    return max(0, load - capacity) + max(0, count - upper) + max(0, lower - count)


@njit(cache=True)
def load_price(table: FloatArray, load: int, capacity: int) -> float:
    """Price of a load; beyond the capacity that of the last entry, as the excess is priced apart."""
    return float(table[min(load, capacity)])


@njit(cache=True)
def anneal_holders(moves: int, hot: float, cold: float, penalty: float, seed: int, holders: IntArray, cost: FloatArray,
                   load: IntArray, capacity: IntArray, lower: IntArray, upper: IntArray, priced: bool,
                   price: FloatArray, choice_start: IntArray, choices: IntArray) -> float:
    """Shift and swap from ``holders`` (s), left at the best legal state; return its cost, inf where none was met.

    price (c, load); the cadres allowed for a site are choices[choice_start[j]:choice_start[j + 1]]. ``penalty`` is the
    first price of a unit of excess; it grows while no state is legal and falls while all are (strategic oscillation,
    as in Yagiura, Ibaraki, Glover 2006), the temperature falls from ``hot`` to ``cold`` geometrically.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator
    cadres, sites = cost.shape
    loads, counts = np.zeros(cadres, dtype=np.int64), np.zeros(cadres, dtype=np.int64)
    value, outside = 0.0, 0
    for site in range(sites):
        holder = holders[site]
        loads[holder] += load[holder, site]
        counts[holder] += 1
        value += cost[holder, site]
    for cadre in range(cadres):
        outside += excess(loads[cadre], counts[cadre], capacity[cadre], lower[cadre], upper[cadre])
        if priced:
            value += load_price(price[cadre], loads[cadre], capacity[cadre])
    best, kept = np.inf, holders.copy()
    if outside == 0:
        best = value
    heat = hot
    period = 50 * sites
    cooling = (cold / hot) ** (1.0 / max(1, moves // period)) if hot > 0 else 1.0
    illegal = 0
    for move in range(moves):
        if move % period == period - 1:
            heat *= cooling
            if illegal > 0.995 * period:
                penalty *= 1.05
            elif illegal < 0.95 * period:
                penalty *= 0.95
            illegal = 0
        if outside > 0:
            illegal += 1
        site = np.random.randint(sites)  # noqa: NPY002
        old = holders[site]
        other = -1
        if np.random.random() < 0.5:  # noqa: NPY002
            first, last = choice_start[site], choice_start[site + 1]
            new = choices[first + np.random.randint(last - first)]  # noqa: NPY002
            if new == old:
                continue
            step = cost[new, site] - cost[old, site]
            old_load, new_load = loads[old] - load[old, site], loads[new] + load[new, site]
            old_count, new_count = counts[old] - 1, counts[new] + 1
        else:
            other = np.random.randint(sites)  # noqa: NPY002
            new = holders[other]
            if new == old or not (np.isfinite(cost[new, site]) and np.isfinite(cost[old, other])):
                continue
            step = cost[new, site] - cost[old, site] + cost[old, other] - cost[new, other]
            old_load = loads[old] - load[old, site] + load[old, other]
            new_load = loads[new] + load[new, site] - load[new, other]
            old_count, new_count = counts[old], counts[new]
        if priced:
            step += (load_price(price[old], old_load, capacity[old]) - load_price(price[old], loads[old], capacity[old])
                     + load_price(price[new], new_load, capacity[new]) - load_price(price[new], loads[new], capacity[new]))
        further = (excess(old_load, old_count, capacity[old], lower[old], upper[old])
                   + excess(new_load, new_count, capacity[new], lower[new], upper[new])
                   - excess(loads[old], counts[old], capacity[old], lower[old], upper[old])
                   - excess(loads[new], counts[new], capacity[new], lower[new], upper[new]))
        worse = step + penalty * further
        if worse > 0 and np.random.random() >= np.exp(-worse / heat):  # noqa: NPY002
            continue
        holders[site] = new
        if other >= 0:
            holders[other] = old
        loads[old], loads[new], counts[old], counts[new] = old_load, new_load, old_count, new_count
        value += step
        outside += further
        if outside == 0 and value < best - 1e-9:
            best = value
            kept[:] = holders
    holders[:] = kept
    return best


@njit(cache=True)
def choices_of(allowed: BoolArray) -> tuple[IntArray, IntArray]:
    """Cadres allowed for every site: starts (s + 1) and flat indices. ``allowed`` (c, s)."""
    cadres, sites = allowed.shape
    start = np.zeros(sites + 1, dtype=np.int64)
    flat = np.empty(max(1, allowed.sum()), dtype=np.int64)
    for site in range(sites):
        start[site + 1] = start[site]
        for cadre in range(cadres):
            if allowed[cadre, site]:
                flat[start[site + 1]] = cadre
                start[site + 1] += 1
    return start, flat
