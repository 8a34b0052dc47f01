"""Sheets that come back: every edit with its cell, merged, conflicts by name, taken as pins and objections."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from geodata.faults import InputError
from geodata.returned_sheets import EditKind, merged, read_edits, with_edits
from planner.facts.district import Pairing
from tests.planner.sample import make_problem

DISTRICT = make_problem(3, "e0 e1 r0", pins=frozenset({Pairing("c0", "e0")})).district
HOLDERS = {"e0": "c0", "e1": "c1", "r0": "c2"}


def sheet(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    page = book.active
    page.title = "安排表"
    page.append(("干部编号", "姓名", "对象编号", "填写人", "说明"))
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_every_edit_is_told_with_its_cell_who_and_why(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", ("c0", "", "e0", None, None), ("c2", "", "e1", "张", "离家近"), (None, "", "r0", "李", "路远"))
    edits, _ = read_edits(path, DISTRICT, HOLDERS)
    assert [(one.cell, one.kind, one.site_id, one.from_cadre_id, one.to_cadre_id, one.who, one.why) for one in edits] == [
        ("A3", EditKind.WISH, "e1", "c1", "c2", "张", "离家近"), ("A4", EditKind.OBJECTION, "r0", "c2", None, "李", "路远")]


def test_a_deleted_row_is_an_objection_and_an_untouched_sheet_says_nothing(tmp_path: Path) -> None:
    same = sheet(tmp_path / "a.xlsx", *((cadre, "", site, None, None) for site, cadre in HOLDERS.items()))
    assert read_edits(same, DISTRICT, HOLDERS)[0] == ()
    (edit,), _ = read_edits(sheet(tmp_path / "b.xlsx", ("c0", "", "e0"), ("c1", "", "e1")), DISTRICT, HOLDERS)
    assert (edit.kind, edit.site_id, edit.from_cadre_id, edit.cell) == (EditKind.OBJECTION, "r0", "c2", "")


def test_sheets_merge_and_conflicts_name_their_files(tmp_path: Path) -> None:
    rest = [("c2", "", "r0")]
    first = sheet(tmp_path / "a.xlsx", ("c1", "", "e0"), ("c2", "", "e1"), *rest)
    second = sheet(tmp_path / "b.xlsx", ("c2", "", "e0"), ("c2", "", "e1"), *rest)
    taken, conflicts = merged([*read_edits(first, DISTRICT, HOLDERS)[0], *read_edits(second, DISTRICT, HOLDERS)[0]])
    assert [(one.site_id, one.to_cadre_id) for one in taken] == [("e1", "c2")]
    assert [[one.file for one in conflict.edits] for conflict in conflicts] == [["a.xlsx", "b.xlsx"]]


def test_wishes_become_pins_and_objections_recusals(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", ("c1", "", "e0"), ("c1", "", "e1"))
    district = with_edits(DISTRICT, read_edits(path, DISTRICT, HOLDERS)[0])
    assert district.pins == {Pairing("c1", "e0")}
    assert district.recusals == {Pairing("c2", "r0")}


def test_an_unknown_cadre_is_a_fault_with_its_cell(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", ("c9", "", "e0"), ("c1", "", "e1"), ("c2", "", "r0"))
    with pytest.raises(InputError) as raised:
        read_edits(path, DISTRICT, HOLDERS)
    assert any(fault.cell == "A2" for fault in raised.value.faults)


def test_a_name_changed_without_its_id_is_a_fault(tmp_path: Path) -> None:
    rest = (("c1", "干部c1", "e1"), ("c2", "", "r0"))
    with pytest.raises(InputError) as raised:
        read_edits(sheet(tmp_path / "a.xlsx", ("c0", "干部c1", "e0"), *rest), DISTRICT, HOLDERS)
    assert [(fault.code, fault.cell) for fault in raised.value.faults if fault.severity == "fault"] == [("contradiction", "B2")]
    # the id changed and the old name left, or both changed: the id counts
    for name in ("干部c0", "干部c1"):
        (edit,), _ = read_edits(sheet(tmp_path / "b.xlsx", ("c1", name, "e0"), *rest), DISTRICT, HOLDERS)
        assert (edit.kind, edit.to_cadre_id) == (EditKind.WISH, "c1")


def test_two_rows_of_one_point_with_different_cadres_are_a_fault(tmp_path: Path) -> None:
    rows = (("c0", "", "e0"), ("c1", "", "e1"), ("c2", "", "r0"))
    with pytest.raises(InputError) as raised:
        read_edits(sheet(tmp_path / "a.xlsx", *rows, ("c1", "", "e0")), DISTRICT, HOLDERS)
    assert [(fault.code, fault.cell) for fault in raised.value.faults if fault.severity == "fault"] == [("duplicate-id", "C5")]
    assert read_edits(sheet(tmp_path / "b.xlsx", *rows, rows[0]), DISTRICT, HOLDERS)[0] == ()


@pytest.mark.parametrize("header", [("对象编号", "说明"), ("姓名", "对象编号")])
def test_a_sheet_without_ids_of_cadres(tmp_path: Path, header: tuple[str, ...]) -> None:
    book = Workbook()
    page = book.active
    page.append(header)
    for site, cadre in HOLDERS.items():
        page.append((f"干部{cadre}", site) if "姓名" in header else (site, "x"))
    book.save(tmp_path / "a.xlsx")
    if "姓名" in header:
        assert read_edits(tmp_path / "a.xlsx", DISTRICT, HOLDERS)[0] == ()
        return
    with pytest.raises(InputError) as raised:
        read_edits(tmp_path / "a.xlsx", DISTRICT, HOLDERS)
    assert "missing-column" in {fault.code for fault in raised.value.faults}
