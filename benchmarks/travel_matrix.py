"""The travel-time matrix of 1,100 places over 20,000 road nodes: the engines that could compute it, in one run.

    python benchmarks/travel_matrix.py [--nodes 20000] [--places 1100] [--repeat 3] [--engines networkx scipy ...]

Roads are synthetic: a bent grid with a third of the streets one-way, main roads, and gaps. Every engine gets the same
graph in the form it wants and gives seconds between the same places. CPU seconds are of the process: preparing (a
hierarchy, say) and computing, medians over the repeats. The largest difference is against networkx, in seconds.
rustworkx, igraph, networkit and pyroutingkit are no dependencies of ours: those not installed are left out. Results
go to benchmarks/results/travel_matrix.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geodata.streets import FloatArray, IntArray, StreetNetwork, add_node, add_street, new_streets  # noqa: E402
from geodata.travel_times import travel_over  # noqa: E402
from planner.facts.district import Place  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "travel_matrix.csv"
OURS = "scipy (ours)"
Seconds = NDArray[np.int32]
Prepare = Callable[["Case"], Any]
Compute = Callable[["Case", Any], FloatArray]


@dataclasses.dataclass(frozen=True)
class Case:
    """A compiled graph, and the nodes (indices) between which milliseconds are wanted."""

    network: StreetNetwork
    places: dict[str, Place]
    nodes: IntArray

    def arcs(self) -> tuple[IntArray, IntArray, IntArray]:
        """From, to, and milliseconds of every arc."""
        graph = self.network.milliseconds.tocoo()
        return graph.row.astype(np.int64), graph.col.astype(np.int64), graph.data.astype(np.int64)


@dataclasses.dataclass(frozen=True)
class Line:
    """One engine's medians; times faster than networkx; the largest difference from it in seconds."""

    engine: str
    nodes: int
    arcs: int
    places: int
    prepare_cpu_seconds: float
    matrix_cpu_seconds: float
    times_faster: float
    largest_difference_seconds: int


def synthetic_case(nodes: int, places: int, seed: int = 1) -> Case:
    """A bent grid of about so many nodes, with places at random."""
    random = np.random.Generator(np.random.PCG64(seed))
    side = round(nodes ** 0.5)
    streets = new_streets()
    jitter = random.uniform(-0.0003, 0.0003, (side * side, 2))
    for node in range(side * side):
        row, column = divmod(node, side)
        add_node(streets, node, 121.5 + 0.001 * column + jitter[node, 0], 31.3 + 0.001 * row + jitter[node, 1])
    for node in range(side * side):
        row, column = divmod(node, side)
        for other, line in ((node + 1, row), (node + side, column)):
            inside = column + 1 < side if other == node + 1 else row + 1 < side
            main = line % 8 == 0
            if inside and (main or random.random() > 0.12):
                ends = tuple((streets.nodes[one]["lon"], streets.nodes[one]["lat"]) for one in (node, other))
                add_street(streets, node, other, name="", highway="primary" if main else "residential",
                           length_metres=int(random.integers(80, 150)), geometry=ends, both_ways=main or random.random() > 1 / 3)
    positions = random.uniform((121.5, 31.3), (121.5 + 0.001 * side, 31.3 + 0.001 * side), (places, 2))
    network = StreetNetwork(streets)
    at = {f"p{number}": Place(float(lon), float(lat)) for number, (lon, lat) in enumerate(positions)}
    return Case(network, at, np.unique(network.snap(at.values()).node_index))


def _networkx(case: Case) -> nx.DiGraph:
    graph = nx.DiGraph()
    rows, columns, times = case.arcs()
    graph.add_weighted_edges_from(zip(rows.tolist(), columns.tolist(), times.tolist(), strict=True))
    return graph


def _by_networkx(case: Case, graph: nx.DiGraph) -> FloatArray:
    rows = (nx.single_source_dijkstra_path_length(graph, int(node)) for node in case.nodes)
    return np.array([[row.get(int(node), np.inf) for node in case.nodes] for row in rows])


def _by_scipy(case: Case, graph: None) -> FloatArray:
    del graph
    return case.network.milliseconds_from(case.nodes, case.nodes)


def _rustworkx(case: Case) -> Any:
    import rustworkx  # noqa: PLC0415

    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(case.network.node_ids)))
    graph.add_edges_from([(int(a), int(b), float(time)) for a, b, time in zip(*case.arcs(), strict=True)])
    return graph


def _by_rustworkx(case: Case, graph: Any) -> FloatArray:
    import rustworkx  # noqa: PLC0415

    result = np.full((len(case.nodes), len(case.nodes)), np.inf)
    for number, node in enumerate(case.nodes):
        found = rustworkx.dijkstra_shortest_path_lengths(graph, int(node), float)
        for column, goal in enumerate(case.nodes):
            if int(goal) in found:
                result[number, column] = found[int(goal)]
    np.fill_diagonal(result, 0)
    return result


def _igraph(case: Case) -> Any:
    import igraph  # noqa: PLC0415

    rows, columns, times = case.arcs()
    return igraph.Graph(n=len(case.network.node_ids), edges=np.column_stack([rows, columns]).tolist(), directed=True,
                        edge_attrs={"time": times.tolist()})


