"""The first things a user does: write a template, fill it, check it, and look at the marked copy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import commands.inputs
import run_planner
from commands.inputs import Sources, read_inputs
from planner.facts.district import TravelMode
from tests.geodata.sample_workbook import small, workbook
from tests.malformed.generate import csv_folder

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run the program and return its exit code and standard output."""
    monkeypatch.setenv("YIXIAN_CACHE", str(tmp_path / "cache"))

    def run(*arguments: object) -> tuple[int, str]:
        code = run_planner.main([str(one) for one in (*arguments, "--quiet")])
        return code, capsys.readouterr().out
    return run


@pytest.mark.parametrize(("language", "told"), [("zh", "只有模板自带的示例行"), ("en", "only the sample rows")])
def test_a_template_is_written_and_checked(language: str, told: str, call: Call, tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    assert call("template", "--out", path, "--lang", language) == (0, f"{path}\n")
    code, out = call("check", path, "--lang", language)
    assert code == 0
    assert told in out


def test_a_template_goes_where_it_can_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert call("template", "--out", tmp_path / "file" / "t.xlsx")[0] == 2


def test_without_history_the_term_is_asked_for_but_no_fault(call: Call, tmp_path: Path) -> None:
    path = workbook(tmp_path, small())
    code, out = call("check", path)
    assert code == 0
    assert re.search("请核对 .*不知道要排哪一届", out)
    assert call("check", path, "--term", "2027-2028") == (0, "共 0 处错误，0 处已自动修正。\n")
    assert call("plan", path, "--out", tmp_path / "out")[0] == 2


def test_cadres_travel_by_the_means_of_their_row(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By bicycle 12 km/h in a straight line, by car 20; in a city everybody has the same."""
    rows = small()
    rows["干部"] = [[*row, one] for row, one in zip(rows["干部"], ["出行方式", "骑车", "公车"], strict=False)] + rows["干部"][3:]
    path = workbook(tmp_path, rows)
    inputs = read_inputs(Sources(path, term_id="2027-2028"), cache=False)
    problem = inputs.problem
    first, second = problem.district.cadres[:2]
    assert list(problem.by_mode) == [TravelMode.BICYCLE]
    assert (problem.mode_of(first), problem.mode_of(second)) == (TravelMode.BICYCLE, TravelMode.CAR)
    site = next(one for one in problem.district.sites if problem.travel.seconds(first.office_id, one.id))
    by_car = problem.travel.seconds(first.office_id, site.id)
    assert by_car is not None
    assert problem.travel_seconds(first, site) == pytest.approx(by_car * 20 / 12, abs=2)
    assert problem.digests["travel.bicycle"] == problem.by_mode[TravelMode.BICYCLE].digest
    monkeypatch.setattr(commands.inputs, "MOST_CADRES_WITH_OWN_MODES", 1)
    code, out = call("check", path, "--term", "2027-2028")
    assert code == 2
    assert "“出行方式”" in out


def test_the_file_of_occasions_is_written(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "occasions.xlsx"
    assert call("template", "--out", path, "--occasions") == (0, f"{path}\n")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["慰问户", "大年初一", "意见征询", "下访接待"]
    assert [cell.value for cell in book["大年初一"][1]] == ["年份", "开始时间", "结束时间", "每户时长(分钟)", "每人至多(户)"]


def test_check_writes_all_faults_and_a_marked_copy(call: Call, tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][3], rows["干部"][2][3] = "东经", "厅"
    out = tmp_path / "out"
    code, told = call("check", workbook(tmp_path, rows), "--out", out, "--json")
    assert code == 2
    faults = json.loads(told)["faults"]
    assert json.loads((out / "faults.json").read_text(encoding="utf-8")) == {"faults": faults}
    assert [(one["code"], one["cell"]) for one in faults] == [("unknown-choice", "D3"), ("wrong-type", "D2")]
    book = openpyxl.load_workbook(out / "district-faults.xlsx")
    marked = [(sheet.title, cell.coordinate) for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert marked == [("干部", "D3"), ("企业", "D2")]
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "cache") == ["district.xlsx", "out"]


def test_a_file_that_cannot_be_opened_has_no_marked_copy(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d.xlsx").write_text("只是文字", encoding="utf-8")
    assert call("check", tmp_path / "d.xlsx", "--out", tmp_path / "out")[0] == 2
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["faults.json"]


def test_a_folder_of_csv_with_its_policy_inside(call: Call, tmp_path: Path) -> None:
    folder = csv_folder(tmp_path, small(), "gb18030")
    code, out = call("check", folder, "--term", "2027-2028")
    assert code == 0
    assert "共 0 处错误，5 处已自动修正。" in out
    (folder / "policy.toml").write_text("[travel]\n", encoding="utf-8")
    assert call("check", folder, "--term", "2027-2028")[0] == 2


def test_a_repair_is_made_only_with_consent(call: Call, tmp_path: Path) -> None:
    rows = small()
    for line in rows["企业"][1:]:
        line[3], line[4] = line[4], line[3]
    path = workbook(tmp_path, rows)
    code, out = call("check", path, "--term", "2027-2028")
    assert code == 2
    assert "--accept swapped-coordinates" in out
    code, out = call("check", path, "--term", "2027-2028", "--accept", "swapped-coordinates")
    assert code == 0
    assert "已修正 " in out
    assert call("check", path, "--accept", "anything")[0] == 2


def test_a_plan_as_csv_is_judged(call: Call, tmp_path: Path) -> None:
    path = workbook(tmp_path, small())
    (tmp_path / "方案.csv").write_text("干部,对象\nC1,E1\nC2,E2\nC9,R1\n", encoding="gbk")
    code, out = call("check", path, tmp_path / "方案.csv", "--term", "2027-2028")
    assert code == 2
    assert "C9" in out
