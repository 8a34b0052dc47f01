"""The sheet 均衡 of plan.xlsx: load and travel by unit, sub-district and cadre, and how they spread. Nobody is ranked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from xlsxwriter.worksheet import Worksheet

from maps.sheet_writer import Cell, Column, Tables
from planner.artefacts.plan import Plan
from planner.facts.district import Cadre, Site, SiteKind
from planner.facts.problem import Problem
from planner.text import Text

NAME: Final = Text("均衡", "balance")
_LOAD_STEPS: Final = (70, 80, 90, 95, 100, 105, 110, 120, 130)
_TRAVEL_STEPS: Final = (5, 10, 15, 20, 25, 30, 40, 60)

_BY_UNIT: Final = (
    Column(Text("单位编号", "unit id"), 12),
    Column(Text("单位", "unit"), 26),
    Column(Text("干部数", "cadres"), 10, "number"),
    Column(Text("联系对象数", "sites"), 11, "number"),
    Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    Column(Text("应分担(分钟/月)", "fair share (min/month)"), 13, "number"),
    Column(Text("占应分担", "of fair share"), 10, "percent"),
    Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_BY_SUBDISTRICT: Final = (
    Column(Text("街道编号", "sub-district id"), 12),
    Column(Text("街道", "sub-district"), 26),
    Column(Text("企业数", "enterprises"), 10, "number"),
    Column(Text("居委会数", "committees"), 11, "number"),
    Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    Column(Text("联系单位数", "units"), 13, "number"),
    Column(Text("最大单位占比", "largest unit's share"), 10, "percent"),
    Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_LOAD_SPREAD: Final = (Column(Text("占应分担", "of fair share"), 12), Column(Text("干部数", "cadres"), 26, "number"))
_TRAVEL_SPREAD: Final = (Column(Text("单程路程", "one way"), 12), Column(Text("结对数", "pairings"), 26, "number"))
_BY_CADRE: Final = (
    Column(Text("编号", "id"), 12),
    Column(Text("姓名", "name"), 26),
    Column(Text("可用比例", "capacity"), 10, "percent"),
    Column(Text("联系对象数", "sites"), 11, "number"),
    Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    Column(Text("应分担(分钟/月)", "fair share (min/month)"), 13, "number"),
    Column(Text("占应分担", "of fair share"), 10, "percent"),
    Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_BLOCKS: Final = {
    "unit": Text("一、各单位（条）", "1. By unit"),
    "subdistrict": Text("二、各街道（块）", "2. By sub-district"),
    "load": Text("三、工作量与应分担之比的分布", "3. Load against fair share: how many cadres"),
    "travel": Text("四、单程路程的分布", "4. Travel one way: how many pairings"),
    "cadre": Text("五、每位干部（按编号）", "5. Every cadre, by code"),
}


@dataclass(frozen=True, slots=True)
class _Held:
    """One pairing of the plan whose cadre and site the district knows, with its travel time."""

    cadre: Cadre
    site: Site
    seconds: int | None


def _held(problem: Problem, plan: Plan) -> list[_Held]:
    district = problem.district
    known = [(district.cadre_by_id[one.cadre_id], district.site_by_id[one.site_id]) for one in plan.pairings
             if one.cadre_id in district.cadre_by_id and one.site_id in district.site_by_id]
    return [_Held(cadre, site, problem.travel_seconds(cadre, site)) for cadre, site in known]


def write_balance(tables: Tables, problem: Problem, plan: Plan) -> None:
    """Aggregates by unit and sub-district, two distributions with a chart, and every cadre by code."""
    language, held = tables.language, _held(problem, plan)
    sheet = tables.sheet(NAME)
    tables.widths(sheet, _BY_UNIT)
    row = 0
    blocks: tuple[tuple[str, Sequence[Column], list[tuple[Cell, ...]]], ...] = (
        ("unit", _BY_UNIT, _unit_rows(problem, held)),
        ("subdistrict", _BY_SUBDISTRICT, _subdistrict_rows(problem, held)),
        ("load", _LOAD_SPREAD, _load_spread(problem, held)),
        ("travel", _TRAVEL_SPREAD, _travel_spread(held)),
        ("cadre", _BY_CADRE, _cadre_rows(problem, held)),
    )
    for key, columns, rows in blocks:
        tables.heading(sheet, row, _BLOCKS[key].in_language(language))
        last = tables.table(sheet, row + 1, columns, rows)
        if key in {"load", "travel"}:
            _add_chart(tables, sheet, columns, row + 1, last)
        row = last + 2
    sheet.freeze_panes(0, 2)


def _add_chart(tables: Tables, sheet: Worksheet, columns: Sequence[Column], header_row: int, last_row: int) -> None:
    """A column chart beside a distribution."""
    chart = tables.workbook.add_chart({"type": "column"})
    name, colour = sheet.get_name(), "#5B7083"
    chart.add_series({"categories": [name, header_row + 1, 0, last_row, 0],
                      "values": [name, header_row + 1, 1, last_row, 1], "gap": 30, "fill": {"color": colour},
                      "data_labels": {"value": True}})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.set_x_axis({"name": columns[0].header.in_language(tables.language)})
    chart.set_y_axis({"name": columns[1].header.in_language(tables.language), "major_gridlines": {"visible": False}})
    chart.set_size({"width": 520, "height": 20 * (last_row - header_row + 1)})
    sheet.insert_chart(header_row, 2, chart, {"x_offset": 12, "y_offset": 2})


def _workload(held: Iterable[_Held]) -> int:
    return sum(one.site.workload_minutes for one in held)


def _mean_travel(held: Iterable[_Held]) -> float | None:
    seconds = [one.seconds for one in held if one.seconds is not None]
    return round(sum(seconds) / len(seconds) / 60, 1) if seconds else None


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _grouped(held: Iterable[_Held], key: Callable[[_Held], str]) -> Mapping[str, list[_Held]]:
    groups: defaultdict[str, list[_Held]] = defaultdict(list)
    for one in held:
        groups[key(one)].append(one)
    return groups


def _unit_rows(problem: Problem, held: Sequence[_Held]) -> list[tuple[Cell, ...]]:
    own = _grouped(held, lambda one: one.cadre.office_id)
    rows: list[tuple[Cell, ...]] = []
    for office in sorted(problem.district.offices, key=lambda one: one.id):
        cadres = [one for one in problem.district.active_cadres if one.office_id == office.id]
        fair, mine = sum(map(problem.fair_share_minutes, cadres)), own.get(office.id, [])
        rows.append((office.id, office.name, len(cadres), len(mine), _workload(mine), round(fair),
                     _share(_workload(mine), fair), _mean_travel(mine)))
    return rows


def _subdistrict_rows(problem: Problem, held: Sequence[_Held]) -> list[tuple[Cell, ...]]:
    own = _grouped(held, lambda one: one.site.subdistrict_id)
    rows: list[tuple[Cell, ...]] = []
    for area in sorted(problem.district.subdistricts, key=lambda one: one.id):
        sites = [site for site in problem.district.sites if site.subdistrict_id == area.id]
        kinds, mine = Counter(site.kind for site in sites), own.get(area.id, [])
        units = Counter(one.cadre.office_id for one in mine)
        rows.append((area.id, area.name, kinds[SiteKind.ENTERPRISE], kinds[SiteKind.COMMITTEE],
                     sum(site.workload_minutes for site in sites), len(units),
                     _share(max(units.values(), default=0), len(mine)), _mean_travel(mine)))
    return rows


def _cadre_rows(problem: Problem, held: Sequence[_Held]) -> list[tuple[Cell, ...]]:
    own = _grouped(held, lambda one: one.cadre.id)
    rows: list[tuple[Cell, ...]] = []
    for cadre in sorted(problem.district.cadres, key=lambda one: one.id):
        mine, fair = own.get(cadre.id, []), problem.fair_share_minutes(cadre)
        rows.append((cadre.id, cadre.name, cadre.capacity_percent / 100, len(mine), _workload(mine), round(fair),
                     _share(_workload(mine), fair), _mean_travel(mine)))
    return rows


def _load_spread(problem: Problem, held: Sequence[_Held]) -> list[tuple[Cell, ...]]:
    """How many active cadres lie in each band of load against fair share (a band holds its lower end)."""
    own = _grouped(held, lambda one: one.cadre.id)
    percents = [100 * _workload(own.get(cadre.id, [])) / fair for cadre in problem.district.active_cadres
                if (fair := problem.fair_share_minutes(cadre)) > 0]
    return _spread(percents, _LOAD_STEPS, "%")


def _travel_spread(held: Sequence[_Held]) -> list[tuple[Cell, ...]]:
    """How many pairings lie in each band of minutes one way (a band holds its lower end)."""
    return _spread([one.seconds / 60 for one in held if one.seconds is not None], _TRAVEL_STEPS, "′")


def _spread(values: Sequence[float], steps: Sequence[int], unit: str) -> list[tuple[Cell, ...]]:
    names = [f"<{steps[0]}{unit}", *(f"{low}–{high}{unit}" for low, high in pairwise(steps)),
             f"≥{steps[-1]}{unit}"]
    counts = Counter(sum(value >= step for step in steps) for value in values)
    return [(name, counts[band]) for band, name in enumerate(names)]
