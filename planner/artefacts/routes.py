"""Routes: each cadre's visit day, stop by stop, with times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.artefacts.provenance import SCHEMA_VERSION, Provenance


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: arrive, wait until ``starts_seconds``, stay until ``ends_seconds`` (seconds after midnight)."""

    site_id: str
    arrives_seconds: int
    starts_seconds: int
    ends_seconds: int


@dataclass(frozen=True, slots=True)
class Lunch:
    """午休 on the way: after the first ``after_stops`` stops, before driving on."""

    after_stops: int
    starts_seconds: int
    ends_seconds: int


@dataclass(frozen=True, slots=True)
class Route:
    """A visit day of one cadre, the same on each of ``days``: office -> stops -> office.

    ``lunch`` is None where there is time for it at the office, before leaving or after returning, or no time at all.
    """

    cadre_id: str
    days: tuple[date, ...]
    leaves_seconds: int
    stops: tuple[Stop, ...]
    returns_seconds: int
    travel_seconds: int
    lunch: Lunch | None = None


@dataclass(frozen=True)
class Routes:
    """All routes of a term, by cadre, then by first day."""

    term_id: str
    routes: tuple[Route, ...]
    provenance: Provenance

    def on(self, day: date) -> tuple[Route, ...]:
        """The routes of one liaison day."""
        return tuple(route for route in self.routes if day in route.days)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/data-format.md)."""
        return {
            "kind": "yixian-routes",
            "schema": SCHEMA_VERSION,
            "term": self.term_id,
            "routes": [
                {
                    "cadre": route.cadre_id,
                    "days": [day.isoformat() for day in route.days],
                    "leaves_seconds": route.leaves_seconds,
                    "stops": [
                        {"site": stop.site_id, "arrives_seconds": stop.arrives_seconds,
                         "starts_seconds": stop.starts_seconds, "ends_seconds": stop.ends_seconds}
                        for stop in route.stops
                    ],
                    "returns_seconds": route.returns_seconds,
                    "travel_seconds": route.travel_seconds,
                    "lunch": None if route.lunch is None else {
                        "after_stops": route.lunch.after_stops, "starts_seconds": route.lunch.starts_seconds,
                        "ends_seconds": route.lunch.ends_seconds},
                }
                for route in self.routes
            ],
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Routes:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not routes."""
        return cls(
            str(data["term"]),
            tuple(
                Route(
                    str(one["cadre"]),
                    tuple(date.fromisoformat(day) for day in one["days"]),
                    int(one["leaves_seconds"]),
                    tuple(
                        Stop(str(stop["site"]), int(stop["arrives_seconds"]), int(stop["starts_seconds"]),
                             int(stop["ends_seconds"]))
                        for stop in one["stops"]
                    ),
                    int(one["returns_seconds"]),
                    int(one["travel_seconds"]),
                    _lunch(one.get("lunch")),
                )
                for one in data["routes"]
            ),
            Provenance.from_json(data["provenance"]),
        )


def _lunch(data: Mapping[str, Any] | None) -> Lunch | None:
    return None if data is None else Lunch(
        int(data["after_stops"]), int(data["starts_seconds"]), int(data["ends_seconds"]))
