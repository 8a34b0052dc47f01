"""The optimiser against brute force on tiny districts, and what must not change when nothing that matters does."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import Effort, Progress, assign
from planner.check import judge
from planner.facts.district import Pairing, PastTerm, Rank, TimeWindow
from planner.facts.policy import GoalTolerance
from planner.facts.problem import Problem
from planner.rules import COST, GOAL_BY_ID
from tests.planner.sample import make_problem
from tests.planner.ways import by_shortest_ways

NOWHERE = Provenance({}, 1, {})
GOALS = (GoalTolerance("unassigned"), GoalTolerance("fairness", 5), GoalTolerance("spread", minutes=0.1),
         GoalTolerance("travel", minutes=1), GoalTolerance("fit", minutes=10), GoalTolerance("changes", minutes=10))
STRICT = (GoalTolerance("unassigned"), GoalTolerance("fairness", 5), GoalTolerance("travel", 10), GoalTolerance("changes"),
          GoalTolerance("spread"), GoalTolerance("fit"))
MORNING = TimeWindow(9 * 3600, 11 * 3600 + 1800)


def random_district(seed: int, cadres: int = 3, **policy: object) -> Problem:
    """Three cadres, seven sites, everything of the rules at once."""
    random = np.random.default_rng(seed)
    sites = {f"e{n}": {"workload_minutes": int(15 * random.integers(2, 12)), "is_key": bool(random.random() < 0.2),
                       "visiting_hours": MORNING if random.random() < 0.3 else TimeWindow(9 * 3600, 17 * 3600),
                       "constituency_id": f"x{random.integers(2)}"} for n in range(5)}
    sites |= {f"r{n}": {"workload_minutes": int(15 * random.integers(4, 9)), "constituency_id": f"x{n}"} for n in range(2)}
    people = {f"c{n}": {"rank": Rank(int(random.integers(1, 4))), "capacity_percent": int(random.choice([50, 100, 120])),
                        "constituency_id": random.choice(["x0", None])} for n in range(cadres)}
    people["c0"]["rank"] = Rank.DISTRICT_LEADER
    places = [*(f"o{n}" for n in range(cadres)), *sites]
    travel = {(a, b): int(random.integers(120, 1500)) for a in places for b in places if a != b}
    problem = make_problem(
        people, sites, travel=travel, recusals=frozenset({Pairing("c1", f"e{random.integers(5)}")}),
        policy={"goals": GOALS, "min_enterprises_per_cadre": 1, "min_leader_sites_per_subdistrict": 1,
                "max_unit_share_percent": 80, **policy})
    return by_shortest_ways(problem)


def every_legal_plan(problem: Problem) -> list[Plan]:
    cadres, sites = problem.district.cadres, problem.district.sites
    plans = []
    for holders in product(cadres, repeat=len(sites)):
        plan = Plan.of(problem.term.id, [Pairing(cadre.id, site.id) for cadre, site in zip(holders, sites, strict=True)], NOWHERE)
        if judge(problem, plan).valid:
            plans.append(plan)
    return plans


def value(goal_id: str, plan: Plan, problem: Problem) -> int:
    return GOAL_BY_ID[goal_id].measure(plan, problem)


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force_on_tiny_districts(seed: int) -> None:
    """The plan costs as little as any legal plan that is as fair, and the bound is above none of those."""
    problem = random_district(seed)
    legal = every_legal_plan(problem)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    verdict = judge(problem, plan)
    assert verdict.valid == bool(legal)
    if not legal:
        return
    fairest = min(value("fairness", one, problem) for one in legal)
    assert verdict.goals[1].bound is not None
    assert verdict.goals[1].bound <= fairest
    as_fair = [one for one in legal if value("fairness", one, problem) <= max(value("fairness", plan, problem), fairest)]
    cheapest = min(value("cost", one, problem) for one in as_fair)
    (cost,) = (goal for goal in verdict.goals if goal.goal_id == COST.id)
    assert cost.value == cheapest
    assert cost.bound is not None
    assert cost.bound <= cheapest


def test_what_earlier_terms_left_is_weighed_exactly() -> None:
    """With a history and both goals of all terms in the cost: the cheapest of all legal plans, and another than without them."""
    carried = (*GOALS, GoalTolerance("carried-load", minutes=0.5), GoalTolerance("carried-travel", minutes=2))
    problem = random_district(1)
    first = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    past = (PastTerm("2025-2026", frozenset(one for one in first.pairings if one.site_id.startswith("e"))),)
    later = replace(problem, district=replace(problem.district, past_terms=past), policy=replace(problem.policy, goals=carried))
    legal = every_legal_plan(later)
    plan = assign(later, NOWHERE, seed=1, effort=Effort.QUICK)
    (cost,) = (goal for goal in judge(later, plan).goals if goal.goal_id == COST.id)
    as_fair = [one for one in legal if value("fairness", one, later) <= value("fairness", plan, later)]
    assert cost.value == min(value("cost", one, later) for one in as_fair)
    assert cost.bound is not None
    assert 0 < cost.bound <= cost.value
    without = assign(replace(later, policy=problem.policy), NOWHERE, seed=1, effort=Effort.QUICK)
    assert value("carried-load", plan, later) < value("carried-load", without, later)


def test_the_seed_is_kept_and_another_is_as_good() -> None:
    problem = random_district(2)
    first, again, other = (assign(problem, NOWHERE, seed=seed, effort=Effort.QUICK) for seed in (1, 1, 2))
    assert first == again
    assert value("cost", first, problem) == value("cost", other, problem)


def test_the_order_of_cadres_and_sites_changes_no_cost() -> None:
    problem = random_district(3)
    district = replace(problem.district, cadres=problem.district.cadres[::-1], sites=problem.district.sites[::-1])
    turned = Problem(district, problem.travel, problem.policy, problem.term, {})
    plan, other = (assign(one, NOWHERE, seed=1, effort=Effort.QUICK) for one in (problem, turned))
    assert value("cost", plan, problem) == value("cost", other, problem)


def test_a_looser_cap_never_makes_a_plan_impossible() -> None:
    tight, loose = random_district(1, max_load_percent_of_fair_share=200), random_district(1, max_load_percent_of_fair_share=400)
    if judge(tight, assign(tight, NOWHERE, seed=1, effort=Effort.QUICK)).valid:
        assert judge(loose, assign(loose, NOWHERE, seed=1, effort=Effort.QUICK)).valid


def test_goals_without_prices_are_settled_in_order() -> None:
    """Within 10 % of the least travel, no plan keeps more enterprises; the pinned past shows in the result."""
    problem = random_district(4, goals=STRICT)
    legal = every_legal_plan(problem)
    assert legal
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    verdict = judge(problem, plan)
    assert verdict.valid
    assert [goal.goal_id for goal in verdict.goals] == [one.goal_id for one in STRICT]
    fair = [one for one in legal if value("fairness", one, problem) <= value("fairness", plan, problem)]
    assert value("travel", plan, problem) <= 1.1 * min(value("travel", one, problem) for one in fair)


def test_stopping_keeps_the_best_plan_so_far() -> None:
    heard: list[Progress] = []

    def stop_at_once(progress: Progress) -> bool:
        heard.append(progress)
        return False

    problem = random_district(2)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK, keep_going=stop_at_once)
    assert len(heard) == 1
    assert plan.status == "stopped"
    assert plan.pairings
