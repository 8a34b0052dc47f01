"""Public instances of three families beside a plain CP-SAT model of one Boolean a pair with the same CPU time.

    python benchmarks/public_instances.py FOLDER [--family gap|bnwp|cpmp] [--effort deep] [--seeds 3] [--only NAME ...] [--merge]

FOLDER holds gap/*.txt (OR-Library, Yagiura: m n, costs, resources, capacities; minimise), bnwp/*.txt (CSPLib 069) and
cpmp/*.json with fixed_medians.json; a best_known.csv beside them is optional. Every plan is judged from the instance
file by code that shares nothing with the engine. The table is printed and written to results/public_instances.csv.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model

sys.path.insert(0, str(Path(__file__).parents[1]))

from planner.engines.cadre_shares import share_cadres
from planner.engines.caseload_problem import CaseloadProblem
from planner.engines.core import EFFORTS, Budget, solve

RESULTS = Path(__file__).parent / "results" / "public_instances.csv"
LEAST_PLAIN_SECONDS = 2.0
"""The plain model gets the engine's CPU seconds, but never fewer than these."""


@dataclass(frozen=True)
class Outcome:
    """A plan: for every site its holder (gap, cpmp) or its nurse's number (bnwp); None where none was found."""

    holders: list[int] | None
    bound: float


@dataclass(frozen=True)
class Instance:
    """One instance of a family; ``judge`` gives the cost of a plan from the file's numbers, or raises ValueError."""

    family: str
    name: str
    size: str
    best: float | None
    judge: Callable[[list[int]], float]
    engine: Callable[[Budget, int], Outcome]
    plain: Callable[[float], list[int] | None]


def demand(kept: bool, what: str) -> None:
    """Raise ValueError where a plan or a bound is wrong."""
    if not kept:
        raise ValueError(what)


# --- generalized assignment, and medians as a case of it --------------------------------------------------------------


def pair_instance(family: str, name: str, best: float | None, cost: list[list[float]], load: list[list[int]],
                  capacity: list[int]) -> Instance:
    """Pairs with a cost and a load, cadres with a capacity; cost and load have a row a cadre."""
    cadres, sites = len(cost), len(cost[0])

    def judge(holders: list[int]) -> float:
        demand(len(holders) == sites, "a site without a holder")
        total, spent = 0.0, [0] * cadres
        for site, cadre in enumerate(holders):
            demand(0 <= cadre < cadres, "an unknown holder")
            total += cost[cadre][site]
            spent[cadre] += load[cadre][site]
        demand(all(one <= limit for one, limit in zip(spent, capacity, strict=True)), "a load over its capacity")
        return total

    def engine(budget: Budget, seed: int) -> Outcome:
        problem = CaseloadProblem(np.array(cost, dtype=np.float64), np.array(load, dtype=np.int64), np.array(capacity),
                                  np.zeros(cadres, dtype=np.int64), np.full(cadres, sites),
                                  np.ones((cadres, sites), dtype=np.bool_))
        found = solve(problem, budget, seed)
        return Outcome(None if found.holders is None else [int(one) for one in found.holders], found.bound)

    def plain(seconds: float) -> list[int] | None:
        model = cp_model.CpModel()
        pair = [[model.new_bool_var("") for _ in range(sites)] for _ in range(cadres)]
        for site in range(sites):
            model.add_exactly_one([row[site] for row in pair])
        for cadre in range(cadres):
            model.add(cp_model.LinearExpr.weighted_sum(pair[cadre], load[cadre]) <= capacity[cadre])
        flat = [one for row in pair for one in row]
        model.minimize(cp_model.LinearExpr.weighted_sum(flat, [one for row in cost for one in row]))
        solver = run_plain(model, seconds)
        if solver is None:
            return None
        return [next(cadre for cadre in range(cadres) if solver.boolean_value(pair[cadre][site]))
                for site in range(sites)]

    return Instance(family, name, f"{cadres} x {sites}", best, judge, engine, plain)


