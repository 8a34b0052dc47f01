"""What every rule and every goal has to stand: hand table, agreement of check and encoding, words, documentation."""

from __future__ import annotations

import re
from itertools import chain, combinations, product
from pathlib import Path
from typing import ClassVar

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules import GOALS, RULES
from planner.rules.base import CaseloadRule, DistrictRule, Goal, PairRule, Rule
from planner.rules.caseloads import Caseloads
from tests.planner.sample import make_plan

RULES_PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def encoding_accepts(rule: Rule, problem: Problem, pairs: IntArray) -> bool:
    """Whether a plan, as a matrix (c, s) of 0 and 1, keeps the encoding of one rule."""
    if isinstance(rule, PairRule):
        return not any((pairs[index].astype(bool) & rule.strikes(problem, index)).any() for index in range(len(pairs)))
    if isinstance(rule, CaseloadRule):
        for index, held in enumerate(pairs):
            limits = rule.limits(problem, index)
            if any(not one.lower <= int(one.weights @ held) <= one.upper for one in limits):
                return False
            if not rule.admits(Caseloads(problem, index, np.flatnonzero(held)[None, :]))[0]:
                return False
        return True
    assert isinstance(rule, DistrictRule)
    for row in rule.rows(problem):
        count = sum(int(pairs[np.ix_(block.cadres, block.sites)].sum()) for block in row.blocks)
        if (row.lower is not None and count < row.lower) or (row.upper is not None and count > row.upper):
            return False
    return True


def plan_text(problem: Problem, pairs: IntArray) -> str:
    """The same plan in the words of ``make_plan``."""
    sites = [site.id for site in problem.district.sites]
    return "|".join(
        f"{cadre.id}: {' '.join(sites[index] for index in np.flatnonzero(held))}"
        for cadre, held in zip(problem.district.cadres, pairs, strict=True) if held.any())


def padded_batch(site_count: int, largest: int) -> tuple[list[list[int]], IntArray]:
    """All caseloads of at most ``largest`` sites, one by one and as the padded array of a batch."""
    held = [list(one) for one in chain.from_iterable(combinations(range(site_count), n) for n in range(largest + 1))]
    return held, np.array([one + [-1] * (largest - len(one)) for one in held], dtype=np.int64)


def names_of(problem: Problem) -> dict[str, str]:
    """The name of everything in a district that a message may name, by id."""
    district = problem.district
    everything = (*district.cadres, *district.sites, *district.offices, *district.subdistricts)
    return {one.id: one.name for one in everything}


class RuleExamples:
    """A further district for a rule that has its contract: ``rule``, ``problem``, ``obeys`` (plans) and ``breaks``.

    ``breaks`` holds, for every plan, what the check must find and nothing else: all subjects of a violation, joined by
    blanks, and its amount. ``numbers`` is how many numbers a message names at least, names and ids not counted.
    """

    rule: ClassVar[Rule]
    problem: ClassVar[Problem]
    obeys: ClassVar[list[str]]
    breaks: ClassVar[dict[str, dict[str, int]]]
    numbers: ClassVar[int] = 2

    def violations(self, text: str) -> list[Violation]:
        return list(self.rule.check(make_plan(text), self.problem))

    def test_hand_table_obeys(self) -> None:
        assert self.obeys
        for text in self.obeys:
            assert self.violations(text) == [], text

    def test_hand_table_breaks(self) -> None:
        assert self.breaks
        for text, expected in self.breaks.items():
            found = self.violations(text)
            assert {" ".join(one.subjects): one.amount for one in found} == expected, text
            assert len(found) == len(expected), text
            assert all(one.rule_id == self.rule.id and one.amount > 0 for one in found), text

    def test_check_and_encoding_agree_on_every_plan(self) -> None:
        cadres, sites = len(self.problem.district.cadres), len(self.problem.district.sites)
        assert cadres * sites <= 12, "keep the contract's district tiny"
        accepted, refused = 0, 0
        for bits in product((0, 1), repeat=cadres * sites):
            pairs = np.array(bits, dtype=np.int64).reshape(cadres, sites)
            text = plan_text(self.problem, pairs)
            by_check = not self.violations(text)
            assert by_check == encoding_accepts(self.rule, self.problem, pairs), text
            accepted, refused = accepted + by_check, refused + (not by_check)
        assert accepted, "the rule forbids every plan of this district: it shows nothing"
        assert refused, "the rule forbids no plan of this district: it shows nothing"

    def test_a_batch_is_judged_like_its_caseloads_one_by_one(self) -> None:
        if not isinstance(self.rule, CaseloadRule):
            return  # pair rules and district rules see no batches
        sites = len(self.problem.district.sites)
        held, padded = padded_batch(sites, min(4, sites))
        for index in range(len(self.problem.district.cadres)):
            together = self.rule.admits(Caseloads(self.problem, index, padded)).tolist()
            alone = [bool(self.rule.admits(Caseloads(self.problem, index, np.array([one], dtype=np.int64)))[0])
                     for one in held]
            assert together == alone

    def test_words_name_who_and_how_much(self) -> None:
        names = names_of(self.problem)
        known = re.compile("|".join(sorted(map(re.escape, (*names, *names.values())), key=len, reverse=True)))
        for text in self.breaks:
            for one in self.violations(text):
                first = one.subjects[0]
                numbers = [re.findall(r"\d+", known.sub("", words)) for words in (one.text.zh, one.text.en)]
                assert first in one.text.zh or names[first] in one.text.zh, one.text.zh
                assert first in one.text.en or names[first] in one.text.en, one.text.en
                assert sorted(numbers[0]) == sorted(numbers[1]), "both languages say the same numbers"
                assert len(numbers[0]) >= self.numbers, one.text.zh
        for words in (self.rule.title, self.rule.clause, self.rule.setting(self.problem.policy)):
            assert re.search(r"[\u4e00-\u9fff]", words.zh)
            assert re.search(r"[A-Za-z]", words.en)


