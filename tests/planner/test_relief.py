"""What would relieve the most loaded: against trying every plan one change away."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from planner.artefacts.plan import Plan
from planner.check import judge
from planner.facts.district import Pairing
from planner.relief import load_permille, reliefs
from planner.reporting import report_of
from planner.rules import GOAL_BY_ID
from tests.planner.sample import make_plan, make_problem


def worst_of(plan: Plan, cadre_ids: set[str], problem) -> int:  # type: ignore[no-untyped-def]
    loads = []
    for cadre_id in cadre_ids:
        cadre = problem.district.cadre_by_id[cadre_id]
        load = sum(problem.district.site_by_id[one].workload_minutes for one in plan.sites_of.get(cadre_id, ()))
        loads.append(load_permille(cadre, load, problem) or 0)
    return max(loads)


def every_single_change(plan: Plan, cadre_id: str, problem):  # type: ignore[no-untyped-def]
    """Every relocation of one of his sites and every exchange of one, as (others concerned, plan)."""
    for site_id, other in product(plan.sites_of.get(cadre_id, ()), problem.district.active_cadres):
        if other.id == cadre_id:
            continue
        for back in (None, *plan.sites_of.get(other.id, ())):
            pairs = set(plan.pairings) - {Pairing(cadre_id, site_id)} | {Pairing(other.id, site_id)}
            if back is not None:
                pairs = pairs - {Pairing(other.id, back)} | {Pairing(cadre_id, back)}
            yield other.id, replace(plan, pairings=tuple(sorted(pairs)), bounds=())


@pytest.mark.parametrize("workloads", [(200, 150, 60, 30, 30), (60, 60, 60, 60, 60), (90, 80, 70, 10, 10)])
def test_the_best_single_change_is_found(workloads: tuple[int, ...]) -> None:
    problem = make_problem(3, {f"e{index}": {"workload_minutes": minutes} for index, minutes in enumerate(workloads)})
    plan = make_plan("c0: e0 e1 | c1: e2 e3 | c2: e4")
    assert judge(problem, plan).valid
    (found,) = reliefs(problem, plan, 1)
    now = worst_of(plan, {found.cadre_id}, problem)
    assert found.load_permille == now
    legal = [worst_of(changed, {found.cadre_id, other}, problem) for other, changed in every_single_change(plan, found.cadre_id, problem)
             if judge(problem, changed).valid]
    best = min(legal, default=now)
    if best >= now:
        assert found.given == ()
    else:
        assert found.load_after is not None
        assert max(found.load_after.values()) == best
        changed = replace(plan, pairings=tuple(sorted({*plan.pairings} - {*found.taken} | {*found.given})), bounds=())
        assert judge(problem, changed).valid
        for goal in found.goals:
            measure = GOAL_BY_ID[goal.goal_id]
            before, after = (measure.display(measure.measure(one, problem)) for one in (plan, changed))
            assert (goal.before, goal.after) == (before, after)


def test_rules_are_kept_by_what_is_suggested() -> None:
    """Everybody may hold one site at most, so that only an exchange is left."""
    problem = make_problem(2, {"e0": {"workload_minutes": 100}, "e1": {"workload_minutes": 40}},
                           policy={"max_enterprises_per_cadre": 1})
    plan = make_plan("c0: e0 | c1: e1")
    (found,) = reliefs(problem, plan, 1)
    assert (found.cadre_id, found.given) == ("c0", ())          # exchanged, the other one would carry just as much


def test_a_plan_that_breaks_rules_gets_no_suggestion_but_all_measures() -> None:
    problem = make_problem(2, {"e0": {}, "e1": {}})
    plan = make_plan("c0: e0")
    verdict = judge(problem, plan)
    assert not verdict.valid
    report = report_of(problem, plan, verdict)
    assert report.reliefs == ()
    assert [one.sites for one in report.cadres] == [1, 0]
    assert [one.cadre_ids for one in report.sites] == [("c0",), ()]
    assert report.sites[1].broken_rules == ("coverage",)
    assert {rule.id: rule.violations for rule in report.rules}["coverage"] == 1
    assert not report.has_calendar
