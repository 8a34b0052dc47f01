"""Fewest changes against brute force, sentences of the proof, cover for absences, handovers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planner.artefacts.handover import HandoverList, HandoverReason
from planner.artefacts.plan import Plan
from planner.assignment import Effort, assign
from planner.check import judge
from planner.covers import covers
from planner.engines.compiled import CompiledProblem
from planner.engines.spare_places import least_changes
from planner.facts.district import Absence, Pairing, Rank
from planner.facts.problem import Problem
from planner.replanning import FewestChanges, Standing, handovers_of, replan
from planner.rules import COST
from tests.planner.sample import make_plan, make_problem
from tests.planner.test_assignment import NOWHERE, every_legal_plan, random_district, value


def without(problem: Problem, cadre_id: str) -> Problem:
    """The same district after a cadre has left."""
    district = problem.district
    gone = replace(district, cadres=tuple(one for one in district.cadres if one.id != cadre_id),
                   pins=frozenset(pin for pin in district.pins if pin.cadre_id != cadre_id),
                   recusals=frozenset(one for one in district.recusals if one.cadre_id != cadre_id))
    return Problem(gone, problem.travel, problem.policy, problem.term, {})


def changes(problem: Problem, before: Plan, after: Plan) -> int:
    """Pairings of the plan before that could stay and do not."""
    allowed = {(c, s) for c in problem.cadre_index for s in problem.site_index}
    from planner.rules import PAIR_RULES  # noqa: PLC0415

    district = problem.district
    could = [one for one in before.pairings if (one.cadre_id, one.site_id) in allowed and not any(
        rule.objection(district.cadre_by_id[one.cadre_id], district.site_by_id[one.site_id], problem) for rule in PAIR_RULES)]
    return sum(one not in set(after.pairings) for one in could)


@pytest.mark.parametrize("seed", range(5))
def test_changes_are_as_few_as_brute_force_finds(seed: int) -> None:
    """A cadre leaves: no legal plan changes fewer, and of those none is cheaper; the claimed least is true."""
    problem = random_district(seed + 20, cadres=4)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    after = without(problem, "c3")
    legal = every_legal_plan(after)
    found = replan(after, plan, NOWHERE, 1)
    if not judge(problem, plan).valid or not legal:
        return
    fewest = min(changes(after, plan, one) for one in legal)
    assert found is not None
    assert judge(after, found.plan).valid
    assert changes(after, plan, found.plan) == len(found.changes)
    assert found.least_changes <= fewest <= len(found.changes)
    compiled = CompiledProblem.of(after)
    kept = Standing.of(compiled, plan).kept
    counted = least_changes(compiled, [np.flatnonzero(kept == cadre) for cadre in range(3)], np.flatnonzero(kept < 0))
    assert counted is not None
    assert counted <= fewest
    if found.proved:
        assert len(found.changes) == fewest
    assert {one.cadre_id for one in found.forced} >= ({"c3"} if plan.sites_of.get("c3") else set())


def test_a_chain_of_two_when_nobody_can_take_the_open_committee_directly() -> None:
    """c2 leaves r1. c1, who is free, may not take r1, but may take r0 from c0, who may take r1: one change."""
    problem = make_problem(2, "r0 r1", recusals=frozenset({Pairing("c1", "r1")}), policy={"max_committees_per_cadre": 1})
    found = replan(problem, make_plan("c0: r0 | c2: r1"), NOWHERE, 1)
    assert found is not None
    assert found.changes == (Pairing("c0", "r0"),)
    assert found.least_changes == 1
    assert found.proved
    assert set(found.plan.pairings) == {Pairing("c0", "r1"), Pairing("c1", "r0")}


def test_a_new_cadre_who_must_hold_an_enterprise_takes_one() -> None:
    problem = make_problem(2, "e0 e1 e2", policy={"min_enterprises_per_cadre": 1})
    found = replan(problem, make_plan("c0: e0 e1 e2"), NOWHERE, 1)
    assert found is not None
    assert (len(found.changes), found.least_changes) == (1, 1)
    assert judge(problem, found.plan).valid


def test_a_moved_pin_is_forced_and_no_change() -> None:
    problem = make_problem(2, "e0 e1", pins=frozenset({Pairing("c1", "e0")}))
    found = replan(problem, make_plan("c0: e0 | c1: e1"), NOWHERE, 1)
    assert found is not None
    assert found.forced == (Pairing("c0", "e0"),)
    assert found.changes == ()
    assert found.proved


def test_no_legal_plan_is_told_by_none() -> None:
    problem = make_problem(1, "r0 r1")
    assert replan(problem, make_plan("c0: r0 | c1: r1"), NOWHERE, 1) is None


def test_places_that_are_too_few_are_told_by_counting_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two committees, one place each for one cadre: nothing is listed, let alone chosen among."""
    monkeypatch.setattr(FewestChanges, "_levels", lambda _: pytest.fail("caseloads are listed"))
    problem = make_problem(1, "r0 r1", policy={"max_committees_per_cadre": 1})
    assert replan(problem, make_plan("c0: r0 | c1: r1"), NOWHERE, 1) is None


