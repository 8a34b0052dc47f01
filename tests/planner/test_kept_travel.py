"""Kept times are those that would be computed anew, however they were asked for before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.facts.travel import RoundTrips, TravelMatrix
from planner.kept_travel import KeptTravel, named_part, named_trips

PLACES = tuple("abcdef")


class Counted(TravelMatrix):
    """A matrix that counts how often a part is computed."""

    asked = 0

    def part(self, place_ids: object) -> TravelMatrix:
        """Count."""
        type(self).asked += 1
        return super().part(place_ids)  # type: ignore[arg-type]


def travel() -> Counted:
    seconds = np.random.default_rng(1).integers(1, 900, (6, 6)).astype(np.int32)
    np.fill_diagonal(seconds, 0)
    return Counted(PLACES, seconds, (1, 2, 3, 4, 5, 6), "car", "drawn")


def same(one: TravelMatrix, other: TravelMatrix) -> bool:
    return one.place_ids == other.place_ids and one.digest == other.digest and one.snap_metres == other.snap_metres


def test_parts_are_computed_once(tmp_path: Path) -> None:
    whole, kept = travel(), KeptTravel(travel(), tmp_path)
    Counted.asked = 0
    for places in ("dab", "ab", "bd"):
        assert same(named_part(kept, "north", places), TravelMatrix.part(whole, places))
    assert Counted.asked == 1
    for places in ("fb", "dcba", "f"):
        assert same(named_part(kept, "north", places), TravelMatrix.part(whole, places))
    assert Counted.asked == 3
    assert same(named_part(KeptTravel(travel(), tmp_path), "north", "abcdf"), whole.part("abcdf"))
    assert Counted.asked == 4, "another run finds what this one kept; the other call was the test's own"


def test_round_trips_are_kept_by_name_and_limit(tmp_path: Path) -> None:
    whole, kept = travel(), KeptTravel(travel(), tmp_path)

    def equal(one: RoundTrips, other: RoundTrips) -> bool:
        return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("places", "out", "back"))

    for limit in (300, 300, 600):
        assert equal(named_trips(kept, "north", ("a", "c"), limit), whole.round_trips(("a", "c"), limit))
    assert len(list(tmp_path.iterdir())) == 2
