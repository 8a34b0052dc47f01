"""The report of a plan: the judge's measures by cadre, site, unit and sub-district. Loads without a solver."""

from __future__ import annotations

from collections import Counter, defaultdict

from planner.artefacts.plan import Plan
from planner.artefacts.report import CadreMeasure, GoalLine, Report, RuleLine, SiteMeasure, UnitShareMeasure
from planner.artefacts.verdict import Verdict
from planner.artefacts.visit_calendar import VisitCalendar
from planner.facts.district import Cadre
from planner.facts.problem import Problem
from planner.relief import load_permille, reliefs
from planner.rules import RULES, WORDS_BY_ID
from planner.rules.day_check import examine_day
from planner.rules.unit_share import UnitShare


def report_of(problem: Problem, plan: Plan, verdict: Verdict, calendar: VisitCalendar | None = None,
              relieved: int = 5) -> Report:
    """Measure a plan whose ids are all known. ``relieved`` worst-off cadres are told what would relieve them.

    Relief is looked for in valid plans only: in a plan that breaks rules, mending them comes first.
    """
    return Report(
        cadres=tuple(_cadre(cadre, plan, problem) for cadre in problem.district.cadres),
        sites=_sites(problem, plan, verdict, calendar),
        unit_shares=_unit_shares(problem, plan),
        goals=goal_lines(verdict),
        rules=rule_lines(problem, verdict),
        violations=tuple((one.rule_id, one.text) for one in verdict.violations),
        reliefs=reliefs(problem, plan, relieved) if verdict.valid else (),
        has_calendar=calendar is not None,
    )


def goal_lines(verdict: Verdict) -> tuple[GoalLine, ...]:
    """The goals as people read them, in the verdict's order."""
    return tuple(_goal(one.goal_id, one.value, one.bound, one.gap) for one in verdict.goals)


def rule_lines(problem: Problem, verdict: Verdict) -> tuple[RuleLine, ...]:
    """Every rule with its setting under the problem's policy, and how often it is broken."""
    counts = Counter(one.rule_id for one in verdict.violations)
    return tuple(RuleLine(rule.id, rule.title, rule.clause, rule.setting(problem.policy), counts[rule.id]) for rule in RULES)


def _cadre(cadre: Cadre, plan: Plan, problem: Problem) -> CadreMeasure:
    sites = [problem.district.site_by_id[site_id] for site_id in plan.sites_of.get(cadre.id, ())]
    load = sum(site.workload_minutes for site in sites)
    return CadreMeasure(cadre.id, len(sites), load, problem.fair_share_minutes(cadre), load_permille(cadre, load, problem),
                        examine_day(cadre, sites, problem).travel_seconds)


def _sites(problem: Problem, plan: Plan, verdict: Verdict, calendar: VisitCalendar | None) -> tuple[SiteMeasure, ...]:
    visits: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    if calendar is not None:
        for visit in calendar.visits():
            visits[visit.slot.site_id] += 1
            seconds[visit.slot.site_id] += visit.slot.ends_seconds - visit.slot.starts_seconds
        missed.update(one.site_id for one in calendar.missed)
    broken: dict[str, set[str]] = defaultdict(set)
    for violation in verdict.violations:
        for subject in violation.subjects:
            broken[subject].add(violation.rule_id)
    measured = []
    for site in problem.district.sites:
        holders = plan.cadres_of.get(site.id, ())
        travel = problem.travel_seconds(problem.district.cadre_by_id[holders[0]], site) if holders else None
        rules = broken[site.id].union(*(broken[cadre_id] for cadre_id in holders))
        measured.append(SiteMeasure(site.id, holders, travel, visits[site.id], missed[site.id], seconds[site.id],
                                    tuple(sorted(rules))))
    return tuple(measured)


def _unit_shares(problem: Problem, plan: Plan) -> tuple[UnitShareMeasure, ...]:
    percent, in_whole = problem.policy.max_unit_share_percent, problem.totals.sites_in_subdistrict
    return tuple(
        UnitShareMeasure(office_id, subdistrict_id, count, max(1, percent * in_whole[subdistrict_id] // 100))
        for (office_id, subdistrict_id), count in sorted(UnitShare().tally(plan.pairings, problem).items()))


def _goal(goal_id: str, value: int, bound: int | None, gap: float | None) -> GoalLine:
    goal = WORDS_BY_ID[goal_id]
    return GoalLine(goal_id, goal.title, goal.unit, goal.display(value), None if bound is None else goal.display(bound), gap)
