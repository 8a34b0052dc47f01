"""Sites and places as flows: what counting alone proves about who can hold what, exactly and in a moment.

A cadre offers so many places for sites of a kind; a site needs one place of a cadre who may hold it. Every other rule is
left out, so a shortage here is a proof, and a least number here is a lower bound (Hall 1935; Ford and Fulkerson 1956).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from planner.facts.problem_arrays import BoolArray, IntArray


@dataclass(frozen=True)
class Shortage:
    """Sites (indices) whose only possible ``cadres`` together offer ``places`` places: fewer than there are sites."""

    sites: IntArray
    cadres: IntArray
    places: int

    @property
    def short(self) -> int:
        """How many places are missing."""
        return len(self.sites) - self.places


def shortage(allowed: BoolArray, places: IntArray) -> Shortage | None:
    """Sites that cannot all have a place: a smallest violation of Hall's condition inside the minimum cut, or None.

    allowed (c, s): the pair is possible; places (c): most sites a cadre holds.
    """
    candidates = _unplaced_side(allowed, places, np.arange(allowed.shape[1]))
    if candidates is None:
        return None
    sites = candidates
    for site in candidates:  # delete one by one: what is left is short with every site and not without any
        rest = sites[sites != site]
        if len(rest) and (smaller := _unplaced_side(allowed, places, rest)) is not None:
            sites = np.intersect1d(rest, smaller)
    cadres = np.flatnonzero(allowed[:, sites].any(axis=1) & (places > 0))
    return Shortage(sites, cadres, int(places[cadres].sum()))


def whole_shortage(allowed: BoolArray, places: IntArray) -> Shortage | None:
    """Like ``shortage``, with all sites of the minimum cut: how many places are missing in all."""
    sites = _unplaced_side(allowed, places, np.arange(allowed.shape[1]))
    if sites is None:
        return None
    cadres = np.flatnonzero(allowed[:, sites].any(axis=1) & (places > 0))
    return Shortage(sites, cadres, int(places[cadres].sum()))


def _unplaced_side(allowed: BoolArray, places: IntArray, sites: IntArray) -> IntArray | None:
    """The sites of the minimum cut that lie on the side of the unserved ones; None where all sites have a place.

    Source -> site (1) -> cadre (1) -> sink (places). On the source side of a minimum cut lie sites with all the cadres
    they can go to, and these cadres' places are full.
    """
    cadre_count = allowed.shape[0]
    flow = max_flow.SimpleMaxFlow()
    source, sink = cadre_count + allowed.shape[1], cadre_count + allowed.shape[1] + 1
    who, which = np.nonzero(allowed[:, sites])
    flow.add_arcs_with_capacity(np.full(len(sites), source), cadre_count + sites, np.ones(len(sites), dtype=np.int64))
    flow.add_arcs_with_capacity(cadre_count + sites[which], who, np.ones(len(who), dtype=np.int64))
    flow.add_arcs_with_capacity(np.arange(cadre_count), np.full(cadre_count, sink), places.astype(np.int64))
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise AssertionError("a maximum flow exists")
    if flow.optimal_flow() == len(sites):
        return None
    side = np.array(flow.get_source_side_min_cut(), dtype=np.int64)
    return np.sort(side[(side >= cadre_count) & (side < source)] - cadre_count)


def least_moves(allowed: BoolArray, least: IntArray, most: IntArray, holders: IntArray) -> int | None:
    """Fewest sites that must leave their cadre so that every site has a place and every cadre his least; None: impossible.

    holders (s): the cadre who holds the site now and may keep it, or -1; allowed (c, s); least and most (c) sites a cadre.
    """
    cadre_count, site_count = allowed.shape
    if not site_count:
        return 0 if (least <= 0).all() else None
    flow = min_cost_flow.SimpleMinCostFlow()
    who, which = np.nonzero(allowed)
    moved = ((holders[which] >= 0) & (holders[which] != who)).astype(np.int64)
    sink = cadre_count + site_count
    flow.add_arcs_with_capacity_and_unit_cost(cadre_count + which, who, np.ones(len(who), dtype=np.int64), moved)
    cadres, to_sink = np.arange(cadre_count), np.full(cadre_count, sink)
    # places beyond the least go to the sink; the least is owed by each cadre himself
    flow.add_arcs_with_capacity_and_unit_cost(cadres, to_sink, (most - least).astype(np.int64), np.zeros(cadre_count, dtype=np.int64))
    flow.set_nodes_supplies(cadre_count + np.arange(site_count), np.ones(site_count, dtype=np.int64))
    flow.set_nodes_supplies(cadres, -least.astype(np.int64))
    flow.set_node_supply(sink, -(site_count - int(least.sum())))
    if int(least.sum()) > site_count or flow.solve() != flow.OPTIMAL:
        return None
    return int(flow.optimal_cost())
