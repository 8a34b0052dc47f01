"""One set of prices for a city: columns of several areas, rows by their keys."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from planner.engines.agreement import Agreement
from planner.facts.problem_arrays import BoolArray

ROW = ("continuation",)


def two_areas() -> Agreement:
    """Cadres 0 and 1, sites 0 to 2: cadre 0 takes {0} at 10 or {0, 1} at 12, cadre 1 {2} at 10 or {1, 2} at 18.

    The best plan takes {0, 1} and {2} at 22; the row allows neither more nor less than one pair of site 1.
    """
    agreement = Agreement(2, np.zeros(3), {ROW: (0, 1)}, {})
    none = np.full((2, 1), -1)
    agreement.add([
        (np.array([0, 0]), np.array([[0, -1], [0, 1]]), np.array([10.0, 12.0]), np.array([[-1], [0]]), (ROW,)),
        (np.array([1, 1]), np.array([[2, -1], [1, 2]]), np.array([10.0, 18.0]), none, ())])
    return agreement


def test_the_pool_bound_reaches_the_best_plan() -> None:
    agreement = two_areas()
    bound = agreement.ascend(np.full(3, 100.0))
    assert 21.5 < bound <= 22.0 + 1e-9
    assert abs(agreement.base() + agreement.least().sum() - bound) < 1e-6


def test_known_columns_are_not_added_twice() -> None:
    agreement = two_areas()
    again = (np.array([1]), np.array([[1, 2, -1]]), np.array([18.0]), np.zeros((1, 0), dtype=np.int64), ())
    other = (np.array([1]), np.array([[0, 1, 2]]), np.array([30.0]), np.array([[0]]), (ROW,))
    assert agreement.add([again, other]) == 1
    cadre, sites, cost = agreement.near_columns(np.array([1]), np.array([1, 2]), 100.0, np.array([0, 1]))
    assert (cadre.tolist(), cost.tolist()) == ([1, 1], [18.0, 10.0])
    assert sites.tolist() == [[1, 2, -1], [2, -1, -1]]


def test_what_is_held_stays_among_the_near_columns() -> None:
    """Without dual values {2} at 10 is 8 better than {1, 2}, which cadre 1 holds; and {0, 1} of cadre 0 is not his alone."""
    agreement = two_areas()
    holders = np.array([0, 1, 1])
    cadre, sites, _ = agreement.near_columns(np.array([0, 1]), np.array([0, 1, 2]), 1.0, holders)
    assert list(zip(cadre.tolist(), sites.tolist(), strict=True)) == [(0, [0, -1]), (1, [1, 2]), (1, [2, -1])]


def test_a_shared_row_gets_the_best_of_several_prices() -> None:
    """Sites at 10, 8 and 10: the row must take back 6 for {0, 1} to cost nothing; more only lowers the bound."""
    agreement = two_areas()
    agreement.recall(np.array([10.0, 8.0, 10.0]), {})
    agreement.choose({ROW: [-6.0, -100.0]})
    assert agreement.rows == {ROW: -6.0}
    assert agreement.base() + agreement.least().sum() == 28.0 - 6.0 + 0.0 + 0.0


def test_prices_can_be_recalled() -> None:
    agreement = two_areas()
    agreement.ascend(np.full(3, 100.0))
    sites, rows = agreement.sites.copy(), agreement.rows
    agreement.recall(np.zeros(3), {ROW: -2.0})
    assert agreement.rows == {ROW: -2.0}
    assert agreement.base() == -2.0
    agreement.recall(sites, rows)
    assert (agreement.sites == sites).all()


def test_partners_are_those_of_columns_and_of_pairs_beside_them() -> None:
    agreement = two_areas()
    assert agreement.partners(np.array([1, 2]), (np.array([0, 1]), np.array([2, 1]))).tolist() == [[1, 2], [1, 2]]
    assert agreement.partners(np.array([0]), (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))).tolist() == [[0], [-1]]


def test_a_dive_is_given_the_good_columns_less_their_rows_prices() -> None:
    """At 10, 8 and 10, with -6 for the row: {0} and {2} at 0; {0, 1} at 12 - 18 + 6 = 0, {1, 2} at 0."""
    agreement = two_areas()
    agreement.recall(np.array([10.0, 8.0, 10.0]), {ROW: -6.0})
    cadre, sites, priced, start = agreement.divable(1.0)
    assert (cadre.tolist(), priced.tolist(), start.tolist()) == ([0, 0, 1, 1], [10.0, 18.0, 18.0, 10.0], [0, 2, 4])
    agreement.recall(np.array([10.0, 8.0, 10.0]), {})
    assert agreement.divable(1.0)[1].tolist() == [[0, 1], [1, 2], [2, -1]]
    assert sites.shape == (4, 2)


@pytest.mark.parametrize("seed", range(20))
def test_what_dual_values_nearby_prove_holds_for_caseloads_that_are_not_in_the_pool(seed: int) -> None:
    """All 1 to 2 sites of 6 for 4 cadres, half of them unknown: the bound is below the one that all of them prove."""
    rng = np.random.default_rng(seed)
    sets = [list(one) for size in (1, 2) for one in combinations(range(6), size)]
    members = np.array([[*one, *[-1] * (2 - len(one))] for one in sets] * 4)
    cadre = np.repeat(np.arange(4), len(sets))
    cost = rng.integers(20, 60, len(cadre)).astype(np.float64)
    rows = np.where(rng.random((len(cadre), 1)) < 0.2, 0, -1)
    known = rng.random(len(cadre)) < 0.5
    known[::len(sets)] = True
    duals, row_dual = rng.uniform(5, 40, 6), {ROW: -3.0}
    reduced = cost - np.append(duals, 0.0)[members].sum(axis=1) + 3.0 * (rows[:, 0] == 0)
    beyond = np.array([reduced[(cadre == one) & ~known].min(initial=np.inf) for one in range(4)])

    def of(which: BoolArray) -> Agreement:
        agreement = Agreement(4, duals, {ROW: (0, 2)}, row_dual)
        agreement.add([(cadre[which], members[which], cost[which], rows[which], (ROW,))])
        return agreement

    pool, everything = of(known), of(np.ones(len(cadre), dtype=np.bool_))
    before = everything.base() + everything.least().sum()
    proven = pool.nearby(4.0, beyond, [(np.arange(2), np.arange(6)), (np.arange(2, 4), np.arange(6))], 2)
    everything.recall(pool.sites, pool.rows)
    assert proven <= everything.base() + everything.least().sum() + 1e-9
    assert np.abs(pool.sites - duals).max() <= 4.0 + 1e-9
    assert pool.rows == row_dual
    everything.recall(duals, row_dual)
    assert everything.nearby(4.0, np.full(4, np.inf), [], 2) >= before - 1e-9
