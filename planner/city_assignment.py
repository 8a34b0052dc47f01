"""Assignment of a whole city: areas side by side, one agreement on prices, one proven bound, borders mended.

A district of some hundred cadres is planned in one piece (``planner.assignment``). A larger one is cut into areas
(``planner.partition``). First every area is planned by itself. Then the areas' dual values are brought into agreement,
and every cadre is priced exactly over his area and all sites beyond it that he could hold to advantage: that proves a
bound for the whole city, over all legal caseloads, wherever areas were cut. The caseloads across borders that this
brings to light tell where the cut did harm; there windows are re-solved with the cadres of both sides.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.area_parts import Columns, Prices, RowBounds, RowKey, loosened
from planner.area_pricing import price_area, scout_area
from planner.area_search import AreaBegun, begin_area, choose_in_group, floors_of_area, learn_area
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import FAIRNESS_STEPS, Effort, Progress, assign
from planner.engines.agreement import NEVER, Agreement
from planner.engines.tables import FloatArray
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.facts.travel import TravelMatrix
from planner.finished_tasks import FinishedTasks
from planner.kept_travel import KeptTravel
from planner.partition import AREA_CADRES, Area, areas_of, groups_of
from planner.processes import Workers, processors
from planner.rules import COST, DISTRICT_RULES, goals_in_order

CITY_CADRES: Final = 500
"""From this many cadres on, a district is planned in areas."""

SETTLED_PERCENT: Final = 0.1
"""A bound this near to the pool's, in per cent, is hardly improved by another pass."""

UNKNOWN_SECONDS: Final = 1e6
"""Threshold for a cadre of whom no legal caseload is known yet."""

RADIUS_SECONDS: Final = 200.0
"""How far dual values may move between the first two passes; farther after a pass that was better, less after a worse."""

FREE_SECONDS: Final = 5_000.0
"""How far the dual value may move of a site that cadres of another area would gladly hold at its price: as far as it must."""

MARGIN_SECONDS: Final = 10.0
"""Caseloads across borders whose reduced cost is this near to their cadre's least are good enough to choose among."""

@dataclass(frozen=True)
class CityBudget:
    """Work of a city beside that of ``Effort``, in counts.

    sweeps: heuristic pricing sweeps inside every area, then parts (of six) of its cadres priced exactly; scoutings, passes:
    scouting and exact passes over the city, at most.
    """

    sweeps: tuple[int, int]
    scoutings: int
    passes: int


BUDGETS: Final = {
    Effort.QUICK: CityBudget((2, 2), 2, 1),
    Effort.NORMAL: CityBudget((2, 6), 3, 2),
    Effort.DEEP: CityBudget((2, 12), 4, 6),
}

CUTS: Final = (0.5, 0.35)
"""Where groups are cut; the later ones are for what is not legal after the first."""

NOBODY: Final = np.zeros(0, dtype=np.int64)

STAGES: Final = (0.0, 0.1, 0.5, 0.9, 1.0)
"""Shares of the work done when first plans, areas, agreement, and borders begin, for people who watch."""


def assign_any(problem: Problem, provenance: Provenance, seed: int, effort: Effort = Effort.NORMAL,
               keep_going: Callable[[Progress], bool] = lambda _: True, work: Path | None = None) -> Plan:
    """Plan a district in one piece or, if it is large, in areas; see ``planner.assignment.assign`` and ``assign_city``."""
    if len(problem.district.cadres) < CITY_CADRES:
        return assign(problem, provenance, seed, effort, keep_going)
    return assign_city(problem, provenance, seed, effort, keep_going, work=work)


def assign_city(
    problem: Problem,
    provenance: Provenance,
    seed: int,
    effort: Effort = Effort.NORMAL,
    keep_going: Callable[[Progress], bool] = lambda _: True,
    *,
    workers: int | None = None,
    most_cadres: int = AREA_CADRES,
    work: Path | None = None,
) -> Plan:
    """Find a plan in areas of up to about ``most_cadres`` cadres, in ``workers`` processes (default: all processors).

    ``keep_going`` hears of progress and may end the search early with the best plan so far. The number of processes
    changes nothing in the plan. The plan may be illegal when no legal one was found; the judge will say so.
    With a folder ``work``, finished tasks are kept there, and a search that was killed goes on from them to the same plan.
    """
    with tempfile.TemporaryDirectory(prefix="yixian-") as scratch:
        kept = problem
        if not isinstance(problem.travel, TravelMatrix):
            folder = (work or Path(scratch)) / f"times-{problem.travel.digest[:20]}"
            kept = replace(problem, travel=KeptTravel(problem.travel, folder))
        finished = None if work is None else FinishedTasks(work, problem)
        return _City(kept, provenance, seed, effort, keep_going, workers or processors(), most_cadres, finished).solve()


