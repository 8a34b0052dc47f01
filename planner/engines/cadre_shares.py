"""Cadres shared out among groups of sites (sub-districts, zones) that each is planned for alone: exact, and lazy.

With f_g(k) the least cost of group g with k cadres, the least of sum_g f_g(k_g) over sum_g k_g = number of cadres is a
shortest way over the groups. Only the f_g(k) that a best way uses are solved; all others stand as cheap lower bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.engines.arrays import FloatArray
from planner.engines.caseload_problem import CoreResult


@dataclass(frozen=True)
class Shares:
    """``counts`` (g) cadres and the plan of every group; empty, with cost inf, where none was found."""

    counts: tuple[int, ...]
    plans: tuple[CoreResult, ...]
    cost: float
    bound: float


def share_cadres(cadres: int, groups: int, quick_bound: Callable[[int, int], float],
                 solve_group: Callable[[int, int], CoreResult]) -> Shares:
    """All ``cadres`` shared out among ``groups``: quick_bound(group, count) never exceeds what solve_group finds.

    quick_bound is inf where a count is impossible.
    """
    lower = np.array([[quick_bound(group, count) for count in range(cadres + 1)] for group in range(groups)])
    upper = np.full((groups, cadres + 1), np.inf)
    solved: dict[tuple[int, int], CoreResult] = {}
    while True:
        bound, counts = _shortest(lower)
        waiting = [key for key in enumerate(counts) if key not in solved]
        if not waiting:
            break
        for group, count in waiting:
            solved[group, count] = found = solve_group(group, count)
            lower[group, count] = max(lower[group, count], found.bound)
            upper[group, count] = found.cost
    cost, counts = _shortest(upper)
    return Shares(counts, tuple(solved[key] for key in enumerate(counts)), cost, min(bound, cost))


def _shortest(value: FloatArray) -> tuple[float, tuple[int, ...]]:
    """Least sum over groups (g) with all cadres given out, and the counts; (inf, ()) where there is none."""
    groups, width = value.shape
    reach = np.full((groups + 1, width), np.inf)
    reach[0, 0] = 0.0
    last = np.zeros((groups + 1, width), dtype=np.int64)
    for group in range(groups):
        for total in range(width):
            sums = reach[group, : total + 1] + value[group, total::-1]
            last[group + 1, total] = total - int(sums.argmin())
            reach[group + 1, total] = sums.min()
    if np.isinf(reach[groups, width - 1]):
        return float("inf"), ()
    counts, total = [], width - 1
    for group in range(groups, 0, -1):
        counts.append(int(last[group, total]))
        total -= counts[-1]
    return float(reach[groups, width - 1]), tuple(reversed(counts))
