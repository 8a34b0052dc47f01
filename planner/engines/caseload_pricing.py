"""The caseloads of one cadre below a threshold of reduced cost, by a depth-first search with exact tables, compiled.

``completions`` finds, for every last stop, state of the counting limits and load so far, the cheapest way to go on and
home, backward from the end: travel, dual values, the price of the load and its cap and the counts are all exact, so the
search visits little beyond the caseloads asked for. Before that, cheaper tables of the same kind with the load priced by a
straight line below its true price (``reach``) drop the sites that no caseload below the threshold can hold.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from planner.engines.kernel import best_day
from planner.engines.trip_bounds import LANES, NEVER, completions, gathered, reach

FEWER: Final = 0.85
"""Tables are made anew for the sites that a line leaves, where these are fewer than this share of those before."""


@njit(cache=True, nogil=True)
def _record(members, size, reduced, price, keep, found, best_sites, best_price, best_reduced):
    """Put a caseload among the ``keep`` best unless it is there; return how many there are."""
    held = np.sort(members[:size])
    worst = 0
    for number in range(found):
        same = True
        for position in range(best_sites.shape[1]):
            expected = held[position] if position < size else -1
            if best_sites[number, position] != expected:
                same = False
                break
        if same:
            return found
        if best_reduced[number] > best_reduced[worst]:
            worst = number
    if found < keep:
        worst = found
        found += 1
    elif best_reduced[worst] <= reduced:
        return found
    best_sites[worst] = -1
    best_sites[worst, :size] = held
    best_price[worst] = price
    best_reduced[worst] = reduced
    return found


@njit(cache=True, nogil=True)
def _judge(path, size, sites, profit, load_price, travel_price, office, workload, cadre, limits, facts, day, held):
    """Reduced cost and price of the caseload ``path[:size]``; NEVER where it is illegal."""
    weights, vector, lower, upper, _ = limits
    for position in range(size):
        held[position] = sites[path[position]]
    for limit in range(vector.shape[1]):
        which = vector[cadre, limit]
        if which >= 0:
            total = 0
            for position in range(size):
                total += weights[which, held[position]]
            if total < lower[cadre, limit] or total > upper[cadre, limit]:
                return NEVER, NEVER
    seconds, fits = best_day(office, held, size, facts, day)
    if not fits:
        return NEVER, NEVER
    load, worth = 0, 0.0
    for position in range(size):
        load += workload[held[position]]
        worth += profit[held[position]]
    price = travel_price * seconds + load_price[min(load, load_price.shape[0] - 1)]
    return price - worth, price


@njit(cache=True, nogil=True)
def _of_sites(sites, profit, kind_of):
    """Profit and kind of some sites (n)."""
    worth = np.empty(sites.shape[0], dtype=np.float32)
    kind = np.empty(sites.shape[0], dtype=np.int64)
    for number in range(sites.shape[0]):
        worth[number] = profit[sites[number]]
        kind[number] = kind_of[sites[number]]
    return worth, kind


@njit(cache=True, nogil=True)
def mark_likely(sites, alike, profit, out_seconds, back_seconds, travel_price, shares, number):
    """Which of some sites (n) are among the ``number`` best of their kind and load (``alike``: n), the way counted by some share."""
    likely = np.zeros(sites.shape[0], dtype=np.bool_)
    best = np.empty((alike.max() + 1 if len(alike) else 0, number), dtype=np.int64)
    loss = np.empty(sites.shape[0])
    for share in shares:
        found = np.zeros(best.shape[0], dtype=np.int64)
        for one in range(sites.shape[0]):
            site, own = sites[one], best[alike[one]]
            loss[one] = share * (travel_price * (out_seconds[site] + back_seconds[site])) - profit[site]
            place = found[alike[one]]
            if place == number:
                if loss[own[number - 1]] <= loss[one]:
                    continue
                place -= 1
            else:
                found[alike[one]] += 1
            while place > 0 and loss[own[place - 1]] > loss[one]:
                own[place] = own[place - 1]
                place -= 1
            own[place] = one
        for group in range(best.shape[0]):
            for place in range(found[group]):
                likely[best[group, place]] = True
    return likely


@njit(cache=True, nogil=True)
def price_cadre(cadre, sites, possible, profit, load_price, lane_price, slopes, lines, travel_price, threshold, margin, partners,
                largest, keep, bound_only, units_of, kind_of, automaton, out_seconds, back_seconds,
                all_onward, all_legs, office, limits, workload, facts, day, best, other, successor, best_sites,
                best_price, best_reduced):
    """Find caseloads of one cadre from ``sites`` (n) whose ``price - sum of profits`` is below ``threshold``.

    possible (q, n): the states of the limits in which a site may be reached.

    profit (s): dual value less the cadre's own price, by site. load_price (n) by minutes; lane_price (LANES) at most
    that. slopes (m): prices a minute such that ``lines[m] + slopes[m] * load`` is nowhere above the load's price.
    ``margin``: rounding of the single precision tables. sites come in order of ``kind_of`` (s); units_of (s): load in
    lanes; automaton: see ``_automaton``; all_onward (s, s): price of the leg from row to column, all_legs transposed.
    ``partners``: with 0 the search is exact over the sites given; else it tries that many second
    stops for every first one, the rest of the trip as the tables suggest. Fills best_sites (keep, largest) in site
    order, -1 padded, best_price (without additive prices), best_reduced. Returns how many, the least reduced cost or
    the threshold, and the caseloads evaluated.
    """
    moves, may_end, sequence, _, needed = automaton
    states = moves.shape[0]
    found, evaluated, least = np.int64(0), 0, threshold
    held = np.zeros(largest + 1, dtype=np.int64)
    path = np.zeros(largest + 1, dtype=np.int64)
    size = np.int64(0)  # a written number is a type of its own to numba: what is called with it is compiled once more
    if may_end[0]:
        reduced, price = _judge(path, size, sites, profit, load_price, travel_price, office, workload, cadre, limits,
                                facts, day, held)
        if reduced < threshold:
            found = _record(path, size, reduced, price, keep, found, best_sites, best_price, best_reduced)
            least = reduced
    mine = sites
    count = mine.shape[0]
    onward, legs, out, back = gathered(mine, all_onward, all_legs, out_seconds, back_seconds, travel_price)
    worth, kind = _of_sites(mine, profit, kind_of)
    # drop the sites that no caseload below the limit can hold: one line below the load's price after the other
    for line in range(slopes.shape[0]):
        if count == 0:
            break
        adjusted = np.empty(count, dtype=np.float32)
        for number in range(count):
            adjusted[number] = worth[number] - slopes[line] * workload[mine[number]]
        bound = reach(onward, legs, out, back, adjusted, kind, moves, may_end, sequence, possible)
        limit = (least if bound_only else threshold) + margin - lines[line]
        possible &= bound < limit
        chosen = np.zeros(count, dtype=np.int64)
        kept = 0
        for number in range(count):
            if possible[:, number].any():
                chosen[kept] = number
                kept += 1
        if kept < FEWER * count:  # else tables without the few that fall away are dearer than the few
            chosen = chosen[:kept]
            mine, possible, count = mine[chosen], possible[:, chosen], kept
            onward, legs, out, back = gathered(mine, all_onward, all_legs, out_seconds, back_seconds, travel_price)
            worth, kind = _of_sites(mine, profit, kind_of)
    units = np.empty(count, dtype=np.int64)
    for number in range(count):
        units[number] = units_of[mine[number]]
    if count == 0:
        return found, least, evaluated
    best = best[:states * count * LANES].reshape((states, LANES, count))
    other = other[:states * count * LANES].reshape((states, LANES, count))
    successor = successor[:states * count * LANES].reshape((states, LANES, count))
    completions(legs, back, worth, units, kind, moves, may_end, sequence, possible, needed, lane_price, best, other, successor)
    # caseloads of one site, and the first two stops of all others, most promising first
    firsts = np.empty(count * count, dtype=np.int32)
    afterwards = np.empty(count * count, dtype=np.int32)
    bounds = np.empty(count * count, dtype=np.float32)
    pairs = 0
    limit = (least if bound_only else threshold) + margin
    size = np.int64(1)
    for number in range(count):
        state = moves[0, kind[number]]
        if state < 0 or not may_end[state]:
            continue
        path[0] = number
        if out[number] + back[number] - worth[number] + lane_price[units[number]] < limit:
            evaluated += 1
            reduced, price = _judge(path, size, mine, profit, load_price, travel_price, office, workload, cadre, limits,
                                    facts, day, held)
            if reduced < threshold:
                found = _record(held, size, reduced, price, keep, found, best_sites, best_price, best_reduced)
                least = min(least, reduced)
    if largest > 1:
        limit = (least if bound_only else threshold) + margin
        for second in range(count):
            for first in range(count):
                state = moves[0, kind[first]]
                if state < 0 or first == second:
                    continue
                state = moves[state, kind[second]]
                if state < 0:
                    continue
                load = units[first] + units[second]
                if load >= LANES:
                    continue
                value = out[first] - worth[first] + legs[second, first] - worth[second]
                if value + best[state, load, second] < limit:
                    again = successor[state, load, second] == first
                    value += other[state, load, second] if again else best[state, load, second]
                    if value >= limit:
                        continue
                    firsts[pairs] = first
                    afterwards[pairs] = second
                    bounds[pairs] = value
                    pairs += 1
    order = np.argsort(bounds[:pairs], kind="mergesort")
    tried = np.zeros(count, dtype=np.int64)
    cost_at = np.zeros(largest + 2, dtype=np.float64)
    load_at = np.zeros(largest + 2, dtype=np.int64)
    state_at = np.zeros(largest + 2, dtype=np.int64)
    next_at = np.zeros(largest + 2, dtype=np.int64)
    for rank in range(pairs):
        pair = order[rank]
        first, second = firsts[pair], afterwards[pair]
        worst = threshold
        if bound_only:
            worst = least
        elif found == keep:
            worst = best_reduced[:keep].max()
        limit = min(threshold, worst) + margin
        if bounds[pair] >= limit:
            break
        if partners > 0:
            if tried[first] >= partners:
                continue
            tried[first] += 1
        path[0], path[1] = first, second
        cost_at[2] = out[first] - worth[first] + legs[second, first] - worth[second]
        load_at[2] = units[first] + units[second]
        state_at[2] = moves[moves[0, kind[first]], kind[second]]
        next_at[2] = 0
        size = np.int64(2)
        fresh = True
        while size >= 2:
            here = path[size - 1]
            state = state_at[size]
            ends = cost_at[size] + back[here] + lane_price[load_at[size]] if may_end[state] else NEVER
            child, child_bound = -1, limit
            if size < largest:
                start = 0 if partners > 0 else next_at[size]
                for number in range(start, count):
                    following = moves[state, kind[number]]
                    if following < 0:
                        continue
                    load = load_at[size] + units[number]
                    if load >= LANES:
                        continue
                    value = cost_at[size] + legs[number, here] - worth[number]
                    if value + best[following, load, number] >= child_bound:
                        continue
                    again = successor[following, load, number] == here
                    value += other[following, load, number] if again else best[following, load, number]
                    if value >= child_bound:
                        continue
                    repeated = False
                    for position in range(size):
                        repeated = repeated or path[position] == number
                    if repeated:
                        continue
                    child = number
                    if partners == 0:
                        next_at[size] = number + 1
                        break
                    child_bound = value
            if fresh and ends < limit and (partners == 0 or child < 0 or ends <= child_bound):
                evaluated += 1
                reduced, price = _judge(path, size, mine, profit, load_price, travel_price, office, workload, cadre,
                                        limits, facts, day, held)
                if reduced < threshold:
                    found = _record(held, size, reduced, price, keep, found, best_sites, best_price, best_reduced)
                    least = min(least, reduced)
                    if bound_only:
                        limit = least + margin
                if partners > 0:
                    break
            if child >= 0:
                path[size] = child
                cost_at[size + 1] = cost_at[size] + legs[child, here] - worth[child]
                load_at[size + 1] = load_at[size] + units[child]
                state_at[size + 1] = moves[state, kind[child]]
                size += 1
                next_at[size] = 0
                fresh = True
            else:
                if partners > 0:
                    break
                size -= 1
                fresh = False
    return found, least, evaluated
