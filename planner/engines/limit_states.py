"""The counting limits of a caseload as states that a trip moves along, stop by stop."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from planner.facts.problem_arrays import IntArray

MOST_STATES: Final = 128
"""More states of counting limits than this are not told apart; whoever searches with them checks every limit."""


def limit_states(limits: list[tuple[IntArray, int, int]], largest: int, sites: int) -> tuple[tuple[Any, ...], IntArray]:
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
