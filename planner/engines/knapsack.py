"""Caseloads priced as knapsacks, compiled: one dynamic programme over the load for every cadre, and what follows from it.

With the rows "every site is held once" priced by dual values pi (Fisher 1981, "The Lagrangian relaxation method for
solving integer programming problems"; Fisher, Jaikumar, Van Wassenhove 1986 for generalized assignment), each cadre
chooses alone:

    z_i(pi) = min over caseloads S of cadre i of  sum over j in S of (c_ij - pi_j) + p_i(load of S)

and  L(pi) = sum_j pi_j + sum_i z_i(pi)  bounds every plan from below, for any pi. z_i is a shortest way through the
states (count, load), site by site; the count stands in the state only where counts bind. Forward and backward tables
together price the best caseload with or without any one site: a pair whose price passes the best plan known is struck
(Posta, Ferland, Michelon 2012, "An exact method with variable fixing for solving the generalized assignment problem"),
and the backward table makes listing all caseloads under a price output-sensitive.

States lie in one row: ``count * width + load``; ``width`` is capacity + 1 and there are ``counts`` counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.arrays import FloatArray, IntArray
from planner.facts.problem_arrays import BoolArray

# A knapsack of one cadre, as every function here takes it:
#   load (s) units, allowed (s), width, counts, final (counts * width): price of ending in a state, inf where illegal.
# counts == 1 says that counts do not bind; ``saturated`` that only the lower one does (the last count means "or more").


@njit(cache=True)
def next_state(state: int, load: int, width: int, counts: int, saturated: bool) -> int:
    """The state after one more site, or -1 where it does not fit."""
    count = state // width
    if state - count * width + load >= width:
        return -1
    if counts == 1:
        return state + load
    if count + 1 < counts:
        return state + width + load
    return state + load if saturated else -1


@njit(cache=True)
def cheapest_caseload(price: FloatArray, load: IntArray, allowed: BoolArray, width: int, counts: int, saturated: bool,
                      final: FloatArray, only_negative: bool, chosen: BoolArray) -> float:
    """The z of one cadre for ``price`` (s) = c - pi; marks its caseload in ``chosen`` (s). inf where none is legal.

    ``only_negative``: a site of price >= 0 is never worth its load, so it is left out (needs a final price that never
    falls with the load, and no lower count).
    """
    sites = np.empty(price.shape[0], dtype=np.int64)
    number = 0
    for site in range(price.shape[0]):
        chosen[site] = False
        if allowed[site] and load[site] < width and (price[site] < 0.0 or not only_negative):
            sites[number] = site
            number += 1
    states = width * counts
    value = final.copy()
    take = np.zeros((number, states), dtype=np.bool_)
    for position in range(number - 1, -1, -1):
        site = sites[position]
        own, weight = price[site], load[site]
        if counts == 1:
            for state in range(width - weight):
                other = value[state + weight] + own
                if other < value[state]:
                    value[state] = other
                    take[position, state] = True
            continue
        for state in range(states):
            following = next_state(state, weight, width, counts, saturated)
            if following >= 0 and value[following] + own < value[state]:
                value[state] = value[following] + own
                take[position, state] = True
    if value[0] == np.inf:
        return np.inf
    state = 0
    for position in range(number):
        if take[position, state]:
            chosen[sites[position]] = True
            state = next_state(state, load[sites[position]], width, counts, saturated)
    return float(value[0])


@njit(cache=True)
def completion_table(price: FloatArray, load: IntArray, sites: IntArray, width: int, counts: int, saturated: bool,
                     final: FloatArray) -> FloatArray:
    """(n + 1, states): least price of going on from a state with the sites (n) from a position on, and of ending."""
    states = width * counts
    table = np.empty((sites.shape[0] + 1, states))
    table[sites.shape[0]] = final
    for position in range(sites.shape[0] - 1, -1, -1):
        own, weight = price[sites[position]], load[sites[position]]
        for state in range(states):
            best = table[position + 1, state]
            following = next_state(state, weight, width, counts, saturated)
            if following >= 0:
                best = min(best, table[position + 1, following] + own)
            table[position, state] = best
    return table


@njit(cache=True)
def price_pairs(price: FloatArray, load: IntArray, sites: IntArray, width: int, counts: int, saturated: bool,
                final: FloatArray, within: FloatArray, without: FloatArray) -> None:
    """Into ``within`` and ``without`` (s): the least price of a caseload with, and without, each of the sites (n)."""
    table = completion_table(price, load, sites, width, counts, saturated, final)
    states = width * counts
    forward = np.full(states, np.inf)
    forward[0] = 0.0
    for position in range(sites.shape[0]):
        site = sites[position]
        own, weight = price[site], load[site]
        held, left = np.inf, np.inf
        after = forward.copy()
        for state in range(states):
            if forward[state] == np.inf:
                continue
            left = min(left, forward[state] + table[position + 1, state])
            following = next_state(state, weight, width, counts, saturated)
            if following >= 0:
                held = min(held, forward[state] + own + table[position + 1, following])
                after[following] = min(after[following], forward[state] + own)
        within[site], without[site] = held, left
        forward = after


@njit(cache=True)
def list_caseloads(price: FloatArray, load: IntArray, sites: IntArray, width: int, counts: int, saturated: bool,
                   final: FloatArray, threshold: float, most: int) -> tuple[int, IntArray, IntArray]:
    """All caseloads of price <= ``threshold``: number, starts (number + 1) and members; number is -1 beyond ``most``."""
    table = completion_table(price, load, sites, width, counts, saturated, final)
    depth = sites.shape[0]
    start = np.zeros(most + 2, dtype=np.int64)
    members = np.empty(1024, dtype=np.int64)
    used, number = 0, 0
    position_of = np.zeros(depth + 2, dtype=np.int64)   # position where the site at this depth stands
    state_of = np.zeros(depth + 2, dtype=np.int64)
    spent_of = np.zeros(depth + 2)
    size, position, state, spent = 0, 0, 0, 0.0
    while True:
        if position == depth:
            if spent + final[state] <= threshold:
                if number == most:
                    return -1, start, members
                while used + size > members.shape[0]:
                    longer = np.empty(2 * members.shape[0], dtype=np.int64)
                    longer[:used] = members[:used]
                    members = longer
                for place in range(size):
                    members[used + place] = sites[position_of[place]]
                used += size
                number += 1
                start[number] = used
        else:
            site = sites[position]
            following = next_state(state, load[site], width, counts, saturated)
            if following >= 0 and spent + price[site] + table[position + 1, following] <= threshold:
                position_of[size], state_of[size], spent_of[size] = position, state, spent
                size += 1
                state, spent, position = following, spent + price[site], position + 1
                continue
            if spent + table[position + 1, state] <= threshold:
                position += 1
                continue
        while size > 0:  # back to the last site held, and on without it, where that stays under the threshold
            size -= 1
            position, state, spent = position_of[size] + 1, state_of[size], spent_of[size]
            if spent + table[position, state] <= threshold:
                break
        else:
            return number, start, members


@njit(cache=True)
def ascend(rounds: int, step: float, target: float, patience: int, dual: FloatArray, cost: FloatArray, load: IntArray,
           allowed: BoolArray, width: IntArray, counts: IntArray, saturated: BoolArray, final_start: IntArray,
           final: FloatArray, only_negative: BoolArray, multiplicity: IntArray, times: IntArray) -> float:
    """Improve ``dual`` (s) in place by deflected subgradient steps; return the best L.

    Arrays are over classes (k) of equal cadres, ``multiplicity`` (k) of each: cost, load, allowed (k, s). ``times``
    (k, s) counts how often a class chose a site, for primal heuristics. ``target``: the value of a plan (Polyak).
    """
    classes, sites = cost.shape
    best = -np.inf
    best_dual = dual.copy()
    direction = np.zeros(sites)
    slope = np.zeros(sites)
    chosen = np.zeros(sites, dtype=np.bool_)
    since = 0
    for _ in range(rounds):
        value = 0.0
        for site in range(sites):
            value += dual[site]
            slope[site] = 1.0
        for own in range(classes):
            value += multiplicity[own] * cheapest_caseload(
                cost[own] - dual, load[own], allowed[own], width[own], counts[own], saturated[own],
                final[final_start[own]:final_start[own + 1]], only_negative[own], chosen)
            for site in range(sites):
                if chosen[site]:
                    slope[site] -= multiplicity[own]
                    times[own, site] += 1
        if value > best + 1e-6 * abs(best) or best == -np.inf:
            since = 0
        else:
            since += 1
        if value > best:
            best = value
            best_dual[:] = dual
        if value == np.inf or best >= target - 1e-9:
            break
        if since >= patience:
            step *= 0.6
            since = 0
            dual[:] = best_dual
            direction[:] = 0.0
            if step < 1e-4:
                break
            continue
        norm = 0.0
        for site in range(sites):
            direction[site] = slope[site] + 0.7 * direction[site]
            norm += direction[site] ** 2
        if norm == 0.0:
            break
        length = step * max(target - value, 1e-6 * abs(target)) / norm
        for site in range(sites):
            dual[site] += length * direction[site]
    dual[:] = best_dual
    return best
