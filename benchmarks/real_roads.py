"""The 301 real committees of Yangpu on real roads, through the real command line.

    python benchmarks/real_roads.py GEO [--cases siping fitted futian] [--effort quick] [--keep FOLDER]

GEO is the folder of real map data that lies beside the repository. The demonstration district gets the names and positions
of the real committees (cadres, offices and enterprises stay invented). It is planned on the real OpenStreetMap extract
of Siping, which holds a sixtieth of the district: places outside are reached in straight lines, and told; on the fitted
network of the district's main roads; and, spread over that city, on OSMnx's graph of Futian, Shenzhen. Each case runs
``roads --file``, ``plan`` and ``check`` as a user would. Results go to benchmarks/results/real_roads.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geodata.demo_district import build_demo  # noqa: E402
from geodata.table_writer import write_workbook  # noqa: E402
from planner import __version__  # noqa: E402
from planner.facts.district import District, Place, SiteKind  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "real_roads.csv"
TERM = "2027-2028"
CASES = {"siping": "yangpu_siping.osm.pbf", "fitted": "yangpu_main_roads_network.gpkg",
         "futian": "shenzhen_futian_drive.graphml.gz"}
YANGPU = (121.483, 31.251, 121.563, 31.347)
FUTIAN = (114.015, 22.520, 114.055, 22.550)
"""West, south, east, north: the points of the first are spread over the second."""


@dataclasses.dataclass(frozen=True)
class Line:
    """What one case came to: the counts of ``roads``, what the judge says, and CPU seconds of all three commands."""

    case: str
    nodes: int
    edges: int
    ways_read: int
    ways_kept: int
    ways_dropped: int
    gated_roads: int
    components: int
    places: int
    snapped: int
    moved: int
    behind_gates: int
    off_road: int
    pairs_without_road: int
    farthest_metres: int
    valid: bool
    violations: int
    sites_held: int
    travel_hours: float
    cpu_seconds: float


def real_district(geo: Path) -> District:
    """The demonstration district with the real committees in place of invented ones."""
    district = build_demo(1).district
    named = {one.name: one.id for one in district.subdistricts}
    waiting: dict[str, Iterator[dict[str, str]]] = {}
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (geo / "yangpu_residential_committees_301.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[named[row["street"]]].append(row)
    waiting = {subdistrict: iter(own) for subdistrict, own in rows.items()}
    sites = []
    for site in district.sites:
        if site.kind is SiteKind.COMMITTEE:
            row = next(waiting[site.subdistrict_id])
            site = dataclasses.replace(site, name=row["name"], place=Place(float(row["lon"]), float(row["lat"])))  # noqa: PLW2901
        sites.append(site)
    return dataclasses.replace(district, name="杨浦区（真实居委会）", sites=tuple(sites))


def spread(district: District) -> District:
    """The same over another city."""
    def moved(place: Place) -> Place:
        east, north = (place.lon - YANGPU[0]) / (YANGPU[2] - YANGPU[0]), (place.lat - YANGPU[1]) / (YANGPU[3] - YANGPU[1])
        return dataclasses.replace(place, lon=round(FUTIAN[0] + east * (FUTIAN[2] - FUTIAN[0]), 6),
                                   lat=round(FUTIAN[1] + north * (FUTIAN[3] - FUTIAN[1]), 6))

    return dataclasses.replace(
        district, name="福田（杨浦的点）",
        subdistricts=tuple(dataclasses.replace(one, centre=moved(one.centre)) for one in district.subdistricts),
        offices=tuple(dataclasses.replace(one, place=moved(one.place)) for one in district.offices),
        sites=tuple(dataclasses.replace(one, place=moved(one.place)) for one in district.sites))


def command(*arguments: object, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Run the program; its answer as JSON."""
    run = subprocess.run([sys.executable, str(ROOT / "run_planner.py"), *map(str, arguments), "--json", "--quiet"],
                         capture_output=True, text=True, check=False, cwd=ROOT)
    if run.returncode not in codes:
        raise SystemExit(f"{arguments[0]} ended with {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def run(case: str, geo: Path, folder: Path, effort: str) -> Line:
    """Convert, plan and judge one case in ``folder``."""
    district = real_district(geo)
    workbook, geography = folder / "district.xlsx", folder / "geography.gpkg"
    write_workbook(workbook, spread(district) if case == "futian" else district)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = command("roads", "--file", geo / CASES[case], "--workbook", workbook, "--out", geography)
    command("plan", workbook, "--out", folder / "out", "--effort", effort, "--term", TERM)
    verdict = command("check", workbook, folder / "out", "--term", TERM)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts, joined = report["counts"], report["joined"]
    travel = next(goal["value"] for goal in verdict["goals"] if goal["id"] == "travel")
    return Line(
        case, report["nodes"], report["edges"], counts["ways_read"], counts["ways_kept"], sum(counts["dropped"].values()),
        counts["gated"], len(counts["components"]), joined["places"], joined["snapped"], joined["moved"], joined["gated"],
        joined["off_road"], joined["pairs_without_road"], joined["farthest_metres"], verdict["valid"],
        len(verdict["violations"]), verdict["counts"]["sites_held"], round(travel / 3600, 1),
        round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1))


def main() -> None:
    """Run the cases and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("geo", type=Path)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--keep", type=Path, help="folder for the workbooks and plans")
    given = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["YIXIAN_CACHE"] = str(Path(temporary) / "cache")
        for case in given.cases:
            folder = (given.keep or Path(temporary)) / case
            folder.mkdir(parents=True, exist_ok=True)
            lines.append(run(case, given.geo, folder, given.effort))
            print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["yixian", __version__, "osmium", version("osmium"), "networkx", version("networkx"), "effort", given.effort])
        writer.writerow([field.name for field in dataclasses.fields(Line)])
        writer.writerows(dataclasses.astuple(line) for line in lines)


if __name__ == "__main__":
    main()
