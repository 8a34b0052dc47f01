"""Neighbourhood search against every plan tried, on districts small enough for that."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from planner.engines import neighbourhood
from planner.engines.compiled import CompiledProblem
from planner.engines.neighbourhood import OPEN_PRICE, KernelPlan, NeighbourhoodSearch
from planner.engines.tables import CostTables, KernelTables
from planner.facts.problem import Problem
from tests.planner.sample import make_problem

CADRES, SITES = 3, 6


def district(seed: int, **policy: Any) -> Problem:
    """Three cadres and six sites with random travel that obeys the triangle inequality: 300 to 600 seconds a leg."""
    rng = np.random.default_rng(seed)
    places = [f"o{n}" for n in range(CADRES)] + [f"e{n}" for n in range(SITES - 1)] + ["r0"]
    travel = {(a, b): int(rng.integers(300, 601)) for a in places for b in places if a != b}
    return make_problem(CADRES, " ".join(places[CADRES:]), travel=travel, policy=policy)


def tables_of(problem: Problem) -> tuple[KernelTables, CostTables]:
    """Tables with a cost of travel and spread."""
    tables = KernelTables(CompiledProblem.of(problem))
    price = {"travel": 1.0, "spread": 6.0}
    return tables, tables.cost(tuple(price.get(goal.id, 0.0) for goal in tables.compiled.rules.goals))


def least_cost(tables: KernelTables, cost: CostTables) -> float:
    """Least cost of all legal plans, every one tried."""
    plans = (KernelPlan(tables, cost, np.array(holders)) for holders in product(range(CADRES), repeat=SITES)
             if max(np.bincount(holders)) <= 4)
    return min(plan.cost for plan in plans if plan.penalty == 0)


def improve(tables: KernelTables, cost: CostTables, holders: list[int], **given: Any) -> tuple[list[int], float, float]:
    """Holders, cost and penalty after some windows with plain duals."""
    search = NeighbourhoodSearch(tables, cost, 1, **given)
    found, value = search.improve(np.array(holders), np.full(SITES, 500.0), np.zeros(len(tables.rows[0])), 12, CADRES)
    return found.tolist(), value, search.figures.penalty


@pytest.fixture
def whole_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caseloads as dear as one likes enter the windows, so that a window of everybody is solved exactly."""
    monkeypatch.setattr(neighbourhood, "GAP_SHARE", 100.0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start", [[0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 2]])
def test_a_window_of_all_cadres_finds_the_best_plan(seed: int, start: list[int], whole_gap: None) -> None:
    tables, cost = tables_of(district(seed))
    found, value, penalty = improve(tables, cost, start)
    assert penalty == 0
    assert value == pytest.approx(least_cost(tables, cost))
    assert KernelPlan(tables, cost, np.array(found)).cost == pytest.approx(value)


def test_open_sites_find_a_holder() -> None:
    tables, cost = tables_of(district(1))
    found, value, penalty = improve(tables, cost, [0, 1, 2, -1, -1, 2])
    assert min(found) >= 0
    assert penalty == 0
    assert value < OPEN_PRICE


def test_an_illegal_caseload_is_mended(whole_gap: None) -> None:
    """Four enterprises are one more than a cadre may hold."""
    tables, cost = tables_of(district(2))
    _, value, penalty = improve(tables, cost, [0, 0, 0, 0, 1, 2])
    assert penalty == 0
    assert value == pytest.approx(least_cost(tables, cost))


def test_a_caseload_larger_than_any_legal_one_is_mended(whole_gap: None) -> None:
    """Five sites are more than any window has room for."""
    tables, cost = tables_of(district(2))
    found, value, penalty = improve(tables, cost, [0, 0, 0, 0, 0, 1])
    assert (penalty, min(found)) == (0, 0)
    assert value < OPEN_PRICE


def test_a_further_rule_is_kept() -> None:
    """Nobody may newly hold e0 together with e1."""
    tables, cost = tables_of(district(3))
    found, value, _ = improve(tables, cost, [0, 1, 2, 0, 1, 2], admits=lambda _cadre, sites: ~(
        (sites == 0).any(axis=1) & (sites == 1).any(axis=1)))
    assert found[0] != found[1]
    assert value >= least_cost(tables, cost)


def test_equal_seeds_give_equal_plans_and_good_caseloads() -> None:
    tables, cost = tables_of(district(4))
    assert improve(tables, cost, [0, 1, 2, 0, 1, 2]) == improve(tables, cost, [0, 1, 2, 0, 1, 2])
    search = NeighbourhoodSearch(tables, cost, 1)
    found, value = search.improve(np.array([0, 1, 2, 0, 1, 2]), np.full(SITES, 500.0), np.zeros(len(tables.rows[0])), 9, 3)
    known = {(cadre, sites): price for cadre, sites, price in search.caseloads()}
    held = [(cadre, tuple(np.flatnonzero(found == cadre).tolist())) for cadre in range(CADRES)]
    assert sum(known[one] for one in held) + cost.constant == pytest.approx(value)
