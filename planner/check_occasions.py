"""The judge of occasions: every call, every day and every limit from its definition, and the goals measured anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from planner.artefacts.occasions import Call, Occasion, OccasionKind, Occasions
from planner.artefacts.plan import Plan
from planner.artefacts.verdict import GoalValue, Verdict, Violation
from planner.artefacts.visit_calendar import VisitCalendar
from planner.facts.district import Pairing, TravelMode
from planner.facts.occasions import NewYear, OccasionRequests, Reception, Round
from planner.facts.policy import HolidayRoll
from planner.facts.problem import Problem
from planner.text import Text, clock

OCCASION_GOALS: Final[Mapping[str, tuple[Text, Text, int]]] = MappingProxyType({
    "left-out": (Text("未能安排", "left out"), Text("户、次", "households, visits or seats"), 1),
    "strangers": (Text("不由本居委会联系领导上门", "visits by others than the committee's cadre"), Text("次", ""), 1),
    "turns": (Text("轮次合计（一人第几次计几）", "turns, a cadre's k-th counted as k"), Text("", ""), 1),
    "fullest-days": (Text("各街道最多一天的走访合计", "visits of each sub-district's fullest day, summed"), Text("次", ""), 1),
    "travel": (Text("往返路程合计", "travel there and back"), Text("分钟", "minutes"), 60),
    "waiting": (Text("错峰等候合计", "waiting for hosts"), Text("分钟", "minutes"), 60),
})
"""What is measured of occasions: title, unit, and how many of the measure make one of it."""


def judge_occasions(problem: Problem, plan: Plan, calendar: VisitCalendar, requests: OccasionRequests,
                    occasions: Occasions) -> Verdict:
    """Judge what was written against what was asked for; goals are called ``occasion/goal``."""
    asked: dict[str, NewYear | Round | Reception] = {}
    for new_year in requests.new_years:
        asked[new_year.id] = new_year
    asked |= {one.id: one for one in requests.rounds}
    asked |= {one.id: one for one in requests.receptions}
    violations: list[Violation] = []
    if occasions.term_id != problem.term.id:
        violations.append(_fault("occasions", (), 1, f"任期写作{occasions.term_id}，应为{problem.term.id}",
                                 f"the term is {occasions.term_id}, must be {problem.term.id}"))
    written = Counter(one.id for one in occasions.occasions)
    violations += [_fault("occasions", (one_id,), 1, f"“{one_id}”安排了{written[one_id]}次，要求{int(one_id in asked)}次",
                          f"{one_id} is planned {written[one_id]} times, asked for {int(one_id in asked)} times")
                   for one_id in sorted(set(asked) | set(written)) if (one_id in asked, written[one_id]) != (True, 1)]
    goals: list[GoalValue] = []
    known = [one for one in occasions.occasions if one.id in asked]
    unknown = [fault for one in known for fault in _unknown(problem, one)]
    if not violations and not unknown:
        for one in known:
            violations += _judge(problem, plan, calendar, requests, asked[one.id], one)
        violations += _clashes(occasions)
        goals = list(_goals(problem, plan, asked, known))
        violations += [_fault("false-bound", (goal.goal_id,), goal.bound - goal.value,
                              f"目标“{goal.goal_id}”所称下界{goal.bound}高于实测值{goal.value}",
                              f"the bound {goal.bound} claimed for {goal.goal_id} exceeds its value {goal.value}")
                       for goal in goals if goal.bound is not None and goal.bound > goal.value]
    calls = [call for one in occasions.occasions for call in one.calls]
    return Verdict((*violations, *unknown), tuple(goals), {
        "occasions": len(occasions.occasions), "calls": len(calls),
        "households": sum(len(call.households) for call in calls),
        "left_out": sum(left.count for one in occasions.occasions for left in one.left_out)})


def _judge(problem: Problem, plan: Plan, calendar: VisitCalendar, requests: OccasionRequests,
           asked: NewYear | Round | Reception, one: Occasion) -> Iterator[Violation]:
    if isinstance(asked, NewYear):
        yield from _new_year(requests, asked, one)
    elif isinstance(asked, Round):
        yield from _round(problem, plan, calendar, asked, one)
    else:
        yield from _reception(problem, calendar, asked, one)
    kinds = {NewYear: OccasionKind.NEW_YEAR, Round: OccasionKind.ROUND, Reception: OccasionKind.RECEPTION}
    if one.kind is not kinds[type(asked)]:
        yield _fault("occasions", (one.id,), 1, f"“{one.id}”的类别写作{one.kind}", f"{one.id} says it is a {one.kind}")
    if not isinstance(asked, Reception):
        yield from _hosts(problem, one)
    for call in one.calls:
        yield from _who(problem, one, call)


def _unknown(problem: Problem, one: Occasion) -> Iterator[Violation]:
    district = problem.district
    for call in one.calls:
        if call.cadre_id not in district.cadre_by_id or call.site_id not in district.site_by_id:
            yield _fault("unknown-id", (call.cadre_id, call.site_id), 1, f"{one.id}中的{call.cadre_id}或{call.site_id}不在名册中（1次）",
                         f"{call.cadre_id} or {call.site_id} of {one.id} is not of the district (1)")
    for left in one.left_out:
        if left.site_id not in district.site_by_id:
            yield _fault("unknown-id", (left.site_id,), 1, f"{one.id}中的{left.site_id}不在名册中（1处）",
                         f"{left.site_id} of {one.id} is not of the district (1)")


def _new_year(requests: OccasionRequests, asked: NewYear, one: Occasion) -> Iterator[Violation]:
    home = {household.id: household.site_id for household in requests.households}
    listed = Counter((code, call.site_id) for call in one.calls for code in call.households)
    listed += Counter((code, left.site_id) for left in one.left_out for code in left.households)
    for code, site_id in sorted(set(listed) | set(home.items())):
        count = listed[code, site_id]
        if count != (home.get(code) == site_id):
            yield _fault("households", (site_id,), 1, f"{asked.id}有一户列了{count}次，或不属{site_id}（编号见名单）",
                         f"a household of {asked.id} is listed {count} times, or is not of {site_id} (see the list for its code)")
    for left in one.left_out:
        if left.count != len(left.households):
            yield _fault("households", (left.site_id,), 1, f"{left.site_id}未能安排{left.count}户，列了{len(left.households)}户",
                         f"{left.count} households of {left.site_id} are left out, {len(left.households)} listed")
    for call in one.calls:
        minutes = len(call.households) * asked.stay_seconds // 60
        if call.day != asked.day or not call.households or (call.ends_seconds - call.starts_seconds) != minutes * 60 or (
                call.starts_seconds < asked.starts_seconds or call.ends_seconds > asked.ends_seconds):
            yield _call_fault(one, call, f"应在{asked.day} {clock(asked.starts_seconds)}–{clock(asked.ends_seconds)}之内，共{minutes}分钟",
                              f"must lie on {asked.day} within {clock(asked.starts_seconds)}-{clock(asked.ends_seconds)} and take "
                              f"{minutes} minutes")
        if len(call.households) > asked.max_households:
            yield _call_fault(one, call, f"{len(call.households)}户，每人至多{asked.max_households}户",
                              f"{len(call.households)} households, at most {asked.max_households} a cadre")
    for cadre_id, count in sorted(Counter(call.cadre_id for call in one.calls).items()):
        if count > 1:
            yield _fault("occasions", (cadre_id,), count - 1, f"{cadre_id}在{asked.day}去{count}个居委会，只应1个",
                         f"{cadre_id} goes to {count} committees on {asked.day}, must be 1")


def _round(problem: Problem, plan: Plan, calendar: VisitCalendar, asked: Round, one: Occasion) -> Iterator[Violation]:
    due = Counter((pairing.cadre_id, pairing.site_id) for pairing in plan.pairings)
    listed = Counter((call.cadre_id, call.site_id) for call in one.calls)
    listed += Counter({(left.cadre_id, left.site_id): left.count for left in one.left_out})
    for cadre_id, site_id in sorted(set(due) | set(listed)):
        if due[cadre_id, site_id] != listed[cadre_id, site_id]:
            yield _fault("occasions", (cadre_id, site_id), abs(due[cadre_id, site_id] - listed[cadre_id, site_id]),
                         f"{one.id}：{cadre_id}对{site_id}列了{listed[cadre_id, site_id]}次，应为{due[cadre_id, site_id]}次",
                         f"{one.id}: {cadre_id} at {site_id} is listed {listed[cadre_id, site_id]} times, must be "
                         f"{due[cadre_id, site_id]}")
    slots = {(slot.cadre_id, slot.site_id): (slot.starts_seconds, slot.ends_seconds) for slot in calendar.slots}
    for call in one.calls:
        if not asked.first_day <= call.day <= asked.last_day or not _is_open(problem, calendar, call.day):
            yield _call_fault(one, call, f"不在{asked.first_day}至{asked.last_day}的工作日，或是联系基层工作日",
                              f"is not a working day from {asked.first_day} to {asked.last_day}, or is a liaison day")
        if slots.get((call.cadre_id, call.site_id)) != (call.starts_seconds, call.ends_seconds):
            yield _call_fault(one, call, "不是该联系点的固定时间", "is not at the fixed time of its pairing")
    yield from _tours(problem, one)


def _tours(problem: Problem, one: Occasion) -> Iterator[Violation]:
    """A cadre's calls of a day can be reached one after the other; a unit has no more cars out than it may."""
    cars: dict[tuple[date, str], list[tuple[int, int]]] = defaultdict(list)
    by_day: dict[tuple[str, date], list[Call]] = defaultdict(list)
    for call in one.calls:
        by_day[call.cadre_id, call.day].append(call)
    for (cadre_id, day), own in sorted(by_day.items()):
        calls = sorted(own, key=lambda call: call.starts_seconds)
        cadre = problem.district.cadre_by_id[cadre_id]
        travel, office = problem.travel_of(cadre), cadre.office_id
        for before, after in pairwise(calls):
            leg = travel.seconds(before.site_id, after.site_id)
            if leg is None or before.ends_seconds + leg > after.starts_seconds:
                yield _call_fault(one, after, f"从{before.site_id}赶不到", f"cannot be reached from {before.site_id} in time")
        out, back = travel.seconds(office, calls[0].site_id) or 0, travel.seconds(calls[-1].site_id, office) or 0
        if (cadre.travel_mode or problem.policy.travel_mode) is TravelMode.CAR:
            cars[day, office].append((calls[0].starts_seconds - out, calls[-1].ends_seconds + back))
    for cadre_id, days in sorted(_days_of(one).items()):
        if len(days) > 1:
            yield _fault("occasions", (cadre_id,), len(days) - 1, f"{one.id}：{cadre_id}分在{len(days)}天，应为1天",
                         f"{one.id}: {cadre_id} goes out on {len(days)} days, must be 1")
    for (day, office), spans in sorted(cars.items()):
        own_cars = problem.district.office_by_id[office].cars
        limit = problem.policy.max_cars_per_office if own_cars is None else own_cars
        if limit and (most := _most(spans)) > limit:
            yield _fault("cars", (office,), most - limit, f"{office}在{day}同时用车{most}辆，上限{limit}辆",
                         f"{office} has {most} cars out on {day}, limit {limit}")


