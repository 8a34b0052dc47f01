"""The compiled inner loops: a caseload's limits, visit day and prices, and annealing moves over caseloads.

Everything is integers and arrays; sizes are those of ``CompiledProblem``. The functions are compiled on the first
call of an installation and kept in numba's cache. Random numbers come from an own xorshift generator, so a seed means
the same moves on every machine.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_SIZE: Final = 7
"""Most sites of one caseload: its visit day is found by trying every order."""

NO_WAY: Final = 10**7
"""Travel seconds told for a day that no road makes possible; such a day is always illegal."""


@cache
def order_tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All orders of k = 0..MAX_SIZE sites, shape (k, orders, sites), and how many there are of each."""
    lists = [list(permutations(range(k))) for k in range(MAX_SIZE + 1)]
    counts = np.array([len(orders) for orders in lists], dtype=np.int64)
    table = np.zeros((MAX_SIZE + 1, int(counts.max()), MAX_SIZE), dtype=np.int64)
    for k, orders in enumerate(lists):
        for number, order in enumerate(orders):
            table[k, number, :k] = order
    return table, counts


@njit(cache=True, nogil=True)
def own_part(office, travel, site_place, sites):
    """Where in ``site_place`` the sites stand by the means of travel of an office's place."""
    return office // (len(travel) // (len(site_place) // sites)) * sites


@njit(cache=True)
def best_day(office, sites, k, facts, day):
    """Least travel seconds of a legal visit day over all orders of ``sites[:k]``, and whether there is one.

    facts = (travel (places, places), site_place, stay, opens, closes, orders, order_counts), where travel has a block and
    site_place a part for every means of travel, of which the office's own counts;
    day = (starts, ends, longest, limited). Without a legal order, the least travel of any order, and False.
    """
    travel, site_place, stay, opens, closes, orders, order_counts = facts
    starts, ends, longest, limited = day
    if k == 0:
        return 0, True
    shift = own_part(office, travel, site_place, len(stay))
    best_legal = NO_WAY
    best_any = NO_WAY
    for number in range(order_counts[k]):
        order = orders[k, number]
        total = 0
        previous = office
        possible = True
        for position in range(k):
            place = site_place[shift + sites[order[position]]]
            leg = travel[previous, place]
            if leg < 0:
                possible = False
                break
            total += leg
            previous = place
        if not possible or travel[previous, office] < 0:
            continue
        home = travel[previous, office]
        total += home
        if total < best_any:
            best_any = total
        if total >= best_legal:
            continue
        now = starts
        stays = 0
        previous = office
        for position in range(k):
            site = sites[order[position]]
            place = site_place[shift + site]
            now = max(now + travel[previous, place], opens[site]) + stay[site]
            stays += stay[site]
            if now > closes[site]:
                possible = False
                break
            previous = place
        now += home
        if not possible or now > ends:
            continue
        latest = ends - home
        for position in range(k - 1, -1, -1):
            site = sites[order[position]]
            before = office if position == 0 else site_place[shift + sites[order[position - 1]]]
            latest = min(latest, closes[site]) - stay[site] - travel[before, site_place[shift + site]]
        if max(total + stays, now - latest) <= longest:
            best_legal = total
    if not limited and best_any < NO_WAY:
        return best_any, True
    if best_legal < NO_WAY:
        return best_legal, True
    return best_any, False


@njit(cache=True)
def evaluate(cadre, sites, k, office_of, limits, prices, facts, day, out):
    """Fill ``out`` (g) with the goal prices of a caseload and return how far it is from legal (0 is legal).

    Every broken limit counts 1 and its excess by the limit's scale, so that no small excess is worth its while.

    limits = (weights, vector, lower, upper, scale); prices = (additive (a, c, s), additive_goal (a), load table
    (l, c, n), load_goal (l), workload, travel_goal or -1).
    """
    weights, vector, lower, upper, scale = limits
    additive, additive_goal, load_table, load_goal, workload, travel_goal = prices
    out[:] = 0
    penalty = 0.0
    for limit in range(vector.shape[1]):
        which = vector[cadre, limit]
        if which < 0:
            continue
        total = 0
        for position in range(k):
            total += weights[which, sites[position]]
        if total < lower[cadre, limit]:
            penalty += 1.0 + (lower[cadre, limit] - total) / scale[which]
        elif total > upper[cadre, limit]:
            penalty += 1.0 + (total - upper[cadre, limit]) / scale[which]
    for goal in range(additive.shape[0]):
        for position in range(k):
            out[additive_goal[goal]] += additive[goal, cadre, sites[position]]
    load = 0
    for position in range(k):
        load += workload[sites[position]]
    for goal in range(load_table.shape[0]):
        out[load_goal[goal]] += load_table[goal, cadre, min(load, load_table.shape[2] - 1)]
    travel, legal = best_day(office_of[cadre], sites, k, facts, day)
    if travel_goal >= 0:
        out[travel_goal] += travel
    if not legal:
        penalty += 1.0
    return penalty


