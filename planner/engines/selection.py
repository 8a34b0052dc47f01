"""The best choice among listed caseloads, one a cadre: small exact models for questions about a few changes.

Set partitioning as in `restricted_master`, but over columns listed by the caller, with a price for sites left open and a
limit on a count (changes). Solved by SCIP through OR-Tools; where it says that nothing is possible, CP-SAT without presolve,
another solver with another method, is asked as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from planner.engines.compiled import CompiledProblem
from planner.facts.problem_arrays import IntArray
from planner.rules import COST, GOAL_BY_ID
from planner.rules.caseloads import Caseloads

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Caseloads: cadre (n), sites (n, k; ascending, -1 padded), price (n) in seconds without the goals' constant, changes (n).

    ``worst`` (n) is the cadre's load against his fair share in tenths of a per cent.
    """

    cadre: IntArray
    sites: IntArray
    price: IntArray
    changes: IntArray
    worst: IntArray

    def of(self, which: NDArray[Any]) -> Columns:
        """Some of them, by number or by mask."""
        return Columns(*(getattr(self, one.name)[which] for one in fields(self)))

    def __len__(self) -> int:
        """How many."""
        return len(self.cadre)


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


def listed(compiled: CompiledProblem, cadre: int, sites: IntArray) -> Columns:
    """The legal ones among caseloads (m, k; -1 padded) of one cadre, priced; cheap tests first. ``changes`` stand as 0."""
    table = Caseloads(compiled.problem, cadre, sites)
    legal = np.append(compiled.allowed[cadre], True)[sites].all(axis=1)
    for limit in range(compiled.limit_vector.shape[1]):
        vector = compiled.limit_vector[cadre, limit]
        if vector >= 0:
            total = table.sum_of(compiled.weights[vector])
            legal &= (compiled.limit_lower[cadre, limit] <= total) & (total <= compiled.limit_upper[cadre, limit])
    few = Caseloads(compiled.problem, cadre, sites[legal])
    admitted = np.ones(len(few), dtype=np.bool_)
    if len(few):
        for rule in compiled.rules.caseload_rules:
            admitted &= rule.admits(few)
    fair = GOAL_BY_ID["fairness"]
    held, none = few.sites[admitted], np.zeros(int(admitted.sum()), dtype=np.int64)
    if not len(held):
        return Columns(none, held, none, none, none)
    return Columns(np.full(len(held), cadre, dtype=np.int64), held, COST.price(few)[admitted], none, fair.price(few)[admitted])


def widened(compiled: CompiledProblem, cadre: int, held: IntArray, sets: list[tuple[int, ...]], width: int) -> Columns:
    """The legal caseloads made of ``held`` and one of ``sets`` of further sites each, in a table of ``width``."""
    fits = [one for one in sets if len(held) + len(one) <= width]
    table = np.full((len(fits), width), -1, dtype=np.int64)
    for number, one in enumerate(fits):
        own = np.sort(np.concatenate([held, np.array(one, dtype=np.int64)]))
        table[number, :len(own)] = own
    return listed(compiled, cadre, table)


def subsets(sites: IntArray, most: int) -> Iterator[tuple[int, ...]]:
    """All sets of up to ``most`` of the sites, the empty one first."""
    for size in range(most + 1):
        yield from combinations((int(one) for one in sites), size)


def joined(parts: list[Columns], kept: IntArray, width: int) -> Columns:
    """All columns, each once; a change is a site that its cadre of ``kept`` (s; -1: nobody's) does not hold."""
    empty = np.zeros(0, dtype=np.int64)
    parts = [Columns(empty, np.zeros((0, width), dtype=np.int64), empty, empty, empty), *parts]
    cadre, sites = np.concatenate([one.cadre for one in parts]), np.concatenate([one.sites for one in parts])
    _, first = np.unique(np.column_stack([cadre, sites]), axis=0, return_index=True)
    cadre, sites = cadre[first], sites[first]
    held = np.bincount(kept[kept >= 0], minlength=int(cadre.max(initial=0)) + 1)
    changes = held[cadre] - (np.append(kept, -2)[sites] == cadre[:, None]).sum(axis=1)
    return Columns(cadre, sites, np.concatenate([one.price for one in parts])[first], changes.astype(np.int64),
                   np.concatenate([one.worst for one in parts])[first])


