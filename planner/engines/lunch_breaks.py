"""Whether a day of visits at fixed times leaves time for lunch: at the office before or after, or on the way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from planner.facts.district import Cadre
from planner.facts.problem import Problem

Visit = tuple[str, int, int]
"""(site id, begin, end), in seconds after midnight."""


def lunch_fits(problem: Problem, cadre: Cadre, visits: Sequence[Visit]) -> bool:
    """Whether lunch fits into a day with these visits, or none is asked for; a way that does not exist counts as no time."""
    policy, travel = problem.policy, problem.travel_of(cadre)
    length, opens, closes = policy.lunch_minutes * 60, policy.lunch_starts_seconds, policy.lunch_ends_seconds
    if not length or not visits:
        return True
    order = sorted(visits, key=lambda one: one[1])
    leaves = order[0][1] - (travel.seconds(cadre.office_id, order[0][0]) or 0)
    home = travel.seconds(order[-1][0], cadre.office_id) or 0
    returns = order[-1][2] + home
    if leaves - opens >= length or closes - returns >= length:
        return True
    for (site_id, _, ends), (next_id, begins, _) in pairwise(order):
        lunch_ends = max(ends, opens) + length
        if lunch_ends <= closes and lunch_ends + (travel.seconds(site_id, next_id) or 0) <= begins:
            return True
    lunch_ends = max(order[-1][2], opens) + length
    return lunch_ends <= closes and lunch_ends + home <= policy.visit_day_ends_seconds and (
        lunch_ends + home - leaves <= policy.max_visit_day_minutes * 60)
