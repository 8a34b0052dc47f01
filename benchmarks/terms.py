"""Terms on the demonstration district: change inside a term, prices of forced pairings, three terms together.

    python benchmarks/terms.py [--seeds 3] [--parts replan explain terms] [--scale 1.0] [--effort quick]

Replan: five cadres chosen by the seed leave, eight points are added where others stand. CPU seconds beside those of the plan it starts
from. Explain: preparation, then five prices of one point. Every plan is judged. Results go to benchmarks/results/terms.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.district import NOBODY, demo_problem  # noqa: E402
from planner import __version__  # noqa: E402
from planner.artefacts.plan import Plan  # noqa: E402
from planner.assignment import Effort, assign  # noqa: E402
from planner.check import judge  # noqa: E402
from planner.facts.problem import Problem  # noqa: E402
from planner.facts.term import term_after, term_of  # noqa: E402
from planner.facts.travel import TravelMatrix  # noqa: E402
from planner.replanning import replan  # noqa: E402
from planner.repricing import Repricer  # noqa: E402
from planner.rotation import plan_terms  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "terms.csv"


@dataclasses.dataclass(frozen=True)
class Line:
    """One run: CPU seconds, also in per cent of the plan's own; violations; and what was found, in words."""

    part: str
    seed: int
    cpu_seconds: float
    percent_of_plan: float | None
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
        district, cadres=tuple(one for one in district.cadres if one.id not in gone), sites=(*district.sites, *new)))


def replan_line(problem: Problem, plan: Plan, plan_seconds: float, seed: int) -> Line:
    """Replan after the changes of a seed."""
    after = changed(problem, seed)
    began = time.process_time()
    found = replan(after, plan, NOBODY, seed)
    seconds = time.process_time() - began
    if found is None:
        return Line("replan", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), -1, "none")
    said = f"{len(found.forced)} forced, {len(found.changes)} changes, at least {found.least_changes}: {found.proved_by.en}"
    return Line("replan", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), len(judge(after, found.plan).violations), said)


def explain_lines(problem: Problem, plan: Plan, plan_seconds: float, seed: int) -> Iterator[Line]:
    """Preparation, then five prices."""
    began = time.process_time()
    repricer = Repricer(problem, plan)
    seconds = time.process_time() - began
    yield Line("explain: preparation", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), 0,
               f"cost {repricer.value / 60:.1f}, bound {repricer.bound / 60:.1f} minutes")
    site = plan.pairings[seed * 37 % len(plan.pairings)].site_id
    began = time.process_time()
    ranked = [cadre for _, cadre in repricer.least_prices(site) if cadre not in plan.cadres_of[site]]
    prices = [repricer.price(cadre, site) for cadre in ranked[:5]]
    seconds = time.process_time() - began
    violations = sum(len(judge(problem, one.plan).violations) for one in prices if one.plan is not None)
    said = "; ".join(f"{one.pairing.cadre_id} {(one.found or 0) / 60:+.1f} [{one.least / 60:+.1f}, {(one.most or 0) / 60:+.1f}]"
                     for one in prices)
    yield Line("explain: five prices", seed, round(seconds, 1), round(100 * seconds / plan_seconds, 1), violations, f"{site}: {said}")


def terms_line(problem: Problem, effort: Effort, seed: int) -> Line:
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
    return Line("three terms", seed, round(time.process_time() - began, 1), None, violations, said)


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=["replan", "explain", "terms"])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--effort", default="quick")
    arguments = parser.parse_args()
    effort = Effort[arguments.effort.upper()]
    problem = demo_problem(arguments.scale)
    assign(demo_problem(0.05), NOBODY, 1, effort)  # compile the kernels, which an installation does once
    lines: list[Line] = []

    def note(line: Line) -> None:
        print(line, flush=True)
        lines.append(line)

    began = time.process_time()
    plan = assign(problem, NOBODY, 1, effort)
    plan_seconds = time.process_time() - began
    note(Line(f"plan {arguments.effort}", 1, round(plan_seconds, 1), None, len(judge(problem, plan).violations), ""))
    for seed in range(1, arguments.seeds + 1):
        if "replan" in arguments.parts:
            note(replan_line(problem, plan, plan_seconds, seed))
        if "explain" in arguments.parts:
            for line in explain_lines(problem, plan, plan_seconds, seed):
                note(line)
    if "terms" in arguments.parts:
        note(terms_line(problem, effort, 1))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["yixian", __version__, *(part for name in ("numpy", "numba", "ortools") for part in (name, version(name)))])
        writer.writerow([field.name for field in dataclasses.fields(Line)])
        writer.writerows(dataclasses.astuple(line) for line in lines)


if __name__ == "__main__":
    main()
