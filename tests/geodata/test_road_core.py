"""The core of a graph: fewer nodes, the same quickest times between those that matter."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import dijkstra

from geodata.road_core import core_of


def drawn(seed: int, nodes: int) -> scipy.sparse.csr_array:
    """A sparse graph of one-way streets, some of them dead ends, with whole milliseconds."""
    rng = np.random.default_rng(seed)
    table = np.where(rng.random((nodes, nodes)) < 2.5 / nodes, rng.integers(1, 100, (nodes, nodes)), 0).astype(np.float64)
    np.fill_diagonal(table, 0)
    return scipy.sparse.csr_array(table)


@pytest.mark.parametrize("seed", range(20))
def test_times_between_wanted_nodes_stay(seed: int) -> None:
    graph = drawn(seed, 60)
    wanted = np.random.default_rng(seed).permutation(60)[:15]
    core, number = core_of(graph, wanted)
    kept = number[wanted]
    assert (kept >= 0).all()
    assert core.shape[0] < 60
    assert np.array_equal(dijkstra(core)[np.ix_(kept, kept)], dijkstra(graph)[np.ix_(wanted, wanted)])


def test_a_chain_becomes_one_edge() -> None:
    chain = scipy.sparse.csr_array(np.diag([3.0, 4.0, 5.0], 1))
    core, number = core_of(chain, np.array([0, 3]))
    assert core.toarray().tolist() == [[0, 12], [0, 0]]
    assert number.tolist() == [0, -1, -1, 1]
