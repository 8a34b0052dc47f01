"""Legal caseloads in one batch: those that the rules admit, at the goals' own prices."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engines.compiled import CompiledProblem
from planner.engines.listing import Lister, subsets, widened
from planner.rules import COST, GOAL_BY_ID
from planner.rules.caseloads import Caseloads
from tests.planner.test_assignment import random_district


@pytest.mark.parametrize("seed", range(4))
def test_exactly_what_the_rules_admit_is_listed_each_once(seed: int) -> None:
    problem = random_district(seed)
    compiled = CompiledProblem.of(problem)
    lister = Lister(compiled)
    sets = subsets(np.arange(len(problem.district.sites)), lister.width)
    shuffled = np.random.default_rng(seed).permuted(sets, axis=1)  # padding in any place, sites in any order
    columns = lister.legal((cadre, np.concatenate([sets, shuffled])) for cadre in range(3))
    assert len(columns)
    for cadre in range(3):
        caseloads = Caseloads(problem, cadre, sets)
        admitted = compiled.admits(caseloads)
        own = columns.of(columns.cadre == cadre)
        assert sorted(map(tuple, own.sites)) == sorted(map(tuple, sets[admitted]))
        told = {tuple(sites): (price, worst) for sites, price, worst in zip(own.sites, own.price, own.worst, strict=True)}
        for sites, price, worst in zip(sets[admitted], COST.price(caseloads)[admitted], GOAL_BY_ID["fairness"].price(caseloads)[admitted],
                                       strict=True):
            assert told[tuple(sites)] == (price, worst)


def test_drafts() -> None:
    assert subsets(np.array([4, 7]), 5).tolist() == [[-1, -1], [4, -1], [7, -1], [4, 7]]
    assert subsets(np.array([4, 7]), 0).tolist() == [[]]
    assert widened(np.array([1, 2]), subsets(np.array([4, 7]), 2), 3).tolist() == [[1, 2, -1], [1, 2, 4], [1, 2, 7]]
    assert widened(np.array([1, 2]), np.array([[4]]), 1).tolist() == []
