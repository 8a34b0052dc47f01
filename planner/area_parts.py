"""Parts of a city as tasks see them: an area with its travel times, its limits, and caseloads in the city's numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.assignment import (
    FAIRNESS_STEPS,
)
from planner.engines.column_generation import ColumnPool, ascending
from planner.engines.compiled import CompiledProblem
from planner.engines.lagrangian import column_rows
from planner.engines.tables import FloatArray, KernelTables, minutes_within
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.kept_travel import named_part, named_trips
from planner.partition import Area
from planner.rules import PAIR_RULES, goals_in_order

RowKey = tuple[str, ...]

RowBounds = Mapping[RowKey, tuple[int, int]]

RowDuals = Mapping[RowKey, float]

KnownColumns = tuple[IntArray, IntArray, FloatArray]
"""Caseloads: cadre (n; ascending), sites (n, k; -1 padded), cost (n; s, without the goals' constant)."""


@dataclass(frozen=True)
class Columns:
    """Caseloads: cadre (n), sites (n, k; ascending, -1 padded), cost (n; s, without the goals' constant).

    ``rows`` (n, r; -1 padded) are indices into ``row_keys``, once for each pair that lies in the row.
    """

    cadre: IntArray
    sites: IntArray
    cost: FloatArray
    rows: IntArray
    row_keys: tuple[RowKey, ...]

    def chosen(self, which: IntArray | BoolArray) -> Columns:
        """Some of the columns."""
        return Columns(self.cadre[which], self.sites[which], self.cost[which], self.rows[which], self.row_keys)


@dataclass(frozen=True)
class Prices:
    """Dual values of the whole city: of every site (s), and of the rows that have one."""

    sites: FloatArray
    rows: RowDuals


def loosened(caps: Mapping[int, int], step: int) -> dict[int, int]:
    """Caps on worst-case goals, by index, at one of ``FAIRNESS_STEPS``."""
    return {index: int(cap * FAIRNESS_STEPS[step]) for index, cap in caps.items()}


def load_upper(problem: Problem, caps: Mapping[int, int]) -> IntArray | None:
    """Minutes each cadre (c) may carry under caps on goals of the load (by index in order); None without caps."""
    goals = goals_in_order(problem.policy)
    uppers = [minutes_within(problem, goals[index], cap) for index, cap in sorted(caps.items())]
    return np.min(uppers, axis=0) if uppers else None


def with_bounds(compiled: CompiledProblem, bounds: RowBounds) -> CompiledProblem:
    """The same with the bounds of some rows replaced."""
    lower, upper = compiled.row_lower.copy(), compiled.row_upper.copy()
    for number, key in enumerate(compiled.row_keys):
        if key in bounds:
            lower[number], upper[number] = bounds[key]
    return replace(compiled, row_lower=lower, row_upper=upper)


def rows_of(tables: KernelTables, cadre: IntArray, sites: IntArray) -> IntArray:
    """Rows (n, r; -1 padded) that columns lie in, once for each pair."""
    compiled = tables.compiled
    rows: IntArray = column_rows(cadre, sites, compiled.block_row, compiled.block_sites, compiled.block_start, compiled.block_of)
    return rows


def columns_of(tables: KernelTables, pool: ColumnPool) -> Columns:
    """The columns of a pool, with their rows."""
    return Columns(pool.cadre, pool.sites, pool.cost, rows_of(tables, pool.cadre, pool.sites), tables.compiled.row_keys)


def in_city(columns: Columns, cadres: IntArray, sites: IntArray) -> Columns:
    """Columns of a part, whose cadres and sites are those given, in the city's indices."""
    ordered = ascending(np.append(sites, -1)[columns.sites])
    return Columns(cadres[columns.cadre], ordered, columns.cost, columns.rows, columns.row_keys)


def part_of(city: Problem, cadres: IntArray, sites: IntArray, name: str = "") -> Problem:
    """The part of a city with its travel matrix; times that are asked for by a ``name`` may be kept."""
    offices = dict.fromkeys(city.district.cadres[one].office_id for one in cadres)
    places = (*(one.id for one in city.district.offices if one.id in offices), *(city.district.sites[one].id for one in sites))
    return city.part(cadres, sites, named_part(city.travel, name, places) if name else city.travel.part(places))


def name_of(area: Area) -> str:
    """A name for the times around an area."""
    return hashlib.sha256(area.cadres.tobytes() + b"|" + area.sites.tobytes()).hexdigest()[:20]


def within_reach(city: Problem, area: Area) -> tuple[IntArray, FloatArray]:
    """Sites that some cadre of the area may travel to, the area's own among them, and the round trips (c, n; inf: too far)."""
    policy = city.policy
    limits = [rule.farthest_seconds(city) for rule in PAIR_RULES]
    farthest = min([policy.max_visit_day_minutes * 60, *(one for one in limits if one is not None)])
    offices = sorted({city.district.cadres[one].office_id for one in area.cadres})
    trips = named_trips(city.travel, name_of(area), offices, farthest)
    place = np.array([city.travel.index_of[one.id] for one in city.district.sites], dtype=np.int64)
    column = np.full(len(city.travel.place_ids), -1, dtype=np.int64)
    column[trips.places] = np.arange(len(trips.places))
    candidates = np.union1d(np.flatnonzero(column[place] >= 0), area.sites)
    both = np.full((len(offices), len(candidates)), np.inf)
    known = np.flatnonzero(column[place[candidates]] >= 0)
    out, back = trips.out[:, column[place[candidates[known]]]], trips.back[:, column[place[candidates[known]]]]
    # a way back beyond the limit is at least as long as the limit
    both[:, known] = np.where(out < 0, np.inf, out + np.where(back < 0, farthest, back))
    row = {office: number for number, office in enumerate(offices)}
    return candidates, both[[row[city.district.cadres[one].office_id] for one in area.cadres]]
