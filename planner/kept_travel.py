"""Travel times of a city's areas, computed once and kept in a folder for the next task that asks.

A city's times are computed part by part, and the tasks of an area ask for nearly the same part again and again. The
times kept are the very ones that would be computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.artefacts.files import write_whole
from planner.facts.problem_arrays import IntArray
from planner.facts.travel import RoundTrips, Travel, TravelMatrix


@dataclass(frozen=True)
class KeptTravel:
    """Another travel, of which parts with a name are kept in ``folder``. One task at a time may use a name."""

    travel: Travel
    folder: Path

    @property
    def place_ids(self) -> tuple[str, ...]:
        """All places."""
        return self.travel.place_ids

    @property
    def index_of(self) -> Mapping[str, int]:
        """Number of every place id."""
        return self.travel.index_of

    @property
    def snap_metres(self) -> tuple[int, ...]:
        """How far each place lies from the road it was joined to."""
        return self.travel.snap_metres

    @property
    def mode(self) -> str:
        """By which means one travels."""
        return self.travel.mode

    @property
    def source(self) -> str:
        """Where the times come from."""
        return self.travel.source

    @property
    def digest(self) -> str:
        """SHA-256 of everything the times depend on."""
        return self.travel.digest

    def seconds(self, origin_id: str, destination_id: str) -> int | None:
        """Travel seconds from origin to destination, or None where there is no way."""
        return self.travel.seconds(origin_id, destination_id)

    def part(self, place_ids: Sequence[str]) -> TravelMatrix:
        """All times between some places, exactly those of the whole."""
        return self.travel.part(place_ids)

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""
        return self.travel.round_trips(origin_ids, most_seconds)

    def named_part(self, name: str, place_ids: Sequence[str]) -> TravelMatrix:
        """As ``part``, with the times of earlier calls by the same name kept; places that are new are added to them."""
        wanted = np.array([self.index_of[one] for one in place_ids], dtype=np.int64)
        places, seconds = self._kept(name)
        if not np.isin(wanted, places).all():
            places = np.union1d(places, wanted)
            seconds = self.travel.part([self.place_ids[one] for one in places]).travel_seconds
            self._keep(name, places, seconds)
        at = np.searchsorted(places, wanted)
        return TravelMatrix(tuple(place_ids), np.ascontiguousarray(seconds[np.ix_(at, at)], dtype=np.int32),
                            tuple(self.snap_metres[one] for one in wanted), self.mode, self.source)

    def named_trips(self, name: str, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """As ``round_trips``; calls by one name must have the same origins."""
        path = self.folder / f"{name}.{most_seconds}.trips.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as kept:
                return RoundTrips(kept["places"], kept["out"], kept["back"])
        trips = self.travel.round_trips(origin_ids, most_seconds)
        write_whole(path, lambda temporary: np.savez(temporary, places=trips.places, out=trips.out, back=trips.back))
        return trips

    def _kept(self, name: str) -> tuple[IntArray, NDArray[np.int32]]:
        path = self.folder / f"{name}.times.npy"
        if not path.exists():
            return np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int32)
        table = np.load(path, mmap_mode="r", allow_pickle=False)
        return table[0].astype(np.int64), table[1:]

    def _keep(self, name: str, places: IntArray, seconds: NDArray[np.int32]) -> None:
        """One table, whose first row says which places the others stand for."""
        table = np.vstack([places.astype(np.int32), seconds])
        write_whole(self.folder / f"{name}.times.npy", lambda path: np.save(path, table))


def named_part(travel: Travel, name: str, place_ids: Sequence[str]) -> TravelMatrix:
    """A part of any travel, kept under a name where the travel keeps parts."""
    return travel.named_part(name, place_ids) if isinstance(travel, KeptTravel) else travel.part(place_ids)


def named_trips(travel: Travel, name: str, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
    """Round trips of any travel, kept under a name where the travel keeps parts."""
    if isinstance(travel, KeptTravel):
        return travel.named_trips(name, origin_ids, most_seconds)
    return travel.round_trips(origin_ids, most_seconds)
