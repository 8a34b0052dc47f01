"""The workbook by declaration: its sheets, their columns, what a cell may hold, and the words users have for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from geodata.cells import Choice, Code, Day, Kind, Listing, Number, TimeOfDay, Words
from geodata.degrees import Coordinate
from geodata.identity import CreditCode, Phone
from geodata.words import BOOLEANS, GROUPS, OWN_TRAVEL_MODES, RANKS, UNIT_KINDS, choices
from planner.text import Text

MISSING: Final = object()
"""Stands for "no default": the cell must be filled."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``refers_to`` names the group of ids its cells point into; ``default`` stands in for a blank cell.

    ``tells_default`` notes that the default was used; ``keeps_unknown`` lets a reference stand that is not found;
    ``splits`` repeats a row for every successor of a site that was split. A column that is ``checked_only`` is looked
    at for mistakes, and to find rows that are the same, and goes no further: it is never in the district.
    """

    key: str
    header: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    default: Any = MISSING
    refers_to: str = ""
    width: int = 12
    tells_default: bool = False
    keeps_unknown: bool = False
    splits: bool = False
    checked_only: bool = False

    @property
    def required(self) -> bool:
        """Whether the column and every cell of it must be filled."""
        return self.default is MISSING

    @property
    def choices(self) -> tuple[str, ...]:
        """The words of its drop-down list, if it has one."""
        return choices(self.kind.words) if isinstance(self.kind, Choice) else ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. Its ids are unique within ``group``, which other sheets refer to."""

    key: str
    name: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    required: bool = False
    group: str = ""

    @property
    def kept_columns(self) -> tuple[Column, ...]:
        """The columns that reach the district."""
        return tuple(column for column in self.columns if not column.checked_only)


_VISIT_EVERY: Final = {"1": 1, "2": 2, "3": 3, "每月": 1, "每两月": 2, "每季度": 3, "每季": 3}

_ID = Column("id", "编号", Code(), ("代码", "编码", "id", "code"))
_NAME = Column("name", "名称", Words(), ("name", "单位名称", "街道名称"), width=28)
_LON = Column("lon", "经度", Coordinate(), ("lon", "lng", "longitude", "东经", "x", "x坐标", "东坐标", "横坐标"))
_LAT = Column("lat", "纬度", Coordinate(), ("lat", "latitude", "北纬", "y", "y坐标", "北坐标", "纵坐标"))
_BLANK_LON = replace(_LON, default=None)
_BLANK_LAT = replace(_LAT, default=None)
_SUBDISTRICT = Column("subdistrict_id", "街道", Code(), ("所在街道", "所属街道", "街镇", "所属街镇", "subdistrict"),
                      refers_to="subdistrict", width=16)
_CONSTITUENCY = Column("constituency_id", "选区", Code(), ("所在选区", "选区编号", "constituency"), default=None,
                       refers_to="constituency")
_CADRE = Column("cadre_id", "干部", Code(), ("干部编号", "干部姓名", "姓名", "联系领导", "联系干部", "cadre",
                                           "cadre id"), refers_to="cadre")
_SITE = Column("site_id", "对象编号", Code(), ("对象", "联系点", "联系对象", "联系点编号", "site", "site id"),
               refers_to="site", width=16)


def _site_columns(name_aliases: tuple[str, ...], workload_minutes: int, stay_minutes: int) -> tuple[Column, ...]:
    """Return the columns that enterprises and committees share; the two numbers stand in for blank cells."""
    return (
        _ID,
        Column("name", "名称", Words(), (*name_aliases, "name"), width=36),
        _SUBDISTRICT,
        _BLANK_LON,
        _BLANK_LAT,
        Column("address", "地址", Words(), ("企业地址", "居委会地址", "详细地址", "address"), default="", width=36),
        Column("workload_minutes", "每月工作量(分钟)", Number(1, 10_000, units=("分钟", "分", "min")),
               ("工作量", "workload", "workload minutes"), default=workload_minutes, width=18, tells_default=True),
        Column("stay_minutes", "每次走访时长(分钟)", Number(1, 600, whole=False, units=("分钟", "分", "min")),
               ("走访时长", "时长", "stay", "stay minutes"), default=float(stay_minutes), width=20, tells_default=True),
        Column("opens_seconds", "可走访开始", TimeOfDay(), ("接待开始", "开始时间", "opens"), default=9 * 3600,
               tells_default=True),
        Column("closes_seconds", "可走访结束", TimeOfDay(), ("接待结束", "结束时间", "closes"), default=17 * 3600,
               tells_default=True),
        Column("visit_every_months", "走访间隔(月)", Choice(_VISIT_EVERY),
               ("走访频次", "间隔", "visit every months"), default=1, width=14, tells_default=True),
        Column("open_problems", "未结问题(件)", Number(0, 10_000, units=("件",)),
               ("未结问题", "未办结问题", "未解决问题", "open problems"), default=0, width=14),
        Column("phone", "联系电话", Phone(), ("电话", "办公电话", "手机", "phone", "telephone"), default=None, width=16,
               checked_only=True),
    )


