"""每月第二周周四: the liaison day of every month of a term, by a named reading, moved off public holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from planner.facts.policy import HolidayRoll, LiaisonDayRule
from planner.facts.term import DayState, SpecialDay, Term
from planner.text import Text

THURSDAY: Final = 3
"""As ``date.weekday()`` counts: Monday is 0."""

_WEEK: Final = timedelta(days=7)

RULE_DEFINITIONS: Final[Mapping[LiaisonDayRule, Text]] = MappingProxyType({
    LiaisonDayRule.SECOND_THURSDAY: Text(
        "每月的第二个星期四（8 日至 14 日之间的星期四）",
        "the second Thursday of the month (the Thursday from the 8th to the 14th)"),
    LiaisonDayRule.WEEK_AFTER_THE_FIRST: Text(
        "每月 1 日所在周（星期一为一周之始）的下一周的星期四（5 日至 11 日之间）",
        "the Thursday of the week after the one that holds the 1st, weeks from Monday (from the 5th to the 11th)"),
    LiaisonDayRule.SECOND_FULL_WEEK: Text(
        "每月第二个完整周（星期一至星期日都在本月内）的星期四（11 日至 17 日之间）",
        "the Thursday of the second week that lies wholly in the month, Monday to Sunday (from the 11th to the 17th)"),
})
"""What each reading means, as it is printed on every calendar."""


@dataclass(frozen=True, slots=True)
class RolledDay:
    """A liaison day by the rule (``nominal``) and as held (``day``).

    ``reason`` names the holiday or the conference it was moved off, or is empty; ``state`` tells how the holidays of its year are known.
    """

    nominal: date
    day: date
    reason: str
    state: DayState


def nominal_day(month_start: date, rule: LiaisonDayRule) -> date:
    """Return the liaison day by ``rule`` of the month that begins on ``month_start``, before any holiday moves it."""
    first = month_start.replace(day=1)
    if rule is LiaisonDayRule.SECOND_THURSDAY:
        return first + timedelta(days=(THURSDAY - first.weekday()) % 7) + _WEEK
    if rule is LiaisonDayRule.WEEK_AFTER_THE_FIRST:
        return first + timedelta(days=THURSDAY - first.weekday()) + _WEEK
    first_full_monday = first + timedelta(days=-first.weekday() % 7)
    return first_full_monday + _WEEK + timedelta(days=THURSDAY)


def is_working_day(day: date, special_days: Mapping[date, SpecialDay]) -> bool:
    """Whether people work on ``day``: what ``special_days`` says of it, else Monday to Friday."""
    special = special_days.get(day)
    return special.is_workday if special is not None else day.weekday() < 5


def liaison_days(
    term: Term, rule: LiaisonDayRule, roll: HolidayRoll, closed: Mapping[date, str] = MappingProxyType({}),
) -> tuple[RolledDay, ...]:
    """Return the liaison day of every month of ``term``, in order, each on a working day that is not ``closed``.

    ``closed`` names the conference that takes the whole district's day.
    """
    special_days = {special.day: special for special in term.special_days}
    step = timedelta(days=1 if roll is HolidayRoll.FORWARD else -1)
    days = []
    for month_start in term.month_starts():
        nominal = day = nominal_day(month_start, rule)
        while not is_working_day(day, special_days) or day in closed:
            day += step
        reason = ""
        if day != nominal:
            off = not is_working_day(nominal, special_days)
            reason = special_days[nominal].name if off else closed[nominal]
        days.append(RolledDay(nominal, day, reason, term.state_by_year.get(nominal.year, DayState.UNKNOWN)))
    return tuple(days)
