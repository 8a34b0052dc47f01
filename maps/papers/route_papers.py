"""路线单 as an editable paper for Word: the same values as the printed sheet, its map as a picture."""

from __future__ import annotations

from typing import Any, Final

from maps.papers.content import Source
from maps.papers.model import Block, Column, Heading, Paper, Paragraph, Picture, Table
from maps.papers.pdf import picture_as_png
from maps.route_sheets import SheetWriter
from maps.style import date_words
from planner.artefacts.routes import Route
from planner.artefacts.visit_calendar import LiaisonDay

_NOTE_LINES: Final = 2
_BLANK_LINE: Final = "_" * 36


def route_paper(source: Source, writer: SheetWriter, route: Route, day: LiaisonDay, digest: str) -> Paper:
    """One cadre's sheet of one day."""
    say = source.say
    values = writer.sheet(route)
    cadre = source.cadre(route.cadre_id)
    frame = {**writer.frame(day), "digest": digest, "sheets": [values], "picture_only": True}
    picture = Picture({"png": picture_as_png("route_sheet.typ", frame), "width_mm": 150.0})
    rows = [_row(source, number, stop, values) for number, stop in enumerate(values["stops"], start=1)]
    rows.append(("", values["returns"], say("返回", "Return to ") + values["unit"] + _streets(source, values["back_streets"]),
                 str(values["back_minutes"])))
    blocks: list[Block] = [
        Paragraph(f"{date_words(day.day, source.language)}　{say('联系领导：', 'Cadre: ')}{values['cadre']}", indent=False),
        Paragraph(f"{say('单位：', 'Unit: ')}{values['unit']}　{values['rank']}", indent=False),
        Paragraph(say(f"出发 {values['leaves']}　返回 {values['returns']}　{values['total']}",
                      f"Leave {values['leaves']}, return {values['returns']}; {values['total']}"), indent=False),
        *(Paragraph(text, indent=False) for text in frame["remarks"]),
        picture,
        Table((Column(say("序号", "No."), 0.6, "center"), Column(say("走访时间", "Visit"), 1.5, "center"),
              Column(say("走访对象", "Site"), 5.0),
               Column(say("路程（分钟）", "Travel (min)"), 1.0, "center")), tuple(rows)),
        Heading(say("诉求与待办", "Requests and actions"))]
    for number in range(1, len(values["stops"]) + 1):
        blocks += [Paragraph(f"{number}. {_BLANK_LINE}", indent=False)] * _NOTE_LINES
    return source.paper(f"route-sheet-{day.day}-{cadre.id}-{route.leaves_seconds // 60}",
                        say("领导干部联系基层走访路线单", "Liaison visits: route sheet"), blocks)


def _row(source: Source, number: int, stop: dict[str, Any], values: dict[str, Any]) -> tuple[str, ...]:
    say = source.say
    parts = [stop["name"], "·".join(part for part in (stop["kind"], stop["subdistrict"], stop["address"]) if part)]
    if stop["estimated"]:
        parts.append(say("位置估计", "position estimated"))
    if stop["phone"]:
        parts.append(say("电话 ", "Telephone ") + stop["phone"])
    if stop["open_problems"]:
        parts.append(say(f"未结问题 {stop['open_problems']} 件", f"{stop['open_problems']} open problems"))
    lunch = values["lunch"]
    when = f"{stop['starts']}–{stop['ends']}"
    if lunch is not None and lunch["after"] == number:
        when += say(f"；午休 {lunch['starts']}–{lunch['ends']}", f"; lunch {lunch['starts']}–{lunch['ends']}")
    return str(number), when, "；".join(parts) + _streets(source, stop["streets"]), str(stop["travel_minutes"])


def _streets(source: Source, streets: list[dict[str, Any]]) -> str:
    if not streets:
        return ""
    names = " → ".join(f"{one['name']} {one['minutes']}{source.say('分', ' min')}" if one["minutes"] else one["name"] for one in streets)
    return source.say(f"（途经：{names}）", f" (via {names})")