def _days_of(one: Occasion) -> dict[str, set[date]]:
    days: dict[str, set[date]] = defaultdict(set)
    for call in one.calls:
        days[call.cadre_id].add(call.day)
    return days


def _reception(problem: Problem, calendar: VisitCalendar, asked: Reception, one: Occasion) -> Iterator[Violation]:
    step = timedelta(days=1 if problem.policy.holiday_roll is HolidayRoll.FORWARD else -1)
    due: Counter[date] = Counter()
    for first in problem.term.month_starts()[::asked.every_months]:
        same = [day for day in (first + timedelta(days=number) for number in range(28 + 7)) if day.weekday() == asked.weekday]
        day = [one for one in same if one.month == first.month][asked.week - 1]
        while not _is_open(problem, calendar, day):
            day += step
        due[day] += asked.seats
    listed = Counter(call.day for call in one.calls) + Counter({left.day: left.count for left in one.left_out if left.day})
    for day in sorted(set(due) | set(listed)):
        if due[day] != listed[day]:
            yield _fault("occasions", (one.id,), abs(due[day] - listed[day]), f"{one.id}在{day}列了{listed[day]}人，应为{due[day]}人",
                         f"{one.id} lists {listed[day]} cadres on {day}, must be {due[day]}")
    for call in one.calls:
        if (call.site_id, call.starts_seconds, call.ends_seconds) != (asked.site_id, asked.starts_seconds, asked.ends_seconds):
            yield _call_fault(one, call, f"应在{asked.site_id} {clock(asked.starts_seconds)}–{clock(asked.ends_seconds)}",
                              f"must be at {asked.site_id}, {clock(asked.starts_seconds)}-{clock(asked.ends_seconds)}")
        if problem.district.cadre_by_id[call.cadre_id].rank < asked.min_rank:
            yield _call_fault(one, call, "职级低于要求", "is of lower rank than asked for")


