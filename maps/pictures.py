"""The maps on paper: A4 pictures for Word and print, and an A3 poster, from the same data, classes and colours as the pages.

The data reach typst as JSON, so no name can become markup; the font is the one in ``maps/fonts``, so every computer makes
the same bytes.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import typst

from maps import style
from maps.base_map import BaseMap
from maps.cells import Cell, hexagons
from maps.changes import Change, changes_of
from maps.glyphs import FONT_FOLDER, printable
from maps.heat import limits_of
from maps.picture_ground import PictureGround, courses_of
from maps.picture_layers import Layer, change_layer, coverage_layer, day_layer, density_layer, travel_layer
from maps.svg import document
from maps.words import TITLES, WORDS
from planner.artefacts.files import write_whole
from planner.artefacts.plan import Plan
from planner.artefacts.report import Report
from planner.artefacts.routes import Routes
from planner.facts.district import SiteKind
from planner.facts.problem import Problem
from planner.text import Language, Text

Format = Literal["pdf", "png", "svg"]
FORMATS: Final[tuple[Format, ...]] = ("pdf", "png", "svg")
Geometry = Callable[[str, str], Sequence[tuple[float, float]]]
"""The way from one place id to another as (lon, lat); fewer than two points when it is not known."""

_TEMPLATE: Final = Path(__file__).parent / "templates" / "picture.typ"
_PNG_PIXELS_PER_INCH: Final = 150.0
_A4_MAP_MM: Final = (206.0, 170.0)
_HALF_MAP_MM: Final = (102.0, 163.0)
_POSTER_MAIN_MM: Final = (168.0, 243.0)
_POSTER_SMALL_MM: Final = (76.0, 115.0)

PICTURE_WORDS: Final = {
    "overview": Text("领导干部联系基层总览", "Liaison at a glance"),
    "day_title": Text("联系基层工作日路线", "Routes of the liaison day"),
    "north": Text("北", "N"),
    "figures": Text("主要数字", "Figures"),
    "enterprises": Text("企业", "enterprises"),
    "committees": Text("居委会", "committees"),
    "cadres": Text("参加联系的干部", "cadres taking part"), "workload": Text("每月工作量（小时）", "workload, hours a month"),
    "service": Text("每月走访（小时）", "visits, hours a month"), "mean_travel": Text("平均单程（分钟）", "mean way, minutes"),
    "rules_kept": Text("条规定全部遵守", "rules, all kept"), "rules_broken": Text("处不符合规定", "breaches of rules"),
    "subdistricts": Text("各街道", "Sub-districts"), "points": Text("点", "points"), "hours": Text("时/月", "h"),
    "changed": Text("变动", "changed"), "minutes": Text("分", "min"),
}


@dataclass(frozen=True)
class PrintedMap:
    """A map on paper: its drawing, the names on it, its scale bar and its legend."""

    width_mm: float
    height_mm: float
    svg: str
    names: tuple[tuple[str, float, float], ...]
    bar: dict[str, float]
    legend: tuple[tuple[str, str, str], ...]
    title: str = ""


@dataclass(frozen=True)
class Drawer:
    """Draws the maps of one term at any size."""

    problem: Problem
    plan: Plan
    report: Report
    routes: Routes
    base_map: BaseMap
    geometry: Geometry | None
    language: Language

    def word(self, key: str) -> str:
        """A word in the language of the picture."""
        return (PICTURE_WORDS.get(key) or WORDS[key]).in_language(self.language)

    @cached_property
    def _roads(self) -> Mapping[str, Any]:
        return courses_of(self.base_map)

    @property
    def metro_row(self) -> tuple[str, str, str]:
        """The legend's row of metro lines."""
        return "line", style.METRO, self.word("metro")

    def draw(self, size_mm: tuple[float, float], layer: Callable[[PictureGround], Layer], title: str = "") -> PrintedMap:
        """A map of ``size_mm`` with one layer on it."""
        ground = PictureGround(self.problem.district, self.base_map, self._roads, *size_mm)
        on_it = layer(ground)
        shapes = [*ground.land(), *on_it.below, *ground.roads(), *ground.metro(), *ground.borders(), *on_it.above]
        metro = [self.metro_row] if self.base_map.metro_lines or self.base_map.stations else []
        return PrintedMap(*size_mm, document(*size_mm, shapes),
                          tuple((printable(name), round(x, 2), round(y, 2)) for name, x, y in ground.names(self.problem.district)),
                          ground.bar(), tuple((symbol, colour, printable(words)) for symbol, colour, words in [*on_it.legend, *metro]),
                          title)

    def coverage(self, size_mm: tuple[float, float]) -> PrintedMap:
        """Who holds what."""
        return self.draw(size_mm, lambda ground: coverage_layer(ground, self.problem, self.plan, self.language),
                         TITLES["coverage"].in_language(self.language))

    def need(self, size_mm: tuple[float, float]) -> PrintedMap:
        """Workload asked for."""
        sites = self.problem.district.sites
        return self._density(size_mm, "need", style.NEED_COLOURS, [site.workload_minutes / 60 for site in sites])

    def service(self, size_mm: tuple[float, float]) -> PrintedMap:
        """Visiting hours a month."""
        months = max(1, len(self.problem.term.month_starts()))
        return self._density(size_mm, "service", style.SERVICE_COLOURS,
                             [one.visit_seconds / 3600 / months for one in self.report.sites])

    def _density(self, size_mm: tuple[float, float], key: str, colours: Sequence[str], values: Sequence[float]) -> PrintedMap:
        cells: tuple[Cell, ...] = hexagons(self.problem.district)
        limits = limits_of(self.problem, self.report, cells)[key]
        sums = [sum(values[index] for index in cell.sites) for cell in cells]
        title = self.word(f"m_{key}")
        unit = self.word("u_hours_km2")
        return self.draw(size_mm, lambda ground: density_layer(ground, cells, sums, limits, colours, title, unit), title)

    def travel(self, size_mm: tuple[float, float]) -> PrintedMap:
        """How far the cadres have to go."""
        return self.draw(size_mm, lambda ground: travel_layer(ground, self.problem, self.report, self.language, 0.6),
                         self.word("travel_bands"))

    def changes(self, size_mm: tuple[float, float], radius_mm: float = 0.85) -> PrintedMap:
        """What the rotation does."""
        changes = changes_of(self.problem, self.plan)
        return self.draw(size_mm, lambda ground: change_layer(ground, self.problem, changes, self.language, radius_mm),
                         TITLES["changes"].in_language(self.language))

    def day(self, size_mm: tuple[float, float], day: date) -> PrintedMap:
        """All routes of one day."""
        places = self.problem.district.places()
        routes = []
        for route in self.routes.on(day):
            office_id = self.problem.district.cadre_by_id[route.cadre_id].office_id
            stations = [office_id, *(stop.site_id for stop in route.stops), office_id]
            legs = []
            for origin_id, destination_id in pairwise(stations):
                points = list(self.geometry(origin_id, destination_id)) if self.geometry else []
                legs.append(points if len(points) > 1 else [(places[id_].lon, places[id_].lat) for id_ in (origin_id, destination_id)])
            routes.append((route, legs))
        title = f"{self.word('day_title')} {style.date_words(day, self.language)}"
        return self.draw(size_mm, lambda ground: day_layer(ground, self.problem, routes, self.language), title)


