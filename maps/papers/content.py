"""What stands on every paper, from the artefacts: 安排表, 通知, 交接单, sub-district days and contact cards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from maps.papers.levels import LEVEL_WORDS, Level, phone_words, time_words
from maps.papers.model import Block, Column, Heading, Paper, Paragraph, Table
from maps.plan_words import KINDS, RANKS, plan_digest
from maps.style import date_words, term_words
from planner.artefacts.plan import Plan
from planner.artefacts.visit_calendar import LiaisonDay, Slot, Visit, VisitCalendar
from planner.facts.district import Cadre, Pairing, Site, SiteKind
from planner.facts.problem import Problem
from planner.facts.term import DayState
from planner.text import Language, Text

_EVERY: Final = Text("每{months}个月", "every {months} months")
_MONTHLY: Final = Text("每月", "monthly")
_BLANK: Final = "　"


@dataclass(frozen=True)
class Source:
    """What all papers of a term are made from. ``phones`` are by site id; ``hotline`` is printed on cards and notices."""

    problem: Problem
    plan: Plan
    calendar: VisitCalendar
    level: Level
    language: Language = "zh"
    phones: Mapping[str, str] = field(default_factory=dict)
    hotline: str = ""

    def say(self, zh: str, en: str) -> str:
        """A sentence in the paper's language."""
        return zh if self.language == "zh" else en

    @property
    def footer(self) -> str:
        """District, term and the plan that the paper stands on."""
        return " · ".join((self.problem.district.name, term_words(self.problem.term, self.language),
                           self.say("方案摘要 ", "plan ") + plan_digest(self.plan)[:12]))

    def paper(self, name: str, title: str, blocks: Sequence[Block], *, landscape: bool = False, attachment: str = "") -> Paper:
        """A paper of this level."""
        return Paper(name, title, LEVEL_WORDS[self.level].in_language(self.language), tuple(blocks), self.footer, self.language,
                     landscape, attachment)

    def cadre(self, cadre_id: str) -> Cadre:
        """A cadre by id."""
        return self.problem.district.cadre_by_id[cadre_id]

    def site(self, site_id: str) -> Site:
        """A site by id."""
        return self.problem.district.site_by_id[site_id]

    def unit_and_rank(self, cadre: Cadre) -> str:
        """单位及职级."""
        return f"{self.problem.district.office_of(cadre).name} {RANKS[cadre.rank].in_language(self.language)}"

    def place(self, site: Site) -> str:
        """Sub-district, and the address where the level shows it."""
        name = self.problem.district.subdistrict_by_id[site.subdistrict_id].name
        if self.level is Level.PUBLIC or not site.address:
            return name
        return site.address if site.address.startswith(name) else f"{name} {site.address}"

    def often(self, site: Site) -> str:
        """How often the site is visited."""
        months = self.problem.visit_every_months(site)
        return _MONTHLY.in_language(self.language) if months == 1 else _EVERY.in_language(self.language).format(months=months)


def arrangement_by_unit(source: Source) -> Paper:
    """领导干部联系基层安排表, a table for every unit."""
    district, slots = source.problem.district, _slots(source)
    blocks: list[Block] = []
    for office in district.offices:
        rows = []
        for cadre in (one for one in district.cadres if one.office_id == office.id):
            for site_id in source.plan.sites_of.get(cadre.id, ()):
                site, slot = source.site(site_id), slots.get((cadre.id, site_id))
                rows.append((str(len(rows) + 1), cadre.name, RANKS[cadre.rank].in_language(source.language), site.name,
                             KINDS[site.kind].in_language(source.language), source.place(site),
                             _fixed_time(source, site, slot), *_phone_cell(source, site)))
        if rows:
            blocks += [Heading(office.name), Table(_arrangement_columns(source, by_unit=True), tuple(rows))]
    title = source.say("领导干部联系基层安排表（按单位）", "Liaison arrangement by unit")
    return source.paper("arrangement-by-unit", title, blocks, landscape=True, attachment=source.say("附件1", "Annex 1"))


def arrangement_by_subdistrict(source: Source) -> Paper:
    """领导干部联系基层安排表, a table for every sub-district, former and new cadre side by side for committees."""
    district, slots = source.problem.district, _slots(source)
    former = _former(source)
    blocks: list[Block] = []
    for place in district.subdistricts:
        rows = []
        for site in (one for one in district.sites if one.subdistrict_id == place.id):
            for cadre_id in source.plan.cadres_of.get(site.id, ()):
                cadre = source.cadre(cadre_id)
                rows.append((str(len(rows) + 1), site.name, KINDS[site.kind].in_language(source.language),
                             "、".join(former.get(site.id, ())) or "—", cadre.name, source.unit_and_rank(cadre),
                             _fixed_time(source, site, slots.get((cadre.id, site.id))), *_phone_cell(source, site)))
        if rows:
            blocks += [Heading(place.name), Table(_arrangement_columns(source, by_unit=False), tuple(rows))]
    title = source.say("领导干部联系基层安排表（按街道）", "Liaison arrangement by sub-district")
    return source.paper("arrangement-by-subdistrict", title, blocks, landscape=True, attachment=source.say("附件2", "Annex 2"))


