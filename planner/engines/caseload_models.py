"""CP-SAT models over caseload problems given as arrays: one Boolean a pair, and one Boolean a caseload.

One worker, a fixed seed and deterministic time: equal input gives equal answers on any load of the machine.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from planner.engines.arrays import BoolArray, FloatArray, IntArray

CENT = 1_000_000
"""Real costs are counted in millionths of a unit; bounds allow for the rounding."""


@dataclass(frozen=True)
class ModelAnswer:
    """``holders`` (s) of the best solution, or None; ``bound`` on the cost; ``closed``: nothing is left to find."""

    holders: IntArray | None
    bound: float
    closed: bool


@dataclass(frozen=True)
class Column:
    """A caseload as the master sees it: a class of equal cadres, its sites, its cost."""

    cadre_class: int
    sites: IntArray
    cost: float


def _solver(work: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    return solver


def lower_hull(price: FloatArray) -> list[int]:
    """Loads at the corners of the greatest convex function under ``price`` (load)."""
    corners: list[int] = []
    for load in range(len(price)):
        while len(corners) > 1:
            one, two = corners[-2], corners[-1]
            if (price[two] - price[one]) * (load - two) >= (price[load] - price[two]) * (two - one):
                corners.pop()
            else:
                break
        corners.append(load)
    return corners


def solve_pairs(cost: FloatArray, load: IntArray, capacity: IntArray, lower: IntArray, upper: IntArray,
                allowed: BoolArray, price: FloatArray | None, hint: IntArray | None, below: float, whole: bool,
                work: float, seed: int) -> ModelAnswer:
    """One Boolean a pair over cadres (c) and sites (s); only plans of cost < ``below`` are sought (inf: any).

    price (c, load) or None; ``whole``: all costs are integers; ``work``: deterministic time of CP-SAT.
    """
    unit = 1 if whole else CENT
    cadres, sites = cost.shape
    model = cp_model.CpModel()
    pair = {(int(i), int(j)): model.new_bool_var("") for i, j in np.argwhere(allowed)}
    terms, weights = list(pair.values()), [round(float(cost[key]) * unit) for key in pair]
    for j in range(sites):
        model.add_exactly_one([pair[i, j] for i in range(cadres) if (i, j) in pair])
    for i in range(cadres):
        own = [j for j in range(sites) if (i, j) in pair]
        literals, loads = [pair[i, j] for j in own], [int(load[i, j]) for j in own]
        if lower[i] > 0 or upper[i] < len(own):
            model.add_linear_constraint(sum(literals), int(lower[i]), int(min(upper[i], sites)))
        if price is None:
            model.add(cp_model.LinearExpr.weighted_sum(literals, loads) <= int(capacity[i]))
            continue
        total = model.new_int_var(0, int(capacity[i]), "")
        model.add(cp_model.LinearExpr.weighted_sum(literals, loads) == total)
        table = [round(float(one) * unit) for one in price[i, : int(capacity[i]) + 1]]
        spent = model.new_int_var(min(table), max(table), "")
        model.add_element(total, table, spent)
        corners = lower_hull(np.array(table, dtype=np.float64))
        for one, two in itertools.pairwise(corners):
            model.add((two - one) * (spent - table[one]) >= (table[two] - table[one]) * (total - one))
        terms.append(spent)
        weights.append(1)
    aim = cp_model.LinearExpr.weighted_sum(terms, weights)
    if np.isfinite(below):
        model.add(aim <= int(np.floor(below * unit - (1 if whole else 0) + 1e-6)))
    model.minimize(aim)
    if hint is not None:
        for (i, j), variable in pair.items():
            model.add_hint(variable, int(hint[j] == i))
    solver = _solver(work, seed)
    status = solver.solve(model)
    slack = 0.0 if whole else 0.5 * (sites + cadres) / unit
    if status == cp_model.INFEASIBLE:
        return ModelAnswer(None, below - slack, closed=True)
    bound = solver.best_objective_bound / unit - slack
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return ModelAnswer(None, bound, closed=False)
    holders = np.full(sites, -1, dtype=np.int64)
    for (i, j), variable in pair.items():
        if solver.boolean_value(variable):
            holders[j] = i
    return ModelAnswer(holders, bound, closed=status == cp_model.OPTIMAL)


def solve_master(columns: list[Column], members: list[list[int]], least: list[int], sites: int, empty_cost: list[float],
                 below: float, whole: bool, work: float, seed: int) -> ModelAnswer:
    """Set partitioning over ``columns``: every site in one, every class (k) of ``members`` one column a cadre.

    ``least`` (k): columns a class must use at the least (the rest of its cadres hold nothing, at ``empty_cost``).
    """
    unit = 1 if whole else CENT
    model = cp_model.CpModel()
    use = [model.new_bool_var("") for _ in columns]
    covering: list[list[int]] = [[] for _ in range(sites)]
    of_class: list[list[int]] = [[] for _ in members]
    for number, column in enumerate(columns):
        of_class[column.cadre_class].append(number)
        for site in column.sites:
            covering[int(site)].append(number)
    for numbers in covering:
        model.add_exactly_one([use[number] for number in numbers])
    constant = 0
    weights = []
    for own, cadres in enumerate(members):
        model.add_linear_constraint(sum(use[number] for number in of_class[own]), least[own], len(cadres))
        constant += round(empty_cost[own] * unit) * len(cadres) if least[own] < len(cadres) else 0
    for column in columns:
        own = column.cadre_class
        idle = round(empty_cost[own] * unit) if least[own] < len(members[own]) else 0
        weights.append(round(column.cost * unit) - idle)
    aim = cp_model.LinearExpr.weighted_sum(use, weights) + constant
    if np.isfinite(below):
        model.add(aim <= int(np.floor(below * unit - (1 if whole else 0) + 1e-6)))
    model.minimize(aim)
    solver = _solver(work, seed)
    status = solver.solve(model)
    slack = 0.0 if whole else 0.5 * (sum(len(own) for own in members)) / unit
    if status == cp_model.INFEASIBLE:
        return ModelAnswer(None, below - slack, closed=True)
    bound = solver.best_objective_bound / unit - slack
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return ModelAnswer(None, bound, closed=False)
    holders = np.full(sites, -1, dtype=np.int64)
    left = [list(own) for own in members]
    for number, column in enumerate(columns):
        if solver.boolean_value(use[number]):
            holders[column.sites] = left[column.cadre_class].pop(0)
    return ModelAnswer(holders, bound, closed=status == cp_model.OPTIMAL)
