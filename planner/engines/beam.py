"""All cadres' caseloads at once, site after site, with knapsack tables as bound on what is to come; compiled.

A label says which sites of those seen so far who holds: a state (count, load) of every cadre, and what was spent. With
dual values pi every cadre's cheapest completion by the sites to come is one entry of his table, so

    spent + sum of pi over the sites to come + sum over cadres of their tables

is at most the cost of any plan the label leads to. Labels above ``limit`` are dropped, equal ones count once, and of
more than ``most`` in a layer the lowest stay: a beam search (Lowerre 1976). Where nothing but labels above the limit was
dropped it is a dynamic programme over all plans (bounded as in Marsten, Morin 1978), hence exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from planner.engines.arrays import BoolArray, FloatArray, IntArray
from planner.engines.knapsack import completion_table, next_state
from planner.engines.knapsack_classes import Knapsacks

BUCKETS = 1024
"""Labels of a layer are ranked by their bound in so many steps."""


@njit(cache=True)
def search_layers(order: IntArray, cost: FloatArray, load: IntArray, allowed: BoolArray, width: IntArray, counts: IntArray,
                  saturated: BoolArray, table: FloatArray, table_start: IntArray, to_come: FloatArray, limit: float,
                  most: int, pick: int, holders: IntArray) -> tuple[float, bool]:
    """The cheapest plan found of cost <= ``limit`` into ``holders`` (s); its cost (inf: none), and whether none is cheaper.

    order (s): sites as they are decided. cost, load, allowed (c, s). table: flat, of cadre i from table_start[i] on, by
    position and state. to_come (s + 1): sum of dual values of the sites from a position on. ``pick`` chooses among plans
    of equal cost.
    """
    sites, cadres = order.shape[0], cost.shape[0]
    states = width * counts
    state, fresh = np.zeros((most, cadres), dtype=np.int32), np.zeros((most, cadres), dtype=np.int32)
    spent, paid = np.zeros(most), np.zeros(most)
    parent, choice = np.zeros((sites, most), dtype=np.int32), np.zeros((sites, most), dtype=np.int16)
    slots = 1
    while slots < 4 * most:
        slots *= 2
    slot, used = np.full(slots, -1, dtype=np.int32), np.zeros(most, dtype=np.int64)
    bucket, rest = np.zeros(BUCKETS + 1, dtype=np.int64), np.zeros(most)
    size, whole = 1, True
    low = to_come[0]
    for cadre in range(cadres):
        low += table[table_start[cadre]]
    for position in range(sites):
        site = order[position]
        scale = BUCKETS / max(1e-9, limit - low)
        # twice over all children: how many lie under which bound, then those under the one that leaves ``most``
        bucket[:] = 0
        lowest, last, kept, marked = np.inf, BUCKETS, 0, 0
        for turn in range(2):
            for label in range(size):
                if turn == 0:
                    rest[label] = spent[label] + to_come[position + 1]
                    for cadre in range(cadres):
                        rest[label] += table[table_start[cadre] + (position + 1) * states[cadre] + state[label, cadre]]
                for cadre in range(cadres):
                    if not allowed[cadre, site]:
                        continue
                    after = next_state(state[label, cadre], load[cadre, site], width[cadre], counts[cadre], saturated[cadre])
                    if after < 0:
                        continue
                    first = table_start[cadre] + (position + 1) * states[cadre]
                    if table[first + after] == np.inf:
                        continue
                    bound = rest[label] + cost[cadre, site]
                    if bound == np.inf:  # the cadre must still hold more, and this site may be what he needs
                        bound = spent[label] + to_come[position + 1] + cost[cadre, site] + table[first + after]
                        for other in range(cadres):
                            if other != cadre:
                                bound += table[table_start[other] + (position + 1) * states[other] + state[label, other]]
                    else:
                        bound += table[first + after] - table[first + state[label, cadre]]
                    if not bound <= limit:
                        continue
                    place = min(BUCKETS, max(0, int((bound - low) * scale)))
                    if turn == 0:
                        bucket[place] += 1
                        lowest = min(lowest, bound)
                        continue
                    if place > last:
                        continue
                    mixed = np.uint64(1469598103934665603)
                    for other in range(cadres):
                        own = after if other == cadre else state[label, other]
                        mixed = (mixed ^ np.uint64(own)) * np.uint64(1099511628211)
                    mixed ^= mixed >> np.uint64(29)
                    at = np.int64(mixed & np.uint64(slots - 1))
                    price = spent[label] + cost[cadre, site]
                    while slot[at] >= 0:
                        one = slot[at]
                        same = True
                        for other in range(cadres):
                            if fresh[one, other] != (after if other == cadre else state[label, other]):
                                same = False
                                break
                        if same:
                            break
                        at = (at + 1) & (slots - 1)
                    one = slot[at]
                    if one >= 0:
                        if price < paid[one]:
                            paid[one], parent[position, one], choice[position, one] = price, label, cadre
                    elif kept < most:
                        slot[at] = kept
                        used[marked] = at
                        marked += 1
                        for other in range(cadres):
                            fresh[kept, other] = state[label, other]
                        fresh[kept, cadre] = after
                        paid[kept], parent[position, kept], choice[position, kept] = price, label, cadre
                        kept += 1
                    else:
                        whole = False
            if turn == 0:
                total = 0
                for place in range(BUCKETS + 1):
                    total += bucket[place]
                    if total > most:
                        last = place
                        whole = whole and place == BUCKETS
                        break
        for number in range(marked):
            slot[used[number]] = -1
        size, low = kept, lowest
        state, fresh = fresh, state
        spent, paid = paid, spent
        if size == 0:
            return np.inf, whole
    best, final, ties = np.inf, 0, 0
    for label in range(size):
        value = spent[label]
        for cadre in range(cadres):
            value += table[table_start[cadre] + sites * states[cadre] + state[label, cadre]]
        if value < best - 1e-9:
            best, final, ties = value, label, 1
        elif value <= best + 1e-9:
            ties += 1
            pick = (pick * 1103515245 + 12345) % 2147483648
            if (pick >> 8) % ties == 0:
                final = label
    for position in range(sites - 1, -1, -1):
        holders[order[position]] = choice[position, final]
        final = parent[position, final]
    return best, whole


@dataclass(frozen=True)
class Beam:
    """Holders (s) or None, their cost (inf without), and whether no plan up to the limit asked for is cheaper."""

    holders: IntArray | None
    cost: float
    whole: bool


def decision_order(knapsacks: Knapsacks, noise: FloatArray) -> IntArray:
    """Sites with few cadres left first, then those of great load, which leave the small ones to fill up; noise (s)."""
    number = knapsacks.allowed.sum(axis=0)
    mean = np.where(knapsacks.allowed, knapsacks.load, 0).sum(axis=0) / np.maximum(1, number)
    scale = max(1.0, float(mean.max(initial=0.0)))
    return np.argsort(number - 0.5 * (mean / scale + noise), kind="stable").astype(np.int64)


def beam_search(knapsacks: Knapsacks, dual: FloatArray, limit: float, most: int, rng: np.random.Generator) -> Beam:
    """The cheapest plan of cost <= ``limit`` among at most ``most`` labels a layer; every class has one cadre."""
    cadres, sites = knapsacks.cost.shape
    order = decision_order(knapsacks, np.asarray(0.4 * rng.random(sites), dtype=np.float64))
    price = np.where(knapsacks.allowed, knapsacks.cost - dual, np.inf)
    tables = [completion_table(price[own], knapsacks.load[own], order, *knapsacks.of(own)).ravel() for own in range(cadres)]
    start = np.cumsum([0, *(len(one) for one in tables)])[:-1].astype(np.int64)
    to_come = np.append(np.cumsum(dual[order][::-1])[::-1], 0.0)
    holders = np.full(sites, -1, dtype=np.int64)
    cost, whole = search_layers(order, knapsacks.cost, knapsacks.load, knapsacks.allowed, knapsacks.width, knapsacks.counts,
                                knapsacks.saturated, np.concatenate(tables), start, to_come, limit, most,
                                int(rng.integers(2**30)), holders)
    if not np.isfinite(cost):
        return Beam(None, np.inf, bool(whole))
    holders = np.array([members[0] for members in knapsacks.members], dtype=np.int64)[holders]
    return Beam(holders, float(cost), bool(whole))
