"""Caseload problems given as arrays, what answers them, and what counting alone says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.engines.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class CaseloadProblem:
    """Arrays over c cadres and s sites.

    cost (c, s) in any one unit; load (c, s) whole units >= 0; capacity, min_sites, max_sites (c); allowed (c, s);
    load_price (c, n) or (n), n > every capacity: the price of a load, in the unit of the cost, or None.
    Raises ValueError for shapes that do not fit together and for negative loads.
    """

    cost: FloatArray
    load: IntArray
    capacity: IntArray
    min_sites: IntArray
    max_sites: IntArray
    allowed: BoolArray
    load_price: FloatArray | None = None

    def __post_init__(self) -> None:
        cadres, sites = self.cost.shape
        if self.load.shape != (cadres, sites) or self.allowed.shape != (cadres, sites):
            raise ValueError("cost, load and allowed must have the same shape (cadres, sites)")
        if any(one.shape != (cadres,) for one in (self.capacity, self.min_sites, self.max_sites)):
            raise ValueError("capacity, min_sites and max_sites must have one entry a cadre")
        if (self.load < 0).any() or (self.capacity < 0).any():
            raise ValueError("loads and capacities must not be negative")
        if self.load_price is not None and self.load_price.shape[-1] <= self.capacity.max(initial=0):
            raise ValueError("load_price must reach up to every capacity")

    @property
    def whole(self) -> bool:
        """Whether all costs and prices are integers, so that every plan's cost is one."""
        prices = self.prices
        return bool((np.round(self.cost[self.allowed]) == self.cost[self.allowed]).all()
                    and (prices is None or (np.round(prices) == prices).all()))

    @property
    def prices(self) -> FloatArray | None:
        """load_price with a row a cadre (c, n), or None."""
        if self.load_price is None:
            return None
        width = int(self.capacity.max(initial=0)) + 1
        table = np.broadcast_to(self.load_price, (len(self.capacity), self.load_price.shape[-1]))
        return np.ascontiguousarray(table[:, :width], dtype=np.float64)

    def cost_of(self, holders: IntArray) -> float:
        """Cost of a complete plan ``holders`` (s), inf where it breaks a limit."""
        cadres, sites = self.cost.shape
        everything = np.arange(sites)
        if sites and (holders.min() < 0 or not self.allowed[holders, everything].all()):
            return float("inf")
        loads = np.bincount(holders, self.load[holders, everything], minlength=cadres).astype(np.int64)
        counts = np.bincount(holders, minlength=cadres)
        if (loads > self.capacity).any() or (counts < self.min_sites).any() or (counts > self.max_sites).any():
            return float("inf")
        prices = self.prices
        priced = 0.0 if prices is None else float(prices[np.arange(cadres), loads].sum())
        return float(self.cost[holders, everything].sum()) + priced


@dataclass(frozen=True)
class CoreResult:
    """``holders`` (s) or None, its ``cost`` (inf without one), a proven ``bound``, and what proved it.

    The bound is inf where ``infeasible`` says why no plan exists; ``optimal`` where no plan can cost less.
    """

    holders: IntArray | None
    cost: float
    bound: float
    proved_by: str
    infeasible: str = ""

    @property
    def optimal(self) -> bool:
        """Whether the plan is proven to be the best."""
        return self.holders is not None and self.cost <= self.bound + 1e-6 * max(1.0, abs(self.cost))


def plain_reason(problem: CaseloadProblem) -> str:
    """Why no plan can exist, seen by counting alone; empty where counting finds nothing."""
    usable = problem.allowed & (problem.load <= problem.capacity[:, None])
    sites = problem.cost.shape[1]
    alone = np.flatnonzero(~usable.any(axis=0))
    if len(alone):
        return f"site {int(alone[0])} has no cadre who may and can hold it"
    if (problem.min_sites > np.minimum(problem.max_sites, usable.sum(axis=1))).any():
        short = int(np.flatnonzero(problem.min_sites > np.minimum(problem.max_sites, usable.sum(axis=1)))[0])
        return f"cadre {short} cannot hold as many sites as he must"
    if problem.min_sites.sum() > sites or problem.max_sites.sum() < sites:
        return f"{sites} sites do not fit between {problem.min_sites.sum()} and {problem.max_sites.sum()} places"
    if sites:
        least = np.where(usable, problem.load, np.iinfo(np.int64).max).min(axis=0)
        if least.sum() > problem.capacity.sum():
            return f"the sites need at least {least.sum()} units of load, the cadres have {problem.capacity.sum()}"
    return ""


def part_of(problem: CaseloadProblem, cadres: IntArray, sites: IntArray) -> CaseloadProblem:
    """The problem of some cadres and sites alone."""
    part = np.ix_(cadres, sites)
    prices = problem.prices
    return CaseloadProblem(problem.cost[part], problem.load[part], problem.capacity[cadres], problem.min_sites[cadres],
                           problem.max_sites[cadres], problem.allowed[part], None if prices is None else prices[cadres])


