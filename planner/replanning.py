"""Change inside a term: cadres leave or join, sites close, move or join, pins change. Fewest changes first.

A pairing of the plan in force can be *kept* where its cadre still takes part, its site is still there and no rule forbids
the pair. A *change* is a pairing that could be kept and is not. Sites without a holder have to be placed; that is no change.

The fewest changes are sought level by level (`_levels`): first nobody gives up anything, so no change is a proof in itself;
then one step at a time, first by cadres near the sites in need alone, which is enough where a bound says that nothing less is
possible. A flow over places (`least_moves`) bounds the number from below whatever the level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations

import numpy as np

from planner.artefacts.handover import Handover, HandoverReason
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import FAIRNESS_STEPS, Effort, Progress
from planner.engines.compiled import CompiledProblem
from planner.engines.listing import Columns, Drafts, Lister, joined, subsets, widened
from planner.engines.places import least_moves, shortage
from planner.engines.selection import Selection, impossible, select
from planner.engines.spare_places import least_changes
from planner.facts.district import Pairing
from planner.facts.liaison_days import liaison_days
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules import GOAL_BY_ID
from planner.text import Text

OPEN_CHANGES = 1_000.0
"""What a site without a holder weighs beside one change while the fewest changes are sought."""

NARROW = 1
"""The level at which only cadres near the sites in need give sites up; what it finds counts where nothing less is possible."""

NEAR_GIVERS = 12
"""How many cadres near a site in need give sites up in that level."""

NEAR_TAKERS = 12
"""To how many near cadres a site may move in the levels that give sites up."""

OPEN_SECONDS = 100_000.0
"""What a site without a stand-in weighs beside the cost."""

CAP_NODES = 500
"""Nodes of the solver's tree before a cap on the worst case is given up for the next."""

GAP_SECONDS = 30.0
"""How near to the cheapest choice with the fewest changes the search ends."""

KINDS = (True, False)
"""Committees, then enterprises: places for one kind are never places for the other."""


@dataclass(frozen=True)
class Replanned:
    """A plan for the rest of the term, and what is known of its number of changes.

    ``forced`` are pairings of the plan in force that cannot be kept. ``changes`` could have been kept and are not;
    no plan changes fewer than ``least_changes``, by the argument ``proved_by``.
    """

    plan: Plan
    forced: tuple[Pairing, ...]
    changes: tuple[Pairing, ...]
    least_changes: int
    proved_by: Text

    @property
    def proved(self) -> bool:
        """Nothing changes less."""
        return len(self.changes) == self.least_changes


@dataclass(frozen=True)
class Standing:
    """What stands of a plan in force: ``kept`` (s) the cadre who may go on, -1 for a site to be placed; and what cannot stay."""

    kept: IntArray
    forced: tuple[Pairing, ...]

    @classmethod
    def of(cls, compiled: CompiledProblem, current: Plan) -> Standing:
        """Read a plan that may name cadres and sites who are gone."""
        problem = compiled.problem
        kept = np.full(len(problem.district.sites), -1, dtype=np.int64)
        forced = []
        for pairing in current.pairings:
            cadre, site = problem.cadre_index.get(pairing.cadre_id), problem.site_index.get(pairing.site_id)
            if cadre is None or site is None or not problem.arrays.capacity_percent[cadre] or not compiled.allowed[cadre, site]:
                forced.append(pairing)
            else:
                kept[site] = cadre
        return cls(kept, tuple(forced))