@njit(cache=True)
def evaluate_all(cadres, sites, allowed, goals, office_of, limits, prices, facts, day, travel, illegality):
    """Fill ``travel`` (n; s) and ``illegality`` (n) of caseloads: ``cadres`` (n), ``sites`` (n, k; -1 padded), ``goals`` many goals.

    A site that is struck out for the cadre counts as one step from legal.
    """
    out = np.zeros(goals, dtype=np.int64)
    for number in range(cadres.shape[0]):
        cadre, held, size = cadres[number], sites[number], 0
        struck = 0
        while size < held.shape[0] and held[size] >= 0:
            struck += not allowed[cadre, held[size]]
            size += 1
        illegality[number] = struck + evaluate(cadre, held, size, office_of, limits, prices, facts, day, out)
        travel[number] = best_day(office_of[cadre], held, size, facts, day)[0]


@njit(cache=True)
def objective(totals, penalty, aims):
    """What annealing minimises: weight * value + heavy * excess over the cap, over goals, plus the penalty."""
    weight, heavy, cap, penalty_weight = aims
    value = penalty * penalty_weight
    for goal in range(totals.shape[0]):
        value += weight[goal] * totals[goal] + heavy[goal] * max(0, totals[goal] - cap[goal])
    return value


@njit(cache=True)
def next_random(state):
    """Advance an xorshift64* generator (Marsaglia 2003) in ``state`` (1) and return 32 random bits."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(32))


@njit(cache=True)
def row_penalty(count, row, row_lower, row_upper):
    """How far one row is from its bounds."""
    return max(0, row_lower[row] - count) + max(0, count - row_upper[row])


@njit(cache=True)
def shift_rows(cadre, site, by, rows, row_count):
    """Move a pair in (+1) or out (-1) of all rows it lies in; return the change of the rows' penalty."""
    row_lower, row_upper, block_row, block_sites, block_start, block_of = rows
    change = 0.0
    for position in range(block_start[cadre], block_start[cadre + 1]):
        block = block_of[position]
        if block_sites[block, site]:
            row = block_row[block]
            before = row_penalty(row_count[row], row, row_lower, row_upper)
            row_count[row] += by
            change += row_penalty(row_count[row], row, row_lower, row_upper) - before
    return change


@njit(cache=True)
def start_greedily(site_order, state, allowed, office_of, limits, rows, prices, facts, day, aims):
    """Give each site of ``site_order`` to the allowed cadre for whom it costs least; no room leaves it open."""
    holder, members, size, cadre_penalty, cadre_price, row_count, totals, penalty = state
    scratch = np.zeros(members.shape[1], dtype=np.int64)
    price = np.zeros(totals.shape[0], dtype=np.int64)
    trial = np.zeros(totals.shape[0], dtype=np.int64)
    for site in site_order:
        best, chosen = np.inf, np.int64(-1)  # a plain -1 has evaluate compiled once more
        now = objective(totals, penalty[0], aims)
        for cadre in range(allowed.shape[0]):
            if not allowed[cadre, site] or size[cadre] >= members.shape[1]:
                continue
            k = size[cadre]
            scratch[:k] = members[cadre, :k]
            scratch[k] = site
            own = evaluate(cadre, scratch, k + 1, office_of, limits, prices, facts, day, price)
            trial[:] = totals + price - cadre_price[cadre]
            change = shift_rows(cadre, site, 1, rows, row_count)
            shift_rows(cadre, site, -1, rows, row_count)
            value = objective(trial, penalty[0] + own - cadre_penalty[cadre] + change, aims)
            if value < best:
                best, chosen = value, np.int64(cadre)
        if chosen >= 0 and best < now:
            k = size[chosen]
            members[chosen, k] = site
            size[chosen] = k + 1
            holder[site] = chosen
            own = evaluate(chosen, members[chosen], k + 1, office_of, limits, prices, facts, day, price)
            totals += price - cadre_price[chosen]
            cadre_price[chosen] = price
            penalty[0] += own - cadre_penalty[chosen] + shift_rows(chosen, site, 1, rows, row_count)
            cadre_penalty[chosen] = own


