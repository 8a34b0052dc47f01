"""The facts of a problem as arrays, for encodings and engines. Index i is a cadre, j a site, in district order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.facts.district import SiteKind
from planner.facts.travel import Travel, TravelMatrix

if TYPE_CHECKING:
    from planner.facts.problem import Problem

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ProblemArrays:
    """Integer arrays over cadres (length c) and sites (length s).

    ``travel_seconds`` has shape (places, places) in the matrix's order; ``office_place`` (c) and ``site_place`` (s)
    point into it. Windows are seconds after midnight.
    """

    travel: Travel

    workload_minutes: IntArray
    stay_seconds: IntArray
    opens_seconds: IntArray
    closes_seconds: IntArray
    is_committee: BoolArray
    subdistrict: IntArray
    site_place: IntArray
    office_place: IntArray
    capacity_percent: IntArray
    rank: IntArray

    @cached_property
    def travel_seconds(self) -> IntArray:
        """All travel times; raises TypeError where they are too many to stand in one matrix (then take a part)."""
        if not isinstance(self.travel, TravelMatrix):
            raise TypeError("a whole city has no travel matrix: take a part of the problem")
        return self.travel.travel_seconds.astype(np.int64)

    @classmethod
    def from_problem(cls, problem: Problem) -> ProblemArrays:
        """Read the arrays off a problem."""
        district, place_index = problem.district, problem.travel.index_of
        subdistrict_index = {one.id: index for index, one in enumerate(district.subdistricts)}
        sites, cadres = district.sites, district.cadres

        def over_sites(values: list[int]) -> IntArray:
            return np.array(values, dtype=np.int64)

        return cls(
            travel=problem.travel,
            workload_minutes=over_sites([site.workload_minutes for site in sites]),
            stay_seconds=over_sites([site.stay_seconds for site in sites]),
            opens_seconds=over_sites([site.visiting_hours.opens_seconds for site in sites]),
            closes_seconds=over_sites([site.visiting_hours.closes_seconds for site in sites]),
            is_committee=np.array([site.kind is SiteKind.COMMITTEE for site in sites], dtype=np.bool_),
            subdistrict=over_sites([subdistrict_index[site.subdistrict_id] for site in sites]),
            site_place=over_sites([place_index[site.id] for site in sites]),
            office_place=over_sites([place_index[cadre.office_id] for cadre in cadres]),
            capacity_percent=over_sites([cadre.capacity_percent for cadre in cadres]),
            rank=over_sites([int(cadre.rank) for cadre in cadres]),
        )
