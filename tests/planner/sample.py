"""Small districts for tests, told in one line each.

Cadres are ``c0``, ``c1``, ...; enterprises ``e0``, ...; committees ``r0``, ...; every cadre has his own office
``o0``, ... Everything is five minutes from everything else unless ``travel`` says otherwise. A site asks for 60 minutes
of work a month and a visit of 30 minutes between 9:00 and 17:00; a visit day lies between 8:30 and 17:30.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.facts.district import (
    Cadre,
    District,
    Office,
    Pairing,
    Place,
    Rank,
    Site,
    SiteKind,
    Subdistrict,
    TimeWindow,
    UnitKind,
)
from planner.facts.policy import GoalTolerance, HolidayRoll, LiaisonDayRule, Policy
from planner.facts.problem import Problem
from planner.facts.term import Term
from planner.facts.travel import TravelMatrix

FIVE_MINUTES = 300
HERE = Place(121.5, 31.3)

POLICY: dict[str, Any] = {
    "max_committees_per_cadre": 1,
    "min_enterprises_per_cadre": 0,
    "max_enterprises_per_cadre": 3,
    "max_load_percent_of_fair_share": 1000,
    "max_travel_minutes": 30,
    "straight_line_kmh": 20.0,
    "straight_line_detour_percent": 140,
    "max_visit_day_minutes": 420,
    "visit_day_starts_seconds": 8 * 3600 + 1800,
    "visit_day_ends_seconds": 17 * 3600 + 1800,
    "liaison_day_rule": LiaisonDayRule.SECOND_THURSDAY,
    "holiday_roll": HolidayRoll.FORWARD,
    "committee_ban_terms": 2,
    "enterprises_rotate": False,
    "enterprise_ban_terms": 1,
    "max_continuations": 1,
    "key_enterprise_min_rank": Rank.DIVISION,
    "min_deputy_sites_in_constituency": 1,
    "min_leader_sites_per_subdistrict": 0,
    "max_unit_share_percent": 100,
    "goals": tuple(GoalTolerance(one) for one in ("unassigned", "fairness", "spread", "travel", "fit", "changes")),
}


def make_problem(
    cadres: dict[str, dict[str, Any]] | int,
    sites: dict[str, dict[str, Any]] | str,
    *,
    travel: dict[tuple[str, str], int] | None = None,
    subdistricts: tuple[str, ...] = ("k0",),
    offices: dict[str, dict[str, Any]] | None = None,
    policy: dict[str, Any] | None = None,
    **district: Any,
) -> Problem:
    """A problem from differences to the plainest one; ``sites`` may be a string such as ``"e0 e1 r0"``."""
    cadres = {f"c{n}": {} for n in range(cadres)} if isinstance(cadres, int) else cadres
    sites = {one: {} for one in sites.split()} if isinstance(sites, str) else sites
    offices = offices or {f"o{cadre_id[1:]}": {} for cadre_id in cadres}
    make_offices = tuple(
        Office(**({"id": key, "name": f"单位{key}", "kind": UnitKind.DEPARTMENT, "subdistrict_id": "k0",
                   "place": HERE} | given))
        for key, given in offices.items())
    make_cadres = tuple(
        Cadre(**({"id": key, "name": f"干部{key}", "office_id": f"o{key[1:]}", "rank": Rank.DIVISION} | given))
        for key, given in cadres.items())
    make_sites = tuple(
        Site(**({"id": key, "name": f"点{key}", "kind": SiteKind.ENTERPRISE if key[0] == "e" else SiteKind.COMMITTEE,
                 "subdistrict_id": "k0", "place": HERE, "workload_minutes": 60, "stay_seconds": 1800,
                 "visiting_hours": TimeWindow(9 * 3600, 17 * 3600)} | given))
        for key, given in sites.items())
    facts = District(
        "试验区", tuple(Subdistrict(key, f"街道{key}", HERE) for key in subdistricts), make_offices, make_cadres,
        make_sites, **district)
    ids = tuple(facts.places())
    seconds = np.full((len(ids), len(ids)), FIVE_MINUTES, dtype=np.int32)
    np.fill_diagonal(seconds, 0)
    for (origin, destination), value in (travel or {}).items():
        seconds[ids.index(origin), ids.index(destination)] = value
    matrix = TravelMatrix(ids, seconds, tuple(0 for _ in ids), "car", "test")
    term = Term("2027-2028", date(2027, 1, 1), 24)
    return Problem(facts, matrix, Policy(**(POLICY | (policy or {}))), term, {})


def make_plan(text: str) -> Plan:
    """A plan from ``"c0: e0 r0 | c1: e1"``."""
    pairings = []
    for part in text.split("|"):
        if part.strip():
            cadre_id, held = part.split(":")
            pairings += [Pairing(cadre_id.strip(), site_id) for site_id in held.split()]
    return Plan.of("2027-2028", pairings, Provenance({}, 1, {}))
