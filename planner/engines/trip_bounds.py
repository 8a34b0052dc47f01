"""Lower bounds on what caseloads of one cadre cost less what their sites are worth, by tables over stops, compiled.

A caseload is a round trip: a sequence of stops that moves the state of the counting limits along. The tables allow what
no caseload has, a stop repeated three steps later (a, b, c, a; never a, b, a), so their values are lower bounds, nearly
always attained. Nothing is assumed of the travel matrix: it may be asymmetric, have unreachable pairs, and break the
triangle inequality. Travel and profits are in seconds, in single precision: n sites of the cadre, q states.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

LANES: Final = 32
"""Loads told apart by ``completions``; of more loads, neighbours share a lane at their least price."""

NEVER: Final = 1e15
"""Seconds that stand for the impossible; far above every price, exact enough beside it in single precision."""


TOGETHER: Final = 4
"""Candidates merged together: places stay in registers meanwhile, which is several times as fast as one by one."""


@njit(cache=True, nogil=True, inline="never")
def _take(count, legs, stops, offsets, barred, instead, first, second, neighbour, start, stop):
    """Merge up to TOGETHER candidates into the best and second best of the places from ``start`` to ``stop``, in their order.

    The value of candidate i at a place is ``legs[stops[i], place] + offsets[i]``, and at place ``barred[i]`` (-1: none)
    ``instead[i]`` more. Missing candidates are filled up in place.
    """
    for number in range(count, TOGETHER):
        stops[number], offsets[number], barred[number] = stops[0], np.float32(NEVER), -1
    kept = np.empty(TOGETHER, dtype=np.float32)
    for number in range(count):
        if barred[number] >= 0:
            kept[number] = legs[stops[number], barred[number]]
            legs[stops[number], barred[number]] = kept[number] + instead[number]
    row_1, row_2 = legs[stops[0], start:stop], legs[stops[1], start:stop]
    row_3, row_4 = legs[stops[2], start:stop], legs[stops[3], start:stop]
    offset_1, offset_2, offset_3, offset_4 = offsets[0], offsets[1], offsets[2], offsets[3]
    stop_1, stop_2 = np.float32(stops[0]), np.float32(stops[1])
    stop_3, stop_4 = np.float32(stops[2]), np.float32(stops[3])
    for place in range(first.shape[0]):
        one, two, near = first[place], second[place], neighbour[place]
        value = row_1[place] + offset_1
        middle = max(one, value)
        near = stop_1 if value < one else near
        two = min(two, middle)
        one = min(one, value)
        value = row_2[place] + offset_2
        middle = max(one, value)
        near = stop_2 if value < one else near
        two = min(two, middle)
        one = min(one, value)
        value = row_3[place] + offset_3
        middle = max(one, value)
        near = stop_3 if value < one else near
        two = min(two, middle)
        one = min(one, value)
        value = row_4[place] + offset_4
        middle = max(one, value)
        near = stop_4 if value < one else near
        two = min(two, middle)
        one = min(one, value)
        first[place], second[place], neighbour[place] = one, two, near
    for number in range(count):
        if barred[number] >= 0:
            legs[stops[number], barred[number]] = kept[number]


@njit(cache=True, nogil=True)
def _span(possible):
    """The least and one more than the greatest place of what is possible (n); both n where nothing is."""
    start, stop = 0, possible.shape[0]
    while start < stop and not possible[start]:
        start += 1
    while stop > start and not possible[stop - 1]:
        stop -= 1
    return start, stop


@njit(cache=True, nogil=True)
def _ways(legs, ends, profit, kind, moves, may_end, sequence, possible, backward):
    """Cheapest ways (q, n) from a stop to the end, or from the start to it, with the load priced in ``profit``.

    ``possible`` (q, n) tells the stops and states worth looking at; all others get NEVER.

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
    stops, barred = np.empty(TOGETHER, dtype=np.int64), np.empty(TOGETHER, dtype=np.int64)
    offsets, instead = np.empty(TOGETHER, dtype=np.float32), np.empty(TOGETHER, dtype=np.float32)
    for position in range(sequence.shape[0]):
        state = sequence[position] if backward else sequence[sequence.shape[0] - 1 - position]
        first, second, near = best[state], other[state], neighbour[state]
        if not possible[state].any():
            continue
        if backward:
            start, stop = _span(possible[state])
            first, second, near = first[start:stop], second[start:stop], near[start:stop]
            if may_end[state]:
                first[:] = ends[start:stop]
            waiting = 0
            for site in range(count):
                following = moves[state, kind[site]]
                if following < 0 or best[following, site] >= NEVER / 2:
                    continue
                stops[waiting], offsets[waiting] = site, best[following, site] - profit[site]
                barred[waiting], instead[waiting] = int(neighbour[following, site]), other[following, site] - best[following, site]
                waiting += 1
                if waiting == TOGETHER:
                    _take(waiting, legs, stops, offsets, barred, instead, first, second, near, start, stop)
                    waiting = 0
            if waiting > 0:
                _take(waiting, legs, stops, offsets, barred, instead, first, second, near, start, stop)
        else:
            for site in range(count):
                if moves[0, kind[site]] == state:
                    first[site] = ends[site]
            for before in range(1, states):
                for ending in range(moves.shape[1]):
                    start, stop = starts[ending], starts[ending + 1]
                    if moves[before, ending] != state or start == stop:
                        continue
                    waiting = 0
                    for site in range(count):
                        if best[before, site] >= NEVER / 2:
                            continue
                        stops[waiting], offsets[waiting] = site, best[before, site]
                        barred[waiting], instead[waiting] = int(neighbour[before, site]), other[before, site] - best[before, site]
                        waiting += 1
                        if waiting == TOGETHER:
                            _take(waiting, legs, stops, offsets, barred, instead, first[start:stop], second[start:stop],
                                  near[start:stop], start, stop)
                            waiting = 0
                    if waiting > 0:
                        _take(waiting, legs, stops, offsets, barred, instead, first[start:stop], second[start:stop],
                              near[start:stop], start, stop)
            first -= profit
            second -= profit
        for site in range(count):
            if not possible[state, site]:
                best[state, site] = np.float32(NEVER)
    return best, other, neighbour


