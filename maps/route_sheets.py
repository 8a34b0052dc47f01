"""路线单: one A4 sheet for every cadre's route of a liaison day, as PDF.

The data reach typst as JSON, so no name can become markup; the font is the one in ``maps/fonts``, so every computer
prints the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import segno

from maps.glyphs import FONT_FAMILY, missing_glyphs, printable
from maps.papers.pdf import typeset
from maps.plan_words import KINDS, RANKS, TRAVEL_MODES, cadre_title, minutes, plan_digest
from maps.route_picture import Leg, LonLat, RoutePainter
from maps.style import date_words, term_words
from planner.artefacts.files import write_whole
from planner.artefacts.plan import Plan
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.visit_calendar import LiaisonDay, VisitCalendar
from planner.facts.district import Cadre, District, Place, TravelMode
from planner.facts.problem import Problem
from planner.facts.term import DayState
from planner.text import Language, Text, clock

if TYPE_CHECKING:
    from maps.base_map import BaseMap  # it draws with folium, which paper does not need

Geometry = Callable[[str, str], Sequence[LonLat]]
"""The way from one place id to another as (lon, lat); fewer than two points when it is not known."""
Link = Callable[[Place, Place, str], str]
"""What a QR code opens, from the office's place and the first stop's."""
Directions = Callable[[str, str], Sequence[tuple[str, int, int]]]
"""The streets from one place id to another: (street name, metres, seconds), in order."""
OwnWays = Mapping[TravelMode, tuple[Geometry | None, Directions | None]]
"""Ways by the means of travel that single cadres have of their own."""

_PICTURE_WIDTH_MM: Final = 165.0
_PICTURE_HEIGHTS_MM: Final = (88.0, 88.0, 88.0, 88.0, 74.0, 58.0)
"""Height of the map by number of stops (the last for all beyond), so that the day's caseload fits one page."""
_STREET_SECONDS: Final = 30
_MAX_STREETS: Final = 9

_WORDS: Final = {
    "title": Text("领导干部联系基层走访路线单", "Liaison visits: route sheet"),
    "internal": Text("内部使用", "Internal use only"),
    "liaison_day": Text("联系基层工作日", "Liaison day"),
    "term": Text("任期", "Term"),
    "cadre": Text("联系领导", "Cadre"),
    "unit": Text("单位", "Unit"),
    "rank": Text("职级", "Rank"),
    "leaves": Text("出发", "Leave"),
    "returns": Text("返回", "Return"),
    "day_total": Text("全天", "The day"),
    "number": Text("序号", "No."),
    "time": Text("走访时间", "Visit"),
    "site": Text("走访对象", "Site"),
    "travel": Text("路程", "Travel"),
    "minutes": Text("分钟", "min"),
    "via": Text("途经：", "Via "),
    "arrives": Text("到达", "arrive"),
    "estimated": Text("位置估计", "position estimated"),
    "notes": Text("诉求与待办", "Requests and actions"),
    "qr": Text("第1站位置", "First stop"),
    "north": Text("北", "N"),
    "start_mark": Text("起", "S"),
    "return_mark": Text("返", "R"),
    "scale": Text("比例尺", "Scale"),
    "straight": Text("虚线段为直线示意，非实际道路", "dashed legs are straight lines, not roads"),
    "return_leg": Text("细虚线为返程", "thin dashes: the way back"),
    "comma": Text("；", "; "),
    "lunch": Text("午休", "Lunch"),
    "open_problems": Text("未结问题", "Open problems"),
    "phone": Text("电话", "Telephone"),
    "plan": Text("方案摘要", "Plan"),
    "page": Text("第 {page} 页 共 {pages} 页", "Page {page} of {pages}"),
}
_MOVED: Final = Text("按规则应为{nominal}，因{reason}调整至本日。", "By the rule {nominal}; moved because of {reason}.")
_MOVED_WITHOUT_REASON: Final = Text("按规则应为{nominal}，已调整至本日。", "By the rule {nominal}; moved to this day.")
_STATES: Final = {
    DayState.PUBLISHED: None,
    DayState.PROJECTED: Text("{year}年节假日安排尚未公布，本日期为推算，公布后请核对。",
                             "The holidays of {year} are not yet published: this date is projected (推算)."),
    DayState.UNKNOWN: Text("{year}年节假日安排未知，本日期未经核对。",
                           "The holidays of {year} are not known: this date is unchecked."),
}
_TOTAL: Final = Text("走访 {stops} 处，路程合计 {travel} 分钟", "{stops} visits, {travel} minutes of travel")
_UNNAMED: Final = Text("无名道路", "unnamed road")
_NO_ROAD: Final = ("≈", Text("无道路，直线估算", "no road: straight line"))
"""Name of a stretch in a straight line, and how it is printed."""
_WITHOUT_GLYPH: Final = Text("{id}的名称或地址含有打印字体没有的字，路线单上以代码代替：{codes}",
                             "{id}: the printing font lacks characters of its name or address, printed as {codes}")


