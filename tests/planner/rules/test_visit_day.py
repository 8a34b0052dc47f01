from __future__ import annotations

from planner.facts.district import TimeWindow
from planner.facts.travel import UNREACHABLE
from planner.rules.visit_day import VisitDayLength, VisitingHours
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_plan, make_problem

MINUTE = 60
NINE = TimeWindow(9 * 3600, 9 * 3600 + 30 * MINUTE)  # a visit of 30 minutes begins at 9:00 sharp
AFTER_NINE = TimeWindow(9 * 3600 + 35 * MINUTE, 10 * 3600 + 5 * MINUTE)  # at 9:35 sharp
AFTERNOON = TimeWindow(14 * 3600, 17 * 3600)
TWO = TimeWindow(14 * 3600, 14 * 3600 + 30 * MINUTE)  # at 14:00 sharp
FIVE = TimeWindow(17 * 3600, 17 * 3600 + 25 * MINUTE)  # a visit of 25 minutes begins at 17:00 sharp


class TestVisitingHours(RuleContract):
    """A day between 8:30 and 17:30 on which every site but the afternoon's leaves one order only.

    c0 leaves at 8:30, is at e0 at 9:00, leaves 9:30, is at e1 at 9:35, at r0 by 14:00, at e2 17:00 to 17:25 and back
    at 17:30: every second is used. c1 comes to e0 a second late and from e2 home a second late; no road leads from o1
    to r0, nor from e1 back to o1, but from e1 to r0.
    """

    rule = VisitingHours()
    problem = make_problem(
        2,
        {"e0": {"visiting_hours": NINE}, "e1": {"visiting_hours": AFTER_NINE},
         "e2": {"visiting_hours": FIVE, "stay_seconds": 25 * MINUTE}, "r0": {"visiting_hours": AFTERNOON}},
        travel={("o0", "e0"): 1800, ("o1", "e0"): 1801, ("o1", "r0"): UNREACHABLE, ("e1", "o1"): UNREACHABLE,
                ("e2", "o1"): 301, ("e1", "e0"): 0})
    obeys = [
        "",
        "c0: e0 e1 e2 r0",
        "c1: e1 r0",  # o1, e1, r0, o1, although neither site could be visited alone
    ]
    breaks = {
        "c1: e0 e1": {"c1 e0 e1": 2},  # too late at e0, in either order; two sites are involved
        "c1: e0": {"c1 e0": 1},
        "c1: r0": {"c1 r0": 1},
        "c1: e1": {"c1 e1": 1},
        "c0: r0 | c1: e2": {"c1 e2": 1},  # back at 17:30:01
        "c1: e0 e1 e2 r0": {"c1 e0 e1 e2 r0": 4},
    }


class TestTwoAtTheSameTime(RuleExamples):
    """Both ask for 9:00 sharp, so no cadre visits both, whatever the order."""

    rule = VisitingHours()
    problem = make_problem(2, {"e0": {"visiting_hours": NINE}, "r0": {"visiting_hours": NINE}})
    obeys = ["c0: e0 | c1: r0", "c0: r0"]
    breaks = {"c0: e0 r0": {"c0 e0 r0": 2}, "c0: e0 r0 | c1: e0 r0": {"c0 e0 r0": 2, "c1 e0 r0": 2}}


class TestStayLongerThanTheHours(RuleExamples):
    rule = VisitingHours()
    problem = make_problem(1, {"e0": {"visiting_hours": NINE, "stay_seconds": 1801}, "r0": {}})
    obeys = ["c0: r0"]
    breaks = {"c0: e0": {"c0 e0": 1}}


class TestVisitDayLength(RuleContract):
    """At most 110 minutes. n visits of 30 minutes, five minutes apart: 35 n + 5 minutes, so 40, 75, 110, 145.

    e1 receives at 9:00 sharp and r0 at 14:00 sharp: both together mean 8:55 to 14:35, 340 minutes, most of it waiting.
    For c1 every way out takes a second more; e1 he cannot reach in time, which is the visiting hours' business.
    """

    rule = VisitDayLength()
    problem = make_problem(
        2, {"e0": {}, "e1": {"visiting_hours": NINE}, "e2": {}, "r0": {"visiting_hours": TWO}},
        travel={("o1", "e0"): 301, ("o1", "e1"): 1801, ("o1", "e2"): 301, ("o1", "r0"): 301},
        policy={"max_visit_day_minutes": 110})
    obeys = [
        "",
        "c0: e0 e1 e2",  # exactly 110 minutes
        "c0: e0 e2 r0 | c1: e0 e2",  # leaving late enough, nobody waits
        "c1: e1",  # no day at all
    ]
    breaks = {
        "c0: e1 r0": {"c0 e1 r0": 230},  # 340 - 110
        "c0: e0 e1 e2 r0": {"c0 e0 e1 e2 r0": 230},  # e0 and e2 fit into the waiting
        "c1: e0 e2 r0": {"c1 e0 e2 r0": 1},  # 110 minutes and one second
    }

    def test_one_second_over_does_not_read_as_exactly_at_the_limit(self) -> None:
        [found] = self.rule.check(make_plan("c1: e0 e2 r0"), self.problem)
        assert found.text.zh == "干部c1（c1）走访全程至少111分钟，上限110分钟"


class TestTheWayThereIsNotTheWayBack(RuleExamples):
    """o0, e0, r0, o0 takes 1 + 30 + 1 + 30 + 1 = 63 minutes; the other way round 30 + 30 + 30 + 30 + 30 = 150."""

    rule = VisitDayLength()
    problem = make_problem(
        2, "e0 r0",
        travel={("o0", "e0"): 60, ("e0", "r0"): 60, ("r0", "o0"): 60,
                ("o0", "r0"): 1800, ("r0", "e0"): 1800, ("e0", "o0"): 1800,
                ("o1", "e0"): 90, ("r0", "o1"): 31, ("o1", "r0"): 1800, ("e0", "o1"): 1800},
        policy={"max_visit_day_minutes": 63})
    obeys = ["c0: e0 r0", "c0: r0", "c1: e0"]  # 63; 30 + 30 + 1 = 61; 1.5 + 30 + 30 = 61.5
    breaks = {"c1: e0 r0": {"c1 e0 r0": 1}}  # 90 + 1800 + 60 + 1800 + 31 = 3781 s, one over 63 minutes
