"""走访日地图: who goes where on each liaison day of the term, along which way and at what time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import folium
import shapely
from shapely.geometry import LineString

from maps import style
from maps.base_map import SIMPLIFY_DEGREES, BaseMap
from maps.map_page import PeopleAndPlaces, map_page
from maps.offline import safe_name
from planner.artefacts.plan import Plan
from planner.artefacts.routes import Route, Routes
from planner.artefacts.visit_calendar import LiaisonDay, VisitCalendar
from planner.facts.district import District
from planner.facts.problem import Problem
from planner.text import Language

Geometry = Callable[[str, str], Sequence[tuple[float, float]]]
"""(lon, lat) WGS-84 points of the way from one place id to another, both ends included."""


def day_map(problem: Problem, plan: Plan, calendar: VisitCalendar, routes: Routes, base_map: BaseMap,
            geometry: Geometry | None, language: Language = "zh") -> folium.Map:
    """All routes of the term behind a date slider; a chosen cadre's stops are numbered and timed.

    ``geometry`` gives the way between two places (office or site ids); without it, or where it gives fewer than two
    points, the way is a straight line. Each distinct leg is asked for and stored once.

    Raises
    ------
    KeyError
        When the routes name a cadre, a site or a day that the problem or the calendar does not have.
    """
    people_and_places = PeopleAndPlaces(problem.district)
    legs = _Legs(problem.district, geometry)
    day_index = {one.day: index for index, one in enumerate(calendar.liaison_days)}
    missed = Counter(one.day for one in calendar.missed)
    stood_in = Counter(one.day for one in calendar.missed if one.stand_in_id)
    office_index = {one.id: index for index, one in enumerate(problem.district.offices)}
    data = people_and_places.data()
    data["routes"] = [_route_row(route, problem.district, people_and_places, legs, day_index)
                      for route in routes.routes]
    data["legs"] = legs.encoded
    data["days"] = [_day_row(one, missed[one.day], language) | {
        "stoodIn": stood_in[one.day], "conferences": _conferences(problem.district, one.day, office_index)}
        for one in calendar.liaison_days]
    data["mostHosted"] = problem.policy.max_hosted_visits
    data["straight"] = geometry is None
    return map_page(problem.district, base_map, language, name="visit_days",
                    facts=_facts(problem, plan, calendar, language), data=data)


def encode_polyline(points: Iterable[tuple[float, float]]) -> str:
    """(lon, lat) points as an encoded polyline: 5 decimals, latitude first, about four characters a point."""
    characters: list[str] = []
    last = (0, 0)
    for lon, lat in points:
        here = (round(lat * 100_000), round(lon * 100_000))
        for now, before in zip(here, last, strict=True):
            value = (now - before) << 1
            if now < before:
                value = ~value
            while value >= 0x20:
                characters.append(chr((value & 0x1F | 0x20) + 63))
                value >>= 5
            characters.append(chr(value + 63))
        last = here
    return "".join(characters)


class _Legs:
    """The distinct ways between places, each found, simplified and encoded once; ``encoded`` in order of first use."""

    def __init__(self, district: District, geometry: Geometry | None) -> None:
        self._places = district.places()
        self._geometry = geometry
        self._index: dict[tuple[str, str], int] = {}
        self.encoded: list[str] = []

    def index(self, origin_id: str, destination_id: str) -> int:
        """The number of the way from one place to another."""
        key = (origin_id, destination_id)
        if key not in self._index:
            self._index[key] = len(self.encoded)
            self.encoded.append(encode_polyline(self._points(origin_id, destination_id)))
        return self._index[key]

    def _points(self, origin_id: str, destination_id: str) -> list[tuple[float, float]]:
        points = list(self._geometry(origin_id, destination_id)) if self._geometry is not None else []
        if len(points) < 2:
            ends = (self._places[origin_id], self._places[destination_id])
            return [(place.lon, place.lat) for place in ends]
        return [(lon, lat) for lon, lat in shapely.simplify(LineString(points), SIMPLIFY_DEGREES).coords]


def _route_row(route: Route, district: District, people_and_places: PeopleAndPlaces, legs: _Legs,
               day_index: Mapping[date, int]) -> dict[str, Any]:
    """A route as page data: cadre, days, legs and sites by index, times in seconds after midnight."""
    office_id = district.cadre_by_id[route.cadre_id].office_id
    path = [office_id, *(stop.site_id for stop in route.stops), office_id]
    return {
        "cadre": people_and_places.cadre_index[route.cadre_id],
        "days": [day_index[day] for day in route.days],
        "leaves": route.leaves_seconds,
        "returns": route.returns_seconds,
        "stops": [[people_and_places.site_index[stop.site_id], stop.starts_seconds, stop.ends_seconds]
                  for stop in route.stops],
        "lunch": [route.lunch.after_stops, route.lunch.starts_seconds, route.lunch.ends_seconds] if route.lunch else None,
        "legs": [legs.index(origin_id, destination_id) for origin_id, destination_id in pairwise(path)],
    }


def _day_row(liaison_day: LiaisonDay, missed: int, language: Language) -> dict[str, Any]:
    """A liaison day in words; ``nominal`` is empty unless the day was moved."""
    moved = liaison_day.day != liaison_day.nominal
    return {
        "iso": liaison_day.day.isoformat(),
        "label": style.date_words(liaison_day.day, language),
        "nominal": style.date_words(liaison_day.nominal, language) if moved else "",
        "reason": safe_name(liaison_day.reason),
        "state": style.DAY_STATE_WORDS[liaison_day.state].in_language(language),
        "missed": missed,
    }


def _conferences(district: District, day: date, office_index: Mapping[str, int]) -> list[dict[str, Any]]:
    """The conferences of a day: name, unit by index (-1: the whole district), and hours in seconds after midnight."""
    return [{"name": safe_name(one.name), "office": -1 if one.office_id is None else office_index[one.office_id],
             "starts": one.starts_seconds, "ends": one.ends_seconds}
            for one in district.conferences if one.day == day]


def _facts(problem: Problem, plan: Plan, calendar: VisitCalendar, language: Language) -> list[str]:
    """The header line: the term, its days, and how many points and cadres they serve."""
    term, days = style.term_words(problem.term, language), len(calendar.liaison_days)
    if language == "zh":
        return [f"任期 {term}", f"走访日 {days} 个", f"联系点 {len(plan.cadres_of)} 处",
                f"干部 {len(plan.sites_of)} 人"]
    return [f"Term {term}", f"{days} liaison days", f"{len(plan.cadres_of)} points", f"{len(plan.sites_of)} cadres"]
