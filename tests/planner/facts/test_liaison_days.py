from __future__ import annotations

import calendar
import itertools
from datetime import date, timedelta

import pytest

from planner.facts.liaison_days import RULE_DEFINITIONS, RolledDay, is_working_day, liaison_days, nominal_day
from planner.facts.policy import HolidayRoll, LiaisonDayRule
from planner.facts.term import DayState, SpecialDay, Term

MONTHS = [(year, month) for year in range(2009, 2029) for month in range(1, 13)]


def thursday_by_counting(year: int, month: int, rule: LiaisonDayRule) -> date:
    """The definitions read literally off a wall calendar: weeks are rows of Monday to Sunday, 0 for other months."""
    rows = calendar.Calendar(firstweekday=0).monthdayscalendar(year, month)
    if rule is LiaisonDayRule.SECOND_THURSDAY:
        return date(year, month, [row[3] for row in rows if row[3]][1])
    if rule is LiaisonDayRule.WEEK_AFTER_THE_FIRST:
        return date(year, month, rows[1][3])
    return date(year, month, [row for row in rows if all(row)][1][3])


@pytest.mark.parametrize("rule", list(LiaisonDayRule))
def test_every_month_agrees_with_the_wall_calendar(rule: LiaisonDayRule) -> None:
    for year, month in MONTHS:
        assert nominal_day(date(year, month, 1), rule) == thursday_by_counting(year, month, rule)


@pytest.mark.parametrize(("rule", "first", "last"), [
    (LiaisonDayRule.SECOND_THURSDAY, 8, 14),
    (LiaisonDayRule.WEEK_AFTER_THE_FIRST, 5, 11),
    (LiaisonDayRule.SECOND_FULL_WEEK, 11, 17),
])
def test_the_printed_definition_states_the_true_range(rule: LiaisonDayRule, first: int, last: int) -> None:
    days = [nominal_day(date(year, month, 1), rule) for year, month in MONTHS]
    assert {day.weekday() for day in days} == {3}
    assert {day.day for day in days} == set(range(first, last + 1))
    assert f"{first} 日至 {last} 日" in RULE_DEFINITIONS[rule].zh
    assert f"from the {first}th to the {last}th" in RULE_DEFINITIONS[rule].en


@pytest.mark.parametrize("day", [date(2013, 2, 14), date(2016, 2, 11), date(2021, 2, 11)])
def test_known_second_thursdays_in_spring_festival(day: date) -> None:
    assert nominal_day(day.replace(day=1), LiaisonDayRule.SECOND_THURSDAY) == day


def test_the_three_readings_differ_in_january_2026() -> None:
    # 1 January 2026 is a Thursday.
    start = date(2026, 1, 1)
    assert nominal_day(start, LiaisonDayRule.SECOND_THURSDAY) == date(2026, 1, 8)
    assert nominal_day(start, LiaisonDayRule.WEEK_AFTER_THE_FIRST) == date(2026, 1, 8)
    assert nominal_day(start, LiaisonDayRule.SECOND_FULL_WEEK) == date(2026, 1, 15)


def spring_festival_2021() -> tuple[SpecialDay, ...]:
    # 11 to 17 February off; Sunday 7 and Saturday 20 February worked. Weekdays off and weekend days worked only.
    off = [date(2021, 2, day) for day in (11, 12, 15, 16, 17)]
    worked = [date(2021, 2, 7), date(2021, 2, 20)]
    return (*(SpecialDay(day, False, "春节", DayState.PUBLISHED) for day in off),
            *(SpecialDay(day, True, "春节", DayState.PUBLISHED) for day in worked))


def test_working_days() -> None:
    special = {one.day: one for one in spring_festival_2021()}
    assert is_working_day(date(2021, 2, 10), special)
    assert not is_working_day(date(2021, 2, 11), special)
    assert is_working_day(date(2021, 2, 20), special)
    assert not is_working_day(date(2021, 2, 21), special)


@pytest.mark.parametrize(("roll", "held"), [
    (HolidayRoll.FORWARD, date(2021, 2, 18)), (HolidayRoll.BACKWARD, date(2021, 2, 10))])
def test_a_holiday_moves_the_day_and_gives_its_name(roll: HolidayRoll, held: date) -> None:
    term = Term("2021", date(2021, 1, 1), 3, spring_festival_2021(), {2021: DayState.PUBLISHED})
    days = liaison_days(term, LiaisonDayRule.SECOND_THURSDAY, roll)
    assert days == (
        RolledDay(date(2021, 1, 14), date(2021, 1, 14), "", DayState.PUBLISHED),
        RolledDay(date(2021, 2, 11), held, "春节", DayState.PUBLISHED),
        RolledDay(date(2021, 3, 11), date(2021, 3, 11), "", DayState.PUBLISHED),
    )


def test_rolling_stops_at_a_make_up_day_and_skips_the_weekend() -> None:
    off = tuple(SpecialDay(date(2026, 1, day), False, "停电", DayState.PUBLISHED) for day in (8, 9))
    worked = SpecialDay(date(2026, 1, 11), True, "停电", DayState.PUBLISHED)
    term = Term("2026", date(2026, 1, 1), 1, (*off, worked))
    (day,) = liaison_days(term, LiaisonDayRule.SECOND_THURSDAY, HolidayRoll.FORWARD)
    assert day == RolledDay(date(2026, 1, 8), date(2026, 1, 11), "停电", DayState.UNKNOWN)


def test_a_term_of_24_months_over_the_year_ends() -> None:
    term = Term("2025-2027", date(2025, 7, 1), 24, (), {2026: DayState.PROJECTED})
    days = liaison_days(term, LiaisonDayRule.SECOND_FULL_WEEK, HolidayRoll.FORWARD)
    assert len(days) == 24
    assert [day.state for day in days] == [DayState.UNKNOWN] * 6 + [DayState.PROJECTED] * 12 + [DayState.UNKNOWN] * 6
    assert all(later.day - earlier.day >= timedelta(days=21) for earlier, later in itertools.pairwise(days))
