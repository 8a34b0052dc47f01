"""The demonstration district: cost, proven gap and CPU seconds by effort, beside the naive CP-SAT model.

    python benchmarks/district.py [--seeds 3] [--efforts quick normal deep] [--scale 1.0] [--no-naive]

Every plan is judged by planner.check. The naive model has one Boolean a pair, star distances, and no visit days; it
runs with one worker for as many seconds as our median CPU seconds of each effort, and for five times as many. Results
go to benchmarks/results/district.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import statistics
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geodata.demo_district import build_demo  # noqa: E402
from geodata.policy_file import read_policy  # noqa: E402
from geodata.travel_times import travel_matrix  # noqa: E402
from planner import __version__  # noqa: E402
from planner.artefacts.plan import Plan  # noqa: E402
from planner.artefacts.provenance import Provenance  # noqa: E402
from planner.assignment import Effort, assign  # noqa: E402
from planner.check import judge  # noqa: E402
from planner.engines.compiled import CompiledProblem  # noqa: E402
from planner.facts.district import Pairing  # noqa: E402
from planner.facts.problem import Problem  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "district.csv"
NOBODY = Provenance({}, 0, {})


@dataclasses.dataclass(frozen=True)
class Line:
    """One run: CPU seconds, violations, sites held, cost in minutes, proven bound and gap in per cent."""

    method: str
    seed: int
    cpu_seconds: float
    violations: int
    sites_held: int
    fairness_percent: float
    cost_minutes: float
    bound_minutes: float | None
    gap_percent: float | None


def demo_problem(scale: float) -> Problem:
    """The demonstration district under the built-in policy."""
    demo = build_demo(1, scale)
    policy, faults = read_policy(None)
    if policy is None:
        raise SystemExit("\n".join(fault.sentence("en") for fault in faults))
    travel = travel_matrix(demo.district.places(), demo.geography.streets)
    return Problem(demo.district, travel, policy, demo.term, {})


def judged(method: str, seed: int, seconds: float, problem: Problem, plan: Plan) -> Line:
    """What the judge says of a plan."""
    verdict = judge(problem, plan)
    by_id = {goal.goal_id: goal for goal in verdict.goals}
    cost = by_id["cost"]
    return Line(method, seed, round(seconds, 1), len(verdict.violations), verdict.counts["sites_held"],
                by_id["fairness"].value / 10, round(cost.value / 60, 1), None if cost.bound is None else round(cost.bound / 60, 1),
                None if cost.gap is None else round(100 * cost.gap, 3))


def naive(problem: Problem, seconds: float, seed: int) -> Plan:
    """One Boolean a pair in CP-SAT: coverage, limits and rows exactly; travel as a star, loads by their largest ratio."""
    from ortools.sat.python import cp_model  # noqa: PLC0415

    compiled = CompiledProblem.of(problem)
    arrays = problem.arrays
    model = cp_model.CpModel()
    pairs = [(int(i), int(j)) for i, j in np.argwhere(compiled.allowed)]
    takes = {pair: model.new_bool_var("") for pair in pairs}
    for site in range(len(problem.district.sites)):
        model.add_exactly_one(takes[cadre, site] for cadre in np.flatnonzero(compiled.allowed[:, site]).tolist())
    for cadre in range(len(problem.district.cadres)):
        own = [site for site in range(len(problem.district.sites)) if (cadre, site) in takes]
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            if vector >= 0:
                total = sum(int(compiled.weights[vector, site]) * takes[cadre, site] for site in own)
                model.add_linear_constraint(total, int(compiled.limit_lower[cadre, limit]), int(compiled.limit_upper[cadre, limit]))
    for number, row in enumerate(compiled.rows):
        members = [takes[int(i), int(j)] for block in row.blocks for i in block.cadres for j in block.sites if (int(i), int(j)) in takes]
        model.add_linear_constraint(sum(members), int(compiled.row_lower[number]), int(compiled.row_upper[number]))
    there = arrays.travel_seconds[np.ix_(arrays.office_place, arrays.site_place)]
    back = arrays.travel_seconds[np.ix_(arrays.site_place, arrays.office_place)].T
    model.minimize(sum(int(there[pair] + back[pair]) * takes[pair] for pair in pairs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    found = solver.solve(model)
    cadres, sites = problem.district.cadres, problem.district.sites
    held = [pair for pair in pairs if found in {cp_model.OPTIMAL, cp_model.FEASIBLE} and solver.value(takes[pair])]
    return Plan.of(problem.term.id, [Pairing(cadres[i].id, sites[j].id) for i, j in held], NOBODY)


def runs(problem: Problem, efforts: list[str], seeds: int, with_naive: bool) -> Iterator[Line]:
    """Ours for every effort and seed, then the naive model with the same and five times the seconds."""
    assign(demo_problem(0.05), NOBODY, 1, Effort.NORMAL)  # compile the kernels, which an installation does once
    for effort in efforts:
        spent = []
        for seed in range(1, seeds + 1):
            began = time.process_time()
            plan = assign(problem, NOBODY, seed, Effort[effort.upper()])
            spent.append(time.process_time() - began)
            yield judged(effort, seed, spent[-1], problem, plan)
        for times in (1, 5) if with_naive else ():
            began = time.process_time()
            plan = naive(problem, times * statistics.median(spent), 1)
            yield judged(f"naive CP-SAT, {times} x {effort}", 1, time.process_time() - began, problem, plan)


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--efforts", nargs="+", default=["quick", "normal", "deep"])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-naive", action="store_true")
    arguments = parser.parse_args()
    problem = demo_problem(arguments.scale)
    lines = []
    for line in runs(problem, arguments.efforts, arguments.seeds, not arguments.no_naive):
        print(line, flush=True)
        lines.append(line)
    for effort in arguments.efforts:
        own = [line for line in lines if line.method == effort]
        print(f"{effort}: median gap {statistics.median(line.gap_percent or 100 for line in own):.2f} %, "
              f"median CPU {statistics.median(line.cpu_seconds for line in own):.0f} s, "
              f"violations {sum(line.violations for line in own)}")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["yixian", __version__, *(part for name in ("numpy", "numba", "ortools") for part in (name, version(name)))])
        writer.writerow([field.name for field in dataclasses.fields(Line)])
        writer.writerows(dataclasses.astuple(line) for line in lines)


if __name__ == "__main__":
    main()