class RuleContract(RuleExamples):
    """The first district of a rule: as ``RuleExamples``, and the rule is listed and documented."""

    def test_documentation_quotes_what_the_check_says(self) -> None:
        page = RULES_PAGE.read_text(encoding="utf-8")
        said = [one.text for text in self.breaks for one in self.violations(text)]
        assert any(one.zh in page and one.en in page for one in said), [one.zh for one in said]

    def test_rule_is_listed(self) -> None:
        assert any(type(one) is type(self.rule) for one in RULES)


class GoalContract:
    """Subclass with ``goal``, ``problem`` and ``table`` (plan -> value)."""

    goal: ClassVar[Goal]
    problem: ClassVar[Problem]
    table: ClassVar[dict[str, int]]

    def test_hand_table(self) -> None:
        assert len(set(self.table.values())) > 1, "a table with one value shows nothing"
        for text, value in self.table.items():
            assert self.goal.measure(make_plan(text), self.problem) == value, text

    def test_prices_add_up_to_the_measure_and_never_below_the_floor(self) -> None:
        """Over all ways to give each site to one cadre or to none; the floor is that of complete plans.

        A complete plan gives nothing to cadres without capacity.
        """
        cadres, sites = self.problem.district.cadres, len(self.problem.district.sites)
        assert (len(cadres) + 1) ** sites <= 1100, "keep the contract's district tiny"
        complete_plans = 0
        for holders in product(range(-1, len(cadres)), repeat=sites):
            pairs = np.array([[holder == index for holder in holders] for index in range(len(cadres))], dtype=np.int64)
            prices = [
                int(self.goal.price(Caseloads(self.problem, index, np.flatnonzero(held)[None, :]))[0])
                for index, held in enumerate(pairs)]
            combined = max(prices) if self.goal.combine == "max" else sum(prices)
            measured = self.goal.measure(make_plan(plan_text(self.problem, pairs)), self.problem)
            assert combined + self.goal.constant(self.problem) == measured, holders
            if all(holder >= 0 and cadres[holder].capacity_percent > 0 for holder in holders):
                complete_plans += 1
                assert self.goal.floor(self.problem) <= measured
        assert complete_plans

    def test_padding_changes_no_price(self) -> None:
        held, padded = padded_batch(len(self.problem.district.sites), 3)
        for index in range(len(self.problem.district.cadres)):
            together = self.goal.price(Caseloads(self.problem, index, padded))
            alone = [int(self.goal.price(Caseloads(self.problem, index, np.array([one], dtype=np.int64)))[0])
                     for one in held]
            assert together.tolist() == alone

    def test_goal_is_listed_and_named(self) -> None:
        assert any(type(one) is type(self.goal) for one in GOALS)
        for words in (self.goal.title, self.goal.unit):
            assert words.zh
            assert words.en
