"""条块: no unit holds more than a share of a sub-district.

For every unit u and sub-district k:
    pairs of cadres of u with sites of k <= max(1, floor(max_unit_share_percent / 100 * sites of k))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.district import Pairing
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import Block, DistrictRule, Row
from planner.text import Text


class UnitShare(DistrictRule):
    """Departments and sub-districts interweave: no unit has a sub-district to itself."""

    id = "unit-share"
    title = Text("条块结合", "no unit holds a sub-district")
    clause = Text("条块资源优化配置：同一单位不得包揽一个街道",
                  "units and sub-districts interweave: no unit holds a whole sub-district")

    def setting(self, policy: Policy) -> Text:
        """The share."""
        percent = policy.max_unit_share_percent
        return Text(f"同一单位在一个街道至多占{percent}%",
                    f"a unit holds at most {percent} % of a sub-district's sites")

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Units over their share of a sub-district."""
        district = problem.district
        for (office_id, subdistrict_id), count in sorted(self.tally(plan.pairings, problem).items()):
            sites = problem.totals.sites_in_subdistrict[subdistrict_id]
            limit = max(1, problem.policy.max_unit_share_percent * sites // 100)
            if count > limit:
                office, subdistrict = district.office_by_id[office_id], district.subdistrict_by_id[subdistrict_id]
                yield self.violation(
                    (office_id, subdistrict_id), count - limit,
                    f"{office.name}联系{subdistrict.name}的{count}个联系点，上限{limit}个（共{sites}个）",
                    f"{office.name} holds {count} sites of {subdistrict.name}, limit {limit} (of {sites})",
                )

    def tally(self, pairings: Iterable[Pairing], problem: Problem) -> Mapping[tuple[str, ...], int]:
        """Sites by the unit of their cadre and their sub-district."""
        district = problem.district
        return Counter((district.cadre_by_id[one.cadre_id].office_id, district.site_by_id[one.site_id].subdistrict_id)
                       for one in pairings)

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """Cadres of each unit times the sites of each sub-district, where they could hold too many with others of the whole."""
        rows = []
        district, arrays = problem.district, problem.arrays
        unit_of = np.array([cadre.office_id for cadre in district.cadres])
        sites_of = [np.flatnonzero(arrays.subdistrict == index) for index in range(len(district.subdistricts))]
        in_whole = [problem.totals.sites_in_subdistrict.get(one.id, 0) for one in district.subdistricts]
        for office in district.offices:
            cadres = np.flatnonzero(unit_of == office.id)
            for subdistrict, sites, count in zip(district.subdistricts, sites_of, in_whole, strict=True):
                limit = max(1, problem.policy.max_unit_share_percent * count // 100)
                if len(sites) and len(cadres) * count > limit:
                    rows.append(Row((office.id, subdistrict.id), (Block(cadres, sites),), None, limit))
        return tuple(rows)
