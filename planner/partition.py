"""Areas: a city's sites and cadres in parts of about one district's size, each of which can be planned by itself.

Sites go by sub-districts, which stay whole. A set of sub-districts that is too large is cut in two by a straight line,
where least is lost: few neighbours on the other side, and as many cadres as the sites ask for on either side. Cadres follow their
offices, deputies their constituency, and a pinned site its cadre; where an area still lacks cadres of a rank for its
work, or cadres for its number of sites, the nearest surplus helps out. Everything follows from the facts, ties by order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.facts.district import Rank
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray

FloatArray = NDArray[np.float64]

AREA_CADRES: Final = 350
"""An area with more cadres than this is cut."""

NEIGHBOUR_METRES: Final = 1_500.0
"""Sub-districts much farther apart than this hardly exchange sites."""

DIRECTIONS_DEGREES: Final = (0.0, 90.0, 45.0, 135.0)
LEAST_SHARE: Final = 0.2
"""No side of a cut is smaller than this part of the whole."""

RANK_SLACK: Final = 0.08
"""How far the number of an area's cadres of one rank may be from its share of what the sites ask for."""


@dataclass(frozen=True)
class Area:
    """Indices of cadres and of sites in district order, ascending; every cadre and site is in one area."""

    cadres: IntArray
    sites: IntArray


def areas_of(problem: Problem, most_cadres: int = AREA_CADRES) -> tuple[Area, ...]:
    """Cut the district into areas of up to about ``most_cadres``; areas without any cadre or site do not occur."""
    layout = _Layout(problem)
    parts = _cut(layout, np.arange(len(layout.demand)), most_cadres)
    area_of_subdistrict = np.zeros(len(layout.demand), dtype=np.int64)
    for number, part in enumerate(parts):
        area_of_subdistrict[part] = number
    site_area = area_of_subdistrict[problem.arrays.subdistrict]
    cadre_area, fixed = _followed(problem, area_of_subdistrict, site_area)
    _even_out(problem, layout, cadre_area, fixed, site_area, len(parts))
    for site_id, cadre_ids in problem.pinned_cadres_of.items():
        site_area[problem.site_index[site_id]] = cadre_area[problem.cadre_index[min(cadre_ids)]]
    found = (Area(np.flatnonzero(cadre_area == number), np.flatnonzero(site_area == number)) for number in range(len(parts)))
    return tuple(area for area in found if len(area.cadres) or len(area.sites))


def groups_of(problem: Problem, holders: IntArray, most_cadres: int = AREA_CADRES, share: float = 0.5) -> tuple[Area, ...]:
    """Cadres by where their sites (``holders`` (s): cadre or -1) lie, in groups of neighbours that no area's border bounds.

    They are cut at ``share`` of their number, again and again.
    Every cadre is in one group with what he holds; a site that nobody holds is in the group of the nearest held one.
    """
    at, place = middles_of(problem, holders)
    held = np.flatnonzero(holders >= 0)

    def parted(members: IntArray) -> list[IntArray]:
        if len(members) <= most_cadres:
            return [members]
        longer = int(np.argmax(np.ptp(at[members], axis=0)))
        ordered = members[np.argsort(at[members, longer], kind="stable")]
        cut = max(1, int(share * len(members)))
        return [*parted(ordered[:cut]), *parted(ordered[cut:])]

    group_of = np.zeros(len(at), dtype=np.int64)
    groups = parted(np.arange(len(at)))
    for number, members in enumerate(groups):
        group_of[members] = number
    site_group = np.where(holders >= 0, group_of[holders], -1)
    for site in np.flatnonzero(holders < 0):
        nearest = held[np.argmin(((place[held] - place[site]) ** 2).sum(axis=1))] if len(held) else -1
        site_group[site] = site_group[nearest] if nearest >= 0 else 0
    return tuple(Area(np.sort(members), np.flatnonzero(site_group == number)) for number, members in enumerate(groups))


def middles_of(problem: Problem, holders: IntArray) -> tuple[FloatArray, FloatArray]:
    """The middle of what every cadre holds (c, 2), his office where he holds nothing, and every site (s, 2): metres.

    ``holders`` (s): cadre or -1.
    """
    district = problem.district
    lonlat = np.array([(one.place.lon, one.place.lat) for one in district.sites]).reshape(-1, 2)
    place = _to_metres(lonlat)
    office = {one.id: (one.place.lon, one.place.lat) for one in district.offices}
    at = _to_metres(np.array([office[one.office_id] for one in district.cadres]).reshape(-1, 2), lonlat)
    held = np.flatnonzero(holders >= 0)
    counts = np.bincount(holders[held], minlength=len(at))
    for axis in range(2):
        sums = np.bincount(holders[held], weights=place[held, axis], minlength=len(at))
        at[counts > 0, axis] = sums[counts > 0] / counts[counts > 0]
    return at, place


