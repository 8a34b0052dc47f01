"""Second occasions beside the liaison days: 大年初一拜年, 意见征询 over all points, 下访接待 at a fixed point and hour.

They are asked for in a file of their own. Of a household the planner knows no more than a code and its committee: names,
addresses and telephones never become part of a problem, a plan or an artefact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from planner.facts.district import Rank
from planner.facts.term import Term


@dataclass(frozen=True, slots=True)
class Household:
    """慰问户: a code, and the committee (a site's id) whose residents the household belongs to."""

    id: str
    site_id: str


@dataclass(frozen=True, slots=True)
class NewYear:
    """大年初一 of one year: visits to households between two times, so many minutes each, so many a cadre at most."""

    id: str
    day: date
    starts_seconds: int
    ends_seconds: int
    stay_seconds: int
    max_households: int


@dataclass(frozen=True, slots=True)
class Round:
    """意见征询: every pairing meets once on a working day from ``first_day`` to ``last_day``, at its fixed time of day."""

    id: str
    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Reception:
    """下访接待: on the ``week``-th ``weekday`` (Monday is 0) of every ``every_months``-th month, at one point and hour.

    Months are counted from the first of the term. ``seats`` cadres of ``min_rank`` or above receive at a time.
    """

    id: str
    site_id: str
    week: int
    weekday: int
    every_months: int
    starts_seconds: int
    ends_seconds: int
    seats: int
    min_rank: Rank

    def nominal_days(self, term: Term) -> tuple[date, ...]:
        """The days of the term by the rule, before any holiday moves them."""
        return tuple(first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.week - 1))
                     for first in term.month_starts()[::self.every_months])


@dataclass(frozen=True)
class OccasionRequests:
    """Everything asked for, in the order of the file."""

    households: tuple[Household, ...] = ()
    new_years: tuple[NewYear, ...] = ()
    rounds: tuple[Round, ...] = ()
    receptions: tuple[Reception, ...] = ()
