"""The judge of calendars: liaison days, slots, visits missed and stand-ins, each from its definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.artefacts.visit_calendar import MissedVisit, Slot, VisitCalendar
from planner.facts.district import Cadre, Site
from planner.facts.policy import HolidayRoll, LiaisonDayRule, StandIns, VisitFrequency
from planner.facts.problem import Problem
from planner.facts.term import DayState
from planner.rules import PAIR_RULES
from planner.text import Text, clock

THURSDAY = 3
ONE_DAY = timedelta(days=1)
WHOLE_DAY = (0, 86_400)


def judge_calendar(problem: Problem, plan: Plan, calendar: VisitCalendar) -> Iterator[Violation]:
    """Liaison days by the rule, one slot for every pairing, hours kept, absences excused and nothing else."""
    yield from _judge_liaison_days(problem, calendar)
    yield from _judge_slots(problem, plan, calendar)
    if repeats(calendar):
        yield from _judge_missed(problem, calendar)
        yield from _judge_same_time(problem, calendar)


def repeats(calendar: VisitCalendar) -> bool:
    """Whether every slot comes back after some months; else nothing can be said of its visits."""
    return all(slot.every_months > 0 for slot in calendar.slots)


def _is_nominal(day: date, rule: LiaisonDayRule) -> bool:
    """Whether ``day`` is the liaison day of its month, from the words of the definition."""
    if day.weekday() != THURSDAY:
        return False
    monday = day - timedelta(days=day.weekday())
    if rule is LiaisonDayRule.SECOND_THURSDAY:
        return sum((day.replace(day=one)).weekday() == THURSDAY for one in range(1, day.day + 1)) == 2
    if rule is LiaisonDayRule.WEEK_AFTER_THE_FIRST:
        first = day.replace(day=1)
        return any(monday - timedelta(days=back) == first for back in range(1, 8))
    full_mondays = [one for one in range(1, monday.day + 1) if day.replace(day=one).weekday() == 0]
    return monday.month == day.month and len(full_mondays) == 2


def _judge_liaison_days(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    term, policy = problem.term, problem.policy
    special = {one.day: one for one in term.special_days}

    conferences = {one.day: one.name for one in problem.district.conferences
                   if one.office_id is None and (one.starts_seconds, one.ends_seconds) == WHOLE_DAY}

    def works(day: date) -> bool:
        return special[day].is_workday if day in special else day.weekday() < 5

    months = term.month_starts()
    if (calendar.term_id, calendar.rule) != (term.id, policy.liaison_day_rule):
        yield _calendar_fault(
            (), 1, f"日历注明{calendar.term_id}、{calendar.rule}，应为{term.id}、{policy.liaison_day_rule}",
            f"the calendar says {calendar.term_id}, {calendar.rule}; must say {term.id}, {policy.liaison_day_rule}")
    if len(calendar.liaison_days) != len(months):
        yield _calendar_fault((), abs(len(calendar.liaison_days) - len(months)),
                              f"联系基层工作日{len(calendar.liaison_days)}天，应为{len(months)}天",
                              f"{len(calendar.liaison_days)} liaison days, must be {len(months)}")
        return
    step = ONE_DAY if policy.holiday_roll is HolidayRoll.FORWARD else -ONE_DAY
    for month, liaison in zip(months, calendar.liaison_days, strict=True):
        same_month = (liaison.nominal.year, liaison.nominal.month) == (month.year, month.month)
        if not same_month or not _is_nominal(liaison.nominal, policy.liaison_day_rule):
            yield _calendar_fault(
                (), 1, f"{month:%Y-%m}的联系基层工作日{liaison.nominal}不符合规则{policy.liaison_day_rule}",
                f"{liaison.nominal} is not the liaison day of {month:%Y-%m} by {policy.liaison_day_rule}")
            continue
        expected = liaison.nominal
        while not works(expected) or expected in conferences:
            expected += step
        if liaison.day != expected:
            yield _calendar_fault(
                (), abs((liaison.day - expected).days), f"{liaison.nominal}应移至{expected}，现为{liaison.day}",
                f"{liaison.nominal} must move to {expected}, stands on {liaison.day}")
        reason = ""
        if expected != liaison.nominal:
            reason = conferences[liaison.nominal] if works(liaison.nominal) else special[liaison.nominal].name
        state = term.state_by_year.get(liaison.nominal.year, DayState.UNKNOWN)
        if (liaison.reason, liaison.state) != (reason, state):
            yield _calendar_fault(
                (), 1, f"{liaison.day}注明“{liaison.reason}”（{liaison.state}），应为“{reason}”（{state}）",
                f"{liaison.day} is marked “{liaison.reason}” ({liaison.state}), must be “{reason}” ({state})")


def _judge_slots(problem: Problem, plan: Plan, calendar: VisitCalendar) -> Iterator[Violation]:
    pairs = Counter((slot.cadre_id, slot.site_id) for slot in calendar.slots)
    for pairing in plan.pairings:
        count = pairs.pop((pairing.cadre_id, pairing.site_id), 0)
        if count != 1:
            yield _calendar_fault((pairing.cadre_id, pairing.site_id), abs(count - 1),
                                  f"{pairing.cadre_id}与{pairing.site_id}有{count}个走访时段，应为1个",
                                  f"{pairing.cadre_id} and {pairing.site_id} have {count} slots, must have 1")
    for (cadre_id, site_id), count in sorted(pairs.items()):
        yield _calendar_fault((cadre_id, site_id), count, f"走访日历有{cadre_id}与{site_id}（{count}个），方案中没有",
                              f"the calendar pairs {cadre_id} and {site_id} ({count}), the plan does not")
    for slot in calendar.slots:
        site = problem.district.site_by_id.get(slot.site_id)
        if site is None or slot.cadre_id not in problem.district.cadre_by_id:
            continue
        who, stay, every = (slot.cadre_id, slot.site_id), site.stay_seconds, _every_months(problem, site)
        if (slot.every_months != every or not 0 <= slot.first_month < slot.every_months
                or slot.ends_seconds - slot.starts_seconds != stay):
            yield _calendar_fault(
                who, 1,
                f"{site.name}（{site.id}）应每{every}个月走访1次、每次{stay // 60}分钟，日历不符",
                f"{site.name} ({site.id}) asks for a visit of {stay // 60} minutes every {every} "
                "months; the calendar differs")
        hours = site.visiting_hours
        if slot.starts_seconds < hours.opens_seconds or slot.ends_seconds > hours.closes_seconds:
            starts, ends = clock(slot.starts_seconds), clock(slot.ends_seconds)
            opens, closes = clock(hours.opens_seconds), clock(hours.closes_seconds)
            yield _calendar_fault(
                who, 1, f"{site.name}（{site.id}）走访时间{starts}–{ends}不在接待时间{opens}–{closes}内",
                f"the visit to {site.name} ({site.id}) at {starts}-{ends} is outside its hours {opens}-{closes}")


def _due(slot: Slot, month: int) -> bool:
    return month in range(slot.first_month, month + 1, slot.every_months)


def _every_months(problem: Problem, site: Site) -> int:
    """How often the policy wants the site visited: from the workbook, or from minutes and open problems."""
    policy = problem.policy
    if policy.visit_frequency is not VisitFrequency.BY_WORKLOAD:
        return site.visit_every_months
    weight = site.workload_minutes + policy.minutes_per_open_problem * site.open_problems
    return 1 if weight >= policy.monthly_from_minutes else 2 if weight >= policy.quarterly_below_minutes else 3


def _absent(problem: Problem, cadre_id: str, day: date) -> bool:
    return any(one.cadre_id == cadre_id and one.first_day <= day <= one.last_day for one in problem.district.absences)


def _conference(problem: Problem, cadre: Cadre, site: Site, day: date, starts: int, ends: int) -> str | None:
    """The conference that a visit, with the ways from and to the office, would meet; one that takes all day comes first."""
    policy = problem.policy
    out = problem.travel_of(cadre).seconds(cadre.office_id, site.id) or 0
    back = problem.travel_of(cadre).seconds(site.id, cadre.office_id) or 0
    own = [one for one in problem.district.conferences if one.day == day and one.office_id in {None, cadre.office_id}]
    whole = [one for one in own if one.starts_seconds <= policy.visit_day_starts_seconds
             and one.ends_seconds >= policy.visit_day_ends_seconds]
    met = [one for one in own if max(one.starts_seconds, starts - out) < min(one.ends_seconds, ends + back)]
    return next((one.name for one in (*whole, *met)), None)


def _judge_missed(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    """A due visit is missed exactly when its cadre is absent or in a conference; then the stand-in is judged."""
    district = problem.district
    expected: Counter[tuple[date, str, str, str]] = Counter()
    for month, liaison in enumerate(calendar.liaison_days):
        for slot in calendar.slots:
            cadre, site = district.cadre_by_id.get(slot.cadre_id), district.site_by_id.get(slot.site_id)
            if cadre is None or site is None or not _due(slot, month):
                continue
            reason = "" if _absent(problem, cadre.id, liaison.day) else _conference(
                problem, cadre, site, liaison.day, slot.starts_seconds, slot.ends_seconds)
            if reason is not None:
                expected[liaison.day, slot.cadre_id, slot.site_id, reason] += 1
    listed = Counter((one.day, one.cadre_id, one.site_id, one.reason) for one in calendar.missed)
    unlisted = expected - listed
    for day, cadre_id, site_id, reason in sorted(unlisted + (listed - expected)):
        zh, en = ("应列为缺访而未列", "is missed but not listed") if (day, cadre_id, site_id, reason) in unlisted else (
            "列为缺访而无请假或会议", "is listed as missed without an absence or a conference")
        yield _calendar_fault((cadre_id, site_id), 1, f"{day} {cadre_id}走访{site_id}{zh}（1次）",
                              f"the visit of {cadre_id} to {site_id} on {day} {en} (1)")
    for one in calendar.missed:
        if one.stand_in_id:
            yield from _judge_stand_in(problem, calendar, one)


def _judge_stand_in(problem: Problem, calendar: VisitCalendar, missed: MissedVisit) -> Iterator[Violation]:
    """A stand-in is there, may visit the site, and is of those whom the policy allows."""
    district, policy = problem.district, problem.policy
    own, other = district.cadre_by_id.get(missed.cadre_id), district.cadre_by_id.get(missed.stand_in_id)
    site = district.site_by_id.get(missed.site_id)
    if own is None or other is None or site is None or missed.starts_seconds is None:
        yield _stand_in_fault(missed, "编号不在名册中，或没有写明时间", "is not of the district, or its time is not given")
        return
    starts, ends = missed.starts_seconds, missed.starts_seconds + site.stay_seconds
    if other.id == own.id or other.capacity_percent == 0 or policy.stand_ins is StandIns.NONE or (
            policy.stand_ins is StandIns.UNIT and other.office_id != own.office_id):
        yield _stand_in_fault(missed, "不在规定的代访范围内", "is not of those whom the policy lets stand in")
    if _absent(problem, other.id, missed.day) or _conference(problem, other, site, missed.day, starts, ends) is not None:
        yield _stand_in_fault(missed, "当日请假或开会", "is away himself, or in a conference")
    if starts < site.visiting_hours.opens_seconds or ends > site.visiting_hours.closes_seconds:
        yield _stand_in_fault(missed, "代访时间不在接待时间内", "comes outside the visiting hours")
    for rule in PAIR_RULES:
        if rule.id in {"recusal", "rank", "travel-limit"} and rule.objection(other, site, problem) is not None:
            yield _stand_in_fault(missed, f"不符合规定“{rule.title.zh}”", f"breaks the rule {rule.id}")
    del calendar


def _stand_in_fault(missed: MissedVisit, zh: str, en: str) -> Violation:
    return Violation("stand-in", (missed.stand_in_id, missed.site_id), 1, Text(
        f"{missed.day} {missed.stand_in_id}代{missed.cadre_id}走访{missed.site_id}（1次）：{zh}",
        f"{missed.stand_in_id}, standing in for {missed.cadre_id} at {missed.site_id} on {missed.day} (1), {en}"))


def _judge_same_time(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    """定时: over the whole term, the visits of a pairing begin no farther apart than the tolerance; stand-ins included."""
    limit = problem.policy.visit_time_tolerance_minutes
    begins: dict[tuple[str, str], set[int]] = {
        (slot.cadre_id, slot.site_id): {slot.starts_seconds} for slot in calendar.slots}
    for one in calendar.missed:
        if one.starts_seconds is not None and (one.cadre_id, one.site_id) in begins:
            begins[one.cadre_id, one.site_id].add(one.starts_seconds)
    for (cadre_id, site_id), seconds in sorted(begins.items()):
        apart = -(-(max(seconds) - min(seconds)) // 60)
        if apart > limit:
            yield Violation("same-time", (cadre_id, site_id), apart - limit, Text(
                f"对{site_id}的走访开始时间前后相差{apart}分钟，最多{limit}分钟",
                f"the visits to {site_id} begin {apart} minutes apart, limit {limit}"))


def _calendar_fault(subjects: tuple[str, ...], amount: int, zh: str, en: str) -> Violation:
    return Violation("calendar", subjects, amount, Text(zh, en))
