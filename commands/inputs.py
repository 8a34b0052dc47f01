"""Facts in: everything a command reads, each fault told at once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.names import GEOGRAPHY, HOLIDAYS, PLAN, POLICY, TABLES
from commands.reporting import simple_fault
from planner import __version__
from planner.text import Text

if TYPE_CHECKING:
    from geodata.faults import Fault, InputError
    from geodata.geography import Geography
    from planner.artefacts.plan import Plan
    from planner.facts.district import District
    from planner.facts.policy import Policy
    from planner.facts.problem import Problem
    from planner.facts.travel import Travel


MOST_CADRES_WITH_OWN_MODES = 500
"""A city is planned in areas from so many cadres on (``planner.city_assignment.CITY_CADRES``; a test holds them equal)."""


@dataclasses.dataclass(frozen=True)
class Inputs:
    """A problem, the geography it lies in (None without roads and boundaries), and the notes that reading left.

    ``holidays`` is the user's own table of holidays, None where the built-in one was taken; later terms need it too.
    """

    problem: Problem
    geography: Geography | None
    notes: tuple[Fault, ...]
    holidays: Path | None = None


@dataclasses.dataclass(frozen=True)
class Sources:
    """Where the facts come from; ``changes`` are single settings of the policy, as text by key.

    ``accepted`` are the codes of faults whose proposed repair the user agrees to.
    """

    workbook: Path
    roads: Path | None = None
    boundaries: Path | None = None
    policy: Path | None = None
    term_id: str | None = None
    changes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    accepted: tuple[str, ...] = ()
    holidays: Path | None = None
    ledger: Path | None = None

    def for_plan(self, path: Path) -> Sources:
        """The same with the term of a plan, unless one was given."""
        return dataclasses.replace(self, term_id=self.term_id or term_of_plan(path))

    def files_beside(self) -> dict[str, Path]:
        """The files that are read with the workbook, given or found beside it, by the name of their option."""
        given = {"roads": (self.roads, GEOGRAPHY), "policy": (self.policy, POLICY), "holidays": (self.holidays, HOLIDAYS),
                 "boundaries": (self.boundaries, None), "ledger": (self.ledger, None)}
        found = {name: path or (_beside(self.workbook, usual) if usual else None) for name, (path, usual) in given.items()}
        return {name: path for name, path in found.items() if path is not None}


def read_inputs(sources: Sources, cache: bool = True, tell: Callable[[str], None] = lambda _: None) -> Inputs:
    """Read everything a plan is made from; raises InputError with all faults of all files. ``tell`` hears how far it is.

    Without roads, a policy or holidays, files called geography.gpkg, policy.toml and holidays.csv beside the workbook are
    taken; failing that, straight lines, the built-in policy, and the published holidays.
    """
    from geodata.faults import InputError
    from geodata.holidays import special_days
    from geodata.policy_file import apply_settings, read_policy
    from geodata.surroundings import read_district
    from planner.facts.digests import digest_of, digests_of_parts
    from planner.facts.problem import Problem
    from planner.facts.term import term_of

    workbook = sources.workbook
    roads = sources.roads or _beside(workbook, GEOGRAPHY)
    district, geography, faults = read_district(workbook, roads, sources.boundaries, sources.accepted, tell)
    policy, policy_faults = read_policy(sources.policy or _beside(workbook, POLICY))
    faults += policy_faults
    if policy is not None and sources.changes:
        policy, set_faults = apply_settings(policy, sources.changes)
        faults += set_faults
    if district is None or policy is None:
        raise InputError(faults)
    if sources.ledger is not None:
        district = _with_history(district, sources.ledger, sources.term_id)
    try:
        term = term_of(_term_id(sources.term_id, [one.id for one in district.past_terms], workbook))
    except InputError as error:
        raise InputError((*faults, *error.faults)) from error
    years = sorted({month.year for month in term.month_starts()})
    holidays = sources.holidays or _beside(workbook, HOLIDAYS)
    try:
        days, states = special_days(years, holidays)
    except InputError as error:
        raise InputError((*faults, *error.faults)) from error
    term = dataclasses.replace(term, special_days=days, state_by_year=states)
    travel, notes = _travel(district, roads, geography, policy, cache)
    own_modes = sorted({one.travel_mode for one in district.cadres if one.travel_mode not in {None, policy.travel_mode}})
    if own_modes and len(district.cadres) >= MOST_CADRES_WITH_OWN_MODES:
        raise InputError((*faults, own_modes_in_city(workbook)))
    by_mode = {mode: _travel(district, roads, geography, dataclasses.replace(policy, travel_mode=mode), cache)[0] for mode in own_modes}
    digests = digests_of_parts("district", district) | {
        "policy": digest_of(policy), "term": digest_of(term), "travel": travel.digest} | {
        f"travel.{mode}": one.digest for mode, one in by_mode.items()}
    return Inputs(Problem(district, travel, policy, term, digests, by_mode=by_mode), geography, (*faults, *notes), holidays)


def own_modes_in_city(workbook: Path) -> Fault:
    """Tell that the areas of a city are planned by one means of travel."""
    from geodata.faults import Fault

    return Fault("own-mode-in-city", workbook.name,
                 Text(f"{MOST_CADRES_WITH_OWN_MODES} 名干部以上分片安排，只用一种出行方式，不能按人填写",
                      f"with {MOST_CADRES_WITH_OWN_MODES} cadres or more, areas are planned by one means of travel for all"),
                 Text("请清空“出行方式”列，或分区安排", "Please clear the column 出行方式, or plan district by district"),
                 sheet="干部", column="出行方式")


def _with_history(district: District, ledger: Path, term_id: str | None) -> District:
    """The district with the issued plans of the ledger as past terms, where the workbook does not have those terms itself."""
    from geodata.store import Ledger
    from planner.facts.term import term_of

    if not ledger.is_file():
        raise simple_fault("missing-file", ledger.name, Text("找不到这个文件", "there is no such file"),
                           Text("请检查文件名和所在文件夹", "Please check its name and folder"))
    known = {one.id for one in district.past_terms}
    try:
        before = date.max if term_id is None else term_of(term_id).first_month
    except ValueError:
        before = date.max  # an unknown term is told of where it is read
    added = [one for one in Ledger(ledger).history(before) if one.id not in known]
    past = sorted((*district.past_terms, *added), key=lambda one: one.id) if added else district.past_terms
    return dataclasses.replace(district, past_terms=tuple(past))


def _beside(workbook: Path, name: str) -> Path | None:
    path = workbook / name if workbook.is_dir() else workbook.with_name(name)
    return path if path.is_file() else None


def _term_id(given: str | None, past: Sequence[str], workbook: Path) -> str:
    """The term asked for, else the one after the last of the history."""
    from planner.facts.term import term_after, term_of

    try:
        if given is not None:
            return term_of(given).id
        if past:
            return term_after(past[-1])
    except ValueError:
        pass
    raise simple_fault("unknown-term", workbook.name,
                       Text("不知道要排哪一届", "the term to plan is not known"),
                       Text("请用 --term 2027-2028 这样的写法指明，或在“历史”表中用同样的写法填写任期",
                            "Please give it as --term 2027-2028, or write terms so in the sheet of past pairings"))


def _travel(district: District, roads: Path | None, geography: Geography | None, policy: Policy,
            cache: bool) -> tuple[Travel, tuple[Fault, ...]]:
    """The travel times by the policy's means over the roads, and places that meet no road; or straight lines without roads."""
    from geodata.district_travel import travel_of
    from geodata.streets import NoRoadError

    if roads is None or geography is None:
        return travel_of(district, None, "", policy, None)
    folder = Path(os.environ.get("YIXIAN_CACHE") or Path.home() / ".cache" / "yixian") if cache else None
    try:
        return travel_of(district, geography.streets, roads.name, policy, folder)
    except NoRoadError as error:
        raise no_road(roads) from error


