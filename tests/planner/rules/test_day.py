"""The visit day is computed twice, for checks in plain Python and for encodings in arrays: both must say the same."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings

from planner.check import judge
from planner.facts.district import TimeWindow
from planner.facts.problem import Problem
from planner.rules import day_check
from planner.rules.caseloads import NO_DAY, Caseloads
from planner.rules.day_check import DayFinding, examine_day
from tests.planner.random_days import day_problems
from tests.planner.sample import make_plan, make_problem


def examine_all_sites(problem: Problem) -> DayFinding:
    return examine_day(problem.district.cadres[0], problem.district.sites, problem)


@settings(max_examples=150, deadline=None)
@given(day_problems())
def test_arrays_agree_with_the_check_on_every_caseload(problem: Problem) -> None:
    sites = range(len(problem.district.sites))
    caseloads = [list(one) for one in chain.from_iterable(combinations(sites, n) for n in range(len(sites) + 1))]
    padded = np.array([one + [-1] * (len(sites) + 1 - len(one)) for one in caseloads], dtype=np.int64)
    days = Caseloads(problem, 0, padded).days
    for number, held in enumerate(caseloads):
        found = examine_day(problem.district.cadres[0], [problem.district.sites[one] for one in held], problem)
        assert days.in_hours[number] == (found.shortest_seconds is not None)
        assert days.shortest_seconds[number] == (NO_DAY if found.shortest_seconds is None else found.shortest_seconds)
        assert days.travel_seconds[number] == (NO_DAY if found.travel_seconds is None else found.travel_seconds)


@settings(max_examples=150, deadline=None)
@given(day_problems())
def test_what_is_said_of_a_day_makes_sense(problem: Problem) -> None:
    found, policy = examine_all_sites(problem), problem.policy
    stays = sum(site.stay_seconds for site in problem.district.sites)
    if found.shortest_seconds is None:
        assert found.travel_seconds is None
    elif found.travel_seconds is None:
        assert found.shortest_seconds > policy.max_visit_day_minutes * 60
    else:
        assert found.travel_seconds + stays <= policy.max_visit_day_minutes * 60
        assert found.shortest_seconds <= policy.visit_day_ends_seconds - policy.visit_day_starts_seconds


def waiting_day(max_visit_day_minutes: int) -> Problem:
    """Two half-hour visits, at 9:00 sharp and from 10:00 on; ten minutes to each, fifteen between.

    The only order is e0, e1: leave 8:50, e0 9:00 to 9:30, e1 from 9:45, wait until 10:00, until 10:30, back 10:40.
    So 110 minutes from leaving to returning, 15 of them waiting, 10 + 15 + 10 = 35 travelling, 60 visiting.
    """
    return make_problem(
        1, {"e0": {"visiting_hours": TimeWindow(9 * 3600, 9 * 3600 + 1800)},
            "e1": {"visiting_hours": TimeWindow(10 * 3600, 12 * 3600)}},
        travel={("o0", "e0"): 600, ("o0", "e1"): 600, ("e0", "e1"): 900, ("e1", "e0"): 1, ("e0", "o0"): 600,
                ("e1", "o0"): 600},
        policy={"max_visit_day_minutes": max_visit_day_minutes})


def test_waiting_counts_by_hand() -> None:
    assert examine_all_sites(waiting_day(110)) == DayFinding(110 * 60, 35 * 60)
    assert examine_all_sites(waiting_day(109)) == DayFinding(110 * 60, None)


def test_waiting_counts_by_hand_in_arrays() -> None:
    pairs = np.array([[0, 1], [1, 0], [1, -1]], dtype=np.int64)
    fits, too_long = Caseloads(waiting_day(110), 0, pairs).days, Caseloads(waiting_day(109), 0, pairs).days
    assert fits.shortest_seconds.tolist() == [6600, 6600, 3000]  # e1 alone: 10 + 30 + 10 minutes, leaving late enough
    assert fits.travel_seconds.tolist() == [2100, 2100, 1200]
    assert too_long.shortest_seconds.tolist() == [6600, 6600, 3000]
    assert too_long.travel_seconds.tolist() == [NO_DAY, NO_DAY, 1200]


def test_nobody_to_visit_is_a_day_of_no_length() -> None:
    problem = make_problem(1, "e0")
    assert examine_day(problem.district.cadres[0], [], problem) == DayFinding(0, 0)
    none_and_padding = Caseloads(problem, 0, np.array([[-1, -1]], dtype=np.int64)).days
    assert none_and_padding.in_hours.tolist() == [True]
    assert none_and_padding.shortest_seconds.tolist() == none_and_padding.travel_seconds.tolist() == [0]


def test_all_rules_and_goals_of_a_plan_have_a_day_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The brute force of the tests spent nine tenths of its time on days it had tried before; another problem is tried anew."""
    tried: list[str] = []
    once = day_check._tried
    monkeypatch.setattr(day_check, "_tried", lambda cadre, *given: tried.append(cadre.id) or once(cadre, *given))
    for minutes in (600, 1):
        problem, plan = make_problem(2, "e0 e1 r0", policy={"max_visit_day_minutes": minutes}), make_plan("c0: e0 e1 | c1: r0")
        tried.clear()
        first = judge(problem, plan)
        assert ("visit-day" in {one.rule_id for one in first.violations}) is (minutes == 1)
        assert judge(problem, plan) == first
        assert sorted(tried) == ["c0", "c1"]
