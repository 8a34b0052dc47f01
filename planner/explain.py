"""为什么: the figures and rules behind a pairing or a caseload, in sentences. Asks the rules, measures anew, ranks nobody.

Prices of alternatives come from the stage that solves the plan again (`planner/repricing.py`); everything else is read off
facts, plan and rules here, without an optimiser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.price import Price
from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Pairing, Site, SiteKind, StayRequest
from planner.facts.problem import Problem
from planner.rules import CASELOAD_RULES, PAIR_RULES
from planner.rules.day_check import examine_day
from planner.text import Text


@dataclass(frozen=True)
class Line:
    """One statement: what it is about, and the sentence."""

    topic: Text
    sentence: Text

    def to_json(self) -> dict[str, str]:
        """As plain JSON values."""
        return {"topic": self.topic.zh, "topic_en": self.topic.en, "zh": self.sentence.zh, "en": self.sentence.en}


@dataclass(frozen=True)
class Explanation:
    """A heading, statements, and the prices of alternatives, cheapest first."""

    heading: Text
    lines: tuple[Line, ...]
    prices: tuple[Price, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/explaining.md)."""
        return {"kind": "yixian-explanation", "schema": 1, "heading": self.heading.zh, "heading_en": self.heading.en,
                "lines": [one.to_json() for one in self.lines], "prices": [one.to_json() for one in self.prices]}


def objections(problem: Problem, cadre: Cadre, site: Site) -> tuple[Violation, ...]:
    """Every rule on pairs that forbids the pairing."""
    found = (rule.objection(cadre, site, problem) for rule in PAIR_RULES)
    return tuple(one for one in found if one is not None)


def explain_site(problem: Problem, plan: Plan, site_id: str, prices: Sequence[Price] = (),
                 ranked: Sequence[tuple[int, str]] = ()) -> Explanation:
    """Why this site has the cadre it has; ``ranked`` are the least prices of the eligible (seconds, cadre id), cheapest first.

    Raises KeyError for a site the district does not have.
    """
    district = problem.district
    site = district.site_by_id[site_id]
    holders = [district.cadre_by_id[one] for one in plan.cadres_of.get(site_id, ()) if one in district.cadre_by_id]
    lines: list[Line] = []
    for cadre in holders:
        lines += _pairing_lines(problem, cadre, site)
    lines.append(_eligible_line(problem, site))
    for cadre in holders:
        lines += _rank_lines(problem, cadre, site, ranked)
    lines += [price_line(problem, one) for one in prices]
    who = "、".join(_named(one).zh for one in holders) or "无"
    who_en = ", ".join(_named(one).en for one in holders) or "nobody"
    return Explanation(Text(f"{site.name}（{site.id}）为什么由{who}联系",
                            f"Why {site.name} ({site.id}) has {who_en}"), tuple(lines), tuple(prices))


def explain_instead(problem: Problem, plan: Plan, site_id: str, cadre_id: str, price: Price | None) -> Explanation:
    """Why not this cadre: every rule that forbids it, or the price. Raises KeyError for unknown ids."""
    site, cadre = problem.district.site_by_id[site_id], problem.district.cadre_by_id[cadre_id]
    heading = Text(f"{site.name}（{site.id}）可否改由{_named(cadre).zh}联系", f"Could {site.name} ({site.id}) go to {_named(cadre).en}?")
    if Pairing(cadre_id, site_id) in plan.pairings:
        return Explanation(heading, (Line(Text("现状", "now"), Text("本方案正是如此安排", "this is what the plan says")),))
    refused = objections(problem, cadre, site)
    lines = [Line(_title(one), one.text) for one in refused]
    if cadre.capacity_percent == 0:
        lines.append(Line(Text("不参加", "not taking part"), Text(f"{_named(cadre).zh}本届不参加联系",
                                                               f"{_named(cadre).en} takes no part this term")))
    if not lines and price is not None:
        own = [problem.district.site_by_id[one] for one in (*plan.sites_of.get(cadre_id, ()), site_id)]
        for rule in CASELOAD_RULES:
            fault = rule.fault(cadre, own, problem)
            if fault is not None:
                lines.append(Line(Text(f"须让出其他联系点：{rule.title.zh}", f"must give something up: {rule.title.en}"), fault.text))
        lines.append(price_line(problem, price))
    return Explanation(heading, tuple(lines), () if price is None or refused else (price,))


