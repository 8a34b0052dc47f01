"""Several terms: the dead end that looking ahead avoids, no return within the ban, handovers without a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from planner.artefacts.handover import HandoverReason
from planner.check import judge
from planner.engines.joint_terms import joint_holders
from planner.facts.district import Pairing, PastTerm, StayRequest
from planner.facts.policy import GoalTolerance
from planner.facts.problem import Problem
from planner.facts.term import Term, term_after, term_of
from planner.rotation import after, cumulated, plan_terms, rotation_handovers
from tests.planner.sample import make_plan, make_problem
from tests.planner.test_assignment import NOWHERE, random_district


def terms(count: int) -> list[Term]:
    ids = ["2027-2028"]
    while len(ids) < count:
        ids.append(term_after(ids[-1]))
    return [term_of(one) for one in ids]


def dead_end() -> Problem:
    """r0 may be held by c0 and c1, r1 by c0 and c2, nobody twice in a row.

    The cheapest first term gives r0 to c1 and r1 to c2; then both can only go to c0, who holds one committee.
    """
    near, far = 120, 900
    travel = {(f"o{n}", site): far for n in range(3) for site in ("r0", "r1")} | {("o1", "r0"): near, ("o2", "r1"): near}
    travel |= {(b, a): seconds for (a, b), seconds in travel.items()}
    return make_problem(3, "r0 r1", travel=travel, recusals=frozenset({Pairing("c2", "r0"), Pairing("c1", "r1")}),
                        policy={"committee_ban_terms": 1})


def test_term_by_term_runs_into_a_dead_end_and_together_it_does_not() -> None:
    problem = dead_end()
    alone = plan_terms(problem, terms(2), NOWHERE, 1, jointly=False)
    assert [one.verdict.valid for one in alone.terms] == [True, False]
    together = plan_terms(problem, terms(2), NOWHERE, 1)
    assert [one.verdict.valid for one in together.terms] == [True, True]
    assert set(together.jointly) == {"r0", "r1"}
    for first, second in pairwise(together.terms):
        assert not set(first.plan.pairings) & set(second.plan.pairings)


def test_where_even_together_there_is_no_way_it_is_told() -> None:
    found = plan_terms(make_problem(2, "r0", policy={"committee_ban_terms": 2}), terms(3), NOWHERE, 1)
    assert not found.valid or len(found.terms) < 3


@pytest.mark.parametrize("seed", [2, 3])
def test_three_terms_are_valid_and_nothing_returns(seed: int) -> None:
    problem = random_district(seed, cadres=6, committee_ban_terms=2, min_deputy_sites_in_constituency=0, min_enterprises_per_cadre=0)
    found = plan_terms(problem, terms(3), NOWHERE, 1)
    assert found.valid
    assert len(found.terms) == 3
    held = [{one for one in term.plan.pairings if one.site_id.startswith("r")} for term in found.terms]
    assert not held[0] & held[1]
    assert not held[0] & held[2]
    assert not held[1] & held[2]
    for term in found.terms:
        assert judge(term.problem, term.plan).valid
        assert term.cumulated.worst_load_percent >= 100
    assert [term.cumulated.term_id for term in found.terms] == ["2027-2028", "2029-2030", "2031-2032"]


def test_joint_holders_against_trying_all() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        allowed = random.random((2, 3, 2)) < 0.6
        seconds = random.integers(1, 100, (3, 2))
        places = np.ones((2, 3), dtype=np.int64)
        best = None
        for ways in np.ndindex(3, 3, 3, 3):
            held = np.array(ways).reshape(2, 2)
            legal = all(allowed[t, held[t, s], s] for t in range(2) for s in range(2)) and all(held[t, 0] != held[t, 1] for t in range(2))
            if legal and all(held[0, s] != held[1, s] for s in range(2)):
                cost = sum(int(seconds[held[t, s], s]) for t in range(2) for s in range(2))
                best = cost if best is None else min(best, cost)
        found = joint_holders(allowed, seconds, places, 1)
        assert (found is None) == (best is None)
        if found is not None:
            assert sum(int(seconds[found[t, s], s]) for t in range(2) for s in range(2)) == best


def test_requests_are_answered_once_and_pins_on_committees_hold_for_one_term() -> None:
    problem = make_problem(2, "e0 r0", pins=frozenset({Pairing("c0", "e0"), Pairing("c1", "r0")}),
                           stay_requests=frozenset({StayRequest("c1", "r0")}),
                           past_terms=(PastTerm("2025-2026", frozenset({Pairing("c1", "r0")})),))
    found = plan_terms(problem, terms(2), NOWHERE, 1)
    assert found.valid
    assert found.terms[0].continued == (Pairing("c1", "r0"),)
    assert found.terms[1].continued == ()
    assert Pairing("c0", "r0") in found.terms[1].plan.pairings
    assert after(problem, found.terms[0].plan).district.pins == {Pairing("c0", "e0")}


def test_shares_are_cumulated_over_past_terms_and_plans() -> None:
    problem = make_problem(2, {"e0": {"workload_minutes": 120}, "e1": {"workload_minutes": 60}})
    past = (PastTerm("2025-2026", frozenset({Pairing("c0", "e0"), Pairing("c1", "e1"), Pairing("gone", "e9")})),)
    again = cumulated(problem, past, [make_plan("c0: e0 | c1: e1")])
    turned = cumulated(problem, past, [make_plan("c0: e1 | c1: e0")])
    assert (again.worst_load_percent, turned.worst_load_percent) == (133, 100)
    assert (again.load_deviation_percent, turned.load_deviation_percent) == (33.3, 0.0)
    assert turned.worst_travel_minutes == 10


def test_what_is_carried_over_is_made_good_in_later_terms() -> None:
    """Three sites of 120, 60 and 30 minutes and three cadres alike, of whom each keeps his own while nothing is carried over."""
    near = {(f"o{n}", f"e{n}"): 60 for n in range(3)} | {(f"e{n}", f"o{n}"): 60 for n in range(3)}
    priced = tuple(GoalTolerance(one, minutes=minutes) for one, minutes in (("spread", 0.1), ("travel", 1), ("fit", 10), ("changes", 1)))
    goals = (GoalTolerance("unassigned"), GoalTolerance("fairness", 5), *priced)
    problem = make_problem(3, {"e0": {"workload_minutes": 120}, "e1": {}, "e2": {"workload_minutes": 30}}, travel=near,
                           policy={"goals": goals, "max_enterprises_per_cadre": 1, "min_enterprises_per_cadre": 1})
    steered = replace(problem, policy=replace(problem.policy, goals=(*goals, GoalTolerance("carried-load", minutes=1))))
    without, found = (plan_terms(one, terms(3), NOWHERE, 1) for one in (problem, steered))
    assert without.valid
    assert found.valid
    assert [one.cumulated.load_deviation_percent for one in without.terms] == [53.5] * 3  # 171, 86 and 43 % of 70 minutes
    deviations = [one.cumulated.load_deviation_percent for one in found.terms]
    assert deviations[0] == 53.5
    assert max(deviations[1:]) < 53.5 / 3
    for one in found.terms:
        assert judge(one.problem, one.plan).valid


def test_handovers_leave_no_gap() -> None:
    problem = make_problem(3, "e0 r0 r1 r2", past_terms=(
        PastTerm("2025-2026", frozenset({Pairing("c0", "e0"), Pairing("c0", "r0"), Pairing("x", "r1")})),))
    found = rotation_handovers(problem, make_plan("c0: e0 r1 | c1: r0 | c2: r2"))
    told = {one.site_id: (one.from_cadre_id, one.to_cadre_id, one.reason, one.first_day, one.meeting_day) for one in found}
    first = date(2027, 1, 1)
    assert told == {"r0": ("c0", "c1", HandoverReason.ROTATION, first, date(2027, 1, 14)),
                    "r1": ("x", "c0", HandoverReason.DEPARTURE, first, None),
                    "r2": (None, "c2", HandoverReason.NEW_SITE, first, None)}
    assert replace(problem) == problem
