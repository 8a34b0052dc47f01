"""Holders of scarce sites for several terms at once, so that no later term runs into a dead end.

One Boolean for every site, term and cadre who may hold it then; exactly one cadre for a site in a term, at most so many sites of
the kind for a cadre in a term, and no return within the ban. Least travel. Small: only for sites that few can hold.
"""

from __future__ import annotations

import numpy as np
from ortools.sat.python import cp_model

from planner.facts.problem_arrays import BoolArray, IntArray

WORK = 30.0


def joint_holders(allowed: BoolArray, seconds: IntArray, places: IntArray, ban: int) -> IntArray | None:
    """Cadre of every site in every term (t, s); None where there are none.

    allowed (t, c, s): the pair is possible in that term; seconds (c, s): what it costs; places (t, c): sites a cadre may hold; a pair
    does not return within ``ban`` terms.
    """
    terms, cadres, sites = allowed.shape
    model = cp_model.CpModel()
    held = {(int(t), int(i), int(j)): model.new_bool_var("") for t, i, j in np.argwhere(allowed)}
    for term in range(terms):
        for site in range(sites):
            model.add_exactly_one(held[term, cadre, site] for cadre in range(cadres) if (term, cadre, site) in held)
        for cadre in range(cadres):
            own = [held[term, cadre, site] for site in range(sites) if (term, cadre, site) in held]
            if len(own) > places[term, cadre]:
                model.add(sum(own) <= int(places[term, cadre]))
    for cadre in range(cadres):
        for site in range(sites):
            for first in range(terms):
                again = [held[term, cadre, site] for term in range(first, min(terms, first + ban + 1)) if (term, cadre, site) in held]
                if len(again) > 1:
                    model.add_at_most_one(again)
    model.minimize(sum(int(seconds[cadre, site]) * one for (_, cadre, site), one in held.items()))
    for presolve in (True, False):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.cp_model_presolve = presolve
        solver.parameters.max_deterministic_time = WORK
        status = solver.solve(model)
        if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            holders = np.full((terms, sites), -1, dtype=np.int64)
            for (term, cadre, site), one in held.items():
                if solver.boolean_value(one):
                    holders[term, site] = cadre
            return holders
    return None
