from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geodata.demo_district import build_demo
from geodata.faults import Fault
from geodata.questions import _crowded_spans
from geodata.tables import read_workbook, write_workbook
from tests.geodata.sample_workbook import Rows, small, workbook
from tests.malformed.generate import add_enterprises, column_of

HISTORY = ["任期", "干部", "对象编号"]


def asked(folder: Path, rows: Rows) -> list[Fault]:
    district, faults = read_workbook(workbook(folder, rows))
    assert district is not None, [fault.sentence() for fault in faults]
    return [fault for fault in faults if fault.severity == "warning"]


def test_right_data_is_never_questioned(tmp_path: Path) -> None:
    """The demonstration district, several of whose enterprises share a building, and the small workbook."""
    write_workbook(tmp_path / "demo.xlsx", build_demo(1, 0.5).district)
    district, faults = read_workbook(tmp_path / "demo.xlsx")
    assert district is not None
    assert {fault.code for fault in faults if fault.severity == "warning"} <= {"former-cadre", "former-site"}
    assert asked(tmp_path, small()) == []


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("一厂有限公司", "一厂有限责任公司", True), ("上海（一厂）有限公司", "上海一厂有限公司", True), ("一厂集团股份有限公司", "一厂", True),
    ("一 厂", "一厂", True), ("ＡＢＣ公司", "abc有限公司", True), ("一厂有限公司", "二厂有限公司", False), ("公司", "有限公司", False)])
def test_names_that_are_alike(one: str, other: str, alike: bool, tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][1], rows["企业"][2][1] = one, other
    assert [(fault.code, fault.row) for fault in asked(tmp_path, rows)] == ([("alike-names", 3)] if alike else [])


def test_committees_of_one_name_in_two_subdistricts_are_not_alike(tmp_path: Path) -> None:
    rows = small()
    rows["街道"].append(["S2", "乙街道", 121.6, 31.3])
    rows["居委会"].append(["R2", "一居", "S2", *rows["居委会"][1][3:]])
    rows["居委会"].append(["R3", "一居民委员会", "S2", *rows["居委会"][1][3:]])
    assert [(fault.code, fault.row) for fault in asked(tmp_path, rows)] == []
    rows["居委会"][3][1] = "一居居委会"
    rows["居委会"][2][1] = "一居社区居民委员会"
    assert [(fault.code, fault.row) for fault in asked(tmp_path, rows)] == [("alike-names", 4)]


@pytest.mark.parametrize(("addresses", "is_asked"), [
    ([f"某路 {number} 号" for number in range(6)], True), (["某路 1 号"] * 6, False), ([""] * 6, False),
    (["某路 1 号"] * 3 + ["某路 2 号"] * 3, False)])
def test_many_addresses_at_one_point(addresses: list[str], is_asked: bool, tmp_path: Path) -> None:
    """One building of many firms is no question; six addresses that a geocoder put at one point are."""
    rows = small()
    add_enterprises(rows, 4)
    for header, values in (("经度", [121.5] * 6), ("纬度", [31.3] * 6), ("地址", addresses)):
        column_of(rows, "企业", header, values)
    assert [fault.code for fault in asked(tmp_path, rows)] == (["same-point"] if is_asked else [])


@pytest.mark.parametrize(("terms", "codes"), [
    (["2023-2024", "2025-2026"], []), (["2021-2022", "2025-2026"], ["missing-term"]), (["2024-2025", "2025-2026"], []),
    (["第三届", "第五届"], [])])
def test_terms_that_are_missing(terms: list[str], codes: list[str], tmp_path: Path) -> None:
    rows = {**small(), "历史": [HISTORY, *([term, "C1", "R1"] for term in terms)]}
    assert [fault.code for fault in asked(tmp_path, rows)] == codes


def test_a_row_of_history_given_twice_counts_once(tmp_path: Path) -> None:
    rows = {**small(), "历史": [HISTORY, ["2025-2026", "C1", "R1"], ["2025-2026", "甲", "一居"]]}
    district, (note,) = read_workbook(workbook(tmp_path, rows))
    assert (note.code, note.row, note.severity) == ("repeated-row", 3, "repair")
    assert district is not None
    assert len(district.past_terms[0].pairings) == 1


def test_sites_that_were_merged_are_no_contradiction(tmp_path: Path) -> None:
    rows = {**small(), "历史": [HISTORY, ["2025-2026", "C1", "R8"], ["2025-2026", "C2", "R9"]],
            "变更": [["原编号", "现编号"], ["R8", "R1"], ["R9", "R1"]]}
    assert asked(tmp_path, rows) == []


def day(number: int) -> date:
    return date(2027, 3, number)


@pytest.mark.parametrize(("spans", "everybody", "crowded"), [
    ([], 4, []),
    ([("a", day(1), day(5))], 2, []),
    ([("a", day(1), day(5)), ("b", day(3), day(9))], 4, [(day(3), day(5), 2)]),
    ([("a", day(1), day(5)), ("b", day(3), day(9))], 5, []),
    ([("a", day(1), day(5)), ("b", day(1), day(5)), ("c", day(2), day(3)), ("d", day(6), day(6))], 4, [(day(1), day(5), 3)]),
    ([("a", day(1), day(2)), ("b", day(1), day(2)), ("a", day(7), day(8)), ("b", day(8), day(9))], 3,
     [(day(1), day(2), 2), (day(8), day(8), 2)])])
def test_days_on_which_many_are_away(spans: list[tuple[str, date, date]], everybody: int, crowded: list[Any]) -> None:
    assert list(_crowded_spans(spans, everybody)) == crowded