def in_proportion(total: int, weights: list[int]) -> list[int]:
    """Whole numbers that add up to ``total``, by largest remainders, ties to the first."""
    exact = [total * weight / max(1, sum(weights)) for weight in weights]
    parts = [int(one) for one in exact]
    order = sorted(range(len(parts)), key=lambda number: (parts[number] - exact[number], number))
    for number in order[:total - sum(parts)]:
        parts[number] += 1
    return parts


class _Layout:
    """The sub-districts (k): metres (k, 2), cadres who sit there, and cadres their sites ask for (``demand``).

    ``ties`` (k, k): about how many sites two of them could exchange; office_metres: by office id.
    """

    def __init__(self, problem: Problem) -> None:
        district, arrays = problem.district, problem.arrays
        index_of = {one.id: index for index, one in enumerate(district.subdistricts)}
        centres = np.array([(one.centre.lon, one.centre.lat) for one in district.subdistricts]).reshape(-1, 2)
        self.metres = _to_metres(centres)
        self.office_metres = {
            one.id: metres for one, metres in zip(district.offices, _to_metres(
                np.array([(one.place.lon, one.place.lat) for one in district.offices]).reshape(-1, 2), centres), strict=True)}
        count = len(district.subdistricts)
        home = np.array([index_of[district.office_of(one).subdistrict_id] for one in district.cadres], dtype=np.int64)
        sites = np.bincount(arrays.subdistrict, minlength=count)
        self.cadres = np.bincount(home, minlength=count)
        self.demand = len(district.cadres) * _demand(problem, arrays.subdistrict, count)
        squares = ((self.metres[:, None] - self.metres) ** 2).sum(axis=2)
        smaller = np.minimum(sites[:, None], sites)
        self.ties = smaller * np.exp(-np.sqrt(squares) / NEIGHBOUR_METRES)


def _demand(problem: Problem, where: IntArray, count: int) -> FloatArray:
    """The part (count) of all cadres that the sites at each place ask for: the mean of their work's and committees' part."""
    arrays = problem.arrays
    parts = []
    for weights in (arrays.workload_minutes, arrays.is_committee):
        weight = np.bincount(where, weights=weights, minlength=count)
        if weight.sum() > 0:
            parts.append(weight / weight.sum())
    return np.asarray(np.mean(parts, axis=0) if parts else np.full(count, 1 / max(1, count)), dtype=np.float64)


def _to_metres(lonlat: FloatArray, around: FloatArray | None = None) -> FloatArray:
    """Degrees to metres, roughly, east and north of the middle of ``around``."""
    middle = (lonlat if around is None else around).mean(axis=0) if len(lonlat) else np.zeros(2)
    per_degree = np.array([111_320.0 * np.cos(np.radians(middle[1])), 110_574.0])
    return np.asarray((lonlat - middle) * per_degree, dtype=np.float64)


def _cut(layout: _Layout, members: IntArray, most_cadres: int) -> list[IntArray]:
    """Cut a set of sub-districts until no part asks for more cadres than an area may have."""
    if layout.demand[members].sum() <= most_cadres or len(members) < 2:
        return [members]
    best: tuple[float, IntArray, IntArray] | None = None
    for degrees in DIRECTIONS_DEGREES:
        angle = np.radians(degrees)
        along = layout.metres[members] @ np.array([np.cos(angle), np.sin(angle)])
        ordered = members[np.argsort(along, kind="stable")]
        demand = np.cumsum(layout.demand[ordered])
        for cut in range(1, len(ordered)):
            share = demand[cut - 1] / max(1e-9, demand[-1])
            if not LEAST_SHARE <= share <= 1 - LEAST_SHARE:
                continue
            first, second = ordered[:cut], ordered[cut:]
            moving = layout.cadres[first].sum() - layout.cadres[members].sum() * share
            lost = abs(moving) + layout.ties[np.ix_(first, second)].sum()
            if best is None or lost < best[0] - 1e-9:
                best = float(lost), first, second
    if best is None:
        half = len(members) // 2
        best = 0.0, members[:half], members[half:]
    return [part for side in best[1:] for part in _cut(layout, np.sort(side), most_cadres)]


