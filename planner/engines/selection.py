"""The best choice among listed caseloads, one a cadre: small exact models for questions about a few changes.

Set partitioning as in `restricted_master`, but over columns listed by the caller, with a price for sites left open and a
limit on a count (changes). Where nearly everybody keeps what he has the linear relaxation is mostly integral, and GLOP's
simplex answers in a tenth of what an integer program takes; where it is not, SCIP chooses among the columns whose reduced
cost is within the gap between the two, which proves the same as all columns do (Dantzig, Fulkerson, Johnson 1954).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from planner.engines.compiled import CompiledProblem
from planner.engines.lagrangian import column_rows
from planner.engines.listing import Columns
from planner.facts.problem_arrays import IntArray

FloatArray = NDArray[np.float64]
Row = tuple[IntArray, IntArray, float, float]
"""Columns that count in a row, how much each counts, and the row's bounds."""

WHOLE = 1e-6
"""How near to 0 or 1 a solver's value counts as whole, and its objective as the same."""

FIRST_COLUMNS = 2_000
"""Among how many columns, of the least reduced cost, the integer program chooses at first."""


@dataclass(frozen=True)
class Selection:
    """Holders (s; -1: open), the number of changes and open sites, the price; ``bound`` on the objective over the columns."""

    holders: IntArray
    open_sites: int
    changes: int
    price: int
    objective: float
    bound: float

    @property
    def proved(self) -> bool:
        """No choice among the columns is better."""
        return self.objective <= self.bound + 1e-6 * max(1.0, abs(self.objective))


def select(compiled: CompiledProblem, columns: Columns, objective: FloatArray, open_price: float | None, *,
           most_changes: int | None = None, gap: float = 0.0, nodes: int = 5_000) -> Selection | None:
    """One column for every cadre, every site held once (or open at ``open_price``), rows kept, at the least ``objective`` (n).

    Ends within ``gap`` of the best or after ``nodes`` of the solver's tree. None: no choice was found.
    """
    question = _Question(compiled, columns, objective, open_price, most_changes)
    status, relaxed = question.solve("glop")
    if status == model_builder.SolveStatus.INFEASIBLE or len(columns) == 0:
        return None
    if relaxed is None:  # the simplex met with numbers it could not handle
        return _chosen(question, gap, nodes)
    if question.is_whole(relaxed.values):
        return question.selection(relaxed)
    reach = float(np.partition(relaxed.reduced, FIRST_COLUMNS)[FIRST_COLUMNS]) if len(columns) > FIRST_COLUMNS else np.inf
    found = _chosen(question.within(relaxed.reduced, reach), gap, nodes)
    enough = np.inf if found is None else found.objective - relaxed.objective
    if enough > reach + gap:
        reach = enough
        found = _chosen(question.within(relaxed.reduced, reach), gap, nodes) or found
    # a choice with a column left out costs at least the relaxation and that column's reduced cost
    return None if found is None else replace(found, bound=max(relaxed.objective, min(found.bound, relaxed.objective + reach)))


def _chosen(question: _Question, gap: float, nodes: int) -> Selection | None:
    _, answer = question.solve("scip", f"limits/absgap={gap}\nlimits/totalnodes={nodes}")
    return None if answer is None else question.selection(answer)


@dataclass(frozen=True)
class _Answer:
    """Values (v) of columns and then of open sites, the objective, a bound on it, and of a relaxation the columns' reduced costs (n)."""

    values: FloatArray
    objective: float
    bound: float
    reduced: FloatArray


