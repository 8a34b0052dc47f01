"""The visit calendar: on which liaison day, at which fixed time of day, each site is visited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from planner.artefacts.plan import GoalBound
from planner.artefacts.provenance import SCHEMA_VERSION, Provenance
from planner.facts.term import DayState


@dataclass(frozen=True, slots=True)
class LiaisonDay:
    """联系基层工作日 of one month: the day by the rule (``nominal``) and the day it is held on (``day``).

    ``reason`` names the holiday that moved it, or is empty; ``state`` is that of the year's holiday table.
    """

    day: date
    nominal: date
    reason: str
    state: DayState


@dataclass(frozen=True, slots=True)
class Slot:
    """定人定点定时: this cadre is at this site from ``starts_seconds`` to ``ends_seconds`` on his visit days.

    The visit days are the liaison days with index ``first_month``, ``first_month + every_months``, ...
    """

    cadre_id: str
    site_id: str
    every_months: int
    first_month: int
    starts_seconds: int
    ends_seconds: int


@dataclass(frozen=True, slots=True)
class MissedVisit:
    """A visit that its cadre cannot make, for an absence (请假) or a conference; it is listed, never dropped in silence.

    ``reason`` is empty for an absence, else the conference's name. ``stand_in_id`` visits instead (代访), from
    ``starts_seconds``; both are empty (None) where nobody does.
    """

    day: date
    cadre_id: str
    site_id: str
    reason: str = ""
    stand_in_id: str = ""
    starts_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of one day."""

    day: date
    slot: Slot


@dataclass(frozen=True)
class VisitCalendar:
    """The liaison days of a term, the fixed slot of every site, the visits missed, and what was proved of the goals."""

    term_id: str
    rule: str
    liaison_days: tuple[LiaisonDay, ...]
    slots: tuple[Slot, ...]
    missed: tuple[MissedVisit, ...]
    provenance: Provenance
    bounds: tuple[GoalBound, ...] = ()

    def visits(self) -> Iterator[Visit]:
        """Every visit that takes place, by day, then in the order of ``slots``; a stand-in's has his id in its slot."""
        missed = {(one.day, one.cadre_id, one.site_id): one for one in self.missed}
        for month, liaison_day in enumerate(self.liaison_days):
            for slot in self.slots:
                if month < slot.first_month or (month - slot.first_month) % slot.every_months:
                    continue
                lost = missed.get((liaison_day.day, slot.cadre_id, slot.site_id))
                if lost is None:
                    yield Visit(liaison_day.day, slot)
                elif lost.stand_in_id and lost.starts_seconds is not None:
                    ends = lost.starts_seconds + slot.ends_seconds - slot.starts_seconds
                    yield Visit(liaison_day.day, replace(slot, cadre_id=lost.stand_in_id, starts_seconds=lost.starts_seconds,
                                                         ends_seconds=ends))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/data-format.md)."""
        return {
            "kind": "yixian-calendar",
            "schema": SCHEMA_VERSION,
            "term": self.term_id,
            "rule": self.rule,
            "liaison_days": [
                {"day": one.day.isoformat(), "nominal": one.nominal.isoformat(), "reason": one.reason,
                 "state": str(one.state)}
                for one in self.liaison_days
            ],
            "slots": [
                {"cadre": one.cadre_id, "site": one.site_id, "every_months": one.every_months,
                 "first_month": one.first_month, "starts_seconds": one.starts_seconds,
                 "ends_seconds": one.ends_seconds}
                for one in self.slots
            ],
            "missed": [
                {"day": one.day.isoformat(), "cadre": one.cadre_id, "site": one.site_id, "reason": one.reason,
                 "stand_in": one.stand_in_id, "starts_seconds": one.starts_seconds}
                for one in self.missed
            ],
            "bounds": [
                {"goal": one.goal_id, "bound": one.bound, "proved_by": one.proved_by} for one in self.bounds
            ],
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VisitCalendar:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not a calendar."""
        return cls(
            str(data["term"]),
            str(data["rule"]),
            tuple(
                LiaisonDay(date.fromisoformat(one["day"]), date.fromisoformat(one["nominal"]), str(one["reason"]),
                           DayState(one["state"]))
                for one in data["liaison_days"]
            ),
            tuple(
                Slot(str(one["cadre"]), str(one["site"]), int(one["every_months"]), int(one["first_month"]),
                     int(one["starts_seconds"]), int(one["ends_seconds"]))
                for one in data["slots"]
            ),
            tuple(
                MissedVisit(date.fromisoformat(one["day"]), str(one["cadre"]), str(one["site"]),
                            str(one.get("reason", "")), str(one.get("stand_in", "")), _seconds(one.get("starts_seconds")))
                for one in data["missed"]
            ),
            Provenance.from_json(data["provenance"]),
            tuple(
                GoalBound(str(one["goal"]), int(one["bound"]), str(one["proved_by"])) for one in data.get("bounds", [])
            ),
        )


def _seconds(value: Any) -> int | None:
    return None if value is None else int(value)
