"""Sizes and draw times of every map page, beside plain folium with links to content networks.

    python benchmarks/maps.py --scales 1 10

Plan, calendar and routes are made by plain rules (each point to the nearest cadre who holds fewest, at most four), because
drawing does not depend on how good they are, and travel is by straight lines. Writes benchmarks/results/maps.csv.
``draw_cpu_seconds`` is the processor time to make the page; ``open_seconds`` the wall time from opening the file in the
system's Chromium, network cut, until the page is drawn, and ``open_cpu_seconds`` the processor time of the page's own thread
for it, which is what counts on a busy machine (best of three); ``shown`` is how many points it then shows. Plain folium shows
none: its scripts are elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import folium
import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from commands.outputs import base_map_of
from geodata.city_travel import StraightCityTravel
from geodata.demo_district import build_demo
from geodata.holidays import special_days
from geodata.policy_file import read_policy
from maps.base_map import BaseMap
from maps.changes import change_map
from maps.coverage import coverage_map
from maps.heat import heat_map
from maps.offline import save_map
from maps.report_page import write_report
from maps.visit_days import day_map
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.report import Report
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.verdict import Verdict
from planner.artefacts.visit_calendar import LiaisonDay, Slot, VisitCalendar
from planner.facts.district import Pairing, TimeWindow
from planner.facts.problem import Problem
from planner.facts.term import DayState
from planner.reporting import report_of

RESULTS: Final = Path(__file__).parent / "results" / "maps.csv"
MOST_SITES: Final = 4
_FLAGS: Final = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
_HEADER: Final = ("scale", "page", "points", "megabytes", "draw_cpu_seconds", "open_cpu_seconds", "open_seconds",
                  "requests_outside", "shown", "versions")


def problem_at(scale: float) -> tuple[Problem, BaseMap]:
    """The demonstration district at a scale, with straight lines for travel, and short visits."""
    demo = build_demo(1, scale)
    sites = tuple(dataclasses.replace(site, stay_seconds=1800, visiting_hours=TimeWindow(9 * 3600, 17 * 3600))
                  for site in demo.district.sites)
    demo = dataclasses.replace(demo, district=dataclasses.replace(demo.district, sites=sites))
    policy, _ = read_policy(None)
    days, states = special_days(sorted({month.year for month in demo.term.month_starts()}))
    term = dataclasses.replace(demo.term, special_days=days, state_by_year=states)
    travel = StraightCityTravel(demo.district.places(), policy.straight_line_kmh, policy.straight_line_detour_percent)
    return Problem(demo.district, travel, policy, term, {}), base_map_of(demo.geography)


def plain_plan(problem: Problem) -> Plan:
    """Each point to the nearest cadre who holds fewest, at most ``MOST_SITES``."""
    district = problem.district
    cadres = district.active_cadres
    offices = [district.office_of(cadre).place for cadre in cadres]
    x, y = np.array([one.lon for one in offices]) * np.cos(np.radians(31.3)), np.array([one.lat for one in offices])
    held = np.zeros(len(cadres))
    pairings = []
    for site in district.sites:
        away = np.hypot(x - site.place.lon * np.cos(np.radians(31.3)), y - site.place.lat)
        chosen = int(np.argmin(away + 0.01 * held + 1e3 * (held >= MOST_SITES)))
        held[chosen] += 1
        pairings.append(Pairing(cadres[chosen].id, site.id))
    return Plan.of(problem.term.id, pairings, Provenance({}, 1, {}))


def plain_days(problem: Problem, plan: Plan) -> tuple[VisitCalendar, Routes]:
    """A calendar and routes by a plain rule: a cadre's visits follow each other every three quarters of an hour from nine."""
    sites, months = problem.district.site_by_id, problem.term.month_starts()
    days = tuple(month.replace(day=14) for month in months)
    slots, routes = [], []
    for cadre_id, site_ids in plan.sites_of.items():
        own = [Slot(cadre_id, site_id, sites[site_id].visit_every_months, 0, start, start + 1800)
               for site_id, start in zip(site_ids, range(9 * 3600, 17 * 3600, 2700), strict=False)]
        slots += own
        days_of: dict[tuple[Slot, ...], list[date]] = {}
        for month, day in enumerate(days):
            days_of.setdefault(tuple(slot for slot in own if month % slot.every_months == 0), []).append(day)
        routes += [Route(cadre_id, tuple(on), 8 * 3600, tuple(Stop(one.site_id, one.starts_seconds, one.starts_seconds, one.ends_seconds)
                                                            for one in due), 17 * 3600, 3600)
                   for due, on in days_of.items() if due]
    liaison = tuple(LiaisonDay(day, day, "", DayState.PROJECTED) for day in days)
    return (VisitCalendar(plan.term_id, "second-thursday", liaison, tuple(slots), (), plan.provenance),
            Routes(plan.term_id, tuple(routes), plan.provenance))


