"""轮换变动图: before and after the rotation, who hands over to whom, and every point's chain of holders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import folium

from maps import style
from maps.base_map import BaseMap
from maps.map_page import PeopleAndPlaces, map_page
from maps.offline import safe_name
from maps.words import WORDS
from planner.artefacts.plan import Plan
from planner.artefacts.report import Report
from planner.facts.district import PastTerm, SiteKind
from planner.facts.problem import Problem
from planner.text import Language


@dataclass(frozen=True)
class Change:
    """What the new term changes at one site. ``status`` is a key of ``style.STATUS_COLOURS``.

    ``kept``: the same cadre; ``handed``: another, and the one before him still takes part; ``replaced``: another, and
    the one before him has left or takes no part; ``new``: nobody before; ``vacant``: nobody now.
    """

    site_id: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    status: str


def changes_of(problem: Problem, plan: Plan) -> tuple[Change, ...]:
    """The change at every site of the district, in its order, against the last past term."""
    past = problem.district.past_terms[-1:] or (PastTerm("", frozenset()),)
    before = _holders(past[0])
    active = {cadre.id for cadre in problem.district.active_cadres}
    changes = []
    for site in problem.district.sites:
        old, new = before.get(site.id, ()), plan.cadres_of.get(site.id, ())
        changes.append(Change(site.id, old, new, _status(old, new, active)))
    return tuple(changes)


def _status(old: tuple[str, ...], new: tuple[str, ...], active: set[str]) -> str:
    if not new:
        return "vacant"
    if not old:
        return "new"
    if set(old) & set(new):
        return "kept"
    return "handed" if set(old) & active else "replaced"


def _holders(term: PastTerm) -> Mapping[str, tuple[str, ...]]:
    holders: dict[str, list[str]] = {}
    for pairing in sorted(term.pairings):
        holders.setdefault(pairing.site_id, []).append(pairing.cadre_id)
    return {site_id: tuple(cadre_ids) for site_id, cadre_ids in holders.items()}


def change_map(problem: Problem, plan: Plan, report: Report, base_map: BaseMap, language: Language = "zh",
               later: Sequence[Plan] = ()) -> folium.Map:
    """Every site by what the rotation does to it; ``later`` are plans of the terms after this one, in order.

    Raises
    ------
    KeyError
        When a plan names a cadre or site that the problem does not have.
    """
    people = PeopleAndPlaces(problem.district, report)
    data = people.data()
    terms = [*((term.id, _holders(term)) for term in problem.district.past_terms), (plan.term_id, plan.cadres_of),
             *((one.term_id, one.cadres_of) for one in later)]
    changes = changes_of(problem, plan)
    departed: dict[str, int] = {}

    def holder(cadre_id: str) -> int:
        """Index of a cadre, or -1, -2, ... into the list of those who have left."""
        if cadre_id in people.cadre_index:
            return people.cadre_index[cadre_id]
        return -1 - departed.setdefault(cadre_id, len(departed))

    data["changes"] = [{"status": one.status, "before": [holder(id_) for id_ in one.before],
                        "after": [holder(id_) for id_ in one.after]} for one in changes]
    data["chains"] = [[[holder(id_) for id_ in holders.get(site.id, ())] for _, holders in terms]
                      for site in problem.district.sites]
    data["departed"] = [safe_name(cadre_id) for cadre_id in departed]
    data["terms"] = [safe_name(term_id) for term_id, _ in terms]
    data["now"] = len(problem.district.past_terms)
    data["statusColours"] = style.STATUS_COLOURS
    known = set(problem.district.site_by_id)
    last = problem.district.past_terms[-1].pairings if problem.district.past_terms else frozenset()
    data["ended"] = len({one.site_id for one in last} - known)
    return map_page(problem.district, base_map, language, name="changes",
                    facts=_facts(problem, changes, plan, language), data=data)


def _facts(problem: Problem, changes: Sequence[Change], plan: Plan, language: Language) -> list[str]:
    words = {key: text.in_language(language) for key, text in WORDS.items()}
    past = problem.district.past_terms
    facts = [f"{safe_name(past[-1].id)} → {safe_name(plan.term_id)}" if past else words["no_history"]]
    for kind in SiteKind:
        own = [one for one, site in zip(changes, problem.district.sites, strict=True) if site.kind is kind]
        moved = sum(one.status in {"handed", "replaced"} for one in own)
        facts.append(f"{style.SITE_KIND_WORDS[kind].in_language(language)}: {words['status']} {moved} / {len(own)}")
    return facts