SUBDISTRICTS: Final = Sheet("subdistricts", "街道", (_ID, _NAME, _LON, _LAT), ("街镇", "subdistricts"), required=True,
                            group="subdistrict")
OFFICES: Final = Sheet("offices", "单位", (
    _ID,
    _NAME,
    Column("kind", "类别", Choice(UNIT_KINDS), ("单位类别", "性质", "kind")),
    Column("subdistrict_id", "所在街道", Code(), (*_SUBDISTRICT.aliases, "街道"), refers_to="subdistrict", width=16),
    _BLANK_LON,
    _BLANK_LAT,
    Column("industries", "服务行业", Listing(), ("行业", "对口行业", "industries"), default=(), width=28),
    Column("cars", "公车(辆)", Number(1, 1000, units=("辆",)), ("公车", "公车数", "车辆", "cars"), default=None),
), ("办公地点", "offices"), required=True, group="place")
CADRES: Final = Sheet("cadres", "干部", (
    _ID,
    Column("name", "姓名", Words(), ("干部姓名", "名称", "name")),
    Column("office_id", "单位", Code(), ("所在单位", "单位编号", "office"), refers_to="office", width=28),
    Column("rank", "职级", Choice(RANKS), ("级别", "rank")),
    Column("capacity_percent", "工作量系数", Number(0, 200, units=("%",), example="100"), ("系数", "capacity"),
           default=100, tells_default=True),
    _CONSTITUENCY,
    Column("travel_mode", "出行方式", Choice(OWN_TRAVEL_MODES), ("出行", "交通方式", "travel mode"), default=None),
    Column("is_deputy", "人大代表", Choice(BOOLEANS), ("是否人大代表", "区人大代表", "deputy"), default=None,
           checked_only=True),
), ("领导干部", "cadres"), required=True, group="cadre")
ENTERPRISES: Final = Sheet("enterprises", "企业", (
    *_site_columns(("企业名称", "单位名称"), workload_minutes=120, stay_minutes=60),
    Column("is_key", "重点企业", Choice(BOOLEANS), ("是否重点", "是否重点企业", "key enterprise", "key"),
           default=False),
    Column("industry", "行业", Words(), ("所属行业", "industry"), default=None),
    _CONSTITUENCY,
    Column("credit_code", "统一社会信用代码", CreditCode(), ("信用代码", "社会信用代码", "credit code"), default=None, width=22,
           checked_only=True),
), ("企业名单", "enterprises"), required=True, group="place")
COMMITTEES: Final = Sheet("committees", "居委会", (
    *_site_columns(("居委会名称", "居委名称"), workload_minutes=180, stay_minutes=90),
    _CONSTITUENCY,
    Column("residents", "居民数", Number(0, 100_000, units=("人",)), ("人口", "常住人口", "人口数", "residents", "population"),
           default=None),
), ("居委", "社区", "committees"), required=True, group="place")
PAST: Final = Sheet("past", "历史", (
    Column("term_id", "任期", Code(), ("届次", "轮次", "term"), width=14),
    Column("cadre_id", "干部", Code(), (*_CADRE.aliases, "原联系领导"), refers_to="cadre", keeps_unknown=True),
    Column("site_id", "对象编号", Code(), _SITE.aliases, refers_to="site", keeps_unknown=True, splits=True, width=16),
), ("历史结对", "past pairings", "past"))
RECUSALS: Final = Sheet("recusals", "回避", (_CADRE, replace(_SITE, splits=True)), ("recusals",))
PINS: Final = Sheet("pins", "指定", (_CADRE, Column("site_id", "对象", Code(), ("对象编号", *_SITE.aliases),
                                                refers_to="site", width=16)), ("pins",))
