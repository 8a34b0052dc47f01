"""The facts of a problem as arrays, for encodings and engines. Index i is a cadre, j a site, in district order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.facts.district import SiteKind
from planner.facts.travel import UNREACHABLE, Travel, TravelMatrix

if TYPE_CHECKING:
    from planner.facts.problem import Problem

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ProblemArrays:
    """Integer arrays over cadres (length c) and sites (length s).

    ``travel_seconds`` has a block of (places, places) in the matrix's order for every means of travel in use, the policy's first,
    and no way from one block to another; ``office_place`` (c) points into the block of the cadre's means, ``site_place`` (s) into
    the first. Windows are seconds after midnight.
    """

    travels: tuple[Travel, ...]

    workload_minutes: IntArray
    stay_seconds: IntArray
    opens_seconds: IntArray
    closes_seconds: IntArray
    is_committee: BoolArray
    is_key: BoolArray
    subdistrict: IntArray
    site_place: IntArray
    office_place: IntArray
    capacity_percent: IntArray
    rank: IntArray

    @cached_property
    def travel_seconds(self) -> IntArray:
        """All travel times; raises TypeError where they are too many to stand in one matrix (then take a part)."""
        blocks = []
        for travel in self.travels:
            if not isinstance(travel, TravelMatrix):
                raise TypeError("a whole city has no travel matrix: take a part of the problem")
            blocks.append(travel.travel_seconds.astype(np.int64))
        if len(blocks) == 1:
            return blocks[0]
        size = len(blocks[0])
        whole = np.full((size * len(blocks),) * 2, UNREACHABLE, dtype=np.int64)
        for number, block in enumerate(blocks):
            whole[number * size:(number + 1) * size, number * size:(number + 1) * size] = block
        return whole

    @cached_property
    def site_places(self) -> IntArray:
        """Places of all sites by every means of travel, one after the other."""
        size = len(self.travels[0].place_ids)
        return np.concatenate([self.site_place + number * size for number in range(len(self.travels))])

    def places_of(self, cadre: int) -> IntArray:
        """Places of all sites (s) by a cadre's means of travel."""
        size = len(self.travels[0].place_ids)
        return np.asarray(self.site_place + self.office_place[cadre] // size * size, dtype=np.int64)

    @cached_property
    def legs(self) -> IntArray:
        """Seconds between sites by every means of travel in use, shape (means, s, s)."""
        return np.stack([self.travel_seconds[np.ix_(places, places)] for places in self.site_places.reshape(len(self.travels), -1)])

    @classmethod
    def from_problem(cls, problem: Problem) -> ProblemArrays:
        """Read the arrays off a problem."""
        district, place_index = problem.district, problem.travel.index_of
        modes = sorted(mode for mode in problem.by_mode if any(problem.mode_of(one) is mode for one in district.cadres))
        block = {mode: number * len(place_index) for number, mode in enumerate(modes, start=1)}
        subdistrict_index = {one.id: index for index, one in enumerate(district.subdistricts)}
        sites, cadres = district.sites, district.cadres

        def over_sites(values: list[int]) -> IntArray:
            return np.array(values, dtype=np.int64)

        return cls(
            travels=(problem.travel, *(problem.by_mode[mode] for mode in modes)),
            workload_minutes=over_sites([site.workload_minutes for site in sites]),
            stay_seconds=over_sites([site.stay_seconds for site in sites]),
            opens_seconds=over_sites([site.visiting_hours.opens_seconds for site in sites]),
            closes_seconds=over_sites([site.visiting_hours.closes_seconds for site in sites]),
            is_committee=np.array([site.kind is SiteKind.COMMITTEE for site in sites], dtype=np.bool_),
            is_key=np.array([site.is_key for site in sites], dtype=np.bool_),
            subdistrict=over_sites([subdistrict_index[site.subdistrict_id] for site in sites]),
            site_place=over_sites([place_index[site.id] for site in sites]),
            office_place=over_sites([place_index[cadre.office_id] + block.get(problem.mode_of(cadre), 0) for cadre in cadres]),
            capacity_percent=over_sites([cadre.capacity_percent for cadre in cadres]),
            rank=over_sites([int(cadre.rank) for cadre in cadres]),
        )
