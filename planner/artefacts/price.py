"""What it costs the whole plan to force one pairing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.artefacts.plan import Plan
from planner.facts.district import Pairing


@dataclass(frozen=True)
class Price:
    """What a forced pairing costs the whole plan, in seconds of the cost: found, at least and at most.

    ``plan`` is the plan found with the pairing; None where none was found, then ``found`` and ``most`` are None as well.
    ``moved`` counts the sites whose cadre differs from the plan in force. ``less_fair``: the pairing needs a larger worst case
    than planning allowed, so that prices, which compare plans within it, have no ends.
    """

    pairing: Pairing
    found: int | None
    least: int
    most: int | None
    plan: Plan | None
    moved: int = 0
    less_fair: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, without the plan."""
        return {"cadre": self.pairing.cadre_id, "site": self.pairing.site_id, "found_seconds": self.found, "least_seconds": self.least,
                "most_seconds": self.most, "moved": self.moved, "less_fair": self.less_fair}