def write_pictures(folder: Path, drawer: Drawer, day: date, formats: Iterable[Format] = FORMATS) -> list[Path]:
    """Write every map as a picture of its own on A4, and the poster on A3; returns the files."""
    sheets = {
        "coverage": lambda: picture(drawer, [drawer.coverage(_A4_MAP_MM)]),
        "need-and-service": lambda: picture(drawer, [drawer.need(_HALF_MAP_MM), drawer.service(_HALF_MAP_MM)], TITLES["heat"]),
        "changes": lambda: picture(drawer, [drawer.changes(_A4_MAP_MM)]),
        "liaison-day": lambda: picture(drawer, [drawer.day(_A4_MAP_MM, day)]),
        "poster": lambda: poster(drawer),
    }
    paths = []
    for name, make in sheets.items():
        data = make()
        for form in formats:
            paths.append(folder / f"{name}.{form}")
            _write(paths[-1], data, form)
    return paths


def picture(drawer: Drawer, maps: Sequence[PrintedMap], title: Text | None = None) -> dict[str, Any]:
    """An A4 sheet with one or two maps."""
    return _sheet(drawer, "a4", title.in_language(drawer.language) if title else maps[0].title, maps)


def poster(drawer: Drawer) -> dict[str, Any]:
    """The overview on A3: coverage, need, service, the rotation, travel, figures and the sub-districts."""
    maps = [drawer.coverage(_POSTER_MAIN_MM), drawer.need(_POSTER_SMALL_MM), drawer.service(_POSTER_SMALL_MM),
            drawer.changes(_POSTER_SMALL_MM, 0.6), drawer.travel(_POSTER_SMALL_MM)]
    return _sheet(drawer, "a3", drawer.word("overview"), maps) | {
        "figures": figures(drawer), "figures_title": drawer.word("figures"), "table": subdistrict_table(drawer)}


