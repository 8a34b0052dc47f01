from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geodata.faults import InputError
from geodata.holidays import lunar_day, special_days
from planner.facts.term import DayState

HEADER = "年,日期,名称,休/班,依据文号\n"


def table(folder: Path, rows: str, encoding: str = "utf-8") -> Path:
    path = folder / "节假日.csv"
    path.write_text(rows, encoding=encoding)
    return path


def test_2026_is_published_with_its_six_make_up_days() -> None:
    days, states = special_days([2026])
    assert states == {2026: DayState.PUBLISHED}
    assert {one.state for one in days} == {DayState.PUBLISHED}
    assert [one.day for one in days if one.is_workday] == [
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)]
    off = [one.day for one in days if not one.is_workday]
    # 元旦 1-2 January; 春节 16-20 and 23 February; 清明 6 April; 劳动节 1, 4, 5 May; 端午 19 June; 中秋 25 September;
    # 国庆 1, 2, 5-7 October: the weekdays among the 33 days of the notice.
    assert off == [*(date(2026, 1, day) for day in (1, 2)), *(date(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)),
                   date(2026, 4, 6), *(date(2026, 5, day) for day in (1, 4, 5)), date(2026, 6, 19), date(2026, 9, 25),
                   *(date(2026, 10, day) for day in (1, 2, 5, 6, 7))]
    assert next(one.name for one in days if one.day == date(2026, 2, 17)) == "春节"


def test_2027_is_projected() -> None:
    days, states = special_days([2027])
    assert states == {2027: DayState.PROJECTED}
    assert {one.state for one in days} == {DayState.PROJECTED}
    assert not any(one.is_workday for one in days)
    assert {one.day: one.name for one in days} == {
        date(2027, 1, 1): "元旦",
        **{date(2027, 2, day): "春节" for day in (5, 8, 9, 10, 11, 12)},   # 除夕 is Friday the 5th, 初一 Saturday
        date(2027, 4, 5): "清明节",
        **{date(2027, 5, day): "劳动节" for day in (3, 4, 5)},
        date(2027, 6, 9): "端午节",
        date(2027, 9, 15): "中秋节",
        **{date(2027, 10, day): "国庆节" for day in (1, 4, 5, 6, 7)},
    }


@pytest.mark.parametrize("day", [date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26)])
def test_new_years_day_by_the_moon(day: date) -> None:
    assert lunar_day(day.year, 1, 1) == day


def test_a_leap_month_is_not_taken_for_the_month_itself() -> None:
    # 2025 has a leap sixth month: 1/6 is 25 June, 1/leap 6 is 25 July.
    assert lunar_day(2025, 6, 1) == date(2025, 6, 25)


def test_two_feasts_on_one_day_give_both_names() -> None:
    days, _ = special_days([2031])
    assert {one.name for one in days if one.day == date(2031, 10, 1)} == {"国庆节、中秋节"}


def test_years_beyond_the_lunar_calendar_are_unknown() -> None:
    assert special_days([2100, 1900]) == ((), {1900: DayState.UNKNOWN, 2100: DayState.UNKNOWN})


def test_years_come_sorted_and_once() -> None:
    days, states = special_days([2028, 2026, 2028, 2027])
    assert list(states) == [2026, 2027, 2028]
    assert [one.day for one in days] == sorted({one.day for one in days})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_own_table_is_read_first_and_replaces_its_year(tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path, "# 说明\n" + HEADER + "2027,2027-02-11,春节,休,某文\n2027,2027/2/14,春节,班,\n"
                 "2027,2027-02-13,春节,休,周六本来就休\n\n", encoding)
    days, states = special_days([2026, 2027], path)
    assert states == {2026: DayState.PUBLISHED, 2027: DayState.PUBLISHED}
    assert [(one.day, one.is_workday) for one in days if one.day.year == 2027] == [
        (date(2027, 2, 11), False), (date(2027, 2, 14), True)]


def test_every_fault_of_the_own_table_at_once(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER + "2027,2月11日,春节,休,\n2027,2026-02-11,春节,休,\n2027,2027-02-12,春节,放,\n"
                 "2027,2027-03-01,甲,休,\n2027,2027-03-01,甲,班,\n")
    with pytest.raises(InputError) as caught:
        special_days([2027], path)
    assert [(fault.row, fault.column, fault.code) for fault in caught.value.faults] == [
        (2, "日期", "date-without-year"), (3, "年", "contradiction"), (4, "休/班", "unknown-choice"),
        (6, "日期", "duplicate-day")]
    assert caught.value.faults[2].sentence() == "《节假日.csv》第 4 行“休/班”：“放”不是可选的值。可选：休、班。"


@pytest.mark.parametrize(("rows", "code"), [("", "missing-column"), ("年,日期\n", "missing-column")])
def test_a_table_without_its_columns(tmp_path: Path, rows: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        special_days([2027], table(tmp_path, rows))
    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="找不到这个文件"):
        special_days([2027], tmp_path / "没有.csv")
