"""A district with a valid plan in which changing one pairing breaks one rule, for every rule there is.

Every cadre ``Cn`` has his own office and an enterprise ``En`` of his own; what a rule needs comes on top. Everything
lies in one place in sub-district K1, but for a few sites of K2 (same place) and one office ten kilometres north.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
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
    StayRequest,
    Subdistrict,
    TimeWindow,
    UnitKind,
)

HERE, FAR = Place(121.5, 31.3), Place(121.5, 31.39)
"""Ten kilometres apart: with a detour of 40 % at 20 km/h 42 minutes, and at most 30 are allowed."""

SETTINGS = {
    "max_committees_per_cadre": "1", "min_enterprises_per_cadre": "1", "max_enterprises_per_cadre": "3",
    "max_load_percent_of_fair_share": "200", "max_travel_minutes": "30", "max_visit_day_minutes": "300",
    "committee_ban_terms": "2", "max_continuations": "1", "min_deputy_sites_in_constituency": "1",
    "min_leader_sites_per_subdistrict": "1", "max_unit_share_percent": "50",
}
"""What differs from the built-in policy, or must not depend on it."""

MORNING = {"visiting_hours": TimeWindow(9 * 3600, 10 * 3600), "stay_seconds": 3600}
LONG = {"stay_seconds": 160 * 60}

HELD: dict[str, dict[str, dict[str, Any]]] = {
    "C1": {"R1": {}},
    "C2": {"R2": {}}, "C3": {"R3": {}},
    "C4": {}, "C5": {},
    "C6": {"HEAVY": {"workload_minutes": 240}}, "C7": {},
    "C8": {"NORTH": {"place": FAR}}, "C9": {},
    "C10": {"LONG1": LONG}, "C11": {"LONG2": LONG},
    "C12": {"MORNING1": MORNING}, "C13": {"MORNING2": MORNING},
    "C14": {"KEPT-APART": {}}, "C15": {},
    "C16": {"R16": {}}, "C17": {},
    "C18": {"R18": {}}, "C19": {"R19": {}}, "C20": {},
    "C21": {"PINNED": {}}, "C22": {},
    "C23": {"KEY": {"is_key": True}}, "C24": {},
    "C25": {"OWN-VOTERS": {"constituency_id": "X"}}, "C26": {},
    "C27": {"LED": {"subdistrict_id": "K2"}}, "C28": {},
    "C29": {"WEST1": {"subdistrict_id": "K2"}}, "C30": {"WEST2": {"subdistrict_id": "K2"}},
    "C31": {"WEST3": {"subdistrict_id": "K2"}},
}
"""What each cadre holds beside his own enterprise, with what is special about it."""

CADRES: dict[str, dict[str, Any]] = {
    "C6": {"capacity_percent": 200},
    "C24": {"rank": Rank.DEPUTY_DIVISION},
    "C25": {"constituency_id": "X"},
    "C27": {"rank": Rank.DISTRICT_LEADER},
    "C30": {"office_id": "O29"},
}

MOVES: dict[str, tuple[str, str, str | None]] = {
    "coverage": ("R1", "C1", None),  # dropped: nobody is left
    "committee-count": ("R3", "C3", "C2"),  # a second one
    "enterprise-count": ("E4", "C4", "C5"),  # his only one
    "load-limit": ("HEAVY", "C6", "C7"),  # from two shares to one
    "travel-limit": ("NORTH", "C8", "C9"),
    "visit-day": ("LONG2", "C11", "C10"),  # 160 + 160 + 30 of 300 minutes
    "visiting-hours": ("MORNING2", "C13", "C12"),  # both from 9:00 to 10:00
    "recusal": ("KEPT-APART", "C14", "C15"),
    "rotation": ("R16", "C16", "C17"),  # his in the term before last
    "continuation": ("R19", "C19", "C20"),  # a second one
    "pins": ("PINNED", "C21", "C22"),
    "rank": ("KEY", "C23", "C24"),
    "constituency": ("OWN-VOTERS", "C25", "C26"),  # his only voters
    "leader-presence": ("LED", "C27", "C28"),  # the only leader in K2
    "unit-share": ("WEST3", "C31", "C29"),  # three of four for one unit
}
"""For every rule the pairing that is changed: its site, the cadre it is taken from, and the cadre it is given to."""


@dataclass(frozen=True)
class Breakable:
    """The district and its valid plan."""

    district: District
    plan: Plan

    def moved(self, rule_id: str) -> Plan:
        """The plan with the one pairing changed that breaks ``rule_id``."""
        site_id, giver, taker = MOVES[rule_id]
        assert Pairing(giver, site_id) in self.plan.pairings
        kept = [one for one in self.plan.pairings if one != Pairing(giver, site_id)]
        return self.with_pairings(kept + ([Pairing(taker, site_id)] if taker else []))

    def with_pairings(self, pairings: list[Pairing]) -> Plan:
        """The plan with other pairings."""
        return Plan.of(self.plan.term_id, pairings, self.plan.provenance)


def make_breakable() -> Breakable:
    """Build it."""
    cadres, offices, sites, pairings = [], [], [], []
    for cadre_id, more in HELD.items():
        number = cadre_id[1:]
        cadre = replace(Cadre(cadre_id, f"干部{number}", f"O{number}", Rank.DIVISION), **CADRES.get(cadre_id, {}))
        place = FAR if cadre_id == "C8" else HERE
        cadres.append(cadre)
        offices.append(Office(f"O{number}", f"单位{number}", UnitKind.DEPARTMENT, "K1", place))
        for site_id, special in ({f"E{number}": {"place": place}} | more).items():
            kind = SiteKind.COMMITTEE if site_id == f"R{number}" else SiteKind.ENTERPRISE
            sites.append(replace(Site(site_id, f"联系点{site_id}", kind, "K1", HERE, 60, 1800,
                                      TimeWindow(9 * 3600, 17 * 3600)), **special))
            pairings.append(Pairing(cadre_id, site_id))
    sites.sort(key=lambda site: site.kind is SiteKind.COMMITTEE)
    district = District(
        "试验区", (Subdistrict("K1", "一街道", HERE), Subdistrict("K2", "二街道", HERE)), tuple(offices), tuple(cadres),
        tuple(sites),
        past_terms=(PastTerm("2023-2024", frozenset({Pairing("C17", "R16")})),
                    PastTerm("2025-2026", frozenset({Pairing("C18", "R18"), Pairing("C20", "R19")}))),
        recusals=frozenset({Pairing("C15", "KEPT-APART")}), pins=frozenset({Pairing("C21", "PINNED")}),
        stay_requests=frozenset({StayRequest("C18", "R18"), StayRequest("C20", "R19")}))
    return Breakable(district, Plan.of("2027-2028", pairings, Provenance({}, 1, {})))
