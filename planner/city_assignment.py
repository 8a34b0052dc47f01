"""Assignment of a whole city: areas side by side, one agreement on prices, one proven bound, borders mended.

A district of some hundred cadres is planned in one piece (``planner.assignment``). A larger one is cut into areas
(``planner.partition``). First every area is planned by itself. Then the areas' dual values are brought into agreement,
and every cadre is priced exactly over his area and all sites beyond it that he could hold to advantage: that proves a
bound for the whole city, over all legal caseloads, wherever areas were cut. The caseloads across borders that this
brings to light tell where the cut did harm; there windows are re-solved with the cadres of both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from planner.area_search import (
    AreaFound,
    Columns,
    Prices,
    RowBounds,
    RowKey,
    choose_in_group,
    floors_of_area,
    plan_area,
    price_area,
    scout_area,
)
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import Effort, Progress, assign
from planner.engines.agreement import NEVER, Agreement
from planner.engines.tables import FloatArray
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.partition import AREA_CADRES, Area, areas_of, groups_of
from planner.processes import Workers, processors
from planner.rules import COST, DISTRICT_RULES, goals_in_order

CITY_CADRES: Final = 500
"""From this many cadres on, a district is planned in areas."""

SETTLED_PERCENT: Final = 0.1
"""A bound this near to the pool's, in per cent, is hardly improved by another pass."""

ROUNDS: Final = 3
"""How often areas are planned anew because another one needs a looser cap, at most."""

UNKNOWN_SECONDS: Final = 1e6
"""Threshold for a cadre of whom no legal caseload is known yet."""

RADIUS_SECONDS: Final = 100.0
"""How far dual values may move between the first two passes; farther after a pass that was better, less after a worse."""

FREE_SECONDS: Final = 5_000.0
"""How far the dual value may move of a site that cadres of another area would gladly hold at its price: as far as it must."""

MARGIN_SECONDS: Final = 10.0
"""Caseloads across borders whose reduced cost is this near to their cadre's least are good enough to choose among."""

SCOUTINGS: Final = 3
"""Scouting passes over the city, at most."""

PASSES: Final = 8
"""Exact passes over the whole city, at most: two are enough where areas hardly depend on each other."""

STAGES: Final = (0.0, 0.7, 0.8, 0.95)
"""Shares of the work done when areas, agreement, and borders begin, for people who watch."""


def assign_any(problem: Problem, provenance: Provenance, seed: int, effort: Effort = Effort.NORMAL,
               keep_going: Callable[[Progress], bool] = lambda _: True) -> Plan:
    """Plan a district in one piece or, if it is large, in areas; see ``planner.assignment.assign``."""
    if len(problem.district.cadres) < CITY_CADRES:
        return assign(problem, provenance, seed, effort, keep_going)
    return assign_city(problem, provenance, seed, effort, keep_going)


def assign_city(
    problem: Problem,
    provenance: Provenance,
    seed: int,
    effort: Effort = Effort.NORMAL,
    keep_going: Callable[[Progress], bool] = lambda _: True,
    *,
    workers: int | None = None,
    most_cadres: int = AREA_CADRES,
) -> Plan:
    """Find a plan in areas of up to about ``most_cadres`` cadres, in ``workers`` processes (default: all processors).

    ``keep_going`` hears of progress and may end the search early with the best plan so far. The number of processes
    changes nothing in the plan. The plan may be illegal when no legal one was found; the judge will say so.
    """
    return _City(problem, provenance, seed, effort, keep_going, workers or processors(), most_cadres).solve()


