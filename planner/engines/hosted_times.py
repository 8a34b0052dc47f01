"""When visits of one morning begin where a sub-district's staff can accompany only so many at once.

Shortest first to whoever of the hosts is free first makes the sum of beginnings least (Conway, Maxwell and Miller, 1967). Where
that runs past the closing time, the longest visits are placed first, and one that fits nowhere whole is cut to what fits.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Placed:
    """(beginning, households) of every visit, None where there is no room; ``is_best`` where no order waits less."""

    visits: tuple[tuple[int, int] | None, ...]
    is_best: bool


def place_visits(sizes: Sequence[int], stay: int, opens: int, closes: int, hosts: int) -> Placed:
    """Place visits to so many households, ``stay`` seconds each, between two times, at most ``hosts`` at once (0 is no limit)."""
    hosts = hosts or max(1, len(sizes))
    starts = _shortest_first(sizes, stay, opens, hosts)
    if all(start + size * stay <= closes for start, size in zip(starts, sizes, strict=True)):
        return Placed(tuple(zip(starts, sizes, strict=True)), is_best=True)
    room = [(closes - opens) // stay] * hosts
    held: list[list[tuple[int, int]]] = [[] for _ in range(hosts)]
    for number in sorted(range(len(sizes)), key=lambda one: (-sizes[one], one)):
        host = max(range(hosts), key=lambda one: (room[one], -one))
        fits = min(sizes[number], room[host])
        if fits:
            held[host].append((fits, number))
            room[host] -= fits
    placed: list[tuple[int, int] | None] = [None] * len(sizes)
    for own in held:
        now = opens
        for size, number in sorted(own):
            placed[number] = (now, size)
            now += size * stay
    return Placed(tuple(placed), is_best=False)


def _shortest_first(sizes: Sequence[int], stay: int, opens: int, hosts: int) -> list[int]:
    free = [opens] * hosts
    starts = [0] * len(sizes)
    for number in sorted(range(len(sizes)), key=lambda one: (sizes[one], one)):
        starts[number] = heapq.heappop(free)
        heapq.heappush(free, starts[number] + sizes[number] * stay)
    return starts
