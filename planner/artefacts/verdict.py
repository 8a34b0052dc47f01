"""The verdict: what the judge found when it re-read the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.text import Text


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: who, by how much (``amount``, in the rule's unit), and a sentence with number and limit.

    ``subjects`` are ids of cadres, sites, sub-districts or units, most important first.
    """

    rule_id: str
    subjects: tuple[str, ...]
    amount: int
    text: Text


@dataclass(frozen=True, slots=True)
class GoalValue:
    """A goal as the judge measured it, with the optimiser's bound where the plan carries one."""

    goal_id: str
    value: int
    bound: int | None = None

    @property
    def gap(self) -> float | None:
        """``(value - bound) / value``: 0 is proven best; None without a bound; a value of 0 has gap 0."""
        if self.bound is None:
            return None
        return 0.0 if self.value == self.bound else (self.value - self.bound) / max(1, abs(self.value))


@dataclass(frozen=True)
class Verdict:
    """Valid when nothing is violated; ``counts`` are sites, sites held, cadres, visits and so on."""

    violations: tuple[Violation, ...]
    goals: tuple[GoalValue, ...]
    counts: Mapping[str, int]

    @property
    def valid(self) -> bool:
        """No rule is broken."""
        return not self.violations

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "valid": self.valid,
            "violations": [
                {"rule": one.rule_id, "subjects": list(one.subjects), "amount": one.amount, "zh": one.text.zh,
                 "en": one.text.en}
                for one in self.violations
            ],
            "goals": [
                {"id": one.goal_id, "value": one.value, "bound": one.bound, "gap": one.gap} for one in self.goals
            ],
            "counts": dict(self.counts),
        }
