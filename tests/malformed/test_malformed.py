"""Every bad input of the table is read to its end, and told with what is wrong, where, and nothing besides."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

import run_planner
from geodata.faults import Fault, InputError, is_fatal
from geodata.holidays import special_days
from geodata.sheets import TOLD_EVERY_ROWS
from geodata.tables import read_tables, read_workbook, write_workbook
from planner.artefacts.run_lock import holding
from planner.facts.district import Absence, District, Pairing, PastTerm
from planner.facts.term import DayState
from tests.geodata.sample_workbook import small, workbook
from tests.malformed import generate as g
from tests.malformed.cases import CASES, Case, as_said

BY_NUMBER = {case.number: case for case in CASES}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIXIAN_CACHE", str(tmp_path / "cache"))


def read(number: str, folder: Path) -> tuple[District | None, tuple[Fault, ...]]:
    return read_workbook(BY_NUMBER[number].make(folder))


def good(number: str, folder: Path) -> District:
    district, faults = read(number, folder)
    assert district is not None, [fault.sentence() for fault in faults]
    return district


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number} {case.what}")
def test_what_is_told(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = case.make(tmp_path)
    if case.command:
        code = run_planner.main([one.format(path=path, folder=tmp_path) for one in case.command])
        told = "".join(capsys.readouterr())
        assert code == case.ends, told
        assert case.words in told
        assert "Traceback" not in told
        return
    district, faults = read_workbook(path)
    assert sorted(map(as_said, faults)) == sorted(case.said)
    assert (district is None) == is_fatal(faults)
    assert not case.words or any(case.words in fault.sentence() for fault in faults)
    for fault in faults:
        assert not re.search(r"[\x00-\x1f]", fault.sentence() + fault.sentence("en"))
        assert len(fault.value) <= 40


def test_the_files_are_the_same_each_time(tmp_path: Path) -> None:
    for case in CASES:
        made = []
        for name in ("a", "b"):
            (tmp_path / name / case.number).mkdir(parents=True)
            case.make(tmp_path / name / case.number)
            made.append({path.relative_to(tmp_path / name): path.read_bytes()
                         for path in (tmp_path / name / case.number).rglob("*") if path.is_file()})
        assert made[0] == made[1], case.number
        assert made[0]


def test_numbers_stand_once_in_order_and_no_row_is_missing() -> None:
    numbers = [case.number for case in CASES]
    assert numbers == sorted(set(numbers))
    assert {int(number[:2]) for number in numbers} == set(range(1, 47))


# --- what is read all the same -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["01", "02", "03", "06", "45"])
def test_shapes_and_slips_change_nothing(number: str, tmp_path: Path) -> None:
    (tmp_path / "right").mkdir()
    right, _ = read_workbook(workbook(tmp_path / "right", small()))
    assert good(number, tmp_path) == right


def test_a_header_of_two_lines(tmp_path: Path) -> None:
    rows = small()
    g.two_line_header(rows)
    rows["单位"][0][7:] = []
    district, faults = read_workbook(workbook(tmp_path, rows))
    assert district is not None, [fault.sentence() for fault in faults]
    assert [(site.id, site.name, site.place.lon, site.place.lat) for site in district.sites][:2] == [
        ("E1", "一厂", 121.52, 31.32), ("E2", "二厂", 121.53, 31.33)]


def test_hidden_rows_are_kept(tmp_path: Path) -> None:
    assert [site.id for site in good("05", tmp_path).sites] == ["E1", "E2", "R1"]


def test_a_name_with_a_space_in_it_is_found(tmp_path: Path) -> None:
    assert good("07", tmp_path).recusals == {Pairing("C1", "E1")}


def test_days_counted_from_1904(tmp_path: Path) -> None:
    rows = {**small(), "请假": [g.ABSENCES, ["C2", 44876, "2026-11-13"], ["C1", date(2026, 11, 16), 20261117]]}
    with g.book(tmp_path / "d.xlsx", rows, date_1904=True):
        pass
    district, faults = read_workbook(tmp_path / "d.xlsx")
    assert district is not None, [fault.sentence() for fault in faults]
    assert district.absences == (Absence("C2", date(2026, 11, 12), date(2026, 11, 13)),
                                 Absence("C1", date(2026, 11, 16), date(2026, 11, 17)))


def test_history_follows_a_new_name(tmp_path: Path) -> None:
    assert good("13", tmp_path).past_terms == (PastTerm("2025-2026", frozenset({Pairing("C1", "E1")})),)


def test_history_follows_what_was_merged_and_split(tmp_path: Path) -> None:
    """R7 and R8 became R1, R9 became R1 and R2; nobody says what became of R6."""
    assert good("38", tmp_path).past_terms == (PastTerm("2025-2026", frozenset({
        Pairing("C1", "R1"), Pairing("C2", "R1"), Pairing("C2", "R2"), Pairing("C1", "R6")})),)


@pytest.mark.parametrize(("number", "names"), [
    ("14", ["𬭳钢 \U00020000 厂", "二\ue123厂"]),
    ("18", ["=HYPERLINK(\"http://example.org\",\"一厂\")", "=cmd|' /C calc'!A0"]),
    ("19", ["<img src=x onerror=alert(1)>${1+1}", "</script>{{7*7}}`\\0{#"])])
def test_names_are_kept_letter_by_letter(number: str, names: list[str], tmp_path: Path) -> None:
    assert [site.name for site in good(number, tmp_path).sites[:2]] == names


def test_names_that_look_like_formulas_are_written_as_text(tmp_path: Path) -> None:
    district = good("18", tmp_path)
    write_workbook(tmp_path / "again.xlsx", district)
    book = openpyxl.load_workbook(tmp_path / "again.xlsx")
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value)[:1] in "=@"} == {"s"}
    assert read_workbook(tmp_path / "again.xlsx")[0] == district


def test_long_texts_are_kept_whole(tmp_path: Path) -> None:
    site = good("21", tmp_path).sites[0]
    assert (len(site.name), len(site.address)) == (300, 40_000)


def test_capacity_zero_is_excluded(tmp_path: Path) -> None:
    rows = small()
    rows["干部"][1][4] = 0
    district, _ = read_workbook(workbook(tmp_path, rows))
    assert district is not None
    assert [cadre.id for cadre in district.active_cadres] == ["C2"]


def test_one_cadre_and_more_cadres_than_sites_are_districts(tmp_path: Path) -> None:
    for number, count in (("35b", 1), ("35c", 8)):
        (tmp_path / number).mkdir()
        assert len(good(number, tmp_path / number).cadres) == count


def test_a_holiday_table_without_the_year(tmp_path: Path) -> None:
    """Row 40: a year nobody announced yet is projected, and said to be; a slip in the table is told."""
    _, states = special_days([2031])
    assert states == {2031: DayState.PROJECTED}
    with pytest.raises(InputError) as error:
        special_days([2031], g.holidays(tmp_path))
    assert [fault.code for fault in error.value.faults] == ["contradiction"]
    assert "2032-01-04 不在“年”所写的年份里" in error.value.faults[0].sentence()


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Row 44: where nothing can be written, it is said, and nothing half-written stays."""
    path = workbook(tmp_path, small())
    (tmp_path / "out").write_text("", encoding="utf-8")
    assert run_planner.main(["check", str(path), "--out", str(tmp_path / "out" / "deep")]) == 2
    assert "无法写入" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["district.xlsx", "out"]


def test_two_runs_into_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Row 45: the second is told who is there and since when, and touches nothing."""
    path = workbook(tmp_path, small())
    with holding(tmp_path / "out"):
        before = {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir()}
        assert run_planner.main(["plan", str(path), "--term", "2027-2028", "--out", str(tmp_path / "out")]) == 2
        assert {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir()} == before
    told = capsys.readouterr().out
    assert "另一次运行正在使用这个文件夹" in told
    assert f"进程 {os.getpid()}" in told
    assert not (tmp_path / "out").exists()


def test_a_large_sheet_tells_how_far_it_is(tmp_path: Path) -> None:
    """Row 42: whoever waits for 100,000 rows sees them pass."""
    rows = small()
    g.add_enterprises(rows, 2 * TOLD_EVERY_ROWS)
    told: list[str] = []
    tables = read_tables(workbook(tmp_path, rows), told.append)
    assert len(tables.readings["enterprises"].records) == 2 * TOLD_EVERY_ROWS + 2
    assert [one for one in told if one.startswith("企业")] == ["企业", f"企业 {TOLD_EVERY_ROWS}", f"企业 {2 * TOLD_EVERY_ROWS}"]
