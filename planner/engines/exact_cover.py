"""The exact cover of a window's sites by one caseload a cadre, at the least cost: dual ascent, then branch and bound, compiled.

A caseload is a mask over the window's sites. Columns whose reduced cost is above what is left of the gap cannot be in a
better cover, so dual values of the window alone leave few. Every budget is a count, never a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

ASCENT_ROUNDS = 80
"""Steps of dual ascent on one window."""

NODES = 4000
"""Nodes of one window's tree."""

TINY = 1e-6
"""Seconds that count as nothing."""


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