def _arrangement_columns(source: Source, *, by_unit: bool) -> tuple[Column, ...]:
    say = source.say
    head = Column(say("序号", "No."), 0.7, "center")
    times = Column(say("走访安排", "Visits"), 2.2)
    phone = (Column(say("联系电话", "Telephone"), 2.0),) if source.level is not Level.PUBLIC and source.phones else ()
    if by_unit:
        return (head, Column(say("联系领导", "Cadre"), 1.4), Column(say("职级", "Rank"), 1.1), Column(say("联系对象", "Site"), 3.2),
                Column(say("类别", "Kind"), 1.0), Column(say("所属街道", "Sub-district"), 2.6), times, *phone)
    return (head, Column(say("联系对象", "Site"), 3.2), Column(say("类别", "Kind"), 1.0), Column(say("原联系领导", "Before"), 1.4),
            Column(say("联系领导", "Cadre"), 1.4), Column(say("单位及职级", "Unit and rank"), 2.6), times, *phone)


def _phone_cell(source: Source, site: Site) -> tuple[str, ...]:
    if source.level is Level.PUBLIC or not source.phones:
        return ()
    return (phone_words(source.phones.get(site.id, ""), source.level) or "—",)


def _fixed_time(source: Source, site: Site, slot: Slot | None) -> str:
    if slot is None:
        return "—"
    return f"{source.often(site)} {time_words(slot.starts_seconds, slot.ends_seconds, source.level, source.language)}"


def _slots(source: Source) -> dict[tuple[str, str], Slot]:
    return {(slot.cadre_id, slot.site_id): slot for slot in source.calendar.slots}


def _former(source: Source) -> dict[str, list[str]]:
    """Names of those who held a site in the last term, by site id."""
    district = source.problem.district
    held: dict[str, list[str]] = defaultdict(list)
    if district.past_terms:
        for pairing in sorted(district.past_terms[-1].pairings):
            cadre = district.cadre_by_id.get(pairing.cadre_id)
            held[pairing.site_id].append(cadre.name if cadre else pairing.cadre_id)
    return held


def notice(source: Source, day: LiaisonDay) -> Paper:
    """联系基层工作日通知: when, where, who, what, how people take part; half days only."""
    say, district = source.say, source.problem.district
    visits = [one for one in source.calendar.visits() if one.day == day.day]
    counts: Counter[tuple[str, SiteKind]] = Counter(
        (source.site(one.slot.site_id).subdistrict_id, source.site(one.slot.site_id).kind) for one in visits)
    rows = tuple(
        (place.name, str(counts[place.id, SiteKind.ENTERPRISE]), str(counts[place.id, SiteKind.COMMITTEE]),
         "、".join(source.site(one.slot.site_id).name + time_words(one.slot.starts_seconds, one.slot.ends_seconds, Level.PUBLIC,
                                                               source.language)
                  for one in visits if source.site(one.slot.site_id).subdistrict_id == place.id
                  and source.site(one.slot.site_id).kind is SiteKind.COMMITTEE) or "—")
        for place in district.subdistricts)
    blocks: list[Block] = [Paragraph(say(
        f"{day.day.year}年{day.day.month}月的联系基层工作日为{date_words(day.day, 'zh')}。现将有关事项通知如下：",
        f"The liaison day of this month is {date_words(day.day, 'en')}."))]
    blocks += [Paragraph(text) for text in _remarks(source, day)]
    cadres = len({one.slot.cadre_id for one in visits})
    blocks += [
        Heading(say("一、参加人员", "1. Who takes part")),
        Paragraph(say(f"处级以上领导干部{cadres}名，走访联系点{len(visits)}个。", f"{cadres} cadres visit {len(visits)} sites.")),
        Heading(say("二、活动内容", "2. What happens")),
        Paragraph(say("听取诉求，协调解决，宣传政策。", "Requests are heard, problems taken up, policies explained.")),
        Heading(say("三、群众参与方式", "3. How to take part")),
        Paragraph(say("请到所在居委会参加接待，或向居委会反映问题。", "Come to your residential committee, or leave word there.")
                  + (say(f"服务热线：{source.hotline}。", f" Hotline: {source.hotline}.") if source.hotline else "")),
        Heading(say("四、各街道安排", "4. By sub-district")),
        Table((Column(say("街道", "Sub-district"), 1.4), Column(say("走访企业（家）", "Enterprises"), 0.8, "center"),
               Column(say("走访居委会（个）", "Committees"), 0.8, "center"), Column(say("居委会及时间", "Committees and half day"), 5.0)),
              rows)]
    return source.paper(f"notice-{day.day}", say("联系基层工作日通知", "Notice of the liaison day"), blocks)


