"""历届累计: what earlier terms put on some more than on others is made good in this one.

carried(c) = sum over the past terms in which c held something of  load - share, in whole minutes a month (``Totals.carried_minutes``).
carried-load = sum over cadres with capacity of |load(c) + carried(c) - fair_share(c)|, each in whole minutes, rounded down.

longer(c) = by how many per cent the ways to his past points were longer than everybody's, 0 to 100 (``Totals.longer_ways_percent``).
carried-travel = sum over pairings (c, s) of  longer(c) / 100 * way there and back(c, s), in seconds, each rounded down.

Both have a price only (``PRICED_ONLY``): without one they are not sought, and nothing is carried over.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


class CarriedLoad(Goal):
    """How far loads over all terms lie from the shares."""

    id = "carried-load"
    shape = "load"
    title = Text("历届累计工作量偏离应担份额之和", "deviation of loads from shares, earlier terms included")
    unit = Text("分钟/月", "minutes a month")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Sum of whole minutes."""
        total, value = problem.total_capacity_percent, 0
        for cadre in problem.district.active_cadres:
            load = sum(problem.district.site_by_id[site_id].workload_minutes for site_id in plan.sites_of.get(cadre.id, ()))
            load += problem.totals.carried_minutes.get(cadre.id, 0)
            value += abs(load * total - problem.total_workload_minutes * cadre.capacity_percent) // total
        return value

    def price(self, caseloads: Caseloads) -> IntArray:
        """The cadre's deviation over all terms in whole minutes."""
        problem, index = caseloads.problem, caseloads.cadre_index
        capacity, total = int(problem.arrays.capacity_percent[index]), problem.total_capacity_percent
        if capacity == 0:
            return np.zeros(len(caseloads), dtype=np.int64)
        carried = problem.totals.carried_minutes.get(problem.district.cadres[index].id, 0)
        target = problem.total_workload_minutes * capacity - carried * total
        return np.asarray(np.abs(caseloads.load_minutes * total - target) // total, dtype=np.int64)


class CarriedTravel(Goal):
    """Long ways for those who had longer ones than others before."""

    id = "carried-travel"
    shape = "additive"
    title = Text("历届路程偏远者的往返路程", "ways of those who travelled farther than others before")
    unit = Text("分钟", "minutes")
    units_shown = 60

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Sum in seconds."""
        value = 0
        for pairing in plan.pairings:
            longer = problem.totals.longer_ways_percent.get(pairing.cadre_id, 0)
            if longer:
                cadre, site = problem.district.cadre_by_id[pairing.cadre_id], problem.district.site_by_id[pairing.site_id]
                value += 2 * (problem.travel_seconds(cadre, site) or 0) * longer // 100
        return value

    def price(self, caseloads: Caseloads) -> IntArray:
        """The ways of the caseload's pairings."""
        problem = caseloads.problem
        cadre = problem.district.cadres[caseloads.cadre_index]
        longer = problem.totals.longer_ways_percent.get(cadre.id, 0)
        if not longer:
            return np.zeros(len(caseloads), dtype=np.int64)
        ways = np.array([problem.travel_seconds(cadre, site) or 0 for site in problem.district.sites], dtype=np.int64)
        return caseloads.sum_of(2 * ways * longer // 100)

    def display(self, value: int) -> str:
        """In whole minutes."""
        return f"{value / 60:.0f}"