STAY_REQUESTS: Final = Sheet("stay_requests", "挽留", (
    _CADRE,
    Column("site_id", "居委会", Code(), ("居委会编号", "对象编号", *_SITE.aliases), refers_to="committee", width=16),
), ("requests to stay", "stay requests"))
CONSTITUENCIES: Final = Sheet("constituencies", "选区", (_ID, _NAME), ("constituencies",), group="constituency")
ABSENCES: Final = Sheet("absences", "请假", (
    _CADRE,
    Column("first_day", "开始日期", Day(), ("起始日期", "开始", "from"), width=14),
    Column("last_day", "结束日期", Day(), ("截止日期", "结束", "to"), width=14),
), ("absences",))
CONFERENCES: Final = Sheet("conferences", "会议", (
    Column("name", "会议名称", Words(), ("名称", "会议", "conference"), width=28),
    Column("day", "日期", Day(), ("会议日期", "date", "day"), width=14),
    Column("office_id", "单位", Code(), ("参加单位", "单位编号", "office"), default=None, refers_to="office", width=28),
    Column("starts_seconds", "开始时间", TimeOfDay(), ("开始", "from"), default=0),
    Column("ends_seconds", "结束时间", TimeOfDay(), ("结束", "to"), default=86_400),
), ("conferences",))
SUCCESSIONS: Final = Sheet("successions", "变更", (
    Column("group", "类型", Choice(GROUPS), ("变更类型", "group"), default="site"),
    Column("old_id", "原编号", Code(), ("原名称", "原居委会", "原对象", "原单位", "former", "old id"), width=20),
    Column("new_id", "现编号", Code(), ("现名称", "现居委会", "现对象", "现单位", "新编号", "新名称", "current", "new id"), width=20),
), ("合并拆分", "变更表", "更名", "changes"))
PLAN: Final = Sheet("plan", "安排表", (
    Column("cadre_id", "干部编号", Code(), ("干部", *_CADRE.aliases), refers_to="cadre"),
    _SITE,
), ("联系安排", "联系安排表", "plan"), required=True)

SHEETS: Final = (SUBDISTRICTS, OFFICES, CADRES, ENTERPRISES, COMMITTEES, CONSTITUENCIES, PAST, RECUSALS, PINS,
                 STAY_REQUESTS, ABSENCES, CONFERENCES, SUCCESSIONS)
"""The sheets of a district, in the order in which they are read and written."""

ABOUT_SHEET: Final = "说明"
"""The optional sheet of keys and values."""

ABOUT_SHEET_NAMES: Final = ("说明", "about", "readme")

HOW_TO_FILL_SHEET: Final = Text("填写说明", "how to fill")
POLICY_SHEET: Final = Text("政策参数", "policy")
FINDINGS_SHEET: Final = Text("检查结果", "findings")
OWN_SHEETS: Final = (HOW_TO_FILL_SHEET, POLICY_SHEET, FINDINGS_SHEET)
"""Sheets that the program writes for people; they are not read."""

SAMPLE_MARKS: Final = ("示例", "SAMPLE")
"""Ids of the template's sample rows begin so; they are left out as soon as there are others."""

DISTRICT_NAME_KEYS: Final = ("区名", "区县", "区", "district", "district name", "name")

DATUM_KEYS: Final = ("坐标系", "坐标系统", "datum")
"""The row of 说明 that tells what coordinates are counted in; after a sheet's name (企业坐标系) it tells it of that sheet."""

BOUNDARIES_NAMES: Final = ("边界", "boundaries")
"""Stand before these keys for the file of boundaries."""

UNREAD_HEADERS: Final = ("原因", "备注", "序号", "说明", "变更方式", "变更日期", "文号", "联系人", "reason", "remarks", "no.")
"""Columns people add that are never read; all others that are not known are told."""
