"""The plan of a city from prices that its areas agree on: a dive over the whole, then groups and exchanges.

A dive looks at all caseloads of the city at once, so that as many committees go to a neighbourhood as it has cadres for.
What it leaves open is given to somebody by a short annealing in groups of neighbours. A committee too many in one group
and a cadre without one in another are brought together by an exact exchange over the whole city
(``planner.engines.exchange``). Then windows among the known caseloads lower the cost, group by group, and again in groups
that lie across the borders of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.area_parts import KnownColumns, Prices, RowBounds, RowKey, name_of
from planner.area_search import GroupChosen, choose_in_group, complete_in_group, offers_in_group
from planner.assignment import Effort
from planner.engines.agreement import NEVER, Agreement
from planner.engines.dive import SETTINGS, dive
from planner.engines.exchange import cheapest_exchange
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.partition import Area, groups_of, in_proportion
from planner.processes import Workers
from planner.rules import DISTRICT_RULES
from planner.rules.base import Row

CUTS: Final = (0.5, 0.35)
"""Where groups across the areas' borders are cut, again and again: the second are across the borders of the first."""


@dataclass
class CityChoice:
    """One choice of caseloads for a whole city; holders (s): cadre or -1."""

    problem: Problem
    areas: Sequence[Area]
    workers: Workers
    agreement: Agreement
    effort: Effort
    seed: int
    holders: IntArray

    def __post_init__(self) -> None:
        """Nothing is known to be legal."""
        self._broken: BoolArray = np.ones(len(self.problem.district.cadres), dtype=np.bool_)

    def begin(self, caps: Mapping[int, int]) -> None:
        """A plan to begin with under ``caps``: complete, and legal or nearly."""
        self.holders = self._dived()
        groups = self._groups(0)
        tasks = [(group, name, self.holders[group.sites], bounds, caps, self.seed + number, self.effort)
                 for number, (group, name, bounds) in enumerate(self._with_rooms(groups))]
        self._take(groups, self.workers.run(complete_in_group, tasks))
        if self._broken.any():
            self.exchange(caps)

    def improve(self, caps: Mapping[int, int], cuts: int) -> bool:
        """Mend and better the plan area by area, and ``cuts`` times in other groups, too; what is not legal is mended in all of them.

        Returns whether it is legal and complete.
        """
        self._improve(caps, 0)
        if self._broken.any():
            self.exchange(caps)
            self._improve(caps, 0, mends=True)
        for number in range(1, 1 + len(CUTS)):
            if number <= cuts or self._broken.any():
                self._improve(caps, number, mends=number > cuts)
        return not self._broken.any()

    def _improve(self, caps: Mapping[int, int], cut: int, *, mends: bool = False) -> None:
        """Work in the groups of a cut; where it only ``mends``, in those alone where something is or may be broken."""
        if self.workers.stopped:
            return
        groups = self._groups(cut)
        with_rooms = self._with_rooms(groups)
        unsettled = self._unsettled(with_rooms) if mends else range(len(groups))
        chosen = [(number, *with_rooms[number]) for number in unsettled]
        tasks = [(group, name, self.holders[group.sites], bounds, caps, Prices(self.agreement.sites[group.sites], self.agreement.rows),
                  self._known(group), self.seed + number, self.effort, mends) for number, group, name, bounds in chosen]
        self._take([groups[one[0]] for one in chosen], self.workers.run(choose_in_group, tasks))

    def _unsettled(self, groups: Sequence[tuple[Area, str, RowBounds]]) -> list[int]:
        """The groups in which something is or may be broken, is open, or does not fit into the group's room in a row."""
        strained = strained_groups(self.problem, self.holders, [one[0] for one in groups], [one[2] for one in groups])
        return [number for number, (group, _, _) in enumerate(groups)
                if number in strained or self._broken[group.cadres].any() or (self.holders[group.sites] < 0).any()]

    def _groups(self, cut: int) -> list[tuple[Area, str]]:
        """All cadres with what they hold, in groups, and by what name the group's travel times are kept (none: they are not).

        The first are the areas, where nearly all that their cadres may hold has been looked at; then those across borders.
        """
        if cut:
            return [(group, "") for group in groups_of(self.problem, self.holders, share=CUTS[cut - 1])]
        cadre_area, site_area = np.zeros(len(self.problem.district.cadres), dtype=np.int64), np.zeros(len(self.holders), dtype=np.int64)
        for number, area in enumerate(self.areas):
            cadre_area[area.cadres], site_area[area.sites] = number, number
        where = np.where(self.holders < 0, site_area, cadre_area[self.holders])
        return [(Area(area.cadres, np.flatnonzero(where == number)), name_of(area)) for number, area in enumerate(self.areas)]

    def _with_rooms(self, groups: Sequence[tuple[Area, str]]) -> list[tuple[Area, str, RowBounds]]:
        bounds = rooms_of(self.problem, self.holders, [group for group, _ in groups])
        return [(group, name, own) for (group, name), own in zip(groups, bounds, strict=True)]

    def _dived(self) -> IntArray:
        """The holders (s) that a dive over all good caseloads of the city finds; it leaves some sites open."""
        columns = self.agreement.divable(self.effort.value.pool_seconds)
        return np.asarray(dive(self.agreement.sites, *columns, *SETTINGS[0]), dtype=np.int64)

    def exchange(self, caps: Mapping[int, int]) -> None:
        """Committees change hands wherever that is cheapest or mends something, all other sites staying where they are.

        So do those that a row cannot spare where they are. Nothing is done where somebody may hold several.
        """
        if self.workers.stopped or self.problem.policy.max_committees_per_cadre != 1:
            return
        groups = self._groups(0)
        moves = self.problem.arrays.is_committee & ~needed_where_they_are(self.problem, self.holders, [group for group, _ in groups])
        committees = np.flatnonzero(moves)
        held = committees[self.holders[committees] >= 0]
        near = self.agreement.partners(committees, (self.holders[held], held))
        prices = Prices(np.zeros(0), self.agreement.rows)
        tasks = []
        for group, name in groups:
            stays = group.sites[(self.holders[group.sites] >= 0) & ~moves[group.sites]]
            tasks.append((Area(group.cadres, stays), name, self.holders[stays], near[group.cadres], group.sites[moves[group.sites]],
                          prices, caps, self.seed, self.effort))
        offers = self.workers.run(offers_in_group, tasks)
        if not self.workers.stopped:
            who, what, price = (np.concatenate(part) for part in zip(*offers, strict=True))
            before, after = self.holders[committees], cheapest_exchange(len(near), committees, (who, what, price))
            touched = np.unique(np.concatenate([before[before != after], after[before != after]]))
            self._broken[touched[touched >= 0]] = True  # or not: nobody has looked
            self.holders[committees] = after

    def _take(self, groups: Sequence[tuple[Area, str]], chosen: Sequence[GroupChosen]) -> None:
        """Hold what was chosen in the groups, and note in which of them something is not legal or not complete."""
        for (group, _), one in zip(groups, chosen, strict=True):
            self.holders[group.sites] = one.holders
            self._broken[group.cadres] = not one.legal

    def _known(self, group: Area) -> KnownColumns:
        """The good known caseloads of a group's cadres inside it."""
        margin = max(self.effort.value.margin_seconds, self.effort.value.pool_seconds)
        return self.agreement.near_columns(group.cadres, group.sites, margin, self.holders[group.sites])