def gap_instance(file: Path, best: float | None) -> Instance:
    """A file of the OR-Library's form."""
    numbers = [int(one) for one in file.read_text(encoding="ascii").split()]
    cadres, sites = numbers[:2]
    rows = [numbers[2 + sites * row:2 + sites * (row + 1)] for row in range(2 * cadres)]
    return pair_instance("gap", file.stem, best, [[float(one) for one in row] for row in rows[:cadres]], rows[cadres:],
                         numbers[2 + 2 * sites * cadres:])


def cpmp_instance(file: Path, best: float | None) -> Instance | None:
    """Points to the given medians, at the rounded-down or the real distance; None where no medians are given."""
    medians_file = file.with_name("fixed_medians.json")
    given = json.loads(medians_file.read_text(encoding="utf-8")) if medians_file.exists() else {}
    if file.stem not in given:
        return None
    data = json.loads(file.read_text(encoding="utf-8"))
    points, medians = data["points_x_y_demand"], given[file.stem]["medians"]
    cost = [[math.dist(points[median][:2], point[:2]) for point in points] for median in medians]
    if data["distance"].startswith("floor"):
        cost = [[float(math.floor(one)) for one in row] for row in cost]
    demand = [int(point[2]) for point in points]
    return pair_instance("cpmp", file.stem, best, cost, [demand] * len(medians), [int(data["capacity"])] * len(medians))


# --- balanced workloads -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wards:
    """The numbers of a file: patients' acuities by zone, nurses, patients a nurse at least and at most, greatest load."""

    zones: list[list[int]]
    nurses: int
    least: int
    most: int
    capacity: int

    @property
    def patients(self) -> list[tuple[int, int]]:
        """Zone and acuity of every patient, in the file's order."""
        return [(zone, load) for zone, own in enumerate(self.zones) for load in own]


def judge_wards(wards: Wards, holders: list[int]) -> float:
    """The sum of squared loads."""
    held: list[list[tuple[int, int]]] = [[] for _ in range(wards.nurses)]
    for patient, nurse in zip(wards.patients, holders, strict=True):
        held[nurse].append(patient)
    for own in held:
        demand(wards.least <= len(own) <= wards.most, "a nurse with too few or too many patients")
        demand(sum(load for _, load in own) <= wards.capacity, "a nurse over the capacity")
        demand(len({zone for zone, _ in own}) <= 1, "a nurse in two zones")
    return float(sum(sum(load for _, load in own) ** 2 for own in held))


def engine_wards(wards: Wards, budget: Budget, seed: int) -> Outcome:
    """Zone by zone, with the nurses shared out among the zones."""
    def zone_problem(zone: int, count: int) -> CaseloadProblem:
        shape = (count, len(wards.zones[zone]))
        return CaseloadProblem(np.zeros(shape), np.broadcast_to(np.array(wards.zones[zone]), shape).copy(),
                               np.full(count, wards.capacity), np.full(count, wards.least), np.full(count, wards.most),
                               np.ones(shape, dtype=np.bool_), np.arange(wards.capacity + 1, dtype=np.float64) ** 2)

    def balanced(zone: int, count: int) -> float:
        own = wards.zones[zone]
        if count == 0:
            return math.inf if own else 0.0
        if not count * wards.least <= len(own) <= count * wards.most or sum(own) > count * wards.capacity:
            return math.inf
        low, more = divmod(sum(own), count)
        return float(more * (low + 1) ** 2 + (count - more) * low**2)

    shares = share_cadres(wards.nurses, len(wards.zones), balanced,
                          lambda zone, count: solve(zone_problem(zone, count), budget, seed))
    if not shares.plans:
        return Outcome(None, shares.bound)
    holders: list[int] = []
    first = 0
    for plan, count in zip(shares.plans, shares.counts, strict=True):
        if plan.holders is not None:
            holders += [first + int(one) for one in plan.holders]
        first += count
    return Outcome(holders, shares.bound)