@njit(cache=True, nogil=True)
def reach(onward, legs, out, back, profit, kind, moves, may_end, sequence, possible):
    """Lower bound (q, n) on the reduced cost of caseloads with a stop in a state, the constant of the load aside."""
    after, after_other, successor = _ways(legs, back, profit, kind, moves, may_end, sequence, possible, True)
    before, before_other, ancestor = _ways(onward, out, profit, kind, moves, may_end, sequence, possible, False)
    bound = np.full(possible.shape, np.float32(NEVER), dtype=np.float32)
    for state in range(moves.shape[0]):
        for site in range(out.shape[0]):
            if possible[state, site]:
                value = before[state, site] + after[state, site]
                if ancestor[state, site] == successor[state, site] and successor[state, site] >= 0:
                    value = min(before[state, site] + after_other[state, site],
                                before_other[state, site] + after[state, site])
                bound[state, site] = value
    return bound


@njit(cache=True, nogil=True)
def completions(legs, back, profit, units, kind, moves, may_end, sequence, possible, needed, lane_price, best, other, successor):
    """Fill best (q, LANES, n): the least travel home, profits and load price after stop x in state q, by the load so far.

    legs (n, n) from the stop of the column to that of the row. Where ``possible`` (q, n) is False it is NEVER. successor tells
    the next stop of it (-1: home), other the best with another next stop. States that are not ``needed`` are left as they are.
    """
    count = back.shape[0]
    stops, barred = np.empty(TOGETHER, dtype=np.int64), np.empty(TOGETHER, dtype=np.int64)
    offsets, instead = np.empty(TOGETHER, dtype=np.float32), np.empty(TOGETHER, dtype=np.float32)
    for position in range(sequence.shape[0]):
        state = sequence[position]
        if not needed[state]:
            continue
        start, stop = _span(possible[state])
        best[state] = np.float32(NEVER)
        other[state] = np.float32(NEVER)
        successor[state] = np.float32(-1)
        for lane in range(LANES):
            first, second, taken = best[state, lane, start:stop], other[state, lane, start:stop], successor[state, lane, start:stop]
            if may_end[state]:
                first[:] = back[start:stop] + lane_price[lane]
            waiting = 0
            for number in range(count):
                following, load = moves[state, kind[number]], lane + units[number]
                if following < 0 or load >= LANES or best[following, load, number] >= NEVER / 2:
                    continue
                onward = best[following, load, number]
                stops[waiting], offsets[waiting] = number, onward - profit[number]
                barred[waiting], instead[waiting] = int(successor[following, load, number]), other[following, load, number] - onward
                waiting += 1
                if waiting == TOGETHER:
                    _take(waiting, legs, stops, offsets, barred, instead, first, second, taken, start, stop)
                    waiting = 0
            if waiting > 0:
                _take(waiting, legs, stops, offsets, barred, instead, first, second, taken, start, stop)
        for place in range(start, stop):
            if not possible[state, place]:
                best[state, :, place] = np.float32(NEVER)


@njit(cache=True, nogil=True)
def gathered(sites, all_onward, all_legs, out_seconds, back_seconds, travel_price):
    """What trips over ``sites`` (n) cost: onward (n, n) from row to column, legs transposed, out and back (n)."""
    count = sites.shape[0]
    onward = np.empty((count, count), dtype=np.float32)
    legs = np.empty((count, count), dtype=np.float32)
    out = np.empty(count, dtype=np.float32)
    back = np.empty(count, dtype=np.float32)
    for number in range(count):
        site = sites[number]
        out[number] = travel_price * out_seconds[site] if out_seconds[site] >= 0 else NEVER
        back[number] = travel_price * back_seconds[site] if back_seconds[site] >= 0 else NEVER
        row, column = all_onward[site], all_legs[site]
        for other in range(count):
            onward[number, other] = row[sites[other]]
            legs[number, other] = column[sites[other]]
    return onward, legs, out, back


@njit(cache=True, nogil=True)
def first_bounds(sites, worth, kind, automaton, out_seconds, back_seconds, all_onward, all_legs, travel_price):
    """Lower bound (q, n) on the price of caseloads that hold a site, reached in a state; ``worth`` (n) less the load's line."""
    moves, may_end, sequence, last_kind, _ = automaton
    onward, legs, out, back = gathered(sites, all_onward, all_legs, out_seconds, back_seconds, travel_price)
    possible = np.empty((moves.shape[0], sites.shape[0]), dtype=np.bool_)
    for number in range(sites.shape[0]):
        possible[:, number] = last_kind[:, kind[number]]
    return reach(onward, legs, out, back, worth, kind, moves, may_end, sequence, possible)