def explain_cadre(problem: Problem, plan: Plan, cadre_id: str) -> Explanation:
    """A cadre's load, travel and share beside the spread over all others. Raises KeyError for an unknown cadre.

    Others stand as lowest, median and highest, without names: nobody is ranked.
    """
    district = problem.district
    cadre = district.cadre_by_id[cadre_id]
    own = _figures(problem, plan, cadre)
    others = [_figures(problem, plan, one) for one in district.active_cadres if one.id != cadre_id]
    lines = [Line(Text("联系对象", "sites"), Text(
        "、".join(f"{district.site_by_id[one].name}（{one}）" for one in plan.sites_of.get(cadre_id, ())) or "无",
        ", ".join(f"{district.site_by_id[one].name} ({one})" for one in plan.sites_of.get(cadre_id, ())) or "none"))]
    for number, (topic, unit) in enumerate(_FIGURES):
        value = own[number]
        held = sorted(figure for one in others if (figure := one[number]) is not None)
        if value is None:
            lines.append(Line(topic, Text("没有一个走访日能走完", "no visit day is long enough")))
        elif held:
            low, middle, high = held[0], round(median(held)), held[-1]
            lines.append(Line(topic, Text(f"{value}{unit.zh}；其他{len(held)}名干部最低{low}、中位{middle}、最高{high}{unit.zh}",
                                          f"{value} {unit.en}; the {len(held)} others: lowest {low}, median {middle}, "
                                          f"highest {high} {unit.en}")))
        else:
            lines.append(Line(topic, Text(f"{value}{unit.zh}", f"{value} {unit.en}")))
    lines.extend(Line(rule.title, rule.setting(problem.policy)) for rule in CASELOAD_RULES)
    return Explanation(Text(f"{_named(cadre).zh}的联系任务", f"The caseload of {_named(cadre).en}"), tuple(lines))


_FIGURES = ((Text("联系点数", "number of sites"), Text("个", "sites")), (Text("每月工作量", "workload a month"), Text("分钟", "minutes")),
            (Text("占应担份额", "of the fair share"), Text("%", "%")), (Text("走访日路程", "travel of a visit day"), Text("分钟",
                                                                                                                "minutes")))


def _figures(problem: Problem, plan: Plan, cadre: Cadre) -> tuple[int | None, ...]:
    """Sites, minutes a month, per cent of the fair share (nobody's share is 0 here), minutes of travel."""
    sites = [problem.district.site_by_id[one] for one in plan.sites_of.get(cadre.id, ())]
    load = sum(site.workload_minutes for site in sites)
    share = problem.fair_share_minutes(cadre)
    travel = examine_day(cadre, sites, problem).travel_seconds
    return len(sites), load, round(100 * load / share) if share else 0, None if travel is None else round(travel / 60)


def _pairing_lines(problem: Problem, cadre: Cadre, site: Site) -> list[Line]:
    """Facts of a pairing that rules and goals look at."""
    district, policy, pairing = problem.district, problem.policy, Pairing(cadre.id, site.id)
    lines = []
    if pairing in district.pins:
        lines.append(Line(Text("指定", "pin"), Text("由领导小组指定", "the leading group fixed it")))
    seconds = problem.travel_seconds(cadre, site)
    if seconds is not None:
        lines.append(Line(Text("路程", "travel"), Text(f"单程{-(-seconds // 60)}分钟，上限{policy.max_travel_minutes}分钟",
                                                     f"{-(-seconds // 60)} minutes one way, limit {policy.max_travel_minutes}")))
    past = problem.last_term_of.get(pairing)
    if past is not None and past[0] == 1 and site.kind is SiteKind.ENTERPRISE:
        lines.append(Line(Text("延续", "continuity"), Text(f"{past[1]}即由其联系，企业联系宜保持",
                                                         f"held it in {past[1]}; relations with enterprises are kept")))
    if StayRequest(cadre.id, site.id) in district.stay_requests:
        lines.append(Line(Text("挽留", "request to stay"), Text("群众来信挽留", "residents asked that the cadre stay")))
    served = district.office_of(cadre).industries
    if site.industry is not None and served:
        fits = site.industry in served
        lines.append(Line(Text("行业", "industry"), Text(
            f"单位{'对口' if fits else '不对口'}（{site.industry}）",
            f"the unit {'serves' if fits else 'does not serve'} the industry ({site.industry})")))
    if site.is_key:
        lines.append(Line(Text("重点企业", "key enterprise"), Text("须由规定职级以上干部联系，其职级符合",
                                                               "asks for rank, which the cadre has")))
    if cadre.constituency_id is not None and cadre.constituency_id == site.constituency_id:
        lines.append(Line(Text("选区", "constituency"), Text("在其人大代表选区内", "lies in the deputy's constituency")))
    share = f"{problem.fair_share_minutes(cadre):.0f}"
    lines.append(Line(Text("工作量", "workload"), Text(
        f"本点每月{site.workload_minutes}分钟；其应担份额{share}分钟",
        f"{site.workload_minutes} minutes a month here; the fair share is {share}")))
    return lines


