"""Pricing: the caseloads of least reduced cost of all cadres of one office, over all legal caseloads, compiled.

Every caseload has a farthest site a (by the trip there and back), its root. Travel obeys the triangle inequality, so
with d_a the trip to the root and g_x the least detour that takes x in, a day that also visits k - 1 other sites takes
at least ``d_a + max g >= d_a + sum of g_x / (k - 1)``. Sorted by the gain ``worth_x - g_x / (k - 1)``, the other
sites are added depth first; a branch ends as soon as even its best continuation stays above the threshold.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.kernel import best_day


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def detours(out, back, between, by_trip):
    """Least detour (n, n) that takes site ``by_trip[x]`` into the trip to the farther ``by_trip[a]``, for x < a."""
    count = by_trip.shape[0]
    table = np.zeros((count, count), dtype=np.float32)
    for far in range(count):
        root = by_trip[far]
        for near in range(far):
            site = by_trip[near]
            table[far, near] = max(0, min(out[site] + between[site, root] - out[root],
                                          between[root, site] + back[site] - back[root]))
    return table


@njit(cache=True, nogil=True)
def rank(items, gains, tours, count):
    """Sort the first ``count`` of three parallel arrays by falling gain, in place; equal gains keep their order."""
    order = np.argsort(-gains[:count], kind="mergesort")
    items[:count] = items[:count][order]
    gains[:count] = gains[:count][order]
    tours[:count] = tours[:count][order]


@njit(cache=True, nogil=True)
def price_cadre(cadre, profit, load_price, slope, share, travel_price, threshold, partners, largest, keep, bound_only,
                by_trip, detour, exclusive, out, back, between, office, limits, workload, allowed, facts, day,
                best_sites, best_cost, best_reduced):
    """Find caseloads of one cadre with ``cost - sum of profits < threshold``: the best of every root, ``keep`` in all.

    profit (s): dual value of each site less the cadre's own price for it. load_price (n): price by minutes of load,
    nowhere below ``slope * (share - load)``. ``partners`` limits the partners tried for every root, 0 means
    all (exact); ``bound_only`` asks for the least reduced cost, not for columns. by_trip (n): sites by trip there and
    back; detour (n, n) see ``detours``; exclusive (s): sites of which a caseload holds at most one. Fills best_sites
    (keep, largest; -1 padded), best_cost (without additive prices) and best_reduced. Returns how many, the least
    reduced cost or the threshold, and the caseloads evaluated. In exact mode nothing legal is below the least.
    """
    weights, vector, lower, upper, scale = limits
    orders, order_counts = facts[5], facts[6]
    limit_count = vector.shape[1]
    found = 0
    evaluated = 0
    least = threshold
    others = largest - 1
    share_of_detour = travel_price / others if others > 0 else 0.0
    chosen = np.full(largest, -1, dtype=np.int64)
    next_pick = np.zeros(largest + 1, dtype=np.int64)
    picks = np.zeros(largest + 1, dtype=np.int64)
    tour_at = np.zeros(largest + 1, dtype=np.int64)
    base_at = np.zeros(largest + 1, dtype=np.float64)
    load_at = np.zeros(largest + 1, dtype=np.int64)
    totals = np.zeros((largest + 1, limit_count), dtype=np.int64)
    root_sites = np.full(largest, -1, dtype=np.int64)
    constant = slope * share
    # the empty caseload
    legal = True
    for limit in range(limit_count):
        legal = legal and (vector[cadre, limit] < 0 or lower[cadre, limit] <= 0)
    if legal and load_price[0] < threshold:
        best_sites[0] = -1
        best_cost[0] = load_price[0]
        best_reduced[0] = load_price[0]
        found = 1
        least = load_price[0]
    # the sites this cadre may hold, nearest first
    count = 0
    mine = np.zeros(by_trip.shape[0], dtype=np.int64)
    for number in range(by_trip.shape[0]):
        if allowed[cadre, by_trip[number]]:
            mine[count] = number
            count += 1
    worth = np.zeros(count, dtype=np.float64)
    alone = np.zeros(count, dtype=np.bool_)
    most = np.zeros(count + 1, dtype=np.float64)
    for number in range(count):
        site = by_trip[mine[number]]
        worth[number] = profit[site] + slope * workload[site]
        alone[number] = exclusive[site]
        most[number + 1] = max(most[number], worth[number])
    gain = np.zeros(count, dtype=np.float64)
    pick = np.zeros((largest + 1, count), dtype=np.int64)
    pick_gain = np.zeros((largest + 1, count), dtype=np.float64)
    pick_tour = np.zeros((largest + 1, count), dtype=np.int64)
    for far in range(count - 1, -1, -1):
        root = by_trip[mine[far]]
        base = constant + travel_price * (out[root] + back[root]) - worth[far]
        limit_value = least if bound_only else threshold
        if base - others * most[far] >= limit_value:
            continue
        # the best gains of partners: up to three, at most one of the exclusive sites
        row = detour[mine[far]]
        first, second, third, single = 0.0, 0.0, 0.0, 0.0
        for near in range(far):
            value = worth[near] - share_of_detour * row[mine[near]]
            gain[near] = value
            if alone[near]:
                if value > single:
                    single = value
            elif value > third:
                if value > first:
                    first, second, third = value, first, second
                elif value > second:
                    second, third = value, second
                else:
                    third = value
        if alone[far]:
            single = 0.0
        reach = 0.0
        without = 0.0
        if others == 1:
            reach = max(first, single)
        elif others == 2:
            reach = first + max(second, single)
            without = max(first, single)
        elif others >= 3:
            reach = first + second + max(third, single) + (others - 3) * max(third, single)
            without = first + max(second, single) + (others - 3) * max(third, single)
        if base - reach >= limit_value:
            continue
        kept = 0
        if others > 0:
            for near in range(far):
                if base - without - gain[near] < limit_value and not (alone[far] and alone[near]):
                    pick[0, kept] = near
                    pick_gain[0, kept] = gain[near]
                    pick_tour[0, kept] = out[root] + back[root] + np.int64(row[mine[near]])
                    kept += 1
        rank(pick[0], pick_gain[0], pick_tour[0], kept)
        picks[0] = min(kept, partners) if partners > 0 else kept
        possible = True
        for limit in range(limit_count):
            which = vector[cadre, limit]
            totals[0, limit] = 0 if which < 0 else weights[which, root]
            if which >= 0 and totals[0, limit] > upper[cadre, limit]:
                possible = False
        if not possible:
            continue
        # depth first: at every level the partners left are ranked anew by their detour from the caseload so far
        root_best = limit_value
        root_cost = 0.0
        root_size = 0
        chosen[0] = root
        tour_at[0] = out[root] + back[root]
        base_at[0] = base
        load_at[0] = workload[root]
        next_pick[0] = 0
        level = 0
        fresh = True
        while level >= 0:
            if fresh:
                fresh = False
                evaluated += 1
                legal = True
                for limit in range(limit_count):
                    if vector[cadre, limit] >= 0 and totals[level, limit] < lower[cadre, limit]:
                        legal = False
                if legal:
                    load = load_at[level]
                    # base = constant + travel - worths; the load's true price instead of its lower line
                    load_cost = load_price[min(load, load_price.shape[0] - 1)]
                    above_line = load_cost - slope * (share - load)
                    if base_at[level] + above_line < root_best - 1e-9:
                        seconds, fits = best_day(office, chosen, level + 1, facts, day)
                        reduced = base_at[level] + above_line + travel_price * (seconds - tour_at[level])
                        if fits and reduced < root_best - 1e-9:
                            root_best = reduced
                            root_cost = travel_price * seconds + load_cost
                            root_size = level + 1
                            root_sites[:root_size] = chosen[:root_size]
            extended = False
            if level < others:
                remaining = others - level
                while next_pick[level] < picks[level]:
                    number = next_pick[level]
                    value = pick_gain[level, number]
                    if base_at[level] - (remaining if value > 0 else 1) * value >= root_best:
                        break
                    next_pick[level] += 1
                    near = pick[level, number]
                    site = by_trip[mine[near]]
                    possible = True
                    for limit in range(limit_count):
                        which = vector[cadre, limit]
                        totals[level + 1, limit] = totals[level, limit] + (0 if which < 0 else weights[which, site])
                        if which >= 0 and totals[level + 1, limit] > upper[cadre, limit]:
                            possible = False
                            break
                    if possible:
                        extended = True
                        break
                if extended:
                    below = level + 1
                    chosen[below] = site
                    tour_at[below] = pick_tour[level, number]
                    base_at[below] = base_at[level] + travel_price * (tour_at[below] - tour_at[level]) - worth[near]
                    load_at[below] = load_at[level] + workload[site]
                    next_pick[below] = 0
                    picks[below] = 0
                    if remaining > 1:
                        kept = 0
                        first, second = 0.0, 0.0
                        for later in range(number + 1, picks[level]):
                            other = pick[level, later]
                            if alone[near] and alone[other]:
                                continue
                            partner = by_trip[mine[other]]
                            chosen[below + 1] = partner
                            tour = least_tour(out, back, between, chosen, below + 2, orders, order_counts)
                            value = worth[other] - travel_price * (tour - tour_at[below]) / (remaining - 1)
                            pick[below, kept] = other
                            pick_gain[below, kept] = value
                            pick_tour[below, kept] = tour
                            kept += 1
                            if value > first:
                                first, second = value, first
                            elif value > second:
                                second = value
                        rest = 0.0 if remaining == 2 else first + (remaining - 3) * first
                        count_kept = 0
                        for later in range(kept):
                            if base_at[below] - rest - pick_gain[below, later] < root_best:
                                pick[below, count_kept] = pick[below, later]
                                pick_gain[below, count_kept] = pick_gain[below, later]
                                pick_tour[below, count_kept] = pick_tour[below, later]
                                count_kept += 1
                        rank(pick[below], pick_gain[below], pick_tour[below], count_kept)
                        picks[below] = count_kept
                    level = below
                    fresh = True
            if not extended:
                level -= 1
        if root_size > 0:
            least = min(least, root_best)
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
                best_sites[where, :root_size] = root_sites[:root_size]
                best_cost[where] = root_cost
                best_reduced[where] = root_best
    return found, least, evaluated
