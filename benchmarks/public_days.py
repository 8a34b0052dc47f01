"""Days held against published ones: travelling salesman with time windows (AFG, Langevin) and consistent routing (Groër, small).

    python benchmarks/public_days.py FOLDER [--out results/public_days.csv]

FOLDER holds ``tsptw/`` and ``convrp/`` with their ``best_known.csv``. Each tour is checked here, apart from the engine: every
window kept, every length added up anew.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import sys
import time
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from planner.engines.consistent_days import ConsistentPlan, plan_consistent_days
from planner.engines.day_orders import Tour, best_tour

COLUMNS = ("family", "instance", "stops", "value", "best_known", "gap_percent", "feasible", "proved_by", "cpu_seconds", "ortools")
TOLERANCE = 5.0
"""L: how far arrivals may lie apart."""


def tsptw(folder: Path) -> list[dict[str, Any]]:
    """Every instance with windows."""
    best = best_known(folder / "best_known.csv")
    rows = []
    for case in json.loads(gzip.decompress((folder / "tsptw.json.gz").read_bytes())):
        started = time.process_time()
        windows = [(float(start), float(end)) for start, end in case["tw"]]
        tour = best_tour(case["matrix"], windows)
        seconds = time.process_time() - started
        value = None if tour is None else length_of(tour, case["matrix"], windows)
        rows.append(row("tsptw", case["name"], case["n"] - 1, value, best[case["name"]], "" if tour is None else tour.proved_by, seconds))
    return rows


def length_of(tour: Tour, travel: list[list[float]], windows: list[tuple[float, float]]) -> float | None:
    """The tour's travel, added up anew; None where it leaves out a stop or comes too late."""
    if sorted(tour.order) != list(range(1, len(travel))):
        return None
    now, total = windows[0][0], 0.0
    for a, b in pairwise([0, *tour.order, 0]):
        total += travel[a][b]
        now = max(now + travel[a][b], windows[b][0])
        if now > windows[b][1] + 1e-6:
            return None
    return total


def convrp(folder: Path) -> list[dict[str, Any]]:
    """Every instance with the same person and nearly the same time."""
    with (folder / "best_known.csv").open(encoding="utf-8") as file:
        best = {one["instance"]: float(one["opt_travel_with_L5_arrival_window"]) for one in csv.DictReader(file)}
    rows = []
    for path in sorted(folder.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        started = time.process_time()
        points = [case["depot"], *((one["x"], one["y"]) for one in case["customers"])]
        travel = [[math.dist(a, b) for b in points] for a in points]
        demand = [one["demand"] for one in case["customers"]]
        service = [[float(one) for one in customer["service"]] for customer in case["customers"]]
        plan = plan_consistent_days(travel, demand, service, case["capacity"], case["max_route_duration"], TOLERANCE)
        seconds = time.process_time() - started
        value = None if plan is None else travel_of(plan, case, travel)
        rows.append(row("convrp", case["name"], len(demand), value, best[case["name"]], "all orders, all sets", seconds))
    return rows


def travel_of(plan: ConsistentPlan, case: dict[str, Any], travel: list[list[float]]) -> float | None:
    """The plan's travel, added up anew; None where it breaks any rule of the instance."""
    total = 0.0
    arrivals: dict[int, list[float]] = {}
    person_of: dict[int, int] = {}
    served: set[tuple[int, int]] = set()
    for person, days in enumerate(plan.days_of):
        for day, order in enumerate(days):
            now, load = 0.0, 0
            for a, b in pairwise([0, *order.stops, 0]):
                now, total = now + travel[a][b], total + travel[a][b]
                if b:
                    customer = case["customers"][b - 1]
                    arrivals.setdefault(b, []).append(now)
                    if person_of.setdefault(b, person) != person or customer["demand"][day] is None:
                        return None
                    served.add((b, day))
                    load += customer["demand"][day]
                    now += customer["service"][day]
            if load > case["capacity"] or now > case["max_route_duration"] + 1e-6:
                return None
    due = {(index, day) for index, one in enumerate(case["customers"], start=1)
           for day, load in enumerate(one["demand"]) if load is not None}
    apart = max(max(times) - min(times) for times in arrivals.values())
    return total if served == due and apart <= TOLERANCE + 1e-6 else None


def best_known(path: Path) -> dict[str, float]:
    """Best known values by instance."""
    with path.open(encoding="utf-8") as file:
        return {one["instance"]: float(one["value"]) for one in csv.DictReader(file)}


def row(family: str, name: str, stops: int, value: float | None, best: float, proved_by: str, seconds: float) -> dict[str, Any]:
    """One line of the table."""
    gap = "" if value is None else f"{100 * (value - best) / best:.4f}"
    return dict(zip(COLUMNS, (family, name, stops, "" if value is None else f"{value:.4f}", f"{best:g}", gap, value is not None,
                              proved_by, f"{seconds:.2f}", version("ortools")), strict=True))


def main() -> None:
    """Solve everything in a folder and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "public_days.csv")
    arguments = parser.parse_args()
    rows = [*tsptw(arguments.folder / "tsptw"), *convrp(arguments.folder / "convrp")]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    for family in ("tsptw", "convrp"):
        own = [one for one in rows if one["family"] == family]
        matched = sum(one["feasible"] and abs(float(one["gap_percent"])) < 0.001 for one in own)
        print(f"{family}: {len(own)} instances, {sum(one['feasible'] for one in own)} feasible, {matched} at the best known, "
              f"{sum(float(one['cpu_seconds']) for one in own):.1f} CPU s")


if __name__ == "__main__":
    main()