def write_route_sheets(path: Path, problem: Problem, plan: Plan, calendar: VisitCalendar, routes: Routes, *, day: date,
                       base_map: BaseMap | None, geometry: Geometry | None, language: Language = "zh",
                       directions: Directions | None = None, phones: Mapping[str, str] | None = None,
                       link: Link | None = None, own_ways: OwnWays | None = None) -> int:
    """Write the sheets of every route of ``day``, by cadre, into one PDF; return how many.

    Nothing is written when nobody has a route on that day. A sheet takes one page, a long one several.

    Raises
    ------
    ValueError
        When ``day`` is not a liaison day of ``calendar``.
    MissingFontError
        When the font is not found.
    """
    writer = SheetWriter(problem, base_map, geometry, language, directions, phones, link, own_ways)
    return _write(path, plan, _liaison_day(calendar, day), routes.on(day), writer)


def write_route_sheet(path: Path, problem: Problem, plan: Plan, calendar: VisitCalendar, routes: Routes, *, day: date,
                      cadre_id: str, base_map: BaseMap | None, geometry: Geometry | None, language: Language = "zh",
                      directions: Directions | None = None, phones: Mapping[str, str] | None = None,
                      link: Link | None = None, own_ways: OwnWays | None = None) -> int:
    """Write the sheet of one cadre; return 1, or 0 (and write nothing) when he has no route on ``day``.

    Raises as ``write_route_sheets`` does.
    """
    own = tuple(route for route in routes.on(day) if route.cadre_id == cadre_id)
    writer = SheetWriter(problem, base_map, geometry, language, directions, phones, link, own_ways)
    return _write(path, plan, _liaison_day(calendar, day), own, writer)


def unprintable_names(district: District) -> tuple[Text, ...]:
    """A sentence for every office, cadre and site with a character that the font lacks (生僻字, private use)."""
    texts: list[tuple[str, tuple[str, ...]]] = [
        *((subdistrict.id, (subdistrict.name,)) for subdistrict in district.subdistricts),
        *((office.id, (office.name,)) for office in district.offices),
        *((cadre.id, (cadre.name,)) for cadre in district.cadres),
        *((site.id, (site.name, site.address)) for site in district.sites),
    ]
    faults = []
    for id_, parts in texts:
        missing = missing_glyphs(parts)
        if missing:
            codes = "、".join(f"〔U+{ord(character):04X}〕" for character in sorted(missing))
            faults.append(Text(*(_WITHOUT_GLYPH.in_language(one).format(id=id_, codes=codes) for one in ("zh", "en"))))
    return tuple(faults)


def _liaison_day(calendar: VisitCalendar, day: date) -> LiaisonDay:
    for liaison_day in calendar.liaison_days:
        if liaison_day.day == day:
            return liaison_day
    raise ValueError(f"{day} 不是本任期的联系基层工作日 / is not a liaison day of this term")


def _write(path: Path, plan: Plan, liaison_day: LiaisonDay, routes: Sequence[Route], writer: SheetWriter) -> int:
    if not routes:
        return 0
    sheets = [writer.sheet(route) for route in sorted(routes, key=lambda route: route.cadre_id)]
    pdf = typeset("route_sheet.typ", {**writer.frame(liaison_day), "digest": plan_digest(plan)[:12], "sheets": sheets})
    write_whole(path, lambda temporary: _write_bytes(temporary, pdf))
    return len(sheets)


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _remarks(liaison_day: LiaisonDay, language: Language) -> Iterator[str]:
    """Why the day is not the one of the rule, and how sure its year's holidays are."""
    if liaison_day.day != liaison_day.nominal:
        moved = _MOVED if liaison_day.reason else _MOVED_WITHOUT_REASON
        nominal = date_words(liaison_day.nominal, language)
        yield moved.in_language(language).format(nominal=nominal, reason=liaison_day.reason)
    state = _STATES[liaison_day.state]
    if state is not None:
        yield state.in_language(language).format(year=liaison_day.day.year)