def _is_open(problem: Problem, calendar: VisitCalendar, day: date) -> bool:
    """Whether people work on a day that is neither a liaison day nor taken by a conference of the whole district."""
    special = {one.day: one.is_workday for one in problem.term.special_days}
    whole = any(one.office_id is None and one.day == day and one.starts_seconds == 0 and one.ends_seconds == 86_400
                for one in problem.district.conferences)
    return special.get(day, day.weekday() < 5) and not whole and all(one.day != day for one in calendar.liaison_days)


def _who(problem: Problem, one: Occasion, call: Call) -> Iterator[Violation]:
    """The cadre takes part, is there, and may go to the site."""
    district = problem.district
    cadre, site = district.cadre_by_id[call.cadre_id], district.site_by_id[call.site_id]
    travel = problem.travel_of(cadre)
    out, back = travel.seconds(cadre.office_id, site.id), travel.seconds(site.id, cadre.office_id)
    if cadre.capacity_percent == 0:
        yield _call_fault(one, call, "本轮不参加", "takes no part this term")
    if Pairing(cadre.id, site.id) in district.recusals:
        yield _call_fault(one, call, "应当回避", "is recused")
    if one.kind is not OccasionKind.ROUND and (out is None or back is None or out > problem.policy.max_travel_minutes * 60):
        yield _call_fault(one, call, f"路程超过{problem.policy.max_travel_minutes}分钟或无路可达",
                          f"is farther than {problem.policy.max_travel_minutes} minutes, or there is no way")
    if any(gone.cadre_id == cadre.id and gone.first_day <= call.day <= gone.last_day for gone in district.absences):
        yield _call_fault(one, call, "当日请假", "is away on that day")
    if any(met.day == call.day and met.office_id in {None, cadre.office_id} and met.starts_seconds < call.ends_seconds + (back or 0)
           and call.starts_seconds - (out or 0) < met.ends_seconds for met in district.conferences):
        yield _call_fault(one, call, "与会议冲突", "is needed in a conference")


