"""Several terms in one run: the plans of the later ones, the handovers, and how shares cumulate."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.inputs import Inputs, provenance, read_artefact
from commands.names import CHANGES, HANDOVER, PLAN, TERMS
from commands.reporting import Reporter, Settings, Stop
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.handover import Handover
    from planner.artefacts.plan import Plan
    from planner.facts.problem import Problem
    from planner.facts.term import Term
    from planner.rotation import PlannedTerm, Rotated


def later_terms(first: Term, count: int, holidays: Path | None = None) -> list[Term]:
    """The first term and those that follow it, ``count`` in all, with the holidays that are known or projected.

    ``holidays`` is the user's own table, the built-in one where None.
    """
    from geodata.holidays import special_days
    from planner.facts.term import term_after, term_of

    terms = [first]
    while len(terms) < count:
        term = term_of(term_after(terms[-1].id))
        days, states = special_days(sorted({month.year for month in term.month_starts()}), holidays)
        terms.append(dataclasses.replace(term, special_days=days, state_by_year=states))
    return terms


def make_terms(inputs: Inputs, count: int, seed: int, effort: str, out: Path, reporter: Reporter) -> Rotated:
    """Plan all terms; writes the later plans to ``terms/<id>/plan.json``, every handover list, and terms.json."""
    from planner.artefacts.files import write_json
    from planner.artefacts.handover import HandoverList
    from planner.assignment import Effort, Progress
    from planner.rotation import plan_terms, rotation_handovers

    problem = inputs.problem
    source = provenance(problem, seed)
    with reporter.stage("terms", Text(f"连续安排{count}届", f"planning {count} terms")), Stop(reporter).listening() as stop:
        def keep_going(progress: Progress) -> bool:
            reporter.progress(f"{progress.goal.title.in_language(reporter.language)} {progress.done:.0%}")
            return not stop.asked

        made = plan_terms(problem, later_terms(problem.term, count, inputs.holidays), source, seed, Effort[effort.upper()], keep_going)
    forget_terms(out)
    for number, term in enumerate(made.terms):
        folder = out if number == 0 else out / "terms" / term.plan.term_id
        if number:
            write_json(folder / PLAN, term.plan.to_json())
        handovers = rotation_handovers(term.problem, term.plan)
        write_json(folder / HANDOVER, HandoverList.of(term.plan.term_id, handovers, term.plan.provenance).to_json())
    write_json(out / TERMS, terms_json(made))
    return made


def write_handovers(problem: Problem, plan: Plan, out: Path) -> None:
    """Write the handover list of one term planned by itself, in place of what earlier runs left of several terms or changes."""
    from planner.artefacts.files import write_json
    from planner.artefacts.handover import HandoverList
    from planner.rotation import rotation_handovers

    forget_terms(out)
    handovers = rotation_handovers(problem, plan)
    write_json(out / HANDOVER, HandoverList.of(plan.term_id, handovers, plan.provenance).to_json())


def forget_terms(out: Path) -> None:
    """Remove from a folder what an earlier run wrote about terms and changes: it follows another plan than the one to come."""
    for name in (TERMS, HANDOVER, CHANGES):
        (out / name).unlink(missing_ok=True)
    for folder in sorted((out / "terms").glob("*-*")):
        if _is_term(folder.name) and folder.is_dir():
            for name in (PLAN, HANDOVER):
                (folder / name).unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def _is_term(name: str) -> bool:
    """Whether a name is the id of a term, written as the program writes it: it is a name of a folder then, and no way out of one."""
    from planner.facts.term import term_of

    try:
        term = term_of(name)
    except (ValueError, OverflowError):
        return False
    return name == f"{term.first_month.year}-{term.last_day.year}"


def handovers_beside(plan_path: Path) -> tuple[Handover, ...] | None:
    """The handover list that lies beside a plan; None where there is none. Raises InputError where it cannot be read."""
    from planner.artefacts.handover import HandoverList

    path = plan_path.with_name(HANDOVER)
    if not path.is_file():
        return None
    found: HandoverList = read_artefact(path, "yixian-handover", HandoverList.from_json)
    return found.handovers


def later_plans(folder: Path, first: Plan, reporter: Reporter) -> tuple[Plan, ...]:
    """Plans of the terms after ``first`` that lie beside it; none, and it is said, when they follow another plan than this.

    Raises InputError when terms.json or a plan that it names is missing something or cannot be read.
    """
    from planner.artefacts.plan import Plan

    if not (folder / TERMS).is_file():
        return ()
    term_ids, holders = read_artefact(folder / TERMS, "yixian-terms", _terms_and_holders)
    if term_ids[:1] != [first.term_id] or holders != {site_id: held[0] for site_id, held in first.cadres_of.items()}:
        reporter.say(Text(f"{TERMS} 的后续各届不是接着这份安排排的，轮换图只画到本届",
                          f"the later terms of {TERMS} follow another plan; the rotation map ends with this term"))
        return ()
    return tuple(read_artefact(folder / "terms" / term_id / PLAN, "yixian-plan", Plan.from_json) for term_id in term_ids[1:])


def _terms_and_holders(told: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The ids of the terms, and who holds each point in the first; raises ValueError where an id is none."""
    ids = [str(one["term"]) for one in told["terms"]]
    if wrong := [one for one in ids if not _is_term(one)]:
        raise ValueError(f"terms: {wrong[0]!r}")
    return ids, {str(site): held[0] for site, held in dict(told["holders"]).items() if held and held[0] is not None}


