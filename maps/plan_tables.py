"""plan.xlsx: 安排表, 均衡, 变动, 目标, 规则, 说明. Sorted by code; nobody is ranked.

The first sheet can be edited and read back: its columns 干部编号 and 对象编号 hold the pairings. Text of the district
is only ever written as text, never as a formula.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from maps.plan_words import KINDS, RANKS, TRAVEL_MODES, minutes, plan_digest
from maps.style import term_words
from planner.artefacts.files import write_beside
from planner.artefacts.plan import Plan
from planner.artefacts.verdict import GoalValue, Verdict
from planner.facts.district import Cadre, Pairing, Site, SiteKind
from planner.facts.problem import Problem
from planner.text import Language, Text

Cell = str | int | float | None

_MAX_CELL_CHARACTERS: Final = 32_767
_FONT: Final = "等线"
_LOAD_STEPS: Final = (70, 80, 90, 95, 100, 105, 110, 120, 130)
_TRAVEL_STEPS: Final = (5, 10, 15, 20, 25, 30, 40, 60)
_NONE: Final = "—"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that was applied: its clause (依据), and its setting in words, e.g. "每人至多 2 个"."""

    id: str
    title: Text
    clause: Text
    setting: Text


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its header, its width in characters, and its kind of cell."""

    header: Text
    width: float
    style: str = "text"


_ARRANGEMENT: Final = (
    _Column(Text("序号", "no"), 5, "number"),
    _Column(Text("干部编号", "cadre id"), 10),
    _Column(Text("姓名", "cadre name"), 10),
    _Column(Text("单位及职级", "unit and rank"), 24),
    _Column(Text("对象编号", "site id"), 10),
    _Column(Text("联系对象", "site name"), 28),
    _Column(Text("类别", "kind"), 9),
    _Column(Text("街道", "sub-district"), 15),
    _Column(Text("地址", "address"), 26),
    _Column(Text("路程(分钟)", "travel (min)"), 8, "number"),
    _Column(Text("每月工作量(分钟)", "workload (min/month)"), 10, "number"),
    _Column(Text("走访间隔", "visits"), 10),
    _Column(Text("与上一任期", "since last term"), 9),
)
_BY_UNIT: Final = (
    _Column(Text("单位编号", "unit id"), 12),
    _Column(Text("单位", "unit"), 26),
    _Column(Text("干部数", "cadres"), 10, "number"),
    _Column(Text("联系对象数", "sites"), 11, "number"),
    _Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    _Column(Text("应分担(分钟/月)", "fair share (min/month)"), 13, "number"),
    _Column(Text("占应分担", "of fair share"), 10, "percent"),
    _Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_BY_SUBDISTRICT: Final = (
    _Column(Text("街道编号", "sub-district id"), 12),
    _Column(Text("街道", "sub-district"), 26),
    _Column(Text("企业数", "enterprises"), 10, "number"),
    _Column(Text("居委会数", "committees"), 11, "number"),
    _Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    _Column(Text("联系单位数", "units"), 13, "number"),
    _Column(Text("最大单位占比", "largest unit's share"), 10, "percent"),
    _Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_LOAD_SPREAD: Final = (_Column(Text("占应分担", "of fair share"), 12), _Column(Text("干部数", "cadres"), 26, "number"))
_TRAVEL_SPREAD: Final = (_Column(Text("单程路程", "one way"), 12), _Column(Text("结对数", "pairings"), 26, "number"))
_BY_CADRE: Final = (
    _Column(Text("编号", "id"), 12),
    _Column(Text("姓名", "name"), 26),
    _Column(Text("可用比例", "capacity"), 10, "percent"),
    _Column(Text("联系对象数", "sites"), 11, "number"),
    _Column(Text("工作量(分钟/月)", "workload (min/month)"), 13, "number"),
    _Column(Text("应分担(分钟/月)", "fair share (min/month)"), 13, "number"),
    _Column(Text("占应分担", "of fair share"), 10, "percent"),
    _Column(Text("平均路程(分钟)", "mean travel (min)"), 11, "decimal"),
)
_CHANGES: Final = (
    _Column(Text("序号", "no"), 6, "number"),
    _Column(Text("对象", "site"), 12),
    _Column(Text("联系对象", "site name"), 34),
    _Column(Text("类别", "kind"), 10),
    _Column(Text("街道", "sub-district"), 18),
    _Column(Text("原联系领导", "until now"), 24),
    _Column(Text("新联系领导", "from now on"), 24),
    _Column(Text("起始日期", "from"), 13),
    _Column(Text("交接", "handover"), 16),
)
_GOALS: Final = (
    _Column(Text("目标", "goal"), 40),
    _Column(Text("数值", "value"), 14, "number"),
    _Column(Text("单位", "unit"), 16),
    _Column(Text("下界", "bound"), 14, "number"),
    _Column(Text("差距", "gap"), 12, "gap"),
)
_VIOLATIONS: Final = (
    _Column(Text("违规", "violation"), 40),
    _Column(Text("程度", "amount"), 14, "number"),
    _Column(Text("涉及", "who"), 16),
)
_RULES: Final = (
    _Column(Text("编号", "id"), 26),
    _Column(Text("规定", "rule"), 30),
    _Column(Text("设定", "setting"), 40),
    _Column(Text("依据", "clause"), 50),
)
_NOTES: Final = (_Column(Text("项目", "item"), 30), _Column(Text("内容", "value"), 80))

_SHEETS: Final = {
    "plan": Text("安排表", "plan"),
    "balance": Text("均衡", "balance"),
    "changes": Text("变动", "changes"),
    "goals": Text("目标", "goals"),
    "rules": Text("规则", "rules"),
    "notes": Text("说明", "notes"),
}
_PLAN_TITLE: Final = Text("领导干部定点联系安排表", "Liaison plan")
_BLOCKS: Final = {
    "unit": Text("一、各单位（条）", "1. By unit"),
    "subdistrict": Text("二、各街道（块）", "2. By sub-district"),
    "load": Text("三、工作量与应分担之比的分布", "3. Load against fair share: how many cadres"),
    "travel": Text("四、单程路程的分布", "4. Travel one way: how many pairings"),
    "cadre": Text("五、每位干部（按编号）", "5. Every cadre, by code"),
}
_EVERY: Final = Text("每{months}个月", "every {months} months")
_MONTHLY: Final = Text("每月", "monthly")
_NEW: Final = Text("新任", "new")
_STAYS: Final = Text("续任", "stays")
_HANDS_OVER: Final = Text("办理交接", "hand over")
_FIRST: Final = Text("首次联系", "first liaison")
_UNHELD: Final = Text("暂无联系领导", "nobody")
_VERDICT: Final = (Text("符合全部硬性规定", "obeys every rule"), Text("违反规定 {count} 项", "breaks rules: {count}"))
_STATUS: Final = {"complete": Text("完成", "complete"), "stopped": Text("提前停止", "stopped early")}


def write_plan_workbook(path: Path, problem: Problem, plan: Plan, verdict: Verdict, *,
                        goal_titles: Mapping[str, Text], goal_units: Mapping[str, Text],
                        goal_values: Mapping[str, Callable[[int], str]], rules: Sequence[RuleLine],
                        language: Language = "zh") -> Path:
    """Write the workbook; same plan, same bytes. ``goal_values`` turn a goal's value into its unit, as people read it.

    Returns where it stands: beside ``path`` where a workbook of that name is open elsewhere.

    Ids of ``plan`` that the district does not know are shown by their id alone. A goal without a title shows its id.
    """
    def write(temporary: Path) -> None:
        with xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
            created = datetime(problem.term.first_month.year, problem.term.first_month.month, 1)  # noqa: DTZ001
            workbook.set_properties({"title": _PLAN_TITLE.in_language(language), "created": created})
            tables = _Tables(workbook, problem, language)
            tables.flat("plan", _ARRANGEMENT, _arrangement(problem, plan, language))
            _write_balance(tables, problem, plan)
            tables.flat("changes", _CHANGES, _changes(problem, plan, language))
            _write_goals(tables, verdict, goal_titles, goal_units, goal_values)
            tables.flat("rules", _RULES, [(one.id, one.title.in_language(language), one.setting.in_language(language),
                                           one.clause.in_language(language)) for one in rules])
            tables.flat("notes", _NOTES, _notes(problem, plan, verdict, language))

    return write_beside(path, write)


class _Tables:
    """Writes tables into the sheets of one workbook, all in one look."""

    def __init__(self, workbook: xlsxwriter.Workbook, problem: Problem, language: Language) -> None:
        self.workbook, self.language = workbook, language
        self._title = f"{problem.district.name} {_PLAN_TITLE.in_language(language)}"
        self._term = term_words(problem.term, language)
        base = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
        self._formats: dict[str, Format] = {
            "header": workbook.add_format({**base, "bold": True, "align": "center", "text_wrap": True,
                                           "bg_color": "#F2F2F2"}),
            "block": workbook.add_format({"font_name": _FONT, "font_size": 12, "bold": True}),
            "text": workbook.add_format({**base, "text_wrap": True, "num_format": "@"}),
            "number": workbook.add_format({**base, "num_format": "0"}),
            "decimal": workbook.add_format({**base, "num_format": "0.0"}),
            "percent": workbook.add_format({**base, "num_format": "0.0%"}),
            "gap": workbook.add_format({**base, "num_format": "0.00%"}),
        }

    def sheet(self, key: str) -> Worksheet:
        """A new sheet, set up to be printed on A4 across, with page numbers."""
        name = _SHEETS[key].in_language(self.language)
        sheet = self.workbook.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{_header_text(self._title)} · {name}&R{_header_text(self._term)}")
        page = Text("第 &P 页 共 &N 页", "Page &P of &N").in_language(self.language)
        inside = Text("内部使用", "Internal use only").in_language(self.language)
        sheet.set_footer(f"&L{inside}&C{page}")
        return sheet

    def flat(self, key: str, columns: Sequence[_Column], rows: Iterable[Sequence[Cell]]) -> Worksheet:
        """A sheet that is one table: frozen header, repeated in print, with a filter."""
        sheet = self.sheet(key)
        last = self.table(sheet, 0, columns, rows)
        self.widths(sheet, columns)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        return sheet

    def widths(self, sheet: Worksheet, columns: Sequence[_Column]) -> None:
        """Set the column widths."""
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)

    def heading(self, sheet: Worksheet, row: int, text: str) -> None:
        """A heading above a table."""
        sheet.write_string(row, 0, _clean(text), self._formats["block"])

    def table(self, sheet: Worksheet, row: int, columns: Sequence[_Column], rows: Iterable[Sequence[Cell]]) -> int:
        """Write header and rows from ``row`` on; return the last row."""
        for index, column in enumerate(columns):
            sheet.write_string(row, index, column.header.in_language(self.language), self._formats["header"])
        for row, values in enumerate(rows, start=row + 1):  # noqa: B020, PLR1704
            for index, (column, value) in enumerate(zip(columns, values, strict=True)):
                self._cell(sheet, row, index, value, self._formats[column.style])
        return row

    @staticmethod
    def _cell(sheet: Worksheet, row: int, column: int, value: Cell, style: Format) -> None:
        if value is None or value == "":
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, str):
            sheet.write_string(row, column, _clean(value), style)
        else:
            sheet.write_number(row, column, value, style)


def _clean(text: str) -> str:
    """Text as a cell can hold it: no control characters, no more than Excel's length."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) != "Cc")[:_MAX_CELL_CHARACTERS]


