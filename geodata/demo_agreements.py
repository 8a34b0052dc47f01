"""What is already agreed in the demonstration district: past terms, recusals, pins, requests to stay, absences; all invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from geodata.demo_geography import Random
from geodata.streets import FloatArray, IntArray, StreetNetwork
from planner.facts.district import Absence, District, Pairing, PastTerm, Rank, SiteKind, StayRequest

PAST_TERM_IDS: Final = ("2023-2024", "2025-2026")

_RECUSALS, _PINS, _STAY_REQUESTS, _ABSENCES = 1_500, 15, 12, 12
_KEPT_ENTERPRISE_SHARE = 0.85
_PIN_MAX_SECONDS, _PIN_MAX_WORKLOAD_MINUTES = 25 * 60, 105


class Agreements:
    """The agreements of one copy of the district; ``share`` (0 to 1) of the counts of the whole are made."""

    def __init__(self, district: District, network: StreetNetwork, share: float, random: Random) -> None:
        self._district, self._share, self._random = district, share, random
        self._cadres, self._sites = district.cadres, district.sites
        self._kinds = np.array([site.kind is SiteKind.COMMITTEE for site in self._sites])
        self._seconds = _office_seconds(district, network)
        self._rank_is_too_low = np.array([[site.is_key and cadre.rank < Rank.DIVISION for site in self._sites]
                                          for cadre in self._cadres])

    def added(self) -> District:
        """Return the district with everything agreed."""
        older = self._past_pairs(np.zeros(self._seconds.shape, dtype=np.bool_), np.zeros((0, 2), dtype=np.int64))
        newer = self._past_pairs(self._marked(older), self._kept(older))
        past = self._marked(older) | self._marked(newer)
        recused = self._recused(past)
        pins = self._pins(past | recused | self._rank_is_too_low)
        stays = self._stay_requests(newer, pins)
        return replace(
            self._district,
            past_terms=tuple(PastTerm(term_id, self._pairings(pairs))
                             for term_id, pairs in zip(PAST_TERM_IDS, (older, newer), strict=True)),
            recusals=self._pairings(np.argwhere(recused)),
            pins=self._pairings(pins),
            stay_requests=frozenset(StayRequest(self._cadres[i].id, self._sites[j].id) for i, j in stays),
            absences=self._absences(),
        )

    def _count(self, at_full_scale: float) -> int:
        return max(1, round(at_full_scale * self._share))

    def _pairings(self, pairs: IntArray) -> frozenset[Pairing]:
        return frozenset(Pairing(self._cadres[i].id, self._sites[j].id) for i, j in pairs)

    def _marked(self, pairs: IntArray) -> NDArray[np.bool_]:
        marks = np.zeros(self._seconds.shape, dtype=np.bool_)
        marks[pairs[:, 0], pairs[:, 1]] = True
        return marks

    def _kept(self, pairs: IntArray) -> IntArray:
        """Choose the enterprise pairs of a term that go on into the next."""
        enterprises = pairs[~self._kinds[pairs[:, 1]]]
        return enterprises[self._random.random(len(enterprises)) < _KEPT_ENTERPRISE_SHARE]

    def _past_pairs(self, banned: NDArray[np.bool_], kept: IntArray) -> IntArray:
        """Pair every site with a near cadre: one committee each, at most three enterprises, ``kept`` ones first.

        A few sites stay open, as they do in life. The answer is sorted, shape (pairs, 2): cadre and site index.
        """
        cost = self._seconds + self._random.exponential(300, self._seconds.shape)
        cost += 100_000.0 * (self._rank_is_too_low | (banned & self._kinds))
        committees = np.flatnonzero(self._kinds)
        pairs = [kept, _cheapest(cost, np.arange(len(self._cadres)), committees)]
        held = np.bincount(kept[:, 0], minlength=len(self._cadres))
        open_sites = np.setdiff1d(np.flatnonzero(~self._kinds), kept[:, 1])
        for round_limit in (1, 2, 3):
            free = np.flatnonzero(held < round_limit)
            if len(free) and len(open_sites):
                new = _cheapest(cost, free, open_sites)
                held[new[:, 0]] += 1
                open_sites = np.setdiff1d(open_sites, new[:, 1])
                pairs.append(new)
        found = np.concatenate(pairs)
        found = found[~self._rank_is_too_low[found[:, 0], found[:, 1]]]
        found = found[self._random.random(len(found)) < 0.99]
        return found[np.lexsort((found[:, 1], found[:, 0]))]

    def _recused(self, past: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark recusals: two fifths where the cadre's department oversees the industry, the rest anywhere."""
        serves = np.array([[site.industry in self._district.office_of(cadre).industries for site in self._sites]
                           for cadre in self._cadres])
        recused = np.zeros(past.shape, dtype=np.bool_)
        total = self._count(_RECUSALS * self._share)  # pairs grow with the square of the share
        for allowed, wanted in ((serves & ~past, total * 2 // 5), (~serves & ~past, total - total * 2 // 5)):
            pairs = np.argwhere(allowed)
            chosen = pairs[self._random.choice(len(pairs), min(wanted, len(pairs)), replace=False)]
            recused[chosen[:, 0], chosen[:, 1]] = True
        return recused

    def _pins(self, refused: NDArray[np.bool_]) -> IntArray:
        """Choose pins that can all be kept at once: near, light, one for a cadre, one for a unit and sub-district."""
        light = np.array([site.workload_minutes <= _PIN_MAX_WORKLOAD_MINUTES and not site.place.estimated
                          for site in self._sites])
        pairs = np.argwhere((self._seconds <= _PIN_MAX_SECONDS) & light & ~refused)
        pins: list[tuple[int, int]] = []
        used: set[object] = set()
        wanted = self._count(_PINS)
        for i, j in self._random.permutation(pairs).tolist():
            if len(pins) == wanted:
                break
            cadre, site = self._cadres[i], self._sites[j]
            marks = {cadre.id, site.id, (cadre.office_id, site.subdistrict_id)}
            if not marks & used:
                used |= marks
                pins.append((i, j))
        return np.array(pins, dtype=np.int64).reshape(-1, 2)

    def _stay_requests(self, newer: IntArray, pins: IntArray) -> IntArray:
        """Choose committees whose residents ask their cadre to stay: none of them pinned."""
        free = (self._kinds[newer[:, 1]] & ~np.isin(newer[:, 0], pins[:, 0]) & ~np.isin(newer[:, 1], pins[:, 1])
                & (self._seconds[newer[:, 0], newer[:, 1]] <= _PIN_MAX_SECONDS))
        pairs = newer[free]
        return pairs[np.sort(self._random.choice(len(pairs), min(self._count(_STAY_REQUESTS), len(pairs)),
                                                 replace=False))]

    def _absences(self) -> tuple[Absence, ...]:
        """Invent absences of days or weeks within 2027 and 2028; every third covers a second Thursday."""
        random, count = self._random, self._count(_ABSENCES)
        chosen = sorted(random.choice(len(self._cadres), min(count, len(self._cadres)), replace=False).tolist())
        absences = []
        for number, index in enumerate(chosen):
            length = int(random.integers(1, 4)) * (7 if random.random() < 0.5 else 1)
            month = int(random.integers(0, 24))
            first = _second_thursday(2027 + month // 12, month % 12 + 1)
            if number % 3:
                first += timedelta(days=int(random.integers(1, 9)))
            absences.append(Absence(self._cadres[index].id, first, min(first + timedelta(days=length - 1),
                                                                       date(2028, 12, 31))))
        return tuple(absences)


def _cheapest(cost: FloatArray, cadres: IntArray, sites: IntArray) -> IntArray:
    """Pair as many of these as possible one to one at least cost, shape (pairs, 2)."""
    rows, columns = linear_sum_assignment(cost[np.ix_(cadres, sites)])
    return np.stack((cadres[rows], sites[columns]), axis=1)


def _office_seconds(district: District, network: StreetNetwork) -> FloatArray:
    """Travel seconds from every cadre's office to every site, shape (cadres, sites)."""
    offices, sites = network.snap(one.place for one in district.offices), network.snap(
        one.place for one in district.sites)
    milliseconds = network.milliseconds_from(offices.node_index, sites.node_index)
    milliseconds += offices.access_milliseconds[:, None] + sites.access_milliseconds
    row = {one.id: index for index, one in enumerate(district.offices)}
    return np.ceil(milliseconds / 1000)[[row[cadre.office_id] for cadre in district.cadres]]


def _second_thursday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 7)
