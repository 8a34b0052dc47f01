"""The exact visit day against every order tried by the judge's plain search, and by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from planner.engines.visit_day import VisitDay, plan_visit_day
from planner.facts.district import TimeWindow
from planner.facts.problem import Problem
from planner.facts.travel import UNREACHABLE
from planner.rules.day_check import examine_day
from tests.planner.random_days import day_problems
from tests.planner.sample import make_problem
from tests.planner.ways import by_shortest_ways

NINE = 9 * 3600


def visit_day(problem: Problem) -> VisitDay | None:
    """The visit day of the only cadre through all sites."""
    return plan_visit_day(problem.district.cadres[0], problem.district.sites, problem)


def order(day: VisitDay | None) -> str:
    return "none" if day is None else " ".join(site.id for site in day.sites)


@settings(max_examples=250, deadline=None)
@given(day_problems().map(by_shortest_ways))
def test_it_finds_the_least_travel_of_all_legal_orders_and_times_that_keep_every_limit(problem: Problem) -> None:
    found = visit_day(problem)
    least = examine_day(problem.district.cadres[0], problem.district.sites, problem).travel_seconds
    if found is None:
        assert least is None
        return
    assert found.travel_seconds == least
    assert sorted(site.id for site in found.sites) == [site.id for site in problem.district.sites]
    if not found.sites:
        return
    stations = ["o0", *(site.id for site in found.sites), "o0"]
    legs = [problem.travel.seconds(a, b) or 0 for a, b in pairwise(stations)]
    assert sum(legs) == found.travel_seconds
    ends = [begins + site.stay_seconds for begins, site in zip(found.starts_seconds, found.sites, strict=True)]
    for site, begins, until in zip(found.sites, found.starts_seconds, ends, strict=True):
        assert site.visiting_hours.opens_seconds <= begins <= until <= site.visiting_hours.closes_seconds
    for until, leg, begins in zip(ends, legs[1:], found.starts_seconds[1:], strict=False):
        assert until + leg <= begins
    leaves, returns = found.starts_seconds[0] - legs[0], ends[-1] + legs[-1]
    assert problem.policy.visit_day_starts_seconds <= leaves
    assert returns <= problem.policy.visit_day_ends_seconds
    assert returns - leaves <= problem.policy.max_visit_day_minutes * 60


def test_the_nearest_first_is_not_always_least() -> None:
    """Out and back 100 each; e0, e1, e2: 100 + 200 + 200 + 100 = 600; e1, e0, e2: 100 + 200 + 250 + 100 = 650."""
    ways = {("o0", one): 100 for one in ("e0", "e1", "e2")} | {(one, "o0"): 100 for one in ("e0", "e1", "e2")}
    ways |= {("e0", "e1"): 200, ("e1", "e0"): 200, ("e1", "e2"): 200, ("e2", "e1"): 200, ("e0", "e2"): 250,
             ("e2", "e0"): 250}
    found = visit_day(make_problem(1, "e0 e1 e2", travel=ways))
    assert found is not None
    assert order(found) == "e0 e1 e2"  # and not e2 e1 e0, which travels as far: the order of ids decides
    assert found.travel_seconds == 600


def test_one_way_streets_decide_the_direction() -> None:
    """To e0 first it is 15 minutes, every other trip takes five."""
    assert order(visit_day(make_problem(1, "e0 e1", travel={("o0", "e0"): 900}))) == "e1 e0"


def test_visiting_hours_go_before_travel() -> None:
    """e1 receives until 9:30 only, so it is first, though the other way round travels less."""
    sites = {"e0": {}, "e1": {"visiting_hours": TimeWindow(NINE, NINE + 1800)}}
    ways = {("o0", "e1"): 900, ("e0", "o0"): 900}
    found = visit_day(make_problem(1, sites, travel=ways))
    assert order(found) == "e1 e0"
    assert found is not None
    assert found.starts_seconds == (NINE, NINE + 1800 + 300)
    assert found.travel_seconds == 900 + 300 + 900


def test_among_equal_travel_the_shorter_day() -> None:
    """e2 receives until 9:30 only, e0 from 10:00 on, and all orders travel 20 minutes.

    e2, e1, e0 begin at 9:00, 9:35, 10:10 without waiting; e2, e0, e1 would wait 25 minutes for e0.
    """
    sites = {"e0": {"visiting_hours": TimeWindow(NINE + 3600, 17 * 3600)}, "e1": {},
             "e2": {"visiting_hours": TimeWindow(NINE, NINE + 1800)}}
    found = visit_day(make_problem(1, sites))
    assert found is not None
    assert order(found) == "e2 e1 e0"
    assert found.starts_seconds == (NINE, NINE + 2100, NINE + 4200)


def test_he_waits_no_longer_than_he_must() -> None:
    """e1 receives from 9:00 to 9:45, e0 from 10:00 on: e1 at 9:15 to 9:45, then a quarter of an hour to e0 at 10:00."""
    sites = {"e0": {"visiting_hours": TimeWindow(NINE + 3600, 17 * 3600)},
             "e1": {"visiting_hours": TimeWindow(NINE, NINE + 2700)}}
    found = visit_day(make_problem(1, sites))
    assert order(found) == "e1 e0"
    assert found is not None
    assert found.starts_seconds == (NINE + 900, NINE + 3600)


@pytest.mark.parametrize(("leg", "closes", "starts"), [
    (300, 17 * 3600, (NINE, NINE + 2100)),  # 9:00 and 9:35 as they come
    (301, 17 * 3600, (NINE, NINE + 2400)),  # 9:35:01 would do, 9:40 is on the clock; e0 cannot move on
    (301, NINE + 2101 + 1800, (NINE, NINE + 2101)),  # e1 closes at 10:05:01: to the second
    (301, NINE + 2160 + 1800, (NINE, NINE + 2160)),  # to the minute: 9:36
])
def test_times_are_on_the_coarsest_clock_that_fits(leg: int, closes: int, starts: tuple[int, int]) -> None:
    sites = {"e0": {"visiting_hours": TimeWindow(NINE, NINE + 2000)},
             "e1": {"visiting_hours": TimeWindow(NINE, closes)}}
    ways = {("e0", "e1"): leg, ("o0", "e0"): 400, ("e0", "o0"): 400}
    found = visit_day(make_problem(1, sites, travel=ways, policy={"max_visit_day_minutes": 300}))
    assert order(found) == "e0 e1"
    assert found is not None
    assert found.starts_seconds == starts


def test_the_length_of_a_day_may_ask_for_a_finer_clock() -> None:
    """300 + 1800 + 301 + 1800 + 300 = 4501 seconds without waiting: 75 minutes and a second."""
    ways = {("e0", "e1"): 301, ("e1", "e0"): 301}
    for minutes, second_start in ((80, NINE + 2400), (76, NINE + 2160)):
        found = visit_day(make_problem(1, "e0 e1", travel=ways, policy={"max_visit_day_minutes": minutes}))
        assert found is not None
        assert found.starts_seconds == (NINE, second_start)
    assert visit_day(make_problem(1, "e0 e1", travel=ways, policy={"max_visit_day_minutes": 75})) is None


@pytest.mark.parametrize(("sites", "policy", "ways"), [
    ({"e0": {"stay_seconds": 8 * 3600 + 1}}, {}, {}),  # longer than its hours
    ({"e0": {}, "e1": {}}, {"max_visit_day_minutes": 74}, {}),
    ({"e0": {"visiting_hours": TimeWindow(8 * 3600, NINE)}}, {"visit_day_starts_seconds": 8 * 3600 + 1501}, {}),
    ({"e0": {"visiting_hours": TimeWindow(17 * 3600, 18 * 3600)}}, {"visit_day_ends_seconds": 17 * 3600 + 2099}, {}),
    ({"e0": {}}, {}, {("o0", "e0"): UNREACHABLE}),
    ({"e0": {}}, {}, {("e0", "o0"): UNREACHABLE}),
])
def test_no_legal_day(sites: dict[str, dict[str, object]], policy: dict[str, int],
                      ways: dict[tuple[str, str], int]) -> None:
    assert visit_day(make_problem(1, sites, policy=policy, travel=ways)) is None


def test_nobody_to_visit() -> None:
    problem = make_problem(1, "e0")
    assert plan_visit_day(problem.district.cadres[0], [], problem) == VisitDay((), (), 0)
