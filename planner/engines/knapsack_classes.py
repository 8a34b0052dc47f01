"""The knapsacks of all cadres as the compiled loops take them: equal cadres stand for each other, in classes."""

from __future__ import annotations

import numpy as np

from planner.engines.arrays import BoolArray, FloatArray
from planner.engines.caseload_problem import CaseloadProblem
from planner.engines.knapsack import ascend, cheapest_caseload


class Knapsacks:
    """The cadres' knapsacks, classes of equal cadres first: what planner.engines.knapsack takes."""

    def __init__(self, problem: CaseloadProblem, allowed: BoolArray) -> None:
        prices = problem.prices
        groups: dict[bytes, list[int]] = {}
        for cadre in range(len(problem.capacity)):
            parts = [np.where(allowed[cadre], problem.cost[cadre], 0.0), problem.load[cadre], allowed[cadre],
                     problem.capacity[cadre], problem.min_sites[cadre], problem.max_sites[cadre]]
            if prices is not None:
                parts.append(prices[cadre])
            groups.setdefault(b"|".join(np.asarray(part).tobytes() for part in parts), []).append(cadre)
        self.members = list(groups.values())
        first = np.array([own[0] for own in self.members])
        self.cost = np.ascontiguousarray(problem.cost[first], dtype=np.float64)
        self.load = np.ascontiguousarray(problem.load[first], dtype=np.int64)
        self.allowed = np.ascontiguousarray(allowed[first] & (self.load <= problem.capacity[first][:, None]))
        self.width = problem.capacity[first] + 1
        self.multiplicity = np.array([len(own) for own in self.members], dtype=np.int64)
        self.lower = problem.min_sites[first]
        upper = problem.max_sites[first]
        counts, saturated, negative, finals = [], [], [], []
        for own, cadre in enumerate(first):
            weights = np.sort(self.load[own][self.allowed[own]])
            fitting = int((np.cumsum(weights) <= problem.capacity[cadre]).sum())
            binding = int(upper[own]) < fitting
            counts.append(int(upper[own]) + 1 if binding else int(self.lower[own]) + 1)
            saturated.append(not binding)
            price = np.zeros(self.width[own]) if prices is None else prices[cadre, : self.width[own]]
            final = np.tile(price, (counts[-1], 1))
            final[: self.lower[own]] = np.inf
            finals.append(final.ravel())
            negative.append(bool(self.lower[own] == 0 and (np.diff(price) >= 0).all()))
        self.counts = np.array(counts, dtype=np.int64)
        self.saturated = np.array(saturated, dtype=np.bool_)
        self.negative = np.array(negative, dtype=np.bool_)
        self.final_start = np.cumsum([0, *(len(one) for one in finals)], dtype=np.int64)
        self.final = np.concatenate(finals)

    def of(self, own: int) -> tuple[int, int, bool, FloatArray]:
        """width, counts, saturated and final prices of a class."""
        return (int(self.width[own]), int(self.counts[own]), bool(self.saturated[own]),
                self.final[self.final_start[own]:self.final_start[own + 1]])

    def ascend(self, rounds: int, target: float, dual: FloatArray) -> float:
        """Raise ``dual`` (s) in place; the best L."""
        times = np.zeros(self.cost.shape, dtype=np.int64)
        return float(ascend(rounds, 1.0, target, 20, dual, self.cost, self.load, self.allowed, self.width, self.counts,
                            self.saturated, self.final_start, self.final, self.negative, self.multiplicity, times))

    def least(self, dual: FloatArray) -> FloatArray:
        """The z of every class (k) for ``dual`` (s)."""
        chosen = np.zeros(len(dual), dtype=np.bool_)
        return np.array([cheapest_caseload(self.cost[own] - dual, self.load[own], self.allowed[own], *self.of(own),
                                           bool(self.negative[own]), chosen) for own in range(len(self.members))])
