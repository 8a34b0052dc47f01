"""Legal caseloads listed: what small models choose among, one batch for all cadres, priced by the compiled loops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.engines.column_generation import ascending, first_of_each
from planner.engines.compiled import CompiledProblem
from planner.engines.tables import KernelTables, caseload_prices
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules import COST, GOAL_BY_ID
from planner.rules.base import CaseloadRule
from planner.rules.caseloads import Caseloads

Drafts = tuple[int, IntArray]
"""Caseloads of one cadre that may be legal or not: his index, sites (m, k; -1 padded, in any order)."""


@dataclass(frozen=True)
class Columns:
    """Caseloads: cadre (n), sites (n, k; ascending, -1 padded), price (n) in seconds without the goals' constant, changes (n).

    ``worst`` (n) is the cadre's load against his fair share in tenths of a per cent.
    """

    cadre: IntArray
    sites: IntArray
    price: IntArray
    changes: IntArray
    worst: IntArray

    def of(self, which: NDArray[Any]) -> Columns:
        """Some of them, by number or by mask."""
        return Columns(*(getattr(self, one.name)[which] for one in fields(self)))

    def __len__(self) -> int:
        """How many."""
        return len(self.cadre)


class Lister:
    """Lists the legal ones among drafts of caseloads, with prices; ``width`` is the most sites that a caseload can hold."""

    def __init__(self, compiled: CompiledProblem) -> None:
        self._compiled = compiled
        self._tables = KernelTables(compiled)
        weights = COST.seconds_per_unit(compiled.problem.policy)
        self._cost = self._tables.cost(tuple(float(weights.get(goal.id, 0)) for goal in compiled.rules.goals))
        self._further = [rule for rule in compiled.rules.caseload_rules  # what the tables cannot hold
                         if not rule.day and type(rule).admits is not CaseloadRule.admits]
        self.width = self._tables.largest_caseload()

    def legal(self, drafts: Iterable[Drafts]) -> Columns:
        """The legal ones, each once, by cadre and sites; cheap tests first. ``changes`` stand as 0."""
        parts = [(np.full(len(sites), who, dtype=np.int64), _filled(sites, self.width)) for who, sites in drafts]
        cadre = np.concatenate([np.zeros(0, dtype=np.int64), *(one for one, _ in parts)])
        sites = np.concatenate([np.zeros((0, self.width), dtype=np.int64), *(one for _, one in parts)])
        keeps = self._keep_limits(cadre, sites)
        cadre, sites = cadre[keeps], ascending(sites[keeps])
        first = first_of_each(np.column_stack([cadre, sites]))
        cadre, sites = cadre[first], sites[first]
        price, illegality = caseload_prices(self._tables, self._cost, cadre, sites)
        legal = illegality == 0
        cadre, sites, price = cadre[legal], sites[legal], price[legal]
        worst, admitted = np.zeros(len(cadre), dtype=np.int64), np.ones(len(cadre), dtype=np.bool_)
        fair, ends = GOAL_BY_ID["fairness"], np.searchsorted(cadre, np.arange(len(self._compiled.allowed) + 1))
        for who in np.unique(cadre):
            own = slice(ends[who], ends[who + 1])
            caseloads = Caseloads(self._compiled.problem, int(who), sites[own])
            worst[own] = fair.price(caseloads)
            for rule in self._further:
                admitted[own] &= rule.admits(caseloads)
        return Columns(cadre, sites, np.rint(price).astype(np.int64), np.zeros(len(cadre), dtype=np.int64), worst).of(admitted)

    def _keep_limits(self, cadre: IntArray, sites: IntArray) -> BoolArray:
        """Which caseloads (n) hold no pair that is struck out and keep every limit on a sum."""
        compiled = self._compiled
        keeps = np.pad(compiled.allowed, ((0, 0), (0, 1)), constant_values=True)[cadre[:, None], sites].all(axis=1)
        weights = np.pad(compiled.weights, ((0, 1), (0, 1)))  # vector -1, no limit, reads the last, which weighs nothing
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            total = weights[vector[:, None], sites].sum(axis=1)
            lower, upper = compiled.limit_lower[cadre, limit], compiled.limit_upper[cadre, limit]
            keeps &= (vector < 0) | ((lower <= total) & (total <= upper))
        return np.asarray(keeps, dtype=np.bool_)


def _filled(sites: IntArray, width: int) -> IntArray:
    """The same caseloads in a table of ``width``."""
    return np.pad(sites, ((0, 0), (0, width - sites.shape[1])), constant_values=-1)


def widened(held: IntArray, added: IntArray, width: int) -> IntArray:
    """``held`` sites and a set of further ones of each row of ``added`` (m, k; -1 padded): those of ``width`` sites at most."""
    fits = len(held) + (added >= 0).sum(axis=1) <= width
    table = np.hstack([np.broadcast_to(held, (int(fits.sum()), len(held))), added[fits]])
    return table[:, :width]


def subsets(sites: IntArray, most: int) -> IntArray:
    """All sets (m, k; -1 padded) of up to ``most`` of the sites, the empty one first."""
    most = min(most, len(sites))
    sets = [one for size in range(most + 1) for one in combinations(sites.tolist(), size)]
    return np.array([one + (-1,) * (most - len(one)) for one in sets], dtype=np.int64).reshape(len(sets), most)


def joined(parts: list[Columns], kept: IntArray, width: int) -> Columns:
    """All columns, each once; a change is a site that its cadre of ``kept`` (s; -1: nobody's) does not hold."""
    empty = np.zeros(0, dtype=np.int64)
    parts = [Columns(empty, np.zeros((0, width), dtype=np.int64), empty, empty, empty), *parts]
    cadre, sites = np.concatenate([one.cadre for one in parts]), np.concatenate([one.sites for one in parts])
    first = first_of_each(np.column_stack([cadre, sites]))
    cadre, sites = cadre[first], sites[first]
    held = np.bincount(kept[kept >= 0], minlength=int(cadre.max(initial=0)) + 1)
    changes = held[cadre] - (np.append(kept, -2)[sites] == cadre[:, None]).sum(axis=1)
    return Columns(cadre, sites, np.concatenate([one.price for one in parts])[first], changes.astype(np.int64),
                   np.concatenate([one.worst for one in parts])[first])