@pytest.mark.parametrize("seed", [21, 24])
def test_a_larger_budget_never_costs_more_and_is_kept(seed: int) -> None:
    problem = random_district(seed, cadres=4)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    after = without(problem, "c3")
    fewest = replan(after, plan, NOWHERE, 1)
    if not judge(problem, plan).valid or fewest is None:
        return
    costs = [value(COST.id, fewest.plan, after)]
    for more in (1, 3, 7):
        wider = replan(after, plan, NOWHERE, 1, max_changes=len(fewest.changes) + more)
        assert wider is not None
        assert judge(after, wider.plan).valid
        assert len(wider.changes) <= len(fewest.changes) + more
        costs.append(value(COST.id, wider.plan, after))
    assert costs == sorted(costs, reverse=True)


def test_absences_are_covered_by_those_who_keep_all_they_have() -> None:
    absences = (Absence("c0", date(2027, 1, 10), date(2027, 2, 20)), Absence("c1", date(2027, 2, 1), date(2027, 2, 28)),
                Absence("c2", date(2027, 6, 1), date(2027, 6, 2)))
    problem = make_problem(3, "e0 e1 r0", absences=absences, policy={"max_committees_per_cadre": 1})
    plan = make_plan("c0: e0 | c1: e1 | c2: r0")
    found = covers(problem, plan)
    assert [(one.site_id, one.from_cadre_id, one.to_cadre_id) for one in found.handovers if one.reason is HandoverReason.COVER] == [
        ("e0", "c0", "c2"), ("e1", "c1", "c2")]  # both are away in February, so c2 stands in for both; c2 misses no liaison day
    assert [one.first_day for one in found.handovers if one.reason is HandoverReason.RETURN] == [date(2027, 2, 21), date(2027, 3, 1)]
    assert found.uncovered == ()
    nobody = covers(replace(problem, district=replace(problem.district, recusals=frozenset({Pairing("c2", "e0")}))), plan)
    assert [(absence.cadre_id, site_id) for absence, site_id in nobody.uncovered] == [("c0", "e0")]


def test_an_absent_leader_does_not_keep_others_from_being_covered() -> None:
    """A sub-district needs a leader and has one: while he is away that rule cannot be kept, and his points are covered all the same."""
    problem = make_problem({"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {}, "c2": {}}, "e0 e1 e2",
                           policy={"min_leader_sites_per_subdistrict": 1, "max_enterprises_per_cadre": 2},
                           absences=(Absence("c0", date(2027, 2, 1), date(2027, 2, 20)),
                                     Absence("c1", date(2027, 2, 5), date(2027, 2, 20))))
    found = covers(problem, make_plan("c0: e0 | c1: e1 | c2: e2"))
    covered = [one for one in found.handovers if one.reason is HandoverReason.COVER]
    assert [one.to_cadre_id for one in covered] == ["c2"]  # who has one place left
    assert len(found.uncovered) == 1
    alone = covers(replace(problem, district=replace(problem.district, absences=problem.district.absences[:1])),
                   make_plan("c0: e0 | c1: e1 | c2: e2"))
    assert alone.uncovered == ()


def test_handovers_of_a_change_tell_why_and_when() -> None:
    problem = make_problem(2, "e0 e1 e2 r0")
    found = handovers_of(problem, make_plan("c0: e0 e9 | c1: e1 | c7: r0"), make_plan("c0: e2 | c1: e0 e1 r0"), date(2027, 3, 1))
    told = {one.site_id: (one.reason, one.meeting_day) for one in found}
    assert told == {"e0": (HandoverReason.ADJUSTMENT, date(2027, 3, 11)), "e2": (HandoverReason.NEW_SITE, None),
                    "e9": (HandoverReason.CLOSED_SITE, None), "r0": (HandoverReason.DEPARTURE, None)}
    whole = HandoverList.of("2027-2028", found, NOWHERE)
    assert HandoverList.from_json(whole.to_json()) == whole
    assert np.all([one.first_day == date(2027, 3, 1) for one in found])
