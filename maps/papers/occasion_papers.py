"""Papers of the second occasions: 大年初一拜年, 意见征询, 下访接待.

| level | New Year's Day | round | reception |
|---|---|---|---|
| public | committees by sub-district | window, points by sub-district | day, hour, place and who receives: it is for everybody |
| internal | time, committee, how many households, who goes | day, time, point, address, who | the same, with address |
| personal | names, addresses, telephones of one's own households | one's own day, with telephones | one's own turns |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from maps.glyphs import printable
from maps.papers.calendar_files import Entry, moment, uid_of
from maps.papers.content import Source
from maps.papers.levels import Level, time_words
from maps.papers.model import Block, Column, Heading, Paper, Paragraph, Table
from maps.style import date_words
from planner.artefacts.occasions import Call, Occasion, OccasionKind
from planner.text import Text, clock

_TITLES: Mapping[OccasionKind, Text] = {
    OccasionKind.NEW_YEAR: Text("大年初一走访慰问安排", "New Year's Day visits"),
    OccasionKind.ROUND: Text("征求意见走访安排", "Round of consultation"),
    OccasionKind.RECEPTION: Text("领导干部下访接待安排", "Reception of the public by leading cadres"),
}
_BLANK = "　"


class Contact(Protocol):
    """Whom to look for; see ``geodata.occasions.HouseholdContact``."""

    @property
    def name(self) -> str:
        """Name."""

    @property
    def address(self) -> str:
        """Address."""

    @property
    def phone(self) -> str:
        """Telephone."""


@dataclass(frozen=True)
class OccasionSource:
    """What the papers of one occasion are made from. ``name`` is its own, of a round; ``contacts`` are empty below 本人."""

    base: Source
    occasion: Occasion
    name: str = ""
    contacts: Mapping[str, Contact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError where households are given to a level that may not see them."""
        if self.contacts and self.base.level is not Level.PERSONAL:
            raise ValueError("households are for the cadre himself only")

    @property
    def title(self) -> str:
        """What the paper is called."""
        title = _TITLES[self.occasion.kind].in_language(self.base.language)
        return self.base.say(f"{title}（{self.name}）", f"{title} ({self.name})") if self.name else title

    def paper(self, name: str, blocks: Sequence[Block], *, landscape: bool = False) -> Paper:
        """A paper of this occasion."""
        return self.base.paper(name, self.title, blocks, landscape=landscape)


def occasion_papers(source: OccasionSource) -> list[Paper]:
    """The papers of the level: one for all, or one for every cadre at 本人."""
    if source.base.level is Level.PERSONAL:
        own: dict[str, list[Call]] = defaultdict(list)
        for call in source.occasion.calls:
            own[call.cadre_id].append(call)
        return [_personal(source, cadre_id, calls) for cadre_id, calls in sorted(own.items())]
    if source.occasion.kind is OccasionKind.RECEPTION:
        return [_announcement(source)]
    return [_overview(source) if source.base.level is Level.PUBLIC else _internal(source)]


def _overview(source: OccasionSource) -> Paper:
    """For everybody: how many points of each sub-district, on which days."""
    base, calls = source.base, source.occasion.calls
    rows = []
    for place in base.problem.district.subdistricts:
        own = [call for call in calls if base.site(call.site_id).subdistrict_id == place.id]
        if own:
            rows.append((place.name, str(len({call.site_id for call in own})), _days(source, own)))
    cadres = len({call.cadre_id for call in calls})
    intro = base.say(f"处级以上领导干部{cadres}名上门走访，各街道情况如下。", f"{cadres} cadres make visits, by sub-district as follows.")
    columns = (Column(base.say("街道", "Sub-district"), 2.0), Column(base.say("走访点（个）", "Points"), 1.0, "center"),
               Column(base.say("日期", "Days"), 3.0))
    return source.paper(source.occasion.id, [Paragraph(intro), Table(columns, tuple(rows))])


def _days(source: OccasionSource, calls: Sequence[Call]) -> str:
    days = sorted({call.day for call in calls})
    first, last = (date_words(one, source.base.language) for one in (days[0], days[-1]))
    return first if len(days) == 1 else source.base.say(f"{first}至{last}", f"{first} to {last}")


def _internal(source: OccasionSource) -> Paper:
    """For offices: by sub-district and time, with room for who accompanies. Of households no more than how many."""
    base, is_new_year = source.base, source.occasion.kind is OccasionKind.NEW_YEAR
    say = base.say
    last = Column(say("户数", "Households"), 0.8, "center") if is_new_year else Column(say("地址", "Address"), 2.6)
    columns = (Column(say("序号", "No."), 0.6, "center"), Column(say("日期", "Day"), 1.6), Column(say("时间", "Time"), 1.3, "center"),
               Column(say("走访对象", "Site"), 2.6), last, Column(say("走访领导", "Cadre"), 1.3),
               Column(say("单位及职级", "Unit and rank"), 2.2), Column(say("陪同人员", "Accompanied by"), 1.4))
    blocks: list[Block] = []
    for place in base.problem.district.subdistricts:
        own = sorted((call for call in source.occasion.calls if base.site(call.site_id).subdistrict_id == place.id),
                     key=lambda call: (call.day, call.starts_seconds, call.site_id, call.cadre_id))
        rows = tuple(
            (str(number), date_words(call.day, base.language),
             time_words(call.starts_seconds, call.ends_seconds, base.level, base.language),
             base.site(call.site_id).name, str(len(call.households)) if is_new_year else base.site(call.site_id).address or "—",
             base.cadre(call.cadre_id).name, base.unit_and_rank(base.cadre(call.cadre_id)), _BLANK)
            for number, call in enumerate(own, start=1))
        if rows:
            blocks += [Heading(place.name), Table(columns, rows)]
    return source.paper(source.occasion.id, [*blocks, *_left_out(source)], landscape=True)


