"""The occasions of a term beside its liaison days, as one artefact: who is where and when, and what nobody could take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from planner.artefacts.plan import GoalBound
from planner.artefacts.provenance import SCHEMA_VERSION, Provenance


class OccasionKind(StrEnum):
    """大年初一拜年, 意见征询, 下访接待."""

    NEW_YEAR = "new-year"
    ROUND = "round"
    RECEPTION = "reception"


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One cadre at one site from ``starts_seconds`` to ``ends_seconds`` of ``day``; with ``households`` by code on New Year's Day."""

    day: date
    cadre_id: str
    site_id: str
    starts_seconds: int
    ends_seconds: int
    households: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """What is due and nobody could take: households by code, a visit of a round (``day`` None), or seats of a reception."""

    site_id: str
    count: int
    day: date | None = None
    cadre_id: str = ""
    households: tuple[str, ...] = ()


@dataclass(frozen=True)
class Occasion:
    """One occasion; ``bounds`` are what was proved of its goals, in their order."""

    id: str
    kind: OccasionKind
    calls: tuple[Call, ...]
    left_out: tuple[LeftOut, ...] = ()
    bounds: tuple[GoalBound, ...] = ()


@dataclass(frozen=True)
class Occasions:
    """All occasions of a term, in the order in which they were asked for."""

    term_id: str
    occasions: tuple[Occasion, ...]
    provenance: Provenance

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/occasions.md)."""
        return {
            "kind": "yixian-occasions",
            "schema": SCHEMA_VERSION,
            "term": self.term_id,
            "occasions": [
                {
                    "id": one.id,
                    "occasion": str(one.kind),
                    "calls": [
                        {"day": call.day.isoformat(), "cadre": call.cadre_id, "site": call.site_id,
                         "starts_seconds": call.starts_seconds, "ends_seconds": call.ends_seconds,
                         "households": list(call.households)}
                        for call in one.calls
                    ],
                    "left_out": [
                        {"site": left.site_id, "count": left.count, "day": left.day.isoformat() if left.day else None,
                         "cadre": left.cadre_id, "households": list(left.households)}
                        for left in one.left_out
                    ],
                    "bounds": [
                        {"goal": bound.goal_id, "bound": bound.bound, "proved_by": bound.proved_by} for bound in one.bounds
                    ],
                }
                for one in self.occasions
            ],
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Occasions:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not occasions."""
        return cls(str(data["term"]), tuple(_occasion(one) for one in data["occasions"]),
                   Provenance.from_json(data["provenance"]))


def _occasion(data: Mapping[str, Any]) -> Occasion:
    return Occasion(
        str(data["id"]),
        OccasionKind(data["occasion"]),
        tuple(
            Call(date.fromisoformat(one["day"]), str(one["cadre"]), str(one["site"]), int(one["starts_seconds"]),
                 int(one["ends_seconds"]), tuple(str(code) for code in one["households"]))
            for one in data["calls"]
        ),
        tuple(
            LeftOut(str(one["site"]), int(one["count"]), date.fromisoformat(one["day"]) if one["day"] else None,
                    str(one["cadre"]), tuple(str(code) for code in one["households"]))
            for one in data["left_out"]
        ),
        tuple(GoalBound(str(one["goal"]), int(one["bound"]), str(one["proved_by"])) for one in data["bounds"]),
    )
