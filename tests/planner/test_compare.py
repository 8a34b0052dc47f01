"""What moves between plans, and which points of a trade-off are worth choosing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from maps.frontier_page import FrontierPoint, write_frontier_page
from planner.compare import compare, undominated
from planner.text import Text
from tests.planner.sample import make_plan, make_problem


def test_what_moves_is_counted_by_hand() -> None:
    problem = make_problem(3, {"e0": {"workload_minutes": 100}, "e1": {"workload_minutes": 40}, "r0": {}})
    first, second = compare(problem, [("a", make_plan("c0: e0 e1 | c1: r0")), ("b", make_plan("c0: e0 | c1: r0 | c2: e1"))])
    assert (first.sites_moved, first.cadres_concerned, first.minutes_moved) == (0, 0, 0)
    assert (second.sites_moved, second.cadres_concerned, second.minutes_moved) == (1, 2, 40)
    assert second.verdict.valid
    assert second.to_json()["goals"]["unassigned"] == 0


def test_a_plan_that_breaks_rules_is_told_so() -> None:
    (only,) = compare(make_problem(1, "r0 r1"), [("a", make_plan("c0: r0 r1"))])
    assert not only.verdict.valid
    assert only.to_json()["violations"] == 1


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8))
def test_points_worth_choosing_by_definition(points: list[tuple[int, int]]) -> None:
    best = undominated(points)
    chosen = {point for point, good in zip(points, best, strict=True) if good}
    assert len(chosen) == sum(best)  # of equals one
    for point in points:
        assert any(one[0] <= point[0] and one[1] <= point[1] for one in chosen)
    for one in chosen:
        assert not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in points)


def test_the_page_is_one_file_with_safe_names(tmp_path: Path) -> None:
    points = [FrontierPoint("<script>x</script>", 153.6, 7000, dominated=False), FrontierPoint("b", 160, 7200, dominated=True)]
    for name in ("a.html", "b.html"):
        write_frontier_page(tmp_path / name, Text("取舍", "Trade-off"), (Text("公平", "fairness"), Text("路程", "travel")), points, "zh")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<circle") == 2
    assert "153.6" in page
