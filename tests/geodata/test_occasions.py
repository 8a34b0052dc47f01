"""The file of occasions: what is read, every fault with its cell, and that no fault repeats what must stay secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geodata.faults import Fault, InputError
from geodata.occasions import (
    HOUSEHOLDS,
    NEW_YEARS,
    OCCASION_SHEETS,
    RECEPTIONS,
    ROUNDS,
    read_household_contacts,
    read_occasions,
    write_sample,
)
from planner.facts.district import Rank
from planner.facts.occasions import Household, NewYear, OccasionRequests, Reception, Round
from tests.planner.sample import make_problem

PROBLEM = make_problem(1, "e0 r0 r1")
NAME, STREET, MOBILE = "黄阿姨", "某某路1弄2号", "13812345678"
HOME = ("H1", "r0", NAME, STREET, MOBILE, "是")


def written(tmp_path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for one in OCCASION_SHEETS:
        if one.key in sheets:
            sheet = book.create_sheet(one.name)
            sheet.append([column.header for column in one.columns])
            for row in sheets[one.key]:
                sheet.append(list(row))
    book.save(tmp_path / "occasions.xlsx")
    return tmp_path / "occasions.xlsx"


def faults_of(path: Path) -> tuple[Fault, ...]:
    try:
        return read_occasions(path, PROBLEM.district, PROBLEM.term)[1]
    except InputError as error:
        return error.faults


def test_everything_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, households=[HOME, ("H2", "点r1", "李", None, None, "否"), ("H3", "r1", "王", None, None, None)],
                   new_years=[(2027, None, None, None, None), (2028, "9:30", "10:00", 20, 9)],
                   rounds=[("征询", "2027-03-01", "2027年3月5日")], receptions=[("e0", 2, "周三", None, "9:00", "11:00", None, "正处级")])
    requests, faults = read_occasions(path, PROBLEM.district, PROBLEM.term)
    assert requests == OccasionRequests(
        (Household("H1", "r0"),),
        (NewYear("new-year-2027", date(2027, 2, 6), 9 * 3600, 12 * 3600, 1200, 2),
         NewYear("new-year-2028", date(2028, 1, 26), 9 * 3600 + 1800, 10 * 3600, 1200, 1)),
        (Round("round-1", "征询", date(2027, 3, 1), date(2027, 3, 5)),),
        (Reception("reception-1", "e0", 2, 2, 1, 9 * 3600, 11 * 3600, 1, Rank.DIVISION),))
    assert [(one.code, one.severity) for one in faults] == [("household-without-consent", "warning")]
    contacts = read_household_contacts(path)
    assert {key: (one.name, one.address, one.phone) for key, one in contacts.items()} == {"H1": (NAME, STREET, MOBILE)}


@pytest.mark.parametrize(("sheets", "code", "place"), [
    ({"households": [("H1", "r9", "x", "", "", "是")], "new_years": [(2027,)]}, "unknown-committee", "B2"),
    ({"households": [("H1", "e0", "x", "", "", "是")], "new_years": [(2027,)]}, "unknown-committee", "B2"),
    ({"households": [("H1", "r0", None, "", "", "是")], "new_years": [(2027,)]}, "empty-cell", "C2"),
    ({"households": [HOME, HOME], "new_years": [(2027,)]}, "duplicate-id", "A3"),
    ({"households": [("310110198001011234", *HOME[1:])], "new_years": [(2027,)]}, "household-code", "A2"),
    ({"households": [("黄阿姨家", *HOME[1:])], "new_years": [(2027,)]}, "household-code", "A2"),
    ({"households": [(MOBILE, *HOME[1:])], "new_years": [(2027,)]}, "household-code", "A2"),
    ({"households": [HOME], "new_years": [(2030,)]}, "outside-term", "A2"),
    ({"households": [HOME], "new_years": [(2027,), (2027,)]}, "outside-term", "A3"),
    ({"households": [HOME], "new_years": [(2027, "10:00", "9:00")]}, "ends-before-start", "C2"),
    ({"households": [HOME], "new_years": [(2027, "9:00", "9:10", 20)]}, "stay-too-long", "D2"),
    ({"households": [HOME], "new_years": [(2027, "九点")]}, "wrong-type", "B2"),
    ({"new_years": [(2027,)]}, "no-households", ""),
    ({"households": [HOME]}, "no-occasions", ""),
    ({"rounds": [("x", "2027-03-05", "2027-03-01")]}, "ends-before-start", "C2"),
    ({"rounds": [("x", "2026-12-30", "2027-01-05")]}, "outside-term", "B2"),
    ({"rounds": [("x", "2028-12-30", "2029-01-05")]}, "outside-term", "B2"),
    ({"rounds": [("x", "2027-03-06", "2027-03-07")]}, "no-working-day", "B2"),
    ({"rounds": [("x", "2027-03-01", "2027-03-05"), ("y", "2027-03-05", "2027-03-09")]}, "rounds-overlap", "B3"),
    ({"receptions": [("r0", 5, "周三", 1, "9:00", "10:00")]}, "out-of-range", "B2"),
    ({"receptions": [("r0", 1, "周日", 1, "9:00", "10:00")]}, "unknown-choice", "C2"),
    ({"receptions": [("r0", 1, "周三", 1, "10:00", "9:00")]}, "ends-before-start", "F2"),
    ({"receptions": [("r7", 1, "周三", 1, "9:00", "10:00")]}, "unknown-site", "A2"),
])
def test_every_fault_is_told_with_its_cell(tmp_path: Path, sheets: dict[str, Any], code: str, place: str) -> None:
    found = [(one.code, one.cell) for one in faults_of(written(tmp_path, **sheets)) if one.severity == "fault"]
    assert found == [(code, place)]


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, households=[("H1", "r9", "x", "", "", "是")], rounds=[("x", "2027-03-05", "2027-03-01")],
                   receptions=[("r0", 5, "周三", 1, "9:00", "10:00")])
    assert {one.code for one in faults_of(path)} == {"unknown-committee", "ends-before-start", "out-of-range"}


def test_no_word_about_a_household_repeats_what_is_secret(tmp_path: Path) -> None:
    """Odd spaces, lost digits, private characters, numbers for names: what is told of them has no part of them."""
    odd = (f" {NAME}　", f"{STREET}\ue123", 1.3812345678912345e20, "是")
    path = written(tmp_path, households=[("H1", "r9", *odd), ("H2", "r0", "甲" * 120, STREET, MOBILE, "是")], new_years=[(2027,)])
    faults = faults_of(path)
    assert {"unknown-committee"} <= {one.code for one in faults}
    told = "".join(one.sentence(language) + one.value for one in faults for language in ("zh", "en"))  # type: ignore[arg-type]
    assert not any(secret in told for secret in (NAME, STREET, MOBILE, "1381234", "甲甲"))


def test_the_years_alone_are_enough(tmp_path: Path) -> None:
    path = written(tmp_path, households=[HOME])
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("大年初一")
    sheet.append(["年份"])
    sheet.append([2027])
    book.save(path)
    assert [one.id for one in read_occasions(path, PROBLEM.district, PROBLEM.term)[0].new_years] == ["new-year-2027"]


def test_a_missing_file_and_an_unknown_sheet(tmp_path: Path) -> None:
    assert [one.code for one in faults_of(tmp_path / "no.xlsx")] == ["missing-file"]
    path = written(tmp_path, rounds=[("x", "2027-03-01", "2027-03-05")])
    book = openpyxl.load_workbook(path)
    book.create_sheet("家庭困难").append(["原因"])
    book.save(path)
    assert [(one.code, one.severity) for one in faults_of(path)] == [("unread-sheet", "warning")]


def test_the_sample_can_be_read(tmp_path: Path) -> None:
    write_sample(tmp_path / "occasions.xlsx", PROBLEM.district, PROBLEM.term)
    requests, faults = read_occasions(tmp_path / "occasions.xlsx", PROBLEM.district, PROBLEM.term)
    assert len(requests.households) == 4
    assert (len(requests.new_years), len(requests.rounds), len(requests.receptions)) == (2, 1, 1)
    assert not [one for one in faults if one.severity == "fault"]


def test_sheets_of_occasions_ask_for_no_reason() -> None:
    headers = {column.header for one in (HOUSEHOLDS, NEW_YEARS, ROUNDS, RECEPTIONS) for column in one.columns}
    assert not any("原因" in one or "困难" in one for one in headers)