def pages_of(problem: Problem, base_map: BaseMap, folder: Path) -> Iterable[tuple[str, Path, float]]:
    """Write every page; yields its name, its file and the processor seconds it took."""
    plan = plain_plan(problem)
    calendar, routes = plain_days(problem, plan)
    report: Report = report_of(problem, plan, Verdict((), (), {}), calendar, relieved=0)
    makers: dict[str, Callable[[], folium.Map]] = {
        "coverage": lambda: coverage_map(problem, plan, report, base_map),
        "heat": lambda: heat_map(problem, report, base_map),
        "changes": lambda: change_map(problem, plan, report, base_map),
        "visit-days": lambda: day_map(problem, plan, calendar, routes, base_map, None),
    }
    for name, make in makers.items():
        began = time.process_time()
        save_map(make(), folder / f"{name}.html", name)
        yield name, folder / f"{name}.html", time.process_time() - began
    began = time.process_time()
    write_report(folder / "report.html", problem, plan, report)
    yield "report", folder / "report.html", time.process_time() - began
    began = time.process_time()
    plain_folium(problem, plan).save(str(folder / "plain-folium.html"))
    yield "plain folium", folder / "plain-folium.html", time.process_time() - began


def plain_folium(problem: Problem, plan: Plan) -> folium.Map:
    """What folium makes by itself: a marker with a popup for every point, links to content networks, tiles from outside."""
    made = folium.Map(location=(31.29, 121.53), zoom_start=13)
    for site in problem.district.sites:
        folium.CircleMarker((site.place.lat, site.place.lon), radius=4, popup=f"{site.id} {plan.cadres_of[site.id][0]}",
                            tooltip=site.id).add_to(made)
    return made


def opened(browser: Any, path: Path) -> tuple[float, float, int, int]:
    """Processor and wall seconds until the page is drawn, requests to the outside, points shown."""
    best, least, outside, shown = 99.0, 99.0, 0, 0
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url) if request.url.startswith("http") else None)
        counters = page.context.new_cdp_session(page)
        counters.send("Performance.enable", {"timeDomain": "threadTicks"})
        began = time.perf_counter()
        page.goto(path.as_uri(), wait_until="load")
        shown = page.evaluate("""() => {
          const shown = window.yixianShown;
          if (shown) return shown.sites || shown.stops || (shown.whole && shown.whole.sites) || 0;
          return document.querySelectorAll("#rules tbody tr, path.leaflet-interactive").length;
        }""")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        best, outside = min(best, time.perf_counter() - began), len(asked)
        counted = {one["name"]: one["value"] for one in counters.send("Performance.getMetrics")["metrics"]}
        least = min(least, counted["TaskDuration"])
        page.close()
    return least, best, outside, shown


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=float, nargs="+", default=[1, 10])
    scales: list[float] = parser.parse_args().scales
    found = next((one for one in map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")) if one), None)
    rows = []
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        browser = started.chromium.launch(executable_path=found, args=_FLAGS)
        versions = (f"python {platform.python_version()} folium {folium.__version__} playwright {version('playwright')} "
                    f"chromium {browser.version}")
        for scale in scales:
            problem, base_map = problem_at(scale)
            for name, path, seconds in pages_of(problem, base_map, Path(folder)):
                cpu_seconds, open_seconds, outside, shown = opened(browser, path)
                rows.append((f"{scale:g}", name, len(problem.district.sites), f"{path.stat().st_size / 1e6:.2f}", f"{seconds:.1f}",
                             f"{cpu_seconds:.2f}", f"{open_seconds:.2f}", outside, shown, versions))
                print(*rows[-1][:-1], flush=True)
        browser.close()
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([_HEADER, *rows])


if __name__ == "__main__":
    main()
