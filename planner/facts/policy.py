"""The policy: every number a person may change, with its unit in its name. The file is ``policy.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.facts.district import Rank, TravelMode


class LiaisonDayRule(StrEnum):
    """The three readings of 每月第二周周四; docs/rules.md prints their definitions."""

    SECOND_THURSDAY = "second-thursday"
    WEEK_AFTER_THE_FIRST = "week-after-the-first"
    SECOND_FULL_WEEK = "second-full-week"


class HolidayRoll(StrEnum):
    """Where a liaison day goes that falls on a day off: 顺延 or 提前, to the nearest working day."""

    FORWARD = "forward"
    BACKWARD = "backward"


class StandIns(StrEnum):
    """Who may visit in place of a cadre who is away (代访): nobody, a cadre of his unit, or any cadre of the district."""

    NONE = "none"
    UNIT = "unit"
    DISTRICT = "district"


class VisitFrequency(StrEnum):
    """How often a point is visited: as the workbook says, or by its workload and open problems."""

    AS_GIVEN = "as-given"
    BY_WORKLOAD = "by-workload"


PRICED_ONLY = frozenset({"carried-load", "carried-travel"})
"""Goals that are sought at a price only: a policy without them, or with a price of 0, does not seek them."""


@dataclass(frozen=True, slots=True)
class GoalTolerance:
    """How far a goal may be from its best before a later goal may use the room.

    The cap on the goal is ``best * (1 + percent / 100) + absolute``, in the goal's own unit; for the spread,
    ``absolute`` is given as a percentage of the district's whole workload. A goal with a price, ``minutes`` of travel
    for one of its units, is not settled by itself: goals with prices are weighed against each other in one sum, the cost.
    """

    goal_id: str
    percent: float = 0.0
    absolute: float = 0.0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Every setting of a plan. Units stand in the names; ``policy.toml`` has the comment and clause of each.

    The settings of the calendar stand after the goals: their defaults ask for nothing, so that a policy file older than
    they are keeps its meaning. 0 is no limit for hosted visits and cars, and no lunch for its minutes.
    """

    max_committees_per_cadre: int
    min_enterprises_per_cadre: int
    max_enterprises_per_cadre: int
    max_load_percent_of_fair_share: int
    max_travel_minutes: int
    straight_line_kmh: float
    straight_line_detour_percent: int
    max_visit_day_minutes: int
    visit_day_starts_seconds: int
    visit_day_ends_seconds: int
    liaison_day_rule: LiaisonDayRule
    holiday_roll: HolidayRoll
    committee_ban_terms: int
    enterprises_rotate: bool
    enterprise_ban_terms: int
    max_continuations: int
    key_enterprise_min_rank: Rank
    min_deputy_sites_in_constituency: int
    min_leader_sites_per_subdistrict: int
    max_unit_share_percent: int
    goals: tuple[GoalTolerance, ...]
    travel_mode: TravelMode = TravelMode.CAR
    max_hosted_visits: int = 0
    max_cars_per_office: int = 0
    lunch_minutes: int = 0
    lunch_starts_seconds: int = 11 * 3600 + 1800
    lunch_ends_seconds: int = 13 * 3600 + 1800
    visit_time_tolerance_minutes: int = 0
    stand_ins: StandIns = StandIns.NONE
    visit_frequency: VisitFrequency = VisitFrequency.AS_GIVEN
    monthly_from_minutes: int = 120
    quarterly_below_minutes: int = 60
    minutes_per_open_problem: int = 30
