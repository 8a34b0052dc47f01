"""Pricing: the caseloads of least reduced cost of every cadre, over all legal caseloads, compiled.

A caseload is priced as a round trip: a sequence of stops. ``_completions`` finds, for every last stop, state of the
counting limits and load so far, the cheapest way to go on and home, backward from the end: travel, dual values, the
price of the load and its cap and the counts are all exact; the one thing it allows that no caseload has is a stop
repeated three steps later (a, b, c, a; never a, b, a). So its values are lower bounds, nearly always attained, and a
depth-first search with them visits little beyond the caseloads asked for. Nothing is assumed of the travel matrix:
it may be asymmetric, have unreachable pairs, and break the triangle inequality.
Before that, cheaper tables of the same kind with the load priced by a straight line below its true price (``_reach``)
drop the sites that no caseload below the threshold can hold.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.engines.kernel import best_day
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.facts.problem_arrays import BoolArray, IntArray

LANES: Final = 32
"""Loads told apart by ``_completions``; of more loads, neighbours share a lane at their least price."""

MOST_STATES: Final = 128
"""More states of counting limits than this are not told apart; the search still checks every limit."""

NEVER: Final = 1e15
"""Seconds that stand for the impossible; far above every price, exact enough beside it in single precision."""


SLOPES: Final = (0.75, 0.0, 0.95, 1.3)
"""Lines below the price of the load, in parts of the steepest price of a minute; above 1 the cap carries them."""

HEURISTIC_SLOPES: Final = 2
"""As many of them a heuristic pass uses."""

LIKELY_SITES: Final = 4
"""Sites of every kind and load that a heuristic pass looks at, ..."""

TRIP_SHARES: Final = (0.8, 0.35)
"""... the best by what they are worth less so much of the way there and back, for each of these parts. So a heuristic
pass finds most of what an exact one finds, in a tenth of its time."""


@njit(cache=True, nogil=True, inline="never")
def _take_row(row, offset, number, first, second, successor):
    """Merge candidates ``row + offset``, all going on to ``number``, into the best and second best of every place."""
    for place in range(row.shape[0]):
        value = row[place] + offset
        one, two, old = first[place], second[place], successor[place]
        middle = max(one, value)
        successor[place] = number if value < one else old
        second[place] = min(two, middle)
        first[place] = min(one, value)


@njit(cache=True, nogil=True)
def _ways(legs, ends, profit, kind, moves, may_end, sequence, backward):
    """Cheapest ways (q, n) from a stop to the end, or from the start to it, with the load priced in ``profit``.

    legs (n, n) from the stop of the row, which goes on, to that of the column; ends (n) the way between stop and
    office. Backward: the value of what follows stop x reached in state q. Forward (``backward`` False): the value of a
    way that ends with x, in state q. Sites are in order of kinds. Returns best, second best by another neighbour, and
    the neighbour (-1: office).
    """
    states, count = moves.shape[0], ends.shape[0]
    best = np.full((states, count), np.float32(NEVER), dtype=np.float32)
    other = np.full((states, count), np.float32(NEVER), dtype=np.float32)
    neighbour = np.full((states, count), np.float32(-1), dtype=np.float32)
    starts = np.searchsorted(kind, np.arange(moves.shape[1] + 1))
    for position in range(sequence.shape[0]):
        state = sequence[position] if backward else sequence[sequence.shape[0] - 1 - position]
        first, second, near = best[state], other[state], neighbour[state]
        if backward:
            if may_end[state]:
                first[:] = ends
            for site in range(count):
                following = moves[state, kind[site]]
                if following < 0 or best[following, site] >= NEVER / 2:
                    continue
                row = legs[site]
                taken = int(neighbour[following, site])
                offset = best[following, site] - profit[site]
                if taken >= 0:
                    kept = row[taken]
                    row[taken] = kept + (other[following, site] - best[following, site])
                    _take_row(row, offset, np.float32(site), first, second, near)
                    row[taken] = kept
                else:
                    _take_row(row, offset, np.float32(site), first, second, near)
        else:
            for site in range(count):
                if moves[0, kind[site]] == state:
                    first[site] = ends[site]
            for before in range(1, states):
                for ending in range(moves.shape[1]):
                    start, stop = starts[ending], starts[ending + 1]
                    if moves[before, ending] != state or start == stop:
                        continue
                    for site in range(count):
                        if best[before, site] >= NEVER / 2:
                            continue
                        row = legs[site]
                        taken = max(0, int(neighbour[before, site]))
                        kept = row[taken]
                        if neighbour[before, site] >= 0:
                            row[taken] = kept + (other[before, site] - best[before, site])
                        _take_row(row[start:stop], best[before, site], np.float32(site), first[start:stop],
                                  second[start:stop], near[start:stop])
                        row[taken] = kept
            first -= profit
            second -= profit
    return best, other, neighbour


@njit(cache=True, nogil=True)
def _reach(onward, legs, out, back, profit, kind, moves, may_end, sequence):
    """Lower bound (n) on the reduced cost of the caseloads that hold a site, the constant of the load aside."""
    after, after_other, successor = _ways(legs, back, profit, kind, moves, may_end, sequence, True)
    before, before_other, ancestor = _ways(onward, out, profit, kind, moves, may_end, sequence, False)
    bound = np.full(out.shape[0], np.float32(NEVER), dtype=np.float32)
    for state in range(moves.shape[0]):
        for site in range(out.shape[0]):
            value = before[state, site] + after[state, site]
            if ancestor[state, site] == successor[state, site] and successor[state, site] >= 0:
                value = min(before[state, site] + after_other[state, site],
                            before_other[state, site] + after[state, site])
            bound[site] = min(bound[site], value)
    return bound


@njit(cache=True, nogil=True, inline="never")
def _take_lanes(best, excess, successor, offset, place, number, first, second, taken, fresh):
    """Merge going on to stop ``number`` into the lanes of stop ``place``; a way back to ``place`` costs its excess."""
    for lane in range(LANES):
        fresh[lane] = offset + best[lane] + excess[lane] * np.float32(successor[lane] == place)
    for lane in range(LANES):
        value = fresh[lane]
        one, two, old = first[lane], second[lane], taken[lane]
        middle = max(one, value)
        taken[lane] = number if value < one else old
        second[lane] = min(two, middle)
        first[lane] = min(one, value)


@njit(cache=True, nogil=True)
def _completions(legs, back, profit, units, kind, moves, may_end, sequence, last_kind, needed, lane_price,
                 best, excess, successor):
    """Fill best (q, n, 2 LANES): the least travel home, profits and load price after stop x in state q, load so far.

    successor tells the next stop of it (-1: home), excess how much more the best way with another next stop costs.
    """
    count = back.shape[0]
    first = np.empty(LANES, dtype=np.float32)
    second = np.empty(LANES, dtype=np.float32)
    taken = np.empty(LANES, dtype=np.float32)
    fresh = np.empty(LANES, dtype=np.float32)
    for position in range(sequence.shape[0]):
        state = sequence[position]
        if not needed[state]:
            continue
        for place in range(count):
            if not last_kind[state, kind[place]]:
                continue
            if may_end[state]:
                first[:] = back[place] + lane_price
            else:
                first[:] = np.float32(NEVER)
            second[:] = np.float32(NEVER)
            taken[:] = np.float32(-1)
            for number in range(count):
                following = moves[state, kind[number]]
                if following < 0 or number == place:
                    continue
                start = units[number]
                stop = start + LANES
                _take_lanes(best[following, number, start:stop], excess[following, number, start:stop],
                            successor[following, number, start:stop],
                            np.float32(legs[place, number] - profit[number]), np.float32(place), np.float32(number),
                            first, second, taken, fresh)
            for lane in range(LANES):
                best[state, place, lane] = first[lane]
                excess[state, place, lane] = second[lane] - first[lane]
                successor[state, place, lane] = taken[lane]
            best[state, place, LANES:] = np.float32(NEVER)
            excess[state, place, LANES:] = np.float32(0)
            successor[state, place, LANES:] = np.float32(-1)


@njit(cache=True, nogil=True)
def _record(members, size, reduced, price, keep, found, best_sites, best_price, best_reduced):
    """Put a caseload among the ``keep`` best unless it is there; return how many there are."""
    held = np.sort(members[:size])
    worst = 0
    for number in range(found):
        same = True
        for position in range(best_sites.shape[1]):
            expected = held[position] if position < size else -1
            if best_sites[number, position] != expected:
                same = False
                break
        if same:
            return found
        if best_reduced[number] > best_reduced[worst]:
            worst = number
    if found < keep:
        worst = found
        found += 1
    elif best_reduced[worst] <= reduced:
        return found
    best_sites[worst] = -1
    best_sites[worst, :size] = held
    best_price[worst] = price
    best_reduced[worst] = reduced
    return found


@njit(cache=True, nogil=True)
def _judge(path, size, sites, profit, load_price, travel_price, office, workload, cadre, limits, facts, day, held):
    """Reduced cost and price of the caseload ``path[:size]``; NEVER where it is illegal."""
    weights, vector, lower, upper, _ = limits
    for position in range(size):
        held[position] = sites[path[position]]
    for limit in range(vector.shape[1]):
        which = vector[cadre, limit]
        if which >= 0:
            total = 0
            for position in range(size):
                total += weights[which, held[position]]
            if total < lower[cadre, limit] or total > upper[cadre, limit]:
                return NEVER, NEVER
    seconds, fits = best_day(office, held, size, facts, day)
    if not fits:
        return NEVER, NEVER
    load, worth = 0, 0.0
    for position in range(size):
        load += workload[held[position]]
        worth += profit[held[position]]
    price = travel_price * seconds + load_price[min(load, load_price.shape[0] - 1)]
    return price - worth, price


@njit(cache=True, nogil=True)
def price_cadre(cadre, sites, profit, load_price, lane_price, slopes, lines, travel_price, threshold, margin, partners,
                shortlist, largest, keep, bound_only, units_of, kind_of, automaton, out_seconds, back_seconds,
                all_onward, all_legs, office, limits, workload, facts, day, best, excess, successor, best_sites,
                best_price, best_reduced):
    """Find caseloads of one cadre from ``sites`` whose ``price - sum of profits`` is below ``threshold``.

    profit (s): dual value less the cadre's own price, by site. load_price (n) by minutes; lane_price (LANES) at most
    that. slopes (m): prices a minute such that ``lines[m] + slopes[m] * load`` is nowhere above the load's price.
    ``margin``: rounding of the single precision tables. sites come in order of ``kind_of`` (s); units_of (s): load in
    lanes; automaton: see ``_automaton``; all_onward (s, s): price of the leg from row to column, all_legs transposed.
    ``partners``: with 0 the search is exact; else it keeps to the ``shortlist`` best sites and tries that many second
    stops for every first one, the rest of the trip as the tables suggest. Fills best_sites (keep, largest) in site
    order, -1 padded, best_price (without additive prices), best_reduced. Returns how many, the least reduced cost or
    the threshold, and the caseloads evaluated.
    """
    moves, may_end, sequence, last_kind, needed = automaton
    states = moves.shape[0]
    found, evaluated, least = 0, 0, threshold
    held = np.zeros(largest + 1, dtype=np.int64)
    path = np.zeros(largest + 1, dtype=np.int64)
    if may_end[0]:
        reduced, price = _judge(path, 0, sites, profit, load_price, travel_price, office, workload, cadre, limits,
                                facts, day, held)
        if reduced < threshold:
            found = _record(path, 0, reduced, price, keep, found, best_sites, best_price, best_reduced)
            least = reduced
    mine = sites
    count = mine.shape[0]
    strongest = np.full(count, np.float32(-NEVER), dtype=np.float32)
    onward = np.zeros((0, 0), dtype=np.float32)
    legs = np.zeros((0, 0), dtype=np.float32)
    out = np.zeros(0, dtype=np.float32)
    back = np.zeros(0, dtype=np.float32)
    worth = np.zeros(0, dtype=np.float32)
    kind = np.zeros(0, dtype=np.int64)
    # drop the sites that no caseload below the limit can hold: one line below the load's price after the other
    for line in range(slopes.shape[0] + 1):
        count = mine.shape[0]
        onward = np.empty((count, count), dtype=np.float32)
        legs = np.empty((count, count), dtype=np.float32)
        out = np.empty(count, dtype=np.float32)
        back = np.empty(count, dtype=np.float32)
        worth = np.empty(count, dtype=np.float32)
        kind = np.empty(count, dtype=np.int64)
        for number in range(count):
            site = mine[number]
            out[number] = travel_price * out_seconds[site] if out_seconds[site] >= 0 else NEVER
            back[number] = travel_price * back_seconds[site] if back_seconds[site] >= 0 else NEVER
            worth[number] = profit[site]
            kind[number] = kind_of[site]
            row, column = all_onward[site], all_legs[site]
            for other in range(count):
                onward[number, other] = row[mine[other]]
                legs[number, other] = column[mine[other]]
        if line == slopes.shape[0] or count == 0:
            break
        adjusted = np.empty(count, dtype=np.float32)
        for number in range(count):
            adjusted[number] = worth[number] - slopes[line] * workload[mine[number]]
        bound = _reach(onward, legs, out, back, adjusted, kind, moves, may_end, sequence)
        limit = (least if bound_only else threshold) + margin - lines[line]
        strongest = np.maximum(strongest, bound + np.float32(lines[line]))
        survives = bound < limit
        mine, strongest = mine[survives], strongest[survives]
        if line == slopes.shape[0] - 1 and partners > 0 and mine.shape[0] > shortlist:
            mine = mine[np.sort(np.argsort(strongest, kind="mergesort")[:shortlist])]
    units = np.empty(count, dtype=np.int64)
    for number in range(count):
        units[number] = units_of[mine[number]]
    if count == 0:
        return found, least, evaluated
    best = best[:states * count * 2 * LANES].reshape((states, count, 2 * LANES))
    excess = excess[:states * count * 2 * LANES].reshape((states, count, 2 * LANES))
    successor = successor[:states * count * 2 * LANES].reshape((states, count, 2 * LANES))
    _completions(onward, back, worth, units, kind, moves, may_end, sequence, last_kind, needed, lane_price,
                 best, excess, successor)
    # caseloads of one site, and the first two stops of all others, most promising first
    firsts = np.empty(count * count, dtype=np.int32)
    afterwards = np.empty(count * count, dtype=np.int32)
    bounds = np.empty(count * count, dtype=np.float32)
    pairs = 0
    limit = (least if bound_only else threshold) + margin
    for number in range(count):
        state = moves[0, kind[number]]
        if state < 0 or not may_end[state]:
            continue
        path[0] = number
        if out[number] + back[number] - worth[number] + lane_price[units[number]] < limit:
            evaluated += 1
            reduced, price = _judge(path, 1, mine, profit, load_price, travel_price, office, workload, cadre, limits,
                                    facts, day, held)
            if reduced < threshold:
                found = _record(held, 1, reduced, price, keep, found, best_sites, best_price, best_reduced)
                least = min(least, reduced)
    if largest > 1:
        limit = (least if bound_only else threshold) + margin
        for second in range(count):
            for first in range(count):
                state = moves[0, kind[first]]
                if state < 0 or first == second:
                    continue
                state = moves[state, kind[second]]
                if state < 0:
                    continue
                load = units[first] + units[second]
                if load >= LANES:
                    continue
                value = out[first] - worth[first] + legs[second, first] - worth[second] + best[state, second, load]
                if value < limit:
                    if successor[state, second, load] == first:
                        value += excess[state, second, load]
                        if value >= limit:
                            continue
                    firsts[pairs] = first
                    afterwards[pairs] = second
                    bounds[pairs] = value
                    pairs += 1
    order = np.argsort(bounds[:pairs], kind="mergesort")
    tried = np.zeros(count, dtype=np.int64)
    cost_at = np.zeros(largest + 2, dtype=np.float64)
    load_at = np.zeros(largest + 2, dtype=np.int64)
    state_at = np.zeros(largest + 2, dtype=np.int64)
    next_at = np.zeros(largest + 2, dtype=np.int64)
    for rank in range(pairs):
        pair = order[rank]
        first, second = firsts[pair], afterwards[pair]
        worst = threshold
        if bound_only:
            worst = least
        elif found == keep:
            worst = best_reduced[:keep].max()
        limit = min(threshold, worst) + margin
        if bounds[pair] >= limit:
            break
        if partners > 0:
            if tried[first] >= partners:
                continue
            tried[first] += 1
        path[0], path[1] = first, second
        cost_at[2] = out[first] - worth[first] + legs[second, first] - worth[second]
        load_at[2] = units[first] + units[second]
        state_at[2] = moves[moves[0, kind[first]], kind[second]]
        next_at[2] = 0
        size = 2
        fresh = True
        while size >= 2:
            here = path[size - 1]
            state = state_at[size]
            ends = cost_at[size] + back[here] + lane_price[load_at[size]] if may_end[state] else NEVER
            child, child_bound = -1, limit
            if size < largest:
                start = 0 if partners > 0 else next_at[size]
                for number in range(start, count):
                    following = moves[state, kind[number]]
                    if following < 0:
                        continue
                    load = load_at[size] + units[number]
                    if load >= LANES:
                        continue
                    value = cost_at[size] + legs[number, here] - worth[number] + best[following, number, load]
                    if value >= child_bound:
                        continue
                    if successor[following, number, load] == here:
                        value += excess[following, number, load]
                        if value >= child_bound:
                            continue
                    repeated = False
                    for position in range(size):
                        repeated = repeated or path[position] == number
                    if repeated:
                        continue
                    child = number
                    if partners == 0:
                        next_at[size] = number + 1
                        break
                    child_bound = value
            if fresh and ends < limit and (partners == 0 or child < 0 or ends <= child_bound):
                evaluated += 1
                reduced, price = _judge(path, size, mine, profit, load_price, travel_price, office, workload, cadre,
                                        limits, facts, day, held)
                if reduced < threshold:
                    found = _record(held, size, reduced, price, keep, found, best_sites, best_price, best_reduced)
                    least = min(least, reduced)
                    if bound_only:
                        limit = least + margin
                if partners > 0:
                    break
            if child >= 0:
                path[size] = child
                cost_at[size + 1] = cost_at[size] + legs[child, here] - worth[child]
                load_at[size + 1] = load_at[size] + units[child]
                state_at[size + 1] = moves[state, kind[child]]
                size += 1
                next_at[size] = 0
                fresh = True
            else:
                if partners > 0:
                    break
                size -= 1
                fresh = False
    return found, least, evaluated


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


@dataclass(frozen=True)
class _Cadre:
    """What pricing one cadre needs beside dual values; see ``price_cadre``."""

    sites: IntArray
    kind: IntArray
    units: IntArray
    automaton: tuple[Any, ...]
    load_price: FloatArray
    lane_price: NDArray[np.float32]
    slopes: FloatArray
    lines: FloatArray


class Pricer:
    """Prices caseloads of one problem under one sum of goals; tables of cadres and offices are made once.

    ``shortlist``: sites a cadre may choose from in a heuristic pass; ``workers``: threads, which change no result.
    """

    def __init__(self, tables: KernelTables, cost: CostTables, *, workers: int = 1, shortlist: int = 120) -> None:
        self._tables, self._cost, self._workers, self._shortlist = tables, cost, workers, shortlist
        self.largest = tables.largest_caseload()
        self._step_minutes = max(1, gcd(*(int(one) for one in tables.workload)))
        self._automata: dict[tuple[tuple[int, int, int], ...], tuple[tuple[Any, ...], IntArray]] = {}
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
        keep: int = 30, bound_only: bool = False, epsilon: float = 0.0, cadres: IntArray | None = None,
    ) -> Priced:
        """Find caseloads with reduced cost below ``thresholds - epsilon``, at most ``keep`` a cadre.

        site_dual (s), row_dual (q) in seconds; thresholds (m) for the m ``cadres`` (default: all, in order).
        ``partners`` 0 is exact: every caseload below is found, up to ``keep``. A positive number is the heuristic
        pass: for every first stop that many second ones, the rest of the trip as the tables suggest, on a shortlist
        of sites. ``bound_only`` seeks the least reduced cost alone and drops the other columns.
        """
        asked = np.arange(len(self._cadres), dtype=np.int64) if cadres is None else np.asarray(cadres, dtype=np.int64)
        limits = np.asarray(thresholds, dtype=np.float64) - epsilon
        results: list[Any] = [None] * len(asked)

        def work(worker: int) -> None:
            for number in range(worker, len(asked), self._workers):
                results[number] = self._price_one(
                    int(asked[number]), site_dual, row_dual, float(limits[number]), partners, keep, bound_only,
                    self._scratch[worker])

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

    def _price_one(
        self, index: int, site_dual: FloatArray, row_dual: FloatArray, threshold: float, partners: int, keep: int,
        bound_only: bool, scratch: list[NDArray[np.float32]],
    ) -> tuple[IntArray, FloatArray, FloatArray, float, int]:
        tables, cadre = self._tables, self._cadres[index]
        facts, office = tables.facts, tables.office_of[index]
        profit = self.profits(index, site_dual, row_dual)
        sites, slopes = cadre.sites, cadre.slopes
        if partners > 0:
            slopes = slopes[:HEURISTIC_SLOPES]
            sites = self._likely_sites(index, profit)
        states = len(cadre.automaton[0])
        cells = states * len(sites) * 2 * LANES
        if not scratch or len(scratch[0]) < cells:
            scratch[:] = [np.empty(cells, dtype=np.float32) for _ in range(3)]
        best_sites = np.full((keep, self.largest), -1, dtype=np.int64)
        best_price, best_reduced = np.zeros(keep), np.zeros(keep)
        finite = cadre.lane_price[cadre.lane_price < NEVER / 2]
        out, back = tables.trips(index, np.arange(len(profit)))
        size = (self.largest * np.abs(profit[sites]).max(initial=0.0) + np.abs(finite).max(initial=0.0)
                + abs(threshold) + self._cost.travel_price * (out.max(initial=0) + back.max(initial=0))
                + np.abs(cadre.slopes).max(initial=0.0) * self.largest * tables.workload.max(initial=0))
        kernel: Any = price_cadre
        found, least, evaluated = kernel(
            index, sites, profit, cadre.load_price, cadre.lane_price, slopes, cadre.lines, self._cost.travel_price,
            threshold, 2e-6 * float(size), partners, self._shortlist, self.largest, keep, bound_only, cadre.units,
            cadre.kind, cadre.automaton, out, back, *self._legs[tables.legs_of(index)], office, tables.limits, tables.workload, facts,
            tables.day, *scratch, best_sites, best_price, best_reduced)
        order = np.lexsort((*best_sites[:found].T[::-1], best_reduced[:found]))
        held = best_sites[:found][order]
        additive = np.append(self._cost.additive[index], 0.0)[held].sum(axis=1)
        return held, best_price[:found][order] + additive, best_reduced[:found][order], float(least), int(evaluated)

    def _likely_sites(self, index: int, profit: FloatArray) -> IntArray:
        """The cadre's sites from which a heuristic pass chooses its shortlist: of every kind and load those worth their way."""
        cadre = self._cadres[index]
        trip = self._cost.travel_price * sum(self._tables.trips(index, cadre.sites))
        alike = cadre.kind[cadre.sites] * (cadre.units.max(initial=0) + 1) + cadre.units[cadre.sites]
        likely = np.zeros(len(alike), dtype=np.bool_)
        for share in TRIP_SHARES:
            order = np.lexsort((share * trip - profit[cadre.sites], alike))
            rank = np.arange(len(order)) - np.searchsorted(alike[order], alike[order])
            likely[order[rank < LIKELY_SITES]] = True
        return np.asarray(cadre.sites[likely], dtype=np.int64)

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
            if np.array_equal(weight, tables.workload):
                cap = min(cap, int(upper[index, limit]))
        counted = [limit for limit in own if weights[vector[index, limit]].max(initial=0) <= 1]
        key = tuple((int(vector[index, limit]), int(lower[index, limit]), int(upper[index, limit])) for limit in counted)
        if key not in self._automata:  # few cadres differ in what is counted
            self._automata[key] = _automaton(
                [(weights[which], least, most) for which, least, most in key], self.largest, len(tables.workload))
        automaton, kind = self._automata[key]
        load_price = np.ascontiguousarray(self._cost.by_load[index], dtype=np.float64)
        prices = load_price[np.minimum(np.arange(max(cap, 0) + 1), len(load_price) - 1)]
        step = self._step_minutes
        unit = step * -(-(max(cap, 0) // step + 1) // LANES)
        lanes = np.full(LANES, NEVER, dtype=np.float32)
        for lane in range(max(cap, 0) // unit + 1):
            lanes[lane] = prices[lane * unit:lane * unit + self.largest * (unit - step) + 1:step].min()
        minutes = np.arange(len(prices))
        rise = float(np.abs(np.diff(prices)).max(initial=0.0))
        slopes = np.array(SLOPES) * rise
        lines = np.array([(prices - slope * minutes)[::step].min() for slope in slopes])
        sites = np.flatnonzero(fits)
        return _Cadre(sites[np.argsort(kind[sites], kind="stable")], kind, tables.workload // unit, automaton,
                      load_price, lanes, slopes, lines)


def _automaton(limits: list[tuple[IntArray, int, int]], largest: int, sites: int) -> tuple[tuple[Any, ...], IntArray]:
    """States of the limits that count sites, moved along by kinds of sites; and the kind (s) of every site.

    An upper limit that can bind is counted to its end, a lower one until it is kept. Returns moves (q, kinds; -1 is
    not allowed), may_end (q), an order of states with successors first, last_kind (q, kinds): that kind may lead to the
    state, and needed (q): the state can be met after two sites or more.
    """
    ending = [one for one in limits if one[2] < largest]
    covered = sum((one[0] for one in ending), np.zeros(sites, dtype=np.int64))
    if (covered == 0).any() or sum(one[2] for one in ending) > largest:
        ending.append((np.ones(sites, dtype=np.int64), 0, largest))
    counters = ending + [one for one in limits if one[2] >= largest and one[1] > 0]
    lengths = [one[2] + 1 for one in ending] + [one[1] + 1 for one in counters[len(ending):]]
    while np.prod(lengths) > MOST_STATES and len(counters) > len(ending):
        counters.pop()
        lengths.pop()
    if np.prod(lengths) > MOST_STATES:
        counters, ending, lengths = [(np.ones(sites, dtype=np.int64), 0, largest)], [], [largest + 1]
    kinds, kind = np.unique(np.column_stack([one[0] for one in counters]), axis=0, return_inverse=True)
    states = int(np.prod(lengths))
    counts = np.column_stack(np.unravel_index(np.arange(states), lengths))
    moves = np.full((states, len(kinds)), -1, dtype=np.int64)
    exact = np.array([number < max(1, len(ending)) for number in range(len(counters))])
    top = np.array(lengths) - 1
    for number, step in enumerate(kinds):
        after = counts + step
        possible = ((after <= top) | ~exact).all(axis=1)
        moves[possible, number] = np.ravel_multi_index(tuple(np.minimum(after[possible], top).T), lengths)
    may_end = (counts >= [one[1] for one in counters]).all(axis=1)
    last_kind = np.zeros(moves.shape, dtype=np.bool_)
    needed = np.zeros(states, dtype=np.bool_)
    met = {0}
    for stops in range(1, largest + 1):
        following = set()
        for state in sorted(met):
            for number in range(len(kinds)):
                if moves[state, number] >= 0:
                    following.add(int(moves[state, number]))
                    last_kind[moves[state, number], number] = True
        met = following
        if stops >= 2:
            needed[sorted(met)] = True
    sequence = np.argsort(-counts.sum(axis=1), kind="stable")
    return (moves, may_end, sequence, last_kind, needed), np.ascontiguousarray(kind.ravel(), dtype=np.int64)
