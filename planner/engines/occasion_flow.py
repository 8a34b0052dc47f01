"""Who takes which task of an occasion, exactly: as little left out as can be, then fewest turns or strangers, then least travel.

All three goals stand in one integer flow of least cost, each weighed above all that later ones can add up to; flows with
integer limits have integer optima, so what comes out is the best of every goal after those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from ortools.graph.python import min_cost_flow


@dataclass(frozen=True)
class Task:
    """Something for one or more cadres at one time. ``gains`` are what the first, second, ... of them settles, never rising.

    Of all tasks of one ``group`` (those of one day, say) a cadre takes one at most.
    """

    gains: tuple[int, ...]
    group: int = 0


@dataclass(frozen=True)
class Offer:
    """A cadre (by number) can take a task (by number) at these costs."""

    cadre: int
    task: int
    strangers: int
    travel_seconds: int


@dataclass(frozen=True)
class Taken:
    """Offers taken, by their numbers, and the best values of the goals: left out; turns and strangers; seconds of travel."""

    offers: tuple[int, ...]
    left_out: int
    dearness: int
    travel_seconds: int


def take_tasks(tasks: Sequence[Task], offers: Sequence[Offer], most_turns: int, *, turns_count: bool) -> Taken:
    """Give tasks to cadres, each at most ``most_turns``; with ``turns_count`` a cadre's k-th turn costs k, so that turns are even."""
    units = sum(len(task.gains) for task in tasks)
    if not units or not offers:
        return Taken((), sum(sum(task.gains) for task in tasks), 0, 0)
    turn_costs = [turn if turns_count else 0 for turn in range(1, most_turns + 1)]
    dear = 1 + units * max(one.travel_seconds for one in offers)
    vital = dear * (1 + units * (max(turn_costs) + max(one.strangers for one in offers)))
    highest = max(max(task.gains, default=0) for task in tasks)
    network = _Network()
    source, sink = network.node("source"), network.node("sink")
    network.arc(source, sink, units, highest * vital)
    for cadre in sorted({one.cadre for one in offers}):
        for cost in turn_costs:
            network.arc(source, network.node(("cadre", cadre)), 1, cost * dear)
    arcs = []
    for one in offers:
        group = tasks[one.task].group
        if (day := ("group", one.cadre, group)) not in network.nodes:
            network.arc(network.node(("cadre", one.cadre)), network.node(day), 1, 0)
        arcs.append(network.arc(network.node(day), network.node(("task", one.task)), 1, one.strangers * dear + one.travel_seconds))
    for number, task in enumerate(tasks):
        for gain in task.gains:
            network.arc(network.node(("task", number)), sink, 1, (highest - gain) * vital)
    flow = network.solve(source, sink, units)
    taken = tuple(number for number, arc in enumerate(arcs) if flow.flow(arc))
    return Taken(taken, *_values(tasks, [offers[one] for one in taken], turn_costs))


def _values(tasks: Sequence[Task], taken: Sequence[Offer], turn_costs: Sequence[int]) -> tuple[int, int, int]:
    """The goals' values of what was taken."""
    helpers, turns = [0] * len(tasks), dict[int, int]()
    for one in taken:
        helpers[one.task] += 1
        turns[one.cadre] = turns.get(one.cadre, 0) + 1
    added = [0, *accumulate(turn_costs)]
    left = sum(sum(task.gains[count:]) for task, count in zip(tasks, helpers, strict=True))
    return left, sum(added[count] for count in turns.values()) + sum(one.strangers for one in taken), sum(
        one.travel_seconds for one in taken)


class _Network:
    """A flow network whose nodes have names."""

    def __init__(self) -> None:
        self.nodes: dict[object, int] = {}
        self._flow = min_cost_flow.SimpleMinCostFlow()

    def node(self, name: object) -> int:
        return self.nodes.setdefault(name, len(self.nodes))

    def arc(self, tail: int, head: int, capacity: int, cost: int) -> int:
        return int(self._flow.add_arc_with_capacity_and_unit_cost(tail, head, capacity, cost))

    def solve(self, source: int, sink: int, units: int) -> min_cost_flow.SimpleMinCostFlow:
        self._flow.set_node_supply(source, units)
        self._flow.set_node_supply(sink, -units)
        status = self._flow.solve()
        if status != self._flow.OPTIMAL:
            raise RuntimeError(f"the flow of an occasion ended as {status}")
        return self._flow
