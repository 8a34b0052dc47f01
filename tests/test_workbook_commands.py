"""The first things a user does: write a template, fill it, check it, and look at the marked copy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import run_planner
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
