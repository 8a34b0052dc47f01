"""Parts of a large district in which a clash is sought: where counting finds a shortage, or around what an attempt leaves open.

In a part the lower limits that only the whole can meet are left out, so a clash of the part is one of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.artefacts.plan import Plan
from planner.check import judge
from planner.engines.compiled import CompiledProblem
from planner.engines.places import shortage
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules.base import CaseloadRule
from planner.rules.caseloads import Caseloads

MOST_SITES = 60
"""How far the search around open sites grows."""


def short_parts(problem: Problem) -> Iterator[Problem]:
    """Parts of a large district in which counting finds a shortage, smallest first."""
    arrays, policy = problem.arrays, problem.policy
    compiled = CompiledProblem.of(problem)
    active = arrays.capacity_percent > 0
    allowed = compiled.fits_alone()
    everybody = np.arange(len(allowed))
    for site in np.flatnonzero(~allowed.any(axis=0))[:1]:
        yield _upper_part(problem, everybody, np.array([site]))
    for committees, most in ((True, policy.max_committees_per_cadre), (False, policy.max_enterprises_per_cadre)):
        sites = np.flatnonzero(arrays.is_committee == committees)
        short = shortage(allowed[:, sites], np.where(active, most, 0))
        if short is not None:
            yield _upper_part(problem, everybody, sites[short.sites])
    for sites in (*_forced_too_much(compiled, allowed), *_rows_too_narrow(compiled, allowed)):
        yield _upper_part(problem, everybody, sites)
    for cadre in np.flatnonzero(active):
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            if vector >= 0 and compiled.weights[vector][allowed[cadre]].sum() < compiled.limit_lower[cadre, limit]:
                concerned = np.flatnonzero(compiled.weights[vector] > 0)
                yield problem.part(np.array([cadre]), concerned, problem.travel)
                return
    for number, row in enumerate(compiled.rows):
        pairs = sum(int(allowed[np.ix_(block.cadres, block.sites)].any(axis=0).sum()) for block in row.blocks)
        if pairs < compiled.row_lower[number]:
            cadres = np.unique(np.concatenate([block.cadres for block in row.blocks]))
            yield problem.part(cadres, np.unique(np.concatenate([block.sites for block in row.blocks])), problem.travel)
            return


def _forced_too_much(compiled: CompiledProblem, allowed: BoolArray) -> Iterator[IntArray]:
    """Sites that one cadre alone may hold, where they exceed an upper limit of his or fit in no visit day together."""
    alone = allowed.sum(axis=0) == 1
    day_rules = [rule for rule in compiled.rules.caseload_rules if rule.day and type(rule).admits is not CaseloadRule.admits]
    for cadre in np.flatnonzero(allowed[:, alone].any(axis=1)):
        forced = np.flatnonzero(alone & allowed[cadre])
        vectors = compiled.limit_vector[cadre]
        over = [np.flatnonzero(alone & allowed[cadre] & (compiled.weights[vector] > 0)) for vector, upper
                in zip(vectors, compiled.limit_upper[cadre], strict=True) if vector >= 0 and compiled.weights[vector][forced].sum() > upper]
        if over:
            yield min(over, key=len)
        elif any(not rule.admits(Caseloads(compiled.problem, int(cadre), forced[None, :]))[0] for rule in day_rules):
            yield forced


def _rows_too_narrow(compiled: CompiledProblem, allowed: BoolArray) -> Iterator[IntArray]:
    """Of sites whose pairs all lie in district rows that together allow fewer: just one more than these allow."""
    rows_of: dict[bytes, list[int]] = {}
    for number, row in enumerate(compiled.rows):
        if len(row.blocks) == 1 and row.upper is not None:
            rows_of.setdefault(row.blocks[0].sites.tobytes(), []).append(number)
    for rows in rows_of.values():
        blocks = [compiled.rows[row].blocks[0] for row in rows]
        inside, sites = np.unique(np.concatenate([block.cadres for block in blocks])), blocks[0].sites
        most = sum(min(int(compiled.row_upper[row]), int(allowed[np.ix_(block.cadres, sites)].any(axis=0).sum()))
                   for row, block in zip(rows, blocks, strict=True))
        closed = sites[~np.delete(allowed, inside, axis=0)[:, sites].any(axis=0)]
        if len(closed) > most:
            yield closed[:most + 1]
            return


def parts_around(problem: Problem, plan: Plan) -> Iterator[Problem]:
    """Ever more sites around those that a plan leaves open or that its violations name."""
    compiled = CompiledProblem.of(problem)
    holders = np.full(len(problem.district.sites), -1, dtype=np.int64)
    for pairing in plan.pairings:
        holders[problem.site_index[pairing.site_id]] = problem.cadre_index[pairing.cadre_id]
    named = {subject for one in judge(problem, plan).violations for subject in one.subjects}
    told = [problem.site_index[one] for one in sorted(named) if one in problem.site_index]
    sites = np.union1d(np.flatnonzero(holders < 0), told).astype(np.int64)
    everybody = np.arange(len(compiled.allowed))
    while 0 < len(sites) <= MOST_SITES:
        yield _upper_part(problem, everybody, sites)
        reach = compiled.allowed[:, sites].sum(axis=1)
        kinds = np.isin(problem.arrays.is_committee, problem.arrays.is_committee[sites])
        near = np.flatnonzero((holders >= 0) & (reach[np.maximum(holders, 0)] > 0) & kinds)
        order = near[np.argsort(-reach[holders[near]], kind="stable")]
        grown = np.union1d(sites, order[:len(sites) + 5])
        if len(grown) == len(sites):
            return
        sites = grown


def _upper_part(problem: Problem, cadres: IntArray, sites: IntArray) -> Problem:
    """Some sites alone, without the lower limits that other sites may meet."""
    part = problem.part(cadres, sites, problem.travel)
    return replace(part, policy=replace(part.policy, min_enterprises_per_cadre=0, min_deputy_sites_in_constituency=0,
                                        min_leader_sites_per_subdistrict=0))
