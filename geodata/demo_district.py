"""The embedded demonstration district: invented people and sites on a synthetic map made from public facts.

No person and no firm in it is real: cadres, enterprises and committees have codes for names. Everything follows from
the seed. ``scale`` multiplies all counts: below 1 the same map with fewer of each, above 1 copies side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import shapely

from geodata.demo_agreements import PAST_TERM_IDS, Agreements
from geodata.demo_geography import (
    ORIGIN,
    SUBDISTRICTS,
    DistrictShape,
    Random,
    Tile,
    demo_geography,
    demo_streets,
    district_shape,
    tile_marks,
    tiles,
)
from geodata.demo_metro import demo_metro
from geodata.geography import Geography
from geodata.streets import FloatArray, IntArray, StreetNetwork
from planner.facts.district import (
    Cadre,
    District,
    Office,
    Pairing,
    PastTerm,
    Place,
    Rank,
    Site,
    SiteKind,
    StayRequest,
    Subdistrict,
    TimeWindow,
    UnitKind,
)
from planner.facts.term import Term

NAME: Final = "杨浦区（演示）"

_CADRES, _ENTERPRISES, _LEADERS, _DIVISION, _DEPARTMENTS = 310, 490, 35, 110, 45
_MIN_LEADERS, _MIN_DEPARTMENTS, _MIN_COMMITTEES, _MIN_ENTERPRISES_PER_CADRE = 8, 6, 2, 1.2
_SUBDISTRICT_CADRE_SHARE, _DEPUTY_SHARE, _KEY_SHARE = 0.30, 0.18, 0.20
_WITHOUT_COORDINATES = 5
_SITES_PER_CONSTITUENCY, _MAX_DEPUTIES_PER_CONSTITUENCY, _CONSTITUENCY_REACH_METRES = 16.5, 2, 5_000

_CAPACITY_PERCENT: Final = {Rank.DISTRICT_LEADER: 50, Rank.DIVISION: 100, Rank.DEPUTY_DIVISION: 120}

INDUSTRIES: Final = ("科技", "商贸", "建筑", "金融", "文化创意", "教育培训", "医药健康", "制造", "信息服务", "现代物流")
_INDUSTRY_WEIGHTS: Final = (0.18, 0.17, 0.10, 0.08, 0.10, 0.06, 0.08, 0.07, 0.11, 0.05)

_UNITS: Final = (
    ("区发展改革委", ("现代物流", "制造")), ("区科委", ("科技", "信息服务")), ("区商务委", ("商贸", "现代物流")),
    ("区建设管理委", ("建筑",)), ("区教育局", ("教育培训",)), ("区卫生健康委", ("医药健康",)),
    ("区文化旅游局", ("文化创意",)), ("区财政局", ("金融",)), ("区市场监管局", ("商贸", "医药健康")),
    ("区规划资源局", ("建筑",)), ("区金融服务办", ("金融",)), ("区国资委", ("制造",)),
    ("区投资促进办", ("科技", "商贸")), ("区人力资源社会保障局", ("教育培训",)), ("区大数据中心", ("信息服务",)),
    ("区交通委", ("现代物流",)), ("区房管局", ("建筑",)), ("区生态环境局", ("制造",)), ("区体育局", ("文化创意",)),
    ("区税务局", ("金融",)), ("区民政局", ()), ("区司法局", ()), ("区审计局", ()), ("区统计局", ()),
    ("区应急局", ()), ("区信访办", ()), ("区绿化市容局", ()), ("区水务局", ()), ("区退役军人局", ()),
    ("区医保局", ()), ("区机关事务局", ()), ("区城管执法局", ()), ("区档案局", ()), ("区政务服务办", ()),
    ("区民族宗教办", ()), ("区侨务办", ()), ("区总工会", ()), ("团区委", ()), ("区妇联", ()),
    ("区工商联", ("商贸",)), ("区科协", ("科技",)), ("区残联", ()), ("区红十字会", ()),
    ("区融媒体中心", ("文化创意",)), ("区滨江开发办", ("建筑",)),
)
"""Departments by name, with the industries they serve."""

_GOVERNMENT: Final = (121.5200, 31.2660)
_OUTER_BUILDINGS: Final = ((121.512, 31.304), (121.507, 31.285), (121.530, 31.291), (121.533, 31.319),
                           (121.508, 31.327), (121.545, 31.284))
"""Where departments sit that are not near the government: every third one."""

_ENTERPRISE_SHARES: Final = {
    "五角场街道": 0.25, "大桥街道": 0.10, "平凉路街道": 0.10, "江浦路街道": 0.10, "四平路街道": 0.12,
    "新江湾城街道": 0.10, "长海路街道": 0.08, "定海路街道": 0.03, "控江路街道": 0.03, "长白新村街道": 0.02,
    "延吉新村街道": 0.02, "殷行街道": 0.05,
}
_CLUSTERS: Final = ((121.514, 31.302), (121.508, 31.307), (121.500, 31.299), (121.502, 31.283), (121.508, 31.263),
                    (121.528, 31.270), (121.522, 31.257), (121.540, 31.265), (121.504, 31.334), (121.511, 31.318),
                    (121.543, 31.306), (121.553, 31.283))
_CLUSTER_METRES: Final = 450

_HOUR: Final = 3_600
_ALL_DAY: Final = TimeWindow(9 * _HOUR, 17 * _HOUR)
_MORNING: Final = TimeWindow(9 * _HOUR, 11 * _HOUR + _HOUR // 2)
_AFTERNOON: Final = TimeWindow(13 * _HOUR + _HOUR // 2, 17 * _HOUR)


@dataclass(frozen=True)
class Demo:
    """A whole district to plan for: its facts, its map and the coming term (whose special days the caller fills in)."""

    district: District
    geography: Geography
    term: Term


def build_demo(seed: int = 1, scale: float = 1.0) -> Demo:
    """Make the demonstration district; the same seed and scale give the same one. Raises ValueError for scale <= 0."""
    if not (scale > 0 and math.isfinite(scale)):
        raise ValueError(f"scale must be above 0, not {scale}")
    layout = tiles(max(1, math.ceil(scale)))
    shape = district_shape()
    streets = demo_streets(shape, np.random.Generator(np.random.PCG64(seed)))
    ground = _Ground(shape, StreetNetwork(streets))
    copies = [
        _moved(_Copy(ground, scale / len(layout), np.random.Generator(np.random.PCG64([seed, number]))).district(),
               tile, *tile_marks(number, alone=len(layout) == 1))
        for number, tile in enumerate(layout, start=1)
    ]
    term = Term("2027-2028", date(2027, 1, 1), 24)
    geography = replace(demo_geography(shape, streets, layout), metro=demo_metro(layout))
    return Demo(_joined(copies), geography, term)


@dataclass(frozen=True)
class _Ground:
    """The first copy's land and roads, on which the people and sites of every copy are placed."""

    shape: DistrictShape
    network: StreetNetwork

    @cached_property
    def node_metres(self) -> FloatArray:
        """Positions of the road nodes in metres of ``ORIGIN``, shape (nodes, 2)."""
        return ORIGIN.to_metres(self.network.lonlat)

    @cached_property
    def nodes_in(self) -> tuple[IntArray, ...]:
        """Indices of the dry road nodes of every sub-district."""
        x, y = self.node_metres.T
        dry = ~shapely.contains_xy(self.shape.water, x, y)
        return tuple(np.flatnonzero(dry & shapely.contains_xy(polygon, x, y)) for polygon in self.shape.subdistricts)

    @cached_property
    def cluster_weight(self) -> FloatArray:
        """How much enterprises like each road node: high near a business cluster."""
        centres = ORIGIN.to_metres(np.array(_CLUSTERS))
        squares = ((self.node_metres[:, None, :] - centres) ** 2).sum(axis=2)
        return np.exp(-squares / (2 * _CLUSTER_METRES**2)).sum(axis=1) + 0.02

    def subdistrict_at(self, metres: FloatArray) -> int:
        """Tell the index of the sub-district nearest to a point."""
        point = shapely.Point(metres)
        return int(np.argmin([polygon.distance(point) for polygon in self.shape.subdistricts]))

    def near(self, lonlat: tuple[float, float], spread_metres: float, random: Random) -> FloatArray:
        """Find a road node near a point, in metres."""
        wanted = ORIGIN.to_metres(np.array([lonlat]))[0] + random.normal(0, spread_metres, 2)
        dry = np.concatenate(self.nodes_in)
        return self.node_metres[dry[np.argmin(((self.node_metres[dry] - wanted) ** 2).sum(axis=1))]]

    def beside(self, nodes: IntArray, polygon: shapely.Polygon, random: Random) -> FloatArray:
        """Place a door 5 to 60 m off each node, inside the polygon where one of eight tries is, shape (n, 2)."""
        doors = self.node_metres[nodes].copy()
        distance, angle = random.uniform(5, 60, len(nodes)), random.uniform(0, 2 * np.pi, len(nodes))
        placed = np.zeros(len(nodes), dtype=np.bool_)
        for turn in np.arange(8) * np.pi / 4:
            tries = self.node_metres[nodes] + distance[:, None] * np.stack(
                (np.cos(angle + turn), np.sin(angle + turn)), axis=1)
            good = ~placed & shapely.contains_xy(polygon.difference(self.shape.water), tries[:, 0], tries[:, 1])
            doors[good], placed = tries[good], placed | good
        return doors


