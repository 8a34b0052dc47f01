"""The command ``sheets``: everything that is handed out, alone."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from commands.inputs import Sources
from commands.names import CALENDAR, ROUTES
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.outputs import made_before
from commands.papers import FORMATS, KINDS, Request, write_papers
from commands.reporting import Reporter, Settings, show_files, simple_fault
from commands.terms import handovers_beside
from planner.text import Text


@click.command()
@PLAN_OPTION
@OUT
@click.option("--paper", "papers", multiple=True, type=click.Choice([*KINDS, "all"]), default=("route",), show_default=True,
              help="印什么：路线单、联系卡、安排表、通知、交接单、街道接待、日历 / what to print")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS, "all"]), default=("pdf",), show_default=True,
              help="文件格式 / file format")
@click.option("--level", type=click.Choice(["public", "internal", "personal"]), default="internal", show_default=True,
              help="公开、内部、本人 / who may read it")
@click.option("--day", "day_text", help="走访日，如 2027-01-14；默认第一天 / the liaison day")
@click.option("--cadre", "cadre_id", help="只打印一名干部 / one cadre only")
@click.option("--hotline", default="", help="印在联系卡和通知上的热线 / hotline on cards and notices")
@click.option("--all-cards", is_flag=True, help="联系卡全部重印，不只换新结对 / cards of all pairings, not of the new ones")
@click.option("--link", type=click.Choice(["geo", "amap"]), default="geo", show_default=True,
              help="二维码打开什么 / what the QR code opens")
@reads_facts
@common
def sheets(sources: Sources, plan_path: Path, out: Path, papers: tuple[str, ...], formats: tuple[str, ...], level: str,
           day_text: str | None, cadre_id: str | None, hotline: str, all_cards: bool, link: str, settings: Settings,
           reporter: Reporter) -> int:
    """打印路线单、联系卡、安排表、通知、交接单、接待安排和日历；没有变化的不重做。 / Everything that is handed out."""
    from geodata.contacts import read_contacts

    made = dataclasses.replace(made_before(sources, plan_path), handovers=handovers_beside(plan_path))
    held = [one.day for one in made.calendar.liaison_days]
    known = {one.isoformat(): one for one in held}
    if day_text is not None and day_text not in known:
        raise simple_fault("no-liaison-day", CALENDAR, Text(f"{day_text} 不是联系基层工作日", f"{day_text} is no liaison day"),
                           Text(f"可选：{'、'.join(known)}", f"Choose one of {', '.join(known)}"))
    day = held[0] if day_text is None else known[day_text]
    kinds = KINDS if "all" in papers else tuple(dict.fromkeys(papers))
    if cadre_id is not None and "route" in kinds and not any(route.cadre_id == cadre_id for route in made.routes.on(day)):
        raise simple_fault("no-route", ROUTES, Text(f"{cadre_id} 在 {day} 没有走访路线", f"{cadre_id} has no route on {day}"),
                           Text("请检查干部编号和日期", "Please check the cadre's id and the day"))
    request = Request(kinds, FORMATS if "all" in formats else tuple(dict.fromkeys(formats)), level, day, cadre_id, hotline, all_cards,
                      link)
    written, kept = write_papers(made, request, lambda: read_contacts(sources.workbook), out, reporter)
    if settings.as_json:
        click.echo(json.dumps({"files": [str(path) for path in written], "unchanged": [str(path) for path in kept]},
                              ensure_ascii=False, indent=1))
        return 0
    show_files(written, settings)
    if kept:
        settings.say(Text(f"另有 {len(kept)} 个文件没有变化，未重做", f"{len(kept)} more files did not change and were left as they are"))
    return 0
