from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from geodata.faults import Fault, InputError
from geodata.policy_file import BUILT_IN_POLICY, SETTINGS, apply_settings, read_policy
from planner.facts.district import Rank
from planner.facts.policy import (
    PRICED_ONLY,
    GoalTolerance,
    HolidayRoll,
    LiaisonDayRule,
    Policy,
    StandIns,
    TravelMode,
    VisitFrequency,
)

BUILT_IN = BUILT_IN_POLICY.read_text(encoding="utf-8")


def built_in() -> Policy:
    policy, faults = read_policy()
    assert faults == ()
    assert policy is not None
    return policy


def faults_of(folder: Path, text: str, encoding: str = "utf-8") -> dict[str, Fault]:
    path = folder / "policy.toml"
    path.write_text(text, encoding=encoding)
    policy, faults = read_policy(path)
    assert policy is None
    return {fault.column: fault for fault in faults}


def test_the_built_in_policy() -> None:
    assert built_in() == Policy(
        max_committees_per_cadre=1, min_enterprises_per_cadre=1, max_enterprises_per_cadre=3,
        max_load_percent_of_fair_share=200, max_travel_minutes=30, straight_line_kmh=20.0,
        straight_line_detour_percent=140, max_visit_day_minutes=420, visit_day_starts_seconds=30600,
        visit_day_ends_seconds=63000, liaison_day_rule=LiaisonDayRule.SECOND_THURSDAY,
        holiday_roll=HolidayRoll.FORWARD, committee_ban_terms=2, enterprises_rotate=False, enterprise_ban_terms=1,
        max_continuations=6, key_enterprise_min_rank=Rank.DIVISION, min_deputy_sites_in_constituency=1,
        min_leader_sites_per_subdistrict=1, max_unit_share_percent=40,
        goals=(GoalTolerance("unassigned"), GoalTolerance("fairness", 5.0), GoalTolerance("spread", minutes=0.1),
               GoalTolerance("travel", minutes=1.0), GoalTolerance("fit", minutes=10.0), GoalTolerance("changes", minutes=10.0)),
        max_hosted_visits=12, max_cars_per_office=0, lunch_minutes=45, lunch_starts_seconds=41400, lunch_ends_seconds=48600,
        visit_time_tolerance_minutes=15, stand_ins=StandIns.UNIT, visit_frequency=VisitFrequency.AS_GIVEN,
        monthly_from_minutes=120, quarterly_below_minutes=60, minutes_per_open_problem=30)


def test_a_policy_older_than_the_calendar_asks_nothing_of_it(tmp_path: Path) -> None:
    """Without the settings of the calendar there is no limit, no lunch and no stand-in."""
    head, _, rest = BUILT_IN.partition("# 每个街道同一时间最多接待几组走访")
    old = head + rest[rest.index("[rotation]"):]
    (tmp_path / "policy.toml").write_text(old, encoding="utf-8")
    policy, faults = read_policy(tmp_path / "policy.toml")
    assert faults == ()
    assert policy is not None
    assert (policy.max_hosted_visits, policy.lunch_minutes, policy.stand_ins) == (0, 0, StandIns.NONE)


def test_settings_of_the_calendar_that_contradict_each_other(tmp_path: Path) -> None:
    found = faults_of(tmp_path, BUILT_IN.replace("lunch_minutes = 45", "lunch_minutes = 150").replace(
        "quarterly_below_minutes = 60", "quarterly_below_minutes = 200"))
    assert {name: fault.code for name, fault in found.items()} == {
        "visit_day.lunch_minutes": "contradiction", "visit_day.quarterly_below_minutes": "contradiction"}