@dataclass(frozen=True)
class _SharedRow:
    """One row of a rule: its part in every group that has one (group, row), and the pairs of it held there."""

    key: RowKey
    parts: tuple[tuple[int, Row], ...]
    counts: list[int]


def _shared_rows(problem: Problem, holders: IntArray, groups: Sequence[Area]) -> Iterator[_SharedRow]:
    """The rows of all rules, in order, as ``groups`` share them under ``holders`` (s; cadre or -1)."""
    pairings = [pairings_of(problem, holders, group.sites) for group in groups]
    for rule in DISTRICT_RULES:
        if rule.partition:
            continue
        rows = [{row.subjects: row for row in rule.rows(problem.part(group.cadres, group.sites, problem.travel))}
                for group in groups]
        held = [rule.tally(own, problem) for own in pairings]
        for subjects in sorted({subjects for own in rows for subjects in own}):
            parts = tuple((number, own[subjects]) for number, own in enumerate(rows) if subjects in own)
            yield _SharedRow((rule.id, *subjects), parts, [held[number].get(subjects, 0) for number, _ in parts])


def rooms_of(problem: Problem, holders: IntArray, groups: Sequence[Area]) -> list[RowBounds]:
    """Bounds for every group's share of every row: what it holds now (``holders`` (s)), and an equal part of the room left.

    Where the groups together hold too many, each has to give back its part.
    """
    bounds: list[dict[RowKey, tuple[int, int]]] = [{} for _ in groups]
    for shared in _shared_rows(problem, holders, groups):
        counts, users = shared.counts, len(shared.counts)
        total, row = sum(counts), shared.parts[0][1]
        upper, lower = row.upper, row.lower or 0
        most = [NEVER] * users
        if upper is not None:
            most = in_proportion(upper, counts) if total > upper else [one + (upper - total) // users for one in counts]
        for (number, _), count, top in zip(shared.parts, counts, most, strict=True):
            least = count + lower - total if lower > total else max(0, count - (total - lower) // users) if lower else 0
            bounds[number][shared.key] = least, top
    return list(bounds)


def strained_groups(problem: Problem, holders: IntArray, groups: Sequence[Area], bounds: Sequence[RowBounds]) -> set[int]:
    """The groups that hold less or more of some row than ``bounds`` (of ``rooms_of``) let them."""
    return {number for shared in _shared_rows(problem, holders, groups)
            for (number, _), count in zip(shared.parts, shared.counts, strict=True)
            if not bounds[number][shared.key][0] <= count <= bounds[number][shared.key][1]}


def needed_where_they_are(problem: Problem, holders: IntArray, groups: Sequence[Area]) -> BoolArray:
    """Sites (s) whose holder a row at its lower bound, or below it, cannot spare."""
    needed = np.zeros(len(holders), dtype=np.bool_)
    for shared in _shared_rows(problem, holders, groups):
        if sum(shared.counts) > (shared.parts[0][1].lower or 0):
            continue
        for number, row in shared.parts:
            group = groups[number]
            for block in row.blocks:
                sites = group.sites[block.sites]
                needed[sites[np.isin(holders[sites], group.cadres[block.cadres])]] = True
    return needed


def pairings_of(problem: Problem, holders: IntArray, sites: IntArray) -> list[Pairing]:
    """The pairings of some sites under ``holders`` (s; cadre or -1)."""
    district = problem.district
    return [Pairing(district.cadres[holders[site]].id, district.sites[site].id) for site in sites if holders[site] >= 0]
