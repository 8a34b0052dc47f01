from __future__ import annotations

from pathlib import Path

import pytest

from geodata.faults import Fault
from geodata.tables import read_workbook
from planner.facts.district import District, Pairing
from tests.geodata.sample_workbook import Rows, small, workbook

CHANGES = ["类型", "原编号", "现编号"]


def with_changes(folder: Path, changes: list[list[str]], **sheets: list[list[str]]) -> tuple[District | None, tuple[Fault, ...]]:
    rows: Rows = small()
    rows["居委会"].append(["R2", "二居", *rows["居委会"][1][2:]])
    rows["变更"] = [CHANGES, *changes]
    for name, lines in sheets.items():
        rows[name] = [["任期", "干部", "对象编号"] if name == "历史" else ["干部", "对象编号"], *lines]
    return read_workbook(workbook(folder, rows))


def past(folder: Path, changes: list[list[str]], *sites: str) -> set[str]:
    district, faults = with_changes(folder, changes, 历史=[["2025-2026", "C1", site] for site in sites])
    assert district is not None, [fault.sentence() for fault in faults]
    return {pairing.site_id for pairing in district.past_terms[0].pairings}


def test_a_chain_of_changes_is_followed_to_today(tmp_path: Path) -> None:
    """A became B, B became C, C was split into R1 and R2."""
    changes = [["", "A", "B"], ["", "C", "R2"], ["", "B", "C"], ["居委会", "C", "二 居"], ["", "C", "R1"]]
    assert past(tmp_path, changes, "A") == {"R1", "R2"}


def test_one_that_was_split_but_lives_on_passes_its_history_to_both(tmp_path: Path) -> None:
    assert past(tmp_path, [["", "R1", "R1"], ["", "R1", "R2"]], "R1") == {"R1", "R2"}


def test_changes_in_a_circle_end(tmp_path: Path) -> None:
    assert past(tmp_path, [["", "R1", "R2"], ["", "R2", "R1"]], "R1") == {"R1"}


def test_a_change_to_what_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    _, faults = with_changes(tmp_path, [["", "A", "B"], ["", "B", "X"]])
    assert [(fault.code, fault.cell) for fault in faults if fault.severity == "fault"] == [
        ("unknown-site", "C2"), ("unknown-site", "C3")]


def test_recusals_hold_for_every_part_and_pins_ask(tmp_path: Path) -> None:
    changes = [["", "A", "R1"], ["", "A", "R2"]]
    district, _ = with_changes(tmp_path, changes, 回避=[["C1", "A"]])
    assert district is not None
    assert district.recusals == {Pairing("C1", "R1"), Pairing("C1", "R2")}
    _, faults = with_changes(tmp_path, changes, 指定=[["C1", "A"]])
    assert [(fault.code, fault.cell) for fault in faults] == [("split-reference", "B2")]
    assert "R1、R2" in faults[0].sentence()


@pytest.mark.parametrize(("kind", "old", "new", "sheet"), [("干部", "老甲", "C1", "回避"), ("联系点", "老一厂", "E1", "回避")])
def test_people_and_sites_by_their_former_names(kind: str, old: str, new: str, sheet: str, tmp_path: Path) -> None:
    line = ["老甲", "E1"] if kind == "干部" else ["C1", "老一厂"]
    district, faults = with_changes(tmp_path, [[kind, old, new]], 回避=[line])
    assert district is not None, [fault.sentence() for fault in faults]
    assert district.recusals == {Pairing("C1", "E1")}
    assert [fault.code for fault in faults] == ["followed-change"]


def test_a_unit_that_was_renamed(tmp_path: Path) -> None:
    rows = small()
    rows["干部"][1][2] = "老某局"
    rows["变更"] = [CHANGES, ["单位", "老某局", "某局"]]
    district, _ = read_workbook(workbook(tmp_path, rows))
    assert district is not None
    assert district.cadres[0].office_id == "O1"