def plain_wards(wards: Wards, seconds: float) -> list[int] | None:
    """One Boolean a patient and nurse, one a nurse and zone, loads squared."""
    model = cp_model.CpModel()
    pair = [[model.new_bool_var("") for _ in range(wards.nurses)] for _ in wards.patients]
    squares = []
    for row in pair:
        model.add_exactly_one(row)
    for nurse in range(wards.nurses):
        column = [row[nurse] for row in pair]
        there = [model.new_bool_var("") for _ in wards.zones]
        model.add_exactly_one(there)
        for (zone, _), one in zip(wards.patients, column, strict=True):
            model.add_implication(one, there[zone])
        model.add_linear_constraint(sum(column), wards.least, wards.most)
        load = model.new_int_var(0, wards.capacity, "")
        model.add(cp_model.LinearExpr.weighted_sum(column, [own for _, own in wards.patients]) == load)
        squares.append(model.new_int_var(0, wards.capacity**2, ""))
        model.add_multiplication_equality(squares[-1], [load, load])
    model.minimize(sum(squares))
    solver = run_plain(model, seconds)
    if solver is None:
        return None
    return [next(nurse for nurse in range(wards.nurses) if solver.boolean_value(row[nurse])) for row in pair]


def bnwp_instance(file: Path, best: float | None, nurses: int | None) -> Instance:
    """Zones of patients; nurses of one zone each; the sum of squared loads. ``nurses`` None: as the file says."""
    lines = [[int(one) for one in line.split()] for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    zones = [line[1:] for line in lines[2:2 + lines[0][0]]]
    demand(all(line[0] == len(line) - 1 for line in lines[2:2 + lines[0][0]]), f"{file.name}: zones cannot be read")
    wards = Wards(zones, nurses or lines[0][1], *lines[1][:3])
    size = f"{wards.nurses} x {len(wards.patients)}, {len(zones)} zones"
    return Instance("bnwp", file.stem, size, best, lambda holders: judge_wards(wards, holders),
                    lambda budget, seed: engine_wards(wards, budget, seed),
                    lambda seconds: plain_wards(wards, seconds))


# --- the run ----------------------------------------------------------------------------------------------------------


def run_plain(model: cp_model.CpModel, seconds: float) -> cp_model.CpSolver | None:
    """CP-SAT, one worker, stopped after this many CPU seconds of the process; None where it found no plan."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    begun, over = time.process_time(), threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if time.process_time() - begun > seconds:
                solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        status = solver.solve(model)
    finally:
        over.set()
        watcher.join()
    return solver if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else None


def instances(folder: Path, family: str | None) -> list[Instance]:
    """All instances of the families found in a folder, or in the family's own folder."""
    found: list[Instance] = []
    for own in ("gap", "bnwp", "cpmp"):
        place = folder if folder.name == own else folder / own
        if family not in {None, own} or not place.is_dir():
            continue
        table = place / "best_known.csv"
        rows = list(csv.DictReader(table.open(encoding="utf-8"))) if table.exists() else []
        known = {Path(row["instance"]).stem: row for row in rows}
        for file in sorted((*place.glob("*.txt"), *place.glob("*.json"))):
            if file.name == "fixed_medians.json":
                continue
            row = known.get(file.stem, {})
            value = row.get("value") or row.get("value_sum_of_squares")
            best = float(value) if value else None
            if own == "gap":
                found.append(gap_instance(file, best))
            elif own == "bnwp":
                found.append(bnwp_instance(file, best, int(row["nurses"]) if row.get("nurses") else None))
            else:
                instance = cpmp_instance(file, best)
                if instance is None:
                    print(f"{file.stem}: no medians given, left out")
                else:
                    found.append(instance)
    return found


def measure(instance: Instance, effort: str, seeds: int) -> dict[str, str]:
    """One row of the table: the engine's median over seeds, then the plain model with the same CPU time."""
    costs, bounds, times = [], [], []
    for seed in range(1, seeds + 1):
        begun = time.process_time()
        outcome = instance.engine(EFFORTS[effort], seed)
        times.append(time.process_time() - begun)
        costs.append(math.inf if outcome.holders is None else instance.judge(outcome.holders))
        bounds.append(outcome.bound)
        demand(bounds[-1] <= costs[-1] + 1e-3, "a bound above a plan")
        demand(instance.best is None or bounds[-1] <= instance.best + 0.006, "a bound above the best known value")
    cost, bound, seconds = statistics.median(costs), max(bounds), statistics.median(times)
    begun = time.process_time()
    holders = instance.plain(max(seconds, LEAST_PLAIN_SECONDS))
    plain_seconds = time.process_time() - begun
    plain = math.inf if holders is None else instance.judge(holders)

    def percent(value: float) -> str:
        if instance.best is None or math.isinf(value):
            return "-"
        return f"{100 * (value - instance.best) / instance.best:.3f}"

    return {"family": instance.family, "instance": instance.name, "size": instance.size,
            "best known": "-" if instance.best is None else f"{instance.best:.2f}", "engine": f"{cost:.2f}",
            "worst seed": f"{max(costs):.2f}", "bound": f"{bound:.2f}",
            "gap to bound %": f"{100 * (cost - bound) / abs(cost):.3f}" if math.isfinite(cost) and cost else "-",
            "above best %": percent(cost), "CPU s": f"{seconds:.1f}", "plain CP-SAT": f"{plain:.2f}",
            "plain above best %": percent(plain), "plain CPU s": f"{plain_seconds:.1f}"}


def warm_up() -> None:
    """Have everything compiled (numba keeps it on disk) before the first measurement."""
    rng = np.random.default_rng(1)
    load = rng.integers(5, 25, (4, 30))
    solve(CaseloadProblem((60 - load + rng.integers(-5, 5, load.shape)).astype(np.float64), load, np.full(4, 95),
                          np.zeros(4, dtype=np.int64), np.full(4, 30), np.ones(load.shape, dtype=np.bool_)),
          EFFORTS["quick"])
    engine_wards(Wards([[59, 57, 50, 44, 42, 40, 39, 39, 33, 33, 32, 27, 26, 22, 20, 17, 11]], 6, 1, 3, 105),
                 EFFORTS["quick"], 1)


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--family", choices=("gap", "bnwp", "cpmp"))
    parser.add_argument("--effort", choices=tuple(EFFORTS), default="deep")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of instances")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--merge", action="store_true", help="keep the other instances' rows of the results file")
    given = parser.parse_args()
    chosen = [one for one in instances(given.folder, given.family) if not given.only or one.name in given.only]
    if not chosen:
        sys.exit(f"no instances under {given.folder}")
    warm_up()
    versions = {name: version(name) for name in ("ortools", "numba", "numpy")} | {"python": platform.python_version()}
    note = ", ".join(f"{name} {one}" for name, one in versions.items())
    rows = []
    for instance in chosen:
        row = measure(instance, given.effort, given.seeds)
        if not rows:
            print(note, f"effort {given.effort}, {given.seeds} seeds", sep="\n")
            print(" | ".join(row))
        rows.append(row | {"effort": given.effort, "seeds": str(given.seeds), "versions": note})
        print(" | ".join(row.values()), flush=True)
    given.results.parent.mkdir(exist_ok=True)
    if given.merge and given.results.exists():
        fresh = {(row["family"], row["instance"]) for row in rows}
        with given.results.open(encoding="utf-8", newline="") as file:
            rows += [row for row in csv.DictReader(file) if (row["family"], row["instance"]) not in fresh]
        rows.sort(key=lambda row: (row["family"], row["instance"]))
    with given.results.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
