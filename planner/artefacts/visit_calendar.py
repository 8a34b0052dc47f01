"""The visit calendar: on which liaison day, at which fixed time of day, each site is visited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

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
    """A visit that is due while its cadre is absent (请假); it is listed, never dropped in silence."""

    day: date
    cadre_id: str
    site_id: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of one day."""

    day: date
    slot: Slot


@dataclass(frozen=True)
class VisitCalendar:
    """The liaison days of a term, the fixed slot of every site, and the visits missed for absence."""

    term_id: str
    rule: str
    liaison_days: tuple[LiaisonDay, ...]
    slots: tuple[Slot, ...]
    missed: tuple[MissedVisit, ...]
    provenance: Provenance

    def visits(self) -> Iterator[Visit]:
        """Every visit that takes place, by day, then in the order of ``slots``."""
        missed = {(one.day, one.site_id) for one in self.missed}
        for month, liaison_day in enumerate(self.liaison_days):
            for slot in self.slots:
                due = month >= slot.first_month and (month - slot.first_month) % slot.every_months == 0
                if due and (liaison_day.day, slot.site_id) not in missed:
                    yield Visit(liaison_day.day, slot)

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
                {"day": one.day.isoformat(), "cadre": one.cadre_id, "site": one.site_id} for one in self.missed
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
                MissedVisit(date.fromisoformat(one["day"]), str(one["cadre"]), str(one["site"]))
                for one in data["missed"]
            ),
            Provenance.from_json(data["provenance"]),
        )
