"""Pricing: the caseloads of least reduced cost of every cadre, over all legal caseloads.

Every cadre's caseloads are found by ``caseload_pricing``. Cadres of one office whose limits count alike share a first
look at the sites: what no caseload below the threshold can hold, even if every site were worth what it is worth to the one
who gains most by it, none of them looks at again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner.engines.caseload_pricing import mark_likely, price_cadre
from planner.engines.limit_states import limit_states
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.engines.trip_bounds import LANES, NEVER, first_bounds
from planner.facts.problem_arrays import BoolArray, IntArray

SLOPES: Final = (0.75, 0.0, 0.95, 1.3)
"""Lines below the price of the load, in parts of the steepest price of a minute; above 1 the cap carries them."""

LIKELY_SITES: Final = 4
"""Sites of every kind and load that a heuristic pass looks at, ..."""

TRIP_SHARES: Final = (0.8, 0.35)
"""... the best by what they are worth less so much of the way there and back, for each of these parts. So a heuristic
pass finds most of what an exact one finds, in a tenth of its time."""


@dataclass(frozen=True)
class Priced:
    """Caseloads found, in order of cadres, then of reduced cost.

    cadres (n) indices; sites (n, k) site indices in rising order, -1 padded; costs (n) s with additive prices, without
    the goals' constant; reduced (n) s; least (m) for the m cadres asked for: the least reduced cost found, or the
    threshold (less epsilon); in an exact pass nothing legal lies below it. evaluated: caseloads whose day was planned.
    """

    cadres: IntArray
    sites: IntArray
    costs: FloatArray
    reduced: FloatArray
    least: FloatArray
    evaluated: int

    def beyond(self, thresholds: FloatArray, keep: int) -> FloatArray:
        """After an exact pass over all of m cadres in order: no caseload that is not among those found has a reduced cost below (m).

        That is the threshold, or where as many as are kept were found, the dearest of those.
        """
        start = np.searchsorted(self.cadres, np.arange(len(self.least) + 1))
        beyond = thresholds.copy()
        for cadre in np.flatnonzero(np.diff(start) >= keep):
            beyond[cadre] = min(beyond[cadre], float(self.reduced[start[cadre]:start[cadre + 1]].max()))
        return beyond


@dataclass(frozen=True)
class _Cadre:
    """What pricing one cadre needs beside dual values; see ``price_cadre``. ``counted``: what tells his limits from others'.

    whole: all his sites (n), in every state that a trip can reach them in; alike (n): those of one kind and load.
    """

    counted: tuple[tuple[int, int, int], ...]
    whole: _Look
    alike: IntArray
    kind: IntArray
    units: IntArray
    automaton: tuple[Any, ...]
    load: _LoadPrices


@dataclass(frozen=True)
class _LoadPrices:
    """The price of the load up to a cap: by minute, the least of every lane of ``unit`` minutes, lines below it and their slopes."""

    by_minute: FloatArray
    lanes: NDArray[np.float32]
    dearest_lane: float
    slopes: FloatArray
    lines: FloatArray
    unit: int


@dataclass(frozen=True)
class _Wanted:
    """A cadre to price: what every site (s) is worth to him, in seconds, and the reduced cost to stay below."""

    index: int
    profit: FloatArray
    threshold: float


@dataclass(frozen=True)
class _Look:
    """Sites (n) to look at, in order of kinds, and the states of the limits (q, n) in which each may be reached.

    Pricing strikes states out of ``possible`` as it goes on: every call needs its own.
    """

    sites: IntArray
    possible: BoolArray


class Pricer:
    """Prices caseloads of one problem under one sum of goals; tables of cadres and offices are made once.

    ``workers``: threads, which change no result.
    """

    def __init__(self, tables: KernelTables, cost: CostTables, *, workers: int = 1) -> None:
        self._tables, self._cost, self._workers = tables, cost, workers
        self.largest = tables.largest_caseload()
        weights = tables.limits[0]
        self._of_work, self._counts = (weights == tables.workload).all(axis=1), weights.max(axis=1, initial=0) <= 1
        self._step_minutes = max(1, gcd(*(int(one) for one in tables.workload)))
        self._automata: dict[tuple[tuple[int, int, int], ...], tuple[tuple[Any, ...], IntArray]] = {}
        self._load_prices: dict[tuple[bytes, int], _LoadPrices] = {}
        self._trips_of: dict[int, tuple[IntArray, IntArray, float]] = {}
        self._cadres = [self._prepare(index) for index in range(len(tables.allowed))]
        self._legs = [self._priced_legs(seconds) for seconds in tables.legs]
        self._scratch: list[list[NDArray[np.float32]]] = [[] for _ in range(workers)]

    def _priced_legs(self, seconds: IntArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Prices of the ways between sites (s, s), and the same transposed."""
        legs = np.where(seconds < 0, NEVER, seconds * self._cost.travel_price).astype(np.float32)
        np.fill_diagonal(legs, NEVER)
        return legs, np.ascontiguousarray(legs.T)

    def profits(self, cadre: int, site_dual: FloatArray, row_dual: FloatArray) -> FloatArray:
        """Worth of every site (s) to a cadre, in seconds: duals of site and district rows less his additive prices."""
        _, _, block_row, block_sites, block_start, block_of = self._tables.rows
        profit = site_dual - self._cost.additive[cadre]
        for block in block_of[block_start[cadre]:block_start[cadre + 1]]:
            if row_dual[block_row[block]] != 0:
                profit = profit + row_dual[block_row[block]] * block_sites[block]
        return np.asarray(profit, dtype=np.float64)

    def price(
        self, site_dual: FloatArray, row_dual: FloatArray, thresholds: FloatArray, *, partners: int = 0,
        likely: int = LIKELY_SITES, keep: int = 30, bound_only: bool = False, epsilon: float = 0.0, cadres: IntArray | None = None,
    ) -> Priced:
        """Find caseloads with reduced cost below ``thresholds - epsilon``, at most ``keep`` a cadre.

        site_dual (s), row_dual (q) in seconds; thresholds (m) for the m ``cadres`` (default: all, in order).
        ``partners`` 0 is exact: every caseload below is found, up to ``keep``. A positive number is the heuristic
        pass: for every first stop that many second ones, the rest of the trip as the tables suggest, among the ``likely``
        sites of every kind and load. ``bound_only`` seeks the least reduced cost alone and drops the other columns.
        """
        asked = np.arange(len(self._cadres), dtype=np.int64) if cadres is None else np.asarray(cadres, dtype=np.int64)
        limits = np.asarray(thresholds, dtype=np.float64) - epsilon
        results: list[Any] = [None] * len(asked)
        companies = self._companies(asked)

        def work(worker: int) -> None:
            for numbers in companies[worker::self._workers]:
                wanted = [_Wanted(int(asked[number]), self.profits(int(asked[number]), site_dual, row_dual), float(limits[number]))
                          for number in numbers]
                looks = [self._likely(one, likely) for one in wanted] if partners > 0 else self._shared_look(wanted)
                for number, one, look in zip(numbers, wanted, looks, strict=True):
                    results[number] = self._price_one(one, look, partners, keep, bound_only, self._scratch[worker])

        if self._workers == 1:
            work(0)
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(work, range(self._workers)))
        counts = np.array([len(one[0]) for one in results], dtype=np.int64)
        return Priced(
            np.repeat(asked, counts), np.concatenate([np.empty((0, self.largest), dtype=np.int64),
                                                      *(one[0] for one in results)]),
            np.concatenate([np.empty(0), *(one[1] for one in results)]),
            np.concatenate([np.empty(0), *(one[2] for one in results)]),
            np.array([one[3] for one in results], dtype=np.float64), sum(one[4] for one in results))

    def _companies(self, asked: IntArray) -> list[list[int]]:
        """The positions of the cadres asked for, together where they look at the sites alike."""
        companies: dict[tuple[Any, ...], list[int]] = {}
        for number, index in enumerate(asked):
            cadre = self._cadres[index]
            companies.setdefault((int(self._tables.office_of[index]), cadre.counted, float(cadre.load.slopes[0])), []).append(number)
        return list(companies.values())

    def _shared_look(self, company: list[_Wanted]) -> list[_Look]:
        """What each of a company must look at: a bound with the greatest worth of every site for any of them spares the rest."""
        looks = [self._cadres[one.index].whole for one in company]
        if len(company) == 1:
            return [_Look(looks[0].sites, looks[0].possible.copy())]
        cadre, tables = self._cadres[company[0].index], self._tables
        out, back, _ = self._trips(company[0].index)
        worth = np.full(len(tables.workload), -np.inf)
        for one, look in zip(company, looks, strict=True):
            worth[look.sites] = np.maximum(worth[look.sites], one.profit[look.sites])
        sites = np.flatnonzero(worth > -np.inf)
        sites = sites[np.argsort(cadre.kind[sites], kind="stable")]
        kernel: Any = first_bounds
        bound = kernel(sites, (worth[sites] - cadre.load.slopes[0] * tables.workload[sites]).astype(np.float32), cadre.kind[sites],
                       cadre.automaton, out, back, *self._legs[tables.legs_of(company[0].index)], self._cost.travel_price)
        place = np.zeros(len(worth), dtype=np.int64)
        place[sites] = np.arange(len(sites))
        shared = []
        for one, look in zip(company, looks, strict=True):
            limit = one.threshold - self._cadres[one.index].load.lines[0] + self._rounding(one, worth[sites])
            possible = look.possible & (bound[:, place[look.sites]] < limit)
            kept = possible.any(axis=0)
            shared.append(_Look(look.sites[kept], np.ascontiguousarray(possible[:, kept])))
        return shared

    def _trips(self, index: int) -> tuple[IntArray, IntArray, float]:
        """Seconds from a cadre's office to every site (s) and back, and the sum of the longest of both."""
        place = int(self._tables.office_of[index])
        if place not in self._trips_of:
            out, back = self._tables.trips(index, np.arange(len(self._tables.workload)))
            self._trips_of[place] = out, back, float(out.max(initial=0)) + float(back.max(initial=0))
        return self._trips_of[place]

    def _rounding(self, one: _Wanted, worth: FloatArray) -> float:
        """What single precision may lose where sites are worth ``worth`` (n), in seconds."""
        cadre, tables = self._cadres[one.index], self._tables
        return 2e-6 * float(
            self.largest * np.abs(worth).max(initial=0.0) + cadre.load.dearest_lane + abs(one.threshold)
            + self._cost.travel_price * self._trips(one.index)[2]
            + np.abs(cadre.load.slopes).max(initial=0.0) * self.largest * tables.workload.max(initial=0))

    def _price_one(
        self, one: _Wanted, look: _Look, partners: int, keep: int, bound_only: bool, scratch: list[NDArray[np.float32]],
    ) -> tuple[IntArray, FloatArray, FloatArray, float, int]:
        index = one.index
        tables, cadre = self._tables, self._cadres[index]
        states = len(cadre.automaton[0])
        cells = states * len(look.sites) * LANES
        if not scratch or len(scratch[0]) < cells:
            scratch[:] = [np.empty(cells, dtype=np.float32) for _ in range(3)]
        best_sites = np.full((keep, self.largest), -1, dtype=np.int64)
        best_price, best_reduced = np.zeros(keep), np.zeros(keep)
        kernel: Any = price_cadre
        found, least, evaluated = kernel(
            index, look.sites, look.possible, one.profit, cadre.load.by_minute, cadre.load.lanes, cadre.load.slopes, cadre.load.lines,
            self._cost.travel_price, one.threshold, self._rounding(one, one.profit[look.sites]), partners, self.largest,
            keep, bound_only, cadre.units, cadre.kind, cadre.automaton, *self._trips(index)[:2],
            *self._legs[tables.legs_of(index)], tables.office_of[index], tables.limits, tables.workload, tables.facts,
            tables.day, *scratch, best_sites, best_price, best_reduced)
        order = np.lexsort((*best_sites[:found].T[::-1], best_reduced[:found]))
        held = best_sites[:found][order]
        additive = np.append(self._cost.additive[index], 0.0)[held].sum(axis=1)
        return held, best_price[:found][order] + additive, best_reduced[:found][order], float(least), int(evaluated)

    def _likely(self, one: _Wanted, number: int) -> _Look:
        """The sites of a heuristic pass: for each of TRIP_SHARES so many of every kind and load, those most worth their way."""
        cadre = self._cadres[one.index]
        out, back, _ = self._trips(one.index)
        kernel: Any = mark_likely
        likely = kernel(cadre.whole.sites, cadre.alike, one.profit, out, back, self._cost.travel_price, np.array(TRIP_SHARES), number)
        return _Look(cadre.whole.sites[likely], np.ascontiguousarray(cadre.whole.possible[:, likely]))

    def _prepare(self, index: int) -> _Cadre:
        """Tables of one cadre that no dual value changes."""
        tables = self._tables
        weights, vector, lower, upper, _ = tables.limits
        own = [limit for limit in range(vector.shape[1]) if vector[index, limit] >= 0]
        cap = self.largest * int(tables.workload.max(initial=0))
        fits: BoolArray = tables.allowed[index].copy()
        for limit in own:
            weight = weights[vector[index, limit]]
            fits &= weight <= upper[index, limit]
            if self._of_work[vector[index, limit]]:
                cap = min(cap, int(upper[index, limit]))
        counted = [limit for limit in own if self._counts[vector[index, limit]]]
        key = tuple((int(vector[index, limit]), int(lower[index, limit]), int(upper[index, limit])) for limit in counted)
        if key not in self._automata:  # few cadres differ in what is counted
            self._automata[key] = limit_states(
                [(weights[which], least, most) for which, least, most in key], self.largest, len(tables.workload))
        automaton, kind = self._automata[key]
        load = self._load_prices_of(index, max(cap, 0))
        sites = np.flatnonzero(fits)
        sites = sites[np.argsort(kind[sites], kind="stable")]
        units = tables.workload // load.unit
        alike = kind[sites] * (units.max(initial=0) + 1) + units[sites]
        whole = _Look(sites, np.ascontiguousarray(automaton[3][:, kind[sites]]))
        whole.possible.setflags(write=False)
        return _Cadre(key, whole, alike, kind, units, automaton, load)

    def _load_prices_of(self, index: int, cap: int) -> _LoadPrices:
        """The prices of a cadre's load up to ``cap`` minutes; cadres of one capacity share them."""
        by_minute = np.ascontiguousarray(self._cost.by_load[index], dtype=np.float64)
        key = by_minute.tobytes(), cap
        if key not in self._load_prices:
            prices = by_minute[np.minimum(np.arange(cap + 1), len(by_minute) - 1)]
            step = self._step_minutes
            unit = step * -(-(cap // step + 1) // LANES)
            lanes = np.full(LANES, NEVER, dtype=np.float32)
            for lane in range(cap // unit + 1):
                lanes[lane] = prices[lane * unit:lane * unit + self.largest * (unit - step) + 1:step].min()
            slopes = np.array(SLOPES) * float(np.abs(np.diff(prices)).max(initial=0.0))
            lines = np.array([(prices - slope * np.arange(len(prices)))[::step].min() for slope in slopes])
            dearest = float(np.abs(lanes[lanes < NEVER / 2]).max(initial=0.0))
            self._load_prices[key] = _LoadPrices(by_minute, lanes, dearest, slopes, lines, unit)
        return self._load_prices[key]
