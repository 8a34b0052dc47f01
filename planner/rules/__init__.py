"""The policy on one screen: every rule and every goal, in the order in which people read them.

A new rule: write its file in this folder, add one line here, one paragraph in docs/rules.md, one test.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.facts.policy import Policy
from planner.rules.base import CaseloadRule, DistrictRule, Goal, PairRule, Rule
from planner.rules.calendar_goals import CALENDAR_GOALS, CalendarGoal
from planner.rules.constituency import Constituency
from planner.rules.continuation import Continuation
from planner.rules.counts import CommitteeCount, EnterpriseCount
from planner.rules.coverage import Coverage
from planner.rules.goal_carried import CarriedLoad, CarriedTravel
from planner.rules.goal_changes import Changes
from planner.rules.goal_cost import Cost
from planner.rules.goal_fairness import Fairness, Spread
from planner.rules.goal_fit import Fit
from planner.rules.goal_travel import Travel
from planner.rules.goal_unassigned import Unassigned
from planner.rules.leader_presence import LeaderPresence
from planner.rules.load_limit import LoadLimit
from planner.rules.pins import Pins
from planner.rules.rank import KeyEnterpriseRank
from planner.rules.recusal import Recusal
from planner.rules.rotation import Rotation
from planner.rules.travel_limit import TravelLimit
from planner.rules.unit_share import UnitShare
from planner.rules.visit_day import VisitDayLength, VisitingHours

RULES: tuple[Rule, ...] = (
    Coverage(),  # every site has one cadre
    CommitteeCount(),  # at most so many committees a cadre
    EnterpriseCount(),  # so many enterprises a cadre
    LoadLimit(),  # not far above the fair share
    TravelLimit(),  # near the office
    VisitDayLength(),  # one day is enough
    VisitingHours(),  # when sites receive
    Recusal(),  # kept apart
    Rotation(),  # moves on
    Continuation(),  # ... unless residents ask, a few times
    Pins(),  # agreed beforehand
    KeyEnterpriseRank(),  # key enterprises
    Constituency(),  # deputies
    LeaderPresence(),  # a leader in every sub-district
    UnitShare(),  # units and sub-districts interweave
)

MEASURES: tuple[Goal, ...] = (
    Unassigned(),  # nobody without a contact
    Fairness(),  # the worst-off cadre
    Spread(),  # everybody's load
    Travel(),  # the road
    Fit(),  # the right department, and residents' wishes
    Changes(),  # relations that are kept
    CarriedLoad(),  # loads over all terms
    CarriedTravel(),  # ... and ways
)

COST = Cost(MEASURES)  # those of them that have a price, in one sum
GOALS: tuple[Goal, ...] = (*MEASURES, COST)

PAIR_RULES = tuple(rule for rule in RULES if isinstance(rule, PairRule))
CASELOAD_RULES = tuple(rule for rule in RULES if isinstance(rule, CaseloadRule))
DISTRICT_RULES = tuple(rule for rule in RULES if isinstance(rule, DistrictRule))
GOAL_BY_ID = {goal.id: goal for goal in GOALS}
WORDS_BY_ID: Mapping[str, Goal | CalendarGoal] = {**GOAL_BY_ID, **{goal.id: goal for goal in CALENDAR_GOALS}}
"""Title, unit and display of every goal that a verdict names, those of calendars included."""


def goals_in_order(policy: Policy) -> tuple[Goal, ...]:
    """The goals as the policy ranks them, without the cost; raises KeyError for an unknown goal id."""
    return tuple(GOAL_BY_ID[tolerance.goal_id] for tolerance in policy.goals)


def goals_to_report(policy: Policy) -> tuple[Goal, ...]:
    """The goals in order, and the cost where any goal has a price."""
    return (*goals_in_order(policy), *([COST] if COST.seconds_per_unit(policy) else []))
