"""Exchange of the sites of which everybody holds at most one, exactly: who gets which, all other sites as they are.

Where nearly as many such sites as cadres are to be held (committees, 居委会), a site left over in one place and a cadre
without one in another are joined only by a chain of exchanges between them, too long for windows. With everybody's other
sites as they are, the cheapest of all such chains is a minimum cost flow: cadre, site, end.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from ortools.graph.python import min_cost_flow

from planner.engines.lagrangian import column_rows
from planner.engines.tables import CostTables, FloatArray, KernelTables, caseload_prices
from planner.facts.problem_arrays import IntArray

OPEN_SECONDS: Final = 100_000.0
"""Price of a site that nobody holds."""

ILLEGAL_SECONDS: Final = 20_000.0
"""Price of one unit of illegality: to be mended afterwards, and near a cadre who has room it can be, unlike an open site."""

FEW_OTHERS: Final = 40
"""Offers to a cadre beside those of sites that he is known to go with: the cheapest. A chain of exchanges needs many hands."""

UNITS_PER_SECOND: Final = 100
"""Costs enter the flow as whole hundredths of seconds."""

Offers = tuple[IntArray, IntArray, FloatArray]
"""What a cadre may hold beside his other sites: cadre (n), site (n; -1: none), cost of the whole caseload (n; s).

Every cadre may have none."""


def offers_of(tables: KernelTables, cost: CostTables, rests: list[IntArray], near: IntArray, row_dual: FloatArray,
              others: IntArray) -> Offers:
    """The offers to every cadre beside what else he holds (``rests``, by cadre): none, one of ``near`` (c, n; -1 padded) or of ``others``.

    Of ``others`` (m), which are offered to everybody, the cheapest few stay. The cost is that of the caseload less its district
    rows' dual values (q), and dear where it breaks a limit.
    """
    _, _, block_row, block_sites, block_start, block_of = tables.rows
    widest = 1 + max((len(rest) for rest in rests), default=0)
    cadres, sites, given, known = [], [], [], []
    for cadre, rest in enumerate(rests):
        his = near[cadre][near[cadre] >= 0]
        own = np.union1d(his, others)
        own = np.append(-1, own[tables.allowed[cadre, own]])
        cadres.append(np.full(len(own), cadre))
        given.append(own)
        known.append(np.isin(own, np.append(-1, his)))
        caseloads = np.full((len(own), widest), -1, dtype=np.int64)
        caseloads[:, :len(rest)] = rest
        caseloads[:, len(rest)] = own
        sites.append(caseloads)
    who, what, held, always = (np.concatenate(one) for one in (cadres, given, sites, known))
    price, illegality = caseload_prices(tables, cost, who, held)
    rows = column_rows(who, held, block_row, block_sites, block_start, block_of)
    price = price - np.append(row_dual, 0.0)[rows].sum(axis=1) + ILLEGAL_SECONDS * illegality
    order = np.lexsort((price, ~always, who))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(who, who[order])
    stays = rank < np.bincount(who[always], minlength=len(rests))[who] + FEW_OTHERS
    return who[stays], what[stays], price[stays]


def cheapest_exchange(cadres: int, sites: IntArray, offers: Offers) -> IntArray:
    """Who holds each of ``sites`` (n; ascending): the cadre, or -1, so that as many as possible are held at the least cost."""
    who, what, price = offers
    goods = len(sites)
    item = cadres + np.searchsorted(sites, what)
    end = cadres + goods
    whole = np.round(price * UNITS_PER_SECOND).astype(np.int64)
    none = what < 0
    without = np.zeros(cadres, dtype=np.int64)
    without[who[none]] = whole[none]
    without += round(OPEN_SECONDS * UNITS_PER_SECOND)  # one more without is one site more that stays open
    flow = min_cost_flow.SimpleMinCostFlow()
    tails = np.concatenate([who[~none], np.arange(cadres), np.arange(cadres, end)])
    heads = np.concatenate([item[~none], np.full(cadres, end), np.full(goods, end)])
    costs = np.concatenate([whole[~none], without, np.zeros(goods, dtype=np.int64)])
    flow.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones(len(tails), dtype=np.int64), costs)
    supplies = np.zeros(end + 1, dtype=np.int64)
    supplies[:cadres], supplies[end] = 1, -cadres
    flow.set_nodes_supplies(np.arange(end + 1), supplies)
    if flow.solve() != flow.OPTIMAL:
        raise AssertionError("every cadre can go without, so a flow exists")
    used = np.flatnonzero(flow.flows(np.arange(int((~none).sum()))) > 0)
    holders = np.full(goods, -1, dtype=np.int64)
    holders[item[~none][used] - cadres] = who[~none][used]
    return holders
