"""联系卡 as PDF: business-card size, two sides, ten a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from maps.glyphs import FONT_FAMILY, printable
from maps.papers.content import Card, Source
from maps.papers.model import Column, Paper, Table
from maps.papers.pdf import typeset
from planner.text import Text

WORDS: Final = {
    "title": Text("联系卡", "Contact card"),
    "cadre": Text("联系领导", "Cadre"),
    "unit": Text("单位", "Unit"),
    "when": Text("走访时间", "Visits"),
    "place": Text("地点", "Place"),
    "scope": Text("服务内容", "What for"),
    "purposes": Text("听取诉求 · 协调解决 · 宣传政策", "Requests heard, problems taken up, policies explained"),
    "hotline": Text("服务热线", "Hotline"),
    "reminder": Text("问题由领导小组办公室统一受理：一周内答复，一个月内落实。", "One office takes every problem: an answer within a week, "
                     "a solution within a month."),
}


def cards_as_paper(source: Source, cards: Sequence[Card]) -> Paper:
    """The cards as a table, to be edited or merged into cards of the office's own."""
    heads = ((source.say("联系对象", "Site"), 2.6), (WORDS["cadre"].in_language(source.language), 1.3),
             (WORDS["unit"].in_language(source.language), 2.2), (WORDS["when"].in_language(source.language), 2.0),
             (WORDS["place"].in_language(source.language), 2.4), (WORDS["hotline"].in_language(source.language), 1.2))
    rows = tuple((one.site, one.cadre, one.unit, one.when, one.place, one.hotline or "—") for one in cards)
    return source.paper("cards", WORDS["title"].in_language(source.language),
                        [Table(tuple(Column(head, share) for head, share in heads), rows)], landscape=True)


def cards_as_pdf(source: Source, cards: Sequence[Card]) -> bytes:
    """Set the cards; raises MissingFontError, and ValueError where there is none."""
    if not cards:
        raise ValueError("no card to print")
    values = [{key: printable(one) for key, one in dataclasses.asdict(card).items()} for card in cards]
    return typeset("cards.typ", {
        "cards": values, "family": FONT_FAMILY, "language": source.language, "district": printable(source.problem.district.name),
        "words": {key: text.in_language(source.language) for key, text in WORDS.items()}})
