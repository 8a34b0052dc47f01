"""Terms on the demonstration district: changes, prices of forced pairings, three terms together, trade-offs, diagnoses.

    python benchmarks/terms.py [--seeds 3] [--parts replan explain terms carried frontier diagnose] [--scale 1.0] [--effort quick]

Replan: five cadres chosen by the seed leave, eight points are added where others stand. CPU seconds beside those of the plan it starts
from, and of a plan of the default effort made in the same run.
Explain: preparation, then five prices of one point. Carried: three terms in which later ones make good what earlier ones put on
some. Frontier: three caps on the worst case. Diagnose: more enterprises pinned to one cadre than he may hold; a travel limit of 9 minutes.
Every plan is judged. Results go to benchmarks/results/terms.csv, in place of those of the same parts.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.district import NOBODY, demo_problem  # noqa: E402
from commands.compare import TOLERANCES  # noqa: E402
from geodata.policy_file import apply_settings  # noqa: E402
from planner import __version__  # noqa: E402
from planner.artefacts.plan import Plan  # noqa: E402
from planner.assignment import Effort, assign  # noqa: E402
from planner.check import judge  # noqa: E402
from planner.facts.district import Pairing, SiteKind  # noqa: E402
from planner.facts.policy import GoalTolerance  # noqa: E402
from planner.facts.problem import Problem  # noqa: E402
from planner.facts.term import term_after, term_of  # noqa: E402
from planner.facts.travel import TravelMatrix  # noqa: E402
from planner.repairs import diagnose  # noqa: E402
from planner.replanning import replan  # noqa: E402
from planner.repricing import Repricer  # noqa: E402
from planner.rotation import plan_terms  # noqa: E402
from planner.rules import COST, GOAL_BY_ID  # noqa: E402

PARTS = ("replan", "explain", "frontier", "diagnose", "terms", "carried")
RESULTS = ROOT / "benchmarks" / "results" / "terms.csv"


@dataclasses.dataclass(frozen=True)
class Line:
    """One run: CPU seconds, also in per cent of the plan it starts from and of one of the default effort; violations; what was found."""

    part: str
    seed: int
    cpu_seconds: float
    percent_of_plan: float | None
    percent_of_default: float | None
    violations: int
    found: str


def changed(problem: Problem, seed: int) -> Problem:
    """Five cadres without pins leave; eight points are added beside others."""
    random, district = np.random.default_rng(seed), problem.district
    pinned = {pin.cadre_id for pin in district.pins}
    share = len(district.cadres) / 310
    gone = set(random.choice([one.id for one in district.cadres if one.id not in pinned], max(1, round(5 * share)), replace=False).tolist())
    beside = random.choice(len(district.sites), max(1, round(8 * share)), replace=False)
    new = tuple(dataclasses.replace(district.sites[index], id=f"N{district.sites[index].id}") for index in beside)
    travel = problem.travel
    if not isinstance(travel, TravelMatrix):
        raise TypeError("the demonstration has a travel matrix")
    ids = (*travel.place_ids, *(one.id for one in new))
    rows = [travel.place_ids.index(one) for one in (*travel.place_ids, *(one.id[1:] for one in new))]
    wider = dataclasses.replace(travel, place_ids=ids, travel_seconds=travel.travel_seconds[np.ix_(rows, rows)],
                                snap_metres=tuple(travel.snap_metres[row] for row in rows))
    return dataclasses.replace(problem, travel=wider, district=dataclasses.replace(
        district, cadres=tuple(one for one in district.cadres if one.id not in gone), sites=(*district.sites, *new),
        stay_requests=frozenset(one for one in district.stay_requests if one.cadre_id not in gone)))


def replan_line(problem: Problem, plan: Plan, plan_seconds: float, default_seconds: float, seed: int) -> Line:
    """Replan after the changes of a seed."""
    after = changed(problem, seed)
    began = time.process_time()
    found = replan(after, plan, NOBODY, seed)
    seconds = time.process_time() - began
    violations, said = -1, "none"
    if found is not None:
        verdict = judge(after, found.plan)
        violations, cost = len(verdict.violations), next(one.value for one in verdict.goals if one.goal_id == COST.id)
        said = (f"{len(found.forced)} forced, {len(found.changes)} changes, at least {found.least_changes}: {found.proved_by.en}; "
                f"cost {cost / 60:.1f} minutes")
    return Line("replan", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), round(100 * seconds / default_seconds, 1),
                violations, said)


def explain_lines(problem: Problem, plan: Plan, plan_seconds: float, seed: int) -> Iterator[Line]:
    """Preparation, then five prices."""
    began = time.process_time()
    repricer = Repricer(problem, plan)
    seconds = time.process_time() - began
    yield Line("explain: preparation", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), None, 0,
               f"cost {repricer.value / 60:.1f}, bound {repricer.bound / 60:.1f} minutes")
    site = plan.pairings[seed * 37 % len(plan.pairings)].site_id
    began = time.process_time()
    ranked = [cadre for _, cadre in repricer.least_prices(site) if cadre not in plan.cadres_of[site]]
    prices = [repricer.price(cadre, site) for cadre in ranked[:5]]
    seconds = time.process_time() - began
    violations = sum(len(judge(problem, one.plan).violations) for one in prices if one.plan is not None)
    said = "; ".join(f"{one.pairing.cadre_id} {(one.found or 0) / 60:+.1f} [{one.least / 60:+.1f}, {(one.most or 0) / 60:+.1f}]"
                     for one in prices)
    yield Line("explain: five prices", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), None, violations, f"{site}: {said}")


def terms_line(problem: Problem, effort: Effort, seed: int, part: str = "three terms") -> Line:
    """Three terms together."""
    terms = [problem.term]
    while len(terms) < 3:
        terms.append(term_of(term_after(terms[-1].id)))
    began = time.process_time()
    found = plan_terms(problem, terms, NOBODY, seed, effort)
    said = "; ".join(f"{one.plan.term_id} worst {one.cumulated.worst_load_percent} % deviation {one.cumulated.load_deviation_percent}, "
                     f"travel {one.cumulated.worst_travel_minutes} min deviation {one.cumulated.travel_deviation_minutes}"
                     for one in found.terms)
    violations = sum(len(one.verdict.violations) for one in found.terms)
    return Line(part, seed, round(time.process_time() - began, 1), None, None, violations, said)


def with_carried(problem: Problem) -> Problem:
    """The same with the goals that make good what earlier terms put on some more than on others."""
    goals = (*problem.policy.goals, GoalTolerance("carried-load", minutes=0.2), GoalTolerance("carried-travel", minutes=1))
    return dataclasses.replace(problem, policy=dataclasses.replace(problem.policy, goals=goals))


def frontier_lines(problem: Problem, plan_seconds: float, effort: Effort) -> Iterator[Line]:
    """Three plans between fairness and travel, as ``frontier --points 3`` makes them."""
    for percent in TOLERANCES[:3]:
        policy, faults = apply_settings(problem.policy, {"goals.fairness.percent": f"{percent:g}"})
        if policy is None:
            raise SystemExit(str(faults))
        case = dataclasses.replace(problem, policy=policy)
        began = time.process_time()
        plan = assign(case, NOBODY, 1, effort)
        seconds = time.process_time() - began
        verdict = judge(case, plan)
        said = {one.goal_id: GOAL_BY_ID[one.goal_id].display(one.value) for one in verdict.goals}
        yield Line(f"frontier +{percent:g} %", 1, round(seconds, 1), round(100 * seconds / plan_seconds, 1), None, len(verdict.violations),
                   f"fairness {said['fairness']} %, travel {said['travel']} minutes")


def diagnose_lines(problem: Problem, plan_seconds: float) -> Iterator[Line]:
    """Two districts without a plan."""
    district, policy = problem.district, problem.policy
    cadre = next(one for one in district.active_cadres if one.rank >= policy.key_enterprise_min_rank)
    kept_apart = {one.site_id for one in district.recusals if one.cadre_id == cadre.id} | {one.site_id for one in district.pins}
    near = sorted((seconds, one.id) for one in district.sites if one.kind is SiteKind.ENTERPRISE and one.id not in kept_apart
                  and (seconds := problem.travel_seconds(cadre, one)) is not None)
    pins = frozenset(Pairing(cadre.id, site_id) for _, site_id in near[:policy.max_enterprises_per_cadre + 1])
    cases = {"four pins": dataclasses.replace(problem, district=dataclasses.replace(district, pins=district.pins | pins)),
             "9 minutes": dataclasses.replace(problem, policy=dataclasses.replace(policy, max_travel_minutes=9))}
    for name, case in cases.items():
        began = time.process_time()
        found = diagnose(case)
        seconds = time.process_time() - began
        repairs = [repair for finding in found.findings for repair in finding.repairs]
        violations = sum(len(one.verdict.violations) for one in repairs if one.verdict is not None)
        sizes = ", ".join(str(len(one.clash.conditions)) for one in found.findings)
        work = sum(one.verdict is not None for one in repairs)
        said = (f"clashes of {sizes or 'no'} conditions; {len(repairs)} repairs tried, {work} work"
                + ("" if found.undecided is None else f"; {found.undecided.en}"))
        yield Line(f"diagnose {name}", 1, round(seconds, 1), round(100 * seconds / plan_seconds, 1), None, violations, said)


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--effort", default="quick")
    arguments = parser.parse_args()
    effort = Effort[arguments.effort.upper()]
    problem = demo_problem(arguments.scale)
    assign(demo_problem(0.05), NOBODY, 1, effort)  # compile the kernels, which an installation does once
    lines = []
    for line in _lines(problem, effort, arguments.parts, arguments.seeds):
        print(line, flush=True)
        lines.append(line)
    if arguments.scale == 1.0:
        _store(lines)


def _lines(problem: Problem, effort: Effort, parts: Sequence[str], seeds: int) -> Iterator[Line]:
    """The plan that everything starts from, then the parts asked for."""
    began = time.process_time()
    plan = assign(problem, NOBODY, 1, effort)
    plan_seconds = time.process_time() - began
    yield Line(f"plan {effort.name.lower()}", 1, round(plan_seconds, 1), None, None, len(judge(problem, plan).violations), "")
    default_seconds = plan_seconds
    if "replan" in parts and effort is not Effort.NORMAL:
        began = time.process_time()
        default = assign(problem, NOBODY, 1, Effort.NORMAL)
        default_seconds = time.process_time() - began
        yield Line("plan normal", 1, round(default_seconds, 1), None, None, len(judge(problem, default).violations), "")
    for seed in range(1, seeds + 1):
        if "replan" in parts:
            yield replan_line(problem, plan, plan_seconds, default_seconds, seed)
        if "explain" in parts:
            yield from explain_lines(problem, plan, plan_seconds, seed)
    if "frontier" in parts:
        yield from frontier_lines(problem, plan_seconds, effort)
    if "diagnose" in parts:
        yield from diagnose_lines(problem, plan_seconds)
    if "terms" in parts:
        yield terms_line(problem, effort, 1)
    if "carried" in parts:
        yield terms_line(with_carried(problem), effort, 1, "three terms, carried over")


def _store(lines: list[Line]) -> None:
    """Write the lines in place of those of the same parts, with the versions they were measured with."""
    versions = " ".join(["yixian", __version__, *(f"{name} {version(name)}" for name in ("numpy", "numba", "ortools"))])
    rows = [[str(one) for one in dataclasses.astuple(line)] + [versions] for line in lines]
    header = [*(field.name for field in dataclasses.fields(Line)), "versions"]
    if RESULTS.is_file():
        with RESULTS.open(encoding="utf-8", newline="") as file:
            former = list(csv.reader(file))
        parts = {row[0] for row in rows}
        rows += [row for row in former[1:] if row[0] not in parts] if former[:1] == [header] else []
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *sorted(rows)])


if __name__ == "__main__":
    main()
