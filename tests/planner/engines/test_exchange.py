"""Exchanges along chains, by hand and against every exchange tried."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from planner.engines.column_generation import ColumnGeneration
from planner.engines.compiled import CompiledProblem
from planner.engines.exchange import ILLEGAL_SECONDS, OPEN_SECONDS, cheapest_exchange, offers_of
from planner.engines.tables import KernelTables
from planner.facts.problem_arrays import IntArray
from tests.planner.sample import make_problem


def exchanged(cadres: int, sites: list[int], offers: list[tuple[int, int, float]]) -> list[int]:
    who, what, price = (np.array(part) for part in zip(*offers, strict=True))
    return cheapest_exchange(cadres, np.array(sites), (who, what, price.astype(np.float64))).tolist()


def test_a_chain_carries_a_site_to_the_cadre_without_one() -> None:
    """Site 5 suits cadres 0 and 1, site 6 cadres 1 and 2, site 7 cadres 2 and 3; cadre 0 pays 300 more for his."""
    offers = [(cadre, -1, 100.0) for cadre in range(4)]
    offers += [(1, 5, 110.0), (1, 6, 120.0), (2, 6, 130.0), (2, 7, 105.0), (3, 7, 140.0)]
    # without cadre 0 the chain is 1 with 5, 2 with 6, 3 with 7: 100 + 110 + 130 + 140 = 480; with him 400 + 120 + 105 + 100
    assert exchanged(4, [5, 6, 7], [*offers, (0, 5, 400.0)]) == [1, 2, 3]
    assert exchanged(4, [5, 6, 7], [*offers, (0, 5, 120.0)]) == [0, 1, 2]


def test_a_site_stays_open_only_where_nobody_can_have_it() -> None:
    assert exchanged(2, [0, 1], [(0, -1, 0.0), (0, 0, 9_000.0), (1, -1, 0.0), (1, 0, 10.0)]) == [1, -1]


def test_a_broken_limit_is_better_than_an_open_site_and_worse_than_any_cost() -> None:
    assert 0 < 3 * ILLEGAL_SECONDS < OPEN_SECONDS
    dear = 1_000.0 + ILLEGAL_SECONDS
    assert exchanged(2, [0], [(0, -1, 0.0), (0, 0, dear), (1, -1, 0.0)]) == [0]
    assert exchanged(2, [0], [(0, -1, 0.0), (0, 0, dear), (1, -1, 0.0), (1, 0, 9_000.0)]) == [1]


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_exchanges_is_found(seed: int) -> None:
    """Four cadres with an enterprise each and three committees: all 24 ways."""
    rng = np.random.default_rng(seed)
    places = [*(f"o{n}" for n in range(4)), *(f"e{n}" for n in range(4)), *(f"r{n}" for n in range(3))]
    travel = {(a, b): int(rng.integers(300, 601)) for a in places for b in places if a != b}
    tables = KernelTables(CompiledProblem.of(make_problem(4, " ".join(places[4:]), travel=travel)))
    cost = tables.cost(tuple(float(goal.id == "travel") for goal in tables.compiled.rules.goals))
    generation = ColumnGeneration(tables, cost)

    def value(committees: tuple[int, ...] | IntArray) -> float:
        _, _, costs = generation.caseload_columns(np.array([0, 1, 2, 3, *committees]))
        return float(costs.sum()) if len(costs) == 4 else np.inf

    near = np.array([[4, 5, 6, -1], [4, 5, -1, -1], [-1, -1, -1, -1], [6, -1, -1, -1]])
    offers = offers_of(tables, cost, [np.array([one]) for one in range(4)], near, np.zeros(len(tables.rows[0])), np.array([4, 5, 6]))
    found = cheapest_exchange(4, np.array([4, 5, 6]), offers)
    assert value(found) == pytest.approx(min(value(one) for one in permutations(range(4), 3)), abs=0.1)