def _eligible_line(problem: Problem, site: Site) -> Line:
    """How many may hold the site, and how many each rule takes away."""
    index = problem.site_index[site.id]
    active = [number for number, cadre in enumerate(problem.district.cadres) if cadre.capacity_percent]
    struck = {rule.id: np.array([bool(rule.strikes(problem, one)[index]) for one in active]) for rule in PAIR_RULES}
    free = len(active) - int(np.logical_or.reduce(list(struck.values())).sum())
    counts = [(rule, int(struck[rule.id].sum())) for rule in PAIR_RULES if struck[rule.id].any()]
    zh = "、".join(f"{rule.title.zh}排除{count}人" for rule, count in counts)
    en = ", ".join(f"{rule.title.en} takes {count}" for rule, count in counts)
    return Line(Text("可选范围", "eligible"), Text(f"{len(active)}名干部中{free}人可联系" + (f"（{zh}）" if zh else ""),
                                                f"{free} of {len(active)} cadres may hold it" + (f" ({en})" if en else "")))


def _rank_lines(problem: Problem, cadre: Cadre, site: Site, ranked: Sequence[tuple[int, str]]) -> list[Line]:
    """Where the holder stands among the eligible: by travel, and by what the whole plan would cost."""
    eligible = [one for one in problem.district.active_cadres if not objections(problem, one, site)]
    trips = [problem.travel_seconds(one, site) for one in eligible]
    own = problem.travel_seconds(cadre, site)
    lines = []
    if own is not None:
        nearer = sum(one is not None and one < own for one in trips)
        lines.append(Line(Text("路程位次", "place by travel"), Text(f"可联系的{len(eligible)}人中有{nearer}人更近",
                                                                  f"{nearer} of the {len(eligible)} eligible are nearer")))
    if ranked:
        cheaper = sum(least < 0 for least, cadre_id in ranked if cadre_id != cadre.id)
        lines.append(Line(Text("总体位次", "place by the whole plan"), Text(
            f"换成其他{len(ranked) - 1}名可联系的干部，已证明不会更优的有{len(ranked) - 1 - cheaper}人，其余{cheaper}人在已证明的误差之内",
            f"of the {len(ranked) - 1} other eligible cadres, {len(ranked) - 1 - cheaper} are proven to be no better for the whole plan; "
            f"{cheaper} lie within the proven gap")))
    return lines


def price_line(problem: Problem, price: Price) -> Line:
    """What giving the site to another costs the whole plan."""
    cadre = problem.district.cadre_by_id[price.pairing.cadre_id]
    topic = Text(f"改由{_named(cadre).zh}", f"with {_named(cadre).en} instead")
    if price.found is None:
        return Line(topic, Text("未找到任何合规方案", "no legal plan was found"))
    if price.less_fair:
        return Line(topic, Text(
            f"只有放宽最重负担才可行：综合代价变化{_minutes(price.found)}分钟，共{price.moved}个联系点换人",
            f"possible only with a heavier worst case: {_minutes(price.found)} minutes of cost, {price.moved} sites change hands"))
    if price.most is None:
        raise AssertionError("a price that was found has both ends")
    found, least, most = _minutes(price.found), _minutes(price.least), _minutes(price.most)
    return Line(topic, Text(
        f"全区综合代价变化{found}分钟（已证明在{least}至{most}分钟之间），共{price.moved}个联系点换人",
        f"the cost of the whole plan changes by {found} minutes (proven to be between {least} and {most}); "
        f"{price.moved} sites change hands"))


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:+.1f}"


def _named(cadre: Cadre) -> Text:
    return Text(f"{cadre.name}（{cadre.id}）", f"{cadre.name} ({cadre.id})")


def _title(violation: Violation) -> Text:
    return next(rule.title for rule in PAIR_RULES if rule.id == violation.rule_id)
