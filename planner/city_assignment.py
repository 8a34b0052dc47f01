"""Assignment of a whole city: areas side by side, one agreement on prices, one proven bound, borders mended.

A district of some hundred cadres is planned in one piece (``planner.assignment``). A larger one is cut into areas
(``planner.partition``). First every area is planned by itself. Then the areas' dual values are brought into agreement,
and every cadre is priced exactly over his area and all sites beyond it that he could hold to advantage: that proves a
bound for the whole city, over all legal caseloads, wherever areas were cut. The caseloads across borders that this
brings to light tell where the cut did harm; there windows are re-solved with the cadres of both sides.
"""

from __future__ import annotations

import gc
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.area_parts import Columns, Prices, RowBounds, RowKey, loosened
from planner.area_pricing import AreaPriced, price_area, scout_area
from planner.area_search import AreaBegun, begin_area, floors_of_area, learn_area
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import FAIRNESS_STEPS, Effort, Progress, assign
from planner.city_choice import CityChoice, pairings_of
from planner.engines.agreement import Agreement
from planner.engines.tables import FloatArray
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.facts.travel import TravelMatrix
from planner.finished_tasks import FinishedTasks
from planner.kept_travel import KeptTravel
from planner.partition import AREA_CADRES, Area, areas_of, in_proportion
from planner.processes import Workers, processors
from planner.rules import COST, DISTRICT_RULES, goals_in_order

CITY_CADRES: Final = 500
"""From this many cadres on, a district is planned in areas."""

UNKNOWN_SECONDS: Final = 1e6
"""Threshold for a cadre of whom no legal caseload is known yet."""

RADIUS_SECONDS: Final = 200.0
"""How far dual values may move between the first two passes; farther after a pass that was better, less after a worse."""

FREE_SECONDS: Final = 5_000.0
"""How far the dual value may move of a site that cadres of another area would gladly hold at its price: as far as it must."""

NEARBY_SECONDS: Final = (15.0, 30.0)
"""How far dual values may move after an exact pass for a bound that needs no other."""

MARGIN_SECONDS: Final = 10.0
"""Caseloads across borders whose reduced cost is this near to their cadre's least are good enough to choose among."""


@dataclass(frozen=True)
class CityBudget:
    """Work of a city beside that of ``Effort``, in counts.

    sweeps: heuristic pricing sweeps inside every area, then parts (of six) of its cadres priced exactly; scoutings, passes:
    scouting and exact passes over the city, at most: none follows one whose bound is within ``settled_percent`` of the pool's;
    cuts: of the city into groups in which the plan is bettered beside the areas.
    """

    sweeps: tuple[int, int]
    scoutings: int
    passes: int
    settled_percent: float
    cuts: int


BUDGETS: Final = {
    Effort.QUICK: CityBudget((2, 6), 2, 1, 0.0, 0),
    Effort.NORMAL: CityBudget((2, 6), 2, 1, 0.0, 0),
    Effort.DEEP: CityBudget((2, 12), 4, 6, 0.1, 2),
}

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
        gc.freeze()  # a city's millions of objects need not be looked through for rubbish again and again
        try:
            return _City(kept, provenance, seed, effort, keep_going, workers or processors(), most_cadres, finished).solve()
        finally:
            gc.unfreeze()


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

        The first cap is the loosest that any area needed to come near a legal plan by itself.
        """
        step = max(one.step for one in begun)
        agreement = self._agree(begun, bounds, loosened(self._tightest, step))
        if self._workers.stopped:
            return
        self._stage = 3
        choice = CityChoice(self._problem, self._areas, self._workers, agreement, self._effort, self._seed, self._holders)
        choice.begin(loosened(self._tightest, step))
        for cap in range(step, len(FAIRNESS_STEPS) if self._tightest else step + 1):
            caps = loosened(self._tightest, cap)
            if cap > step:
                self._bound = -math.inf
                self._prove(agreement, caps, 1)
            legal = choice.improve(caps, BUDGETS[self._effort].cuts)
            if legal or self._workers.stopped:
                break
        self._holders = choice.holders

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
        radius, settled = RADIUS_SECONDS, BUDGETS[self._effort].settled_percent / 100
        margin = max(MARGIN_SECONDS, self._effort.value.pool_seconds)
        for number in range(passes):
            if number:
                agreement.ascend(np.where(self._doubted, FREE_SECONDS, radius))
            least, prices = _known(agreement)
            pool_bound = agreement.base() + float(least.sum())
            priced = self._workers.run(price_area, [
                (area, prices, caps, least[area.cadres], margin, self._weights) for area in self._areas])
            proven = agreement.base() + sum(float(one.least.sum()) for one in priced)
            agreement.add(_batch(one.columns) for one in priced)
            better = proven + self._constant > self._bound
            if better:
                self._bound, best = proven + self._constant, prices
            if not self._workers.stopped:
                proven, nearby = max((proven, prices), self._nearby(agreement, prices, priced), key=lambda one: one[0])
                if proven + self._constant > self._bound:
                    self._bound, best, better = proven + self._constant, nearby, True
            self._doubted[np.concatenate([one.wanted for one in priced])] = True
            if self._workers.stopped or pool_bound - proven < settled * abs(pool_bound):
                break
            agreement.recall(best.sites, best.rows)
            radius *= 1.5 if better else 0.4
        agreement.recall(best.sites, best.rows)
        agreement.ascend(np.where(self._doubted, FREE_SECONDS, RADIUS_SECONDS))  # with the columns of the last pass, for the plan

    def _nearby(self, agreement: Agreement, prices: Prices, priced: Sequence[AreaPriced]) -> tuple[float, Prices]:
        """Dual values near those of an exact pass that prove the best bound without another (s, without the constant)."""
        beyond = np.empty(len(self._problem.district.cadres))
        for area, one in zip(self._areas, priced, strict=True):
            beyond[area.cadres] = one.beyond
        reached = [(area.cadres, one.reached) for area, one in zip(self._areas, priced, strict=True)]
        found = []
        for radius in NEARBY_SECONDS:
            agreement.recall(prices.sites, prices.rows)
            bound = agreement.nearby(radius, beyond, reached, max(one.largest for one in priced))
            found.append((bound, Prices(agreement.sites.copy(), prices.rows)))
        return max(found, key=lambda one: one[0])

    def _plan(self) -> Plan:
        pairings = pairings_of(self._problem, self._holders, np.arange(len(self._problem.district.sites)))
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
        lower = in_proportion(max(one[2] for one in parts), sizes)
        tops = [one[3] for one in parts if one[3] is not None]
        upper: list[Any] = in_proportion(min(tops), sizes) if tops else [None] * len(parts)
        for (number, own, _, _), least, most in zip(parts, lower, upper, strict=True):
            bounds[number][key] = least, own + 1 if most is None else most
    return list(bounds)
