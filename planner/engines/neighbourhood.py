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

from planner.engines.kernel import MAX_SIZE, best_day, next_random, own_part
from planner.engines.tables import CostTables, KernelTables, caseload_price
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
PENALTY_PRICE = 20_000.0
"""Price in seconds of an illegal caseload that the plan came with."""
REPAIR_GAPS = (1_000.0, 4_000.0, 16_000.0)
"""Seconds that mending a window may cost: the least is tried first, as a near target keeps the search short."""
GAP_SHARE = 0.5
"""Part of a window's gap that one caseload may take; the whole gap doubles the work and finds little more."""
TINY = 1e-6


@njit(cache=True, nogil=True)
def least_round_trip(office, sites, k, travel, site_place, between):
    """Least travel seconds of a round trip through ``sites[:k]``, k up to 3, visiting hours aside; ``between`` by the office's means."""
    shift = own_part(office, travel, site_place, len(between))
    a = sites[0]
    place_a = site_place[shift + a]
    out_a, back_a = travel[office, place_a], travel[place_a, office]
    if k == 1:
        return out_a + back_a
    b = sites[1]
    place_b = site_place[shift + b]
    out_b, back_b = travel[office, place_b], travel[place_b, office]
    if k == 2:
        return min(out_a + between[a, b] + back_b, out_b + between[b, a] + back_a)
    c = sites[2]
    place_c = site_place[shift + c]
    out_c, back_c = travel[office, place_c], travel[place_c, office]
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
def insert_gain(item, gain, trip, count, new_item, new_gain, new_trip):
    """Insert into three parallel arrays of ``count`` entries sorted by falling gain; equal gains keep their order."""
    place = count
    while place > 0 and gain[place - 1] < new_gain:
        item[place] = item[place - 1]
        gain[place] = gain[place - 1]
        trip[place] = trip[place - 1]
        place -= 1
    item[place] = new_item
    gain[place] = new_gain
    trip[place] = new_trip