class SheetWriter:
    """Turns routes into the plain values that the template sets.

    ``phones`` are numbers by site id, as many as the reader may see; ``link`` turns office and first stop into what the QR code
    opens, a ``geo:`` link of the first stop where None.
    """

    def __init__(self, problem: Problem, base_map: BaseMap | None, geometry: Geometry | None, language: Language,
                 directions: Directions | None, phones: Mapping[str, str] | None = None, link: Link | None = None,
                 own_ways: OwnWays | None = None) -> None:
        self._phones, self._link, self._problem, self._own_ways = phones or {}, link or geo_link, problem, own_ways or {}
        self._district, self._term, self._base_map = problem.district, problem.term, base_map
        self._geometry, self._directions, self._language = geometry, directions, language
        self._place_of = self._district.places()
        middle = next(iter(self._place_of.values()))
        self._painter = RoutePainter(base_map, (middle.lon, middle.lat))

    def frame(self, liaison_day: LiaisonDay) -> dict[str, Any]:
        """What all sheets of a day share: words, district, term, day."""
        language = self._language
        words = {key: text.in_language(language) for key, text in _WORDS.items()}
        return {
            "language": language,
            "words": words,
            "family": FONT_FAMILY,
            "district": printable(self._district.name),
            "term": term_words(self._term, language),
            "day": date_words(liaison_day.day, language),
            "remarks": [printable(remark) for remark in _remarks(liaison_day, language)],
            "attribution": printable(self._base_map.attribution) if self._base_map else "",
            "document_title": f"{words['title']} {liaison_day.day.isoformat()}",
        }

    def sheet(self, route: Route) -> dict[str, Any]:
        """One sheet: its head, its stops, its map, its code; by the cadre's own means of travel."""
        cadre = self._district.cadre_by_id[route.cadre_id]
        if self._problem.mode_of(cadre) not in self._own_ways:
            return self._sheet(route, cadre)
        geometry, directions = self._own_ways[self._problem.mode_of(cadre)]
        return SheetWriter(self._problem, self._base_map, geometry, self._language, directions, self._phones, self._link).sheet(route)

    def _sheet(self, route: Route, cadre: Cadre) -> dict[str, Any]:
        office = self._district.office_of(cadre)
        stops = list(self._stops(route, cadre))
        back = route.returns_seconds - _leaves(route, len(route.stops))
        last = route.stops[-1].site_id if route.stops else office.id
        travel = sum(one["travel_seconds"] for one in stops) + back
        total = _TOTAL.in_language(self._language).format(stops=len(stops), travel=minutes(travel))
        if cadre.travel_mode is not None:
            mode = TRAVEL_MODES[cadre.travel_mode].in_language(self._language)
            total += f"（{mode}）" if self._language == "zh" else f" ({mode})"
        return {
            "cadre": printable(cadre_title(cadre)),
            "unit": printable(office.name),
            "rank": RANKS[cadre.rank].in_language(self._language),
            "leaves": clock(route.leaves_seconds),
            "returns": clock(route.returns_seconds),
            "total": total,
            "stops": stops,
            "back_minutes": minutes(back),
            "back_streets": self._streets(last, office.id),
            "picture": self._picture(route, cadre),
            "code": self._code(route, cadre),
            "lunch": None if route.lunch is None else {
                "after": route.lunch.after_stops, "starts": clock(route.lunch.starts_seconds), "ends": clock(route.lunch.ends_seconds)},
        }

    def _stops(self, route: Route, cadre: Cadre) -> Iterator[dict[str, Any]]:
        place_id, left = cadre.office_id, route.leaves_seconds
        for number, stop in enumerate(route.stops, start=1):
            yield self._stop(stop, place_id, stop.arrives_seconds - left)
            place_id, left = stop.site_id, _leaves(route, number)

    def _stop(self, stop: Stop, previous_id: str, travel_seconds: int) -> dict[str, Any]:
        site = self._district.site_by_id[stop.site_id]
        waits = minutes(stop.starts_seconds) > minutes(stop.arrives_seconds)
        return {
            "starts": clock(stop.starts_seconds),
            "ends": clock(stop.ends_seconds),
            "arrives": clock(stop.arrives_seconds) if waits else "",
            "name": printable(site.name),
            "id": printable(site.id) if site.id != site.name else "",
            "kind": KINDS[site.kind].in_language(self._language),
            "subdistrict": printable(self._district.subdistrict_by_id[site.subdistrict_id].name),
            "address": printable(site.address) or "—",
            "estimated": site.place.estimated,
            "travel_seconds": travel_seconds,
            "travel_minutes": minutes(travel_seconds),
            "streets": self._streets(previous_id, stop.site_id),
            "phone": printable(self._phones.get(stop.site_id, "")),
            "open_problems": site.open_problems,
        }

    def _streets(self, origin_id: str, destination_id: str) -> list[dict[str, Any]]:
        """Streets of a leg with minutes; the shortest pieces carry none, and the least are left out of a long list."""
        if self._directions is None:
            return []
        streets = _merged(self._directions(origin_id, destination_id))
        if len(streets) > _MAX_STREETS:
            kept = sorted(range(len(streets)), key=lambda index: (-streets[index][2], index))[:_MAX_STREETS]
            streets = [streets[index] for index in sorted(kept)]
        special = {"": _UNNAMED.in_language(self._language), _NO_ROAD[0]: _NO_ROAD[1].in_language(self._language)}
        return [{"name": special.get(name) or printable(name), "minutes": minutes(seconds) if seconds >= _STREET_SECONDS else 0}
                for name, _, seconds in streets]

    def _picture(self, route: Route, cadre: Cadre) -> dict[str, Any]:
        ids = [cadre.office_id, *(stop.site_id for stop in route.stops), cadre.office_id]
        legs = [self._leg(origin, destination, index == len(ids) - 2)
                for index, (origin, destination) in enumerate(pairwise(ids))]
        height_mm = _PICTURE_HEIGHTS_MM[min(len(route.stops), len(_PICTURE_HEIGHTS_MM) - 1)]
        places = [self._place_of[id_] for id_ in ids]
        picture = self._painter.paint(places[0], places[1:-1], legs, _PICTURE_WIDTH_MM, height_mm).to_json()
        for name in picture["names"]:
            name["name"] = printable(name["name"])
        return picture

    def _leg(self, origin_id: str, destination_id: str, is_return: bool) -> Leg:
        origin, destination = self._place_of[origin_id], self._place_of[destination_id]
        points = tuple(self._geometry(origin_id, destination_id)) if self._geometry else ()
        if len(points) < 2:
            return Leg(((origin.lon, origin.lat), (destination.lon, destination.lat)), True, is_return)
        return Leg(((origin.lon, origin.lat), *points, (destination.lon, destination.lat)), False, is_return)

    def _code(self, route: Route, cadre: Cadre) -> str:
        """A QR code with the way to the first stop, without any name; empty for a day without stops."""
        if not route.stops:
            return ""
        mode = str(self._problem.mode_of(cadre))
        return _qr_code(self._link(self._place_of[cadre.office_id], self._place_of[route.stops[0].site_id], mode))


def _leaves(route: Route, place: int) -> int:
    """When the cadre leaves his office (place 0) or a stop: at once, or after lunch there."""
    if route.lunch is not None and route.lunch.after_stops == place:
        return route.lunch.ends_seconds
    return route.stops[place - 1].ends_seconds if place else route.leaves_seconds


def geo_link(office: Place, place: Place, mode: str = "") -> str:
    """The first stop as a ``geo:`` link (RFC 5870, WGS-84)."""
    del office, mode
    return f"geo:{place.lat:.6f},{place.lon:.6f}"


def _qr_code(link: str) -> str:
    """A link as an SVG of a QR code."""
    buffer = io.BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(buffer, kind="svg", border=0, xmldecl=False, nl=False)
    return buffer.getvalue().decode()


def _merged(streets: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Neighbouring pieces of the same street become one."""
    merged: list[tuple[str, int, int]] = []
    for name, metres, seconds in streets:
        if merged and merged[-1][0] == name:
            merged[-1] = (name, merged[-1][1] + metres, merged[-1][2] + seconds)
        else:
            merged.append((name, metres, seconds))
    return merged