def _hosts(problem: Problem, one: Occasion) -> Iterator[Violation]:
    limit = problem.policy.max_hosted_visits
    spans: dict[tuple[date, str], list[tuple[int, int]]] = defaultdict(list)
    for call in one.calls:
        spans[call.day, problem.district.site_by_id[call.site_id].subdistrict_id].append((call.starts_seconds, call.ends_seconds))
    for (day, place), own in sorted(spans.items()):
        if limit and (most := _most(own)) > limit:
            yield _fault("hosts", (place,), most - limit, f"{place}在{day}同时接待{most}组，上限{limit}组",
                         f"{place} hosts {most} at once on {day}, limit {limit}")


def _most(spans: Iterable[tuple[int, int]]) -> int:
    """Most spans open at once."""
    most = now = 0
    for _, change in sorted((moment, change) for begins, ends in spans for moment, change in ((begins, 1), (ends, -1))):
        now += change
        most = max(most, now)
    return most


def _clashes(occasions: Occasions) -> Iterator[Violation]:
    """A cadre has one occasion a day."""
    days: dict[tuple[str, date], list[str]] = defaultdict(list)
    for one in occasions.occasions:
        for cadre_id, own in _days_of(one).items():
            for day in own:
                days[cadre_id, day].append(one.id)
    for (cadre_id, day), ids in sorted(days.items()):
        if len(ids) > 1:
            yield _fault("occasions", (cadre_id, *ids), len(ids) - 1, f"{cadre_id}在{day}有{len(ids)}项：{'、'.join(ids)}",
                         f"{cadre_id} has {len(ids)} occasions on {day}: {', '.join(ids)}")


