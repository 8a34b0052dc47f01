"""plan.xlsx: 安排表, 均衡, 变动, 目标, 规则, 说明. Sorted by code; nobody is ranked.

The first sheet can be edited and read back: its columns 干部编号 and 对象编号 hold the pairings. Text of the district
is only ever written as text, never as a formula.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from maps import balance_sheet
from maps.plan_words import KINDS, RANKS, TRAVEL_MODES, minutes, plan_digest
from maps.sheet_writer import Cell, Column, Tables
from maps.style import term_words
from planner.artefacts.files import write_beside
from planner.artefacts.plan import Plan
from planner.artefacts.report import GoalLine, RuleLine
from planner.artefacts.verdict import Verdict
from planner.facts.district import Cadre, Pairing, Site
from planner.facts.problem import Problem
from planner.text import Language, Text

_NONE: Final = "—"


_ARRANGEMENT: Final = (
    Column(Text("序号", "no"), 5, "number"),
    Column(Text("干部编号", "cadre id"), 10),
    Column(Text("姓名", "cadre name"), 10),
    Column(Text("单位及职级", "unit and rank"), 24),
    Column(Text("对象编号", "site id"), 10),
    Column(Text("联系对象", "site name"), 28),
    Column(Text("类别", "kind"), 9),
    Column(Text("街道", "sub-district"), 15),
    Column(Text("地址", "address"), 26),
    Column(Text("路程(分钟)", "travel (min)"), 8, "number"),
    Column(Text("每月工作量(分钟)", "workload (min/month)"), 10, "number"),
    Column(Text("走访间隔", "visits"), 10),
    Column(Text("与上一任期", "since last term"), 9),
)
_CHANGES: Final = (
    Column(Text("序号", "no"), 6, "number"),
    Column(Text("对象", "site"), 12),
    Column(Text("联系对象", "site name"), 34),
    Column(Text("类别", "kind"), 10),
    Column(Text("街道", "sub-district"), 18),
    Column(Text("原联系领导", "until now"), 24),
    Column(Text("新联系领导", "from now on"), 24),
    Column(Text("起始日期", "from"), 13),
    Column(Text("交接", "handover"), 16),
)
_GOALS: Final = (
    Column(Text("目标", "goal"), 40),
    Column(Text("数值", "value"), 14, "number"),
    Column(Text("单位", "unit"), 16),
    Column(Text("下界", "bound"), 14, "number"),
    Column(Text("差距", "gap"), 12, "gap"),
)
_VIOLATIONS: Final = (
    Column(Text("违规", "violation"), 40),
    Column(Text("程度", "amount"), 14, "number"),
    Column(Text("涉及", "who"), 16),
)
_RULES: Final = (
    Column(Text("编号", "id"), 26),
    Column(Text("规定", "rule"), 30),
    Column(Text("设定", "setting"), 40),
    Column(Text("依据", "clause"), 50),
)
_NOTES: Final = (Column(Text("项目", "item"), 30), Column(Text("内容", "value"), 80))

_SHEETS: Final = {
    "plan": Text("安排表", "plan"),
    "balance": balance_sheet.NAME,
    "changes": Text("变动", "changes"),
    "goals": Text("目标", "goals"),
    "rules": Text("规则", "rules"),
    "notes": Text("说明", "notes"),
}
_PLAN_TITLE: Final = Text("领导干部定点联系安排表", "Liaison plan")
_EVERY: Final = Text("每{months}个月", "every {months} months")
_MONTHLY: Final = Text("每月", "monthly")
_NEW: Final = Text("新任", "new")
_STAYS: Final = Text("续任", "stays")
_HANDS_OVER: Final = Text("办理交接", "hand over")
_FIRST: Final = Text("首次联系", "first liaison")
_UNHELD: Final = Text("暂无联系领导", "nobody")
_VERDICT: Final = (Text("符合全部硬性规定", "obeys every rule"), Text("违反规定 {count} 项", "breaks rules: {count}"))
_STATUS: Final = {"complete": Text("完成", "complete"), "stopped": Text("提前停止", "stopped early")}


def write_plan_workbook(path: Path, problem: Problem, plan: Plan, verdict: Verdict, *, goals: Sequence[GoalLine],
                        rules: Sequence[RuleLine], language: Language = "zh") -> Path:
    """Write the workbook; same plan, same bytes.

    Returns where it stands: beside ``path`` where a workbook of that name is open elsewhere.

    Ids of ``plan`` that the district does not know are shown by their id alone.
    """
    def write(temporary: Path) -> None:
        with xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
            created = datetime(problem.term.first_month.year, problem.term.first_month.month, 1)  # noqa: DTZ001
            workbook.set_properties({"title": _PLAN_TITLE.in_language(language), "created": created})
            title = f"{problem.district.name} {_PLAN_TITLE.in_language(language)}"
            tables = Tables(workbook, title, term_words(problem.term, language), language)
            tables.flat(_SHEETS["plan"], _ARRANGEMENT, _arrangement(problem, plan, language))
            balance_sheet.write_balance(tables, problem, plan)
            tables.flat(_SHEETS["changes"], _CHANGES, _changes(problem, plan, language))
            _write_goals(tables, verdict, goals)
            tables.flat(_SHEETS["rules"], _RULES, [(one.id, one.title.in_language(language), one.setting.in_language(language),
                                           one.clause.in_language(language)) for one in rules])
            tables.flat(_SHEETS["notes"], _NOTES, _notes(problem, plan, verdict, language))

    return write_beside(path, write)


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


def _write_goals(tables: Tables, verdict: Verdict, goals: Sequence[GoalLine]) -> None:
    language = tables.language
    rows = [(one.title.in_language(language), float(one.value), one.unit.in_language(language),
             None if one.bound is None else float(one.bound), one.gap) for one in goals]
    sheet = tables.flat(_SHEETS["goals"], _GOALS, rows)
    if verdict.violations:
        tables.table(sheet, len(goals) + 3, _VIOLATIONS,
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
