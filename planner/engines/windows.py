"""Windows of neighbourhood search: which cadres, which caseloads of theirs over the sites they hold, and what they take, compiled.

A window is a handful of cadres near each other with much excess (reduced cost above the cadre's least). Tables: k sites of a
caseload, n columns, w cadres of a window; ``wanted`` (c, r, k) holds the caseloads remembered for every cadre.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.engines.exact_cover import TINY
from planner.engines.kernel import best_day, next_random, own_part

NEAR_SITES = 30
"""Nearest sites of a site among whose holders a window looks for partners."""

MOST_SITES = 60
"""Sites of one window: a caseload is one 64-bit mask over them."""

REMEMBERED = 24
"""Caseloads of low reduced cost remembered for every cadre: they tell with whom he wants to exchange sites."""

COLUMNS = 250
"""Caseloads of every window cadre that enter the exact cover."""


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
    width, sites_in = np.int64(0), np.int64(0)  # plain numbers have add_cadre compiled once more
    if open_site >= 0:
        sites_in = np.int64(1)
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
