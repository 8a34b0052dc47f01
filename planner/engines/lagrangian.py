"""Dual values by subgradient ascent on a pool of caseloads, compiled: cheap, central, and good to price with.

For the set partitioning master  min sum c x,  one caseload a cadre,  every site covered once,  rows within bounds,
any dual values give the bound  L = sum pi + sum of row terms + sum over cadres of the least reduced cost.  Over the
pool, L is maximised by the deflected subgradient method (Camerini, Fratta, Maffioli 1975) with Polyak steps.
"""

from __future__ import annotations

import numpy as np
from numba import njit

AT_ONCE = 4
"""Sites of a column that are added up in one go."""


@njit(cache=True)
def _padded(column_sites, sites):
    """The sites of every column, at least ``AT_ONCE``, ``sites`` where there is none."""
    most = max(AT_ONCE, column_sites.shape[1])
    padded = np.full((column_sites.shape[0], most), sites, dtype=np.uint32)  # unsigned: numba need not look whether an index is below 0
    for column in range(column_sites.shape[0]):
        for position in range(column_sites.shape[1]):
            if column_sites[column, position] >= 0:
                padded[column, position] = column_sites[column, position]
    return padded


@njit(cache=True)
def _columns_of_rows(column_rows, rows):
    """The columns of every row: those of row q are the second array from ``start[q]`` up to ``start[q + 1]``."""
    start = np.zeros(rows + 1, dtype=np.int64)
    for row in column_rows.ravel():
        if row >= 0:
            start[row + 1] += 1
    start = np.cumsum(start)
    fill, columns = start[:-1].copy(), np.empty(start[rows], dtype=np.int32)
    for column in range(column_rows.shape[0]):
        for position in range(column_rows.shape[1]):
            row = column_rows[column, position]
            if row >= 0:
                columns[fill[row]] = column
                fill[row] += 1
    return start, columns


@njit(cache=True)
def _charge_rows(charged, row_dual, column_cost, column_rows, row_start, row_columns, cost):
    """Into ``cost`` (n): what columns cost less the duals of their rows; ``charged`` are the duals it was made with."""
    for row in range(row_dual.shape[0]):
        if row_dual[row] == charged[row]:  # nearly always: few rows bind
            continue
        charged[row] = row_dual[row]
        for place in range(row_start[row], row_start[row + 1]):
            column = row_columns[place]
            left = column_cost[column]
            for position in range(column_rows.shape[1]):
                if column_rows[column, position] < 0:
                    break
                left -= row_dual[column_rows[column, position]]
            cost[column] = left


