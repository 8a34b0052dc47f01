"""The core on arrays: every tiny case by brute force, and what must hold of any problem."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines import core
from planner.engines.cadre_shares import share_cadres
from planner.engines.caseload_models import lower_hull, solve_pairs
from planner.engines.caseload_problem import CaseloadProblem, CoreResult
from planner.engines.core import QUICK, Budget, solve
from planner.engines.knapsack import list_caseloads

SMALL = replace(QUICK, moves_per_site=500, rounds=60, windows=3)
LAZY = replace(SMALL, beams=(), windows=0, closing_work=1e-6, master_work=1e-6, most_columns=3)


def tiny_problem(seed: int, cadres: int = 3, sites: int = 5, tight: float = 1.2) -> CaseloadProblem:
    """A problem of every shape in turn: counts that bind or not, a price of the load or none, real or whole costs."""
    rng = np.random.default_rng(seed)
    shape = (cadres, sites)
    load = rng.integers(0 if seed % 5 == 0 else 1, 8, shape)
    capacity = np.maximum(1, (tight * load.mean() * sites / cadres * rng.uniform(0.7, 1.3, cadres)).astype(np.int64))
    cost = rng.integers(-5, 30, shape).astype(np.float64)
    if seed % 3 == 0:
        cost += rng.random(shape)
    lower = rng.integers(0, 2, cadres) if seed % 2 else np.zeros(cadres, dtype=np.int64)
    upper = rng.integers(1, 4, cadres) if seed % 4 < 2 else np.full(cadres, sites)
    width = int(capacity.max()) + 1
    price = [None, np.arange(width, dtype=np.float64) ** 2, rng.integers(-9, 20, (cadres, width)).astype(np.float64)]
    return CaseloadProblem(cost, load, capacity, lower, upper, rng.random(shape) < 0.85, price[seed % 3])


def brute_force(problem: CaseloadProblem) -> float:
    """Least cost over all ways to hold the sites, by plain loops; inf where there is none."""
    cadres, sites = problem.cost.shape
    best = float("inf")
    for holders in itertools.product(range(cadres), repeat=sites):
        if not all(problem.allowed[cadre, site] for site, cadre in enumerate(holders)):
            continue
        total = 0.0
        for cadre in range(cadres):
            own = [site for site in range(sites) if holders[site] == cadre]
            load = sum(int(problem.load[cadre, site]) for site in own)
            if load > problem.capacity[cadre] or not problem.min_sites[cadre] <= len(own) <= problem.max_sites[cadre]:
                break
            total += sum(float(problem.cost[cadre, site]) for site in own)
            if problem.load_price is not None:
                table = problem.load_price
                total += float(table[load] if table.ndim == 1 else table[cadre, load])
        else:
            best = min(best, total)
    return best


@pytest.mark.parametrize("budget", [SMALL, LAZY])
def test_tiny_cases_by_brute_force(budget: Budget) -> None:
    feasible = 0
    for seed in range(60):
        problem = tiny_problem(seed)
        best = brute_force(problem)
        found = solve(problem, budget)
        assert found.bound <= best + 1e-4, seed
        if budget is SMALL:
            assert found.cost == pytest.approx(best, abs=1e-4), seed
            assert bool(found.infeasible) == np.isinf(best)
            assert found.holders is None or found.optimal
        else:
            assert found.cost >= best - 1e-9
            assert not (found.infeasible and np.isfinite(best))
        if found.holders is not None:
            assert problem.cost_of(found.holders) == pytest.approx(found.cost)
            feasible += 1
    assert feasible >= 10


def test_by_hand() -> None:
    problem = CaseloadProblem(np.array([[1.0, 1.0, 5.0], [4.0, 3.0, 6.0]]), np.array([[2, 2, 2], [1, 1, 1]]),
                              np.array([2, 3]), np.zeros(2, dtype=np.int64), np.full(2, 3),
                              np.ones((2, 3), dtype=np.bool_))
    found = solve(problem, SMALL)
    assert found.holders is not None
    assert found.holders.tolist() == [0, 1, 1]  # only one site fits the first cadre: he saves 3, 2 or 1
    assert found.cost == found.bound == 10


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_relabelling_changes_no_cost(seed: int) -> None:
    problem = tiny_problem(seed)
    rng = np.random.default_rng(seed)
    cadres, sites = rng.permutation(3), rng.permutation(5)
    table = problem.load_price
    other = CaseloadProblem(problem.cost[np.ix_(cadres, sites)], problem.load[np.ix_(cadres, sites)],
                            problem.capacity[cadres], problem.min_sites[cadres], problem.max_sites[cadres],
                            problem.allowed[np.ix_(cadres, sites)],
                            table if table is None or table.ndim == 1 else table[cadres])
    assert solve(other, SMALL).cost == pytest.approx(solve(problem, SMALL).cost, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_another_cadre_or_more_room_never_hurts(seed: int) -> None:
    problem = replace(tiny_problem(seed, tight=1.0), load_price=None)
    before = solve(problem, SMALL).cost
    roomier = replace(problem, capacity=problem.capacity + 2)
    assert solve(roomier, SMALL).cost <= before + 1e-4
    more = CaseloadProblem(*(np.concatenate([one, one[:1]]) for one in (problem.cost, problem.load, problem.capacity)),
                           np.append(problem.min_sites, 0), np.append(problem.max_sites, 5),
                           np.concatenate([problem.allowed, problem.allowed[:1]]))
    assert solve(more, SMALL).cost <= before + 1e-4


@pytest.mark.parametrize("seed", range(0, 30, 3))
def test_striking_no_pairs_changes_no_cost(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pairs struck by their reduced cost the search is longer and the answer the same."""
    problem = tiny_problem(seed, cadres=4, sites=7)
    before = solve(problem, SMALL)

    def strike_nothing(*given: np.ndarray) -> None:
        within, without = given[-2:]
        within[:] = without[:] = -np.inf

    monkeypatch.setattr(core, "price_pairs", strike_nothing)
    after = solve(problem, SMALL, seed=2)
    assert after.cost == pytest.approx(before.cost, abs=1e-4)
    assert bool(after.infeasible) == bool(before.infeasible)


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_above_no_plan_found_another_way(seed: int) -> None:
    """CP-SAT over pairs, and annealing alone, on problems too large for brute force."""
    problem = replace(tiny_problem(3 * seed, cadres=5, sites=20, tight=1.4), load_price=None,
                      min_sites=np.zeros(5, dtype=np.int64), max_sites=np.full(5, 20))
    found = solve(problem, SMALL)
    other = solve_pairs(problem.cost, problem.load, problem.capacity, problem.min_sites, problem.max_sites,
                        problem.allowed & (problem.load <= problem.capacity[:, None]), None, None, np.inf, problem.whole, 1.0, 1)
    alone = solve(problem, LAZY, seed=5)
    for holders in (other.holders, alone.holders):
        assert holders is None or found.bound <= problem.cost_of(holders) + 1e-4
    if other.closed and other.holders is not None:
        assert found.bound - 1e-4 <= problem.cost_of(other.holders) <= found.cost + 1e-4
    assert found.cost < np.inf


