"""What every rule and every goal has to stand: hand table, agreement of check and encoding, words, no solver."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import chain, combinations, product
from typing import ClassVar

import numpy as np

from planner.facts.problem import Problem
from planner.rules import GOALS, RULES
from planner.rules.base import CaseloadRule, DistrictRule, Goal, PairRule, Rule
from planner.rules.caseloads import Caseloads
from tests.planner.sample import make_plan


def encoding_accepts(rule: Rule, problem: Problem, pairs: np.ndarray) -> bool:
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


def plan_text(problem: Problem, pairs: np.ndarray) -> str:
    """The same plan in the words of ``make_plan``."""
    sites = [site.id for site in problem.district.sites]
    return "|".join(
        f"{cadre.id}: {' '.join(sites[index] for index in np.flatnonzero(held))}"
        for cadre, held in zip(problem.district.cadres, pairs, strict=True) if held.any())


class RuleContract:
    """Subclass with ``rule``, ``problem``, ``obeys`` (plans) and ``breaks`` (plan -> first subject -> amount)."""

    rule: ClassVar[Rule]
    problem: ClassVar[Problem]
    obeys: ClassVar[list[str]]
    breaks: ClassVar[dict[str, dict[str, int]]]

    def test_hand_table_obeys(self) -> None:
        for text in self.obeys:
            assert list(self.rule.check(make_plan(text), self.problem)) == [], text

    def test_hand_table_breaks(self) -> None:
        assert self.breaks
        for text, expected in self.breaks.items():
            found = {one.subjects[0] if one.subjects else "": one.amount
                     for one in self.rule.check(make_plan(text), self.problem)}
            assert found == expected, text

    def test_check_and_encoding_agree_on_every_plan(self) -> None:
        cadres, sites = len(self.problem.district.cadres), len(self.problem.district.sites)
        assert cadres * sites <= 12, "keep the contract's district tiny"
        accepted, refused = 0, 0
        for bits in product((0, 1), repeat=cadres * sites):
            pairs = np.array(bits, dtype=np.int64).reshape(cadres, sites)
            text = plan_text(self.problem, pairs)
            by_check = not list(self.rule.check(make_plan(text), self.problem))
            assert by_check == encoding_accepts(self.rule, self.problem, pairs), text
            accepted, refused = accepted + by_check, refused + (not by_check)
        assert accepted
        assert refused

    def test_words_name_who_and_how_much(self) -> None:
        for text in self.breaks:
            for one in self.rule.check(make_plan(text), self.problem):
                for words in (one.text.zh, one.text.en):
                    assert len(re.findall(r"\d+", words)) >= 2, words
                    assert not one.subjects or any(self._name_of(subject, words) for subject in one.subjects), words
                assert re.search(r"[\u4e00-\u9fff]", one.text.zh)
                assert one.amount > 0
        for words in (self.rule.title, self.rule.clause, self.rule.setting(self.problem.policy)):
            assert words.zh
            assert words.en

    def _name_of(self, subject: str, words: str) -> bool:
        district = self.problem.district
        for one in (*district.cadres, *district.sites, *district.offices, *district.subdistricts):
            if one.id == subject:
                return one.id in words or one.name in words
        return False

    def test_rule_is_listed(self) -> None:
        assert any(type(one) is type(self.rule) for one in RULES)


class GoalContract:
    """Subclass with ``goal``, ``problem`` and ``table`` (plan -> value)."""

    goal: ClassVar[Goal]
    problem: ClassVar[Problem]
    table: ClassVar[dict[str, int]]

    def test_hand_table(self) -> None:
        for text, value in self.table.items():
            assert self.goal.measure(make_plan(text), self.problem) == value, text

    def test_prices_add_up_to_the_measure_and_never_below_the_floor(self) -> None:
        """Over all ways to give each site to one cadre or to none."""
        cadres, sites = len(self.problem.district.cadres), len(self.problem.district.sites)
        assert (cadres + 1) ** sites <= 1100, "keep the contract's district tiny"
        for holders in product(range(-1, cadres), repeat=sites):
            pairs = np.array([[holder == index for holder in holders] for index in range(cadres)], dtype=np.int64)
            plan = make_plan(plan_text(self.problem, pairs))
            prices = [
                int(self.goal.price(Caseloads(self.problem, index, np.flatnonzero(held)[None, :].astype(np.int64)))[0])
                for index, held in enumerate(pairs)]
            combined = max(prices) if self.goal.combine == "max" else sum(prices)
            measured = self.goal.measure(plan, self.problem)
            assert combined + self.goal.constant(self.problem) == measured, holders
            if -1 not in holders:
                assert self.goal.floor(self.problem) <= measured

    def test_padding_changes_no_price(self) -> None:
        sites = range(len(self.problem.district.sites))
        held = [list(one) for one in chain.from_iterable(combinations(sites, size) for size in range(3))]
        padded = np.array([one + [-1] * (3 - len(one)) for one in held], dtype=np.int64)
        together = self.goal.price(Caseloads(self.problem, 0, padded))
        alone = [int(self.goal.price(Caseloads(self.problem, 0, np.array([one], dtype=np.int64)))[0]) for one in held]
        assert together.tolist() == alone

    def test_goal_is_listed_and_named(self) -> None:
        assert any(type(one) is type(self.goal) for one in GOALS)
        assert self.goal.title.zh
        assert self.goal.title.en
        assert self.goal.unit.zh


def test_rules_load_without_a_solver() -> None:
    code = "import sys, planner.rules; sys.exit(any(name.startswith(('ortools', 'numba', 'scipy')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
