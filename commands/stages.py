"""The stages of a job, with progress, and the whole job from the facts to the papers."""

from __future__ import annotations

import dataclasses
import math
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from commands.drawing import write_maps
from commands.inputs import Inputs, provenance, read_artefact, read_plan
from commands.names import CALENDAR, EXIT_BREAKS_RULES, EXIT_NO_PLAN, PLAN, ROUTES
from commands.outputs import Made, plan_digest, write_sheets, write_summary, write_tables
from commands.reporting import Reporter, Settings, Stop, show_no_plan, show_verdict, simple_fault
from commands.terms import make_terms, show_terms, write_handovers
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.plan import Plan
    from planner.artefacts.routes import Routes
    from planner.artefacts.verdict import Verdict
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.assignment import Progress
    from planner.facts.problem import Problem

DRAWN_CADRES = 1_000
"""With more cadres than this, the whole job leaves out maps and route sheets."""


UNFINISHED = ".search"
"""In the output folder while a city's plan is sought: what a search that was killed goes on from."""


def make_plan(problem: Problem, seed: int, effort: str, reporter: Reporter, work: Path | None = None,
              time_limit: float | None = None) -> Plan:
    """Assign, with progress, stoppable, for ``time_limit`` seconds at most.

    A city's finished tasks are kept in ``work`` until the plan is there.
    """
    from planner.assignment import Effort
    from planner.city_assignment import assign_any

    with reporter.stage("assignment", Text("安排结对", "assigning")), Stop(reporter, time_limit).listening() as stop:
        def keep_going(progress: Progress) -> bool:
            reporter.progress(how_far(progress).in_language(reporter.language))
            return not stop.due()

        return assign_any(problem, provenance(problem, seed), seed, Effort[effort.upper()], keep_going, work)


def how_far(progress: Progress) -> Text:
    """The goal sought, the share done, the best value so far, its proven bound and the gap between them."""
    goal, done = progress.goal, f"{progress.done:.0%}"
    zh, en = f"{goal.title.zh} {done}", f"{goal.title.en} {done}"
    if progress.best is not None:
        best = goal.display(round(progress.best))
        zh, en = f"{zh}，目前 {best} {goal.unit.zh}", f"{en}, best {best} {goal.unit.en}"
    if progress.bound is not None:
        bound = goal.display(math.floor(progress.bound))
        zh, en = f"{zh}，下界 {bound}", f"{en}, bound {bound}"
        if progress.best:
            gap = f"{max(0.0, progress.best - progress.bound) / progress.best:.1%}"
            zh, en = f"{zh}，差距 {gap}", f"{en}, gap {gap}"
    return Text(zh, en)


def check_memory(cadres: int, sites: int, name: str, reporter: Reporter) -> None:
    """Say how much memory a city will take, before the work; raises InputError where the machine has not as much."""
    from planner.city_assignment import CITY_CADRES
    from planner.memory import available_bytes, planning_bytes
    from planner.processes import processors

    needed, available = planning_bytes(cadres, sites, processors()), available_bytes()
    amount = f"{needed / 1e9:.1f} GB"
    if available is not None and needed > available:
        free = f"{available / 1e9:.1f} GB"
        raise simple_fault(
            "memory", name,
            Text(f"{cadres}名干部、{sites}个联系点约需内存{amount}，本机可用{free}",
                 f"{cadres} cadres and {sites} points take about {amount} of memory; {free} are free"),
            Text("请关闭其他程序、换一台内存更大的机器，或分区分别安排",
                 "Please close other programs, use a machine with more memory, or plan district by district"))
    if cadres >= CITY_CADRES:
        reporter.say(Text(f"{cadres}名干部、{sites}个联系点，分片安排，约需内存{amount}",
                          f"{cadres} cadres and {sites} points, planned in areas: about {amount} of memory"))


def make_calendar(problem: Problem, plan: Plan, out: Path, reporter: Reporter) -> tuple[VisitCalendar, Routes]:
    """Schedule and route; writes calendar.json and routes.json."""
    from planner.artefacts.files import write_json
    from planner.routing import route
    from planner.scheduling import schedule

    source = dataclasses.replace(plan.provenance, digests=dict(problem.digests) | {"plan": plan_digest(plan)})
    with reporter.stage("calendar", Text("编排走访日历", "scheduling visits")):
        calendar = schedule(problem, plan, source)
        write_json(out / CALENDAR, calendar.to_json())
    with reporter.stage("routes", Text("规划走访路线", "routing")):
        routes = route(problem, calendar, source)
        write_json(out / ROUTES, routes.to_json())
    return calendar, routes


