"""A hierarchy of roads: the same quickest times as a search over all roads, for one-way streets and dead ends too."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import dijkstra

from geodata.road_hierarchy import RoadHierarchy


def drawn(seed: int, nodes: int, most: int = 100) -> scipy.sparse.csr_array:
    """A sparse graph of one-way streets, some of them dead ends, with whole milliseconds."""
    rng = np.random.default_rng(seed)
    table = np.where(rng.random((nodes, nodes)) < 2.5 / nodes, rng.integers(1, most, (nodes, nodes)), 0).astype(np.float64)
    np.fill_diagonal(table, 0)
    return scipy.sparse.csr_array(table)


def lattice(seed: int, side: int) -> scipy.sparse.csr_array:
    """Streets both ways between neighbours of a square lattice, most alike, so that many ways are equally quick."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    start = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    end = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    ways = rng.choice([1_000.0, 1_000.0, 1_500.0], 2 * len(start))
    rows, columns = np.concatenate([start, end]), np.concatenate([end, start])
    return scipy.sparse.csr_array((ways, (rows, columns)), shape=(side * side, side * side))


GRAPHS = [*(drawn(seed, 60) for seed in range(20)), *(drawn(seed, 40, 3) for seed in range(10)), lattice(1, 5), lattice(2, 30),
          drawn(3, 1), scipy.sparse.csr_array((4, 4), dtype=np.float64)]


@pytest.mark.parametrize("graph", GRAPHS)
def test_all_times_are_those_of_a_search_over_all_roads(graph: scipy.sparse.csr_array) -> None:
    every = np.arange(graph.shape[0])
    sources, targets = every[::2], every[::-1][: 1 + len(every) // 3]
    roads, whole = RoadHierarchy.of(graph), dijkstra(graph)
    assert sorted(roads.number.tolist()) == every.tolist()
    assert np.array_equal(roads.milliseconds(sources, targets), whole[np.ix_(sources, targets)])
    assert np.array_equal(roads.reversed().milliseconds(sources, targets), whole[np.ix_(targets, sources)].T)
    for some in (sources, targets[:1], targets[:0]):
        assert np.array_equal(roads.nearest(some), whole[some].min(axis=0, initial=np.inf))


def test_nodes_asked_for_twice_and_nobody() -> None:
    roads, whole = RoadHierarchy.of(lattice(5, 6)), dijkstra(lattice(5, 6))
    twice, nobody = np.array([3, 3, 35, 0]), np.zeros(0, dtype=np.int64)
    assert np.array_equal(roads.milliseconds(twice, twice), whole[np.ix_(twice, twice)])
    assert roads.milliseconds(nobody, twice).shape == (0, 4)
    assert roads.milliseconds(twice, nobody).shape == (4, 0)


def test_few_edges_are_added_to_roads_like_a_town() -> None:
    """Ways around are found: without them a lattice of 900 nodes would get some 40 edges a node."""
    graph = lattice(2, 30)
    roads = RoadHierarchy.of(graph)
    assert len(roads.onward.end) + len(roads.backward.end) < 5 * graph.nnz


def test_the_same_graph_makes_the_same_hierarchy_and_goes_to_another_process() -> None:
    first, second = RoadHierarchy.of(drawn(1, 60)), RoadHierarchy.of(drawn(1, 60))
    again = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own
    for one in (second, again):
        assert np.array_equal(first.number, one.number)
        assert np.array_equal(first.onward.end, one.onward.end)
        assert np.array_equal(first.backward.milliseconds, one.backward.milliseconds)
