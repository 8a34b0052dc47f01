"""The report: what the judge measured of a plan, cadre by cadre and site by site, for the pages that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.facts.district import Pairing
from planner.text import Text


@dataclass(frozen=True, slots=True)
class CadreMeasure:
    """What one cadre holds: minutes of work a month against his fair share, and the travel of his visit day.

    ``load_permille`` is his load against the fair share in tenths of a per cent, rounded up as the goal of fairness rounds;
    None without capacity. ``day_travel_seconds`` is None where no legal visit day exists.
    """

    cadre_id: str
    sites: int
    workload_minutes: int
    fair_share_minutes: float
    load_permille: int | None
    day_travel_seconds: int | None


@dataclass(frozen=True, slots=True)
class SiteMeasure:
    """Who holds a site, how far he has to go one way (None: no way), and the visits of the term.

    ``visits`` take place, ``missed`` fall on an absence, ``visit_seconds`` is the time spent there in the whole term; all 0
    without a calendar. ``broken_rules`` are ids of rules that the judge found broken for the site or for its cadre.
    """

    site_id: str
    cadre_ids: tuple[str, ...]
    travel_seconds: int | None
    visits: int
    missed: int
    visit_seconds: int
    broken_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitShareMeasure:
    """条块: how many sites of a sub-district the cadres of one unit hold, and how many they may."""

    office_id: str
    subdistrict_id: str
    sites: int
    limit: int


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal as the judge measured it, in the unit people read; without a bound ``bound`` and ``gap`` are None."""

    id: str
    title: Text
    unit: Text
    value: str
    bound: str | None
    gap: float | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that was applied: its clause (依据), its setting in words, and how often it is broken."""

    id: str
    title: Text
    clause: Text
    setting: Text
    violations: int


@dataclass(frozen=True, slots=True)
class GoalChange:
    """A goal before and after a suggested change, in the unit people read."""

    goal_id: str
    before: str
    after: str


@dataclass(frozen=True)
class Relief:
    """What would relieve one cadre: the best single relocation or exchange that keeps every rule, judged anew.

    ``taken`` pairings end and ``given`` ones begin; both are empty where ``tried`` changes were looked at and none
    of them would do. ``load_after`` are the loads of the cadres concerned afterwards, in tenths of a per cent.
    """

    cadre_id: str
    load_permille: int
    tried: int
    taken: tuple[Pairing, ...] = ()
    given: tuple[Pairing, ...] = ()
    load_after: Mapping[str, int] | None = None
    goals: tuple[GoalChange, ...] = ()


@dataclass(frozen=True)
class Report:
    """All of it; cadres and sites in the order of the district, the rest in the order of the policy."""

    cadres: tuple[CadreMeasure, ...]
    sites: tuple[SiteMeasure, ...]
    unit_shares: tuple[UnitShareMeasure, ...]
    goals: tuple[GoalLine, ...]
    rules: tuple[RuleLine, ...]
    violations: tuple[tuple[str, Text], ...]
    reliefs: tuple[Relief, ...]
    has_calendar: bool