def judge_folder(problem: Problem, folder: Path) -> Verdict:
    """Re-read plan, calendar and routes from a folder and judge them together."""
    from planner.artefacts.routes import Routes
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.check import judge

    plan = read_plan(folder / PLAN, problem)
    calendar = routes = None
    if (folder / CALENDAR).is_file():
        calendar = read_artefact(folder / CALENDAR, "yixian-calendar", VisitCalendar.from_json)
    if (folder / ROUTES).is_file():
        routes = read_artefact(folder / ROUTES, "yixian-routes", Routes.from_json)
    return judge(problem, plan, calendar, routes)


def whole_job(inputs: Inputs, workbook: Path, out: Path, seed: int, effort: str, settings: Settings, reporter: Reporter, *,
              terms: int = 1, time_limit: float | None = None) -> int:
    """Plan, schedule, route, judge, draw and print; returns the exit code. With several ``terms`` the first one's papers."""
    from planner.artefacts.files import write_json
    from planner.check import judge
    from planner.diagnose import proofs_of_no_plan
    from planner.scheduling import NoVisitDayError

    problem = inputs.problem
    check_memory(len(problem.district.cadres), len(problem.district.sites), problem.district.name, reporter)
    proofs = proofs_of_no_plan(problem)
    if proofs:
        show_no_plan(proofs, settings)
        return EXIT_NO_PLAN
    out.mkdir(parents=True, exist_ok=True)
    rotated = make_terms(inputs, terms, seed, effort, out, reporter) if terms > 1 else None
    if rotated is not None and not rotated.terms:
        show_no_plan([Text("本届的轮换联系点已无人可联系", "the points that rotate cannot all have a cadre in this very term")], settings)
        return EXIT_NO_PLAN
    plan = rotated.terms[0].plan if rotated else make_plan(problem, seed, effort, reporter, out / UNFINISHED, time_limit)
    write_json(out / PLAN, plan.to_json())
    if rotated is None:
        write_handovers(problem, plan, out)
    if plan.status == "complete":
        shutil.rmtree(out / UNFINISHED, ignore_errors=True)  # gone already where a district was planned in one piece
    try:
        calendar, routes = make_calendar(problem, plan, out, reporter)
    except NoVisitDayError:
        show_verdict(judge(problem, read_plan(out / PLAN, problem)), settings)
        return EXIT_BREAKS_RULES
    with reporter.stage("judge", Text("核查", "judging")):
        verdict = judge_folder(problem, out)
    made = Made(inputs, plan, calendar, routes, tuple(one.plan for one in rotated.terms[1:]) if rotated else ())
    if len(problem.district.cadres) <= DRAWN_CADRES:
        base_map, ways = made.base_map(), made.ways()
        write_maps(made, verdict, base_map, ways, out, reporter)
        write_sheets(made, base_map, ways, out, calendar.liaison_days[0].day, None, reporter)
    else:
        reporter.say(Text(f"干部超过{DRAWN_CADRES}名，地图和路线单会有数千页，此次不绘制；"
                          "需要时用 maps 命令画图，用 sheets --cadre 打印一人的路线单",
                          f"with more than {DRAWN_CADRES} cadres, maps and sheets would be thousands of pages and are left out; "
                          "the command maps draws them, sheets --cadre prints those of one cadre"))
    write_tables(made, verdict, out, reporter)
    write_summary(made, verdict, out, reporter)
    show_verdict(verdict, settings)
    if rotated is not None:
        show_terms(rotated, terms, settings)
    if not settings.as_json:
        paths = [shlex.quote(str(one)) for one in (workbook, out / PLAN, out)]
        command = "python run_planner.py sheets {} --plan {} --out {}".format(*paths)
        settings.say(Text(f"联系卡、安排表、通知、交接单、街道接待和日历：{command} --paper all --format all",
                          f"cards, arrangements, notice, handover, hosts' days and calendars: {command} --paper all --format all"))
        settings.say(Text(f"全部文件在 {out}", f"everything is in {out}"))
    if rotated is not None and len(rotated.terms) < terms:
        return EXIT_NO_PLAN
    return 0 if verdict.valid and (rotated is None or rotated.valid) else EXIT_BREAKS_RULES
