"""The restricted master problem: the cheapest choice among known caseloads, one a cadre, every site held once.

Set partitioning over the columns of low reduced cost, solved as a mixed integer program by SCIP (Bolusani et al. 2024)
through OR-Tools. Limits are counts of nodes and a gap, never a time, so equal columns give an equal plan.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.linear_solver.python import model_builder

from planner.engines.lagrangian import column_rows
from planner.engines.tables import FloatArray, KernelTables
from planner.facts.problem_arrays import IntArray

OPEN_PRICE_SECONDS = 20_000.0
"""Price of a site that nobody holds."""

_LISTEN_SECONDS = 0.2
_PARAMETERS = {
    # strong branching and cutting planes took most of the time and found nothing sooner: the LP is almost integral
    "branching/pscost/priority": 1_000_000,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
}


@dataclass(frozen=True)
class Cover:
    """A choice of caseloads: holders (s; -1: open), cost in seconds without the goals' constant, open sites counted dear.

    ``bound`` is a lower bound over the given columns alone; it says nothing about caseloads that are not among them.
    """

    holders: IntArray
    cost: float
    bound: float


def cheapest_cover(
    tables: KernelTables, cadre: IntArray, sites: IntArray, cost: FloatArray, start: IntArray, gap_seconds: float, nodes: int,
    keep_going: Callable[[], bool] = lambda: True,
) -> Cover | None:
    """Choose one column for every cadre so that each site is held once, within the district rows, at the least cost.

    Columns: cadre (n), sites (n, k; ascending, -1 padded), cost (n) in seconds. ``start`` (s) holders of a plan whose
    caseloads should be among the columns: the search begins with it. It ends when the cost is proven to be within
    ``gap_seconds`` of the least, or after ``nodes``; ``keep_going`` is asked several times a second and may end it
    with the best choice so far. None where no choice was found.
    """
    columns, site_count = len(cadre), len(start)
    model = model_builder.Model()
    helper: Any = model.helper  # its stubs know no shapes
    total = columns + site_count
    possible = np.append(np.ones(columns), np.full(site_count, float((start < 0).any())))
    prices = np.append(cost, np.full(site_count, OPEN_PRICE_SECONDS))
    for column in range(total):
        helper.add_var()
        helper.set_var_integrality(column, True)
        helper.set_var_lower_bound(column, 0.0)
        helper.set_var_upper_bound(column, possible[column])
        helper.set_var_objective_coefficient(column, prices[column])
    for members, least, most in _constraints(tables, cadre, sites):
        row = helper.add_linear_constraint()
        helper.set_constraint_lower_bound(row, least)
        helper.set_constraint_upper_bound(row, most)
        for member, count in zip(*np.unique(members, return_counts=True), strict=True):
            helper.add_term_to_constraint(row, int(member), float(count))
    chosen = _chosen_by(start, cadre, sites)
    for column in range(columns):
        helper.add_hint(column, float(chosen[column]))
    for site in range(site_count):
        helper.add_hint(columns + site, float(start[site] < 0))
    solver = model_builder.Solver("scip")
    settings = {"limits/absgap": gap_seconds, "limits/totalnodes": nodes, **_PARAMETERS}
    solver.set_solver_specific_parameters("\n".join(f"{name}={value}" for name, value in settings.items()))
    status = _solve(solver, model, keep_going)
    if status not in {model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE}:
        return None
    values = solver.values(model.get_variables()).to_numpy()[:columns]
    holders = np.full(site_count, -1, dtype=np.int64)
    picked = [int(column) for column in np.flatnonzero(values > 0.5)]
    for column in picked:
        holders[sites[column][sites[column] >= 0]] = cadre[column]
    price = float(cost[picked].sum()) + OPEN_PRICE_SECONDS * int((holders < 0).sum())
    return Cover(holders, price, float(solver.best_objective_bound))


def _solve(solver: model_builder.Solver, model: model_builder.Model, keep_going: Callable[[], bool]) -> object:
    """Solve in a thread of its own, so that it can be stopped; no answer depends on the listening."""
    answer: list[object] = []
    thread = threading.Thread(target=lambda: answer.append(solver.solve(model)))
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LISTEN_SECONDS)
            if not keep_going():
                break
    finally:
        if thread.is_alive():
            solver.stop_search()
        thread.join()
    return answer[0]


def _constraints(tables: KernelTables, cadre: IntArray, sites: IntArray) -> Iterator[tuple[IntArray, float, float]]:
    """Cadres, sites, then district rows: numbers of the columns that count (those of open sites follow the others), bounds."""
    cadres, site_count = tables.allowed.shape
    row_lower, row_upper, block_row, block_sites, block_start, block_of = tables.rows
    columns = len(cadre)
    crossed = column_rows(cadre, sites, block_row, block_sites, block_start, block_of)
    column_of_site, place = np.nonzero(sites >= 0)
    column_of_row, turn = np.nonzero(crossed >= 0)
    row = np.concatenate([cadre, cadres + sites[column_of_site, place], cadres + np.arange(site_count),
                          cadres + site_count + crossed[column_of_row, turn]])
    column = np.concatenate([np.arange(columns), column_of_site, columns + np.arange(site_count), column_of_row])
    order = np.argsort(row, kind="stable")
    ends = np.searchsorted(row[order], np.arange(cadres + site_count + len(row_lower) + 1))
    for number in range(len(ends) - 1):
        members = column[order[ends[number]:ends[number + 1]]]
        district_row = number - cadres - site_count
        least, most = (1, 1) if district_row < 0 else (row_lower[district_row], row_upper[district_row])
        if district_row < 0 or least > 0 or most < len(members):
            yield members, float(least), float(most)


def _chosen_by(holders: IntArray, cadre: IntArray, sites: IntArray) -> IntArray:
    """1 for the columns (n) that are a cadre's whole caseload under ``holders`` (s), else 0."""
    size = np.bincount(holders[holders >= 0], minlength=int(cadre.max(initial=-1)) + 1)
    padded = np.append(holders, -2)
    own = (np.where(sites >= 0, padded[sites], cadre[:, None]) == cadre[:, None]).all(axis=1)
    return np.asarray(own & ((sites >= 0).sum(axis=1) == size[cadre]), dtype=np.int64)