@njit(cache=True)
def dual_ascent(rounds, step, target, site_dual, row_dual, column_start, column_cost, column_sites, column_rows,
                row_lower, row_upper, row_never, centre, radius):
    """Improve ``site_dual`` (s) and ``row_dual`` (q) in place; return the best bound over the pool.

    Columns of cadre i are column_start[i]:column_start[i + 1]; column_sites (n, k) and column_rows (n, r) are -1
    padded. A row's dual is positive for its lower side and negative for its upper one. ``target`` is the value of a
    plan. Site duals stay within ``radius`` (one, or s) of ``centre`` (s): a poor pool must not drag them far (boxstep, Marsten, Hogan,
    Blankenship 1975).
    """
    lowest, highest = centre - radius, centre + radius
    cadres = column_start.shape[0] - 1
    sites = site_dual.shape[0]
    rows = row_dual.shape[0]
    padded, worth = _padded(column_sites, sites), np.zeros(sites + 1)
    row_start, row_columns = _columns_of_rows(column_rows, rows)
    cost, charged = column_cost.copy(), np.zeros(rows)
    best = -np.inf
    best_site, best_row = site_dual.copy(), row_dual.copy()
    direction_site, direction_row = np.zeros(sites), np.zeros(rows)
    slope_site, slope_row = np.zeros(sites), np.zeros(rows)
    since = 0
    for _ in range(rounds):
        _charge_rows(charged, row_dual, column_cost, column_rows, row_start, row_columns, cost)
        value = 0.0
        for site in range(sites):
            worth[site] = site_dual[site]
            value += site_dual[site]
            slope_site[site] = 1.0
        for row in range(rows):
            dual = row_dual[row]
            if dual > 0:
                value += dual * row_lower[row]
                slope_row[row] = row_lower[row]
            else:
                value += dual * row_upper[row] if row_upper[row] < row_never else 0.0
                slope_row[row] = row_upper[row] if row_upper[row] < row_never else row_lower[row]
        for cadre in range(cadres):
            least, chosen = np.inf, -1
            for column in range(column_start[cadre], column_start[cadre + 1]):
                reduced = (cost[column] - worth[padded[column, 0]] - worth[padded[column, 1]] - worth[padded[column, 2]]
                           - worth[padded[column, 3]])
                for position in range(AT_ONCE, padded.shape[1]):
                    reduced -= worth[padded[column, position]]
                if reduced < least:
                    least, chosen = reduced, column
            if chosen < 0:
                continue
            value += least
            for position in range(column_sites.shape[1]):
                site = column_sites[chosen, position]
                if site < 0:
                    break
                slope_site[site] -= 1.0
            for position in range(column_rows.shape[1]):
                row = column_rows[chosen, position]
                if row < 0:
                    break
                slope_row[row] -= 1.0
        if best == -np.inf or value > best + 1e-6 * abs(best):
            since = 0
        else:
            since += 1
        if value > best:
            best = value
            best_site[:] = site_dual
            best_row[:] = row_dual
        if since >= 25:
            step *= 0.7
            since = 0
            site_dual[:] = best_site
            row_dual[:] = best_row
            direction_site[:] = 0.0
            direction_row[:] = 0.0
            if step < 1e-4:
                break
            continue
        # a row within its bounds asks for no dual: where the dual is 0, only a violated side counts
        for row in range(rows):
            if row_dual[row] == 0.0:
                count = (row_upper[row] if row_upper[row] < row_never else row_lower[row]) - slope_row[row]
                if count < row_lower[row]:
                    slope_row[row] = row_lower[row] - count
                elif row_upper[row] < row_never and count > row_upper[row]:
                    slope_row[row] = row_upper[row] - count
                else:
                    slope_row[row] = 0.0
        norm = 0.0
        for site in range(sites):
            direction_site[site] = slope_site[site] + 0.7 * direction_site[site]
            norm += direction_site[site] ** 2
        for row in range(rows):
            direction_row[row] = slope_row[row] + 0.7 * direction_row[row]
            norm += direction_row[row] ** 2
        if norm == 0.0:
            break
        length = step * max(target - value, 1e-3 * abs(target) + 1.0) / norm
        for site in range(sites):
            moved = site_dual[site] + length * direction_site[site]
            site_dual[site] = min(highest[site], max(lowest[site], moved))
        for row in range(rows):
            moved = row_dual[row] + length * direction_row[row]
            if row_lower[row] <= 0:
                moved = min(moved, 0.0)
            if row_upper[row] >= row_never:
                moved = max(moved, 0.0)
            row_dual[row] = moved
    site_dual[:] = best_site
    row_dual[:] = best_row
    return best


@njit(cache=True)
def column_rows(cadre, sites, block_row, block_sites, block_start, block_of):
    """Rows that every column's pairs lie in, once for each pair: (n, r), -1 padded. ``cadre`` (n), ``sites`` (n, k)."""
    widest = 1
    for turn in range(2):
        if turn == 1:
            found = np.full((cadre.shape[0], widest), -1, dtype=np.int64)
        for column in range(cadre.shape[0]):
            count = 0
            for position in range(block_start[cadre[column]], block_start[cadre[column] + 1]):
                block = block_of[position]
                for place in range(sites.shape[1]):
                    site = sites[column, place]
                    if site < 0:
                        break
                    if block_sites[block, site]:
                        if turn == 1:
                            found[column, count] = block_row[block]
                        count += 1
            widest = max(widest, count)
    return found