def test_a_means_of_travel(tmp_path: Path) -> None:
    """A file older than the setting is by car; both languages are understood, and nothing else."""
    old = BUILT_IN.replace('travel_mode = "car"\n', "")
    for text, mode in ((old, "car"), (BUILT_IN.replace('"car"\n', '"步行"\n'), "foot"),
                       (BUILT_IN.replace('"car"\n', '"bicycle"\n'), "bicycle")):
        (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
        policy, faults = read_policy(tmp_path / "policy.toml")
        assert (policy is not None and policy.travel_mode, faults) == (TravelMode(mode), ())
    assert {one.code for one in faults_of(tmp_path, BUILT_IN.replace('"car"\n', '"horse"\n')).values()} == {"unknown-choice"}


def test_every_field_is_in_the_file_and_every_key_is_a_field() -> None:
    field_of = {(setting.section, setting.key): setting.policy_field for setting in SETTINGS}
    data = tomllib.loads(BUILT_IN)
    in_file = {field_of[section, key] for section, table in data.items() if section != "goals" for key in table}
    assert {*in_file, "goals"} == {field.name for field in dataclasses.fields(Policy)}
    assert len(field_of) == len(set(field_of.values())) == len(SETTINGS)


def test_every_key_has_a_clause_and_both_languages_above_it() -> None:
    lines = BUILT_IN.splitlines()
    for setting in SETTINGS:
        at = next(index for index, line in enumerate(lines) if line.startswith(f"{setting.key} = "))
        first = next(index for index in range(at, 0, -1) if not lines[index - 1].startswith("#"))
        comment = lines[first:at]
        assert "依据 / clause：" in comment[-1], setting.key
        assert any("\u4e00" <= letter <= "\u9fff" for letter in comment[0]), setting.key
        assert any(line.isascii() for line in comment), setting.key


def test_one_file_with_everything_wrong_at_once(tmp_path: Path) -> None:
    text = (BUILT_IN
            .replace("max_travel_minutes = 30", 'max_travel_minutes = "三十"')
            .replace("straight_line_detour_percent = 140", "straight_line_detour_percent = 40")
            .replace("max_committees_per_cadre = 1\n", "")
            .replace("max_unit_share_percent = 40", "max_unit_share_percent = 40.5\nmax_unit_shares = 4")
            .replace("min_enterprises_per_cadre = 1", "min_enterprises_per_cadre = 7")
            .replace("enterprises_rotate = false", "enterprises_rotate = 7")
            .replace('visit_day_starts = "08:30"', 'visit_day_starts = "8 点半"')
            .replace('holiday_roll = "forward"', 'holiday_roll = "sideways"')
            .replace('id = "fit"', 'id = "travel"')
            .replace("percent = 5", "percent = -5")
            + "\n[extra]\nx = 1\n")
    faults = faults_of(tmp_path, text)
    assert {name: fault.code for name, fault in faults.items()} == {
        "travel.max_travel_minutes": "wrong-type",
        "travel.straight_line_detour_percent": "out-of-range",
        "caseload.max_committees_per_cadre": "missing-setting",
        "balance.max_unit_share_percent": "wrong-type",
        "balance.max_unit_shares": "unknown-setting",
        "caseload.min_enterprises_per_cadre": "contradiction",
        "rotation.enterprises_rotate": "unknown-choice",
        "visit_day.visit_day_starts": "wrong-type",
        "visit_day.holiday_roll": "unknown-choice",
        "goals.travel": "duplicate-goal",
        "goals.fit": "missing-goal",
        "goals.fairness.percent": "out-of-range",
        "extra": "unknown-setting",
    }
    assert faults["travel.straight_line_detour_percent"].sentence() == (
        "《policy.toml》“travel.straight_line_detour_percent”：40 不在允许的范围 100 至 500 之内。请改为范围之内的数。")
    assert faults["travel.max_travel_minutes"].sentence("en") == (
        "policy.toml, “travel.max_travel_minutes”: “三十” is not a number. Please give a number.")


def test_the_start_of_the_visit_day_is_before_its_end(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, BUILT_IN.replace('"08:30"', '"17:30"'))
    assert faults["visit_day.visit_day_starts"].code == "contradiction"


@pytest.mark.parametrize("entries", ["goals = 3\n", 'goals = ["travel"]\n', ""])
def test_goals_that_are_not_a_list_of_tables(tmp_path: Path, entries: str) -> None:
    faults = faults_of(tmp_path, entries + BUILT_IN[:BUILT_IN.index("[[goals]]")])
    assert set(faults) == {"goals"}


def test_unknown_goal_and_unknown_tolerance(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, BUILT_IN + '\n[[goals]]\nid = "beauty"\nper_cent = 3\n')
    assert {name: fault.code for name, fault in faults.items()} == {
        "goals[9].id": "unknown-goal", "goals[9].per_cent": "unknown-setting"}


def test_goals_that_need_a_price_may_be_left_out_and_are_not_sought_without_one(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(BUILT_IN[:BUILT_IN.index('[[goals]]\nid = "carried-load"')], encoding="utf-8")
    older, faults = read_policy(path)
    assert faults == ()
    assert older == read_policy(None)[0]
    assert older is not None
    assert not PRICED_ONLY & {goal.goal_id for goal in older.goals}
    changed, faults = apply_settings(older, {"goals.carried-load.minutes": "0.2"})
    assert faults == ()
    assert changed is not None
    assert changed.goals == (*older.goals, GoalTolerance("carried-load", minutes=0.2))
    assert apply_settings(changed, {"goals.carried-load.minutes": "0"}) == (older, ())
    path.write_text(BUILT_IN.replace('id = "carried-travel"\npercent = 0\nabsolute = 0\nminutes = 0', 'id = "carried-travel"\nminutes = 1'),
                    encoding="utf-8")
    sought, faults = read_policy(path)
    assert sought is not None
    assert sought.goals[-1] == GoalTolerance("carried-travel", minutes=1)


def test_a_section_that_is_a_number(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "travel = 3\n" + BUILT_IN.replace("[travel]", "[travels]"))
    assert faults["travel.max_travel_minutes"].code == "missing-setting"
    assert faults["travels"].code == "unknown-setting"


def test_goals_may_be_put_in_another_order(tmp_path: Path) -> None:
    head, *goals = BUILT_IN.split("[[goals]]\n")
    path = tmp_path / "policy.toml"
    path.write_text("[[goals]]\n".join([head, *reversed(goals)]), encoding="utf-8-sig")
    policy, faults = read_policy(path)
    assert faults == ()
    assert policy is not None
    assert [goal.goal_id for goal in policy.goals] == ["changes", "fit", "travel", "spread", "fairness", "unassigned"]


@pytest.mark.parametrize(("write", "code"), [
    (lambda _: None, "missing-file"),
    (lambda path: path.mkdir(), "not-a-file"),
    (lambda path: path.write_text("a = = 1"), "not-toml"),
    (lambda path: path.write_bytes("# 政策".encode("gb18030")), "not-utf-8"),
])
def test_files_that_cannot_be_read(tmp_path: Path, write, code: str) -> None:
    path = tmp_path / "政策.toml"
    write(path)
    policy, (fault,) = read_policy(path)
    assert policy is None
    assert fault.code == code
    assert fault.file == "政策.toml"
    assert "Traceback" not in str(InputError([fault]))


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "[travel]\nmax_travel_minutes = 三十\n").values()
    assert fault.row == 2
    assert fault.sentence().startswith("《policy.toml》第 2 行：")


def test_single_settings() -> None:
    changed, faults = apply_settings(built_in(), {
        "max_travel_minutes": "25", "straight_line_kmh": "17.5", "enterprises_rotate": "true",
        "visit_day.visit_day_ends": "16:00", "key_enterprise_min_rank": "区领导", "goals.travel.percent": "3",
        "liaison_day_rule": "second-full-week"})
    assert faults == ()
    goals = tuple(GoalTolerance("travel", 3.0, minutes=1.0) if goal.goal_id == "travel" else goal for goal in built_in().goals)
    assert changed == dataclasses.replace(
        built_in(), max_travel_minutes=25, straight_line_kmh=17.5, enterprises_rotate=True, goals=goals,
        visit_day_ends_seconds=57600, key_enterprise_min_rank=Rank.DISTRICT_LEADER,
        liaison_day_rule=LiaisonDayRule.SECOND_FULL_WEEK)


@pytest.mark.parametrize(("name", "text", "code"), [
    ("max_travel_minutes", "25.5", "wrong-type"), ("max_travel_minutes", "nan", "wrong-type"),
    ("max_travel_minutes", "1e999", "wrong-type"), ("max_travel_minutes", "", "wrong-type"),
    ("max_travel_minutes", "0", "out-of-range"), ("max_travel", "25", "unknown-setting"),
    ("caseload.max_travel_minutes", "25", "unknown-setting"), ("enterprises_rotate", "maybe", "unknown-choice"),
    ("goals.beauty.percent", "1", "unknown-setting"), ("goals.travel", "1", "unknown-setting"),
    ("goals.travel.percent", "-1", "out-of-range"),
])
def test_single_settings_that_are_wrong(name: str, text: str, code: str) -> None:
    changed, (fault,) = apply_settings(built_in(), {name: text})
    assert changed is None
    assert (fault.code, fault.column, fault.file) == (code, name, "--set")


def test_single_settings_that_contradict_each_other() -> None:
    changed, (fault,) = apply_settings(built_in(), {"max_enterprises_per_cadre": "0"})
    assert changed is None
    assert fault.code == "contradiction"
