"""The workbook says what the plan says, as text and numbers, and never as formulas."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from maps.plan_tables import write_plan_workbook
from planner.artefacts.files import write_json
from planner.artefacts.plan import Plan
from planner.artefacts.report import GoalLine, RuleLine
from planner.artefacts.verdict import GoalValue, Verdict, Violation
from planner.facts.district import Pairing
from planner.text import Text
from tests.maps import sample

VERDICT = Verdict((), (GoalValue("travel", 4800, 3600), GoalValue("fit", 4)), {"sites": 4})
GOALS = (GoalLine("travel", Text("走访日路程", "travel on visit days"), Text("分钟", "min"), "80", "60", 0.25),
         GoalLine("fit", Text("=1", "=1"), Text("", ""), "4", None, None))
RULES = (RuleLine("rotation", Text("轮换", "rotation"), Text("两年一次进行调整", "every two years"),
                  Text("隔 1 任", "1 term"), 0),)


def book(path: Path, *, names=("", "", "", ""), plan=None, verdict=VERDICT, language="zh", rules=RULES):
    given = sample.problem(names)
    write_plan_workbook(path, given, plan or sample.plan(given), verdict,
                        goals=GOALS, rules=rules, language=language)
    return openpyxl.load_workbook(path)


def rows(sheet) -> list[tuple[object, ...]]:
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def test_sheets(tmp_path):
    assert book(tmp_path / "a.xlsx").sheetnames == ["安排表", "均衡", "变动", "目标", "规则", "说明"]
    assert book(tmp_path / "b.xlsx", language="en").sheetnames == ["plan", "balance", "changes", "goals", "rules",
                                                                   "notes"]


def test_arrangement(tmp_path):
    """By cadre, then site: C01 has S01 (held last term) and S04; C02 has S02 (was C01's) and S03."""
    header, *lines = rows(book(tmp_path / "a.xlsx")["安排表"])
    assert header == ("序号", "干部编号", "姓名", "单位及职级", "对象编号", "联系对象", "类别", "街道", "地址",
                      "路程(分钟)", "每月工作量(分钟)", "走访间隔", "与上一任期")
    assert lines == [
        (1, "C01", "C01", "示例局 正处级", "S01", "对象1号", "企业", "四平街道", "—", 10, 30, "每月", "续任"),
        (2, "C01", "C01", "示例局 正处级", "S04", "对象4号", "居委会", "五角街道", "政学路4弄", 10, 60, "每月",
         "新任"),
        (3, "C02", "乙", "区委机关 区领导", "S02", "对象2号", "居委会", "四平街道", "政学路2弄", 10, 60,
         "每月", "新任"),
        (4, "C02", "乙", "区委机关 区领导", "S03", "对象3号", "企业", "五角街道", "政学路3弄", 10, 30, "每月", "新任"),
    ]


def test_a_site_without_a_cadre_and_unknown_ids_are_listed(tmp_path):
    plan = Plan.of("2027-2028", [Pairing("C01", "S01"), Pairing("C99", "S02"), Pairing("C01", "S99")],
                   sample.PROVENANCE)
    lines = rows(book(tmp_path / "a.xlsx", plan=plan)["安排表"])[1:]
    assert [(line[1], line[2], line[4]) for line in lines] == [
        ("C01", "C01", "S01"), ("C01", "C01", "S99"), ("C99", None, "S02"), (None, "暂无联系领导", "S03"),
        (None, "暂无联系领导", "S04")]


def test_changes_are_the_handovers(tmp_path):
    """C01 had S01 and S02: S01 stays, S02 goes to C02, S03 and S04 had nobody."""
    lines = rows(book(tmp_path / "a.xlsx")["变动"])[1:]
    assert [(line[1], *line[5:]) for line in lines] == [
        ("S02", "C01", "C02 乙", "2027-01-01", "办理交接"),
        ("S03", "—", "C02 乙", "2027-01-01", "首次联系"),
        ("S04", "—", "C01", "2027-01-01", "首次联系"),
    ]


def test_balance(tmp_path):
    """180 minutes over two full capacities: 90 each is the fair share; both hold 90."""
    lines = rows(book(tmp_path / "a.xlsx")["均衡"])
    assert ("D1", "示例局", 1, 2, 90, 90, 1, 10) in lines
    assert ("D2", "区委机关", 1, 2, 90, 90, 1, 10) in lines
    assert ("J1", "四平街道", 1, 1, 90, 2, 0.5, 10) in lines
    assert ("C01", "C01", 1, 2, 90, 90, 1, 10) in lines
    assert ("100–105%", 2) in [line[:2] for line in lines]
    assert ("95–100%", 0) in [line[:2] for line in lines]
    assert ("10–15′", 4) in [line[:2] for line in lines]
    order = [line[0] for line in lines if line[0] in {"C01", "C02"}]
    assert order == ["C01", "C02"]


def test_goals_rules_and_notes(tmp_path):
    workbook = book(tmp_path / "a.xlsx")
    assert rows(workbook["目标"])[1:] == [("走访日路程", 80, "分钟", 60, 0.25), ("=1", 4, None, None, None)]
    assert rows(workbook["规则"])[1:] == [("rotation", "轮换", "隔 1 任", "两年一次进行调整")]
    notes = dict(rows(workbook["说明"])[1:])
    assert notes["核查结论"] == "符合全部硬性规定"
    assert (notes["随机种子"], notes["出行方式"]) == ("7", "驾车")
    assert notes["坐标系 enterprises"] == "GCJ-02, accepted"
    assert notes["输入摘要 district"] == "d" * 64
    assert notes["版本 planner"] == "0.1.0"


def test_the_plan_digest_is_that_of_the_file(tmp_path):
    plan = sample.plan(sample.problem())
    write_json(tmp_path / "plan.json", plan.to_json())
    notes = dict(rows(book(tmp_path / "a.xlsx")["说明"])[1:])
    assert notes["方案摘要 SHA-256 (plan.json)"] == hashlib.sha256((tmp_path / "plan.json").read_bytes()).hexdigest()


def test_violations_stand_below_the_goals(tmp_path):
    verdict = replace(VERDICT, violations=(Violation("load", ("C01", "S01"), 2, Text("=超出2", "=over by 2")),))
    workbook = book(tmp_path / "a.xlsx", verdict=verdict)
    assert rows(workbook["目标"])[-1][:3] == ("=超出2", 2, "C01、S01")
    assert dict(rows(workbook["说明"])[1:])["核查结论"] == "违反规定 1 项"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_cell_becomes_a_formula_or_a_link(tmp_path, language):
    hostile = Text("=1+1", "=1+1")
    workbook = book(tmp_path / "a.xlsx", names=(*sample.HOSTILE_NAMES, "https://example.org", "\x07声"),
                    rules=[RuleLine("=1", hostile, hostile, hostile, 0)], language=language)
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    values = {cell.value for cell in cells}
    assert {*sample.HOSTILE_NAMES, "https://example.org", "声"} <= values


def test_print_set_up(tmp_path):
    for sheet in book(tmp_path / "a.xlsx"):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert "&P" in sheet.oddFooter.center.text or "Page" in str(sheet.oddFooter.center.text)
        if sheet.title != "均衡":
            assert sheet.freeze_panes == "A2"
            assert sheet.print_title_rows == "$1:$1"
            assert sheet.auto_filter.ref is not None


def test_same_plan_same_bytes(tmp_path):
    book(tmp_path / "a.xlsx")
    book(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]