def _goals(problem: Problem, plan: Plan, asked: Mapping[str, NewYear | Round | Reception],
           occasions: Iterable[Occasion]) -> Iterator[GoalValue]:
    """The goals of every occasion; those of all receptions, which share their turns, stand with the first of them."""
    made = list(occasions)
    receptions = [one for one in made if one.kind is OccasionKind.RECEPTION]
    for one in made:
        together = receptions if one.kind is OccasionKind.RECEPTION else [one]
        if one is not together[0]:
            continue
        bounds = {bound.goal_id: bound.bound for bound in one.bounds}
        values = {"left-out": sum(left.count for part in together for left in part.left_out)}
        values |= _measures(problem, plan, asked[one.id], [call for part in together for call in part.calls])
        for goal_id, value in values.items():
            yield GoalValue(f"{one.id}/{goal_id}", value, bounds.get(goal_id))


def _measures(problem: Problem, plan: Plan, asked: NewYear | Round | Reception, calls: list[Call]) -> dict[str, int]:
    district = problem.district
    ways = ((problem.travel_of(cadre), cadre.office_id, call.site_id) for call in calls for cadre in (district.cadre_by_id[call.cadre_id],))
    travel = sum((times.seconds(office, site_id) or 0) + (times.seconds(site_id, office) or 0) for times, office, site_id in ways)
    if isinstance(asked, NewYear):
        return {"strangers": sum(call.cadre_id not in plan.cadres_of.get(call.site_id, ()) for call in calls), "travel": travel,
                "waiting": sum(call.starts_seconds - asked.starts_seconds for call in calls)}
    if isinstance(asked, Reception):
        return {"turns": sum(count * (count + 1) // 2 for count in Counter(call.cadre_id for call in calls).values()),
                "travel": travel}
    visits = Counter((district.site_by_id[call.site_id].subdistrict_id, call.day) for call in calls)
    return {"fullest-days": sum(max(visits[place.id, day] for day in {call.day for call in calls}) if calls else 0
                                for place in district.subdistricts)}


def _call_fault(one: Occasion, call: Call, zh: str, en: str) -> Violation:
    return _fault("occasions", (call.cadre_id, call.site_id), 1,
                  f"{one.id}：{call.day} {clock(call.starts_seconds)} {call.cadre_id}到{call.site_id}，{zh}",
                  f"{one.id}: the call of {call.cadre_id} at {call.site_id} on {call.day} at {clock(call.starts_seconds)} {en}")


def _fault(rule_id: str, subjects: tuple[str, ...], amount: int, zh: str, en: str) -> Violation:
    return Violation(rule_id, subjects, amount, Text(zh, en))
