"""Random visit days for tests: one cadre, up to four sites, anything that may go wrong on a day."""

from __future__ import annotations

from hypothesis import strategies as st

from planner.facts.district import TimeWindow
from planner.facts.problem import Problem
from planner.facts.travel import UNREACHABLE
from tests.planner.sample import make_problem

HALF_HOUR = 1800
LEGS = st.one_of(st.integers(0, 900), st.integers(0, 900), st.integers(0, 7200), st.just(UNREACHABLE))
"""Mostly near, sometimes far or unreachable; the two directions are drawn apart."""


@st.composite
def day_problems(draw: st.DrawFn) -> Problem:
    """One cadre with all sites of a district of no to four sites; whole, half and impossible days."""
    site_ids = [f"e{number}" for number in range(draw(st.integers(0, 4)))]
    sites = {}
    for site_id in site_ids:
        opens = draw(st.integers(16, 32)) * HALF_HOUR + draw(st.sampled_from([0, 0, 1, 599]))
        open_seconds = draw(st.one_of(st.integers(0, 7200), st.integers(7200, 36000)))
        stay = draw(st.sampled_from([0, 900, 1800, 2700, open_seconds, open_seconds + 1]))
        sites[site_id] = {"visiting_hours": TimeWindow(opens, opens + open_seconds), "stay_seconds": min(stay, 14400)}
    places = ["o0", *site_ids]
    travel = {(a, b): draw(LEGS) for a in places for b in places if a != b}
    starts = draw(st.sampled_from([8 * 3600, 8 * 3600 + 1800, 9 * 3600]))
    return make_problem(1, sites, travel=travel, policy={
        "max_visit_day_minutes": draw(st.integers(10, 600)),
        "visit_day_starts_seconds": starts,
        "visit_day_ends_seconds": starts + draw(st.integers(3600, 10 * 3600))})
