"""Agreement among areas: one set of dual values for a whole city, and the bound that it proves.

The areas' columns form one pool; the dual values of their sites, put side by side, are where the ascent of
``lagrangian.dual_ascent`` begins. A row that several areas share has one dual value here, as it is one row. The bound

    sum of pi + sum over rows of (mu * lower or mu * upper) + sum over cadres of the least reduced cost

holds for the whole city once the least reduced cost is taken over all legal caseloads (``area_search.price_area``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from planner.engines.column_generation import first_of_each
from planner.engines.lagrangian import dual_ascent
from planner.engines.tables import FloatArray
from planner.facts.problem_arrays import IntArray

ASCENT_ROUNDS: Final = 300
STEP: Final = 0.5

RISES: Final = (0.3, 0.1, 0.03, 0.01)
"""By how much of itself a step of the ascent aims to raise the bound: far first, since one price that is wrong at a border
can cost a third of it, then nearer."""

CANDIDATES: Final = 12
"""Dual values tried for a row that several areas share."""

NEVER: Final = 10**9
"""From this number on, an upper bound of a row is open."""

RowKey = tuple[str, ...]


class Agreement:
    """The pool of a city's columns, with dual values of sites (s) and of rows, by key."""

    def __init__(self, cadres: int, site_dual: FloatArray, rows: Mapping[RowKey, tuple[int, int]],
                 row_dual: Mapping[RowKey, float]) -> None:
        self._cadres = cadres
        self.sites: FloatArray = site_dual.copy()
        self._keys = sorted(rows)
        self._number = {key: number for number, key in enumerate(self._keys)}
        self._lower = np.array([rows[key][0] for key in self._keys], dtype=np.int64)
        self._upper = np.array([rows[key][1] for key in self._keys], dtype=np.int64)
        self._duals = np.array([row_dual.get(key, 0.0) for key in self._keys], dtype=np.float64)
        self._cadre: IntArray = np.zeros(0, dtype=np.int64)
        self._members: IntArray = np.zeros((0, 0), dtype=np.int64)
        self._rows: IntArray = np.zeros((0, 0), dtype=np.int64)
        self._cost: FloatArray = np.zeros(0, dtype=np.float64)

    @property
    def rows(self) -> dict[RowKey, float]:
        """Dual values other than 0."""
        return {key: float(dual) for key, dual in zip(self._keys, self._duals, strict=True) if dual}

    def add(self, batches: Iterable[tuple[IntArray, IntArray, FloatArray, IntArray, tuple[RowKey, ...]]]) -> int:
        """Add columns (cadre, sites, cost, rows, keys of the rows); returns how many were new."""
        parts = [(self._cadre, self._members, self._cost, self._rows)]
        for cadre, members, cost, rows, keys in batches:
            number = np.array([*(self._number.get(key, -1) for key in keys), -1], dtype=np.int64)
            renumbered = number[rows] if rows.size else rows
            parts.append((cadre, members, cost, -np.sort(-renumbered, axis=1)))
        before = len(self._cadre)
        width = max(part[1].shape[1] for part in parts)
        row_width = max(1, *(part[3].shape[1] for part in parts))
        members = np.vstack([_widened(part[1], width) for part in parts])
        cadre = np.concatenate([part[0] for part in parts])
        first = first_of_each(np.column_stack([cadre, members]))
        self._cadre, self._members = cadre[first], np.ascontiguousarray(members[first])
        self._cost = np.concatenate([part[2] for part in parts])[first]
        self._rows = np.ascontiguousarray(np.vstack([_widened(part[3], row_width) for part in parts])[first])
        return len(self._cadre) - before

    def choose(self, candidates: Mapping[RowKey, list[float]]) -> None:
        """Give each of some rows the best of several dual values, judged by the pool's bound, one row after the other."""
        for key, values in sorted(candidates.items()):
            distinct = np.unique([0.0, *values])
            few = distinct[np.unique(np.linspace(0, len(distinct) - 1, CANDIDATES).round().astype(int))]
            number = self._number[key]
            bounds = []
            for value in few:
                self._duals[number] = value
                bounds.append(self.base() + float(self.least().sum()))
            self._duals[number] = few[int(np.argmax(bounds))]

    def ascend(self, radius_seconds: FloatArray) -> float:
        """Improve the dual values on the pool; returns the pool's bound (s, without the constant).

        The dual values of sites move by at most ``radius_seconds`` (s): the pool knows little of values far away.
        """
        start = np.searchsorted(self._cadre, np.arange(self._cadres + 1)).astype(np.int64)
        centre, bound = self.sites.copy(), self.base() + float(self.least().sum())
        for rise in RISES:
            bound = float(dual_ascent(ASCENT_ROUNDS, STEP, bound + rise * abs(bound), self.sites, self._duals, start, self._cost,
                                      self._members, self._rows, self._lower, self._upper, NEVER, centre, radius_seconds))
        return bound

    def nearby(self, radius_seconds: float, beyond: FloatArray, reached: Sequence[tuple[IntArray, IntArray]], largest: int) -> float:
        """Improve the dual values of sites within a radius, rows as they are; returns the bound they prove (s, without the constant).

        Proven without another pass: a caseload's reduced cost falls by no more than the sum of what its sites gain, so those that
        are not in the pool stay above ``beyond`` (c) less the greatest gains of as many sites as the ``largest`` caseload holds.
        ``reached``: cadres, and all sites that they may hold.
        """
        before, none = self.sites.copy(), np.zeros(0, dtype=np.int64)
        start = np.searchsorted(self._cadre, np.arange(self._cadres + 1)).astype(np.int64)
        cost = self._cost - np.append(self._duals, 0.0)[self._rows].sum(axis=1)
        no_rows = np.full((len(cost), 1), -1, dtype=np.int64)
        target = float(self.sites.sum() + self.least().sum())
        for rise in RISES[1:]:
            target = float(dual_ascent(ASCENT_ROUNDS, STEP, target + rise * abs(target), self.sites, np.zeros(0), start, cost,
                                       self._members, no_rows, none, none, NEVER, before, radius_seconds))
        gain = np.maximum(0.0, self.sites - before)
        least = self.least()
        for cadres, sites in reached:
            least[cadres] = np.minimum(least[cadres], beyond[cadres] - float(np.sort(gain[sites])[::-1][:largest].sum()))
        return self.base() + float(least.sum())

    def recall(self, site_dual: FloatArray, row_dual: Mapping[RowKey, float]) -> None:
        """Go back to dual values known before."""
        self.sites = site_dual.copy()
        self._duals = np.array([row_dual.get(key, 0.0) for key in self._keys], dtype=np.float64)

    def near_columns(self, cadres: IntArray, sites: IntArray, margin_seconds: float,
                     holders: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Columns (cadre, sites, cost) of some cadres over some sites alone: the good ones, and those held.

        Good is a reduced cost within ``margin_seconds`` of the cadre's least; ``holders``: who holds the given sites now.
        """
        first, after = np.searchsorted(self._cadre, cadres), np.searchsorted(self._cadre, cadres, side="right")
        own = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(*ends) for ends in zip(first, after, strict=True))])
        reduced = self._reduced(own)
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self._cadre[own], reduced)
        members = self._members[own]
        inside = np.isin(members, np.append(sites, -1)).all(axis=1)
        position = np.searchsorted(sites, np.maximum(members, 0)) % max(1, len(sites))
        held_by_him = (holders[position] == self._cadre[own][:, None]) | (members < 0)
        size = (members >= 0).sum(axis=1)
        total = np.bincount(holders[holders >= 0], minlength=self._cadres)
        is_held = held_by_him.all(axis=1) & (size == total[self._cadre[own]])
        near = reduced <= least[self._cadre[own]] + margin_seconds
        chosen = own[inside & (near | is_held)]
        return self._cadre[chosen], self._members[chosen], self._cost[chosen]

    def divable(self, margin_seconds: float) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """All good columns as `dive` takes them: cadre, sites, cost less row duals, and where every cadre's begin (c + 1)."""
        near = self._reduced() <= self.least()[self._cadre] + margin_seconds
        cadre = self._cadre[near]
        priced = self._cost[near] - np.append(self._duals, 0.0)[self._rows[near]].sum(axis=1)
        start = np.searchsorted(cadre, np.arange(self._cadres + 1)).astype(np.int64)
        return cadre, np.ascontiguousarray(self._members[near]), priced, start

    def partners(self, sites: IntArray, others: tuple[IntArray, IntArray]) -> IntArray:
        """Which of some ``sites`` every cadre is known to go with: (c, n), ascending, -1 padded.

        Those of his columns, and of pairs (cadres, sites) beside them.
        """
        column, place = np.nonzero(np.isin(self._members, sites))
        who = np.concatenate([self._cadre[column], others[0]])
        pairs = np.unique(np.column_stack([who, np.concatenate([self._members[column, place], others[1]])]), axis=0)
        start = np.searchsorted(pairs[:, 0], np.arange(self._cadres + 1))
        table = np.full((self._cadres, max(1, int(np.diff(start).max(initial=1)))), -1, dtype=np.int64)
        table[pairs[:, 0], np.arange(len(pairs)) - start[pairs[:, 0]]] = pairs[:, 1]
        return table

    def _reduced(self, which: IntArray | slice = slice(None)) -> FloatArray:
        """Reduced cost of some columns, or of every one."""
        return np.asarray(self._cost[which] - np.append(self.sites, 0.0)[self._members[which]].sum(axis=1)
                          - np.append(self._duals, 0.0)[self._rows[which]].sum(axis=1), dtype=np.float64)

    def least(self) -> FloatArray:
        """Least reduced cost of every cadre's columns (c), inf without a column."""
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self._cadre, self._reduced())
        return least

    def base(self) -> float:
        """The part of the bound that no cadre is asked for."""
        lower = np.where(self._duals > 0, self._duals * self._lower, 0.0)
        upper = np.where(self._duals < 0, self._duals * self._upper, 0.0)
        return float(self.sites.sum() + lower.sum() + upper.sum())


def _widened(table: IntArray, width: int) -> IntArray:
    return np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=-1)