def select(compiled: CompiledProblem, columns: Columns, objective: FloatArray, open_price: float | None, *,
           most_changes: int | None = None, start: IntArray | None = None, gap: float = 0.0, nodes: int = 5_000) -> Selection | None:
    """One column for every cadre, every site held once (or open at ``open_price``), rows kept, at the least ``objective`` (n).

    ``start`` (n; 0 or 1) is a choice to begin with. Ends within ``gap`` of the best or after ``nodes``. None: no choice.
    """
    site_count, count = compiled.allowed.shape[1], len(columns)
    model = model_builder.Model()
    chosen = [model.new_bool_var("") for _ in range(count)]
    opened = [model.new_bool_var("") for _ in range(site_count)] if open_price is not None else []
    for members, least, most in constraints(compiled, columns):
        model.add_linear_constraint(model_builder.LinearExpr.sum([chosen[column] for column in members]), least, most)
    by_site: list[list[int]] = [[] for _ in range(site_count)]
    for column, place in zip(*np.nonzero(columns.sites >= 0), strict=True):
        by_site[columns.sites[column, place]].append(int(column))
    for site in range(site_count):
        terms = [chosen[column] for column in by_site[site]] + ([opened[site]] if opened else [])
        if not terms:
            return None
        model.add_linear_constraint(model_builder.LinearExpr.sum(terms), 1, 1)
    if most_changes is not None:
        moving = np.flatnonzero(columns.changes > 0)
        if len(moving):
            model.add(model_builder.LinearExpr.weighted_sum(
                [chosen[column] for column in moving], [float(one) for one in columns.changes[moving]]) <= most_changes)
    terms = [*chosen, *opened]
    model.minimize(model_builder.LinearExpr.weighted_sum(terms, [*(float(one) for one in objective), *([open_price or 0.0] * len(opened))]))
    if start is not None:
        for column in range(count):
            model.add_hint(chosen[column], float(start[column]))
    solver = model_builder.Solver("scip")
    solver.set_solver_specific_parameters(f"limits/absgap={gap}\nlimits/totalnodes={nodes}")
    status = solver.solve(model)
    if status not in {model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE}:
        return None
    values = np.array([solver.value(one) for one in chosen])
    picked = np.flatnonzero(values > 0.5)
    holders = np.full(site_count, -1, dtype=np.int64)
    for column in picked:
        holders[columns.sites[column][columns.sites[column] >= 0]] = columns.cadre[column]
    left = int((holders < 0).sum())
    value = float(objective[picked].sum()) + (open_price or 0.0) * left
    return Selection(holders, left, int(columns.changes[picked].sum()), int(columns.price[picked].sum()), value,
                     float(solver.best_objective_bound))


def constraints(compiled: CompiledProblem, columns: Columns) -> Iterator[tuple[IntArray, float, float]]:
    """For every cadre exactly one column, for every district row its bounds: the columns that count, once a pair."""
    cadre_count = compiled.allowed.shape[0]
    starts = np.argsort(columns.cadre, kind="stable")
    ends = np.searchsorted(columns.cadre[starts], np.arange(cadre_count + 1))
    for cadre in range(cadre_count):
        yield starts[ends[cadre]:ends[cadre + 1]], 1.0, 1.0
    crossed = pairs_in_rows(compiled, columns)
    for row in range(len(compiled.row_lower)):
        members = np.repeat(np.arange(len(columns)), crossed[row])
        if compiled.row_lower[row] > 0 or compiled.row_upper[row] < len(members):
            yield members, float(compiled.row_lower[row]), float(compiled.row_upper[row])


def pairs_in_rows(compiled: CompiledProblem, columns: Columns) -> IntArray:
    """How many pairs of every column lie in every district row (q, n)."""
    counts = np.zeros((len(compiled.row_lower), len(columns)), dtype=np.int64)
    padded = np.pad(compiled.block_sites, ((0, 0), (0, 1)))
    for cadre in np.unique(columns.cadre):
        own = np.flatnonzero(columns.cadre == cadre)
        for block in compiled.block_of[compiled.block_start[cadre]:compiled.block_start[cadre + 1]]:
            counts[compiled.block_row[block], own] += padded[block][columns.sites[own]].sum(axis=1)
    return counts


def impossible(compiled: CompiledProblem, columns: Columns, most_changes: int) -> bool:
    """Whether CP-SAT, without presolve and with one worker, proves too that no choice of columns leaves no site open."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in range(len(columns))]
    for members, least, most in constraints(compiled, columns):
        model.add_linear_constraint(sum(chosen[column] for column in members), int(least), int(most))
    by_site: list[list[int]] = [[] for _ in range(compiled.allowed.shape[1])]
    for column, place in zip(*np.nonzero(columns.sites >= 0), strict=True):
        by_site[columns.sites[column, place]].append(int(column))
    for own in by_site:
        model.add_exactly_one(chosen[column] for column in own)
    model.add(sum(int(changes) * one for changes, one in zip(columns.changes, chosen, strict=True)) <= most_changes)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    solver.parameters.max_deterministic_time = 20.0
    return solver.solve(model) == cp_model.INFEASIBLE
