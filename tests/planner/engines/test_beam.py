"""Beam search over all cadres: exact where nothing was dropped, legal and never below the bound where something was."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engines.beam import beam_search
from planner.engines.caseload_problem import CaseloadProblem
from planner.engines.knapsack_classes import Knapsacks
from tests.planner.engines.test_core import brute_force, tiny_problem

NEVER_ABOVE = 1e9


def knapsacks_of(problem: CaseloadProblem) -> Knapsacks:
    return Knapsacks(problem, problem.allowed & (problem.load <= problem.capacity[:, None]))


@pytest.mark.parametrize("seed", range(40))
def test_a_search_that_drops_nothing_is_exact(seed: int) -> None:
    problem = tiny_problem(seed)
    rng = np.random.default_rng(seed)
    found = beam_search(knapsacks_of(problem), rng.uniform(-5, 20, 5), NEVER_ABOVE, 5_000, rng)
    best = brute_force(problem)
    assert found.whole
    assert found.cost == pytest.approx(best, abs=1e-6)
    assert found.holders is None or problem.cost_of(found.holders) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_a_limit_below_the_best_plan_finds_nothing(seed: int) -> None:
    problem = tiny_problem(seed)
    best = brute_force(problem)
    if np.isfinite(best):
        found = beam_search(knapsacks_of(problem), np.zeros(5), best - 0.01, 5_000, np.random.default_rng(1))
        assert found.holders is None
        assert found.whole


@pytest.mark.parametrize("most", [1, 3, 10])
def test_a_narrow_search_is_legal_and_does_not_claim_the_whole(most: int) -> None:
    whole = 0
    for seed in range(20):
        problem = tiny_problem(seed, cadres=4, sites=8)
        found = beam_search(knapsacks_of(problem), np.full(8, 5.0), NEVER_ABOVE, most, np.random.default_rng(seed))
        whole += found.whole
        if found.holders is not None:
            assert problem.cost_of(found.holders) == pytest.approx(found.cost)
        if found.whole and found.holders is not None:
            wide = beam_search(knapsacks_of(problem), np.full(8, 5.0), NEVER_ABOVE, 20_000, np.random.default_rng(seed))
            assert wide.cost == pytest.approx(found.cost)
    assert whole < 20
