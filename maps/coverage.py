"""覆盖图: every site, the cadre who liaises with it, and the way between them."""

from __future__ import annotations

from typing import Any, Final

import folium

from maps import style
from maps.base_map import BaseMap
from maps.map_page import PeopleAndPlaces, map_page
from maps.offline import safe_name
from maps.words import WORDS
from planner.artefacts.plan import Plan
from planner.artefacts.report import Report, SiteMeasure
from planner.facts.district import Pairing, Rank, Site, SiteKind
from planner.facts.problem import Problem
from planner.text import Language, Text

FLAGS: Final = ("unheld", "missed", "key", "leader", "deputy", "pinned", "stayed", "estimated")
"""What a site can be marked with besides broken rules, in the order of the list of choices."""
NOT_NAMED: Final = "recusal"
"""Who is to be kept from whom is told to nobody, so a broken recusal shows as a broken rule without its name."""


def coverage_map(problem: Problem, plan: Plan, report: Report, base_map: BaseMap, language: Language = "zh") -> folium.Map:
    """Every site coloured by its cadre's kind of unit, every office, and a line for every pairing of ``plan``.

    The page filters by kind, unit, sub-district, cadre, travel time and what the rules look at, sums up what is
    selected, and finds by name. Write it with ``maps.offline.save_map``.

    Raises
    ------
    KeyError
        When the plan names a cadre or site that the problem does not have.
    """
    people_and_places = PeopleAndPlaces(problem.district, report)
    data = people_and_places.data()
    data["links"] = [_link(problem, people_and_places, pairing) for pairing in plan.pairings]
    data["months"] = len(problem.term.month_starts())
    broken = [rule for rule in report.rules if rule.violations and rule.id != NOT_NAMED]
    others = any(rule_id not in {rule.id for rule in broken} for one in report.sites for rule_id in one.broken_rules)
    titles: dict[str, Text] = {f"rule-{rule.id}": rule.title for rule in broken}
    if others:
        titles["broken"] = WORDS["flag_broken"]
    titles |= {flag: WORDS[f"flag_{flag}"] for flag in FLAGS}
    data["flags"] = {flag: safe_name(title.in_language(language)) for flag, title in titles.items()}
    for row, site, measure in zip(data["sites"], problem.district.sites, report.sites, strict=True):
        row["flags"] = [flag for flag in titles if flag in _flags(problem, site, measure, set(titles))]
    return map_page(problem.district, base_map, language, name="coverage",
                    facts=_facts(problem, plan, language), data=data)


def _flags(problem: Problem, site: Site, measure: SiteMeasure, known: set[str]) -> set[str]:
    """What a site is marked with."""
    holders = [problem.district.cadre_by_id[one] for one in measure.cadre_ids]
    pairs = [Pairing(cadre.id, site.id) for cadre in holders]
    stays = {(one.cadre_id, one.site_id) for one in problem.district.stay_requests}
    found = {flag if (flag := f"rule-{rule_id}") in known else "broken" for rule_id in measure.broken_rules}
    marks = {
        "unheld": not holders,
        "missed": measure.missed > 0,
        "key": site.is_key,
        "leader": any(cadre.rank is Rank.DISTRICT_LEADER for cadre in holders),
        "deputy": any(cadre.constituency_id is not None and cadre.constituency_id == site.constituency_id for cadre in holders),
        "pinned": any(pair in problem.district.pins for pair in pairs),
        "stayed": any((pair.cadre_id, pair.site_id) in stays for pair in pairs),
        "estimated": site.place.estimated,
    }
    return found | {flag for flag, is_so in marks.items() if is_so}


def _link(problem: Problem, people_and_places: PeopleAndPlaces, pairing: Pairing) -> list[Any]:
    """Cadre index, site index, and one-way travel in seconds (None where there is no way)."""
    cadre = problem.district.cadre_by_id[pairing.cadre_id]
    seconds = problem.travel_seconds(cadre, problem.district.site_by_id[pairing.site_id])
    return [people_and_places.cadre_index[pairing.cadre_id], people_and_places.site_index[pairing.site_id], seconds]


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
