"""A term and its liaison days: 每月第二周周四, by a named reading, moved off public holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class DayState(StrEnum):
    """How sure the calendar of a year is: 已公布, 推算, 未知."""

    PUBLISHED = "published"
    PROJECTED = "projected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A weekday that is off (public holiday) or a weekend day that is worked (make-up workday, 调休)."""

    day: date
    is_workday: bool
    name: str
    state: DayState


@dataclass(frozen=True)
class Term:
    """任期: ``months`` months from the first of ``first_month``, with the special days known for them.

    ``state_by_year`` tells for every year how its holidays are known.
    """

    id: str
    first_month: date
    months: int
    special_days: tuple[SpecialDay, ...] = ()
    state_by_year: Mapping[int, DayState] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        """The last day of the last month."""
        after = self.first_month.year * 12 + self.first_month.month - 1 + self.months
        return date(after // 12, after % 12 + 1, 1) - timedelta(days=1)

    def month_starts(self) -> tuple[date, ...]:
        """The first day of every month of the term."""
        first = self.first_month.year * 12 + self.first_month.month - 1
        return tuple(date(index // 12, index % 12 + 1, 1) for index in range(first, first + self.months))


def term_of(term_id: str) -> Term:
    """The term called e.g. ``2027-2028``: whole calendar years, both included, no special days yet.

    Raises ValueError when the id is not two years in order.
    """
    first, _, last = term_id.partition("-")
    years = int(last) - int(first) + 1
    if years < 1:
        raise ValueError(f"term {term_id!r} ends before it begins")
    return Term(term_id, date(int(first), 1, 1), 12 * years)


def term_after(term_id: str) -> str:
    """The id of the term of equal length that follows; raises ValueError as ``term_of`` does."""
    term = term_of(term_id)
    last = term.first_month.year + term.months // 12 - 1
    return f"{last + 1}-{last + term.months // 12}"