@njit(cache=True)
def anneal(moves, hot, cold, rng, neighbours, best_holder, best_value, state, allowed, office_of, limits, rows, prices,
           facts, day, aims):
    """Simulated annealing with relocations, swaps and three-way ejections; the best state's holders are kept.

    The temperature falls geometrically from ``hot`` to ``cold``. ``neighbours`` (s, n) are near sites.
    """
    holder, members, size, cadre_penalty, cadre_price, row_count, totals, penalty = state
    cadre_count, site_count = allowed.shape
    near = neighbours.shape[1]
    width = members.shape[1]
    goals = totals.shape[0]
    scratch = np.zeros((3, width), dtype=np.int64)
    scratch_size = np.zeros(3, dtype=np.int64)
    price = np.zeros((3, goals), dtype=np.int64)
    trial = np.zeros(goals, dtype=np.int64)
    moved = np.zeros(3, dtype=np.int64)
    target = np.zeros(3, dtype=np.int64)
    source = np.zeros(3, dtype=np.int64)
    touched = np.zeros(3, dtype=np.int64)
    own = np.zeros(3, dtype=np.float64)
    current = objective(totals, penalty[0], aims)
    cooling = (cold / hot) ** (1.0 / max(1, moves))
    temperature = hot
    for _ in range(moves):
        temperature *= cooling
        kind = next_random(rng) % 100
        first = next_random(rng) % site_count
        second = neighbours[first, next_random(rng) % near]
        if kind % 10 == 0:
            second = next_random(rng) % site_count
        count = 0
        if holder[first] < 0 or kind < 30:
            to = holder[second] if next_random(rng) % 10 < 7 else next_random(rng) % cadre_count
            if to < 0 or to == holder[first]:
                continue
            moved[0], target[0], count = first, to, 1
        elif kind < 85:
            if holder[second] < 0 or holder[second] == holder[first]:
                continue
            moved[0], target[0] = first, holder[second]
            moved[1], target[1] = second, holder[first]
            count = 2
        else:
            third = neighbours[second, next_random(rng) % near]
            if (holder[second] < 0 or holder[third] < 0 or holder[second] == holder[first]
                    or holder[third] == holder[first] or holder[third] == holder[second]):
                continue
            moved[0], target[0] = first, holder[second]
            moved[1], target[1] = second, holder[third]
            moved[2], target[2] = third, holder[first]
            count = 3
        possible = True
        for index in range(count):
            source[index] = holder[moved[index]]
            if not allowed[target[index], moved[index]]:
                possible = False
        if not possible:
            continue
        cadres = 0
        for index in range(count):
            for cadre in (source[index], target[index]):
                known = cadre < 0
                for other in range(cadres):
                    known = known or touched[other] == cadre
                if not known:
                    touched[cadres] = cadre
                    cadres += 1
        trial[:] = totals
        trial_penalty = penalty[0]
        for other in range(cadres):
            cadre = touched[other]
            k = np.int64(0)  # a plain 0 has evaluate compiled once more
            for position in range(size[cadre]):
                site = members[cadre, position]
                leaves = False
                for index in range(count):
                    leaves = leaves or moved[index] == site
                if not leaves:
                    scratch[other, k] = site
                    k += 1
            for index in range(count):
                if target[index] == cadre:
                    if k >= width:
                        possible = False
                        break
                    scratch[other, k] = moved[index]
                    k += 1
            if not possible:
                break
            scratch_size[other] = k
            own[other] = evaluate(cadre, scratch[other], k, office_of, limits, prices, facts, day, price[other])
            trial += price[other] - cadre_price[cadre]
            trial_penalty += own[other] - cadre_penalty[cadre]
        if not possible:
            continue
        for index in range(count):
            if source[index] >= 0:
                trial_penalty += shift_rows(source[index], moved[index], -1, rows, row_count)
            trial_penalty += shift_rows(target[index], moved[index], 1, rows, row_count)
        value = objective(trial, trial_penalty, aims)
        worse = value - current
        if worse <= 0 or next_random(rng) < np.exp(-worse / temperature) * 4294967296.0:
            for other in range(cadres):
                cadre = touched[other]
                size[cadre] = scratch_size[other]
                members[cadre, : scratch_size[other]] = scratch[other, : scratch_size[other]]
                cadre_penalty[cadre] = own[other]
                cadre_price[cadre] = price[other]
            for index in range(count):
                holder[moved[index]] = target[index]
            totals[:] = trial
            penalty[0] = trial_penalty
            current = value
            if value < best_value[0] - 1e-9:
                best_value[0] = value
                best_holder[:] = holder
        else:
            for index in range(count):
                if source[index] >= 0:
                    shift_rows(source[index], moved[index], 1, rows, row_count)
                shift_rows(target[index], moved[index], -1, rows, row_count)