@njit(cache=True, nogil=True)
def enumerate_caseloads(cadre, sites, count, largest, threshold, keep, site_dual, row_dual, office, limits, rows,
                        additive, load_price, travel_price, workload, legs, allowed, facts, day, columns, reduced,
                        costs):
    """Legal caseloads of a cadre over ``sites[:count]`` of reduced cost below ``threshold``: the ``keep`` least.

    Fills columns (2 * keep, largest; -1 padded), reduced and costs (2 * keep); returns how many.
    """
    weights, vector, lower, upper, _ = limits
    travel, site_place = facts[0], facts[1]
    between = legs[office // (len(travel) // len(legs))]
    limit_count = vector.shape[1]
    profit = np.zeros(count, dtype=np.float64)
    profits_of(cadre, sites, count, site_dual, row_dual, rows, additive, profit)
    constant, slope = load_line(load_price)
    worth = np.zeros(count, dtype=np.float64)
    # at every level the sites that may follow, by falling gain: worth less their share of the longer trip
    item = np.zeros((largest + 1, count), dtype=np.int64)
    gain = np.zeros((largest + 1, count), dtype=np.float64)
    trip = np.zeros((largest + 1, count), dtype=np.float64)
    items = np.zeros(largest + 1, dtype=np.int64)
    at = np.zeros(largest + 1, dtype=np.int64)
    chosen = np.full(largest + 1, -1, dtype=np.int64)
    worth_at = np.zeros(largest + 1, dtype=np.float64)
    cost_at = np.zeros(largest + 1, dtype=np.float64)
    load_at = np.zeros(largest + 1, dtype=np.int64)
    profit_at = np.zeros(largest + 1, dtype=np.float64)
    trip_at = np.zeros(largest + 1, dtype=np.float64)
    totals = np.zeros((largest + 1, limit_count), dtype=np.int64)
    for number in range(count):
        worth[number] = profit[number] + slope * workload[sites[number]]
        if allowed[cadre, sites[number]]:
            chosen[0] = sites[number]
            length = least_round_trip(office, chosen, 1, travel, site_place, between)
            insert_gain(item[0], gain[0], trip[0], items[0], number, worth[number] - travel_price * length / largest, length)
            items[0] += 1
    found = 0
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
        deeper = False
        while level < largest and at[level] < items[level]:
            number = at[level]
            at[level] += 1
            # even with the best that follow: travel grows by at least the mean of what each alone would add
            remaining = largest - level
            base = constant + travel_price * trip_at[level] - worth_at[level]
            reach = base - gain[level, number]
            for ahead in range(1, min(remaining, items[level] - number)):
                if gain[level, number + ahead] <= 0.0:
                    break
                reach -= gain[level, number + ahead]
            longest = trip[level, number] - trip_at[level]
            if gain[level, number] <= 0.0:
                # nothing that follows pays: this site alone
                reach = base - gain[level, number]
            if reach >= threshold:
                break
            place = item[level, number]
            site = sites[place]
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
            below = level + 1
            trip_at[below] = trip_at[level] + longest
            worth_at[below] = worth_at[level] + worth[place]
            profit_at[below] = profit_at[level] + profit[place]
            cost_at[below] = cost_at[level] + additive[cadre, site]
            load_at[below] = load_at[level] + workload[site]
            items[below] = 0
            at[below] = 0
            if below < largest:
                base = constant + travel_price * trip_at[below] - worth_at[below]
                top = 0.0
                for later in range(number + 1, items[level]):
                    top = max(top, worth[item[level, later]])
                for later in range(number + 1, items[level]):
                    other = item[level, later]
                    length = max(trip[level, later], trip_at[below])
                    if base - worth[other] + travel_price * (length - trip_at[below]) / (remaining - 1) - top * (
                            remaining - 2) >= threshold:
                        continue
                    if below < 3:
                        chosen[below] = sites[other]
                        length = max(length, least_round_trip(office, chosen, below + 1, travel, site_place, between))
                    insert_gain(item[below], gain[below], trip[below], items[below], other,
                                worth[other] - travel_price * (length - trip_at[below]) / (remaining - 1), length)
                    items[below] += 1
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
def choose_window(window, first, open_site, rng, holder, members, size, excess, near, wanted, wanted_reduced):
    """Fill ``window`` with cadres around ``first``, or ``open_site``, or (both -1) one of much excess; return how many.

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
    if width == 0 and first < 0:
        first = next_random(rng) % cadres
        for _ in range(2):
            other = next_random(rng) % cadres
            if excess[other] > excess[first]:
                first = other
    if width == 0:
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
def window_duals(rounds, target, aim, dual, cost, position_sites, owner, owners, alive):
    """Improve the dual values ``dual`` (m) of a window in place by subgradient steps; return its bound.

    cost (n), position_sites (n, k; numbers of window sites, -1 padded) and owner (n; ``owners`` stands for nobody)
    tell the columns. Columns that cannot be in a cover cheaper than ``target`` are struck out of ``alive`` (n).
    ``aim`` is a guess of the cheapest cover, which sets the length of steps.
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
                base = min(0.0, reduced[column]) if owner[column] == owners else least[owner[column]]
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
        length = step * max(aim - value, 0.01 * abs(aim)) / norm
        for site in range(sites):
            dual[site] += length * direction[site]
    dual[:] = best_dual
    return best


@njit(cache=True, nogil=True)
def cover(nodes, target, base, reduced, cost, masks, position_sites, owner, owners, sites, counts, count_lower,
          count_upper):
    """The cheapest exact cover below ``target`` by branch and bound: one column an owner, every site once.

    Columns (n) are sorted by ``reduced``; ``base + sum of reduced`` never exceeds the cost of a cover. counts (n, r)
    adds up within count_lower and count_upper (r). Branches on the site or owner with the fewest columns left. Stops
    after ``nodes``. Returns the columns of the cover (depth of it), how many (-1: none), its cost and the nodes used.
    """
    count, row_count = counts.shape
    largest = position_sites.shape[1]
    depth = owners + sites + 2
    live = np.empty((depth, count), dtype=np.int32)
    live_count = np.zeros(depth, dtype=np.int64)
    item = np.zeros(depth, dtype=np.int64)
    at = np.zeros(depth, dtype=np.int64)
    picked = np.full(depth, -1, dtype=np.int64)
    partial = np.zeros(depth, dtype=np.float64)
    paid = np.zeros(depth, dtype=np.float64)
    totals = np.zeros((depth, row_count), dtype=np.int64)
    potential = np.zeros((depth, row_count), dtype=np.int64)
    covered = np.zeros(depth, dtype=np.int64)
    used = np.zeros(depth, dtype=np.int64)
    most = np.zeros((owners + 1, row_count), dtype=np.int64)
    best_columns = np.full(depth, -1, dtype=np.int64)
    best_size = -1
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
            # strike out what no longer fits, twice: the second sweep has the true least of every owner
            dead = False
            for _ in range(2):
                least[:owners] = np.inf
                for number in range(live_count[level]):
                    column = live[level, number]
                    if owner[column] < owners and reduced[column] < least[owner[column]]:
                        least[owner[column]] = reduced[column]
                bound = base + partial[level]
                for who in range(owners):
                    if not (used[level] >> who) & 1:
                        bound += least[who]
                if bound >= target - TINY:
                    dead = True
                    break
                per_owner[:] = 0
                per_site[:] = 0
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
                    if who < owners:
                        per_owner[who] += 1
                    for position in range(largest):
                        if position_sites[column, position] < 0:
                            break
                        per_site[position_sites[column, position]] += 1
                live_count[level] = kept
            if dead:
                level -= 1
                continue
            fewest = count + 1
            for who in range(owners):
                if not (used[level] >> who) & 1 and per_owner[who] < fewest:
                    fewest, item[level] = per_owner[who], sites + who
            for site in range(sites):
                if not (covered[level] >> site) & 1 and per_site[site] < fewest:
                    fewest, item[level] = per_site[site], site
            if fewest > count:
                # every owner and site is served
                fits = True
                for row in range(row_count):
                    if not count_lower[row] <= totals[level, row] <= count_upper[row]:
                        fits = False
                if fits and paid[level] < target - TINY:
                    target = paid[level]
                    best_size = level
                    best_columns[:level] = picked[:level]
            if fewest == 0 or fewest > count:
                level -= 1
                continue
            at[level] = 0
        found = -1
        while at[level] < live_count[level] and found < 0:
            column = live[level, at[level]]
            at[level] += 1
            if item[level] >= sites and owner[column] == item[level] - sites:
                found = column
            if item[level] < sites and (masks[column] >> item[level]) & 1:
                found = column
        if found < 0:
            level -= 1
            continue
        who = owner[found]
        picked[level] = found
        below = level + 1
        partial[below] = partial[level] + reduced[found]
        paid[below] = paid[level] + cost[found]
        covered[below] = covered[level] | masks[found]
        used[below] = used[level] if who == owners else used[level] | (1 << who)
        for row in range(row_count):
            totals[below, row] = totals[level, row] + counts[found, row]
            potential[below, row] = potential[level, row] - most[who, row] + counts[found, row]
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


@njit(cache=True, nogil=True)
def enumerate_window(window, width, window_sites, site_count, gap, open_price, site_dual, row_dual, members, size,
                     caseload_cost, office_of, limits, rows, additive, by_load, travel_price, workload, legs, allowed,
                     facts, day, columns, costs, owner, wanted, wanted_reduced, wanted_cost):
    """Fill columns (n, k), costs (n) and owner (n; number in the window) with caseloads over the window's sites.

    The caseload held is always the first of its cadre. With ``open_price`` above 0, every site may also stay open:
    a column whose owner is ``width``. Good caseloads are remembered. Returns how many columns.
    """
    largest = columns.shape[1]
    keep = COLUMNS
    some = np.full((2 * keep, largest), -1, dtype=np.int64)
    reduced = np.zeros(2 * keep, dtype=np.float64)
    prices = np.zeros(2 * keep, dtype=np.float64)
    found = 0
    for who in range(width):
        cadre = window[who]
        least = np.min(wanted_reduced[cadre])
        threshold = least + gap
        count = enumerate_caseloads(
            cadre, window_sites, site_count, largest, threshold, keep, site_dual, row_dual, office_of[cadre], limits, rows,
            additive, by_load[cadre], travel_price, workload, legs, allowed, facts, day, some, reduced, prices)
        columns[found] = -1
        columns[found, : size[cadre]] = members[cadre, : size[cadre]]
        costs[found] = caseload_cost[cadre]
        owner[found] = who
        found += 1
        for number in range(count):
            k = 0
            same = True
            for position in range(largest):
                site = some[number, position]
                if site >= 0:
                    k += 1
                    own = False
                    for other in range(size[cadre]):
                        own = own or members[cadre, other] == site
                    same = same and own
            remember(cadre, some[number], k, reduced[number], prices[number], wanted, wanted_reduced, wanted_cost)
            if same and k == size[cadre]:
                continue
            columns[found] = some[number]
            costs[found] = prices[number]
            owner[found] = who
            found += 1
    if open_price > 0:
        for number in range(site_count):
            columns[found] = -1
            columns[found, 0] = window_sites[number]
            costs[found] = open_price
            owner[found] = width
            found += 1
    return found


@njit(cache=True, nogil=True)
def solve_window(nodes, ascent_rounds, count, target, aim, columns, costs, owner, window, width, window_sites, site_count,
                 site_dual, row_dual, row_count, rows):
    """The cheapest choice of columns (n) that covers a window below ``target``, within the rows.

    Returns the columns chosen, how many (-1: none is cheaper), their cost, the nodes used and the window's bound.
    """
    row_lower, row_upper, block_row, block_sites, block_start, block_of = rows
    largest = columns.shape[1]
    place = np.full(site_dual.shape[0], -1, dtype=np.int64)
    dual = np.zeros(site_count, dtype=np.float64)
    for number in range(site_count):
        place[window_sites[number]] = number
        dual[number] = site_dual[window_sites[number]]
    position_sites = np.full((count, largest), -1, dtype=np.int64)
    masks = np.zeros(count, dtype=np.int64)
    for column in range(count):
        for position in range(largest):
            site = columns[column, position]
            if site < 0:
                break
            position_sites[column, position] = place[site]
            masks[column] |= 1 << place[site]
    # the rows the window touches, what the plan outside leaves of them, and which of them can be broken at all
    number_of = np.full(row_lower.shape[0], -1, dtype=np.int64)
    touched = np.zeros(row_lower.shape[0], dtype=np.int64)
    row_total = 0
    for who in range(width):
        for position in range(block_start[window[who]], block_start[window[who] + 1]):
            row = block_row[block_of[position]]
            if number_of[row] < 0:
                number_of[row] = row_total
                touched[row_total] = row
                row_total += 1
    counts = np.zeros((count, row_total), dtype=np.int16)
    for column in range(count):
        if owner[column] == width:
            continue
        cadre = window[owner[column]]
        for position in range(block_start[cadre], block_start[cadre + 1]):
            block = block_of[position]
            for other in range(largest):
                site = columns[column, other]
                if site < 0:
                    break
                if block_sites[block, site]:
                    counts[column, number_of[block_row[block]]] += 1
    inside = np.zeros(row_total, dtype=np.int64)
    most = np.zeros((width, row_total), dtype=np.int64)
    fewest = np.full((width, row_total), 100, dtype=np.int64)
    seen = np.zeros(width, dtype=np.bool_)
    for column in range(count):
        who = owner[column]
        if who == width:
            continue
        for row in range(row_total):
            most[who, row] = max(most[who, row], counts[column, row])
            fewest[who, row] = min(fewest[who, row], counts[column, row])
        if not seen[who]:
            seen[who] = True
            inside += counts[column]
    binding = np.zeros(row_total, dtype=np.int64)
    binding_count = 0
    for row in range(row_total):
        outside = row_count[touched[row]] - inside[row]
        if (outside + np.sum(most[:, row]) > row_upper[touched[row]]
                or outside + np.sum(fewest[:, row]) < row_lower[touched[row]]):
            binding[binding_count] = row
            binding_count += 1
    few = np.zeros((count, binding_count), dtype=np.int64)
    count_lower = np.zeros(binding_count, dtype=np.int64)
    count_upper = np.zeros(binding_count, dtype=np.int64)
    priced = costs[:count].copy()
    base = 0.0
    for number in range(binding_count):
        row = binding[number]
        outside = row_count[touched[row]] - inside[row]
        few[:, number] = counts[:, row]
        count_lower[number] = max(0, min(row_lower[touched[row]] - outside, inside[row]))
        count_upper[number] = max(row_upper[touched[row]] - outside, inside[row])
        mu = row_dual[touched[row]]
        if mu != 0.0:
            base += mu * (count_lower[number] if mu > 0.0 else count_upper[number])
            for column in range(count):
                priced[column] -= mu * few[column, number]
    alive = np.ones(count, dtype=np.bool_)
    bound = base + window_duals(ascent_rounds, target - base, aim - base, dual, priced, position_sites, owner[:count], width, alive)
    if bound >= target - TINY:
        return np.zeros(0, dtype=np.int64), -1, target, 0, bound
    reduced = np.zeros(count, dtype=np.float64)
    for column in range(count):
        reduced[column] = priced[column]
        for position in range(largest):
            if position_sites[column, position] < 0:
                break
            reduced[column] -= dual[position_sites[column, position]]
    left = np.flatnonzero(alive)
    left = left[np.argsort(reduced[left], kind="mergesort")]
    chosen, chosen_count, value, used = cover(
        nodes, target, base + np.sum(dual), reduced[left], costs[left], masks[left], position_sites[left], owner[left],
        width, site_count, few[left], count_lower, count_upper)
    if chosen_count < 0:
        return np.zeros(0, dtype=np.int64), -1, target, used, bound
    return left[chosen[:chosen_count]], chosen_count, value, used, bound


@njit(cache=True, nogil=True)
def reduced_cost(cadre, sites, k, cost, site_dual, row_dual, rows):
    """Cost of a caseload less what the duals pay for it."""
    _, _, block_row, block_sites, block_start, block_of = rows
    value = cost
    for number in range(k):
        value -= site_dual[sites[number]]
    for position in range(block_start[cadre], block_start[cadre + 1]):
        dual = row_dual[block_row[block_of[position]]]
        if dual != 0.0:
            for number in range(k):
                if block_sites[block_of[position], sites[number]]:
                    value -= dual
    return value


@njit(cache=True, nogil=True)
def reprice(wanted, wanted_reduced, wanted_cost, site_dual, row_dual, rows):
    """Reduced costs of all remembered caseloads under new duals, in place; infinite where there is none."""
    for cadre in range(wanted.shape[0]):
        for number in range(wanted.shape[1]):
            k = 0
            while k < wanted.shape[2] and wanted[cadre, number, k] >= 0:
                k += 1
            if np.isinf(wanted_cost[cadre, number]):
                wanted_reduced[cadre, number] = np.inf
            else:
                wanted_reduced[cadre, number] = reduced_cost(
                    cadre, wanted[cadre, number], k, wanted_cost[cadre, number], site_dual, row_dual, rows)


@njit(cache=True, nogil=True)
def settle(chosen, chosen_count, columns, costs, owner, window, width, holder, members, size, caseload_cost, row_count,
           rows):
    """Give the window's cadres the chosen caseloads, in place."""
    _, _, block_row, block_sites, block_start, block_of = rows
    for step in range(2):
        # first all sites leave, then they come to their new holders
        for number in range(width if step == 0 else chosen_count):
            if step == 0:
                cadre = window[number]
            else:
                column = chosen[number]
                if owner[column] == width:
                    holder[columns[column, 0]] = -1
                    continue
                cadre = window[owner[column]]
                members[cadre] = -1
                size[cadre] = 0
                for position in range(columns.shape[1]):
                    site = columns[column, position]
                    if site >= 0:
                        members[cadre, position] = site
                        size[cadre] += 1
                        holder[site] = cadre
                caseload_cost[cadre] = costs[column]
            for position in range(block_start[cadre], block_start[cadre + 1]):
                block = block_of[position]
                for other in range(size[cadre]):
                    if block_sites[block, members[cadre, other]]:
                        row_count[block_row[block]] += 2 * step - 1


@dataclass(frozen=True)
class SearchFigures:
    """What the rounds of one call came to: windows solved, improved, closed by their bound, stopped by the nodes.

    ``penalty`` is how far the plan is from legal: 0 unless it was illegal from the start and could not be mended.
    """

    windows: int
    improved: int
    closed: int
    stopped: int
    penalty: float


class NeighbourhoodSearch:
    """Improves plans window by window on the tables of one problem; equal seeds and calls give equal plans.

    ``admits`` is a further rule over caseloads, asked for enumerated caseloads before they enter a plan.
    """

    def __init__(self, tables: KernelTables, cost: CostTables, seed: int, admits: Admits | None = None) -> None:
        self._tables = tables
        self._cost = cost
        self._admits = admits
        self._rng = np.array([0xD1B54A32D192ED03 ^ (seed * 0x2545F4914F6CDD1D & (2**64 - 1))], dtype=np.uint64)
        self._near = tables.near_sites(NEAR_SITES)
        self._largest = tables.largest_caseload()
        shape = (len(tables.allowed), REMEMBERED)
        self._wanted = np.full((*shape, self._largest), -1, dtype=np.int64)
        self._wanted_cost = np.full(shape, np.inf)
        self._wanted_reduced = np.full(shape, np.inf)
        self.figures = SearchFigures(0, 0, 0, 0, 0.0)

    def remember(self, cadre: int, sites: IntArray, cost: float, site_dual: FloatArray, row_dual: FloatArray) -> None:
        """Remember a legal caseload (k site indices, cost in seconds), such as one of a column pool, if it is good."""
        reduced = reduced_cost(cadre, sites, len(sites), cost, site_dual, row_dual, self._tables.rows)
        remember(cadre, sites, len(sites), reduced, cost, self._wanted, self._wanted_reduced, self._wanted_cost)

    def caseloads(self) -> list[tuple[int, tuple[int, ...], float]]:
        """The remembered caseloads (cadre, sites, cost in seconds), good columns for a pool."""
        return [(int(cadre), tuple(sorted(int(site) for site in self._wanted[cadre, number] if site >= 0)),
                 float(self._wanted_cost[cadre, number]))
                for cadre, number in np.argwhere(np.isfinite(self._wanted_cost))]

    def improve(
        self,
        holders: IntArray,
        site_dual: FloatArray,
        row_dual: FloatArray,
        rounds: int,
        window: int,
        keep_going: Callable[[float, float], bool] = lambda _done, _cost: True,
    ) -> tuple[IntArray, float]:
        """Solve ``rounds`` windows of up to ``window`` cadres; return the holders (s; -1: open) and their cost.

        Illegal caseloads of ``holders`` are mended where windows can; what lies beyond the size of the largest legal one
        is opened first. Rows that are broken get no worse.
        site_dual (s) and row_dual (q; positive for a row's lower side, negative for its upper one) are in seconds.
        The cost counts OPEN_PRICE for every open site and PENALTY_PRICE for every illegal caseload.
        ``keep_going(share done, cost)`` may end it early, between windows.
        """
        plan = _Plan(self._tables, self._cost, _of_legal_sizes(holders, self._largest))
        rows = self._tables.rows
        reprice(self._wanted, self._wanted_reduced, self._wanted_cost, site_dual, row_dual, rows)
        for cadre in range(len(plan.size)):
            if plan.penalties[cadre] == 0:
                self.remember(cadre, plan.members[cadre, : plan.size[cadre]], plan.costs[cadre], site_dual, row_dual)
        held = np.array([self._held(plan, cadre, site_dual, row_dual) for cadre in range(len(plan.size))])
        windows = improved = closed = stopped = 0
        group = np.zeros(min(window, len(plan.size)), dtype=np.int64)
        for number in range(rounds):
            if number % 20 == 0 and not keep_going(number / rounds, plan.cost):
                break
            turn = number // 4 if number % 4 == 0 else -1
            open_site = _pick(np.flatnonzero(plan.holders < 0), turn)
            broken = _pick(np.flatnonzero(plan.penalties > 0), turn) if open_site < 0 else -1
            excess = np.maximum(0.0, held - self._wanted_reduced.min(axis=1))
            width = choose_window(group, broken, open_site, self._rng, plan.holders, plan.members, plan.size, excess, self._near,
                                  self._wanted, self._wanted_reduced)
            solved = self._solve(plan, group, width, open_site, float(excess[group[:width]].sum()), site_dual, row_dual)
            windows += 1
            improved += solved == "improved"
            closed += solved == "closed"
            stopped += solved == "stopped"
            if solved == "improved":
                for cadre in group[:width]:
                    held[cadre] = self._held(plan, int(cadre), site_dual, row_dual)
        plan.compute()
        self.figures = SearchFigures(windows, improved, closed, stopped, plan.penalty)
        return plan.holders, plan.cost

    def _held(self, plan: _Plan, cadre: int, site_dual: FloatArray, row_dual: FloatArray) -> float:
        """Reduced cost of the caseload that a cadre holds, whether legal or not."""
        cost = plan.costs[cadre] - (PENALTY_PRICE if plan.penalties[cadre] > 0 else 0.0)
        return float(reduced_cost(cadre, plan.members[cadre], plan.size[cadre], cost, site_dual, row_dual,
                                  self._tables.rows))

    def _solve(self, plan: _Plan, group: IntArray, width: int, open_site: int, gap: float, site_dual: FloatArray,
               row_dual: FloatArray) -> str:
        """Solve one window and settle what is better; "improved", "closed" (by its bound), "stopped" or "searched"."""
        tables, cost = self._tables, self._cost
        sites = np.flatnonzero(np.isin(plan.holders, group[:width]))
        if open_site >= 0:
            sites = np.append(sites, open_site)
        broken = group[:width][plan.penalties[group[:width]] > 0]
        premium = len(broken) * PENALTY_PRICE + (OPEN_PRICE if open_site >= 0 else 0.0)
        target = float(plan.costs[group[:width]].sum()) + (OPEN_PRICE if open_site >= 0 else 0.0)
        room = width * (COLUMNS + 1) + len(sites)
        columns = np.empty((room, self._largest), dtype=np.int64)
        costs = np.empty(room, dtype=np.float64)
        owner = np.empty(room, dtype=np.int64)
        count = enumerate_window(
            group, width, sites, len(sites), GAP_SHARE * gap + (REPAIR_GAPS[1] if premium else 0.0) + TINY,
            OPEN_PRICE if open_site >= 0 else 0.0,
            site_dual, row_dual, plan.members, plan.size, plan.costs, tables.office_of, tables.limits, tables.rows,
            cost.additive, cost.by_load, cost.travel_price, tables.workload, tables.legs, tables.allowed, tables.facts,
            tables.day, columns, costs, owner, self._wanted, self._wanted_reduced, self._wanted_cost)
        if self._admits is not None:
            count = _strike_out(self._admits, count, columns, costs, owner, group, width)
        aim = target - premium
        for limit in [aim + extra for extra in REPAIR_GAPS] if premium else [target]:
            chosen, chosen_count, value, nodes, _ = solve_window(
                NODES, ASCENT_ROUNDS, count, limit, aim, columns, costs, owner, group, width, sites, len(sites),
                site_dual, row_dual, plan.row_count, tables.rows)
            if chosen_count >= 0:
                break
        if chosen_count < 0:
            return "closed" if nodes == 0 else "stopped" if nodes == NODES else "searched"
        settle(chosen, chosen_count, columns, costs, owner, group, width, plan.holders, plan.members, plan.size, plan.costs,
               plan.row_count, tables.rows)
        for cadre in broken:
            plan.measure(cadre)
        plan.cost += value - target
        return "improved"


def _strike_out(admits: Admits, count: int, columns: IntArray, costs: FloatArray, owner: IntArray, group: IntArray,
                width: int) -> int:
    """Strike out the columns that a further rule does not admit; those held stay. Returns how many are left."""
    keep = np.ones(count, dtype=np.bool_)
    for who in range(width):
        own = np.flatnonzero(owner[:count] == who)[1:]
        if len(own):
            keep[own] = admits(int(group[who]), columns[own])
    left = np.flatnonzero(keep)
    for table in (columns, costs, owner):
        table[: len(left)] = table[left]
    return len(left)


def _of_legal_sizes(holders: IntArray, largest: int) -> IntArray:
    """The holders (s); of a caseload larger than ``largest``, for which no window has room, what is beyond is opened (-1)."""
    left = holders.copy()
    for cadre in np.flatnonzero(np.bincount(holders[holders >= 0]) > largest):
        left[np.flatnonzero(holders == cadre)[largest:]] = -1
    return left


def _pick(choices: IntArray, turn: int) -> int:
    """Number ``turn`` of the choices, over and over; -1 where there is none or it is nobody's turn."""
    return int(choices[turn % len(choices)]) if len(choices) and turn >= 0 else -1


class _Plan:
    """A plan as the kernels change it: holders (s), members (c, k), size (c), costs (c) and counts of rows (q)."""

    def __init__(self, tables: KernelTables, cost: CostTables, holders: IntArray) -> None:
        self._tables, self._cost = tables, cost
        self.holders = holders.astype(np.int64)
        cadres = len(tables.allowed)
        self.members = np.full((cadres, MAX_SIZE), -1, dtype=np.int64)
        self.size = np.zeros(cadres, dtype=np.int64)
        for site in np.flatnonzero(holders >= 0):
            self.members[holders[site], self.size[holders[site]]] = site
            self.size[holders[site]] += 1
        self.costs = np.zeros(cadres, dtype=np.float64)
        self.penalties = np.zeros(cadres, dtype=np.float64)
        self.row_count = np.zeros(len(tables.rows[0]), dtype=np.int64)
        self.compute()

    def measure(self, cadre: int) -> None:
        """Compute the cost of one cadre's caseload and how far it is from legal."""
        price, self.penalties[cadre] = caseload_price(self._tables, self._cost, cadre, self.members[cadre, :self.size[cadre]])
        self.costs[cadre] = price + (PENALTY_PRICE if self.penalties[cadre] > 0 else 0.0)

    def compute(self) -> None:
        """Compute every number from the members, by the same kernels that annealing trusts."""
        row_lower, row_upper, block_row, block_sites, block_start, block_of = self._tables.rows
        self.row_count[:] = 0
        for cadre in range(len(self.size)):
            self.measure(cadre)
            sites = self.members[cadre, : self.size[cadre]]
            for block in block_of[block_start[cadre]:block_start[cadre + 1]]:
                self.row_count[block_row[block]] += block_sites[block, sites].sum()
        self.cost = float(self.costs.sum()) + self._cost.constant + OPEN_PRICE * int((self.holders < 0).sum())
        rows_off = np.maximum(0, row_lower - self.row_count) + np.maximum(0, self.row_count - row_upper)
        self.penalty = float(self.penalties.sum() + rows_off.sum())
