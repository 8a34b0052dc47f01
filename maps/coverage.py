"""覆盖图: every site, the cadre who liaises with it, and the way between them."""

from __future__ import annotations

from typing import Any

import folium

from maps import style
from maps.base_map import BaseMap
from maps.map_page import PeopleAndPlaces, map_page
from planner.artefacts.plan import Plan
from planner.facts.district import Pairing, SiteKind
from planner.facts.problem import Problem
from planner.text import Language


def coverage_map(problem: Problem, plan: Plan, base_map: BaseMap, language: Language = "zh") -> folium.Map:
    """Every site coloured by its cadre's kind of unit, every office, and a line for every pairing of ``plan``.

    The page filters by kind, unit, sub-district and cadre, and finds by name. Write it with
    ``maps.offline.save_map``.

    Raises
    ------
    KeyError
        When the plan names a cadre or site that the problem does not have.
    """
    people_and_places = PeopleAndPlaces(problem.district)
    data = people_and_places.data()
    data["links"] = [_link(problem, people_and_places, pairing) for pairing in plan.pairings]
    return map_page(problem.district, base_map, language, name="coverage",
                    facts=_facts(problem, plan, language), data=data)


def _link(problem: Problem, people_and_places: PeopleAndPlaces, pairing: Pairing) -> list[Any]:
    """Cadre index, site index, and one-way travel in minutes (None where there is no way)."""
    cadre = problem.district.cadre_by_id[pairing.cadre_id]
    seconds = problem.travel_seconds(cadre, problem.district.site_by_id[pairing.site_id])
    minutes = None if seconds is None else (seconds + 30) // 60
    return [people_and_places.cadre_index[pairing.cadre_id], people_and_places.site_index[pairing.site_id], minutes]


def _facts(problem: Problem, plan: Plan, language: Language) -> list[str]:
    """The header line: the term and how many sites are held, by how many cadres."""
    sites = problem.district.sites
    enterprises = sum(site.kind is SiteKind.ENTERPRISE for site in sites)
    held = sum(site.id in plan.cadres_of for site in sites)
    term = style.term_words(problem.term, language)
    if language == "zh":
        return [f"任期 {term}", f"企业 {enterprises} 户、居委会 {len(sites) - enterprises} 个",
                f"{len(sites)} 处联系点中 {held} 处已有联系干部", f"干部 {len(plan.sites_of)} 人"]
    return [f"Term {term}", f"{enterprises} enterprises, {len(sites) - enterprises} residential committees",
            f"{held} of {len(sites)} points held", f"{len(plan.sites_of)} cadres"]
