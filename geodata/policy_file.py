"""Reads the policy file: every setting checked against one table, every fault of the file reported at once."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from geodata.cells import Choice, Kind, Number, TimeOfDay, wrong_value
from geodata.faults import Fault, UnfitError, is_fatal, shown, unreadable_file
from geodata.words import BOOLEANS, RANKS, TRAVEL_MODES
from planner.facts.policy import (
    PRICED_ONLY,
    GoalTolerance,
    HolidayRoll,
    LiaisonDayRule,
    Policy,
    StandIns,
    VisitFrequency,
)
from planner.text import Text, clock

BUILT_IN_POLICY: Final = Path(__file__).with_name("policy.toml")
"""The policy that holds where the user gives none."""

GOALS_SECTION: Final = "goals"

_TRUE_OR_FALSE = {"true": True, "false": False, **BOOLEANS}


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the policy file: its section, its key, what it may be, and the field of Policy it fills.

    One that is ``optional`` may be missing in a file older than it: the default of Policy holds.
    """

    section: str
    key: str
    kind: Kind
    field: str = ""
    optional: bool = False

    @property
    def policy_field(self) -> str:
        """The field of Policy: the key itself unless said otherwise."""
        return self.field or self.key

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.section}.{self.key}"


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("caseload", "max_committees_per_cadre", Number(0, 20)),
    Setting("caseload", "min_enterprises_per_cadre", Number(0, 20)),
    Setting("caseload", "max_enterprises_per_cadre", Number(0, 20)),
    Setting("caseload", "max_load_percent_of_fair_share", Number(100, 10_000)),
    Setting("travel", "travel_mode", Choice(TRAVEL_MODES), optional=True),
    Setting("travel", "max_travel_minutes", Number(1, 600)),
    Setting("travel", "straight_line_kmh", Number(1, 130, whole=False)),
    Setting("travel", "straight_line_detour_percent", Number(100, 500)),
    Setting("visit_day", "max_visit_day_minutes", Number(30, 1440)),
    Setting("visit_day", "visit_day_starts", TimeOfDay(), "visit_day_starts_seconds"),
    Setting("visit_day", "visit_day_ends", TimeOfDay(), "visit_day_ends_seconds"),
    Setting("visit_day", "liaison_day_rule", Choice({str(rule): rule for rule in LiaisonDayRule})),
    Setting("visit_day", "holiday_roll", Choice({str(roll): roll for roll in HolidayRoll})),
    Setting("visit_day", "max_hosted_visits", Number(0, 1000), optional=True),
    Setting("visit_day", "max_cars_per_office", Number(0, 1000), optional=True),
    Setting("visit_day", "lunch_minutes", Number(0, 180), optional=True),
    Setting("visit_day", "lunch_starts", TimeOfDay(), "lunch_starts_seconds", optional=True),
    Setting("visit_day", "lunch_ends", TimeOfDay(), "lunch_ends_seconds", optional=True),
    Setting("visit_day", "visit_time_tolerance_minutes", Number(0, 240), optional=True),
    Setting("visit_day", "stand_ins", Choice({str(one): one for one in StandIns}), optional=True),
    Setting("visit_day", "visit_frequency", Choice({str(one): one for one in VisitFrequency}), optional=True),
    Setting("visit_day", "monthly_from_minutes", Number(0, 100_000), optional=True),
    Setting("visit_day", "quarterly_below_minutes", Number(0, 100_000), optional=True),
    Setting("visit_day", "minutes_per_open_problem", Number(0, 10_000), optional=True),
    Setting("rotation", "committee_ban_terms", Number(0, 50)),
    Setting("rotation", "enterprises_rotate", Choice(_TRUE_OR_FALSE)),
    Setting("rotation", "enterprise_ban_terms", Number(0, 50)),
    Setting("rotation", "max_continuations", Number(0, 100_000)),
    Setting("fit", "key_enterprise_min_rank", Choice(RANKS)),
    Setting("fit", "min_deputy_sites_in_constituency", Number(0, 20)),
    Setting("balance", "min_leader_sites_per_subdistrict", Number(0, 1000)),
    Setting("balance", "max_unit_share_percent", Number(1, 100)),
)
"""The whole policy but its goals, in the order of the file."""

TOLERANCES: Final[Mapping[str, Number]] = {
    "percent": Number(0, 1000, whole=False), "absolute": Number(0, 1_000_000, whole=False),
    "minutes": Number(0, 10_000, whole=False)}


def read_policy(path: Path | None = None) -> tuple[Policy | None, tuple[Fault, ...]]:
    """Read a policy file, the built-in one where ``path`` is None; no policy where anything is wrong with it."""
    file = (path or BUILT_IN_POLICY).name
    data, fault = _load(path or BUILT_IN_POLICY)
    if fault is not None:
        return None, (fault,)
    values: dict[str, Any] = {}
    faults = [*_unknown_names(data, file), *_read_settings(data, file, values)]
    goals = _GoalReader(file)
    values["goals"] = goals.read(data.get(GOALS_SECTION))
    faults += goals.faults
    faults += _contradictions(values, file)
    return (None, tuple(faults)) if faults else (Policy(**values), ())


