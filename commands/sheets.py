"""The command ``sheets``: the route sheets alone."""

from __future__ import annotations

from pathlib import Path

import click

from commands.inputs import Sources
from commands.names import CALENDAR, ROUTES
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.outputs import made_before, write_sheets
from commands.reporting import Reporter, Settings, show_files, simple_fault
from planner.text import Text


@click.command()
@PLAN_OPTION
@OUT
@click.option("--day", "day_text", help="走访日，如 2027-01-14；默认第一天 / the liaison day")
@click.option("--cadre", "cadre_id", help="只打印一名干部 / one cadre only")
@reads_facts
@common
def sheets(sources: Sources, plan_path: Path, out: Path, day_text: str | None, cadre_id: str | None, settings: Settings,
           reporter: Reporter) -> int:
    """只打印路线单。 / The route sheets alone."""
    made = made_before(sources, plan_path)
    held = [one.day for one in made.calendar.liaison_days]
    known = {one.isoformat(): one for one in held}
    if day_text is not None and day_text not in known:
        raise simple_fault("no-liaison-day", CALENDAR, Text(f"{day_text} 不是联系基层工作日", f"{day_text} is no liaison day"),
                           Text(f"可选：{'、'.join(known)}", f"Choose one of {', '.join(known)}"))
    day = held[0] if day_text is None else known[day_text]
    if cadre_id is not None and not any(route.cadre_id == cadre_id for route in made.routes.on(day)):
        raise simple_fault("no-route", ROUTES, Text(f"{cadre_id} 在 {day} 没有走访路线", f"{cadre_id} has no route on {day}"),
                           Text("请检查干部编号和日期", "Please check the cadre's id and the day"))
    show_files(write_sheets(made, made.base_map(), made.ways(), out, day, cadre_id, reporter), settings)
    return 0