def _by_igraph(case: Case, graph: Any) -> FloatArray:
    return np.array(graph.distances(case.nodes.tolist(), case.nodes.tolist(), weights="time", algorithm="dijkstra"))


def _networkit(case: Case) -> Any:
    import networkit  # noqa: PLC0415

    networkit.setNumberOfThreads(1)
    graph = networkit.Graph(len(case.network.node_ids), weighted=True, directed=True)
    for first, last, milliseconds in zip(*case.arcs(), strict=True):
        graph.addEdge(int(first), int(last), float(milliseconds))
    return graph


def _by_networkit(case: Case, graph: Any) -> FloatArray:
    import networkit  # noqa: PLC0415

    run = networkit.distance.SPSP(graph, case.nodes.tolist(), case.nodes.tolist())
    run.run()
    found = np.array(run.getDistances())
    return np.where(found > 1e300, np.inf, found)


def _pyroutingkit(case: Case) -> Any:
    import pyroutingkit  # noqa: PLC0415

    rows, columns, times = case.arcs()
    lonlat = case.network.lonlat
    topology = pyroutingkit.CCHTopology()
    topology.build(rows.astype(np.uint32), columns.astype(np.uint32), lonlat[:, 1].astype(np.float32),
                   lonlat[:, 0].astype(np.float32), len(lonlat))
    metric = pyroutingkit.CCHMetric(topology)
    metric.customize(times.astype(np.uint32))
    return metric


def _by_pyroutingkit(case: Case, metric: Any) -> FloatArray:
    import pyroutingkit  # noqa: PLC0415

    nodes = case.nodes.astype(np.uint32)
    found = np.asarray(metric.distances_many_to_many(nodes, nodes)).reshape(len(nodes), len(nodes)).astype(np.float64)
    return np.where(found >= pyroutingkit.INF_WEIGHT, np.inf, found)


ENGINES: dict[str, tuple[str, Prepare, Compute]] = {
    "networkx": ("networkx", _networkx, _by_networkx),
    OURS: ("scipy", lambda _: None, _by_scipy),
    "rustworkx": ("rustworkx", _rustworkx, _by_rustworkx),
    "igraph": ("igraph", _igraph, _by_igraph),
    "networkit": ("networkit", _networkit, _by_networkit),
    "pyroutingkit": ("pyroutingkit", _pyroutingkit, _by_pyroutingkit),
}
"""Package, preparation and computation of each engine."""


def measured(case: Case, engine: str, repeat: int) -> tuple[float, float, FloatArray]:
    """Median CPU seconds to prepare and to compute, and the milliseconds."""
    _, prepare, compute = ENGINES[engine]
    times = []
    for _ in range(repeat):
        began = time.process_time()
        ready = prepare(case)
        middle = time.process_time()
        answer = compute(case, ready)
        times.append((middle - began, time.process_time() - middle))
    return statistics.median(one for one, _ in times), statistics.median(one for _, one in times), answer


def seconds_of(milliseconds: FloatArray) -> Seconds:
    """Rounded up as in the matrix; -1 where there is no way."""
    reached = np.isfinite(milliseconds)
    return np.where(reached, np.ceil(np.where(reached, milliseconds, 0) / 1000), -1).astype(np.int32)


def run(case: Case, engines: Sequence[str], repeat: int) -> list[Line]:
    """Measure the engines; the first is the reference."""
    lines: list[Line] = []
    case.network.milliseconds  # noqa: B018 - compiled before any clock runs, for all
    base, reference = 1.0, np.zeros(0)
    for engine in engines:
        prepare, matrix, answer = measured(case, engine, repeat)
        if not lines:
            base, reference = prepare + matrix, answer
        difference = int(np.abs(seconds_of(answer) - seconds_of(reference)).max())
        lines.append(Line(engine, len(case.network.node_ids), case.network.milliseconds.nnz, len(case.places), round(prepare, 2),
                          round(matrix, 2), round(base / (prepare + matrix), 1), difference))
        print(lines[-1], flush=True)
    return lines


def whole_matrix(case: Case) -> float:
    """CPU seconds of our whole stage without a cache: joining the places, the matrix, rounding."""
    began = time.process_time()
    travel_over(case.network, case.places)
    return time.process_time() - began


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--places", type=int, default=1_100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    given = parser.parse_args()
    there = [engine for engine in given.engines if importlib.util.find_spec(ENGINES[engine][0])]
    for engine in given.engines:
        if engine not in there:
            print(f"{engine} is not installed: left out", file=sys.stderr)
    case = synthetic_case(given.nodes, given.places)
    lines = run(case, there, given.repeat)
    print(f"whole stage of ours: {whole_matrix(case):.2f} CPU seconds")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([word for engine in there for word in (ENGINES[engine][0], version(ENGINES[engine][0]))])
        writer.writerow([field.name for field in dataclasses.fields(Line)])
        writer.writerows(dataclasses.astuple(line) for line in lines)


if __name__ == "__main__":
    main()