def figures(drawer: Drawer) -> list[tuple[str, str]]:
    """The main figures as (number, words); the judge's."""
    sites, report = drawer.problem.district.sites, drawer.report
    ways = [one.travel_seconds for one in report.sites if one.travel_seconds is not None]
    months = max(1, len(drawer.problem.term.month_starts()))
    broken = len(report.violations)
    return [
        (str(sum(site.kind is SiteKind.ENTERPRISE for site in sites)), drawer.word("enterprises")),
        (str(sum(site.kind is SiteKind.COMMITTEE for site in sites)), drawer.word("committees")),
        (str(sum(one.sites > 0 for one in report.cadres)), drawer.word("cadres")),
        (f"{sum(site.workload_minutes for site in sites) / 60:,.0f}", drawer.word("workload")),
        (f"{sum(one.visit_seconds for one in report.sites) / 3600 / months:,.0f}", drawer.word("service")),
        (f"{sum(ways) / max(1, len(ways)) / 60:.0f}", drawer.word("mean_travel")),
        (str(broken), drawer.word("rules_broken")) if report.violations else (str(len(report.rules)), drawer.word("rules_kept")),
    ]


def subdistrict_table(drawer: Drawer) -> list[list[str]]:
    """A row for each sub-district under a header: points, hours of workload, points changed, mean minutes of the way."""
    district = drawer.problem.district
    changes: Sequence[Change] = changes_of(drawer.problem, drawer.plan)
    rows = [[drawer.word("subdistricts"), drawer.word("points"), drawer.word("hours"), drawer.word("changed"), drawer.word("minutes")]]
    for one in district.subdistricts:
        own = [index for index, site in enumerate(district.sites) if site.subdistrict_id == one.id]
        ways = [seconds for index in own if (seconds := drawer.report.sites[index].travel_seconds) is not None]
        rows.append([printable(one.name), str(len(own)), f"{sum(district.sites[index].workload_minutes for index in own) / 60:.0f}",
                     str(sum(changes[index].status in {"handed", "replaced"} for index in own)),
                     f"{sum(ways) / len(ways) / 60:.0f}" if ways else "–"])
    return rows


def _sheet(drawer: Drawer, paper: str, title: str, maps: Sequence[PrintedMap]) -> dict[str, Any]:
    others = [replace(one, legend=tuple(row for row in one.legend if row != drawer.metro_row)) for one in maps[1:]]  # told once a sheet
    return {
        "paper": paper, "title": title, "district": printable(drawer.problem.district.name),
        "term": style.term_words(drawer.problem.term, drawer.language), "internal": drawer.word("internal"),
        "north": drawer.word("north"),
        "attribution": printable(drawer.base_map.attribution), "maps": [asdict(one) for one in [maps[0], *others]],
        "figures": [], "figures_title": "",
        "table": [], "language": drawer.language}


def _write(path: Path, data: dict[str, Any], form: Format) -> None:
    content = typeset(data, form)

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_whole(path, write)


def typeset(data: dict[str, Any], form: Format) -> bytes:
    """Set one sheet: same data, same bytes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    given: dict[str, Any] = {"pdf_tags": False} if form == "pdf" else {"ppi": _PNG_PIXELS_PER_INCH} if form == "png" else {}
    made, faults = typst.compile_with_warnings(_TEMPLATE.read_bytes(), font_paths=_fonts(), ignore_system_fonts=True, format=form,
                                               timestamp=0, sys_inputs={"data": text}, **given)
    for fault in faults:
        warnings.warn(f"{_TEMPLATE.name}: {fault.message}", stacklevel=2)
    return made if isinstance(made, bytes) else made[0]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_FOLDER])
