"""Simulated annealing over caseloads: a legal, complete plan in seconds, towards any aim over the goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.engines.kernel import MAX_SIZE, anneal, evaluate, objective, start_greedily
from planner.engines.tables import KernelTables
from planner.facts.problem_arrays import IntArray

PENALTY_WEIGHT = 20_000.0
"""Price of one unit of illegality, in seconds of travel: far above any saving."""

NEAR_SITES = 30
CHUNKS = 40


@dataclass(frozen=True)
class Aims:
    """What annealing minimises: sum over goals (g) of ``weight * value + heavy * max(0, value - cap)``, in seconds."""

    weight: tuple[float, ...]
    heavy: tuple[float, ...]
    cap: tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """The holders (s; cadre index, or -1) of the best state, with its goal values (g) and its illegality (0 is legal).

    ``visited`` are holders of states on the way, from the middle of the cooling on: caseloads that go well together.
    Goals that are worst cases (``combine == "max"``) are not tracked here and stand as 0.
    """

    holders: IntArray
    values: tuple[int, ...]
    penalty: float
    visited: tuple[IntArray, ...] = ()


class Annealing:
    """Annealing on the tables of one problem; equal seeds give equal runs."""

    def __init__(self, tables: KernelTables, seed: int) -> None:
        self._tables = tables
        self._goals = tables.compiled.rules.goals
        self._rng = np.array([0x9E3779B97F4A7C15 ^ (seed * 0x2545F4914F6CDD1D & (2**64 - 1))], dtype=np.uint64)
        self._neighbours = tables.near_sites(NEAR_SITES)

    def run(
        self,
        aims: Aims,
        moves: int,
        hot: float,
        cold: float,
        start: IntArray | None = None,
        keep_going: Callable[[float, float], bool] = lambda _done, _value: True,
    ) -> Found:
        """Anneal from ``start`` (s), or from a greedy start; ``keep_going(share done, best)`` may end it early."""
        packed = (np.array(aims.weight, dtype=np.float64), np.array(aims.heavy, dtype=np.float64),
                  np.array(aims.cap, dtype=np.int64), PENALTY_WEIGHT)
        holders = np.full(self._tables.allowed.shape[1], -1, dtype=np.int64) if start is None else start.copy()
        state = self._state(holders)
        if start is None:
            scarce = np.lexsort((-self._tables.workload, self._tables.allowed.sum(axis=0)))
            start_greedily(scarce, state, self._tables.allowed, self._tables.office_of, self._tables.limits,
                           self._tables.rows, self._tables.prices, self._tables.facts, self._tables.day, packed)
        best_holders = holders.copy()
        best_value = np.array([self._value(state, packed)], dtype=np.float64)
        chunk = max(1, moves // CHUNKS)
        visited: list[IntArray] = []
        for number in range(CHUNKS):
            from_, to = (hot * (cold / hot) ** (step / CHUNKS) for step in (number, number + 1))
            anneal(chunk, from_, to, self._rng, self._neighbours, best_holders, best_value, state, self._tables.allowed,
                   self._tables.office_of, self._tables.limits, self._tables.rows, self._tables.prices, self._tables.facts,
                   self._tables.day, packed)
            if number >= CHUNKS // 2:
                visited.append(holders.copy())
            if not keep_going((number + 1) / CHUNKS, float(best_value[0])):
                break
        final = self._state(best_holders)
        return Found(best_holders, tuple(int(value) for value in final[6]), float(final[7][0]), tuple(visited))

    def _state(self, holders: IntArray) -> tuple[Any, ...]:
        """The kernel's state for given holders, every number computed from scratch."""
        cadres, sites = self._tables.allowed.shape
        members = np.full((cadres, MAX_SIZE), -1, dtype=np.int64)
        size = np.zeros(cadres, dtype=np.int64)
        for site in range(sites):
            if holders[site] >= 0:
                members[holders[site], size[holders[site]]] = site
                size[holders[site]] += 1
        penalty = np.zeros(cadres, dtype=np.float64)
        price = np.zeros((cadres, len(self._goals)), dtype=np.int64)
        office_of = self._tables.office_of
        for cadre in range(cadres):
            penalty[cadre] = evaluate(cadre, members[cadre], size[cadre], office_of, self._tables.limits, self._tables.prices,
                                      self._tables.facts, self._tables.day, price[cadre])
        counts = np.zeros(len(self._tables.compiled.row_lower), dtype=np.int64)
        for number, row in enumerate(self._tables.compiled.rows):
            for block in row.blocks:
                counts[number] += int(np.isin(holders[block.sites], block.cadres).sum())
        rows_off = (np.maximum(0, self._tables.compiled.row_lower - counts)
                    + np.maximum(0, counts - self._tables.compiled.row_upper)).sum()
        constants = np.array([goal.constant(self._tables.compiled.problem) for goal in self._goals], dtype=np.int64)
        total = np.array([penalty.sum() + rows_off], dtype=np.float64)
        return holders, members, size, penalty, price, counts, price.sum(axis=0) + constants, total

    @staticmethod
    def _value(state: tuple[Any, ...], aims: tuple[Any, ...]) -> float:
        return float(objective(state[6], state[7][0], aims))