def replan(problem: Problem, current: Plan, provenance: Provenance, seed: int, *, max_changes: int | None = None,
           effort: Effort = Effort.QUICK, keep_going: Callable[[Progress], bool] = lambda _: True) -> Replanned | None:
    """The plan with the fewest changes and, among those, the least cost; with ``max_changes``, the least cost within them.

    None where no legal plan was found with the changes that were tried; the caller may plan anew or ask for a diagnosis.
    """
    compiled = CompiledProblem.of(problem)
    search = FewestChanges(compiled, Standing.of(compiled, current))
    fewest = search.run()
    if fewest is None:
        return None
    holders = fewest.holders
    if max_changes is not None and max_changes > fewest.changes:
        from planner.change_budget import within_budget  # noqa: PLC0415 - heavy, and seldom needed

        holders = within_budget(compiled, search.standing.kept, holders, max_changes, search.load_upper, seed, effort, keep_going)
    district = problem.district
    pairings = [Pairing(district.cadres[cadre].id, district.sites[site].id) for site, cadre in enumerate(holders)]
    kept = search.standing.kept
    changes = tuple(Pairing(district.cadres[kept[site]].id, district.sites[site].id)
                    for site in np.flatnonzero((kept >= 0) & (kept != holders)))
    least, why = search.bound(fewest)
    return Replanned(Plan.of(problem.term.id, pairings, provenance), search.standing.forced, changes, least, why)


