"""Within a budget of changes: the cheapest plan that changes at most so many pairings of the plan in force.

A change has a price in the search (Lagrange), first high, then lower, so that caseloads with few changes are found at all; the
choice among the caseloads found keeps the budget as a hard limit. The curve of cost against changes is the frontier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.assignment import Effort, Progress
from planner.engines.column_generation import ColumnGeneration
from planner.engines.compiled import CompiledProblem
from planner.engines.listing import Columns, joined
from planner.engines.selection import select
from planner.engines.tables import CostTables, KernelTables
from planner.facts.problem_arrays import IntArray
from planner.rules import COST

CHANGE_SECONDS = (3_600.0, 1_200.0, 400.0)
"""Prices of one change, tried in turn."""

NEAR_SECONDS = 60.0
"""Caseloads this near to their cadre's least enter the choice."""

SWEEPS = 3
GAP_SECONDS = 60.0
NODES = 1_500


def within_budget(compiled: CompiledProblem, kept: IntArray, start: IntArray, most_changes: int, load_upper: IntArray | None,
                  _seed: int, _effort: Effort, keep_going: Callable[[Progress], bool]) -> IntArray:
    """Holders (s) of the cheapest plan found with at most ``most_changes`` of ``kept`` (s; -1: nobody's) given up.

    ``start`` (s) is a legal plan with few changes; what is returned is never dearer.
    """
    tables = KernelTables(compiled, load_upper)
    weights = COST.seconds_per_unit(compiled.problem.policy)
    goals = compiled.rules.goals
    prices = tuple(float(weights.get(goal.id, 0)) for goal in goals) if weights else tuple(float(goal.shape == "travel") for goal in goals)
    cost = tables.cost(prices)
    sites = np.flatnonzero(kept >= 0)
    holders, best = start, np.inf
    listed: list[Columns] = []
    for number, seconds in enumerate(CHANGE_SECONDS):
        if not keep_going(Progress(COST, number / len(CHANGE_SECONDS))):
            break
        priced = _with_changes_priced(cost, kept, sites, seconds)
        generation = ColumnGeneration(tables, priced)
        changed = int(((kept >= 0) & (kept != holders)).sum())
        value = float(_price_of(ColumnGeneration(tables, cost), holders)) + cost.constant + seconds * changed
        generation.start([start, holders], value)
        duals = generation.improve(value, SWEEPS, lambda _bound: True)
        duals = generation.prove(value, NEAR_SECONDS)
        listed.append(_as_columns(generation.near_columns(duals, NEAR_SECONDS), priced, cost))
        listed.append(_as_columns(generation.caseload_columns(holders), priced, cost))
        columns = joined(listed, kept, generation.pool.sites.shape[1])
        found = select(compiled, columns, columns.price.astype(np.float64), None, most_changes=most_changes, gap=GAP_SECONDS, nodes=NODES)
        if found is not None and found.price < best:
            holders, best = found.holders, float(found.price)
        if found is not None and found.changes < most_changes * 0.9:
            continue
        if found is not None:
            break
    return holders


def _with_changes_priced(cost: CostTables, kept: IntArray, sites: IntArray, seconds: float) -> CostTables:
    """The cost with ``seconds`` for every pairing given up: less for every one kept, all of them in the constant."""
    additive = cost.additive.copy()
    additive[kept[sites], sites] -= seconds
    return replace(cost, additive=additive, constant=cost.constant + seconds * len(sites))


def _price_of(generation: ColumnGeneration, holders: IntArray) -> float:
    return float(generation.caseload_columns(holders)[2].sum())


def _as_columns(found: tuple[IntArray, IntArray, np.ndarray], priced: CostTables, cost: CostTables) -> Columns:
    """Columns with the price of the cost itself."""
    cadre, sites, price = found
    padded = np.pad(priced.additive - cost.additive, ((0, 0), (0, 1)))
    own = price - padded[cadre[:, None], sites].sum(axis=1)
    none = np.zeros(len(cadre), dtype=np.int64)
    return Columns(cadre, sites, np.rint(own).astype(np.int64), none, none)
