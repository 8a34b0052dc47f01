"""均衡与规则报告 (report.html): is it fair, by which rules, and what would move. One page without a script.

Cadres stand by their code, and only where the question is who carries most; nobody is ranked. Every number is the
judge's; text goes through Jinja's escaping, and nothing on the page can run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from maps import style
from maps.offline import HTML_LANGUAGE, POLICY, safe_name
from maps.report_words import REPORT_WORDS
from maps.templating import environment, read_template
from maps.words import TITLES
from planner.artefacts.files import write_whole
from planner.artefacts.plan import Plan
from planner.artefacts.report import Relief, Report
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.text import Language

LOAD_STEPS: Final = (500, 700, 800, 900, 1000, 1100, 1200, 1300, 1500)
"""Limits of the load histogram, in tenths of a per cent of the fair share."""
LONGEST_DAYS: Final = 5

_MOST_VIOLATIONS: Final = 60


@dataclass(frozen=True, slots=True)
class Strip:
    """A distribution: least, quarter, median, three quarters and most of ``count`` numbers; ``name`` of the group."""

    name: str
    count: int
    least: float
    quarter: float
    median: float
    three_quarters: float
    most: float

    @classmethod
    def of(cls, name: str, values: Sequence[float]) -> Strip:
        """The quartiles by linear interpolation."""
        least, quarter, median, three, most = (float(one) for one in np.percentile(values, [0, 25, 50, 75, 100]))
        return cls(name, len(values), least, quarter, median, three, most)


def write_report(path: Path, problem: Problem, plan: Plan, report: Report, language: Language = "zh", digest: str = "") -> None:
    """Write report.html: one file that needs no network and no script; the same input gives the same bytes."""
    html = environment().get_template("report.html").render(**report_data(problem, plan, report, language, digest))

    def write(temporary: Path) -> None:
        temporary.write_text(html, encoding="utf-8", newline="\n")

    write_whole(path, write)


def report_data(problem: Problem, plan: Plan, report: Report, language: Language, digest: str = "") -> dict[str, Any]:
    """All that stands on the page."""
    words = {key: text.in_language(language) for key, text in REPORT_WORDS.items()}
    relieved = [_relief(one, report, problem, words, language) for one in report.reliefs]
    days = sorted((one for one in report.cadres if one.day_travel_seconds), key=lambda one: (-(one.day_travel_seconds or 0), one.cadre_id))
    violations = [safe_name(text.in_language(language)) for _, text in report.violations]
    return {
        "words": SimpleNamespace(**words), "policy": POLICY, "language": HTML_LANGUAGE[language],
        "style_sheet": read_template("report.css"), "title": TITLES["report"].in_language(language),
        "district": safe_name(problem.district.name),
        "term": style.term_words(problem.term, language), "valid": not report.violations,
        "goals": [{"title": one.title.in_language(language), "unit": one.unit.in_language(language), "value": one.value,
                   "bound": one.bound, "gap": None if one.gap is None else f"{100 * one.gap:.1f}%"} for one in report.goals],
        "loads": load_strips(problem, plan, report, language), "travels": travel_strips(problem, report, language),
        "load_histogram": load_histogram(report), "matrix": matrix(problem, report),
        "reliefs": relieved, "load_axis": _axis([one for _, rows in load_strips(problem, plan, report, language) for one in rows], 25),
        "travel_axis": _axis([one for _, rows in travel_strips(problem, report, language) for one in rows], 5),
        "longest": [{"id": safe_name(one.cadre_id), "minutes": round((one.day_travel_seconds or 0) / 60), "points": one.sites}
                    for one in days[:LONGEST_DAYS]],
        "rules": [{"title": one.title.in_language(language), "clause": one.clause.in_language(language),
                   "setting": one.setting.in_language(language), "violations": one.violations} for one in report.rules],
        "violations": violations[:_MOST_VIOLATIONS],
        "violations_more": words["and_more"].format(count=len(violations) - _MOST_VIOLATIONS) if len(violations) > _MOST_VIOLATIONS else "",
        "provenance": words["provenance"].format(seed=plan.provenance.seed, digest=digest[:16] or "–"),
        "unit_colours": {str(kind): colour for kind, colour in style.UNIT_COLOURS.items()},
        "service_colours": style.SERVICE_COLOURS,
    }


def load_strips(problem: Problem, plan: Plan, report: Report, language: Language) -> list[tuple[str, list[Strip]]]:
    """Loads in per cent of the fair share, of everybody, by kind of unit, by sub-district held, and by unit."""
    district = problem.district
    loads = {one.cadre_id: one.load_permille / 10 for one in report.cadres if one.load_permille is not None}
    unit_of = {cadre.id: district.office_by_id[cadre.office_id] for cadre in district.cadres}
    holding: dict[str, set[str]] = defaultdict(set)
    for pairing in plan.pairings:
        holding[district.site_by_id[pairing.site_id].subdistrict_id].add(pairing.cadre_id)
    by_kind = [(style.UNIT_KIND_WORDS[kind].in_language(language), [loads[id_] for id_ in loads if unit_of[id_].kind is kind])
               for kind in style.UNIT_KIND_WORDS]
    by_subdistrict = [(one.name, [loads[id_] for id_ in sorted(holding[one.id]) if id_ in loads]) for one in district.subdistricts]
    by_unit = [(one.name, [loads[id_] for id_ in loads if unit_of[id_].id == one.id]) for one in district.offices]
    return _grouped(language, [("all", [("all", [*loads.values()])]), ("by_unit_kind", by_kind), ("by_subdistrict", by_subdistrict),
                               ("by_unit", by_unit)])


def travel_strips(problem: Problem, report: Report, language: Language) -> list[tuple[str, list[Strip]]]:
    """One-way travel in minutes, of all points, by kind of point, by sub-district, and by unit of the cadre."""
    district = problem.district
    minutes = {one.site_id: one.travel_seconds / 60 for one in report.sites if one.travel_seconds is not None}
    sites = [site for site in district.sites if site.id in minutes]
    unit_of = {one.site_id: district.cadre_by_id[one.cadre_ids[0]].office_id for one in report.sites if one.cadre_ids}
    by_kind = [(text.in_language(language), [minutes[site.id] for site in sites if site.kind is kind])
               for kind, text in style.SITE_KIND_WORDS.items()]
    by_subdistrict = [(one.name, [minutes[site.id] for site in sites if site.subdistrict_id == one.id]) for one in district.subdistricts]
    by_unit = [(one.name, [minutes[site.id] for site in sites if unit_of.get(site.id) == one.id]) for one in district.offices]
    return _grouped(language, [("all", [("all", [*minutes.values()])]), ("by_site_kind", by_kind), ("by_subdistrict", by_subdistrict),
                               ("by_unit", by_unit)])


def _grouped(language: Language, groups: Iterable[tuple[str, Sequence[tuple[str, list[float]]]]]) -> list[tuple[str, list[Strip]]]:
    return [(REPORT_WORDS[key].in_language(language),
             [Strip.of(REPORT_WORDS["all"].in_language(language) if name == "all" else safe_name(name), values)
              for name, values in rows if values])
            for key, rows in groups]


def load_histogram(report: Report) -> list[dict[str, Any]]:
    """How many cadres carry how much of their fair share."""
    counts = [0] * (len(LOAD_STEPS) + 1)
    for one in report.cadres:
        if one.load_permille is not None:
            counts[style.class_of(one.load_permille, LOAD_STEPS)] += 1
    names = [f"< {LOAD_STEPS[0] // 10}", *(f"{low // 10}–{high // 10}" for low, high in pairwise(LOAD_STEPS)),
             f"≥ {LOAD_STEPS[-1] // 10}"]
    most = max(1, *counts)
    return [{"name": name, "count": count, "share": count / most} for name, count in zip(names, counts, strict=True)]


def matrix(problem: Problem, report: Report) -> dict[str, Any]:
    """条块联系表: units by sub-districts."""
    district = problem.district
    shares = {(one.office_id, one.subdistrict_id): one for one in report.unit_shares}
    rows = []
    for office in district.offices:
        own = [shares.get((office.id, one.id)) for one in district.subdistricts]
        if any(own):
            cells = [{"sites": one.sites, "limit": one.limit, "shade": min(5, 5 * one.sites // one.limit)} if one else None for one in own]
            rows.append({"name": safe_name(office.name), "kind": str(office.kind), "cells": cells,
                         "total": sum(one.sites for one in own if one)})
    totals = [sum(row["cells"][index]["sites"] for row in rows if row["cells"][index]) for index in range(len(district.subdistricts))]
    return {"columns": [safe_name(one.name) for one in district.subdistricts], "rows": rows, "totals": totals, "total": sum(totals)}


def _axis(strips: Sequence[Strip], step: int) -> dict[str, Any]:
    """The common scale of some strips, from 0 to a multiple of ``step`` above the greatest."""
    most = max((one.most for one in strips), default=step)
    top = step * (int(most // step) + 1)
    return {"top": top, "ticks": [*range(0, top + 1, step * max(1, round(top / step / 8)))]}


def _relief(one: Relief, report: Report, problem: Problem, words: Mapping[str, str], language: Language) -> dict[str, Any]:
    titles = {goal.id: goal for goal in report.goals}
    told = {"id": safe_name(one.cadre_id), "load": f"{one.load_permille / 10:.1f}%", "tried": one.tried, "after": []}
    if not one.given:
        return told | {"change": words["nothing"].format(tried=one.tried), "goals": []}
    given = {pairing.site_id: pairing.cadre_id for pairing in one.given}
    moved = next(pairing for pairing in one.taken if pairing.cadre_id == one.cadre_id)
    back: Pairing | None = next((pairing for pairing in one.taken if pairing.cadre_id != one.cadre_id), None)
    change = words["swap" if back else "move"].format(
        site=_named(moved.site_id, problem), giver=safe_name(one.cadre_id), taker=safe_name(given[moved.site_id]),
        back=_named(back.site_id, problem) if back else "")
    goals = [f"{line.title.in_language(language)} {goal.before} → {goal.after} {line.unit.in_language(language)}"
             for goal in one.goals if goal.before != goal.after for line in [titles[goal.goal_id]]]
    after = [f"{safe_name(cadre_id)} {load / 10:.1f}%" for cadre_id, load in (one.load_after or {}).items()]
    return told | {"change": change, "goals": goals or [words["unchanged"]], "after": after}


def _named(site_id: str, problem: Problem) -> str:
    return f"{safe_name(problem.district.site_by_id[site_id].name)}（{safe_name(site_id)}）"