class _City:
    """The state of one run: areas, holders (s; cadre or -1) and what is known of prices."""

    def __init__(self, problem: Problem, provenance: Provenance, seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool], workers: int, most_cadres: int, finished: FinishedTasks | None) -> None:
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
        self._tightest: dict[int, int] = {}
        self._doubted = np.zeros(len(problem.district.sites), dtype=np.bool_)
        self._workers = Workers(problem, min(workers, len(self._areas)), lambda done: keep_going(self._progress(done)), finished)

    def solve(self) -> Plan:
        """Run all stages."""
        with self._workers:
            begun, bounds = self._begin()
            if any(self._weights) and not self._workers.stopped:
                self._improve(begun, bounds)
        return self._plan()

    def _improve(self, begun: list[AreaBegun], bounds: list[RowBounds]) -> None:
        """Prove a bound for the whole, and lower the cost; what is not legal under one cap is sought under looser ones.

        The first cap is the loosest that any area needed to come near a legal plan by itself. The bound is proven under the
        next looser one, so that it still holds where the first turns out to be too tight.
        """
        step = max(one.step for one in begun)
        proven = min(step + 1, len(FAIRNESS_STEPS) - 1)
        agreement = self._agree(begun, bounds, loosened(self._tightest, proven))
        if self._workers.stopped:
            return
        illegal = self._choose(agreement, loosened(self._tightest, step), self._areas, bounds, self._effort.value.dives)
        illegal = self._mend(agreement, loosened(self._tightest, step), illegal, CUTS[0])
        for cap, share in ((step, CUTS[1]), *((cap, CUTS[0]) for cap in range(step + 1, len(FAIRNESS_STEPS)))):
            if not len(illegal) or self._workers.stopped or (cap > step and not self._tightest):
                break
            if cap > proven:
                self._bound = -math.inf
                self._prove(agreement, loosened(self._tightest, cap), 1)
            illegal = self._mend(agreement, loosened(self._tightest, cap), illegal, share)

    def _progress(self, done: float) -> Progress:
        begins, ends = STAGES[self._stage], STAGES[self._stage + 1]
        bound = self._bound if math.isfinite(self._bound) else None
        return Progress(COST, begins + (ends - begins) * done, self._cost, bound)

    def _begin(self) -> tuple[list[AreaBegun], list[RowBounds]]:
        """First plans of the areas, and their bounds of rows that several share, split among them."""
        bounds = split_rows(self._problem, self._areas)
        floors = _loosest(self._workers.run(floors_of_area, [(area,) for area in self._areas]))
        tolerance = {one.goal_id: one for one in self._problem.policy.goals}
        self._tightest = {index: goal.cap(floors[index], tolerance[goal.id].percent, tolerance[goal.id].absolute, self._problem)
                          for index, goal in enumerate(self._goals) if index in floors}
        begun = self._workers.run(begin_area, [(area, bounds[number], self._tightest, self._seed + number, self._effort)
                                               for number, area in enumerate(self._areas)])
        for area, one in zip(self._areas, begun, strict=True):
            self._holders[area.sites] = np.append(area.cadres, -1)[one.found.holders]
        return begun, bounds

    def _agree(self, begun: list[AreaBegun], bounds: list[RowBounds], caps: Mapping[int, int]) -> Agreement:
        """Common dual values, and the bound they prove."""
        budget = BUDGETS[self._effort]
        self._stage = 1
        found = self._workers.run(learn_area, [
            (area, bounds[number], caps, begun[number].found, self._seed + number, self._effort, budget.sweeps)
            for number, area in enumerate(self._areas)])
        self._stage = 2
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
        self._cost = sum(one.cost for one in found) + self._constant
        self._scout(agreement, caps, budget.scoutings)
        self._prove(agreement, caps, budget.passes)
        return agreement

    def _scout(self, agreement: Agreement, caps: Mapping[int, int], passes: int) -> None:
        """Look across the areas' borders for caseloads that prove some prices wrong, and mend the prices."""
        for _ in range(passes):
            least, prices = _known(agreement)
            scouted = self._workers.run(scout_area, [
                (area, prices, caps, least[area.cadres], self._weights) for area in self._areas])
            agreement.add(_batch(one.columns) for one in scouted)
            wanted = np.unique(np.concatenate([one.wanted for one in scouted]))
            if self._workers.stopped or not len(wanted):
                break
            self._doubted[wanted] = True
            agreement.ascend(np.where(self._doubted, FREE_SECONDS, RADIUS_SECONDS))

    def _prove(self, agreement: Agreement, caps: Mapping[int, int], passes: int) -> None:
        """Exact passes over the whole city: the best bound of them stands, and its dual values."""
        best = Prices(agreement.sites.copy(), agreement.rows)
        settled, radius = self._effort.value.wide_percent / 100, RADIUS_SECONDS
        margin = max(MARGIN_SECONDS, self._effort.value.pool_seconds)
        for number in range(passes):
            pool_bound = agreement.ascend(np.where(self._doubted, FREE_SECONDS, radius)) if number else math.inf
            least, prices = _known(agreement)
            priced = self._workers.run(price_area, [
                (area, prices, caps, least[area.cadres], margin, self._weights) for area in self._areas])
            proven = agreement.base() + sum(float(one.least.sum()) for one in priced)
            better = proven + self._constant > self._bound
            if better:
                self._bound, best = proven + self._constant, prices
            agreement.add(_batch(one.columns) for one in priced)
            self._doubted[np.concatenate([one.wanted for one in priced])] = True
            if self._workers.stopped or (self._cost is not None and self._cost - self._bound < settled * abs(self._cost)) or (
                    pool_bound - proven < SETTLED_PERCENT / 100 * abs(pool_bound)):
                break
            agreement.recall(best.sites, best.rows)
            radius *= 1.5 if better else 0.4
        agreement.recall(best.sites, best.rows)
        agreement.ascend(np.where(self._doubted, FREE_SECONDS, RADIUS_SECONDS))  # with the columns of the last pass, for the plan

    def _mend(self, agreement: Agreement, caps: Mapping[int, int], illegal: IntArray, share: float) -> IntArray:
        """Choose anew in groups across the areas' borders, where any good caseload crosses one or some cadres need it.

        ``illegal``: cadres of parts that are not legal and complete; returns those of such groups. ``share``: see ``groups_of``.
        """
        cadre_area, site_area = (np.zeros(len(which), dtype=np.int64)
                                 for which in (self._problem.district.cadres, self._problem.district.sites))
        for number, area in enumerate(self._areas):
            cadre_area[area.cadres], site_area[area.sites] = number, number
        asked = []
        groups = groups_of(self._problem, self._holders, share=share)
        for group, bounds in zip(groups, self._rooms(groups), strict=True):
            cadre, sites, _ = self._known(agreement, group)
            lacking = np.isin(group.cadres, illegal).any() or (self._holders[group.sites] < 0).any()
            if lacking or ((sites >= 0) & (site_area[sites] != cadre_area[cadre][:, None])).any():
                asked.append((group, bounds))
        return self._choose(agreement, caps, [group for group, _ in asked], [bounds for _, bounds in asked], 0)

    def _choose(self, agreement: Agreement, caps: Mapping[int, int], groups: Sequence[Area], bounds: Sequence[RowBounds],
                dives: int) -> IntArray:
        """Choose among the known caseloads inside each group; the cadres of groups that are then not legal and complete."""
        self._stage = 3
        chosen = self._workers.run(choose_in_group, [
            (group, self._holders[group.sites], bounds[number], caps, Prices(agreement.sites[group.sites], agreement.rows),
             self._known(agreement, group), dives, self._seed + number, self._effort) for number, group in enumerate(groups)])
        for group, one in zip(groups, chosen, strict=True):
            self._holders[group.sites] = one.holders
        return np.concatenate([NOBODY, *(group.cadres for group, one in zip(groups, chosen, strict=True) if not one.legal)])

    def _known(self, agreement: Agreement, group: Area) -> tuple[IntArray, IntArray, FloatArray]:
        """The good known caseloads of a group's cadres inside it."""
        margin = max(self._effort.value.margin_seconds, self._effort.value.pool_seconds)
        return agreement.near_columns(group.cadres, group.sites, margin, self._holders[group.sites])

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
