"""Whether files that are fed back are what the program wrote, and belong together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.inputs import read_artefact
from commands.names import CALENDAR, TABLES
from commands.reporting import Reporter, simple_fault
from planner import __version__
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.plan import Plan
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.facts.problem import Problem


def notes_on(plan: Plan, path: Path, problem: Problem) -> tuple[Text, ...]:
    """What a person should know of a plan read from ``path``, a file or a folder; of one made in a table nothing."""
    from planner.artefacts.origin import notes_on_plan
    from planner.artefacts.visit_calendar import VisitCalendar

    if path.suffix.lower() in TABLES:
        return ()
    beside = (path if path.is_dir() else path.parent) / CALENDAR
    calendar = read_artefact(beside, "yixian-calendar", VisitCalendar.from_json) if beside.is_file() else None
    return notes_on_plan(plan, problem.digests, __version__, calendar)


def tell_notes(plan: Plan, path: Path, problem: Problem, reporter: Reporter) -> None:
    """Show what a person should know of a plan that was read, before anything is concluded from it."""
    for note in notes_on(plan, path, problem):
        reporter.say(Text(f"请核对：{note.zh}", f"please check: {note.en}"))


def require_own_calendar(plan: Plan, calendar: VisitCalendar) -> None:
    """Raise InputError where the calendar was made for other pairings: papers of the two together would be wrong."""
    from planner.artefacts.origin import differing_pairings, shown_pairings

    added, removed = differing_pairings(plan, calendar)
    if added or removed:
        shown = shown_pairings(added, removed)
        raise simple_fault("other-plan", CALENDAR,
                           Text(f"走访日历是为另一份方案排的：{shown}", f"the calendar was made for another plan: {shown}"),
                           Text("请先用 visits 命令按这份方案重排，再绘图或打印",
                                "Please make it anew with the command visits before drawing or printing"))