def test_equal_seeds_give_equal_plans() -> None:
    problem = tiny_problem(10, cadres=6, sites=24)
    one, two = solve(problem, SMALL, seed=4), solve(problem, SMALL, seed=4)
    assert one.holders is not None
    assert two.holders is not None
    assert one.holders.tolist() == two.holders.tolist()
    assert (one.cost, one.bound, one.proved_by) == (two.cost, two.bound, two.proved_by)


def test_infeasible_is_said() -> None:
    problem = tiny_problem(2)
    nobody = problem.allowed.copy()
    nobody[:, 3] = False
    assert "site 3" in solve(replace(problem, allowed=nobody)).infeasible
    assert "units of load" in solve(replace(problem, load=np.full((3, 5), 4), capacity=np.full(3, 6))).infeasible
    assert "places" in solve(replace(problem, max_sites=np.ones(3, dtype=np.int64))).infeasible
    assert "cadre 0" in solve(replace(problem, min_sites=np.array([5, 0, 0]), max_sites=np.full(3, 4))).infeasible
    odd = CaseloadProblem(np.zeros((2, 3)), np.full((2, 3), 2), np.array([3, 3]), np.zeros(2, dtype=np.int64),
                          np.full(2, 3), np.ones((2, 3), dtype=np.bool_))  # 6 units fit 6, yet each holds one site only
    found = solve(odd, SMALL)
    assert found.infeasible
    assert found.holders is None


def test_stopping_at_once_claims_nothing() -> None:
    found = solve(tiny_problem(1), SMALL, keep_going=lambda: False)
    assert found.holders is None
    assert not found.infeasible


def test_wrong_shapes_are_refused() -> None:
    problem = tiny_problem(1)
    with pytest.raises(ValueError, match="shape"):
        replace(problem, load=problem.load[:, :2])
    with pytest.raises(ValueError, match="negative"):
        replace(problem, load=-problem.load)
    with pytest.raises(ValueError, match="reach"):
        replace(problem, load_price=np.zeros(1))


def test_listing_finds_every_caseload_under_the_price() -> None:
    price, load = np.array([-3.0, 2.0, -1.0, 4.0]), np.array([2, 1, 3, 2])
    number, start, flat = list_caseloads(price, load, np.arange(4), 6, 1, True, np.zeros(6), 0.0, 100)
    listed = {tuple(flat[start[one]:start[one + 1]].tolist()) for one in range(number)}
    every = {own for size in range(5) for own in itertools.combinations(range(4), size)
             if sum(load[list(own)]) <= 5 and sum(price[list(own)]) <= 0}
    assert listed == every
    assert list_caseloads(price, load, np.arange(4), 6, 1, True, np.zeros(6), 0.0, 2)[0] == -1


def test_lower_hull() -> None:
    assert lower_hull(np.array([0.0, 5.0, 2.0, 4.0, 9.0])) == [0, 2, 3, 4]


def test_cadres_are_shared_out_exactly_and_lazily() -> None:
    value = {(0, 1): 9.0, (0, 2): 4.0, (0, 3): 3.0, (1, 1): 8.0, (1, 2): 5.0, (1, 3): 1.0}
    asked = []

    def solve_group(group: int, count: int) -> CoreResult:
        asked.append((group, count))
        return CoreResult(np.zeros(1, dtype=np.int64), value[group, count], value[group, count], "table")

    shares = share_cadres(4, 2, lambda group, count: value.get((group, count), np.inf) - (group == 0), solve_group)
    assert shares.counts == (2, 2) or shares.cost < 9
    assert shares.cost == shares.bound == min(value[0, one] + value[1, 4 - one] for one in (1, 2, 3))
    assert len(asked) < len(value)
    assert share_cadres(1, 2, lambda _group, count: np.inf if count == 0 else 1.0, solve_group).counts == ()
