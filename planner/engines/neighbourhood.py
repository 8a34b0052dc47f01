"""Neighbourhood search: from a plan and good dual values, the best plan that differs in a few cadres, many times over.

The cost of a plan above the dual bound is the sum of its caseloads' excesses (reduced cost less the cadre's least)
and of the rows' slack. A window is a handful of cadres near each other with much excess. Its sites are freed, the
cadres' caseloads of low reduced cost over these sites are enumerated, dual values of the window alone are improved,
and the exact cover of sites by one caseload a cadre is solved by branch and bound. Columns whose reduced cost is above
what is left of the gap cannot be in a better plan, so few remain. Every budget is a count, never a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.engines.kernel import best_day, evaluate, next_random
from planner.engines.tables import CostTables, KernelTables
from planner.facts.problem_arrays import BoolArray, IntArray

FloatArray = NDArray[np.float64]
Admits = Callable[[int, IntArray], BoolArray]
"""Which caseloads (m, k; -1 padded) of a cadre some further rule admits, as a mask (m)."""

NEAR_SITES = 30
MOST_SITES = 60
"""Sites of one window: a caseload is one 64-bit mask over them."""
REMEMBERED = 24
"""Caseloads of low reduced cost remembered for every cadre: they tell with whom he wants to exchange sites."""
COLUMNS = 250
"""Caseloads of every window cadre that enter the exact cover."""
ASCENT_ROUNDS = 80
NODES = 4000
OPEN_PRICE = 20_000.0
"""Price in seconds of a site that nobody holds."""
TINY = 1e-6


@njit(cache=True, nogil=True)
def least_round_trip(office, sites, k, travel, site_place, between):
    """Least travel seconds of a round trip through ``sites[:k]``, k up to 3, visiting hours aside."""
    a = sites[0]
    out_a, back_a = travel[office, site_place[a]], travel[site_place[a], office]
    if k == 1:
        return out_a + back_a
    b = sites[1]
    out_b, back_b = travel[office, site_place[b]], travel[site_place[b], office]
    if k == 2:
        return min(out_a + between[a, b] + back_b, out_b + between[b, a] + back_a)
    c = sites[2]
    out_c, back_c = travel[office, site_place[c]], travel[site_place[c], office]
    ab, ba, ac, ca, bc, cb = between[a, b], between[b, a], between[a, c], between[c, a], between[b, c], between[c, b]
    return min(out_a + min(ab + bc + back_c, ac + cb + back_b), out_b + min(ba + ac + back_c, bc + ca + back_a),
               out_c + min(ca + ab + back_b, cb + ba + back_a))


@njit(cache=True, nogil=True)
def profits_of(cadre, sites, count, site_dual, row_dual, rows, additive, profit):
    """Fill ``profit`` (count): what duals pay the cadre for each of ``sites[:count]``, less his own price for it."""
    _, _, block_row, block_sites, block_start, block_of = rows
    for number in range(count):
        profit[number] = site_dual[sites[number]] - additive[cadre, sites[number]]
    for position in range(block_start[cadre], block_start[cadre + 1]):
        block = block_of[position]
        dual = row_dual[block_row[block]]
        if dual != 0.0:
            for number in range(count):
                if block_sites[block, sites[number]]:
                    profit[number] += dual


@njit(cache=True, nogil=True)
def load_line(load_price):
    """A line ``constant - slope * load`` nowhere above the price by minutes of load: (constant, slope)."""
    lowest = np.argmin(load_price)
    if lowest == 0:
        return load_price[0], 0.0
    slope = (load_price[0] - load_price[lowest]) / lowest
    constant = load_price[0]
    for load in range(load_price.shape[0]):
        constant = min(constant, load_price[load] + slope * load)
    return constant, slope


@njit(cache=True, nogil=True)
def keep_least(columns, reduced, costs, found, keep):
    """Keep the ``keep`` columns of least reduced cost, in their order; return how many and the greatest of them."""
    order = np.sort(np.argsort(reduced[:found], kind="mergesort")[:keep])
    greatest = -np.inf
    for number in range(order.shape[0]):
        columns[number] = columns[order[number]]
        reduced[number] = reduced[order[number]]
        costs[number] = costs[order[number]]
        greatest = max(greatest, reduced[number])
    return order.shape[0], greatest


@njit(cache=True, nogil=True)
def enumerate_caseloads(cadre, sites, count, largest, threshold, keep, site_dual, row_dual, office, limits, rows,
                        additive, load_price, travel_price, workload, between, allowed, facts, day, columns, reduced,
                        costs):
    """Legal caseloads of a cadre over ``sites[:count]`` of reduced cost below ``threshold``: the ``keep`` least.

    Fills columns (2 * keep, largest; -1 padded), reduced and costs (2 * keep); returns how many.
    """
    weights, vector, lower, upper, _ = limits
    travel, site_place = facts[0], facts[1]
    limit_count = vector.shape[1]
    profit = np.zeros(count, dtype=np.float64)
    profits_of(cadre, sites, count, site_dual, row_dual, rows, additive, profit)
    constant, slope = load_line(load_price)
    # his sites by falling worth
    worth = np.zeros(count, dtype=np.float64)
    mine = np.zeros(count, dtype=np.int64)
    own = 0
    for number in range(count):
        if allowed[cadre, sites[number]]:
            worth[own] = profit[number] + slope * workload[sites[number]]
            mine[own] = number
            own += 1
    order = np.argsort(-worth[:own], kind="mergesort")
    found = 0
    chosen = np.full(largest + 1, -1, dtype=np.int64)
    at = np.full(largest + 1, -1, dtype=np.int64)
    worth_at = np.zeros(largest + 1, dtype=np.float64)
    cost_at = np.zeros(largest + 1, dtype=np.float64)
    load_at = np.zeros(largest + 1, dtype=np.int64)
    profit_at = np.zeros(largest + 1, dtype=np.float64)
    trip_at = np.zeros(largest + 1, dtype=np.float64)
    totals = np.zeros((largest + 1, limit_count), dtype=np.int64)
    level = 0
    fresh = True
    while level >= 0:
        if fresh:
            fresh = False
            legal = True
            for limit in range(limit_count):
                which = vector[cadre, limit]
                if which >= 0 and totals[level, limit] < lower[cadre, limit]:
                    legal = False
            load_cost = load_price[min(load_at[level], load_price.shape[0] - 1)]
            if legal and travel_price * trip_at[level] + load_cost - profit_at[level] < threshold:
                seconds, fits = best_day(office, chosen, level, facts, day)
                value = travel_price * seconds + load_cost - profit_at[level]
                if fits and value < threshold:
                    columns[found] = -1
                    columns[found, :level] = chosen[:level]
                    reduced[found] = value
                    costs[found] = travel_price * seconds + load_cost + cost_at[level]
                    found += 1
                    if found == 2 * keep:
                        found, threshold = keep_least(columns, reduced, costs, found, keep)
            at[level] = -1 if level == 0 else at[level - 1]
        deeper = False
        if level < largest:
            while at[level] + 1 < own:
                at[level] += 1
                place = order[at[level]]
                gain = worth[place]
                # even with the best sites that follow, travel no longer, and the load's price on its line
                reach = constant + travel_price * trip_at[level] - worth_at[level] - gain
                for ahead in range(1, min(largest - level, own - at[level])):
                    following = worth[order[at[level] + ahead]]
                    if following <= 0.0:
                        break
                    reach -= following
                if reach >= threshold:
                    at[level] = own
                    break
                site = sites[mine[place]]
                possible = True
                for limit in range(limit_count):
                    which = vector[cadre, limit]
                    totals[level + 1, limit] = totals[level, limit] + (0 if which < 0 else weights[which, site])
                    if which >= 0 and totals[level + 1, limit] > upper[cadre, limit]:
                        possible = False
                        break
                if not possible:
                    continue
                chosen[level] = site
                trip = trip_at[level]
                if level < 3:
                    trip = max(trip, least_round_trip(office, chosen, level + 1, travel, site_place, between))
                if reach + travel_price * (trip - trip_at[level]) >= threshold:
                    continue
                trip_at[level + 1] = trip
                worth_at[level + 1] = worth_at[level] + gain
                profit_at[level + 1] = profit_at[level] + profit[mine[place]]
                cost_at[level + 1] = cost_at[level] + additive[cadre, site]
                load_at[level + 1] = load_at[level] + workload[site]
                deeper = True
                break
        if deeper:
            level += 1
            fresh = True
        else:
            level -= 1
    if found > keep:
        found, _ = keep_least(columns, reduced, costs, found, keep)
    return found


@njit(cache=True, nogil=True)
def remember(cadre, sites, k, value, cost, wanted, wanted_reduced, wanted_cost):
    """Keep a caseload among the remembered ones of a cadre if it is new and better than the worst of them."""
    worst = 0
    for number in range(wanted.shape[1]):
        if wanted_reduced[cadre, number] > wanted_reduced[cadre, worst]:
            worst = number
    if value >= wanted_reduced[cadre, worst] - TINY:
        return
    for number in range(wanted.shape[1]):
        if abs(wanted_reduced[cadre, number] - value) > 1e-3:
            continue
        same = k == wanted.shape[2] or wanted[cadre, number, k] < 0
        for position in range(k):
            held = False
            for other in range(k):
                held = held or wanted[cadre, number, other] == sites[position]
            same = same and held
        if same:
            return
    wanted[cadre, worst] = -1
    wanted[cadre, worst, :k] = sites[:k]
    wanted_reduced[cadre, worst] = value
    wanted_cost[cadre, worst] = cost


@njit(cache=True, nogil=True)
def add_cadre(cadre, width, sites_in, window, in_window, size):
    """Add a cadre to the window unless he is in it, it is full or his sites are too many; return the new counts."""
    if cadre < 0 or in_window[cadre] or width >= window.shape[0] or sites_in + size[cadre] > MOST_SITES:
        return width, sites_in
    in_window[cadre] = True
    window[width] = cadre
    return width + 1, sites_in + size[cadre]


@njit(cache=True, nogil=True)
def choose_window(window, open_site, rng, holder, members, size, excess, near, wanted, wanted_reduced):
    """Fill ``window`` with cadres around one of much excess, or around ``open_site`` (-1: none); return how many.

    It grows by the holders of sites that its cadres' remembered caseloads ask for, and by holders of near sites.
    """
    cadres = size.shape[0]
    in_window = np.zeros(cadres, dtype=np.bool_)
    width, sites_in = 0, 0
    if open_site >= 0:
        sites_in = 1
        for number in range(near.shape[1]):
            if width < 3:
                width, sites_in = add_cadre(holder[near[open_site, number]], width, sites_in, window, in_window, size)
    if width == 0:
        first = next_random(rng) % cadres
        for _ in range(2):
            other = next_random(rng) % cadres
            if excess[other] > excess[first]:
                first = other
        width, sites_in = add_cadre(first, width, sites_in, window, in_window, size)
    for _ in range(20 * window.shape[0]):
        if width == window.shape[0] or width == 0:
            break
        cadre = window[next_random(rng) % width]
        number = next_random(rng) % wanted.shape[1]
        if next_random(rng) % 10 < 6 and wanted_reduced[cadre, number] < np.inf:
            for position in range(wanted.shape[2]):
                site = wanted[cadre, number, position]
                if site >= 0:
                    width, sites_in = add_cadre(holder[site], width, sites_in, window, in_window, size)
        elif size[cadre] > 0:
            site = members[cadre, next_random(rng) % size[cadre]]
            reach = 1 + next_random(rng) % near.shape[1]
            site = near[site, next_random(rng) % reach]
            width, sites_in = add_cadre(holder[site], width, sites_in, window, in_window, size)
    return width


@njit(cache=True, nogil=True)
def window_duals(rounds, target, dual, cost, position_sites, owner, owners, alive):
    """Improve the dual values ``dual`` (m) of a window in place by subgradient steps; return its bound.

    cost (n), position_sites (n, k; numbers of window sites, -1 padded) and owner (n; ``owners`` stands for nobody)
    tell the columns. Columns that cannot be in a cover cheaper than ``target`` are struck out of ``alive`` (n).
    """
    count, largest = position_sites.shape
    sites = dual.shape[0]
    best = -np.inf
    best_dual = dual.copy()
    slope = np.zeros(sites, dtype=np.float64)
    direction = np.zeros(sites, dtype=np.float64)
    least = np.zeros(owners, dtype=np.float64)
    chosen = np.zeros(owners, dtype=np.int64)
    reduced = np.zeros(count, dtype=np.float64)
    live = np.flatnonzero(alive)
    step = 1.0
    since = 0
    for _ in range(rounds):
        least[:] = np.inf
        chosen[:] = -1
        value = 0.0
        for site in range(sites):
            value += dual[site]
            slope[site] = 1.0
        for number in range(live.shape[0]):
            column = live[number]
            saved = cost[column]
            for position in range(largest):
                site = position_sites[column, position]
                if site < 0:
                    break
                saved -= dual[site]
            reduced[column] = saved
            who = owner[column]
            if who == owners:
                # nobody's column: used as often as it pays
                if saved < 0.0:
                    value += saved
                    slope[position_sites[column, 0]] -= 1.0
            elif saved < least[who]:
                least[who] = saved
                chosen[who] = column
        for who in range(owners):
            if chosen[who] < 0:
                return np.inf
            value += least[who]
            for position in range(largest):
                site = position_sites[chosen[who], position]
                if site < 0:
                    break
                slope[site] -= 1.0
        if value > best:
            if value > best + 0.01 * (target - best):
                since = 0
            best = value
            best_dual[:] = dual
            if best >= target - TINY:
                break
            kept = 0
            for number in range(live.shape[0]):
                column = live[number]
                base = 0.0 if owner[column] == owners else least[owner[column]]
                if value + reduced[column] - base < target - TINY or column == chosen[min(owner[column], owners - 1)]:
                    live[kept] = column
                    kept += 1
                else:
                    alive[column] = False
            live = live[:kept]
        since += 1
        if since >= 8:
            step *= 0.6
            since = 0
            dual[:] = best_dual
            direction[:] = 0.0
        norm = 0.0
        for site in range(sites):
            direction[site] = slope[site] + 0.6 * direction[site]
            norm += direction[site] ** 2
        if norm == 0.0:
            break
        length = step * (target - value) / norm
        for site in range(sites):
            dual[site] += length * direction[site]
    dual[:] = best_dual
    return best


@njit(cache=True, nogil=True)
def cover(nodes, target, base, reduced, cost, masks, owner, owners, sites, counts, count_lower, count_upper):
    """The cheapest exact cover below ``target`` by branch and bound: one column an owner, every site once.

    Columns (n) are sorted by ``reduced``; ``base + sum of reduced`` never exceeds the cost of a cover. counts (n, r)
    adds up within count_lower and count_upper (r). Branches on the site or owner with the fewest columns left. Stops
    after ``nodes``. Returns the columns of the cover (depth of it), how many (-1: none), its cost and the nodes used.
    """
    count, row_count = counts.shape
    depth_most = owners + sites + 1
    live = np.zeros((depth_most + 1, count), dtype=np.int32)
    live_count = np.zeros(depth_most + 1, dtype=np.int64)
    item = np.zeros(depth_most + 1, dtype=np.int64)
    at = np.zeros(depth_most + 1, dtype=np.int64)
    picked = np.full(depth_most + 1, -1, dtype=np.int64)
    partial = np.zeros(depth_most + 1, dtype=np.float64)
    paid = np.zeros(depth_most + 1, dtype=np.float64)
    totals = np.zeros((depth_most + 1, row_count), dtype=np.int64)
    potential = np.zeros((depth_most + 1, row_count), dtype=np.int64)
    covered = np.zeros(depth_most + 1, dtype=np.uint64)
    used = np.zeros(depth_most + 1, dtype=np.uint64)
    most = np.zeros((owners + 1, row_count), dtype=np.int64)
    best_columns = np.full(depth_most, -1, dtype=np.int64)
    best_size = -1
    one = np.uint64(1)
    all_sites = (one << np.uint64(sites)) - one
    least = np.zeros(owners + 1, dtype=np.float64)
    per_owner = np.zeros(owners, dtype=np.int64)
    per_site = np.zeros(sites, dtype=np.int64)
    for column in range(count):
        live[0, column] = column
        for row in range(row_count):
            most[owner[column], row] = max(most[owner[column], row], counts[column, row])
    live_count[0] = count
    for who in range(owners):
        potential[0] += most[who]
    used_nodes = 0
    level = 0
    fresh = True
    while level >= 0:
        if fresh:
            fresh = False
            used_nodes += 1
            if used_nodes > nodes:
                break
            # strike out what no longer fits, twice: the second pass has the true least of every owner
            complete = covered[level] == all_sites
            dead = False
            for sweep in range(2):
                least[:owners] = np.inf
                least[owners] = 0.0
                per_owner[:] = 0
                per_site[:] = 0
                bound = base + partial[level]
                for number in range(live_count[level]):
                    column = live[level, number]
                    if reduced[column] < least[owner[column]]:
                        least[owner[column]] = reduced[column]
                for who in range(owners):
                    if (used[level] >> np.uint64(who)) & one == 0:
                        bound += least[who]
                if bound >= target - TINY:
                    dead = True
                    break
                kept = 0
                for number in range(live_count[level]):
                    column = live[level, number]
                    who = owner[column]
                    if bound + reduced[column] - least[who] >= target - TINY:
                        continue
                    fits = True
                    for row in range(row_count):
                        if totals[level, row] + counts[column, row] > count_upper[row] or (
                                potential[level, row] - most[who, row] + counts[column, row] < count_lower[row]):
                            fits = False
                            break
                    if not fits:
                        continue
                    live[level, kept] = column
                    kept += 1
                    if sweep == 1:
                        if who < owners:
                            per_owner[who] += 1
                        rest = masks[column]
                        site = 0
                        while rest:
                            if rest & one:
                                per_site[site] += 1
                            rest >>= one
                            site += 1
                live_count[level] = kept
            if dead:
                level -= 1
                continue
            fewest = count + 1
            item[level] = -1
            for who in range(owners):
                if (used[level] >> np.uint64(who)) & one == 0:
                    complete = False
                    if per_owner[who] < fewest:
                        fewest, item[level] = per_owner[who], -2 - who
            for site in range(sites):
                if (covered[level] >> np.uint64(site)) & one == 0 and per_site[site] < fewest:
                    fewest, item[level] = per_site[site], site
            if complete:
                fits = True
                for row in range(row_count):
                    if not count_lower[row] <= totals[level, row] <= count_upper[row]:
                        fits = False
                if fits and paid[level] < target - TINY:
                    target = paid[level]
                    best_size = level
                    best_columns[:level] = picked[:level]
                level -= 1
                continue
            if fewest == 0:
                level -= 1
                continue
            at[level] = 0
        found = -1
        while at[level] < live_count[level]:
            column = live[level, at[level]]
            at[level] += 1
            wanted = item[level]
            if wanted >= 0:
                hit = (masks[column] >> np.uint64(wanted)) & one == one
            else:
                hit = owner[column] == -2 - wanted
            if hit:
                if base + partial[level] + reduced[column] < target - TINY:
                    found = column
                break
        if found < 0:
            if at[level] >= live_count[level] or base + partial[level] + reduced[column] >= target - TINY:
                level -= 1
            continue
        who = owner[found]
        picked[level] = found
        below = level + 1
        partial[below] = partial[level] + reduced[found]
        paid[below] = paid[level] + cost[found]
        covered[below] = covered[level] | masks[found]
        used[below] = used[level] if who == owners else used[level] | (one << np.uint64(who))
        totals[below] = totals[level] + counts[found]
        potential[below] = potential[level] - most[who] + counts[found]
        kept = 0
        for number in range(live_count[level]):
            column = live[level, number]
            if masks[column] & masks[found] == 0 and (owner[column] != who or who == owners):
                live[below, kept] = column
                kept += 1
        live_count[below] = kept
        level = below
        fresh = True
    return best_columns, best_size, target, min(used_nodes, nodes)