def _followed(problem: Problem, area_of_subdistrict: IntArray, site_area: IntArray) -> tuple[IntArray, BoolArray]:
    """The area of every cadre by his constituency, his pins, or else his office; and whether he may not leave it."""
    district = problem.district
    index_of = {one.id: index for index, one in enumerate(district.subdistricts)}
    constituency: dict[str, Counter[int]] = {}
    for site, area in zip(district.sites, site_area.tolist(), strict=True):
        if site.constituency_id is not None:
            constituency.setdefault(site.constituency_id, Counter())[area] += 1
    pinned: dict[str, list[int]] = {}
    for site_id, cadre_ids in problem.pinned_cadres_of.items():
        pinned.setdefault(min(cadre_ids), []).append(int(site_area[problem.site_index[site_id]]))
    areas = np.zeros(len(district.cadres), dtype=np.int64)
    fixed = np.zeros(len(district.cadres), dtype=np.bool_)
    for index, cadre in enumerate(district.cadres):
        areas[index] = area_of_subdistrict[index_of[district.office_of(cadre).subdistrict_id]]
        own = constituency.get(cadre.constituency_id or "")
        if own is not None:
            areas[index], fixed[index] = min(own, key=lambda area: (-own[area], area)), True
        elif cadre.id in pinned:
            areas[index], fixed[index] = min(pinned[cadre.id]), True
    return areas, fixed


def _even_out(problem: Problem, layout: _Layout, cadre_area: IntArray, fixed: BoolArray, site_area: IntArray,
              count: int) -> None:
    """Move cadres, in place, until every area has about its share of each rank: cheapest moves first."""
    arrays = problem.arrays
    demand = _demand(problem, site_area, count)
    centres = np.array([np.average(layout.metres, axis=0, weights=np.bincount(
        arrays.subdistrict[site_area == area], minlength=len(layout.demand)) + 1e-9) for area in range(count)])
    place = np.array([layout.office_metres[one.office_id] for one in problem.district.cadres]).reshape(-1, 2)
    metres = np.sqrt(((place[:, None] - centres) ** 2).sum(axis=2))
    active = arrays.capacity_percent > 0
    for rank in Rank:
        own = np.flatnonzero((arrays.rank == int(rank)) & active)
        share = len(own) * demand
        _move(own, cadre_area, fixed, metres, np.floor(share * (1 - RANK_SLACK)), np.ceil(share * (1 + RANK_SLACK)))
    policy = problem.policy
    committees = np.bincount(site_area, weights=arrays.is_committee, minlength=count)
    enterprises = np.bincount(site_area, weights=~arrays.is_committee, minlength=count)
    needed = np.ceil(np.maximum(committees / max(1, policy.max_committees_per_cadre),
                                enterprises / max(1, policy.max_enterprises_per_cadre)))
    allowed = np.maximum(needed, enterprises // max(1, policy.min_enterprises_per_cadre))
    share = int(active.sum()) * demand
    low = np.minimum(allowed, np.maximum(needed, np.floor(share * (1 - RANK_SLACK))))
    _move(np.flatnonzero(active), cadre_area, fixed, metres, low, np.maximum(low, np.minimum(allowed, np.ceil(share * (1 + RANK_SLACK)))))


def _move(own: IntArray, cadre_area: IntArray, fixed: BoolArray, metres: FloatArray, low: FloatArray, high: FloatArray) -> None:
    """Move some cadres, in place, until every area has ``low`` to ``high`` of them, as far as that can be had."""
    held = np.bincount(cadre_area[own], minlength=len(low))
    for _ in range(len(own)):
        lacking, crowded = np.flatnonzero(held < low), np.flatnonzero(held > high)
        if not len(lacking) and not len(crowded):
            break
        giving = crowded if len(crowded) else np.flatnonzero(held > low)
        taking = lacking if len(lacking) else np.flatnonzero(held < high)
        movable = own[np.isin(cadre_area[own], giving) & ~fixed[own]]
        if not len(movable) or not len(taking):
            break
        extra = metres[np.ix_(movable, taking)] - metres[movable, cadre_area[movable]][:, None]
        best = int(np.argmin(extra))
        cadre, area = movable[best // len(taking)], taking[best % len(taking)]
        held[cadre_area[cadre]] -= 1
        held[area] += 1
        cadre_area[cadre] = area
