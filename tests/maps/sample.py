"""A small district made by hand, with a plan, a calendar and routes, for the tests of printed things."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from maps.base_map import BaseMap, RoadLine
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.visit_calendar import LiaisonDay, Slot, VisitCalendar
from planner.facts.district import (
    Cadre,
    District,
    Office,
    Pairing,
    PastTerm,
    Place,
    Rank,
    Site,
    SiteKind,
    Subdistrict,
    TimeWindow,
    UnitKind,
)
from planner.facts.policy import HolidayRoll, LiaisonDayRule, Policy
from planner.facts.problem import Problem
from planner.facts.term import DayState, Term
from planner.facts.travel import TravelMatrix

HOSTILE_NAMES = ("=1+1", "<img>", "${1+1}", "{{7*7}}", '#panic("x")', "*粗*", "$1$", "+SUM(A1)", "@x", "{=1}")
"""Names that a careless writer would run, as formula, markup, template or code."""

DAY = date(2027, 1, 14)
MOVED_DAY = date(2027, 2, 18)
EMPTY_DAY = date(2027, 3, 11)
PROVENANCE = Provenance({"district": "d" * 64, "policy": "e" * 64}, 7, {"python": "3.11", "planner": "0.1.0"},
                        {"enterprises": "GCJ-02, accepted"})
POLICY = Policy(
    max_committees_per_cadre=2, min_enterprises_per_cadre=0, max_enterprises_per_cadre=3,
    max_load_percent_of_fair_share=125, max_travel_minutes=45, straight_line_kmh=20.0,
    straight_line_detour_percent=130, max_visit_day_minutes=480, visit_day_starts_seconds=9 * 3600,
    visit_day_ends_seconds=17 * 3600, liaison_day_rule=LiaisonDayRule.SECOND_THURSDAY,
    holiday_roll=HolidayRoll.FORWARD, committee_ban_terms=1, enterprises_rotate=False, enterprise_ban_terms=1,
    max_continuations=1, key_enterprise_min_rank=Rank.DIVISION, min_deputy_sites_in_constituency=1,
    min_leader_sites_per_subdistrict=1, max_unit_share_percent=60, goals=(),
)


GROUND = BaseMap(roads=(
    RoadLine("国定路", "primary", ((121.49, 31.30), (121.53, 31.30))),
    RoadLine("<b>政通路</b>", "residential", ((121.51, 31.29), (121.51, 31.31))),
), attribution="© 示例")
"""A main road and a side street."""


def site(number: int, name: str = "", **changes: object) -> Site:
    """Site ``S01``...: odd numbers are enterprises of 30 minutes, even ones committees of 60."""
    is_committee = number % 2 == 0
    values: dict[str, object] = {
        "id": f"S{number:02d}", "name": name or f"对象{number}号",
        "kind": SiteKind.COMMITTEE if is_committee else SiteKind.ENTERPRISE,
        "subdistrict_id": "J1" if number <= 2 else "J2",
        "place": Place(121.505 + 0.002 * number, 31.300 + 0.001 * number),
        "workload_minutes": 60 if is_committee else 30, "stay_seconds": 1800,
        "visiting_hours": TimeWindow(9 * 3600, 17 * 3600), "address": "" if number == 1 else f"政学路{number}弄",
    }
    return Site(**{**values, **changes})  # type: ignore[arg-type]


def problem(names: Sequence[str] = ("", "", "", "")) -> Problem:
    """Two cadres of two units, one site for every name; every trip takes 600 seconds. The last term had S01, S02."""
    sites = tuple(site(number, name) for number, name in enumerate(names, start=1))
    district = District(
        name="示例区",
        subdistricts=(Subdistrict("J1", "四平街道", Place(121.505, 31.300)),
                      Subdistrict("J2", "五角街道", Place(121.515, 31.305))),
        offices=(Office("D1", "示例局", UnitKind.DEPARTMENT, "J1", Place(121.500, 31.298)),
                 Office("D2", names[0] or "区委机关", UnitKind.DISTRICT, "J2", Place(121.520, 31.302))),
        cadres=(Cadre("C01", "C01", "D1", Rank.DIVISION), Cadre("C02", names[1] or "乙", "D2", Rank.DISTRICT_LEADER)),
        sites=sites,
        past_terms=(PastTerm("2025-2026", frozenset({Pairing("C01", "S01"), Pairing("C01", "S02")})),),
    )
    place_ids = tuple(district.places())
    seconds = np.full((len(place_ids), len(place_ids)), 600, dtype=np.int32)
    np.fill_diagonal(seconds, 0)
    travel = TravelMatrix(place_ids, seconds, (0,) * len(place_ids), "car", "test")
    term = Term("2027-2028", date(2027, 1, 1), 24, (), {2027: DayState.PROJECTED})
    return Problem(district, travel, POLICY, term, {"district": "d" * 64})


def plan(given: Problem) -> Plan:
    """C01 holds S01 and every even site but S02; C02 holds S02 and the rest."""
    pairings = [
        Pairing("C01" if one.id == "S01" or (int(one.id[1:]) % 2 == 0 and one.id != "S02") else "C02", one.id)
        for one in given.district.sites
    ]
    return Plan.of("2027-2028", pairings, PROVENANCE, (GoalBound("travel", 30, "lp"),))


def calendar(given: Plan) -> VisitCalendar:
    """Three liaison days: one by the rule, one moved for the Spring Festival, one without routes."""
    days = (
        LiaisonDay(DAY, DAY, "", DayState.PROJECTED),
        LiaisonDay(MOVED_DAY, date(2027, 2, 11), "春节", DayState.PUBLISHED),
        LiaisonDay(EMPTY_DAY, EMPTY_DAY, "", DayState.PUBLISHED),
    )
    slots = tuple(Slot(one.cadre_id, one.site_id, 1, 0, 9 * 3600, 9 * 3600 + 1800) for one in given.pairings)
    return VisitCalendar(given.term_id, "second-thursday", days, slots, (), given.provenance)


def routes(given: Plan) -> Routes:
    """Every cadre leaves at 9:00, travels 10 minutes between stops and stays 30 minutes at each."""
    made = []
    for cadre_id, site_ids in given.sites_of.items():
        stops, now = [], 9 * 3600
        for site_id in site_ids:
            stops.append(Stop(site_id, now + 600, now + 600, now + 2400))
            now += 2400
        made.append(Route(cadre_id, (DAY, MOVED_DAY), 9 * 3600, tuple(stops), now + 600, 600 * (len(stops) + 1)))
    return Routes(given.term_id, tuple(made), given.provenance)