def _remarks(source: Source, day: LiaisonDay) -> Iterator[str]:
    if day.day != day.nominal:
        reason = source.say(f"因{day.reason}", f" because of {day.reason}") if day.reason else ""
        yield source.say(f"按规定应为{date_words(day.nominal, 'zh')}，{reason}调整至本日。",
                         f"By the rule {date_words(day.nominal, 'en')}; moved{reason}.")
    if day.state is DayState.PROJECTED:
        yield source.say(f"{day.day.year}年节假日安排尚未公布，本日期为推算，公布后请核对。",
                         f"The holidays of {day.day.year} are not yet published: this date is projected (推算).")
    if day.state is DayState.UNKNOWN:
        yield source.say(f"{day.day.year}年节假日安排未知，本日期未经核对。", f"The holidays of {day.day.year} are not known: unchecked.")


def host_day(source: Source, day: date, subdistrict_id: str) -> Paper | None:
    """The whole day of one sub-district, by time: whom its staff accompany where; None where nobody comes."""
    say = source.say
    visits = sorted((one for one in source.calendar.visits() if one.day == day
                     and source.site(one.slot.site_id).subdistrict_id == subdistrict_id),
                    key=lambda one: (one.slot.starts_seconds, one.slot.site_id))
    if not visits:
        return None
    name = source.problem.district.subdistrict_by_id[subdistrict_id].name
    rows = tuple(_host_row(source, number, visit) for number, visit in enumerate(visits, start=1))
    columns = (Column(say("序号", "No."), 0.6, "center"), Column(say("时间", "Time"), 1.5, "center"), Column(say("走访对象", "Site"), 3.0),
               Column(say("地址", "Address"), 2.6), Column(say("走访领导", "Cadre"), 1.3), Column(say("单位及职级", "Unit and rank"), 2.4),
               Column(say("陪同人员", "Accompanied by"), 1.6))
    intro = Paragraph(say(f"{date_words(day, 'zh')}，{name}接待走访{len(visits)}批次，同时接待最多{_most(visits)}组。",
                          f"On {date_words(day, 'en')} {name} hosts {len(visits)} visits, at most {_most(visits)} at once."))
    return source.paper(f"host-{day}-{subdistrict_id}", say(f"{name}联系基层工作日接待安排", f"Visits hosted by {name}"),
                        (intro, Table(columns, rows)), landscape=True)


def _host_row(source: Source, number: int, visit: Visit) -> tuple[str, ...]:
    site, cadre = source.site(visit.slot.site_id), source.cadre(visit.slot.cadre_id)
    address = "—" if source.level is Level.PUBLIC else site.address or "—"
    return (str(number), time_words(visit.slot.starts_seconds, visit.slot.ends_seconds, source.level, source.language), site.name,
            address, cadre.name, source.unit_and_rank(cadre), _BLANK)


def _most(visits: Sequence[Visit]) -> int:
    moments = [one.slot.starts_seconds for one in visits]
    return max(sum(one.slot.starts_seconds <= moment < one.slot.ends_seconds for one in visits) for moment in moments)


def changed_pairings(source: Source) -> list[tuple[Pairing, tuple[str, ...]]]:
    """Pairings that are new this term, each with the ids of those who held the site before."""
    past = source.problem.district.past_terms
    before: dict[str, list[str]] = defaultdict(list)
    for pairing in sorted(past[-1].pairings) if past else ():
        before[pairing.site_id].append(pairing.cadre_id)
    return [(one, tuple(before.get(one.site_id, ()))) for one in source.plan.pairings
            if one.cadre_id not in before.get(one.site_id, ())]


def first_visit(source: Source, cadre_id: str, site: Site) -> str:
    """Day and fixed time of a cadre's first visit; a dash where the calendar has none."""
    days, slot = source.calendar.liaison_days, _slots(source).get((cadre_id, site.id))
    first = date_words(days[slot.first_month].day, source.language) if slot and slot.first_month < len(days) else "—"
    return f"{first} {_fixed_time(source, site, slot)}"


def who(source: Source, cadre_id: str) -> str:
    """Name, unit and rank; the code of one who is no longer there."""
    cadre = source.problem.district.cadre_by_id.get(cadre_id)
    return cadre_id if cadre is None else f"{cadre.name}（{source.unit_and_rank(cadre)}）"


@dataclass(frozen=True, slots=True)
class Card:
    """One contact card (联系卡), both sides; no mobile number, whatever the level."""

    site: str
    cadre: str
    unit: str
    when: str
    place: str
    hotline: str


def cards(source: Source, *, everybody: bool = False) -> list[Card]:
    """Cards of the changed pairings, or of all; by sub-district, then site."""
    slots = _slots(source)
    changed = {pairing for pairing, _ in changed_pairings(source)}
    found = []
    for pairing in sorted(source.plan.pairings, key=lambda one: (source.site(one.site_id).subdistrict_id, one.site_id)):
        if everybody or pairing in changed:
            site, cadre = source.site(pairing.site_id), source.cadre(pairing.cadre_id)
            found.append(Card(site.name, cadre.name, source.problem.district.office_of(cadre).name,
                              _fixed_time(source, site, slots.get((cadre.id, site.id))), source.place(site), source.hotline))
    return found
