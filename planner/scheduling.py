"""The visit calendar: which liaison day and which fixed time of day every site is visited at.

Months first (``engines.visit_phases``): sites visited every second or third month are spread so that few visits are lost and
the months of every cadre and sub-district are even. Then times (``engines.visit_times``): every site keeps its time of day
for the whole term (定人定点定时), no sub-district hosts more than its limit, lunch is kept where the day allows it. A day
with fewer visits keeps the same times, which stays possible because travel obeys the triangle inequality. Then what a cadre
misses is listed, with a stand-in where one is found. Every goal carries the bound by which it is known how good it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, Slot, VisitCalendar
from planner.engines.day_bounds import DayBound, bound_day
from planner.engines.stand_ins import find_stand_ins
from planner.engines.visit_phases import Holding, Phases, choose_phases, mask_of
from planner.engines.visit_times import CadreDay, choose_times
from planner.facts.district import Cadre, Conference, Site
from planner.facts.liaison_days import liaison_days
from planner.facts.problem import Problem


class NoVisitDayError(Exception):
    """The plan gives some cadres a caseload for which no legal visit day exists; ``cadre_ids`` names them."""

    def __init__(self, cadre_ids: tuple[str, ...]) -> None:
        super().__init__(", ".join(cadre_ids))
        self.cadre_ids = cadre_ids


SEED = 1
"""Start of the search's random numbers. It is not the plan's: the same pairings get the same calendar, whoever wrote them down."""


def schedule(problem: Problem, plan: Plan, provenance: Provenance) -> VisitCalendar:
    """Make the calendar of a plan; raises NoVisitDayError when a caseload has no legal visit day."""
    policy = problem.policy
    days = term_days(problem)
    away = _Away(problem, days)
    held = [_Held(problem, problem.district.cadre_by_id[cadre_id],
                  tuple(problem.district.site_by_id[site_id] for site_id in site_ids), away)
            for cadre_id, site_ids in plan.sites_of.items()]
    places = {one.id: index for index, one in enumerate(problem.district.subdistricts)}
    phases = choose_phases([one.holding(places) for one in held], len(days), len(places), SEED)
    times = choose_times([one.cadre_day(first) for one, first in zip(held, phases.first_months, strict=True)],
                         problem, SEED)
    if times.impossible:
        raise NoVisitDayError(times.impossible)
    first_of = {(one.cadre.id, site.id): month for one, months in zip(held, phases.first_months, strict=True)
                for site, month in zip(one.sites, months, strict=True)}
    slots = tuple(
        Slot(pairing.cadre_id, site.id, problem.visit_every_months(site), first_of[pairing.cadre_id, site.id], starts,
             starts + site.stay_seconds)
        for pairing in plan.pairings
        for site in (problem.district.site_by_id[pairing.site_id],)
        for starts in (times.starts_seconds[pairing.cadre_id, site.id],))
    return VisitCalendar(plan.term_id, str(policy.liaison_day_rule), days, slots, _missed(problem, days, slots, away),
                         provenance, _bounds(phases, held, len(days)))


def term_days(problem: Problem) -> tuple[LiaisonDay, ...]:
    """The liaison days of the term, moved off holidays and off conferences of the whole district."""
    closed = {one.day: one.name for one in problem.district.conferences if one.moves_the_day}
    return tuple(
        LiaisonDay(one.day, one.nominal, one.reason, one.state)
        for one in liaison_days(problem.term, problem.policy.liaison_day_rule, problem.policy.holiday_roll, closed))


class _Away:
    """Who cannot visit when: whole liaison days, and conferences that take a part of one."""

    def __init__(self, problem: Problem, days: tuple[LiaisonDay, ...]) -> None:
        district, policy = problem.district, problem.policy
        month_of = {one.day: month for month, one in enumerate(days)}
        self._whole: dict[str, dict[int, str]] = {}
        self._part: dict[str, dict[int, list[Conference]]] = {}
        for absence in district.absences:
            for month, one in enumerate(days):
                if absence.first_day <= one.day <= absence.last_day:
                    self._whole.setdefault(absence.cadre_id, {})[month] = ""
        for conference in district.conferences:
            month = month_of.get(conference.day, -1)
            if month < 0:
                continue
            whole = (conference.starts_seconds <= policy.visit_day_starts_seconds
                     and conference.ends_seconds >= policy.visit_day_ends_seconds)
            for cadre in district.cadres:
                if conference.office_id in {None, cadre.office_id}:
                    if whole:
                        self._whole.setdefault(cadre.id, {}).setdefault(month, conference.name)
                    else:
                        self._part.setdefault(cadre.id, {}).setdefault(month, []).append(conference)

    def whole_days(self, cadre_id: str) -> Mapping[int, str]:
        """Months of which the cadre can make no visit, with the conference that takes it, or "" for an absence."""
        return self._whole.get(cadre_id, {})

    def parts(self, cadre_id: str) -> Mapping[int, Sequence[Conference]]:
        """Conferences that take a part of his day, by month."""
        return self._part.get(cadre_id, {})


class _Held:
    """One cadre with his sites."""

    def __init__(self, problem: Problem, cadre: Cadre, sites: tuple[Site, ...], away: _Away) -> None:
        self.cadre, self.sites = cadre, sites
        self._problem, self._away = problem, away
        self._bounds: dict[int, DayBound] = {}
        self.every = tuple(problem.visit_every_months(site) for site in sites)

    def holding(self, places: Mapping[str, int]) -> Holding:
        """What the choice of months asks for."""
        return Holding(self.every, tuple(site.stay_seconds // 60 for site in self.sites),
                       tuple(places[site.subdistrict_id] for site in self.sites),
                       frozenset(self._away.whole_days(self.cadre.id)), self.least_travel)

    def least_travel(self, mask: int) -> int:
        """Least travel of a day with the sites of a bit mask; 0 where a conference may take some of them."""
        return 0 if self._away.parts(self.cadre.id) else self._bound(mask).travel_seconds

    def months_without_lunch(self, phases: tuple[int, ...], months: int) -> int:
        """Months whose sites leave no time for lunch, whatever the order; 0 where a conference may take some of them."""
        if self._away.parts(self.cadre.id):
            return 0
        lost, hungry = self._away.whole_days(self.cadre.id), 0
        for month in range(months):
            if month not in lost:
                hungry += not self._bound(mask_of(phases, self.every, month)).lunch_fits
        return hungry

    def _bound(self, mask: int) -> DayBound:
        if mask not in self._bounds:
            sites = [site for index, site in enumerate(self.sites) if mask >> index & 1]
            self._bounds[mask] = bound_day(self.cadre, sites, self._problem)
        return self._bounds[mask]

    def cadre_day(self, first_months: tuple[int, ...]) -> CadreDay:
        """What the choice of times asks for."""
        parts = self._away.parts(self.cadre.id)

        def lost_at(site: Site, first: int, every: int, begins: int) -> int:
            return sum(month >= first and (month - first) % every == 0
                       and any(_meets(self._problem, self.cadre, site, begins, one) for one in conferences)
                       for month, conferences in parts.items())

        return CadreDay(self.cadre, self.sites, first_months, self.every, lost_at if parts else None)


def _meets(problem: Problem, cadre: Cadre, site: Site, begins: int, conference: Conference) -> bool:
    """Whether a visit, with the ways from and to the office, meets a conference."""
    out = problem.travel_of(cadre).seconds(cadre.office_id, site.id) or 0
    back = problem.travel_of(cadre).seconds(site.id, cadre.office_id) or 0
    return begins - out < conference.ends_seconds and conference.starts_seconds < begins + site.stay_seconds + back


def _missed(problem: Problem, days: tuple[LiaisonDay, ...], slots: tuple[Slot, ...], away: _Away) -> tuple[MissedVisit, ...]:
    """Visits that their cadres cannot make, by day, with stand-ins."""
    missed: list[MissedVisit] = []
    for month, one in enumerate(days):
        lost: list[tuple[Slot, str]] = []
        made: dict[str, list[Slot]] = {}
        for slot in slots:
            if month < slot.first_month or (month - slot.first_month) % slot.every_months:
                continue
            reason = _reason(problem, slot, month, away)
            if reason is None:
                made.setdefault(slot.cadre_id, []).append(slot)
            else:
                lost.append((slot, reason))
        if not lost:
            continue
        free = {cadre.id: [(part.starts_seconds, part.ends_seconds) for part in away.parts(cadre.id).get(month, ())]
                for cadre in problem.district.active_cadres if month not in away.whole_days(cadre.id)}
        found = find_stand_ins(problem, [slot for slot, _ in lost], made, free)
        for slot, reason in lost:
            stand_in = found.get((slot.cadre_id, slot.site_id))
            missed.append(MissedVisit(one.day, slot.cadre_id, slot.site_id, reason, stand_in.cadre_id if stand_in else "",
                                      stand_in.starts_seconds if stand_in else None))
    return tuple(missed)


def _reason(problem: Problem, slot: Slot, month: int, away: _Away) -> str | None:
    """Why the cadre cannot make a visit: a conference's name, "" for an absence; None where he can."""
    whole = away.whole_days(slot.cadre_id)
    if month in whole:
        return whole[month]
    cadre, site = problem.district.cadre_by_id[slot.cadre_id], problem.district.site_by_id[slot.site_id]
    for conference in away.parts(slot.cadre_id).get(month, ()):
        if _meets(problem, cadre, site, slot.starts_seconds, conference):
            return conference.name
    return None


def _bounds(phases: Phases, held: Sequence[_Held], months: int) -> tuple[GoalBound, ...]:
    """What no calendar of this plan can beat, goal by goal in their order."""
    by_listing = "listing the months of every cadre; each goal after those before it"
    hungry = sum(min(one.months_without_lunch(choice, months) for choice in choices)
                 for one, choices in zip(held, phases.choices, strict=True))
    return (GoalBound("missed-visits", phases.lost_bound, by_listing),
            GoalBound("uneven-days", phases.uneven_minutes_bound, by_listing),
            GoalBound("uneven-months", phases.uneven_visits_bound, "visits of a sub-district that six months do not divide"),
            GoalBound("days-without-lunch", hungry, "every order of every day's visits"),
            GoalBound("term-travel", phases.travel_bound_seconds, "every order of every day's visits"))
