"""Maps and the report of fairness, from the artefacts of a term and the judge's verdict on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commands.outputs import Made, Ways, plan_digest
from commands.reporting import Reporter
from planner.text import Text

if TYPE_CHECKING:
    import folium

    from maps.base_map import BaseMap
    from maps.pictures import Format
    from planner.artefacts.verdict import Verdict


PICTURES: Final[Mapping[str, tuple[Format, ...]]] = {
    "none": (), "pdf": ("pdf",), "png": ("png",), "svg": ("svg",), "all": ("pdf", "png", "svg")}
"""What ``--pictures`` may be, and the formats it stands for."""


def write_maps(made: Made, verdict: Verdict, base_map: BaseMap, ways: Ways | None, out: Path, reporter: Reporter,
               pictures: str = "pdf") -> list[Path]:
    """Write coverage, need and service, the rotation, the liaison days, the report of fairness, and pictures for paper.

    ``pictures`` is a key of ``PICTURES``; the day drawn is the first liaison day.
    """
    from maps.changes import change_map
    from maps.coverage import coverage_map
    from maps.heat import heat_map
    from maps.offline import save_map
    from maps.report_page import write_report
    from maps.visit_days import day_map
    from maps.words import TITLES
    from planner.reporting import report_of

    problem, plan, language = made.inputs.problem, made.plan, reporter.language
    geometry = ways.geometry if ways else None
    paths = []
    with reporter.stage("maps", Text("绘制地图和报告", "drawing maps and the report")):
        report = report_of(problem, plan, verdict, made.calendar)
        drawn: dict[str, Callable[[], folium.Map]] = {
            "coverage": lambda: coverage_map(problem, plan, report, base_map, language),
            "heat": lambda: heat_map(problem, report, base_map, language),
            "changes": lambda: change_map(problem, plan, report, base_map, language, made.later),
            "visit_days": lambda: day_map(problem, plan, made.calendar, made.routes, base_map, geometry, language),
        }
        for name, draw in drawn.items():
            paths.append(out / "maps" / f"{name.replace('_', '-')}.html")
            save_map(draw(), paths[-1], f"{problem.district.name} {TITLES[name].in_language(language)}", language)
        paths.append(out / "report.html")
        write_report(paths[-1], problem, plan, report, language, plan_digest(plan))
    if PICTURES[pictures]:
        from maps.pictures import Drawer, write_pictures

        with reporter.stage("pictures", Text("绘制印刷图和海报", "drawing pictures and the poster")):
            drawer = Drawer(problem, plan, report, made.routes, base_map, geometry, language)
            paths += write_pictures(out / "pictures", drawer, made.calendar.liaison_days[0].day, PICTURES[pictures])
    return paths
