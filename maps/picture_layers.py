"""What lies on the ground of a printed map: the same points, classes and colours as on the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import shapely

from maps import style
from maps.cells import Cell
from maps.changes import Change
from maps.picture_ground import PictureGround, line, mark
from maps.svg import filled, path, stroke
from maps.words import WORDS
from planner.artefacts.plan import Plan
from planner.artefacts.report import Report
from planner.artefacts.routes import Route
from planner.facts.district import Cadre, Site, UnitKind
from planner.facts.problem import Problem
from planner.text import Language

Symbol = Literal["circle", "square", "diamond", "line", "hollow"]
LegendRow = tuple[str, str, str]
"""Symbol (a ``Symbol``, or empty for a heading), colour, words."""


@dataclass(frozen=True)
class Layer:
    """Shapes below and above the roads, and the legend they need."""

    above: list[str]
    legend: list[LegendRow]
    below: list[str] = field(default_factory=list)


def _word(key: str, language: Language) -> str:
    return WORDS[key].in_language(language)


def shape_rows(problem: Problem, language: Language, *, offices: bool) -> list[LegendRow]:
    """The rows of the legend that tell shapes apart."""
    rows: list[LegendRow] = [("", "", _word("shape", language))]
    rows += [(style.SITE_SHAPES[kind], "#5c6166", text.in_language(language)) for kind, text in style.SITE_KIND_WORDS.items()]
    if offices:
        rows.append((style.OFFICE_SHAPE, "#5c6166", _word("office", language)))
    if any(site.place.estimated for site in problem.district.sites):
        rows.append(("hollow", "#5c6166", _word("estimated_long", language)))
    return rows


def coverage_layer(ground: PictureGround, problem: Problem, plan: Plan, language: Language, radius_mm: float = 0.85) -> Layer:
    """Every point in the colour of its cadre's kind of unit, with a line to his office."""
    district = problem.district
    links, points = [], []
    for pairing in plan.pairings:
        office = district.office_by_id[district.cadre_by_id[pairing.cadre_id].office_id]
        site = district.site_by_id[pairing.site_id]
        links.append(line([ground.at(office.place), ground.at(site.place)], style.UNIT_COLOURS[office.kind], 0.13, 0.3))
    for site in district.sites:
        holders = plan.cadres_of.get(site.id, ())
        colour = (style.UNIT_COLOURS[district.office_by_id[district.cadre_by_id[holders[0]].office_id].kind] if holders
                  else style.UNHELD_COLOUR)
        points.append(_point(ground, site, colour, radius_mm))
    offices = [mark(style.OFFICE_SHAPE, ground.at(one.place), radius_mm, style.UNIT_COLOURS[one.kind]) for one in district.offices]
    legend: list[LegendRow] = [("", "", _word("by_unit_kind", language))]
    legend += [("circle", style.UNIT_COLOURS[kind], text.in_language(language)) for kind, text in style.UNIT_KIND_WORDS.items()]
    if any(site.id not in plan.cadres_of for site in district.sites):
        legend.append(("circle", style.UNHELD_COLOUR, _word("unheld", language)))
    return Layer([*links, *offices, *points], legend + shape_rows(problem, language, offices=True))


def density_layer(ground: PictureGround, cells: Sequence[Cell], values: Sequence[float], limits: Sequence[float],
                  colours: Sequence[str], title: str, unit: str) -> Layer:
    """Cells by class of their density (a value and km² make it)."""
    shapes = [filled(path(ground.shape(cell.shape)), colours[style.class_of(value / cell.square_km, limits)], "#ffffff", 0.12, 0.9)
              for cell, value in zip(cells, values, strict=True)]
    names = [f"< {limits[0]:g}", *(f"{low:g} – {high:g}" for low, high in pairwise(limits)), f"≥ {limits[-1]:g}"]
    return Layer([], [("", "", title), ("", "", unit), *(("square", colour, name) for colour, name in zip(colours, names, strict=True))],
                 shapes)


def travel_layer(ground: PictureGround, problem: Problem, report: Report, language: Language, radius_mm: float = 0.85) -> Layer:
    """Every point by the band of its cadre's way."""
    points = []
    for site, measure in zip(problem.district.sites, report.sites, strict=True):
        colour = style.UNHELD_COLOUR
        if measure.travel_seconds is not None:
            colour = style.BAND_COLOURS[sum(measure.travel_seconds > minutes * 60 for minutes in style.TRAVEL_BANDS_MINUTES)]
        points.append(_point(ground, site, colour, radius_mm))
    minutes = _word("minutes", language)
    names = [*(f"≤ {one} {minutes}" for one in style.TRAVEL_BANDS_MINUTES), f"> {style.TRAVEL_BANDS_MINUTES[-1]} {minutes}"]
    return Layer(points, [("", "", _word("travel_bands", language)),
                          *(("circle", colour, name) for colour, name in zip(style.BAND_COLOURS, names, strict=True))])


def change_layer(ground: PictureGround, problem: Problem, changes: Sequence[Change], language: Language,
                 radius_mm: float = 0.85) -> Layer:
    """Every point by what the rotation does to it, with a line to the new cadre's office where he is new."""
    district = problem.district
    links, points = [], []
    for site, change in zip(district.sites, changes, strict=True):
        colour = style.STATUS_COLOURS[change.status]
        if change.status not in {"kept", "vacant"}:
            for cadre_id in change.after:
                office = district.office_by_id[district.cadre_by_id[cadre_id].office_id]
                links.append(line([ground.at(office.place), ground.at(site.place)], colour, 0.13, 0.4))
        points.append((change.status != "kept", _point(ground, site, colour, radius_mm * (0.8 if change.status == "kept" else 1))))
    counts = {status: sum(one.status == status for one in changes) for status in style.STATUS_COLOURS}
    legend: list[LegendRow] = [("", "", _word("status", language))]
    legend += [("circle", style.STATUS_COLOURS[status], f"{_word(f's_{status}', language)}  {count}")
               for status, count in counts.items() if count]
    ordered = [shape for _, shape in sorted(points, key=lambda one: one[0])]
    return Layer([*links, *ordered], legend + shape_rows(problem, language, offices=False))


def day_layer(ground: PictureGround, problem: Problem, routes: Sequence[tuple[Route, Sequence[Sequence[tuple[float, float]]]]],
              language: Language) -> Layer:
    """The routes of one day, each with its legs as (lon, lat) points."""
    district = problem.district
    ways, points = [], []
    for route, legs in routes:
        colour = style.UNIT_COLOURS[_kind_of(district.cadre_by_id[route.cadre_id], problem)]
        ways += [stroke(path(ground.shape(shapely.LineString(leg))), colour, 0.25, opacity=0.55) for leg in legs]
        points += [_point(ground, district.site_by_id[stop.site_id], colour, 0.85) for stop in route.stops]
    legend: list[LegendRow] = [("", "", _word("by_unit_kind", language))]
    legend += [("line", style.UNIT_COLOURS[kind], text.in_language(language)) for kind, text in style.UNIT_KIND_WORDS.items()]
    return Layer([*ways, *points], legend + shape_rows(problem, language, offices=False))


def _kind_of(cadre: Cadre, problem: Problem) -> UnitKind:
    return problem.district.office_by_id[cadre.office_id].kind


def _point(ground: PictureGround, site: Site, colour: str, radius_mm: float) -> str:
    return mark(style.SITE_SHAPES[site.kind], ground.at(site.place), radius_mm * (1.25 if site.is_key else 1), colour,
                hollow=site.place.estimated)
