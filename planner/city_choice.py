"""The plan of a city from prices that its areas agree on: a dive over the whole, then groups and exchanges.

A dive looks at all caseloads of the city at once, so that as many committees go to a neighbourhood as it has cadres for.
What it leaves open is given to somebody by a short annealing in groups of neighbours. A committee too many in one group
and a cadre without one in another are brought together by an exact exchange over the whole city
(``planner.engines.exchange``). Then windows among the known caseloads lower the cost, group by group, and again in groups
that lie across the borders of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.area_parts import KnownColumns, Prices, RowBounds, RowKey
from planner.area_search import GroupChosen, choose_in_group, complete_in_group, offers_in_group
from planner.assignment import Effort
from planner.engines.agreement import NEVER, Agreement
from planner.engines.dive import SETTINGS, dive
from planner.engines.exchange import cheapest_exchange
from planner.engines.tables import FloatArray
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.partition import Area, groups_of, in_proportion, middles_of
from planner.processes import Workers
from planner.rules import DISTRICT_RULES

CUTS: Final = (0.5, 0.35)
"""Where groups are cut, again and again: the second are across the borders of the first."""

OFFERED_SITES: Final = 40
"""Sites near what a cadre holds that an exchange could give him."""

_BLOCK: Final = 256
"""Cadres whose nearest sites are looked for at once."""

NOBODY: Final = np.zeros(0, dtype=np.int64)


@dataclass
class CityChoice:
    """One choice of caseloads for a whole city; holders (s): cadre or -1."""

    problem: Problem
    workers: Workers
    agreement: Agreement
    effort: Effort
    seed: int
    holders: IntArray

    def begin(self, caps: Mapping[int, int]) -> None:
        """A plan to begin with under ``caps``: legal and complete, or nearly."""
        self.holders = self._dived()
        illegal = self._complete(caps)
        if len(illegal) and not self.workers.stopped and self.problem.policy.max_committees_per_cadre == 1:
            self.exchange(caps)

    def improve(self, caps: Mapping[int, int], share: float, only: IntArray | None = None) -> IntArray:
        """Mend and better the groups of one cut, or those that hold a cadre of ``only``; the cadres of those still not legal."""
        groups = groups_of(self.problem, self.holders, share=share)
        rooms = rooms_of(self.problem, self.holders, groups)
        asked = [number for number, group in enumerate(groups) if only is None or np.isin(group.cadres, only).any()]
        prices = self.agreement.sites, self.agreement.rows
        tasks = [(groups[number], self.holders[groups[number].sites], rooms[number], caps,
                  Prices(prices[0][groups[number].sites], prices[1]), self._known(groups[number]), self.seed + number,
                  self.effort) for number in asked]
        return self._take([groups[number] for number in asked], self.workers.run(choose_in_group, tasks))

    def _dived(self) -> IntArray:
        """The holders (s) that a dive over all good caseloads of the city finds; it leaves some sites open."""
        columns = self.agreement.divable(self.effort.value.pool_seconds)
        return np.asarray(dive(self.agreement.sites, *columns, *SETTINGS[0]), dtype=np.int64)

    def _complete(self, caps: Mapping[int, int]) -> IntArray:
        """Give open sites to somebody, group by group."""
        groups = groups_of(self.problem, self.holders, share=CUTS[0])
        tasks = [(group, self.holders[group.sites], bounds, caps, self.seed + number, self.effort)
                 for number, (group, bounds) in enumerate(zip(groups, rooms_of(self.problem, self.holders, groups), strict=True))]
        return self._take(groups, self.workers.run(complete_in_group, tasks))

    def exchange(self, caps: Mapping[int, int]) -> None:
        """Committees change hands wherever that is cheapest or mends something, all other sites staying where they are."""
        committees = np.flatnonzero(self.problem.arrays.is_committee)
        at, place = middles_of(self.problem, self.holders)
        near = committees[nearest(at, place[committees], OFFERED_SITES)]
        near = np.column_stack([near, self._own(committees, near)])
        prices = Prices(np.zeros(0), self.agreement.rows)
        groups = groups_of(self.problem, self.holders, share=CUTS[0])
        tasks = []
        for group in groups:
            stays = group.sites[(self.holders[group.sites] >= 0) & ~self.problem.arrays.is_committee[group.sites]]
            tasks.append((Area(group.cadres, stays), self.holders[stays], near[group.cadres], prices, caps,
                          self.seed, self.effort))
        offers = self.workers.run(offers_in_group, tasks)
        if not self.workers.stopped:
            who, what, price = (np.concatenate(part) for part in zip(*offers, strict=True))
            self.holders[committees] = cheapest_exchange(len(at), committees, (who, what, price))

    def _own(self, committees: IntArray, near: IntArray) -> IntArray:
        """For every cadre (c, 1), a committee that he holds now and that is not among the ``near`` (c, n), else -1."""
        own = np.full(len(near), -1, dtype=np.int64)
        held = committees[self.holders[committees] >= 0]
        own[self.holders[held]] = held
        own[(near == own[:, None]).any(axis=1)] = -1
        return own[:, None]

    def _take(self, groups: Sequence[Area], chosen: Sequence[GroupChosen]) -> IntArray:
        for group, one in zip(groups, chosen, strict=True):
            self.holders[group.sites] = one.holders
        return np.concatenate([NOBODY, *(group.cadres for group, one in zip(groups, chosen, strict=True) if not one.legal)])

    def _known(self, group: Area) -> KnownColumns:
        """The good known caseloads of a group's cadres inside it."""
        margin = max(self.effort.value.margin_seconds, self.effort.value.pool_seconds)
        return self.agreement.near_columns(group.cadres, group.sites, margin, self.holders[group.sites])


