"""Is there a plan at all? An exact answer for small problems and any choice of rules, with the plan that shows it.

One Boolean for every pair that no rule strikes out, limits and rows as they stand, and what is not linear (visit days) by cuts: a
caseload that a rule refuses is forbidden and the model is solved again (combinatorial Benders, Codato and Fischetti 2006). No
objective, one worker. "No" is believed only when CP-SAT says it with presolve and without: its cores and single answers are not
trusted (docs/model.md); "yes" comes with a plan that the caller can have judged.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from ortools.sat.python import cp_model

from planner.engines.compiled import CompiledProblem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules.base import CaseloadRule
from planner.rules.caseloads import Caseloads

WORK = 60.0
"""Deterministic time of one solve; a limit that tests and diagnoses of small sets never meet."""

MOST_CUTS = 3_000


class UndecidedError(Exception):
    """The limits were met before an answer was certain."""


def find_pairs(compiled: CompiledProblem, covered: BoolArray) -> BoolArray | None:
    """Pairs (c, s) that keep the compiled rules and give every ``covered`` site (s) exactly one cadre; None: there are none.

    Sites that are not covered may have any number of cadres. Raises UndecidedError.
    """
    cuts: list[tuple[int, tuple[int, ...], bool]] = []
    while True:
        pairs = _solve(compiled, covered, cuts, presolve=True)
        if pairs is None:
            if _solve(compiled, covered, cuts, presolve=False) is not None:
                raise UndecidedError("two solves of one model disagree")
            return None
        refused = list(_refused(compiled, pairs))
        if not refused:
            return pairs
        cuts += refused
        if len(cuts) > MOST_CUTS:
            raise UndecidedError("too many caseloads are refused one by one")


def _solve(compiled: CompiledProblem, covered: BoolArray, cuts: Iterable[tuple[int, tuple[int, ...], bool]], *,
           presolve: bool) -> BoolArray | None:
    cadres, sites = compiled.allowed.shape
    model = cp_model.CpModel()
    held = {(int(i), int(j)): model.new_bool_var("") for i, j in np.argwhere(compiled.allowed)}
    for site in np.flatnonzero(covered):
        model.add_exactly_one(held[cadre, int(site)] for cadre in np.flatnonzero(compiled.allowed[:, site]).tolist())
    for cadre in range(cadres):
        own = np.flatnonzero(compiled.allowed[cadre]).tolist()
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            if vector >= 0:
                weights = compiled.weights[vector]
                total = sum(int(weights[site]) * held[cadre, site] for site in own if weights[site])
                lower, upper = int(compiled.limit_lower[cadre, limit]), int(compiled.limit_upper[cadre, limit])
                model.add_linear_constraint(total, lower, upper) if not isinstance(total, int) else _require(model, lower <= total <= upper)
    for number, row in enumerate(compiled.rows):
        members = [held[int(i), int(j)] for block in row.blocks for i in block.cadres for j in block.sites if (int(i), int(j)) in held]
        lower, upper = int(compiled.row_lower[number]), int(compiled.row_upper[number])
        if members:
            model.add_linear_constraint(sum(members), lower, upper)
        else:
            _require(model, lower <= 0)
    for who, caseload, exactly in cuts:
        wrong = [held[who, site] for site in caseload]
        others = [held[who, site] for site in range(sites) if exactly and (who, site) in held and site not in caseload]
        model.add_bool_or([*(one.negated() for one in wrong), *others])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.cp_model_presolve = presolve
    solver.parameters.max_deterministic_time = WORK
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        raise UndecidedError(f"the solver says {solver.status_name(status)}")
    pairs = np.zeros((cadres, sites), dtype=np.bool_)
    for pair, one in held.items():
        pairs[pair] = solver.boolean_value(one)
    return pairs


def _require(model: cp_model.CpModel, holds: bool) -> None:
    """A constraint without variables."""
    if not holds:
        model.add_bool_or([])


def _refused(compiled: CompiledProblem, pairs: BoolArray) -> Iterable[tuple[int, tuple[int, ...], bool]]:
    """Caseloads that a rule which is not linear refuses: cadre, sites, and whether only exactly these are refused.

    What a visit day refuses it refuses with more stops as well (travel times are shortest ways): the smallest refused part is named.
    """
    rules = [rule for rule in compiled.rules.caseload_rules if type(rule).admits is not CaseloadRule.admits]
    for cadre in range(len(pairs)):
        caseload = np.flatnonzero(pairs[cadre])
        for rule in rules:
            if (rule.day and not len(caseload)) or _admits(rule, compiled, cadre, caseload):
                continue
            if not rule.day:
                yield cadre, tuple(caseload.tolist()), True
                break
            part = caseload
            for site in caseload:
                rest = part[part != site]
                if len(rest) and not _admits(rule, compiled, cadre, rest):
                    part = rest
            yield cadre, tuple(part.tolist()), False
            break


def _admits(rule: CaseloadRule, compiled: CompiledProblem, cadre: int, caseload: IntArray) -> bool:
    return bool(rule.admits(Caseloads(compiled.problem, cadre, caseload[None, :]))[0])
