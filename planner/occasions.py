"""Second occasions: New Year's Day visits, rounds over all points, receptions at a fixed point and hour. Each by an exact method.

New Year's Day is lighter than a liaison day: a cadre goes to the households of one committee, once, and home again. A round
keeps every point's fixed time of day and only chooses each cadre's day. Receptions are shared out as turns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from planner.artefacts.occasions import Call, LeftOut, Occasion, OccasionKind, Occasions
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.engines.hosted_times import place_visits
from planner.engines.occasion_flow import Offer, Task, take_tasks
from planner.engines.round_days import Tour, choose_round_days
from planner.facts.district import Cadre, Site
from planner.facts.liaison_days import is_working_day
from planner.facts.occasions import NewYear, OccasionRequests, Reception, Round
from planner.facts.policy import HolidayRoll
from planner.facts.problem import Problem
from planner.rules import PAIR_RULES

KEPT_RULES = frozenset({"recusal", "travel-limit"})
"""Rules of a pair that hold for a single call, too."""


def plan_occasions(problem: Problem, plan: Plan, calendar: VisitCalendar, requests: OccasionRequests,
                   provenance: Provenance) -> Occasions:
    """Plan all occasions that are asked for."""
    new_years = [_new_year(problem, plan, requests, one) for one in requests.new_years]
    receptions = list(_receptions(problem, calendar, requests.receptions))
    taken = {(call.cadre_id, call.day) for one in receptions for call in one.calls}
    rounds = [_round(problem, calendar, one, taken) for one in requests.rounds]
    return Occasions(problem.term.id, (*new_years, *rounds, *receptions), provenance)


# --- 大年初一 ------------------------------------------------------------------------------------------------------


def _new_year(problem: Problem, plan: Plan, requests: OccasionRequests, asked: NewYear) -> Occasion:
    """Every household one cadre, of its committee where he can; then times within the hosts' limit."""
    homes: dict[str, list[str]] = defaultdict(list)
    for household in requests.households:
        homes[household.site_id].append(household.id)
    sites = [problem.district.site_by_id[one] for one in sorted(homes)]
    cadres = problem.district.active_cadres
    tasks = [Task(tuple(len(one) for one in _shares(homes[site.id], asked.max_households))) for site in sites]
    offers = []
    for number, site in enumerate(sites):
        own = plan.cadres_of.get(site.id, ())
        for index, cadre in enumerate(cadres):
            trip = _trip(problem, cadre, site)
            if trip is not None and _is_free(problem, cadre, asked.day, asked.starts_seconds - trip[0], asked.ends_seconds + trip[1]):
                offers.append(Offer(index, number, int(cadre.id not in own), sum(trip)))
    taken = take_tasks(tasks, offers, 1, turns_count=False)
    shares = {number: _shares(homes[site.id], asked.max_households) for number, site in enumerate(sites)}
    given = [(cadres[offer.cadre].id, sites[offer.task], shares[offer.task].pop(0))
             for offer in sorted((offers[one] for one in taken.offers), key=lambda one: (one.task, one.strangers, one.cadre))]
    calls, is_best = _placed(problem, asked, given)
    visited = {code for call in calls for code in call.households}
    left = [LeftOut(site.id, len(rest), asked.day, households=tuple(rest)) for site in sites
            if (rest := [code for code in homes[site.id] if code not in visited])]
    flow = "integer flow; each goal after those before it"
    waiting = sum(call.starts_seconds - asked.starts_seconds for call in calls)
    settled = () if not is_best else (
        GoalBound("strangers", taken.dearness, flow), GoalBound("travel", taken.travel_seconds, flow),
        GoalBound("waiting", waiting, "shortest visits first, for the cadres chosen"))
    return Occasion(asked.id, OccasionKind.NEW_YEAR, tuple(sorted(calls)), tuple(left), (
        GoalBound("left-out", max(taken.left_out, _without_room(problem, asked, homes)), "integer flow, or room with the hosts"), *settled))


