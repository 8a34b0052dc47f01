"""Pricing agrees with the enumeration of every legal caseload by the rules' own encodings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from planner.engines.caseload_pricing import mark_likely
from planner.engines.compiled import CompiledProblem
from planner.engines.pricing import Priced, Pricer
from planner.engines.tables import KernelTables
from planner.facts.district import Rank, TimeWindow
from planner.facts.problem import Problem
from planner.facts.travel import UNREACHABLE
from planner.rules.caseloads import Caseloads
from tests.planner.sample import make_problem

GOAL_WEIGHT = {"unassigned": 0.0, "fairness": 0.0, "spread": 6.0, "travel": 1.0, "fit": 600.0, "changes": 600.0}
HALF_DAYS = (TimeWindow(9 * 3600, 12 * 3600), TimeWindow(13 * 3600, 17 * 3600), TimeWindow(9 * 3600, 17 * 3600))


class Case:
    """A small random problem of three cadres with dual values; any travel matrix, metric or not."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.random = random
        problem = self._problem(random)
        self.compiled = CompiledProblem.of(problem)
        cadres, sites = self.compiled.allowed.shape
        self.load_upper = random.integers(150, 600, cadres) if random.random() < 0.7 else None
        tables = KernelTables(self.compiled, self.load_upper)
        weights = tuple(GOAL_WEIGHT[goal.id] for goal in self.compiled.rules.goals)
        self.weights = weights
        self.tables, self.cost = tables, tables.cost(weights)
        self.site_dual = np.round(random.normal(500, 700, sites), 2)
        self.row_dual = np.round(random.normal(0, 200, len(self.compiled.row_lower)), 2)
        self.pricer = Pricer(tables, self.cost)

    @staticmethod
    def _problem(random: np.random.Generator) -> Problem:
        cadre_ids = ["c0", "c1", "c2"]
        enterprises = [f"e{number}" for number in range(random.integers(2, 7))]
        committees = [f"r{number}" for number in range(random.integers(0, 4))]
        step = int(random.choice([1, 15]))
        sites = {one: {
            "workload_minutes": int(random.integers(1, 12 * 15 // step)) * step,
            "stay_seconds": int(random.integers(2, 8)) * 900, "visiting_hours": HALF_DAYS[random.integers(3)],
            "subdistrict_id": f"k{random.integers(2)}"} for one in (*enterprises, *committees)}
        cadres = {one: {
            "office_id": "o0" if one != "c2" else "o1", "rank": Rank(int(random.integers(1, 4))),
            "capacity_percent": int(random.choice([50, 100, 120])),
            "constituency_id": [None, "k0", "k1"][random.integers(3)]} for one in cadre_ids}
        places = ["o0", "o1", *sites]
        longest = int(random.choice([900, 3000]))
        travel = {(a, b): int(random.integers(0, longest)) if random.random() > 0.07 else UNREACHABLE
                  for a in places for b in places if a != b}
        most_enterprises = int(random.integers(1, 5))
        return make_problem(cadres, sites, travel=travel, subdistricts=("k0", "k1"), offices={"o0": {}, "o1": {}},
                            policy={"max_committees_per_cadre": int(random.integers(0, 3)) if most_enterprises < 4
                                    else 1,
                                    "max_enterprises_per_cadre": most_enterprises,
                                    "min_enterprises_per_cadre": int(random.integers(0, 1 + most_enterprises)),
                                    "max_visit_day_minutes": int(random.integers(180, 540)), "max_travel_minutes": 60,
                                    "min_deputy_sites_in_constituency": int(random.integers(0, 3)),
                                    "max_load_percent_of_fair_share": 1000})

    def legal(self, cadre: int) -> dict[tuple[int, ...], tuple[float, float]]:
        """Price and reduced cost of every legal caseload of a cadre."""
        sites = self.compiled.allowed.shape[1]
        found = {}
        for size in range(min(sites, 7) + 1):
            held = np.array(list(combinations(range(sites), size)) if size else [(-1,)], dtype=np.int64)
            caseloads = Caseloads(self.compiled.problem, cadre, held)
            admitted = self.compiled.admits(caseloads)
            if self.load_upper is not None:
                admitted &= caseloads.load_minutes <= self.load_upper[cadre]
            held = held[admitted]
            if len(held):
                caseloads = Caseloads(self.compiled.problem, cadre, held)
                price = sum(weight * goal.price(caseloads)
                            for weight, goal in zip(self.weights, self.compiled.rules.goals, strict=True) if weight)
                for one, value in zip(held, np.broadcast_to(price, len(held)), strict=True):
                    key = tuple(int(site) for site in one if site >= 0)
                    found[key] = (float(value), float(value) - self.worth(cadre, key))
        return found

    def worth(self, cadre: int, key: tuple[int, ...]) -> float:
        """Sum of dual values of a caseload: its sites, and every district row as often as it counts there."""
        total = sum(self.site_dual[site] for site in key)
        for number, row in enumerate(self.compiled.rows):
            for block in row.blocks:
                if cadre in {int(one) for one in block.cadres}:
                    inside = np.zeros(len(self.site_dual), dtype=np.bool_)
                    inside[block.sites] = True
                    total += self.row_dual[number] * sum(bool(inside[site]) for site in key)
        return float(total)


def columns(priced: Priced, cadre: int) -> dict[tuple[int, ...], tuple[float, float]]:
    """Price and reduced cost of the caseloads found for a cadre."""
    own = np.flatnonzero(priced.cadres == cadre)
    return {tuple(int(site) for site in priced.sites[one] if site >= 0): (priced.costs[one], priced.reduced[one])
            for one in own}


@pytest.mark.parametrize("seed", range(24))
def test_exact_pricing_is_the_enumeration(seed: int) -> None:
    case = Case(seed)
    legal = [case.legal(cadre) for cadre in range(3)]
    sizes = {len(key) for own in legal for key in own}
    assert max(sizes, default=0) <= case.pricer.largest
    for level in (1e6, 300.0, -700.0):
        priced = case.pricer.price(case.site_dual, case.row_dual, np.full(3, level), keep=5000)
        bounds = case.pricer.price(case.site_dual, case.row_dual, np.full(3, level), keep=1, bound_only=True)
        for cadre in range(3):
            expected = {key: value for key, value in legal[cadre].items() if value[1] < level}
            found = columns(priced, cadre)
            assert found.keys() == expected.keys()
            for key, value in expected.items():
                assert found[key] == pytest.approx(value, abs=1e-6)
            least = min((reduced for _, reduced in expected.values()), default=level)
            assert priced.least[cadre] == pytest.approx(least, abs=1e-6)
            assert bounds.least[cadre] == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_a_heuristic_pass_finds_only_what_exists(seed: int) -> None:
    case = Case(seed)
    priced = case.pricer.price(case.site_dual, case.row_dual, np.full(3, 1e6), partners=3, keep=8)
    for cadre in range(3):
        legal, found = case.legal(cadre), columns(priced, cadre)
        assert len(found) <= 8
        for key, value in found.items():
            assert legal[key] == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_threads_epsilon_and_a_choice_of_cadres_change_nothing(seed: int) -> None:
    case = Case(seed)
    thresholds = np.array([500.0, 400.0, 300.0])
    alone = case.pricer.price(case.site_dual, case.row_dual, thresholds)
    together = Pricer(case.tables, case.cost, workers=2).price(case.site_dual, case.row_dual, thresholds + 5, epsilon=5)
    part = case.pricer.price(case.site_dual, case.row_dual, thresholds[[2, 0]], cadres=np.array([2, 0]))
    for one, other in ((alone.cadres, together.cadres), (alone.sites, together.sites), (alone.costs, together.costs),
                       (alone.least, together.least), (alone.least[[2, 0]], part.least)):
        assert np.array_equal(one, other)
    assert columns(alone, 2) == columns(part, 2)


def test_keep_holds_the_best() -> None:
    case = Case(3)
    every = case.pricer.price(case.site_dual, case.row_dual, np.full(3, 1e6), keep=5000)
    few = case.pricer.price(case.site_dual, case.row_dual, np.full(3, 1e6), keep=4)
    for cadre in range(3):
        expected = sorted(every.reduced[every.cadres == cadre])[:4]
        assert few.reduced[few.cadres == cadre] == pytest.approx(expected)
        assert list(few.reduced[few.cadres == cadre]) == sorted(expected)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("number", [1, 3, 50])
def test_likely_sites_are_the_best_of_every_kind_and_load(seed: int, number: int) -> None:
    """By sorting, as they were found before; of equals the first."""
    random = np.random.default_rng(seed)
    sites, alike = random.permutation(40)[:25], random.integers(0, 4, 25)
    profit, out, back = random.integers(0, 5, 40).astype(float), random.integers(0, 3, 40), random.integers(0, 3, 40)
    expected = np.zeros(25, dtype=np.bool_)
    for share in (0.8, 0.35):
        order = np.lexsort((share * (2.0 * (out + back)[sites]) - profit[sites], alike))
        rank = np.arange(25) - np.searchsorted(alike[order], alike[order])
        expected[order[rank < number]] = True
    assert mark_likely(sites, alike, profit, out, back, 2.0, np.array([0.8, 0.35]), number).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(30))
def test_pricing_again_finds_the_same(seed: int) -> None:
    """What one exact pass strikes out is not struck out for the next, whose prices are others."""
    case = Case(seed)
    high = np.full(len(case.compiled.allowed), 1e5)
    nothing = case.pricer.price(case.site_dual * 0 - 1e4, case.row_dual * 0, high * 0 - 1e4)
    assert not len(nothing.cadres)
    found = case.pricer.price(case.site_dual, case.row_dual, high, keep=500)
    fresh = Pricer(case.tables, case.cost).price(case.site_dual, case.row_dual, high, keep=500)
    assert found.sites.tolist() == fresh.sites.tolist()
    assert found.reduced.tolist() == fresh.reduced.tolist()