def _header_text(text: str) -> str:
    """Text of a printed header, where ``&`` begins a code and 255 characters are all there is."""
    return _clean(text)[:60].replace("&", "&&")


def _holders(plan: Plan, site_id: str) -> tuple[str, ...]:
    return plan.cadres_of.get(site_id, ())


def _last_pairings(problem: Problem) -> frozenset[Pairing]:
    past = problem.district.past_terms
    return past[-1].pairings if past else frozenset()


def _arrangement(problem: Problem, plan: Plan, language: Language) -> Iterator[tuple[Cell, ...]]:
    """Every pairing by cadre, then site; then the sites that nobody holds."""
    last = _last_pairings(problem)
    unheld = sorted(site.id for site in problem.district.sites if not _holders(plan, site.id))
    rows = [*plan.pairings, *(Pairing("", site_id) for site_id in unheld)]
    for number, pairing in enumerate(rows, start=1):
        cadre = problem.district.cadre_by_id.get(pairing.cadre_id)
        site = problem.district.site_by_id.get(pairing.site_id)
        term = "" if cadre is None else (_STAYS if pairing in last else _NEW).in_language(language)
        yield (number, *_cadre_cells(problem, pairing.cadre_id, cadre, language),
               *_site_cells(problem, pairing.site_id, cadre, site, language), term)


