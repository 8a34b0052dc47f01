"""The visit calendar: which liaison day and which fixed time of day every site is visited at.

Times first: each cadre's full visit day is planned exactly, and every site keeps its time of day for the whole term
(定人定点定时). A day with fewer visits keeps the same times, which stays possible because travel obeys the triangle
inequality. Then phases: sites visited every second or third month are spread so that months are even.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, Slot, VisitCalendar
from planner.engines.visit_day import plan_visit_day
from planner.facts.district import Pairing
from planner.facts.liaison_days import liaison_days
from planner.facts.problem import Problem

PATTERN_MONTHS = 6
"""Visits every 1, 2 and 3 months repeat every 6 months."""


class NoVisitDayError(Exception):
    """The plan gives some cadres a caseload for which no legal visit day exists; ``cadre_ids`` names them."""

    def __init__(self, cadre_ids: tuple[str, ...]) -> None:
        super().__init__(", ".join(cadre_ids))
        self.cadre_ids = cadre_ids


def schedule(problem: Problem, plan: Plan, provenance: Provenance) -> VisitCalendar:
    """Make the calendar of a plan; raises NoVisitDayError when a caseload has no legal visit day."""
    policy, district = problem.policy, problem.district
    days = tuple(
        LiaisonDay(one.day, one.nominal, one.reason, one.state)
        for one in liaison_days(problem.term, policy.liaison_day_rule, policy.holiday_roll)
    )
    starts: dict[Pairing, int] = {}
    impossible = []
    for cadre_id, site_ids in plan.sites_of.items():
        visit_day = plan_visit_day(
            district.cadre_by_id[cadre_id], [district.site_by_id[site_id] for site_id in site_ids], problem)
        if visit_day is None:
            impossible.append(cadre_id)
            continue
        for site, begins in zip(visit_day.sites, visit_day.starts_seconds, strict=True):
            starts[Pairing(cadre_id, site.id)] = begins
    if impossible:
        raise NoVisitDayError(tuple(impossible))
    phases = _choose_phases(problem, plan, days)
    slots = tuple(
        Slot(pairing.cadre_id, site.id, site.visit_every_months, phases[pairing], starts[pairing],
             starts[pairing] + site.stay_seconds)
        for pairing in plan.pairings
        for site in (district.site_by_id[pairing.site_id],)
    )
    missed = _missed(problem, days, slots)
    return VisitCalendar(plan.term_id, str(policy.liaison_day_rule), days, slots, missed, provenance)


def _absent_months(problem: Problem, days: tuple[LiaisonDay, ...]) -> Mapping[str, frozenset[int]]:
    """For every cadre with absences, the indices of the liaison days that fall into one."""
    absent: dict[str, set[int]] = {}
    for absence in problem.district.absences:
        months = {index for index, one in enumerate(days) if absence.first_day <= one.day <= absence.last_day}
        absent.setdefault(absence.cadre_id, set()).update(months)
    return {cadre_id: frozenset(months) for cadre_id, months in absent.items()}


def _choose_phases(problem: Problem, plan: Plan, days: tuple[LiaisonDay, ...]) -> dict[Pairing, int]:
    """First month of every pairing: fewest visits lost to absences, then even months for cadre and sub-district.

    Sites take their phase one after the other, the rarest visited first, each where the minutes on its cadre's
    months, then the visits on its sub-district's months, are fewest (sum of squares); ties by the earlier month.
    """
    absent = _absent_months(problem, days)
    cadre_minutes: dict[str, list[int]] = {}
    hosted: dict[str, list[int]] = {}
    phases: dict[Pairing, int] = {}
    order = sorted(
        ((pairing.cadre_id, problem.district.site_by_id[pairing.site_id]) for pairing in plan.pairings),
        key=lambda one: (-one[1].visit_every_months, -one[1].stay_seconds, one[1].id))
    for cadre_id, site in order:
        minutes = cadre_minutes.setdefault(cadre_id, [0] * PATTERN_MONTHS)
        visits = hosted.setdefault(site.subdistrict_id, [0] * PATTERN_MONTHS)
        lost = absent.get(cadre_id, frozenset())
        best: tuple[tuple[int, int, int], int] | None = None
        for phase in range(site.visit_every_months):
            months = range(phase, PATTERN_MONTHS, site.visit_every_months)
            key = (sum(month in lost for month in range(phase, len(days), site.visit_every_months)),
                   sum(minutes[month] for month in months), sum(visits[month] for month in months))
            if best is None or key < best[0]:
                best = key, phase
        phase = best[1] if best else 0
        phases[Pairing(cadre_id, site.id)] = phase
        for month in range(phase, PATTERN_MONTHS, site.visit_every_months):
            minutes[month] += site.stay_seconds // 60
            visits[month] += 1
    return phases


def _missed(problem: Problem, days: tuple[LiaisonDay, ...], slots: tuple[Slot, ...]) -> tuple[MissedVisit, ...]:
    """Visits that fall on an absence of their cadre."""
    absent = _absent_months(problem, days)
    return tuple(
        MissedVisit(one.day, slot.cadre_id, slot.site_id)
        for month, one in enumerate(days)
        for slot in slots
        if month in absent.get(slot.cadre_id, frozenset())
        and month >= slot.first_month and (month - slot.first_month) % slot.every_months == 0
    )