def terms_json(made: Rotated) -> dict[str, Any]:
    """What terms.json holds: every term's verdict and cumulated shares, and who follows whom at every point (docs/terms.md)."""
    holders: dict[str, list[str | None]] = {}
    for number, term in enumerate(made.terms):
        for site in term.problem.district.sites:
            held = term.plan.cadres_of.get(site.id)
            holders.setdefault(site.id, [None] * len(made.terms))[number] = held[0] if held else None
    return {"kind": "yixian-terms", "schema": 1, "jointly": list(made.jointly),
            "terms": [_term_json(one) for one in made.terms], "holders": dict(sorted(holders.items()))}


def _term_json(term: PlannedTerm) -> dict[str, Any]:
    return {"term": term.plan.term_id, "valid": term.verdict.valid, "violations": len(term.verdict.violations),
            "goals": {goal.goal_id: goal.value for goal in term.verdict.goals},
            "continued": [{"cadre": one.cadre_id, "site": one.site_id} for one in term.continued],
            "cumulated": {"worst_load_percent": term.cumulated.worst_load_percent,
                          "load_deviation_percent": term.cumulated.load_deviation_percent,
                          "worst_travel_minutes": term.cumulated.worst_travel_minutes,
                          "travel_deviation_minutes": term.cumulated.travel_deviation_minutes}}


def show_terms(made: Rotated, count: int, settings: Settings) -> None:
    """Print a line for every term, and how many continuations there are and what they are."""
    from planner.facts.policy import PRICED_ONLY

    if settings.as_json:
        return
    for term in made.terms:
        shares = term.cumulated
        state = Text("合格", "valid") if term.verdict.valid else Text("不合格", "invalid")
        settings.say(Text(
            f"{term.plan.term_id}：{state.zh}；历届累计：负担最重{shares.worst_load_percent}%、标准差{shares.load_deviation_percent}个百分点，"
            f"走访日路程最长{shares.worst_travel_minutes}分钟、标准差{shares.travel_deviation_minutes}分钟；续联{len(term.continued)}对",
            f"{term.plan.term_id}: {state.en}; over all terms so far: heaviest load {shares.worst_load_percent} % (deviation "
            f"{shares.load_deviation_percent}), longest visit day {shares.worst_travel_minutes} minutes of travel (deviation "
            f"{shares.travel_deviation_minutes}); {len(term.continued)} continuations"))
    if made.terms and not PRICED_ONLY & {goal.goal_id for goal in made.terms[0].problem.policy.goals}:
        settings.say(Text("各届单独求均衡；要后面的届弥补前面的偏离，加 --set goals.carried-load.minutes=0.2（见 docs/terms.md）",
                          "every term is fair by itself; to make later ones good for earlier ones, add "
                          "--set goals.carried-load.minutes=0.2 (docs/terms.md)"))
    if made.jointly:
        settings.say(Text(f"{len(made.jointly)}个联系点可选干部太少，已各届一并安排",
                          f"{len(made.jointly)} points have few possible cadres and were planned jointly"))
    if len(made.terms) < count:
        settings.say(Text(f"只排出{len(made.terms)}届：下一届已没有可行安排",
                          f"only {len(made.terms)} terms: the next has no possible plan"))