def _cadre_cells(problem: Problem, cadre_id: str, cadre: Cadre | None, language: Language) -> tuple[Cell, ...]:
    if cadre is None:
        return cadre_id, "" if cadre_id else _UNHELD.in_language(language), ""
    unit = f"{problem.district.office_of(cadre).name} {RANKS[cadre.rank].in_language(language)}"
    return cadre.id, cadre.name, unit


def _site_cells(problem: Problem, site_id: str, cadre: Cadre | None, site: Site | None,
                language: Language) -> tuple[Cell, ...]:
    if site is None:
        return site_id, "", "", "", "", None, None, ""
    seconds = problem.travel_seconds(cadre, site) if cadre else None
    subdistrict = problem.district.subdistrict_by_id[site.subdistrict_id].name
    interval = _MONTHLY if site.visit_every_months == 1 else _EVERY
    return (site.id, site.name, KINDS[site.kind].in_language(language), subdistrict, site.address or _NONE,
            None if seconds is None else minutes(seconds), site.workload_minutes,
            interval.in_language(language).format(months=site.visit_every_months))


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


def _write_balance(tables: _Tables, problem: Problem, plan: Plan) -> None:
    """Aggregates by unit and sub-district, two distributions with a chart, and every cadre by code."""
    language, held = tables.language, _held(problem, plan)
    sheet = tables.sheet("balance")
    tables.widths(sheet, _BY_UNIT)
    row = 0
    blocks: tuple[tuple[str, Sequence[_Column], list[tuple[Cell, ...]]], ...] = (
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


def _add_chart(tables: _Tables, sheet: Worksheet, columns: Sequence[_Column], header_row: int, last_row: int) -> None:
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


def _changes(problem: Problem, plan: Plan, language: Language) -> Iterator[tuple[Cell, ...]]:
    """Every site whose cadre changes, by code: who had it, who has it now, from when."""
    before: defaultdict[str, list[str]] = defaultdict(list)
    for pairing in sorted(_last_pairings(problem)):
        before[pairing.site_id].append(pairing.cadre_id)
    number = 0
    for site in sorted(problem.district.sites, key=lambda one: one.id):
        old, new = before[site.id], list(_holders(plan, site.id))
        if old == new:
            continue
        number += 1
        yield (number, site.id, site.name, KINDS[site.kind].in_language(language),
               problem.district.subdistrict_by_id[site.subdistrict_id].name, _people(problem, old) or _NONE,
               _people(problem, new) or _UNHELD.in_language(language), problem.term.first_month.isoformat(),
               (_HANDS_OVER if old else _FIRST).in_language(language))


def _people(problem: Problem, cadre_ids: Iterable[str]) -> str:
    names = []
    for cadre_id in cadre_ids:
        cadre = problem.district.cadre_by_id.get(cadre_id)
        names.append(cadre_id if cadre is None or cadre.name == cadre_id else f"{cadre_id} {cadre.name}")
    return "、".join(names)


def _write_goals(tables: _Tables, verdict: Verdict, titles: Mapping[str, Text], units: Mapping[str, Text],
                 values: Mapping[str, Callable[[int], str]]) -> None:
    language = tables.language

    def row(goal: GoalValue) -> tuple[Cell, ...]:
        title, unit = titles.get(goal.goal_id), units.get(goal.goal_id)
        shown = values.get(goal.goal_id, str)
        return (title.in_language(language) if title else goal.goal_id, float(shown(goal.value)),
                unit.in_language(language) if unit else "", None if goal.bound is None else float(shown(goal.bound)), goal.gap)

    sheet = tables.flat("goals", _GOALS, [row(goal) for goal in verdict.goals])
    if verdict.violations:
        tables.table(sheet, len(verdict.goals) + 3, _VIOLATIONS,
                     [(one.text.in_language(language), one.amount, "、".join(one.subjects))
                      for one in verdict.violations])


def _notes(problem: Problem, plan: Plan, verdict: Verdict, language: Language) -> Iterator[tuple[Cell, ...]]:
    """Where the plan comes from, so that it can be made again and held against its files."""
    def line(zh: str, en: str, value: Any) -> tuple[Cell, ...]:
        return Text(zh, en).in_language(language), str(value)

    status = _STATUS.get(plan.status)
    yield line("区", "District", problem.district.name)
    yield line("任期", "Term", f"{plan.term_id}（{term_words(problem.term, language)}）")
    verdict_text = _VERDICT[0 if verdict.valid else 1].in_language(language)
    yield line("核查结论", "Verdict", verdict_text.format(count=len(verdict.violations)))
    yield line("求解状态", "Search", status.in_language(language) if status else plan.status)
    yield line("路程来源", "Travel times", problem.travel.source)
    mode = TRAVEL_MODES.get(problem.travel.mode)
    yield line("出行方式", "Mode of travel", mode.in_language(language) if mode else problem.travel.mode)
    for name, counted_in in plan.provenance.coordinates.items():
        yield line(f"坐标系 {name}", f"Coordinates of {name}", counted_in)
    yield line("随机种子", "Seed", plan.provenance.seed)
    yield line("方案摘要 SHA-256 (plan.json)", "Plan SHA-256 (plan.json)", plan_digest(plan))
    for name, digest in sorted(plan.provenance.digests.items()):
        if "." not in name:  # those of parts only tell what of an input changed
            yield line(f"输入摘要 {name}", f"Digest of {name}", digest)
    for name, version in sorted(plan.provenance.versions.items()):
        yield line(f"版本 {name}", f"Version of {name}", version)
    for name, count in sorted(verdict.counts.items()):
        yield line(f"计数 {name}", f"Count of {name}", count)
    yield line("填回说明", "Editing", Text(
        "在“安排表”中改动“干部编号”或“对象编号”后，可用 check 命令核查改动；其他列仅供阅读。",
        "Change cadre id or site id on the first sheet and hand it back: the command check judges the changes.",
    ).in_language(language))
