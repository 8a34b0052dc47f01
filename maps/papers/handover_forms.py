"""交接单: a form for every site that changes hands, from the plan's handover list, or from the last past term where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maps.papers.content import Source, changed_pairings, first_visit, who
from maps.papers.levels import phone_words
from maps.papers.model import Block, Column, Heading, PageBreak, Paper, Table
from maps.plan_words import HANDOVER_REASONS, KINDS
from maps.style import date_words
from planner.artefacts.handover import Handover, HandoverReason

_BLANK: Final = "　"


def handover(source: Source, given: Sequence[Handover] | None = None) -> Paper:
    """One page a site, with days, reason, open problems, and room for both signatures; ``given`` is the plan's own list.

    A site that nobody held before, or nobody holds from now on, has nobody to sign and no form.
    """
    blocks: list[Block] = []
    listed = from_history(source) if given is None else given
    both = [(number, one) for number, one in enumerate(listed, start=1) if one.from_cadre_id is not None and one.to_cadre_id is not None]
    for number, one in both:
        if blocks:
            blocks.append(PageBreak())
        blocks += _form(source, number, one)
    return source.paper("handover", source.say("领导干部联系点交接单", "Handover of sites"), blocks)


def from_history(source: Source) -> list[Handover]:
    """What passes on between the last past term and the plan, at the beginning of the term; one a former holder."""
    found = []
    for pairing, before in changed_pairings(source):
        for former in before:
            there = former in source.problem.cadre_index and source.cadre(former).capacity_percent > 0
            found.append(Handover(
                pairing.site_id, former, pairing.cadre_id, HandoverReason.ROTATION if there else HandoverReason.DEPARTURE,
                source.problem.term.first_month, source.calendar.liaison_days[0].day if there else None))
    return found


def strangers(source: Source, given: Sequence[Handover]) -> list[Handover]:
    """Entries of a list that do not fit the plan: an unknown site, or a lasting new holder who does not hold it."""
    temporary = {HandoverReason.COVER, HandoverReason.RETURN}
    holders = source.plan.cadres_of
    return [one for one in given if one.to_cadre_id is not None and (
        one.site_id not in source.problem.site_index
        or (one.reason in temporary and one.to_cadre_id not in source.problem.cadre_index)
        or (one.reason not in temporary and one.to_cadre_id not in holders.get(one.site_id, ())))]


def _form(source: Source, number: int, one: Handover) -> list[Block]:
    say, site = source.say, source.site(one.site_id)
    until = say(f"，至{date_words(one.last_day, 'zh')}", f" until {date_words(one.last_day, 'en')}") if one.last_day else ""
    meeting = date_words(one.meeting_day, source.language) if one.meeting_day else say("—（无法当面交接）", "— (they cannot meet)")
    rows = (
        (say("联系对象", "Site"), f"{site.name}（{KINDS[site.kind].in_language(source.language)}）"),
        (say("地址", "Address"), source.place(site)),
        (say("原联系领导", "Former cadre"), who(source, str(one.from_cadre_id))),
        (say("新联系领导", "New cadre"), who(source, str(one.to_cadre_id))),
        (say("交接原因", "Reason"), HANDOVER_REASONS[one.reason].in_language(source.language)),
        (say("接手日期", "Answers from"), date_words(one.first_day, source.language) + until),
        (say("当面交接", "Both meet on"), meeting),
        (say("首次走访", "First visit"), first_visit(source, str(one.to_cadre_id), site)),
        (say("未结问题", "Open problems"), say(f"{site.open_problems}件：", f"{site.open_problems}:") + _BLANK),
        (say("在办事项", "Ongoing matters"), _BLANK),
        (say("联系人员", "Contacts"), phone_words(source.phones.get(site.id, ""), source.level) or _BLANK),
        (say("移交人签字", "Signature of the former"), say("____________ ______年____月____日", "____________ date ____________")),
        (say("接收人签字", "Signature of the new"), say("____________ ______年____月____日", "____________ date ____________")))
    return [Heading(say(f"编号 {number}", f"No. {number}")),
            Table((Column(say("项目", "Item"), 1.0), Column(say("内容", "Content"), 3.6)), rows)]
