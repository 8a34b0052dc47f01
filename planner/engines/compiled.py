"""A problem compiled for the engines: every rule and goal asked for its encoding once, laid out as flat arrays.

Engines know shapes (a struck pair, a limit, a row, a price), never rules: a new rule needs no change here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules import CASELOAD_RULES, DISTRICT_RULES, PAIR_RULES, goals_in_order
from planner.rules.base import CaseloadRule, DistrictRule, Goal, PairRule, Row
from planner.rules.caseloads import Caseloads


@dataclass(frozen=True)
class RuleSet:
    """The rules and goals an engine works with; the whole policy by default, fewer in tests."""

    pair_rules: tuple[PairRule, ...]
    caseload_rules: tuple[CaseloadRule, ...]
    district_rules: tuple[DistrictRule, ...]
    goals: tuple[Goal, ...]

    @classmethod
    def of(cls, problem: Problem) -> RuleSet:
        """All rules, and the goals in the policy's order."""
        return cls(PAIR_RULES, CASELOAD_RULES, DISTRICT_RULES, goals_in_order(problem.policy))


@dataclass(frozen=True)
class CompiledProblem:
    """Arrays over c cadres, s sites, r limits a cadre, v weight vectors, b blocks and q rows.

    allowed (c, s): the pair is struck out by no rule.
    limit_vector (c, r) points into weights (v, s); -1 where a cadre has fewer limits; limit_lower, limit_upper (c, r).
    block_row (b); block_sites (b, s) bool; the blocks of a cadre are block_of[block_start[i]:block_start[i + 1]].
    row_lower, row_upper (q), open sides as 0 and a number that is never reached. row_keys (q): rule id and subjects, which
    name a row in every part of a larger problem.
    """

    problem: Problem
    rules: RuleSet
    allowed: BoolArray
    weights: IntArray
    limit_vector: IntArray
    limit_lower: IntArray
    limit_upper: IntArray
    rows: tuple[Row, ...]
    row_lower: IntArray
    row_upper: IntArray
    block_row: IntArray
    block_sites: BoolArray
    block_start: IntArray
    block_of: IntArray
    row_keys: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, problem: Problem, rules: RuleSet | None = None) -> CompiledProblem:
        """Ask every rule for its encoding."""
        rules = rules or RuleSet.of(problem)
        cadre_count, site_count = len(problem.district.cadres), len(problem.district.sites)
        allowed = np.ones((cadre_count, site_count), dtype=np.bool_)
        for index in range(cadre_count):
            for pair_rule in rules.pair_rules:
                allowed[index] &= ~pair_rule.strikes(problem, index)
        weights, vector, lower, upper = _compile_limits(problem, rules)
        keyed = [((rule.id, *row.subjects), row) for rule in rules.district_rules if not rule.partition for row in rule.rows(problem)]
        rows = _compile_rows(tuple(row for _, row in keyed), cadre_count, site_count)
        return cls(problem, rules, allowed, weights, vector, lower, upper, *rows, tuple(key for key, _ in keyed))

    @property
    def day_limited(self) -> bool:
        """Whether some rule asks for a legal visit day."""
        return any(rule.day for rule in self.rules.caseload_rules)

    def most_minutes(self) -> IntArray:
        """Workload minutes that the rules' limits leave each cadre (c); more than there are where nothing limits them."""
        workload = self.problem.arrays.workload_minutes
        of_work = np.append((self.weights == workload).all(axis=1), False)[self.limit_vector]  # -1, no limit, reads the last
        never = int(workload.sum()) + 1
        return np.asarray(np.where(of_work, self.limit_upper, never).min(axis=1, initial=never), dtype=np.int64)

    def fits_alone(self) -> BoolArray:
        """Pairs (c, s) that no rule strikes out, of cadres who take part, and that keep each upper limit by themselves."""
        fits = self.allowed & (self.problem.arrays.capacity_percent > 0)[:, None]
        for limit in range(self.limit_vector.shape[1]):
            vector, upper = self.limit_vector[:, limit], self.limit_upper[:, limit]
            fits &= (vector < 0)[:, None] | (self.weights[vector] <= upper[:, None])
        return fits

    def admits(self, caseloads: Caseloads) -> BoolArray:
        """Which caseloads (m) keep every pair and caseload rule: the engines' whole notion of legality."""
        index = caseloads.cadre_index
        legal = np.append(self.allowed[index], True)[caseloads.sites].all(axis=1)
        for limit in range(self.limit_vector.shape[1]):
            vector = self.limit_vector[index, limit]
            if vector >= 0:
                total = caseloads.sum_of(self.weights[vector])
                legal &= (self.limit_lower[index, limit] <= total) & (total <= self.limit_upper[index, limit])
        for rule in self.rules.caseload_rules:
            legal &= rule.admits(caseloads)
        return np.asarray(legal, dtype=np.bool_)


def _compile_limits(problem: Problem, rules: RuleSet) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Weight vectors without repetition, and for every cadre which of them are limited, and how."""
    number_of: dict[bytes, int] = {}
    vectors: list[IntArray] = []
    limits_of: list[list[tuple[int, int, int]]] = []
    for index in range(len(problem.district.cadres)):
        own = []
        for rule in rules.caseload_rules:
            for limit in rule.limits(problem, index):
                weights = np.ascontiguousarray(limit.weights, dtype=np.int64)
                number = number_of.setdefault(weights.tobytes(), len(vectors))
                if number == len(vectors):
                    vectors.append(weights)
                own.append((number, limit.lower, limit.upper))
        limits_of.append(own)
    width = max((len(own) for own in limits_of), default=0)
    table = np.full((len(limits_of), width, 3), -1, dtype=np.int64)
    for index, own in enumerate(limits_of):
        table[index, : len(own)] = np.array(own, dtype=np.int64).reshape(-1, 3)
    stacked = np.array(vectors, dtype=np.int64).reshape(-1, len(problem.district.sites))
    vector, lower, upper = (np.ascontiguousarray(table[:, :, part]) for part in range(3))
    return stacked, vector, lower, upper


def _compile_rows(
    rows: tuple[Row, ...], cadre_count: int, site_count: int
) -> tuple[tuple[Row, ...], IntArray, IntArray, IntArray, BoolArray, IntArray, IntArray]:
    """Rows as counts over blocks, and for every cadre the blocks that he lies in."""
    never = cadre_count * site_count + 1
    lower = np.array([row.lower or 0 for row in rows], dtype=np.int64)
    upper = np.array([never if row.upper is None else row.upper for row in rows], dtype=np.int64)
    blocks = [(number, block) for number, row in enumerate(rows) for block in row.blocks]
    block_sites = np.zeros((len(blocks), site_count), dtype=np.bool_)
    blocks_of: list[list[int]] = [[] for _ in range(cadre_count)]
    for number, (_, block) in enumerate(blocks):
        block_sites[number, block.sites] = True
        for index in block.cadres:
            blocks_of[int(index)].append(number)
    start = np.cumsum([0, *(len(own) for own in blocks_of)], dtype=np.int64)
    flat: NDArray[np.int64] = np.array([number for own in blocks_of for number in own], dtype=np.int64)
    return rows, lower, upper, np.array([row for row, _ in blocks], dtype=np.int64), block_sites, start, flat
