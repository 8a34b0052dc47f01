"""Districts for which no plan exists, each for another reason, with the conditions that clash (as ids)."""

from __future__ import annotations

from planner.facts.district import Pairing, PastTerm, Rank, StayRequest, TimeWindow
from planner.facts.problem import Problem
from tests.planner.sample import make_problem

PAIR = Pairing
CASES: dict[str, tuple[Problem, set[str]]] = {
    "two pins for one place": (
        make_problem(2, "r0 r1", pins=frozenset({PAIR("c0", "r0"), PAIR("c0", "r1")})),
        {"site r0", "site r1", "pin c0 r0", "pin c0 r1", "rule committee-count"}),
    "a pin to somebody who takes no part": (
        make_problem({"c0": {"capacity_percent": 0}, "c1": {}}, "e0 e1", pins=frozenset({PAIR("c0", "e0")})),
        {"site e0", "pin c0 e0", "rule enterprise-count"}),
    "a pin against a recusal": (
        make_problem(2, "e0 e1", pins=frozenset({PAIR("c0", "e0")}), recusals=frozenset({PAIR("c0", "e0")})),
        {"site e0", "pin c0 e0", "recusal c0 e0"}),
    "a pin against the ban on returning": (
        make_problem(2, "r0 r1", pins=frozenset({PAIR("c0", "r0")}),
                     past_terms=(PastTerm("2025-2026", frozenset({PAIR("c0", "r0")})),)),
        {"site r0", "pin c0 r0", "past c0 r0 2025-2026"}),
    "travel limit": (
        make_problem(2, "e0 e1", travel={("o0", "e0"): 1801, ("o1", "e0"): 9999}),
        {"site e0", "rule travel-limit"}),
    "too few of a rank": (
        make_problem({"c0": {"rank": Rank.DEPUTY_DIVISION}, "c1": {}}, {f"e{n}": {"is_key": True} for n in range(4)},
                     policy={"max_enterprises_per_cadre": 3}),
        {"site e0", "site e1", "site e2", "site e3", "rule rank", "rule enterprise-count"}),
    "too few places": (
        make_problem(2, "r0 r1 r2"), {"site r0", "site r1", "site r2", "rule committee-count"}),
    "too few enterprises": (
        make_problem(3, "e0 e1", policy={"min_enterprises_per_cadre": 1}),
        {"site e0", "site e1", "rule enterprise-count"}),
    "recusal knot": (
        make_problem(3, "r0 r1 r2", recusals=frozenset({PAIR("c0", "r0"), PAIR("c1", "r0"), PAIR("c0", "r1"), PAIR("c1", "r1")})),
        {"site r0", "site r1", "rule committee-count", "recusal c0 r0", "recusal c1 r0", "recusal c0 r1", "recusal c1 r1"}),
    "a load nobody may carry": (
        make_problem(2, {"e0": {"workload_minutes": 300}, "e1": {}}, policy={"max_load_percent_of_fair_share": 150}),
        {"site e0", "rule load-limit"}),
    "constituency out of reach": (
        make_problem({"c0": {"constituency_id": "x0"}, "c1": {}}, {"e0": {"constituency_id": "x0"}, "e1": {}},
                     pins=frozenset({PAIR("c1", "e0")})),
        {"rule constituency", "pin c1 e0"}),
    "two deputies, one point": (
        make_problem({"c0": {"constituency_id": "x0"}, "c1": {"constituency_id": "x0"}}, {"e0": {"constituency_id": "x0"}, "e1": {}}),
        {"rule constituency", "site e0"}),
    "no leader may come": (
        make_problem({"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {}}, {"e0": {}, "r0": {"subdistrict_id": "k1"}},
                     subdistricts=("k0", "k1"), recusals=frozenset({PAIR("c0", "r0")}), policy={"min_leader_sites_per_subdistrict": 1}),
        {"rule leader-presence", "recusal c0 r0"}),
    "one unit alone": (
        make_problem(1, "e0 e1", policy={"max_unit_share_percent": 50}), {"site e0", "site e1", "rule unit-share"}),
    "a visit day too short": (
        make_problem(1, {"e0": {"stay_seconds": 7200}, "e1": {"stay_seconds": 7200}}, policy={"max_visit_day_minutes": 200}),
        {"site e0", "site e1", "rule visit-day"}),
    "hours that do not meet": (
        make_problem(1, {name: {"visiting_hours": TimeWindow(9 * 3600, 9 * 3600 + 1800)} for name in ("e0", "e1")}),
        {"site e0", "site e1", "rule visiting-hours"}),
    "a request to stay beyond the number": (
        make_problem(2, "r0 r1", pins=frozenset({PAIR("c0", "r0")}), stay_requests=frozenset({StayRequest("c0", "r0")}),
                     policy={"max_continuations": 0}, past_terms=(PastTerm("2025-2026", frozenset({PAIR("c0", "r0")})),)),
        {"site r0", "pin c0 r0", "past c0 r0 2025-2026", "rule continuation"}),
}