def _announcement(source: OccasionSource) -> Paper:
    """A reception is for everybody: where, when, and who receives."""
    base, calls = source.base, source.occasion.calls
    say = base.say
    blocks: list[Block] = []
    if calls:
        site = base.site(calls[0].site_id)
        where = f"{site.name}（{base.place(site)}）" if base.language == "zh" else f"{site.name} ({base.place(site)})"
        hours = f"{clock(calls[0].starts_seconds)}–{clock(calls[0].ends_seconds)}"
        blocks += [Paragraph(say(f"接待地点：{where}", f"Place: {where}"), indent=False),
                   Paragraph(say(f"接待时间：{hours}", f"Hours: {hours}"), indent=False)]
        if base.hotline:
            blocks.append(Paragraph(say(f"服务热线：{base.hotline}", f"Hotline: {base.hotline}"), indent=False))
    rows = tuple((date_words(call.day, base.language), base.cadre(call.cadre_id).name, base.unit_and_rank(base.cadre(call.cadre_id)))
                 for call in calls)
    columns = (Column(say("日期", "Day"), 1.6), Column(say("接待领导", "Cadre"), 1.4), Column(say("单位及职级", "Unit and rank"), 2.6))
    blocks.append(Table(columns, rows))
    return source.paper(source.occasion.id, blocks if base.level is Level.PUBLIC else [*blocks, *_left_out(source)])


def _left_out(source: OccasionSource) -> Iterator[Block]:
    """What nobody could take; of households no more than how many."""
    base = source.base
    if not source.occasion.left_out:
        return
    yield Heading(base.say("未能安排", "Left out"))
    rows = tuple((base.site(one.site_id).name, date_words(one.day, base.language) if one.day else "—",
                  base.cadre(one.cadre_id).name if one.cadre_id else "—", str(one.count)) for one in source.occasion.left_out)
    yield Table((Column(base.say("走访对象", "Site"), 2.6), Column(base.say("日期", "Day"), 1.6), Column(base.say("领导", "Cadre"), 1.4),
                 Column(base.say("数量", "Number"), 0.8, "center")), rows)


def _personal(source: OccasionSource, cadre_id: str, calls: Sequence[Call]) -> Paper:
    """For the cadre himself: where and when, whom to look for, and when to leave."""
    base, cadre = source.base, source.base.cadre(cadre_id)
    say = base.say
    blocks: list[Block] = [Paragraph(f"{cadre.name}　{base.unit_and_rank(cadre)}", indent=False)]
    for day in sorted({call.day for call in calls}):
        own = sorted((call for call in calls if call.day == day), key=lambda call: call.starts_seconds)
        out = base.problem.travel_of(cadre).seconds(cadre.office_id, own[0].site_id) or 0
        leaves = clock((own[0].starts_seconds - out) // 60 * 60)
        blocks.append(Paragraph(f"{date_words(day, base.language)}　" + say(f"最迟 {leaves} 出发", f"leave by {leaves}"), indent=False))
        blocks += [Paragraph(f"{time_words(call.starts_seconds, call.ends_seconds, base.level, base.language)}　"
                             f"{base.site(call.site_id).name}　{base.place(base.site(call.site_id))}　{base.phones.get(call.site_id, '')}",
                             indent=False) for call in own]
        rows = tuple((str(number), one.name, one.address or "—", one.phone or "—") for number, one in enumerate(
            (source.contacts[code] for call in own for code in call.households if code in source.contacts), start=1))
        if rows:
            blocks.append(Table((Column(say("序号", "No."), 0.6, "center"), Column(say("姓名", "Name"), 1.4),
                                 Column(say("地址", "Address"), 3.2), Column(say("电话", "Telephone"), 1.6)), rows))
    if source.occasion.kind is OccasionKind.NEW_YEAR:
        blocks.append(Paragraph(say("住户信息仅供本人当日使用，用后请交回。", "For your own use on the day; please hand it back.")))
    return source.paper(f"{source.occasion.id}-{cadre_id}", blocks)


def occasion_entries(base: Source, occasions: Sequence[tuple[Occasion, str]]) -> dict[tuple[str, str], list[Entry]]:
    """Calls for calendars by ("cadre", id) and ("place", sub-district id); never a word about households."""
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for occasion, name in occasions:
        title = OccasionSource(base, occasion, name).title
        for call in occasion.calls:
            site, cadre = base.site(call.site_id), base.cadre(call.cadre_id)
            month = f"|{call.day:%Y-%m}" if occasion.kind is OccasionKind.RECEPTION else ""
            uid = uid_of(f"{base.plan.term_id}|{occasion.id}{month}|{cadre.id}|{site.id}")
            starts, ends = moment(call.day, call.starts_seconds), moment(call.day, call.ends_seconds)
            what = base.say(f"{title}：{site.name}", f"{title}: {site.name}")
            for owner, summary in ((("cadre", cadre.id), what),
                                   (("place", site.subdistrict_id), base.say(f"{what}（{cadre.name}）", f"{what} ({cadre.name})"))):
                found[owner].append(Entry(uid, starts, ends, printable(summary), printable(base.place(site)),
                                          printable(base.unit_and_rank(cadre))))
    return found
