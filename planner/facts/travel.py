"""Travel times between offices and sites: a matrix of a district, or the times of a city, asked for part by part."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

UNREACHABLE: Final = -1
"""The named state of a pair of places with no way between them. Never added to anything."""


@dataclass(frozen=True)
class RoundTrips:
    """Seconds from some origins (o) to the places near them (n, indices into ``place_ids``) and back, shape (o, n).

    A way longer than the limit asked for stands as ``UNREACHABLE``; places that no origin reaches within it are left out.
    """

    places: NDArray[np.int64]
    out: NDArray[np.int32]
    back: NDArray[np.int32]


class Travel(Protocol):
    """Travel times between any two places, however many there are."""

    @property
    def place_ids(self) -> tuple[str, ...]:
        """All places."""

    @property
    def index_of(self) -> Mapping[str, int]:
        """Number of every place id."""

    @property
    def snap_metres(self) -> tuple[int, ...]:
        """How far each place lies from the road it was joined to."""

    @property
    def mode(self) -> str:
        """By which means one travels."""

    @property
    def source(self) -> str:
        """Where the times come from."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything the times depend on."""

    def seconds(self, origin_id: str, destination_id: str) -> int | None:
        """Travel seconds from origin to destination, or None where there is no way."""

    def part(self, place_ids: Sequence[str]) -> TravelMatrix:
        """All times between some places, exactly those of the whole."""

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""


@dataclass(frozen=True)
class TravelMatrix:
    """Integer travel seconds, asymmetric, shape (n, n) in the order of ``place_ids``.

    ``travel_seconds[a, b]`` is ``UNREACHABLE`` where no road leads from a to b. ``source`` says where the times
    come from (a road graph, or straight lines times a detour factor); ``snap_metres[a]`` is how far place a lies
    from the road it was joined to.
    """

    place_ids: tuple[str, ...]
    travel_seconds: NDArray[np.int32]
    snap_metres: tuple[int, ...]
    mode: str
    source: str

    def __post_init__(self) -> None:
        """Freeze the array and check its shape; raises ValueError when it does not fit."""
        n = len(self.place_ids)
        if self.travel_seconds.shape != (n, n) or len(self.snap_metres) != n:
            raise ValueError(f"travel matrix of {n} places has shape {self.travel_seconds.shape}")
        self.travel_seconds.setflags(write=False)

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """Row and column of every place id."""
        return {place_id: index for index, place_id in enumerate(self.place_ids)}

    def seconds(self, origin_id: str, destination_id: str) -> int | None:
        """Travel seconds from origin to destination, or None where there is no way."""
        value = int(self.travel_seconds[self.index_of[origin_id], self.index_of[destination_id]])
        return None if value == UNREACHABLE else value

    def part(self, place_ids: Sequence[str]) -> TravelMatrix:
        """The rows and columns of some places."""
        which = np.array([self.index_of[one] for one in place_ids], dtype=np.int64)
        return TravelMatrix(tuple(place_ids), np.ascontiguousarray(self.travel_seconds[np.ix_(which, which)]),
                            tuple(self.snap_metres[one] for one in which), self.mode, self.source)

    def round_trips(self, origin_ids: Sequence[str], most_seconds: int) -> RoundTrips:
        """Ways out and back between origins and all places not farther than ``most_seconds`` from one of them."""
        rows = np.array([self.index_of[one] for one in origin_ids], dtype=np.int64)
        out, back = self.travel_seconds[rows], self.travel_seconds[:, rows].T
        out, back = (np.where(one > most_seconds, UNREACHABLE, one) for one in (out, back))
        places = np.flatnonzero((out != UNREACHABLE).any(axis=0))
        return RoundTrips(places, out[:, places], back[:, places])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        head = "\n".join((self.mode, self.source, *self.place_ids)).encode()
        body = np.ascontiguousarray(self.travel_seconds, dtype="<i4").tobytes()
        return hashlib.sha256(head + b"\0" + body).hexdigest()
