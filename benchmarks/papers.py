"""Calendar, routes and everything handed out of a finished plan: CPU seconds beside what was asked.

    python benchmarks/papers.py out/

``out/`` is a folder that ``demo`` or ``plan`` filled, with its workbook ``district.xlsx``. Calendar and routes are made in this
process from the plan; a single sheet is timed after the inputs were read and one sheet was made, which is the start-up; everything else
is the command line in a process of its own, start-up included, into a folder that is thrown away. ``files`` counts what it
wrote. Writes benchmarks/results/papers.csv.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from commands.inputs import Sources
from commands.outputs import Made, made_before
from commands.papers import Request, write_papers
from commands.reporting import Reporter
from planner.artefacts.visit_calendar import VisitCalendar
from planner.check import judge
from planner.routing import route
from planner.scheduling import schedule

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results" / "papers.csv"
_HEADER: Final = ("job", "cpu_seconds", "asked_below", "files", "note", "versions")
_COMMANDS: Final = (
    ("all route sheets of a day, PDF", 60, ("--paper", "route")),
    ("the same again, unchanged", None, ("--paper", "route")),
    ("all other papers, PDF, Word and Excel", None, ("--format", "all", *(part for one in (
        "card", "arrangement", "notice", "handover", "host") for part in ("--paper", one)))),
    ("calendars of cadres and sub-districts", None, ("--paper", "ics")),
)
"""Jobs of the command ``sheets``: name, CPU seconds asked for (None where nobody asked), options."""


def timed(job: Callable[[], object]) -> float:
    """CPU seconds of a job in this process."""
    began = time.process_time()
    job()
    return time.process_time() - began


def commanded(folder: Path, out: Path, options: tuple[str, ...]) -> tuple[float, int]:
    """(CPU seconds, files written) of the command ``sheets`` in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, str(ROOT / "run_planner.py"), "sheets", str(folder / "district.xlsx"), "--plan",
                           str(folder / "plan.json"), "--out", str(out), "--quiet", "--json", *options], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, len(json.loads(done.stdout)["files"])


def in_process(made: Made, out: Path) -> Iterator[tuple[str, float, int | None, int, str]]:
    """Calendar, routes and a single sheet."""
    problem, plan = made.inputs.problem, made.plan
    calendars: list[VisitCalendar] = []
    yield "calendar of the term", timed(lambda: calendars.append(schedule(problem, plan, plan.provenance))), 60, 0, ""
    seconds = timed(lambda: route(problem, calendars[0], plan.provenance))
    routes = route(problem, calendars[0], plan.provenance)
    verdict = judge(problem, plan, calendars[0], routes)
    goals = "; ".join(f"{one.goal_id} {one.value} bound {one.bound}" for one in verdict.goals[-5:])
    yield "all routes of the term", seconds, 20, 0, f"valid {verdict.valid}, {verdict.counts['route_days']} route days; {goals}"
    day = made.calendar.liaison_days[0].day
    cadres = sorted({one.cadre_id for one in made.routes.on(day)})[:2]
    for number, cadre_id in enumerate(cadres):
        request = Request(("route",), ("pdf",), "internal", day, cadre_id)
        seconds = timed(lambda request=request: write_papers(made, request, dict, out, Reporter("zh", quiet=True)))  # type: ignore[misc]
        yield ("the first cadre's sheet, with all that is loaded once", "a single cadre's sheet")[number], seconds, (None, 1)[number], 1, ""


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    versions = f"Python {platform.python_version()}, typst {version('typst')}, ortools {version('ortools')}"
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        made = made_before(Sources(folder / "district.xlsx"), folder / "plan.json")
        rows += [(job, f"{seconds:.2f}", asked or "", files or "", note, versions)
                 for job, seconds, asked, files, note in in_process(made, Path(scratch) / "one")]
        for job, asked, options in _COMMANDS:
            seconds, files = commanded(folder, Path(scratch) / "many", options)
            rows.append((job, f"{seconds:.2f}", asked or "", files, "", versions))
            print(*rows[-1][:4], sep="  ")
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((_HEADER, *rows))
    for row in rows:
        print(*row[:5], sep="  ")


if __name__ == "__main__":
    main()