def no_road(roads: Path) -> InputError:
    """The fault of a road file on whose roads nobody can arrive."""
    return simple_fault("no-road", roads.name, Text("其中没有可用的道路", "it holds no usable road"),
                        Text("请换一个道路文件", "Please choose another road file"))


def read_artefact(path: Path, kind: str, parse: Callable[[dict[str, Any]], Any]) -> Any:
    """Read a plan, a calendar or routes; raises InputError when the file is not one."""
    from planner.artefacts.files import read_json

    try:
        return parse(_of_kind(read_json(path), kind))
    except OSError as error:
        from geodata.faults import InputError, unreadable_file

        raise InputError([unreadable_file(path.name, error)]) from error
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise simple_fault("not-an-artefact", path.name, Text(f"不是有效的 {kind} 文件（{error}）", f"not a valid {kind} file ({error})"),
                           Text("请用本程序生成的文件", "Please use a file this program wrote")) from error


def _of_kind(data: dict[str, Any], kind: str) -> dict[str, Any]:
    if data.get("kind") != kind:
        raise ValueError(f"kind: {data.get('kind')}")
    return data


def read_plan(path: Path, problem: Problem) -> Plan:
    """Read a plan from plan.json, or from a workbook or CSV file made by hand; raises InputError."""
    from planner.artefacts.plan import Plan

    if path.suffix.lower() not in TABLES:
        plan: Plan = read_artefact(path, "yixian-plan", Plan.from_json)
        return plan
    from geodata.faults import InputError
    from geodata.tables import read_plan_table

    pairings, faults = read_plan_table(path, problem.district)
    if any(fault.severity == "fault" for fault in faults):
        raise InputError(faults)
    return Plan.of(problem.term.id, pairings, provenance(problem, 0))


def provenance(problem: Problem, seed: int) -> Any:
    """Digests of the inputs, seed, versions of what computes, and what the coordinates were counted in."""
    from importlib.metadata import version

    from planner.artefacts.provenance import Provenance

    names = ("numba", "numpy", "ortools", "scipy")
    return Provenance(dict(problem.digests), seed, {"yixian": __version__} | {name: version(name) for name in names},
                      dict(problem.district.coordinates))


def term_of_plan(path: Path) -> str | None:
    """The term of a plan file or of the plan in a folder; None for a workbook made by hand, which does not say."""
    from planner.artefacts.plan import Plan

    if path.suffix.lower() in TABLES:
        return None
    plan: Plan = read_artefact(path / PLAN if path.is_dir() else path, "yixian-plan", Plan.from_json)
    return plan.term_id
