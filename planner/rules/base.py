"""The shapes of a rule and of a goal. A new one subclasses one of these and is listed in ``planner.rules``.

Check and encoding of a rule share facts only: the check is plain Python over a finished plan, the encoding is
arrays for the engines. Their agreement is tested on every plan of tiny districts (docs/adding-a-rule.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Pairing, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules.caseloads import Caseloads
from planner.text import Text


@dataclass(frozen=True)
class Limit:
    """``lower <= sum of weights[j] over the sites j of one cadre's caseload <= upper``; weights (s) are >= 0."""

    weights: IntArray
    lower: int
    upper: int


@dataclass(frozen=True)
class Block:
    """All pairs between some cadres and some sites, by index."""

    cadres: IntArray
    sites: IntArray


@dataclass(frozen=True)
class Row:
    """``lower <= number of pairs of the plan that lie in the blocks <= upper``; None leaves a side open.

    Blocks of one row do not overlap. ``subjects`` are the ids the row is about.
    """

    subjects: tuple[str, ...]
    blocks: tuple[Block, ...]
    lower: int | None
    upper: int | None


class Rule(ABC):
    """A regulation that a plan must keep: its words, its clause (依据) and its check."""

    id: ClassVar[str]
    title: ClassVar[Text]
    clause: ClassVar[Text]

    @abstractmethod
    def setting(self, policy: Policy) -> Text:
        """The rule as it stands under this policy, with its numbers."""

    @abstractmethod
    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Every violation in a finished plan whose ids are all known."""

    def violation(self, subjects: Sequence[str], amount: int, zh: str, en: str) -> Violation:
        """A violation of this rule."""
        return Violation(self.id, tuple(subjects), amount, Text(zh, en))


class PairRule(Rule):
    """Looks at one cadre and one site."""

    def farthest_seconds(self, problem: Problem) -> int | None:
        """One-way travel beyond which this rule forbids every pair, or None: spares the engines a look at far sites."""
        del problem
        return None

    @abstractmethod
    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """Why this cadre may not hold this site, or None."""

    @abstractmethod
    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Encoding: the sites (s) that are struck out for one cadre before optimising starts."""

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Ask ``objection`` of every pairing."""
        for pairing in plan.pairings:
            cadre, site = problem.district.cadre_by_id[pairing.cadre_id], problem.district.site_by_id[pairing.site_id]
            found = self.objection(cadre, site, problem)
            if found is not None:
                yield found


class CaseloadRule(Rule):
    """Looks at everything one cadre holds, his visit day included."""

    @abstractmethod
    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """What is wrong with this caseload (possibly empty), or None."""

    day: ClassVar[bool] = False
    """True when ``admits`` asks for a legal visit day and nothing else; engines then check the day step by step."""

    def limits(self, problem: Problem, cadre_index: int) -> tuple[Limit, ...]:
        """Encoding of what is linear: limits on sums over the caseload. None by default."""
        del problem, cadre_index
        return ()

    def admits(self, caseloads: Caseloads) -> BoolArray:
        """Encoding of what is not linear: which caseloads (m) are legal. All by default."""
        return np.ones(len(caseloads), dtype=np.bool_)

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Ask ``fault`` of every cadre."""
        for cadre in problem.district.cadres:
            sites = [problem.district.site_by_id[site_id] for site_id in plan.sites_of.get(cadre.id, ())]
            found = self.fault(cadre, sites, problem)
            if found is not None:
                yield found


class DistrictRule(Rule):
    """Looks at pairs across cadres, linearly."""

    partition: ClassVar[bool] = False
    """True for the rule that every engine keeps by its very shape: one cadre for every site."""

    @abstractmethod
    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """Encoding: linear rows over the pairs of a plan.

        Rows of a part of a problem (``Problem.part``) are those of the whole, with the whole's bounds, over the pairs
        of the part; rows of equal subjects are parts of one row.
        """

    def tally(self, pairings: Iterable[Pairing], problem: Problem) -> Mapping[tuple[str, ...], int]:
        """How many of some pairings lie in each row, by the row's subjects; by default, looked up in all rows."""
        held = [(problem.cadre_index[one.cadre_id], problem.site_index[one.site_id]) for one in pairings]
        counts: dict[tuple[str, ...], int] = {}
        for row in self.rows(problem):
            blocks = [(frozenset(block.cadres.tolist()), frozenset(block.sites.tolist())) for block in row.blocks]
            counts[row.subjects] = sum(i in cadres and j in sites for i, j in held for cadres, sites in blocks)
        return counts


class Goal(ABC):
    """A measure in a plain unit; less is better. Over cadres it is a sum, or the worst.

    ``value(plan) = constant + sum (or max) over cadres of price(caseload)``, all integers.
    """

    id: ClassVar[str]
    title: ClassVar[Text]
    unit: ClassVar[Text]
    combine: ClassVar[Literal["sum", "max"]] = "sum"
    shape: ClassVar[Literal["additive", "load", "travel", "any"]] = "any"
    """What a price depends on, so that engines may compute it step by step: the pairs one by one, the cadre's load
    alone, the travel of his visit day, or anything (then only whole caseloads are priced)."""

    units_shown: ClassVar[int] = 1
    """How many of the goal's whole numbers make one of the unit people read: 60 seconds a minute."""

    @abstractmethod
    def measure(self, plan: Plan, problem: Problem) -> int:
        """The goal's value in a finished plan, in plain Python."""

    @abstractmethod
    def price(self, caseloads: Caseloads) -> IntArray:
        """Encoding: what each caseload (m) adds."""

    def constant(self, problem: Problem) -> int:
        """What is added to the sum of prices."""
        del problem
        return 0

    def floor(self, problem: Problem) -> int:
        """A lower bound that needs no optimiser."""
        del problem
        return 0

    def cap(self, best: int, percent: float, absolute: float, problem: Problem) -> int:
        """The largest value a later goal may push this one to, given the best found and the policy's tolerance."""
        del problem
        return int(best * (1 + percent / 100) + absolute + 1e-9)

    def display(self, value: int) -> str:
        """The value as people read it, in the goal's unit."""
        return str(value)
