"""The demonstration at large scale: points held, violations, proven gap, CPU seconds against one district, memory.

    python benchmarks/scale.py [--scale 10] [--effort normal] [--seed 1] [--workers 2] [--no-district] [--work DIR]

Every plan is judged by planner.check, with travel times computed anew from the roads. CPU seconds are those of planning
alone, all processes together, with those of tasks that a killed run left in --work; the district is planned in the
same run at the same effort. Results are added to benchmarks/results/scale.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import os
import resource
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geodata.city_travel import CityTravel  # noqa: E402
from geodata.demo_district import build_demo  # noqa: E402
from geodata.policy_file import read_policy  # noqa: E402
from planner import __version__  # noqa: E402
from planner.artefacts.plan import Plan  # noqa: E402
from planner.artefacts.provenance import Provenance  # noqa: E402
from planner.assignment import Effort, Progress, assign  # noqa: E402
from planner.check import judge  # noqa: E402
from planner.city_assignment import assign_city  # noqa: E402
from planner.facts.problem import Problem  # noqa: E402
from planner.finished_tasks import spent_seconds  # noqa: E402
from planner.memory import available_bytes, planning_bytes  # noqa: E402
from planner.processes import processors  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "scale.csv"
NOBODY = Provenance({}, 0, {})


@dataclasses.dataclass(frozen=True)
class Line:
    """One run; gigabytes are the most that all processes together held, and what was estimated."""

    scale: float
    effort: str
    seed: int
    workers: int
    cadres: int
    sites: int
    sites_held: int
    violations: int
    cost_minutes: float
    bound_minutes: float | None
    gap_percent: float | None
    cpu_seconds: float
    times_the_district: float | None
    wall_seconds: float
    judge_seconds: float
    gigabytes: float
    gigabytes_estimated: float
    versions: str


class Memory:
    """Most memory that this process and its children held together, looked at every second (Linux only)."""

    def __init__(self) -> None:
        self.most_bytes = 0
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch while the block runs."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            self.most_bytes = max(self.most_bytes, sum(_proportional_bytes(pid) for pid in _family()))


def _family() -> list[int]:
    """Own process id and those of the children."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task").glob("*/children")
    return [own, *(int(one) for path in children for one in path.read_text().split())]


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def cpu_seconds() -> float:
    """CPU seconds of this process and of all children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def demo_problem(scale: float) -> Problem:
    """The demonstration under the built-in policy, with travel times computed when they are asked for."""
    demo = build_demo(1, scale)
    policy, faults = read_policy(None)
    if policy is None:
        raise SystemExit("\n".join(fault.sentence("en") for fault in faults))
    return Problem(demo.district, CityTravel(demo.district.places(), demo.geography.streets), policy, demo.term, {})


def anew(problem: Problem) -> Problem:
    """The same facts with nothing remembered: for the judge."""
    district = dataclasses.replace(problem.district)
    travel = problem.travel
    return dataclasses.replace(problem, district=district, travel=travel.fresh() if isinstance(travel, CityTravel) else travel)


def told(began: float) -> object:
    """Print progress every minute."""
    last = [began]

    def keep_going(progress: Progress) -> bool:
        if time.monotonic() - last[0] > 60:
            last[0] = time.monotonic()
            gap = "" if not progress.best or not progress.bound else f", gap {100 * (1 - progress.bound / progress.best):.2f} %"
            print(f"  {progress.done:.0%} after {last[0] - began:.0f} s{gap}", flush=True)
        return True

    return keep_going


def district_cpu_seconds(effort: Effort) -> float:
    """CPU seconds of planning one district in one piece: the median of three seeds."""
    assign(in_one_piece(0.05), NOBODY, 1, effort)  # compile the loops, which an installation does once
    whole = in_one_piece(1)
    spent = []
    for seed in (1, 2, 3):
        began = time.process_time()
        assign(whole, NOBODY, seed, effort)
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def in_one_piece(scale: float) -> Problem:
    """The demonstration with all travel times at hand."""
    problem = demo_problem(scale)
    return dataclasses.replace(problem, travel=problem.travel.part(tuple(problem.district.places())))


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=10.0)
    parser.add_argument("--effort", default="normal", choices=[one.name.lower() for one in Effort])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=processors())
    parser.add_argument("--no-district", action="store_true")
    parser.add_argument("--work", type=Path, help="keep finished tasks here; a run that was killed goes on from them")
    arguments = parser.parse_args()
    effort = Effort[arguments.effort.upper()]
    estimated = planning_bytes(round(310 * arguments.scale), round(791 * arguments.scale), arguments.workers)
    available = available_bytes()
    print(f"memory: about {estimated / 1e9:.1f} GB will be needed" + ("" if available is None else f", {available / 1e9:.1f} GB are free"))
    if available is not None and estimated > available:
        raise SystemExit(2)
    alone = None if arguments.no_district else district_cpu_seconds(effort)
    print(f"one district: {alone} CPU seconds", flush=True)
    memory = Memory()
    with memory.watched():
        problem = demo_problem(arguments.scale)
        print(f"{len(problem.district.cadres)} cadres, {len(problem.district.sites)} points", flush=True)
        began, cpu = time.monotonic(), cpu_seconds()
        before = 0.0 if arguments.work is None else spent_seconds(arguments.work)
        plan: Plan = assign_city(problem, NOBODY, arguments.seed, effort, told(began), workers=arguments.workers, work=arguments.work)
        wall, cpu = time.monotonic() - began, before + cpu_seconds() - cpu
        print(f"planned in {wall:.0f} s, {cpu:.0f} CPU seconds; {memory.most_bytes / 1e9:.2f} GB", flush=True)
        began = time.monotonic()
        verdict = judge(anew(problem), plan)
        judging = time.monotonic() - began
    for violation in verdict.violations[:10]:
        print(violation.text.en)
    cost = next(goal for goal in verdict.goals if goal.goal_id == "cost")
    versions = " ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy"))
    line = Line(
        arguments.scale, arguments.effort, arguments.seed, arguments.workers, len(problem.district.cadres),
        len(problem.district.sites), verdict.counts["sites_held"], len(verdict.violations), round(cost.value / 60, 1),
        None if cost.bound is None else round(cost.bound / 60, 1), None if cost.gap is None else round(100 * cost.gap, 3),
        round(cpu, 1), None if alone is None else round(cpu / alone, 2), round(wall, 1), round(judging, 1),
        round(memory.most_bytes / 1e9, 2), round(estimated / 1e9, 2), f"yixian {__version__} {versions}")
    print(line)
    fresh = not RESULTS.exists()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow([field.name for field in dataclasses.fields(Line)])
        writer.writerow(dataclasses.astuple(line))


if __name__ == "__main__":
    main()
