"""需求与服务热力图: need and service by area, in fixed metres and with a legend that neither zoom nor filter changes."""

from __future__ import annotations

from typing import Any

import folium

from maps import style
from maps.base_map import BaseMap
from maps.cells import Cell, committee_cells, hexagons, subdistrict_cells
from maps.map_page import PeopleAndPlaces, map_page
from maps.offline import safe_name
from maps.words import WORDS
from planner.artefacts.report import Report
from planner.facts.district import SiteKind
from planner.facts.problem import Problem
from planner.text import Language


def heat_map(problem: Problem, report: Report, base_map: BaseMap, language: Language = "zh") -> folium.Map:
    """Workload asked for, visits paid, people and enterprises for each hour of a cadre, and travel, by area.

    Needs a report with a calendar; without one the service is nothing. The page sums up what the judge measured of
    every site; areas are hexagons, sub-districts, and approximate areas of committees.
    """
    data = PeopleAndPlaces(problem.district, report).data()
    for row, site in zip(data["sites"], problem.district.sites, strict=True):
        row["residents"] = site.residents
    data["months"] = len(problem.term.month_starts())
    cells = {"hexagon": hexagons(problem.district), "subdistrict": subdistrict_cells(problem.district, base_map),
             "committee": committee_cells(problem.district, base_map)}
    data["cells"] = {kind: [_cell_row(cell, problem) for cell in made] for kind, made in cells.items()}
    data["limits"] = limits_of(problem, report, cells["hexagon"])
    data["colours"] = {"need": style.NEED_COLOURS, "service": style.SERVICE_COLOURS, "ratio": style.RATIO_COLOURS,
                       "bands": style.BAND_COLOURS}
    data["ratioLimits"], data["bandMinutes"] = style.RATIO_LIMITS, style.TRAVEL_BANDS_MINUTES
    data["thinPercent"], data["crowdedPercent"] = style.THIN_PERCENT, style.CROWDED_PERCENT
    return map_page(problem.district, base_map, language, name="heat", facts=_facts(problem, report, language), data=data)


def limits_of(problem: Problem, report: Report, cells: tuple[Cell, ...]) -> dict[str, tuple[float, ...]]:
    """Class limits of the densities, around the mean of the hexagons that hold a site; need and service share theirs."""
    months = max(1, len(problem.term.month_starts()))
    square_km = sum(cell.square_km for cell in cells) or 1.0
    hours = sum(site.workload_minutes for site in problem.district.sites) / 60
    served = sum(one.visit_seconds for one in report.sites) / 3600 / months
    visits = sum(one.visits for one in report.sites) / months
    return {"need": style.density_limits(hours / square_km), "service": style.density_limits(served / square_km),
            "visits": style.density_limits(visits / square_km)}


def _cell_row(cell: Cell, problem: Problem) -> dict[str, Any]:
    name = safe_name(cell.name)
    if not name and cell.sites:
        sites = [problem.district.sites[index] for index in cell.sites]
        named = min(sites, key=lambda one: (one.kind is not SiteKind.COMMITTEE, -one.workload_minutes, one.id))
        name = safe_name(named.name)
    return {"name": name, "rings": cell.rings(), "sites": cell.sites, "km2": round(cell.square_km, 4)}


def _facts(problem: Problem, report: Report, language: Language) -> list[str]:
    term = style.term_words(problem.term, language)
    months = max(1, len(problem.term.month_starts()))
    need = sum(site.workload_minutes for site in problem.district.sites) / 60
    service = sum(one.visit_seconds for one in report.sites) / 3600 / months
    missed = sum(one.missed for one in report.sites)
    words = {key: WORDS[key].in_language(language) for key in ("need", "service", "hours_a_month", "missed")}
    return [term, f"{words['need']} {need:,.0f} {words['hours_a_month']}",
            f"{words['service']} {service:,.0f} {words['hours_a_month']}", f"{words['missed']} {missed}"]
