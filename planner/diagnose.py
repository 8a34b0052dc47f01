"""No plan exists: reasons that counting alone proves, before any search. Each is a sentence a planner can act on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.facts.travel import TravelMatrix
from planner.rules import CASELOAD_RULES, PAIR_RULES
from planner.text import Text


def proofs_of_no_plan(problem: Problem) -> tuple[Text, ...]:
    """Every counting argument that shows that no plan can keep all rules; none found says nothing."""
    return (*_pairs_missing(problem), *_too_few_places(problem))


def _pairs_missing(problem: Problem) -> Iterator[Text]:
    """Sites that the pair rules leave no cadre for, and cadres to whom they leave too few of the sites they must hold.

    Not asked of a city, whose travel stands in no matrix: there are too many pairs; its areas are planned pair by pair.
    """
    if not isinstance(problem.travel, TravelMatrix):
        return
    sites = problem.district.sites
    takes_part = problem.arrays.capacity_percent > 0
    possible = np.repeat(takes_part[:, None], len(sites), axis=1)
    struck = np.zeros((len(PAIR_RULES), len(sites)), dtype=np.int64)
    for index in np.flatnonzero(takes_part):
        for number, rule in enumerate(PAIR_RULES):
            own = rule.strikes(problem, int(index))
            struck[number] += own
            possible[index] &= ~own
        yield from _too_few_of_his(problem, int(index), possible[index])
    alone = possible.sum(axis=0) == 1
    for index in np.flatnonzero(possible[:, alone].any(axis=1)):
        yield from _too_much_of_his(problem, int(index), alone & possible[index])
    for site in np.flatnonzero(~possible.any(axis=0)):
        counts = [(rule, int(struck[number, site])) for number, rule in enumerate(PAIR_RULES) if struck[number, site]]
        everybody = int(takes_part.sum())
        zh = "、".join(f"{rule.title.zh}排除{count}人" for rule, count in counts)
        en = ", ".join(f"{rule.title.en} takes {count}" for rule, count in counts)
        one = sites[int(site)]
        yield Text(f"{one.name}（{one.id}）没有可选的联系领导：共{everybody}人，{zh or '无人参加本届'}",
                   f"nobody may hold {one.name} ({one.id}): of {everybody} cadres {en or 'none takes part'}")


def _too_few_of_his(problem: Problem, index: int, possible: BoolArray) -> Iterator[Text]:
    """Lower limits of a cadre's caseload that all sites (s) possible for him together do not reach."""
    cadre = problem.district.cadres[index]
    for rule in CASELOAD_RULES:
        for limit in rule.limits(problem, index):
            total = int(limit.weights[possible].sum())
            if total < limit.lower:
                setting = rule.setting(problem.policy)
                yield Text(f"{cadre.name}（{cadre.id}）做不到“{rule.title.zh}”（{setting.zh}）：至少要{limit.lower}，"
                           f"允许他联系的全部联系点只有{total}",
                           f"{cadre.name} ({cadre.id}) cannot keep “{rule.title.en}” ({setting.en}): at least {limit.lower} are asked, "
                           f"and all sites he may hold come to {total}")


def _too_much_of_his(problem: Problem, index: int, forced: BoolArray) -> Iterator[Text]:
    """Upper limits of a cadre's caseload that the sites (s) which only he may hold exceed together."""
    cadre, sites = problem.district.cadres[index], problem.district.sites
    for rule in CASELOAD_RULES:
        for limit in rule.limits(problem, index):
            total = int(limit.weights[forced].sum())
            if total > limit.upper:
                setting = rule.setting(problem.policy)
                ids = [sites[int(site)].id for site in np.flatnonzero(forced & (limit.weights > 0))]
                yield Text(f"{cadre.name}（{cadre.id}）做不到“{rule.title.zh}”（{setting.zh}）：至多{limit.upper}，"
                           f"只有他可以联系的{len(ids)}个联系点（{'、'.join(ids)}）合计{total}",
                           f"{cadre.name} ({cadre.id}) cannot keep “{rule.title.en}” ({setting.en}): at most {limit.upper} are allowed, "
                           f"and {len(ids)} sites that only he may hold ({', '.join(ids)}) come to {total}")


def _too_few_places(problem: Problem) -> Iterator[Text]:
    """More sites of a kind than all cadres together may hold, or fewer than they have to."""
    policy, arrays = problem.policy, problem.arrays
    active = int((arrays.capacity_percent > 0).sum())
    committees = int(arrays.is_committee.sum())
    enterprises = len(arrays.is_committee) - committees
    for zh, en, count, most in (
        ("居委会", "committees", committees, policy.max_committees_per_cadre),
        ("企业", "enterprises", enterprises, policy.max_enterprises_per_cadre),
    ):
        if count > active * most:
            yield Text(f"{zh}{count}个，{active}名干部每人至多{most}个，只能安排{active * most}个，差{count - active * most}个",
                       f"{count} {en}, but {active} cadres with at most {most} each hold {active * most}: short by {count - active * most}")
    least = policy.min_enterprises_per_cadre
    if enterprises < active * least:
        yield Text(f"企业{enterprises}家，{active}名干部每人至少{least}家，需要{active * least}家，差{active * least - enterprises}家",
                   f"{enterprises} enterprises, but {active} cadres with at least {least} each need {active * least}: "
                   f"short by {active * least - enterprises}")
    limits = policy.max_load_percent_of_fair_share
    if limits < 100:
        yield Text(f"工作量上限为应担份额的{limits}%，全区工作量无法全部安排",
                   f"a load limit of {limits} % of the fair share cannot hold all the work")