class _City:
    """The state of one run: areas, holders (s; cadre or -1) and what is known of prices."""

    def __init__(self, problem: Problem, provenance: Provenance, seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool], workers: int, most_cadres: int) -> None:
        self._problem, self._provenance, self._seed, self._effort = problem, provenance, seed, effort
        self._areas = areas_of(problem, most_cadres)
        self._goals = goals_in_order(problem.policy)
        prices = COST.seconds_per_unit(problem.policy)
        self._weights = tuple(float(prices.get(goal.id, 0)) for goal in self._goals)
        self._constant = sum(weight * goal.constant(problem) for weight, goal in zip(self._weights, self._goals, strict=True))
        self._holders: IntArray = np.full(len(problem.district.sites), -1, dtype=np.int64)
        self._bound = -math.inf
        self._cost: float | None = None
        self._stage = 0
        self._workers = Workers(problem, min(workers, len(self._areas)), lambda done: keep_going(self._progress(done)))

    def solve(self) -> Plan:
        """Run all stages."""
        with self._workers:
            found, caps = self._plan_areas()
            if any(self._weights) and not self._workers.stopped:
                agreement = self._agree(found, caps)
                if not self._workers.stopped:
                    self._choose_across(agreement, caps, [number for number, one in enumerate(found) if not one.legal])
        return self._plan()

    def _progress(self, done: float) -> Progress:
        begins, ends = STAGES[self._stage], STAGES[self._stage + 1]
        bound = self._bound if math.isfinite(self._bound) else None
        return Progress(COST, begins + (ends - begins) * done, self._cost, bound)

    def _plan_areas(self) -> tuple[list[AreaFound], dict[int, int]]:
        """Every area by itself, under one cap on the worst case; rows that several areas share are split among them.

        If an area has a plan under a looser cap only, all are planned under it: dual values found under a tight cap
        prove next to nothing under a loose one. Areas without any legal plan ask for no looser cap. Returns the caps, too.
        """
        bounds = split_rows(self._problem, self._areas)
        floors = _loosest(self._workers.run(floors_of_area, [(area,) for area in self._areas]))
        tolerance = {one.goal_id: one for one in self._problem.policy.goals}
        caps = {index: goal.cap(floors[index], tolerance[goal.id].percent, tolerance[goal.id].absolute, self._problem)
                for index, goal in enumerate(self._goals) if index in floors}
        found: dict[int, AreaFound] = {}
        behind = list(range(len(self._areas)))
        for _ in range(ROUNDS):
            tasks = [(self._areas[number], bounds[number], caps, self._seed + number, self._effort) for number in behind]
            found |= zip(behind, self._workers.run(plan_area, tasks), strict=True)
            caps = _loosest([caps, *(one.caps for one in found.values() if one.legal)])
            behind = [number for number, one in found.items() if one.legal and one.caps != caps]
            if not behind or self._workers.stopped:
                break
        for number, one in found.items():
            self._holders[self._areas[number].sites] = one.holders
        return [found[number] for number in range(len(self._areas))], caps

    def _agree(self, found: list[AreaFound], caps: Mapping[int, int]) -> Agreement:
        """Common dual values, and the bound they prove."""
        self._stage = 1
        district = self._problem.district
        site_dual = np.zeros(len(district.sites))
        rows: dict[RowKey, tuple[int, int]] = {}
        row_duals: dict[RowKey, list[float]] = {}
        for area, one in zip(self._areas, found, strict=True):
            site_dual[area.sites] = one.site_dual
            rows.update(one.rows)
            for key in one.rows:
                row_duals.setdefault(key, []).append(one.row_dual.get(key, 0.0))
        agreement = Agreement(len(district.cadres), site_dual, rows, {key: duals[0] for key, duals in row_duals.items()})
        agreement.add(_batch(one.columns) for one in found)
        agreement.choose({key: duals for key, duals in row_duals.items() if len(duals) > 1})
        target = sum(one.cost for one in found)
        self._cost = target + self._constant
        settled = self._effort.value.wide_percent / 100
        best = Prices(agreement.sites.copy(), agreement.rows)
        radius = RADIUS_SECONDS
        doubted = np.zeros(len(district.sites), dtype=np.bool_)
        for _ in range(SCOUTINGS):
            least, prices = _known(agreement)
            tasks = [(area, prices, caps, least[area.cadres], self._weights) for area in self._areas]
            scouted = self._workers.run(scout_area, tasks)
            agreement.add(_batch(one.columns) for one in scouted)
            wanted = np.unique(np.concatenate([one.wanted for one in scouted]))
            if self._workers.stopped or not len(wanted):
                break
            doubted[wanted] = True
            agreement.ascend(target, np.where(doubted, FREE_SECONDS, radius))
        for number in range(PASSES):
            pool_bound = agreement.ascend(target, np.where(doubted, FREE_SECONDS, radius)) if number else math.inf
            least, prices = _known(agreement)
            priced = self._workers.run(price_area, [
                (area, prices, caps, least[area.cadres], MARGIN_SECONDS, self._weights) for area in self._areas])
            proven = agreement.base() + sum(float(one.least.sum()) for one in priced)
            better = proven + self._constant > self._bound
            if better:
                self._bound, best = proven + self._constant, prices
            agreement.add(_batch(one.columns) for one in priced)
            doubted[np.concatenate([one.wanted for one in priced])] = True
            if self._workers.stopped or self._cost - self._bound < settled * abs(self._cost) or (
                    pool_bound - proven < SETTLED_PERCENT / 100 * abs(pool_bound)):
                break
            agreement.recall(best.sites, best.rows)
            radius *= 1.5 if better else 0.4
        agreement.recall(best.sites, best.rows)
        return agreement

    def _choose_across(self, agreement: Agreement, caps: Mapping[int, int], illegal: list[int]) -> None:
        """Choose anew in groups of cadres that lie across the areas' borders, where any good caseload crosses one.

        ``illegal``: areas without a legal plan of their own; what they lack is sought in the groups.
        """
        self._stage = 2
        cadre_area, site_area = (np.zeros(len(which), dtype=np.int64)
                                 for which in (self._problem.district.cadres, self._problem.district.sites))
        for number, area in enumerate(self._areas):
            cadre_area[area.cadres], site_area[area.sites] = number, number
        groups = groups_of(self._problem, self._holders)
        prices = Prices(agreement.sites, agreement.rows)
        tasks, asked = [], []
        for number, (group, bounds) in enumerate(zip(groups, self._rooms(groups), strict=True)):
            columns = agreement.near_columns(group.cadres, group.sites, self._effort.value.margin_seconds,
                                             self._holders[group.sites])
            cadre, sites, _ = columns
            legal = not np.isin(cadre_area[group.cadres], illegal).any()
            if not legal or ((sites >= 0) & (site_area[sites] != cadre_area[cadre][:, None])).any():
                asked.append(group)
                tasks.append((group, self._holders[group.sites], legal, bounds, caps, prices, columns, self._seed + number, self._effort))
        for group, holders in zip(asked, self._workers.run(choose_in_group, tasks), strict=True):
            self._holders[group.sites] = holders

    def _rooms(self, groups: tuple[Area, ...]) -> list[RowBounds]:
        """Bounds for every group's share of every row: what is held now, and an equal part of the room left."""
        pairings = [self._pairings(group.sites) for group in groups]
        bounds: list[dict[RowKey, tuple[int, int]]] = [{} for _ in groups]
        for rule in DISTRICT_RULES:
            if rule.partition:
                continue
            rows = [{row.subjects: row for row in rule.rows(self._problem.part(group.cadres, group.sites, self._problem.travel))}
                    for group in groups]
            held = [rule.tally(own, self._problem) for own in pairings]
            users: dict[tuple[str, ...], list[int]] = {}
            for number, own in enumerate(rows):
                for subjects in own:
                    users.setdefault(subjects, []).append(number)
            totals: dict[tuple[str, ...], int] = {}
            for tally in held:
                for subjects, count in tally.items():
                    totals[subjects] = totals.get(subjects, 0) + count
            for subjects, numbers in users.items():
                total = totals.get(subjects, 0)
                for number in numbers:
                    row, count = rows[number][subjects], held[number].get(subjects, 0)
                    most = NEVER if row.upper is None else count + max(0, row.upper - total) // len(numbers)
                    least = max(0, count - max(0, total - (row.lower or 0)) // len(numbers))
                    if (row.lower or 0) > total:
                        least = count + (row.lower or 0) - total
                    bounds[number][(rule.id, *subjects)] = least, most
        return list(bounds)

    def _pairings(self, sites: IntArray) -> list[Pairing]:
        """The pairings of some sites as held now."""
        district = self._problem.district
        return [Pairing(district.cadres[self._holders[site]].id, district.sites[site].id)
                for site in sites if self._holders[site] >= 0]

    def _plan(self) -> Plan:
        district = self._problem.district
        pairings = self._pairings(np.arange(len(district.sites)))
        bounds = {goal.id: GoalBound(goal.id, goal.floor(self._problem), "counting") for goal in self._goals}
        if math.isfinite(self._bound):
            bounds[COST.id] = GoalBound(COST.id, math.ceil(self._bound - 1e-3), "column generation")
        return Plan.of(self._problem.term.id, pairings, self._provenance, tuple(bounds.values()),
                       "stopped" if self._workers.stopped else "complete")


def _known(agreement: Agreement) -> tuple[FloatArray, Prices]:
    """The least reduced cost known of every cadre (c), and the dual values it is known for."""
    least = agreement.least()
    return np.where(np.isfinite(least), least, UNKNOWN_SECONDS), Prices(agreement.sites.copy(), agreement.rows)


def _loosest(caps: Sequence[Mapping[int, int]]) -> dict[int, int]:
    return {index: max(one[index] for one in caps) for index in caps[0]}


def _batch(columns: Columns) -> tuple[IntArray, IntArray, FloatArray, IntArray, tuple[RowKey, ...]]:
    return columns.cadre, columns.sites, columns.cost, columns.rows, columns.row_keys


def split_rows(problem: Problem, areas: tuple[Area, ...]) -> list[RowBounds]:
    """For every area, the bounds of rows that it shares with others: whole numbers in proportion to pairs, in sum the row's."""
    shares: dict[RowKey, list[tuple[int, int, int, int | None]]] = {}
    for number, area in enumerate(areas):
        part = problem.part(area.cadres, area.sites, problem.travel)
        for rule in DISTRICT_RULES:
            for row in () if rule.partition else rule.rows(part):
                pairs = sum(len(block.cadres) * len(block.sites) for block in row.blocks)
                shares.setdefault((rule.id, *row.subjects), []).append((number, pairs, row.lower or 0, row.upper))
    bounds: list[dict[RowKey, tuple[int, int]]] = [{} for _ in areas]
    for key, parts in shares.items():
        if len(parts) < 2:
            continue
        sizes = [one[1] for one in parts]
        lower = _in_proportion(max(one[2] for one in parts), sizes)
        tops = [one[3] for one in parts if one[3] is not None]
        upper: list[Any] = _in_proportion(min(tops), sizes) if tops else [None] * len(parts)
        for (number, own, _, _), least, most in zip(parts, lower, upper, strict=True):
            bounds[number][key] = least, own + 1 if most is None else most
    return list(bounds)


def _in_proportion(total: int, weights: list[int]) -> list[int]:
    """Whole numbers that add up to ``total``, by largest remainders, ties to the first."""
    exact = [total * weight / max(1, sum(weights)) for weight in weights]
    parts = [int(one) for one in exact]
    order = sorted(range(len(parts)), key=lambda number: (parts[number] - exact[number], number))
    for number in order[:total - sum(parts)]:
        parts[number] += 1
    return parts