def apply_settings(policy: Policy, settings: Mapping[str, str]) -> tuple[Policy | None, tuple[Fault, ...]]:
    """``policy`` with single settings changed, given as text by key: ``{"max_travel_minutes": "25"}``.

    A goal's tolerance is called ``goals.travel.percent``. Faults are named ``--set``.
    """
    file = "--set"
    by_key = {setting.key: setting for setting in SETTINGS}
    changed: dict[str, Any] = {one.name: getattr(policy, one.name) for one in dataclasses.fields(policy)}
    faults: list[Fault] = []
    for name, text in settings.items():
        key = name.removeprefix(f"{by_key[short].section}.") if (short := name.split(".")[-1]) in by_key else name
        try:
            if key in by_key:
                changed[by_key[key].policy_field] = by_key[key].kind.read(text)
            else:
                changed["goals"] = _with_tolerance(changed["goals"], name, text)
        except UnfitError as unfit:
            faults.append(_fault(file, name, unfit, text))
    faults += _contradictions(changed, file)
    return (None, tuple(faults)) if is_fatal(faults) else (Policy(**changed), ())


def _load(path: Path) -> tuple[dict[str, Any], Fault | None]:
    """Return the tables of a TOML file, or what keeps it from being read."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig")), None
    except OSError as error:
        return {}, unreadable_file(path.name, error)
    except UnicodeDecodeError:
        return {}, Fault("not-utf-8", path.name, Text("文件不是 UTF-8 编码", "the file is not encoded in UTF-8"),
                         Text("请在记事本中“另存为”，编码选 UTF-8", "Please save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return {}, Fault("not-toml", path.name,
                         Text("这里不符合 TOML 写法", f"this is not valid TOML: {shown(error)}"),
                         Text("每行写成“名称 = 值”，文字放在英文双引号中",
                              "Write each line as name = value, text in double quotes"),
                         row=int(line[1]) if line else None)


def _unknown_names(data: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """Sections and keys that no setting has."""
    sections: dict[str, set[str]] = {}
    for setting in SETTINGS:
        sections.setdefault(setting.section, set()).add(setting.key)
    for section, content in data.items():
        if section == GOALS_SECTION:
            continue
        if section not in sections:
            yield _fault(file, section, _unknown("不认识的节名或设置项", "unknown section or setting"))
        elif isinstance(content, dict):
            for key in content:
                if key not in sections[section]:
                    yield _fault(file, f"{section}.{key}", _unknown("不认识的设置项", "unknown setting"))


def _read_settings(data: Mapping[str, Any], file: str, values: dict[str, Any]) -> Iterator[Fault]:
    """Put every good setting into ``values`` by field name, and tell what is wrong with the others."""
    for setting in SETTINGS:
        section = data.get(setting.section)
        if not isinstance(section, dict) or setting.key not in section:
            if setting.optional:
                continue
            yield _fault(file, setting.name, UnfitError(
                "missing-setting", Text("缺少这一项设置", "this setting is missing"),
                Text("请从内置的 policy.toml 抄录这一行", "Please copy its line from the built-in policy.toml")))
            continue
        try:
            values[setting.policy_field] = setting.kind.read(section[setting.key])
        except UnfitError as unfit:
            yield _fault(file, setting.name, unfit, section[setting.key])


class _GoalReader:
    """Reads the ordered list of goals; collects faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def read(self, entries: object) -> tuple[GoalTolerance, ...]:
        """Return the goals in order; each goal of the built-in policy must be there exactly once, or at most once if it needs a price."""
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._add(GOALS_SECTION, wrong_value(entries, " [[goals]] 列表", "a list of [[goals]]"))
            return ()
        goals = [self._goal(index, entry) for index, entry in enumerate(entries, start=1)]
        names = [goal.goal_id for goal in goals]
        known = known_goals()
        for name in dict.fromkeys(names):
            if name in known and names.count(name) > 1:
                self._add(f"goals.{name}", UnfitError(
                    "duplicate-goal", Text("这个目标写了两次", "this goal is given twice"),
                    Text("请删去一个", "Please delete one")))
        for name in known:
            if name not in names and name not in PRICED_ONLY:
                self._add(f"goals.{name}", UnfitError(
                    "missing-goal", Text("缺少这个目标", "this goal is missing"),
                    Text("目标不能删去，只能改次序和容差", "A goal cannot be left out; change its place or tolerance")))
        return _sought(goals)

    def _goal(self, index: int, entry: dict[str, Any]) -> GoalTolerance:
        name = entry.get("id")
        label = f"goals.{name}" if isinstance(name, str) and name in known_goals() else f"goals[{index}]"
        if not label.startswith("goals."):
            self._add(f"{label}.id", UnfitError(
                "unknown-goal", Text(f"“{shown(name)}”不是目标的名称", f"“{shown(name)}” is not the name of a goal"),
                Text("可选：" + "、".join(known_goals()), "Choose one of: " + ", ".join(known_goals()))))
        for key in entry:
            if key not in {"id", *TOLERANCES}:
                self._add(f"{label}.{key}", _unknown("不认识的设置项", "unknown setting"))
        tolerances = {}
        for key, kind in TOLERANCES.items():
            try:
                tolerances[key] = kind.read(entry.get(key, 0))
            except UnfitError as unfit:
                self._add(f"{label}.{key}", unfit, entry[key])
        return GoalTolerance(str(name), **tolerances)

    def _add(self, name: str, unfit: UnfitError, value: object = "") -> None:
        self.faults.append(_fault(self.file, name, unfit, value))