@dataclass(frozen=True)
class _Question:
    """What ``select`` is asked."""

    compiled: CompiledProblem
    columns: Columns
    prices: FloatArray
    open_price: float | None
    most_changes: int | None

    def within(self, reduced: FloatArray, reach: float) -> _Question:
        """The same over the columns whose reduced cost is within reach."""
        near = reduced <= reach + WHOLE * max(1.0, abs(reach) if np.isfinite(reach) else 1.0)
        return replace(self, columns=self.columns.of(near), prices=self.prices[near])

    @staticmethod
    def is_whole(values: FloatArray) -> bool:
        """All values are 0 or 1."""
        return bool((np.abs(values - np.rint(values)) <= WHOLE).all())

    def solve(self, name: str, settings: str = "") -> tuple[model_builder.SolveStatus, _Answer | None]:
        """The answer of a solver: GLOP's to the relaxation, SCIP's in whole numbers; None: it has none."""
        relaxed, count, sites = name == "glop", len(self.columns), self.compiled.allowed.shape[1]
        total = count + (0 if self.open_price is None else sites)
        model = model_builder.Model()
        helper: Any = model.helper  # its stubs know no shapes
        helper.add_var_array_with_bounds(np.zeros(total), np.ones(total), np.full(total, not relaxed), "")
        helper.set_objective_coefficients(list(range(total)), [*self.prices.tolist(), *([self.open_price] * (total - count))])
        for members, counts, least, most in self._rows():
            row = helper.add_linear_constraint()
            helper.set_constraint_lower_bound(row, least)
            helper.set_constraint_upper_bound(row, most)
            for member, times in zip(members.tolist(), counts.tolist(), strict=True):
                helper.add_term_to_constraint(row, member, times)
        solver = model_builder.Solver(name)
        solver.set_solver_specific_parameters(settings)
        status = solver.solve(model)
        if status not in {model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE}:
            return status, None
        variables = model.get_variables()
        reduced = solver.reduced_costs(variables[:count]).to_numpy(dtype=np.float64) if relaxed else np.zeros(count)
        return status, _Answer(solver.values(variables).to_numpy(dtype=np.float64), float(solver.objective_value),
                               float(solver.objective_value if relaxed else solver.best_objective_bound), reduced)

    def selection(self, answer: _Answer) -> Selection:
        """What whole values mean."""
        columns, sites = self.columns, self.compiled.allowed.shape[1]
        picked = np.flatnonzero(answer.values[:len(columns)] > 0.5)
        holders = np.full(sites, -1, dtype=np.int64)
        for column in picked:
            holders[columns.sites[column][columns.sites[column] >= 0]] = columns.cadre[column]
        left = int((holders < 0).sum())
        value = float(self.prices[picked].sum()) + (self.open_price or 0.0) * left
        return Selection(holders, left, int(columns.changes[picked].sum()), int(columns.price[picked].sum()), value, answer.bound)

    def _rows(self) -> Iterator[Row]:
        yield from _rows(self.compiled, self.columns, opened=self.open_price is not None)
        if self.most_changes is not None:
            moving = np.flatnonzero(self.columns.changes > 0)
            yield moving, self.columns.changes[moving], 0.0, float(self.most_changes)


def _rows(compiled: CompiledProblem, columns: Columns, *, opened: bool) -> Iterator[Row]:
    """For every cadre one column, every site in one (or open: numbered after the columns), for every district row its bounds."""
    cadres, sites = compiled.allowed.shape
    count, open_sites = len(columns), np.arange(sites if opened else 0)
    crossed = column_rows(columns.cadre, columns.sites, compiled.block_row, compiled.block_sites, compiled.block_start, compiled.block_of)
    of_site, place = np.nonzero(columns.sites >= 0)
    of_row, turn = np.nonzero(crossed >= 0)
    column = np.concatenate([np.arange(count), of_site, count + open_sites, of_row])
    row = np.concatenate([columns.cadre, cadres + columns.sites[of_site, place], cadres + open_sites,
                          cadres + sites + crossed[of_row, turn]])
    total = count + len(open_sites)
    pairs, counts = np.unique(row * total + column, return_counts=True)
    row, column = np.divmod(pairs, max(1, total))
    ends = np.searchsorted(row, np.arange(cadres + sites + len(compiled.row_lower) + 1))
    for number in range(len(ends) - 1):
        own, district_row = slice(ends[number], ends[number + 1]), number - cadres - sites
        least, most = (1, 1) if district_row < 0 else (compiled.row_lower[district_row], compiled.row_upper[district_row])
        if district_row < 0 or least > 0 or most < counts[own].sum():
            yield column[own], counts[own], float(least), float(most)


def impossible(compiled: CompiledProblem, columns: Columns, most_changes: int) -> bool:
    """Whether CP-SAT, without presolve and with one worker, proves too that no choice of columns leaves no site open."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in range(len(columns))]
    for members, counts, least, most in _rows(compiled, columns, opened=False):
        terms = cp_model.LinearExpr.weighted_sum([chosen[column] for column in members], counts.tolist())
        model.add_linear_constraint(terms, int(least), int(most))
    model.add(sum(int(changes) * one for changes, one in zip(columns.changes, chosen, strict=True)) <= most_changes)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.max_deterministic_time = 20.0
    return solver.solve(model) == cp_model.INFEASIBLE
