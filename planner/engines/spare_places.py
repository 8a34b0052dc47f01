"""How many changes open sites ask for at least, by counting what upper limits leave beside what everybody holds.

Beside what a cadre keeps he has so many spare places for open sites: no more than any one of his upper limits leaves, if the
lightest came first. Sites given up add to them, by some most for every site. What is short beside all that is held, over
that most, is a number of changes that no plan can do without, whatever else the rules ask for.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from planner.engines.compiled import CompiledProblem
from planner.engines.places import whole_shortage
from planner.facts.problem_arrays import IntArray


def spare_places(compiled: CompiledProblem, cadre: int, held: IntArray, sites: IntArray) -> int:
    """Never fewer than the most of ``sites`` (m) that the cadre may hold beside ``held`` sites."""
    own = sites[compiled.allowed[cadre, sites]]
    most = len(own)
    for vector, upper in zip(compiled.limit_vector[cadre], compiled.limit_upper[cadre], strict=True):
        if vector >= 0:
            weights = compiled.weights[vector]
            most = min(most, int((np.cumsum(np.sort(weights[own])) <= upper - weights[held].sum()).sum()))
    return most


def least_changes(compiled: CompiledProblem, held: list[IntArray], sites: IntArray) -> int | None:
    """Sites that some cadres must give up of what they ``held`` (c) so that open ``sites`` find places; None: they never do."""
    possible = compiled.fits_alone()[:, sites]
    spare = np.array([spare_places(compiled, cadre, own, sites) if possible[cadre].any() else 0 for cadre, own in enumerate(held)],
                     dtype=np.int64)
    short = whole_shortage(possible, spare)
    if short is None:
        return 0
    least: int | None = None
    for cadre in np.flatnonzero(possible.any(axis=1)):
        own = held[cadre]
        for given in range(1, len(own) + 1):
            kept = combinations(own.tolist(), len(own) - given)
            gain = max(spare_places(compiled, int(cadre), np.array(one, dtype=np.int64), sites) for one in kept) - int(spare[cadre])
            if gain:
                needed = -(-short.short * given // gain)
                least = needed if least is None else min(least, needed)
    return least