def _without_room(problem: Problem, asked: NewYear, homes: Mapping[str, Sequence[str]]) -> int:
    """Households that the hosts of their sub-districts cannot accompany, whoever goes."""
    room = problem.policy.max_hosted_visits * ((asked.ends_seconds - asked.starts_seconds) // asked.stay_seconds)
    due: Counter[str] = Counter()
    for site_id, codes in homes.items():
        due[problem.district.site_by_id[site_id].subdistrict_id] += len(codes)
    return sum(max(0, count - room) for count in due.values()) if room else 0


def _shares(codes: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """The households of a committee, so many a cadre; the last share may be smaller."""
    return [tuple(codes[first:first + most]) for first in range(0, len(codes), most)]


def _placed(problem: Problem, asked: NewYear, given: Sequence[tuple[str, Site, tuple[str, ...]]]) -> tuple[list[Call], bool]:
    """Calls with their times, by sub-district, and whether all have room and wait as little as can be."""
    by_place: dict[str, list[tuple[str, Site, tuple[str, ...]]]] = defaultdict(list)
    for one in given:
        by_place[one[1].subdistrict_id].append(one)
    calls, is_best = [], True
    for _, own in sorted(by_place.items()):
        placed = place_visits([len(codes) for _, _, codes in own], asked.stay_seconds, asked.starts_seconds, asked.ends_seconds,
                              problem.policy.max_hosted_visits)
        is_best = is_best and placed.is_best
        for (cadre_id, site, codes), visit in zip(own, placed.visits, strict=True):
            if visit is not None:
                starts, count = visit
                calls.append(Call(asked.day, cadre_id, site.id, starts, starts + count * asked.stay_seconds, codes[:count]))
    return calls, is_best


# --- 意见征询 ------------------------------------------------------------------------------------------------------


def _round(problem: Problem, calendar: VisitCalendar, asked: Round, taken: AbstractSet[tuple[str, date]]) -> Occasion:
    """Every cadre makes all his visits at their fixed times on one working day of the window; ``taken`` are days of cadres."""
    days = round_days(problem, calendar, asked)
    slots: dict[str, list[Slot]] = defaultdict(list)
    for slot in calendar.slots:
        slots[slot.cadre_id].append(slot)
    cadre_ids = sorted(slots)
    tours = [_tour(problem, problem.district.cadre_by_id[one], slots[one], days, taken) for one in cadre_ids]
    cars: dict[object, int] = {office.id: problem.cars_of(office) for office in problem.district.offices}
    chosen = choose_round_days(tours, len(days), problem.policy.max_hosted_visits, cars)
    calls, left = [], []
    for cadre_id, day in zip(cadre_ids, chosen.days, strict=True):
        for slot in slots[cadre_id]:
            if day is None:
                left.append(LeftOut(slot.site_id, 1, None, cadre_id))
            else:
                calls.append(Call(days[day], cadre_id, slot.site_id, slot.starts_seconds, slot.ends_seconds))
    return Occasion(asked.id, OccasionKind.ROUND, tuple(sorted(calls)), tuple(sorted(left, key=lambda one: one.site_id)), (
        GoalBound("left-out", chosen.left_bound, "CP-SAT"), GoalBound("fullest-days", chosen.peaks_bound, "CP-SAT, or visits by days")))


def round_days(problem: Problem, calendar: VisitCalendar, asked: Round) -> list[date]:
    """The working days of a window, without liaison days and days on which the whole district confers."""
    special = {one.day: one for one in problem.term.special_days}
    closed = {one.day for one in calendar.liaison_days} | {one.day for one in problem.district.conferences if one.moves_the_day}
    window = (asked.first_day + timedelta(days=one) for one in range((asked.last_day - asked.first_day).days + 1))
    return [day for day in window if is_working_day(day, special) and day not in closed]


def _tour(problem: Problem, cadre: Cadre, slots: Sequence[Slot], days: Sequence[date], taken: AbstractSet[tuple[str, date]]) -> Tour:
    order = sorted(slots, key=lambda one: one.starts_seconds)
    leaves = order[0].starts_seconds - (problem.travel_of(cadre).seconds(cadre.office_id, order[0].site_id) or 0)
    returns = order[-1].ends_seconds + (problem.travel_of(cadre).seconds(order[-1].site_id, cadre.office_id) or 0)
    place_of = {site.id: site.subdistrict_id for site in problem.district.sites}
    free = frozenset(number for number, day in enumerate(days)
                     if (cadre.id, day) not in taken and _is_free(problem, cadre, day, leaves, returns))
    return Tour(tuple((place_of[one.site_id], one.starts_seconds, one.ends_seconds) for one in order),
                (cadre.office_id if problem.uses_car(cadre) else ("own", cadre.id), leaves, returns), free)


# --- 下访接待 ------------------------------------------------------------------------------------------------------


def _receptions(problem: Problem, calendar: VisitCalendar, asked: Sequence[Reception]) -> Iterator[Occasion]:
    """All receptions share their turns out together: even over the cadres, one a day at most."""
    cadres = problem.district.active_cadres
    sessions = [(one, day) for one in asked for day in reception_days(problem, calendar, one)]
    number_of = {day: number for number, day in enumerate(sorted({day for _, day in sessions}))}
    tasks = [Task((1,) * one.seats, number_of[day]) for one, day in sessions]
    trips = {one.site_id: [_trip(problem, cadre, problem.district.site_by_id[one.site_id]) for cadre in cadres] for one in asked}
    offers = []
    for number, (one, day) in enumerate(sessions):
        for index, (cadre, trip) in enumerate(zip(cadres, trips[one.site_id], strict=True)):
            if trip is not None and cadre.rank >= one.min_rank and _is_free(
                    problem, cadre, day, one.starts_seconds - trip[0], one.ends_seconds + trip[1]):
                offers.append(Offer(index, number, 0, sum(trip)))
    taken = take_tasks(tasks, offers, len(number_of), turns_count=True)
    calls: Mapping[int, list[Call]] = defaultdict(list)
    for offer in (offers[one] for one in taken.offers):
        one, day = sessions[offer.task]
        calls[offer.task].append(Call(day, cadres[offer.cadre].id, one.site_id, one.starts_seconds, one.ends_seconds))
    goals = (("left-out", taken.left_out), ("turns", taken.dearness), ("travel", taken.travel_seconds))
    for reception in asked:
        own = [number for number, (one, _) in enumerate(sessions) if one is reception]
        left = [LeftOut(reception.site_id, missing, sessions[number][1]) for number in own
                if (missing := reception.seats - len(calls[number]))]
        bounds = tuple(GoalBound(goal, value, "integer flow over all receptions; each goal after those before it")
                       for goal, value in goals) if reception is asked[0] else ()
        yield Occasion(reception.id, OccasionKind.RECEPTION, tuple(sorted(call for number in own for call in calls[number])),
                       tuple(left), bounds)


def reception_days(problem: Problem, calendar: VisitCalendar, asked: Reception) -> list[date]:
    """The days of a reception, moved off holidays, liaison days and conferences of the whole district as liaison days are."""
    special = {one.day: one for one in problem.term.special_days}
    closed = {one.day for one in calendar.liaison_days} | {one.day for one in problem.district.conferences if one.moves_the_day}
    step = timedelta(days=1 if problem.policy.holiday_roll is HolidayRoll.FORWARD else -1)
    days = []
    for nominal in asked.nominal_days(problem.term):
        day = nominal
        while not is_working_day(day, special) or day in closed:
            day += step
        days.append(day)
    return days


# --- who can go ---------------------------------------------------------------------------------------------------


def _trip(problem: Problem, cadre: Cadre, site: Site) -> tuple[int, int] | None:
    """Seconds of the ways out and back where the cadre may go to the site, else None."""
    travel = problem.travel_of(cadre)
    out, back = travel.seconds(cadre.office_id, site.id), travel.seconds(site.id, cadre.office_id)
    if out is None or back is None:
        return None
    if any(rule.objection(cadre, site, problem) is not None for rule in PAIR_RULES if rule.id in KEPT_RULES):
        return None
    return out, back


def _is_free(problem: Problem, cadre: Cadre, day: date, leaves: int, returns: int) -> bool:
    """Whether neither an absence nor a conference needs the cadre between two times of a day."""
    if any(one.cadre_id == cadre.id and one.first_day <= day <= one.last_day for one in problem.district.absences):
        return False
    return not any(one.day == day and one.office_id in {None, cadre.office_id}
                   and leaves < one.ends_seconds and one.starts_seconds < returns for one in problem.district.conferences)
