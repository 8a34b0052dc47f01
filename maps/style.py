"""The look of the maps: colours, classes, line widths, drawing order, and the one place that flips (lon, lat)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from planner.facts.district import Place, SiteKind, UnitKind
from planner.facts.term import DayState, Term
from planner.text import Language, Text

LatLon = tuple[float, float]
DECIMALS: Final = 5
"""Decimals of a drawn coordinate: about one metre."""


def lat_lon(lon: float, lat: float) -> LatLon:
    """A position as Leaflet wants it, rounded: the drawing border, beyond which latitude comes first."""
    return round(lat, DECIMALS), round(lon, DECIMALS)


def place_lat_lon(place: Place) -> LatLon:
    """A place as Leaflet wants it."""
    return lat_lon(place.lon, place.lat)


# Colours are told apart by every kind of colour vision (Okabe and Ito 2008; Tol's muted scheme for sub-districts).
UNIT_COLOURS: Final = {UnitKind.DISTRICT: "#d55e00", UnitKind.DEPARTMENT: "#0072b2", UnitKind.SUBDISTRICT: "#009e73"}
UNHELD_COLOUR: Final = "#1a1a1a"
SUBDISTRICT_COLOURS: Final = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255",
                              "#aa4499", "#77aadd", "#ee8866", "#6b6b6b")
SITE_SHAPES: Final = {SiteKind.ENTERPRISE: "circle", SiteKind.COMMITTEE: "square"}
OFFICE_SHAPE: Final = "diamond"

LAND: Final = "#e7eaec"
WATER: Final = "#c3d9e6"
AREA_TINTS: Final = ("#f8f6f0", "#f1f5ef", "#f6f1f3", "#eff3f7", "#f7f4e6", "#f2f0f6")
AREA_EDGE: Final = "#a39db0"
OUTLINE: Final = "#756e85"

METRO: Final = "#8b7aa8"
METRO_WEIGHT: Final = 3.0
"""Metro lines: a calm violet, wider than any road but the motorway; stations are rings of the same colour."""

PANES: Final = {"areas": 210, "roads": 230, "metro": 240, "links": 390, "highlight": 450, "names": 460}
"""Drawing order of what lies below and above the points (which are in Leaflet's own pane, 400)."""


@dataclass(frozen=True, slots=True)
class RoadStyle:
    """How one class of road is drawn; ``weight`` in pixels at zoom 13."""

    id: str
    colour: str
    weight: float


ROAD_STYLES: Final = (
    RoadStyle("local", "#dcd9d3", 0.7),
    RoadStyle("tertiary", "#d0ccc5", 1.1),
    RoadStyle("secondary", "#c4bfb7", 1.7),
    RoadStyle("primary", "#b8b2a9", 2.3),
    RoadStyle("motorway", "#d9bf94", 2.8),
)
"""Road classes from the least to the greatest, which is the order they are drawn in."""

_ROAD_CLASS: Final = {"motorway": "motorway", "trunk": "motorway", "primary": "primary", "secondary": "secondary",
                      "tertiary": "tertiary"}


def road_class(highway_class: str) -> str:
    """The drawn class of an OpenStreetMap highway class: links go with their road, all the rest is local."""
    return _ROAD_CLASS.get(highway_class.removesuffix("_link"), "local")


# --- measures: classes and their colours ------------------------------------------------------------------------

NEED_COLOURS: Final = ("#fff7e6", "#fee0b0", "#fdbb66", "#ef8a2b", "#c8590c", "#83300a")
SERVICE_COLOURS: Final = ("#eef4fa", "#cfe1f0", "#9cc5e2", "#5b9fce", "#2671b0", "#0b3f78")
RATIO_COLOURS: Final = ("#2b5c9a", "#92b9de", "#f2f0ea", "#f4b26a", "#b65708")
"""From much service to little (blue to orange, told apart by every kind of colour vision)."""
RATIO_LIMITS: Final = (0.8, 0.9, 1.1, 1.25)
"""Against the district's own figure: a tenth more or less is as usual; beyond a fifth less or a quarter more is far off."""
THIN_PERCENT, CROWDED_PERCENT = 80, 125
"""An area is thin where it gets less than this share of the service per hour of need of the district, crowded above."""
TRAVEL_BANDS_MINUTES: Final = (15, 30, 45)
BAND_COLOURS: Final = ("#56b4e9", "#009e73", "#e69f00", "#a50026")
STATUS_COLOURS: Final = {"kept": "#8d99a6", "handed": "#d55e00", "replaced": "#0072b2", "new": "#009e73", "vacant": "#1a1a1a"}
HEXAGON_METRES: Final = 500
"""Width of a hexagon across its flats; the same on every map, at every zoom."""

_ONE_TWO_FIVE: Final = (1, 2, 5)


def density_limits(average: float) -> tuple[float, ...]:
    """Five class limits of a density around the district's average, in steps of 1, 2, 5, 10...: six classes.

    They follow from the district as a whole, so neither zoom nor filter changes the legend.
    """
    steps = [mantissa * 10.0**power for power in range(-6, 10) for mantissa in _ONE_TWO_FIVE]
    middle = min(range(len(steps)), key=lambda index: abs(math.log(steps[index] / max(average, 1e-5))))
    return tuple(float(f"{one:g}") for one in steps[max(0, middle - 2):max(0, middle - 2) + 5])


def class_of(value: float, limits: Sequence[float]) -> int:
    """The class of a value: 0 below the first limit, a value on a limit belongs above it."""
    return sum(value >= limit for limit in limits)


UNIT_KIND_WORDS: Final = {
    UnitKind.DISTRICT: Text("区领导机关", "District leadership"),
    UnitKind.DEPARTMENT: Text("职能部门（条）", "Departments"),
    UnitKind.SUBDISTRICT: Text("街道（块）", "Sub-district offices"),
}
SITE_KIND_WORDS: Final = {
    SiteKind.ENTERPRISE: Text("企业", "Enterprises"),
    SiteKind.COMMITTEE: Text("居委会", "Residential committees"),
}
DAY_STATE_WORDS: Final = {
    DayState.PUBLISHED: Text("", ""),
    DayState.PROJECTED: Text("推算", "projected"),
    DayState.UNKNOWN: Text("未知", "holidays unknown"),
}

_WEEKDAYS: Final = Text("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun")
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


def date_words(day: date, language: Language) -> str:
    """A date as people read it: 2027年2月18日 星期四, or Thu 18 Feb 2027."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日 星期{_WEEKDAYS.zh[day.weekday()]}"
    return f"{_WEEKDAYS.en.split()[day.weekday()]} {day.day} {_MONTHS.split()[day.month - 1]} {day.year}"


def term_words(term: Term, language: Language) -> str:
    """A term by its months: 2027年1月至2028年12月, or Jan 2027 to Dec 2028."""
    starts = term.month_starts()
    first, last = starts[0], starts[-1]
    if language == "zh":
        return f"{first.year}年{first.month}月至{last.year}年{last.month}月"
    months = _MONTHS.split()
    return f"{months[first.month - 1]} {first.year} to {months[last.month - 1]} {last.year}"
