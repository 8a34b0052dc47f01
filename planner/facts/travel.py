"""Travel times between all offices and sites."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNREACHABLE: Final = -1
"""The named state of a pair of places with no way between them. Never added to anything."""


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

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        head = "\n".join((self.mode, self.source, *self.place_ids)).encode()
        body = np.ascontiguousarray(self.travel_seconds, dtype="<i4").tobytes()
        return hashlib.sha256(head + b"\0" + body).hexdigest()
