"""The look of the maps: colours, line widths, drawing order, words, and the one place that flips (lon, lat)."""

from __future__ import annotations

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

PANES: Final = {"areas": 210, "roads": 230, "links": 390, "highlight": 450, "names": 460}
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

TITLES: Final = {
    "coverage": Text("联系点覆盖图", "Coverage map"),
    "visit_days": Text("走访日地图", "Visit-day map"),
}
"""Titles of the map pages."""

WORDS: Final = {
    "internal": Text("内部使用", "Internal use only"),
    "print": Text("打印", "Print"),
    "full_screen": Text("全屏", "Full screen"),
    "panel": Text("面板", "Panel"),
    "whole": Text("全图", "Whole district"),
    "search": Text("搜索", "Search"),
    "search_hint": Text("企业、居委会、干部或单位", "site, cadre or unit"),
    "nothing_found": Text("没有找到", "nothing found"),
    "colour_by": Text("着色", "Colour by"),
    "by_unit_kind": Text("联系干部的单位类别", "The cadre's kind of unit"),
    "by_subdistrict": Text("联系点所在街道", "Sub-district of the site"),
    "filter": Text("筛选", "Filter"),
    "kind": Text("类别", "Kind"),
    "unit": Text("单位", "Unit"),
    "subdistrict": Text("街道", "Sub-district"),
    "cadre": Text("干部", "Cadre"),
    "all": Text("全部", "all"),
    "clear": Text("清除筛选", "Clear filters"),
    "layers": Text("图层", "Layers"),
    "links": Text("联系线", "Links"),
    "offices": Text("单位", "Units"),
    "names": Text("街道名称", "Sub-district names"),
    "roads": Text("道路", "Roads"),
    "legend": Text("图例", "Legend"),
    "shape": Text("形状", "Shape"),
    "office": Text("办公地点", "Office"),
    "estimated": Text("估计", "estimated"),
    "estimated_long": Text("空心：位置为估计", "hollow: position is an estimate"),
    "unheld": Text("尚无联系干部", "no cadre yet"),
    "id": Text("编号", "Id"),
    "position": Text("位置", "Position"),
    "position_estimated": Text("估计（街道中心）", "estimated (centre of the sub-district)"),
    "travel": Text("单程路程", "One-way travel"),
    "workload": Text("每月工作量", "Workload a month"),
    "minutes": Text("分钟", "min"),
    "no_way": Text("不通", "no way"),
    "key": Text("重点", "key"),
    "cadres_here": Text("参加联系的干部", "Cadres taking part"),
    "sites_here": Text("联系点", "Sites"),
    "shown": Text("显示", "shown"),
    "of": Text("共", "of"),
    "term": Text("任期", "Term"),
    "held": Text("已有联系干部", "with a cadre"),
    "cadres": Text("干部", "cadres"),
    "liaison_days": Text("走访日", "liaison days"),
    "moved_from": Text("原定", "moved from"),
    "moved": Text("调整", "moved"),
    "previous_day": Text("上一走访日", "previous day"),
    "next_day": Text("下一走访日", "next day"),
    "routes": Text("路线", "routes"),
    "visits": Text("走访", "visits"),
    "missed": Text("因请假未访", "missed for absence"),
    "timetable": Text("当日行程", "The day"),
    "leaves": Text("出发", "leaves"),
    "returns": Text("返回", "returns"),
    "no_route": Text("该干部当日没有走访", "this cadre has no visit on this day"),
    "stop": Text("走访点", "stop"),
    "chosen_route": Text("所选干部的路线与次序", "route and order of the chosen cadre"),
    "straight": Text("路线为直线示意", "routes drawn as straight lines"),
}
"""Every word on a map that is not a name."""


def words(language: Language) -> dict[str, str]:
    """All words in one language."""
    return {key: text.in_language(language) for key, text in WORDS.items()}


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