class FewestChanges:
    """One search for the fewest changes to what stands; every level lists more caseloads than the one before."""

    def __init__(self, compiled: CompiledProblem, standing: Standing) -> None:
        self._compiled, self.standing = compiled, standing
        self._problem = compiled.problem
        self._lister = Lister(compiled)
        cadres = len(self._problem.district.cadres)
        self._held = [np.flatnonzero(standing.kept == cadre) for cadre in range(cadres)]
        self._open = np.flatnonzero(standing.kept < 0)
        self._none_needed = False
        self._critical = self._open
        self.load_upper: IntArray | None = None

    def run(self) -> Selection | None:
        """The fewest changes at the least cost; None where places are too few, or even the last level leaves a site open."""
        if self._flow is None:
            return None
        found: Selection | None = None
        for level, columns in enumerate(self._levels()):
            short = self._short_sites(columns) if level == 0 else None
            if short is not None:
                self._none_needed, self._critical = True, short
                continue
            found = self._select(columns) or found
            if found is not None and (level != NARROW or found.changes <= self.bound(found)[0]):
                return found
            self._none_needed |= level == 0 and impossible(self._compiled, columns, 0)
        return found

    def _short_sites(self, columns: Columns) -> IntArray | None:
        """Open sites that by counting alone do not all find a place among the columns, of a kind or of both; None: no such."""
        committees = self._problem.arrays.is_committee[self._open]
        members = np.zeros((len(columns), len(self._open)), dtype=np.bool_)
        for number, site in enumerate(self._open):
            members[:, number] = (columns.sites == site).any(axis=1)
        for of_kind in (committees, ~committees, np.ones(len(committees), dtype=np.bool_)):
            own = members[:, of_kind]
            possible = np.zeros((len(self._held), own.shape[1]), dtype=np.bool_)
            places = np.zeros(len(self._held), dtype=np.int64)
            np.logical_or.at(possible, columns.cadre, own)
            np.maximum.at(places, columns.cadre, own.sum(axis=1))
            short = shortage(possible, places) if own.shape[1] else None
            if short is not None:
                return self._open[of_kind][short.sites]
        return None

    def _select(self, columns: Columns) -> Selection | None:
        """The fewest changes, the tightest cap on the worst case of those that planning tries, the least cost; None: none complete."""
        caps = [ratio for ratio in self._caps(columns) if self._short_sites(columns.of(columns.worst <= ratio)) is None]
        if not caps:
            return None
        # no fewer than these are possible: a choice with so few is asked for at once, without asking how few there are
        expected = 0 if not self._none_needed else max(1, self._flow or 0, self._spare)
        found = self._tightest(columns, caps, expected)
        if found is not None:
            return found
        first = select(self._compiled, columns, columns.changes.astype(np.float64), OPEN_CHANGES)
        if first is None or first.open_sites:
            self._critical = self._open if first is None else np.flatnonzero(first.holders < 0)
            return None
        return first if first.changes == expected else self._tightest(columns, caps, first.changes) or first

    def _tightest(self, columns: Columns, caps: list[int], most_changes: int) -> Selection | None:
        """The cheapest choice with so many changes at most under the tightest cap that leaves one; None: none even under the last."""
        loosest: Selection | None = None
        for number, ratio in enumerate(caps):
            known = loosest is not None and ratio == caps[-1]
            best = loosest if known else self._cheapest(columns.of(columns.worst <= ratio), most_changes)
            if best is not None:
                self.load_upper = self._upper(ratio)
                return best
            if number == 0 and len(caps) > 1:  # whether there is any at all is worth knowing before the caps between are tried
                loosest = self._cheapest(columns.of(columns.worst <= caps[-1]), most_changes)
                if loosest is None:
                    return None
        return None

    def _caps(self, columns: Columns) -> list[int]:
        """Caps on the worst ratio, the tightest first: those of planning that columns can keep, and the loosest of the columns."""
        fair = GOAL_BY_ID["fairness"]
        tolerance = next((one for one in self._problem.policy.goals if one.goal_id == fair.id), None)
        floor = fair.floor(self._problem)
        cap = floor if tolerance is None else fair.cap(floor, tolerance.percent, tolerance.absolute, self._problem)
        least, loosest = self._least_worst(columns), int(columns.worst.max(initial=0))
        return [ratio for ratio in (*(int(cap * step) for step in FAIRNESS_STEPS), loosest) if ratio >= least]

    def _cheapest(self, columns: Columns, most_changes: int) -> Selection | None:
        return select(self._compiled, columns, columns.price.astype(np.float64), None, most_changes=most_changes, gap=GAP_SECONDS,
                      nodes=CAP_NODES)

    def _least_worst(self, columns: Columns) -> int:
        """No choice has a lower worst ratio: every cadre takes some column, every site lies in some column."""
        never = np.iinfo(np.int64).max
        of_cadre, of_site = np.full(len(self._held), never), np.full(len(self.standing.kept) + 1, never)
        np.minimum.at(of_cadre, columns.cadre, columns.worst)
        np.minimum.at(of_site, columns.sites.ravel(), np.repeat(columns.worst, columns.sites.shape[1]))
        return int(max(of_cadre.max(initial=0), of_site[:-1].max(initial=0)))

    def stand_ins(self) -> Selection | None:
        """As many open sites as possible held by somebody who keeps all he has, at the least cost."""
        columns = self._without_change()
        return select(self._compiled, columns, columns.price.astype(np.float64), OPEN_SECONDS, gap=GAP_SECONDS)

    def bound(self, found: Selection) -> tuple[int, Text]:
        """No plan has fewer changes than this, and why."""
        if found.changes == 0:
            return 0, Text("一个不动即为最少", "nothing changes")
        flow = self._flow or 0
        if self._none_needed and self._spare > max(1, flow):
            return self._spare, Text("按每人在现有联系点之外的余量清点", "counting what limits leave beside what everybody holds")
        if flow >= 2 or (flow == 1 and not self._none_needed):
            return flow, Text("按名额的最小费用流", "a least-cost flow over places")
        if self._none_needed:
            return 1, Text("已列出全部不作变动的安排，均不可行", "all arrangements without a change are listed, and none is possible")
        return flow, Text("按名额的最小费用流", "a least-cost flow over places")

    @cached_property
    def _flow(self) -> int | None:
        """Changes that counting alone asks for; None: places are too few, whatever changes."""
        moves = [self._least_moves(kind) for kind in KINDS]
        return None if None in moves else sum(one or 0 for one in moves)

    @cached_property
    def _spare(self) -> int:
        """Changes that the open sites, of a kind or of both, ask for by counting beside what everybody holds."""
        committees = self._problem.arrays.is_committee[self._open]
        kinds = (self._open[committees], self._open[~committees], self._open)
        return max(least_changes(self._compiled, self._held, sites) or 0 for sites in kinds)

    def _least_moves(self, committees: bool) -> int | None:
        """Changes among the sites of a kind that counting alone asks for; None: places are too few."""
        arrays, policy = self._problem.arrays, self._problem.policy
        sites = np.flatnonzero(arrays.is_committee == committees)
        active = arrays.capacity_percent > 0
        least = active * (0 if committees else policy.min_enterprises_per_cadre)
        most = active * (policy.max_committees_per_cadre if committees else policy.max_enterprises_per_cadre)
        return least_moves(self._compiled.allowed[:, sites] & active[:, None], least.astype(np.int64), most.astype(np.int64),
                           self.standing.kept[sites])

    def _upper(self, ratio: int) -> IntArray:
        """Minutes each cadre (c) may carry at a ratio in tenths of a per cent."""
        problem = self._problem
        return ratio * problem.total_workload_minutes * problem.arrays.capacity_percent // (1000 * problem.total_capacity_percent)

    def _levels(self) -> Iterator[Columns]:
        """Columns of ever more kinds; those of the first are all caseloads without a change, for whoever can do without one."""
        columns = self._without_change()
        yield columns
        spare, given = self._movable(columns)
        yield self._joined([columns, self._lister.legal(self._near_steps(spare, given))])
        for steps in (self._one_step, self._two_steps):
            drafts = (one for cadre in range(len(self._held)) for one in steps(cadre, spare[cadre], given))
            columns = self._joined([columns, self._lister.legal(drafts)])
            yield columns

    def _joined(self, parts: list[Columns]) -> Columns:
        return joined(parts, self.standing.kept, self._lister.width)

    def _without_change(self) -> Columns:
        """All caseloads that keep all their cadre holds; where that is not legal however widened, any part of it is kept."""
        columns = self._lister.legal(self._wider(cadre, held, self._open) for cadre, held in enumerate(self._held))
        stuck = np.setdiff1d(np.arange(len(self._held)), columns.cadre)
        parts = self._lister.legal(self._wider(int(cadre), np.array(part, dtype=np.int64), self._open) for cadre in stuck
                                   for size in range(len(self._held[cadre])) for part in combinations(self._held[cadre].tolist(), size))
        return self._joined([columns, parts])

    def _wider(self, cadre: int, held: IntArray, sites: IntArray) -> Drafts:
        addable = sites[self._may_add(cadre, held, sites)]
        return self._widened(cadre, held, subsets(addable, max(0, self._lister.width - len(held))))

    def _widened(self, cadre: int, held: IntArray, added: IntArray) -> Drafts:
        return cadre, widened(held, added, self._lister.width)

    def _may_add(self, cadre: int, held: IntArray, sites: IntArray) -> BoolArray:
        """Which sites (m) fit beside ``held`` by pair rules and upper limits."""
        compiled = self._compiled
        fits = compiled.allowed[cadre, sites].copy()
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            if vector >= 0:
                weights = compiled.weights[vector]
                fits &= (weights[held].sum() + weights[sites] <= compiled.limit_upper[cadre, limit]) | (weights[sites] == 0)
        return np.asarray(fits, dtype=np.bool_)

    def _movable(self, columns: Columns) -> tuple[list[IntArray], IntArray]:
        """For every cadre the held sites of others that may move to him, near ones only; and all sites that may move."""
        arrays, travel = self._problem.arrays, self._problem.arrays.travel_seconds
        kept = np.flatnonzero(self.standing.kept >= 0)
        fits = np.zeros((len(self._held), len(kept)), dtype=np.bool_)
        for cadre, held in enumerate(self._held):
            fits[cadre] = self._may_add(cadre, held, kept) & (self.standing.kept[kept] != cadre)
        trip = np.array([travel[office, arrays.places_of(cadre)[kept]] for cadre, office in enumerate(arrays.office_place)],
                        dtype=np.float64).reshape(fits.shape)
        trip[~fits | (trip < 0)] = np.inf
        near = np.argsort(trip, axis=0, kind="stable")[:NEAR_TAKERS]
        stands = np.isin(np.arange(len(self._held)), columns.cadre[columns.changes == 0])
        spare = [kept[(near == cadre).any(axis=0) & np.isfinite(trip[cadre])] if stands[cadre] else kept[np.isfinite(trip[cadre])]
                 for cadre in range(len(self._held))]
        return spare, np.unique(np.concatenate([*spare, np.zeros(0, dtype=np.int64)]))

    def _near_steps(self, spare: list[IntArray], given: IntArray) -> Iterator[Drafts]:
        """One step, where cadres near the critical sites give one up to take such a site: far fewer columns, and often enough."""
        arrays, allowed = self._problem.arrays, self._compiled.fits_alone()
        near: set[int] = set()
        for site in self._critical:
            takers = np.flatnonzero(allowed[:, site])
            trips = np.array([arrays.travel_seconds[arrays.office_place[cadre], arrays.places_of(int(cadre))[site]] for cadre in takers])
            near |= {int(cadre) for cadre in takers[np.argsort(trips, kind="stable")[:NEAR_GIVERS]]}
        moved = np.intersect1d(given, np.flatnonzero(np.isin(self.standing.kept, sorted(near))))
        for cadre, held in enumerate(self._held):
            yield self._widened(cadre, held, np.intersect1d(spare[cadre], moved)[:, None])
        for cadre in sorted(near):
            held = self._held[cadre]
            for site in np.intersect1d(held, moved):
                _, sites = self._wider(cadre, held[held != site], self._open)
                yield cadre, sites[np.isin(sites, self._critical).any(axis=1)]

    def _one_step(self, cadre: int, spare: IntArray, given: IntArray) -> Iterator[Drafts]:
        """Take one site of another, or give one up and take open ones."""
        held = self._held[cadre]
        yield self._widened(cadre, held, spare[:, None])
        for site in np.intersect1d(held, given):
            yield self._wider(cadre, held[held != site], self._open)

    def _two_steps(self, cadre: int, spare: IntArray, given: IntArray) -> Iterator[Drafts]:
        """Give one up and take one of another; take one of another beside an open one."""
        held = self._held[cadre]
        near = spare[:40]
        for site in np.intersect1d(held, given):
            yield self._widened(cadre, held[held != site], near[:, None])
        beside = np.array([(one, site) for one in near for site in self._open], dtype=np.int64).reshape(-1, 2)
        yield self._widened(cadre, held, beside)


def handovers_of(problem: Problem, current: Plan, new: Plan, first_day: date) -> tuple[Handover, ...]:
    """What passes from whom to whom between two plans of one term, from ``first_day`` on.

    Both meet on the first liaison day from then on, where the former holder is still there.
    """
    days = [one.day for one in liaison_days(problem.term, problem.policy.liaison_day_rule, problem.policy.holiday_roll)]
    meeting = next((day for day in days if day >= first_day), None)
    before = {site_id: holders[0] for site_id, holders in current.cadres_of.items()}
    after = {site_id: holders[0] for site_id, holders in new.cadres_of.items()}
    found = []
    for site_id in sorted({*before, *after}):
        old, now = before.get(site_id), after.get(site_id)
        if old == now:
            continue
        there = old in problem.cadre_index and problem.district.cadre_by_id[str(old)].capacity_percent > 0
        if now is None:
            reason = HandoverReason.CLOSED_SITE
        elif old is None:
            reason = HandoverReason.NEW_SITE
        else:
            reason = HandoverReason.ADJUSTMENT if there else HandoverReason.DEPARTURE
        found.append(Handover(site_id, old, now, reason, first_day, meeting if there and now is not None else None))
    return tuple(found)
