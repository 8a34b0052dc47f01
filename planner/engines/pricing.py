"""Pricing: the caseloads of least reduced cost of one cadre, over all legal caseloads, compiled.

Every caseload has a farthest site a (by the trip there and back), its root. Travel obeys the triangle inequality, so
with d_a the trip to the root and g_x the least detour that takes x in, a day that also visits k - 1 other sites takes
at least ``d_a + max g >= d_a + sum of g_x / (k - 1)``. Sorted by the gain ``profit_x - g_x / (k - 1)``, the other
sites are added depth first; a branch ends as soon as even the best continuation stays above the threshold.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.kernel import best_day


@njit(cache=True)
def least_tour(out, back, between, sites, k, orders, order_counts):
    """Least travel of a round trip through ``sites[:k]`` in any order, visiting hours aside."""
    if k == 1:
        return out[sites[0]] + back[sites[0]]
    if k == 2:
        a, b = sites[0], sites[1]
        return min(out[a] + between[a, b] + back[b], out[b] + between[b, a] + back[a])
    if k == 3:
        a, b, c = sites[0], sites[1], sites[2]
        ab, ba, ac, ca, bc, cb = between[a, b], between[b, a], between[a, c], between[c, a], between[b, c], between[c, b]
        return min(out[a] + min(ab + bc + back[c], ac + cb + back[b]),
                   out[b] + min(ba + ac + back[c], bc + ca + back[a]),
                   out[c] + min(ca + ab + back[b], cb + ba + back[a]))
    best = np.int64(1) << 60
    for number in range(order_counts[k]):
        order = orders[k, number]
        here = sites[order[0]]
        total = out[here]
        for position in range(1, k):
            following = sites[order[position]]
            total += between[here, following]
            here = following
            if total >= best:
                break
        total += back[here]
        if total < best:
            best = total
    return best


@njit(cache=True)
def price_cadre(cadre, profit, load_price, share_slope, share_minutes, travel_price, threshold, partners, largest, keep, bound_only,
                nearby, office, limits, workload, allowed, facts, day, best_sites, best_cost, best_reduced):
    """Find caseloads with ``cost - sum of profits < threshold``; at most one for every root, the ``keep`` best in all.

    profit (s): dual value of each site less the cadre's own price for it. load_price (n): price by minutes of load,
    at least ``share_slope * (share_minutes - load)``. ``partners`` limits the partners tried for every root, 0 means
    all (exact); ``bound_only`` asks for the least reduced cost, not for columns. nearby = (out, back, between) travel by site. Fills best_sites (keep, largest; -1 padded), best_cost
    (without additive prices) and best_reduced, in order of roots; returns (how many, least reduced cost or threshold,
    caseloads evaluated). The threshold is a bound on the reduced cost of everything not returned in exact mode.
    """
    out, back, between = nearby
    weights, vector, lower, upper, scale = limits
    travel, site_place, stay, opens, closes, orders, order_counts = facts
    site_count = profit.shape[0]
    trip = out + back
    found = 0
    evaluated = 0
    least = threshold
    chosen = np.full(largest, -1, dtype=np.int64)
    position_at = np.zeros(largest + 1, dtype=np.int64)
    tour_at = np.zeros(largest + 1, dtype=np.int64)
    gain_at = np.zeros(largest + 1, dtype=np.float64)
    load_at = np.zeros(largest + 1, dtype=np.int64)
    totals = np.zeros((largest + 1, vector.shape[1]), dtype=np.int64)
    gain = np.zeros(site_count, dtype=np.float64)
    candidates = np.zeros(site_count, dtype=np.int64)
    worth = profit + share_slope * workload
    constant = share_slope * share_minutes
    best_root_sites = np.full(largest, -1, dtype=np.int64)
    # the empty caseload
    legal = True
    for limit in range(vector.shape[1]):
        legal = legal and (vector[cadre, limit] < 0 or lower[cadre, limit] <= 0)
    if legal and load_price[0] < threshold:
        best_sites[0] = -1
        best_cost[0] = load_price[0]
        best_reduced[0] = load_price[0]
        found = 1
        least = load_price[0]
    most = 0.0
    for site in range(site_count):
        if allowed[cadre, site] and worth[site] > most:
            most = worth[site]
    for root in range(site_count):
        if not allowed[cadre, root] or out[root] < 0 or back[root] < 0:
            continue
        base = constant + travel_price * trip[root] - worth[root]
        if base - (largest - 1) * most >= threshold:
            continue
        # gains of possible partners, and the best of them
        count = 0
        first, second, third = 0.0, 0.0, 0.0
        for site in range(site_count):
            if not allowed[cadre, site] or site == root:
                continue
            if trip[site] > trip[root] or (trip[site] == trip[root] and site > root):
                continue
            if between[root, site] < 0 or between[site, root] < 0 or out[site] < 0 or back[site] < 0:
                continue
            detour = min(out[site] + between[site, root] - out[root], between[root, site] + back[site] - back[root])
            value = worth[site] - travel_price * max(0, detour) / (largest - 1) if largest > 1 else 0.0
            if largest == 1:
                continue
            gain[site] = value
            candidates[count] = site
            count += 1
            if value > first:
                first, second, third = value, first, second
            elif value > second:
                second, third = value, second
            elif value > third:
                third = value
        reach = first + second + third + max(0, largest - 4) * third
        if largest == 3:
            reach = first + second
        elif largest == 2:
            reach = first
        elif largest == 1:
            reach = 0.0
        if base - reach >= threshold:
            continue
        # only partners with which some caseload could still be good
        kept = 0
        slack = base - threshold
        without = max(0.0, reach - third) if largest >= 4 else (first if largest == 3 else 0.0)
        for number in range(count):
            site = candidates[number]
            if slack - without - gain[site] < 0:
                candidates[kept] = site
                kept += 1
        order = candidates[:kept][np.argsort(-gain[candidates[:kept]], kind="mergesort")]
        if partners > 0 and kept > partners:
            kept = partners
        above = np.zeros(kept + 1, dtype=np.float64)
        for number in range(kept - 1, -1, -1):
            above[number] = max(above[number + 1], worth[order[number]])
        # depth first over increasing positions in that order
        root_best = least if bound_only else threshold
        root_cost = 0.0
        root_size = 0
        chosen[0] = root
        tour_at[0] = trip[root]
        gain_at[0] = 0.0
        load_at[0] = workload[root]
        possible = True
        for limit in range(vector.shape[1]):
            which = vector[cadre, limit]
            totals[0, limit] = 0 if which < 0 else weights[which, root]
            if which >= 0 and totals[0, limit] > upper[cadre, limit]:
                possible = False
        if not possible:
            continue
        level = 0
        position_at[1] = -1
        fresh = True
        profit_sum = profit[root]
        while level >= 0:
            if fresh:
                fresh = False
                evaluated += 1
                legal = True
                for limit in range(vector.shape[1]):
                    if vector[cadre, limit] >= 0 and totals[level, limit] < lower[cadre, limit]:
                        legal = False
                if legal:
                    size = level + 1
                    load_cost = load_price[min(load_at[level], load_price.shape[0] - 1)]
                    reduced = travel_price * tour_at[level] + load_cost - profit_sum
                    if reduced < root_best - 1e-9:
                        seconds, fits = best_day(office, chosen, size, facts, day)
                        reduced = travel_price * seconds + load_cost - profit_sum
                        if fits and reduced < root_best - 1e-9:
                            root_best = reduced
                            root_cost = travel_price * seconds + load_cost
                            root_size = size
                            best_root_sites[:size] = chosen[:size]
            # extend the current caseload by the next partner, or step back
            extended = False
            if level + 1 < largest:
                remaining = largest - 1 - level
                number = position_at[level + 1] + 1
                while number < kept:
                    site = order[number]
                    if base - gain_at[level] - (remaining if gain[site] > 0 else 1) * gain[site] >= root_best:
                        number = kept
                        break
                    possible = True
                    for limit in range(vector.shape[1]):
                        which = vector[cadre, limit]
                        if which >= 0 and totals[level, limit] + weights[which, site] > upper[cadre, limit]:
                            possible = False
                            break
                    if possible:
                        chosen[level + 1] = site
                        # the caseload's exact tour, and the most that further partners could bring
                        tour = least_tour(out, back, between, chosen, level + 2, orders, order_counts)
                        bound = constant + travel_price * tour - worth[root] - worth[site]
                        for other in range(1, level + 1):
                            bound -= worth[chosen[other]]
                        if bound - (remaining - 1) * above[number + 1] < root_best:
                            extended = True
                            break
                    number += 1
                if extended:
                    position_at[level + 1] = number
                    site = order[number]
                    tour_at[level + 1] = tour
                    gain_at[level + 1] = gain_at[level] + gain[site]
                    load_at[level + 1] = load_at[level] + workload[site]
                    for limit in range(vector.shape[1]):
                        which = vector[cadre, limit]
                        totals[level + 1, limit] = totals[level, limit] + (0 if which < 0 else weights[which, site])
                    profit_sum += profit[site]
                    level += 1
                    position_at[level + 1] = number
                    fresh = True
            if not extended:
                if level > 0:
                    profit_sum -= profit[chosen[level]]
                level -= 1
        if root_size > 0:
            if root_best < least:
                least = root_best
            where = found
            if found < keep:
                found += 1
            else:
                where = 0
                for other in range(1, keep):
                    if best_reduced[other] > best_reduced[where]:
                        where = other
                if best_reduced[where] <= root_best:
                    where = -1
            if where >= 0:
                best_sites[where] = -1
                best_sites[where, :root_size] = best_root_sites[:root_size]
                best_cost[where] = root_cost
                best_reduced[where] = root_best
    return found, least, evaluated