def rooms_of(problem: Problem, holders: IntArray, groups: Sequence[Area]) -> list[RowBounds]:
    """Bounds for every group's share of every row: what it holds now (``holders`` (s)), and an equal part of the room left.

    Where the groups together hold too many, each has to give back its part.
    """
    pairings = [pairings_of(problem, holders, group.sites) for group in groups]
    bounds: list[dict[RowKey, tuple[int, int]]] = [{} for _ in groups]
    for rule in DISTRICT_RULES:
        if rule.partition:
            continue
        rows = [{row.subjects: row for row in rule.rows(problem.part(group.cadres, group.sites, problem.travel))}
                for group in groups]
        held = [rule.tally(own, problem) for own in pairings]
        for subjects in sorted({subjects for own in rows for subjects in own}):
            users = [number for number, own in enumerate(rows) if subjects in own]
            counts = [held[number].get(subjects, 0) for number in users]
            total, row = sum(tally.get(subjects, 0) for tally in held), rows[users[0]][subjects]
            upper, lower = row.upper, row.lower or 0
            most = [NEVER] * len(users)
            if upper is not None:
                most = in_proportion(upper, counts) if total > upper else [one + (upper - total) // len(users) for one in counts]
            for number, count, top in zip(users, counts, most, strict=True):
                least = count + lower - total if lower > total else max(0, count - (total - lower) // len(users)) if lower else 0
                bounds[number][(rule.id, *subjects)] = least, top
    return list(bounds)


def nearest(at: FloatArray, place: FloatArray, count: int) -> IntArray:
    """Up to ``count`` of the places (n, 2) nearest to each of the points (c, 2): (c, count), in any order."""
    most = min(count, len(place))
    if most == len(place):
        return np.tile(np.arange(most), (len(at), 1))
    blocks = (((at[start:start + _BLOCK, None] - place) ** 2).sum(axis=2) for start in range(0, len(at), _BLOCK))
    return np.concatenate([np.argpartition(block, most, axis=1)[:, :most] for block in blocks])


def pairings_of(problem: Problem, holders: IntArray, sites: IntArray) -> list[Pairing]:
    """The pairings of some sites under ``holders`` (s; cadre or -1)."""
    district = problem.district
    return [Pairing(district.cadres[holders[site]].id, district.sites[site].id) for site in sites if holders[site] >= 0]