def known_goals() -> tuple[str, ...]:
    """Return the goals there are: those of the built-in policy, in its order."""
    data, _ = _load(BUILT_IN_POLICY)
    return tuple(str(entry["id"]) for entry in data[GOALS_SECTION])


def _with_tolerance(goals: tuple[GoalTolerance, ...], name: str, text: str) -> tuple[GoalTolerance, ...]:
    """``goals`` with one tolerance changed, called ``goals.<id>.<percent|absolute|minutes>``; raises UnfitError."""
    section, _, rest = name.partition(".")
    goal_id, _, key = rest.partition(".")
    known = {goal.goal_id for goal in goals}
    if section != GOALS_SECTION or key not in TOLERANCES or goal_id not in known | PRICED_ONLY:
        raise _unknown("不认识的设置项", "unknown setting")
    value = TOLERANCES[key].read(text)
    every = goals if goal_id in known else (*goals, GoalTolerance(goal_id))
    return _sought(_replaced(goal, key, value) if goal.goal_id == goal_id else goal for goal in every)


def _sought(goals: Iterable[GoalTolerance]) -> tuple[GoalTolerance, ...]:
    """The goals but those that need a price and have none."""
    return tuple(goal for goal in goals if goal.minutes > 0 or goal.goal_id not in PRICED_ONLY)


def _replaced(goal: GoalTolerance, key: str, value: float) -> GoalTolerance:
    changed: dict[str, Any] = {key: value}
    return dataclasses.replace(goal, **changed)


def _contradictions(values: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """Find settings that are right each by itself but not together; those not read are not judged."""
    fewest, most = values.get("min_enterprises_per_cadre"), values.get("max_enterprises_per_cadre")
    if fewest is not None and most is not None and fewest > most:
        yield _fault(file, "caseload.min_enterprises_per_cadre", UnfitError(
            "contradiction",
            Text(f"最少 {fewest} 家大于最多 {most} 家", f"at least {fewest} is more than at most {most}"),
            Text("请改小这一项，或改大 max_enterprises_per_cadre",
                 "Please lower it, or raise max_enterprises_per_cadre")), fewest)
    starts, ends = values.get("visit_day_starts_seconds"), values.get("visit_day_ends_seconds")
    if starts is not None and ends is not None and starts >= ends:
        yield _fault(file, "visit_day.visit_day_starts", UnfitError(
            "contradiction",
            Text(f"开始时间 {clock(starts)} 不早于结束时间 {clock(ends)}",
                 f"the start {clock(starts)} is not before the end {clock(ends)}"),
            Text("请改正 visit_day_starts 或 visit_day_ends", "Please correct visit_day_starts or visit_day_ends")),
            clock(starts))
    yield from _calendar_contradictions(values, file)


def _calendar_contradictions(values: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """Find a lunch that does not fit its hours, and frequencies whose thresholds cross."""
    lunch, begins, ends = (values.get(key) for key in ("lunch_minutes", "lunch_starts_seconds", "lunch_ends_seconds"))
    if lunch and begins is not None and ends is not None and ends - begins < lunch * 60:
        yield _fault(file, "visit_day.lunch_minutes", UnfitError(
            "contradiction",
            Text(f"{clock(begins)} 至 {clock(ends)} 之间放不下 {lunch} 分钟午休",
                 f"{lunch} minutes of lunch do not fit between {clock(begins)} and {clock(ends)}"),
            Text("请改正 lunch_minutes、lunch_starts 或 lunch_ends", "Please correct lunch_minutes, lunch_starts or lunch_ends")),
            lunch)
    low, high = values.get("quarterly_below_minutes"), values.get("monthly_from_minutes")
    if low is not None and high is not None and low > high:
        yield _fault(file, "visit_day.quarterly_below_minutes", UnfitError(
            "contradiction",
            Text(f"每季度走访的界限 {low} 分钟高于每月走访的界限 {high} 分钟",
                 f"the limit of quarterly visits, {low} minutes, is above that of monthly ones, {high}"),
            Text("请改小这一项，或改大 monthly_from_minutes", "Please lower it, or raise monthly_from_minutes")), low)


def _fault(file: str, name: str, unfit: UnfitError, value: object = "") -> Fault:
    return Fault(unfit.code, file, unfit.why, unfit.remedy, column=name, value=shown(value))


def _unknown(zh: str, en: str) -> UnfitError:
    return UnfitError("unknown-setting", Text(zh, en),
                  Text("请检查拼写，或删去这一项；可用的名称见内置的 policy.toml",
                       "Please check its spelling or delete it; the names are in the built-in policy.toml"))
