"""交接单 as data: which sites pass from whom to whom, on which days, and why. The papers are printed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from planner.artefacts.provenance import SCHEMA_VERSION, Provenance


class HandoverReason(StrEnum):
    """Why a site passes on: 轮换, 期内调整, 离任, 临时代管, 代管结束, 新增对象, 对象撤并."""

    ROTATION = "rotation"
    ADJUSTMENT = "adjustment"
    DEPARTURE = "departure"
    COVER = "cover"
    RETURN = "return"
    NEW_SITE = "new-site"
    CLOSED_SITE = "closed-site"


@dataclass(frozen=True, slots=True, order=True)
class Handover:
    """One site that passes from one cadre to another.

    ``from_cadre_id`` is None for a site nobody held, ``to_cadre_id`` for one that nobody will hold. The new cadre answers
    for the site from ``first_day`` on, and the old one until the day before: there is no gap. ``meeting_day`` is the
    liaison day on which both meet at the site (话别、交接), None where one of them is not there to meet;
    ``last_day`` is the last day of a temporary cover, None for a lasting change.
    """

    site_id: str
    from_cadre_id: str | None
    to_cadre_id: str | None
    reason: HandoverReason
    first_day: date
    meeting_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class HandoverList:
    """All handovers at the beginning of a term, or within one, sorted by site and day."""

    term_id: str
    handovers: tuple[Handover, ...]
    provenance: Provenance

    @classmethod
    def of(cls, term_id: str, handovers: Iterable[Handover], provenance: Provenance) -> HandoverList:
        """A list with its handovers sorted."""
        return cls(term_id, tuple(sorted(handovers, key=lambda one: (one.site_id, one.first_day))), provenance)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/terms.md)."""
        return {
            "kind": "yixian-handover",
            "schema": SCHEMA_VERSION,
            "term": self.term_id,
            "handovers": [
                {"site": one.site_id, "from": one.from_cadre_id, "to": one.to_cadre_id, "reason": str(one.reason),
                 "first_day": one.first_day.isoformat(), "meeting_day": _iso(one.meeting_day), "last_day": _iso(one.last_day)}
                for one in self.handovers
            ],
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HandoverList:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not a handover list."""
        return cls.of(
            str(data["term"]),
            [Handover(str(one["site"]), _text(one["from"]), _text(one["to"]), HandoverReason(one["reason"]),
                      date.fromisoformat(one["first_day"]), _day(one["meeting_day"]), _day(one["last_day"]))
             for one in data["handovers"]],
            Provenance.from_json(data["provenance"]))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