class _Copy:
    """One copy of the district in the making, in the first copy's place and without marks on ids and names."""

    def __init__(self, ground: _Ground, share: float, random: Random) -> None:
        self._ground, self._share, self._random = ground, share, random

    def district(self) -> District:
        """Make everything, in a fixed order of random draws."""
        sites = self._with_constituencies([*self._enterprises(), *self._committees()])
        offices = self._offices()
        cadres = self._with_deputies(self._cadres(offices), offices, sites)
        district = District(NAME, tuple(Subdistrict(one.code, one.name, Place(one.lon, one.lat))
                                        for one in SUBDISTRICTS), tuple(offices), tuple(cadres), tuple(sites))
        return Agreements(district, self._ground.network, self._share, self._random).added()

    def _count(self, at_full_scale: float, least: int = 1) -> int:
        return max(least, round(at_full_scale * self._share))

    def _committee_counts(self) -> list[int]:
        return [self._count(one.committees, _MIN_COMMITTEES) for one in SUBDISTRICTS]

    def _cadre_count(self) -> int:
        """Count the cadres: more than committees, because each may hold one."""
        return self._count(_CADRES, sum(self._committee_counts()) + 1)

    def _enterprises(self) -> list[Site]:
        total = self._count(_ENTERPRISES, math.ceil(self._cadre_count() * _MIN_ENTERPRISES_PER_CADRE))
        counts = _apportioned(total, [_ENTERPRISE_SHARES[one.name] for one in SUBDISTRICTS])
        random = self._random
        workloads = _workloads(total, 75, random)
        months = _months_between(workloads, random)
        key = set(random.choice(total, round(total * _KEY_SHARE), replace=False,
                                p=workloads / workloads.sum()).tolist())
        industries = random.choice(len(INDUSTRIES), total, p=np.array(_INDUSTRY_WEIGHTS) / sum(_INDUSTRY_WEIGHTS))
        stays = random.choice([30, 45, 60, 75, 90], total, p=[0.3, 0.25, 0.25, 0.1, 0.1])
        hours = random.choice(3, total, p=[0.7, 0.15, 0.15])
        positions = self._positions(counts, self._ground.cluster_weight)
        return [
            Site(f"E{index + 1:04d}", f"企业{index + 1:04d}", SiteKind.ENTERPRISE, subdistrict.code, place,
                 int(workloads[index]), int(stays[index]) * 60, (_ALL_DAY, _MORNING, _AFTERNOON)[hours[index]],
                 int(months[index]), index in key, INDUSTRIES[industries[index]], None, address)
            for index, (subdistrict, place, address) in enumerate(positions)
        ]

    def _committees(self) -> list[Site]:
        counts = self._committee_counts()
        total, random = sum(counts), self._random
        workloads = _workloads(total, 100, random)
        months = _months_between(workloads, random)
        stays = random.choice([45, 60], total)
        hours = random.choice(3, total, p=[0.9, 0.05, 0.05])
        positions = self._positions(counts, np.ones(len(self._ground.node_metres)))
        numbers = [number for count in counts for number in range(1, count + 1)]
        residents = _residents(counts, random.spawn(1)[0])
        return [
            Site(f"R{index + 1:03d}", f"{subdistrict.name}第{numbers[index]}居委会", SiteKind.COMMITTEE,
                 subdistrict.code, place, int(workloads[index]), int(stays[index]) * 60,
                 (_ALL_DAY, _MORNING, _AFTERNOON)[hours[index]], int(months[index]), address=address,
                 residents=residents[index])
            for index, (subdistrict, place, address) in enumerate(positions)
        ]

    def _positions(self, counts: Sequence[int], node_weight: FloatArray) -> list[tuple[Subdistrict, Place, str]]:
        """Place ``counts[k]`` sites in sub-district k, and give each an invented address."""
        result = []
        for index, (facts, count) in enumerate(zip(SUBDISTRICTS, counts, strict=True)):
            nodes = self._ground.nodes_in[index]
            chosen = self._random.choice(nodes, count, replace=count > len(nodes),
                                         p=node_weight[nodes] / node_weight[nodes].sum())
            doors = self._ground.beside(chosen, self._ground.shape.subdistricts[index], self._random)
            numbers = self._random.integers(1, 1_000, count)
            result += [(facts, _place(door), f"{facts.name} 演示地址{number}号")
                       for door, number in zip(doors, numbers, strict=True)]
        return result

    def _with_constituencies(self, sites: list[Site]) -> list[Site]:
        """Group the sites of every sub-district into 选区 of neighbours, then forget the coordinates of a few sites."""
        constituency: dict[int, str] = {}
        for facts in SUBDISTRICTS:
            own = np.array([index for index, site in enumerate(sites) if site.subdistrict_id == facts.code])
            positions = ORIGIN.to_metres(np.array([(sites[i].place.lon, sites[i].place.lat) for i in own]))
            groups = max(1, round(len(own) / _SITES_PER_CONSTITUENCY))
            for members in _neighbours(np.arange(len(own)), positions, groups):
                name = f"X{len(set(constituency.values())) + 1:02d}"
                constituency.update((int(own[member]), name) for member in members)
        forgotten = set(self._random.choice(len(sites), self._count(_WITHOUT_COORDINATES), replace=False).tolist())
        centre = {one.code: Place(one.lon, one.lat, estimated=True) for one in SUBDISTRICTS}
        return [replace(site, constituency_id=constituency[index],
                        place=centre[site.subdistrict_id] if index in forgotten else site.place)
                for index, site in enumerate(sites)]

    def _offices(self) -> list[Office]:
        ground, random = self._ground, self._random
        units: list[tuple[str, UnitKind, FloatArray, tuple[str, ...]]] = [
            ("区领导机关", UnitKind.DISTRICT, ground.near(_GOVERNMENT, 0, random), ())]
        for index, (name, industries) in enumerate(_UNITS[:self._count(_DEPARTMENTS, _MIN_DEPARTMENTS)]):
            outer = _OUTER_BUILDINGS[index // 3 % len(_OUTER_BUILDINGS)]
            near = ground.near(outer, 150, random) if index % 3 == 2 else ground.near(_GOVERNMENT, 350, random)
            units.append((name, UnitKind.DEPARTMENT, near, industries))
        units += [(f"{one.name}办事处", UnitKind.SUBDISTRICT, ground.near((one.lon, one.lat), 60, random), ())
                  for one in SUBDISTRICTS]
        return [Office(f"U{number:02d}", name, kind, SUBDISTRICTS[ground.subdistrict_at(metres)].code, _place(metres),
                       industries) for number, (name, kind, metres, industries) in enumerate(units, start=1)]

    def _cadres(self, offices: Sequence[Office]) -> list[Cadre]:
        """Staff the offices: leaders in the first, three tenths of the rest in the sub-districts' offices."""
        total = self._cadre_count()
        leaders = self._count(_LEADERS, _MIN_LEADERS)
        local = round((total - leaders) * _SUBDISTRICT_CADRE_SHARE)
        by_kind = {kind: [one.id for one in offices if one.kind is kind] for kind in UnitKind}
        seats = [*_dealt(by_kind[UnitKind.DEPARTMENT], total - leaders - local, self._random),
                 *_dealt(by_kind[UnitKind.SUBDISTRICT], local, self._random)]
        heads = self._count(_DIVISION)
        first_seats = [seats.index(office_id) for office_id in dict.fromkeys(seats)][:heads]
        others = [seat for seat in range(len(seats)) if seat not in set(first_seats)]
        heads_besides = self._random.choice(others, max(0, min(len(others), heads - len(first_seats))), replace=False)
        divisions = {*first_seats, *heads_besides.tolist()}
        ranked = [(by_kind[UnitKind.DISTRICT][0], Rank.DISTRICT_LEADER)] * leaders
        ranked += [(office_id, Rank.DIVISION if seat in divisions else Rank.DEPUTY_DIVISION)
                   for seat, office_id in enumerate(seats)]
        return [Cadre(f"C{number:03d}", f"干部{number:03d}", office_id, rank, _CAPACITY_PERCENT[rank])
                for number, (office_id, rank) in enumerate(ranked, start=1)]

    def _with_deputies(self, cadres: list[Cadre], offices: Sequence[Office], sites: Sequence[Site]) -> list[Cadre]:
        """Make some cadres deputies of a constituency near their office, at most two in each."""
        members: dict[str, list[tuple[float, float]]] = {}
        for site in sites:
            members.setdefault(str(site.constituency_id), []).append((site.place.lon, site.place.lat))
        names = sorted(members)
        centres = ORIGIN.to_metres(np.array([np.mean(members[name], axis=0) for name in names]))
        place_of = {one.id: one.place for one in offices}
        seats_left = np.full(len(names), _MAX_DEPUTIES_PER_CONSTITUENCY)
        wanted = min(round(len(cadres) * _DEPUTY_SHARE), int(seats_left.sum()))
        result = list(cadres)
        for index in sorted(self._random.choice(len(cadres), wanted, replace=False).tolist()):
            place = place_of[cadres[index].office_id]
            metres = np.linalg.norm(centres - ORIGIN.to_metres(np.array([(place.lon, place.lat)])), axis=1)
            free = np.flatnonzero(seats_left > 0)
            near = free[metres[free] <= max(_CONSTITUENCY_REACH_METRES, metres[free].min())]
            seat = int(self._random.choice(near))
            seats_left[seat] -= 1
            result[index] = replace(cadres[index], constituency_id=names[seat])
        return result


def _workloads(count: int, median_minutes: int, random: Random) -> IntArray:
    """Draw heavy-tailed monthly workloads in quarter hours, 30 to 360 minutes."""
    minutes = median_minutes * np.exp(random.normal(0, 0.5, count))
    return (np.clip(np.rint(minutes / 15) * 15, 30, 360)).astype(np.int64)


def _residents(counts: Sequence[int], random: Random) -> list[int]:
    """Share the people of every sub-district among its committees, in tens; ``counts[k]`` committees in sub-district k.

    A district of another size has fewer or more committees, each still as large as at full scale.
    """
    residents: list[int] = []
    for facts, count in zip(SUBDISTRICTS, counts, strict=True):
        weights = np.exp(random.normal(0, 0.25, count))
        people = facts.population / facts.committees * count
        residents += [10 * int(one) for one in np.rint(people * weights / weights.sum() / 10)]
    return residents


def _months_between(workloads: IntArray, random: Random) -> IntArray:
    """Decide how often a site is visited: the heaviest 35 % monthly, the next 35 % every two months, the rest three."""
    order = np.argsort(-(workloads * random.uniform(0.7, 1.3, len(workloads))), kind="stable")
    months = np.full(len(workloads), 3, dtype=np.int64)
    months[order[:round(0.70 * len(order))]] = 2
    months[order[:round(0.35 * len(order))]] = 1
    return months


def _apportioned(total: int, shares: Sequence[float]) -> list[int]:
    """Split a total by shares, at least 1 each: largest remainders get what is left."""
    exact = 1 + (total - len(shares)) * np.array(shares) / sum(shares)
    counts = np.floor(exact).astype(int)
    for index in np.argsort(-(exact - counts), kind="stable")[:total - int(counts.sum())]:
        counts[index] += 1
    return counts.tolist()


def _neighbours(members: IntArray, positions: FloatArray, groups: int) -> list[IntArray]:
    """Split points into groups of neighbours of nearly equal size, by halving along the longer side."""
    if groups == 1:
        return [members]
    longer = int(np.argmax(np.ptp(positions[members], axis=0)))
    ordered = members[np.argsort(positions[members, longer], kind="stable")]
    first = groups // 2
    cut = round(len(members) * first / groups)
    return [*_neighbours(ordered[:cut], positions, first), *_neighbours(ordered[cut:], positions, groups - first)]


def _dealt(office_ids: Sequence[str], seats: int, random: Random) -> list[str]:
    """Deal seats to offices: one each while they last, the rest by chance of unequal offices; in office order."""
    counts = np.zeros(len(office_ids), dtype=np.int64)
    counts[:seats] = 1
    rest = seats - int(counts.sum())
    weights = random.uniform(0.6, 1.4, len(office_ids))
    counts += random.multinomial(rest, weights / weights.sum())
    return [office_id for office_id, count in zip(office_ids, counts, strict=True) for _ in range(count)]


def _place(metres: FloatArray) -> Place:
    lon, lat = ORIGIN.to_lonlat(metres.reshape(1, 2))[0]
    return Place(round(float(lon), 6), round(float(lat), 6))


def _moved(district: District, tile: Tile, prefix: str, suffix: str) -> District:
    """Move a copy to its tile and mark its ids and names."""
    def place(one: Place) -> Place:
        if not prefix:
            return one
        lon, lat = tile.plane.to_lonlat(ORIGIN.to_metres(np.array([(one.lon, one.lat)])))[0]
        return Place(round(float(lon), 6), round(float(lat), 6), one.estimated)

    def constituency(name: str | None) -> str | None:
        return None if name is None else prefix + name

    def pairings(pairs: frozenset[Pairing]) -> frozenset[Pairing]:
        return frozenset(Pairing(prefix + one.cadre_id, prefix + one.site_id) for one in pairs)

    return District(
        district.name,
        tuple(Subdistrict(prefix + one.id, one.name + suffix, place(one.centre)) for one in district.subdistricts),
        tuple(replace(one, id=prefix + one.id, name=one.name + suffix, subdistrict_id=prefix + one.subdistrict_id,
                      place=place(one.place)) for one in district.offices),
        tuple(replace(one, id=prefix + one.id, name=one.name + suffix, office_id=prefix + one.office_id,
                      constituency_id=constituency(one.constituency_id)) for one in district.cadres),
        tuple(replace(one, id=prefix + one.id, name=one.name + suffix, subdistrict_id=prefix + one.subdistrict_id,
                      place=place(one.place), constituency_id=constituency(one.constituency_id))
              for one in district.sites),
        tuple(PastTerm(one.id, pairings(one.pairings)) for one in district.past_terms),
        pairings(district.recusals),
        pairings(district.pins),
        frozenset(StayRequest(prefix + one.cadre_id, prefix + one.site_id) for one in district.stay_requests),
        tuple(replace(one, cadre_id=prefix + one.cadre_id) for one in district.absences),
    )


def _joined(copies: Sequence[District]) -> District:
    """Put all copies into one district."""
    if len(copies) == 1:
        return copies[0]
    return District(
        NAME,
        tuple(one for copy in copies for one in copy.subdistricts),
        tuple(one for copy in copies for one in copy.offices),
        tuple(one for copy in copies for one in copy.cadres),
        tuple(one for copy in copies for one in copy.sites),
        tuple(PastTerm(term_id, frozenset(one for copy in copies for one in copy.past_terms[index].pairings))
              for index, term_id in enumerate(PAST_TERM_IDS)),
        frozenset(one for copy in copies for one in copy.recusals),
        frozenset(one for copy in copies for one in copy.pins),
        frozenset(one for copy in copies for one in copy.stay_requests),
        tuple(one for copy in copies for one in copy.absences),
    )
