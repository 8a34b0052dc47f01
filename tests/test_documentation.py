"""The documentation keeps up: whatever a user can type or read in a file stands in it, and its links lead somewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pyogrio
import pytest

import run_planner
from commands import names as names_of_files
from commands.inputs import Inputs
from commands.outputs import Made, write_summary
from commands.reporting import Reporter
from geodata import columns, geography
from geodata.cells import Choice, Number
from geodata.columns import Sheet
from geodata.occasions import OCCASION_SHEETS
from geodata.policy_file import SETTINGS, TOLERANCES, Setting, known_goals
from geodata.words import BOOLEANS, RANKS, UNIT_KINDS
from maps import plan_tables
from maps.plan_layers import write_plan_layers
from planner.artefacts.files import read_json
from planner.artefacts.occasions import Call, LeftOut, Occasion, OccasionKind, Occasions
from planner.artefacts.plan import GoalBound
from planner.artefacts.provenance import Provenance
from planner.check import judge
from planner.check_occasions import OCCASION_GOALS
from tests.maps.conftest import Example, example
from tests.planner.sample import make_plan, make_problem

ROOT = Path(__file__).parents[1]
FIRST_COMMAND = "pip install -r requirements.lock && python run_planner.py demo --out out/"
SECOND_COMMAND = "pip install -r requirements-dev.lock && python -m pytest"
ALL_SHEETS = (*columns.SHEETS, columns.PLAN)
PAGES = sorted([*ROOT.glob("*.md"), *(path for folder in ("benchmarks", "docs", "geodata", "maps", "planner", "tests")
                                      for path in (ROOT / folder).rglob("*.md"))])


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


README, README_ZH, DATA_FORMAT = page("README.md"), page("README.zh.md"), page("docs/data-format.md")
OCCASIONS = page("docs/occasions.md")


def section(text: str, heading: str) -> str:
    """What stands below a heading (given without its mark), up to the next of the same rank or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}$(.*)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no section “{heading}”"
    return re.split(rf"^#{{1,{len(found[1])}}} ", found[2], maxsplit=1, flags=re.MULTILINE)[0]


def keys_of(data: Any) -> Iterator[str]:
    """Every key of plain JSON values, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys_of(value)
    elif isinstance(data, list):
        for value in data:
            yield from keys_of(value)


def assert_names(text: str, names: set[str]) -> None:
    """Each name stands in the text as a word of its own."""
    missing = [name for name in sorted(names) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    assert missing == []


def assert_keys(text: str, keys: set[str]) -> None:
    """Each key stands in the text as code: `key`, `list[].key` or `key[]`."""
    assert [key for key in sorted(keys) if not re.search(rf"`(?:[\w\[\]]+\.)*{key}(?:\[\])?`", text)] == []


# --- what can be typed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
def test_the_two_commands_stand_alone_on_their_lines(readme: str) -> None:
    lines = [line.strip() for line in readme.splitlines()]
    assert lines.count(FIRST_COMMAND) == 1
    assert lines.count(SECOND_COMMAND) == 1


def test_ci_runs_the_second_command() -> None:
    script = page(".ci/run")
    install, test = SECOND_COMMAND.split(" && ")
    assert re.search(rf"^pip install .*{re.escape(install.removeprefix('pip install '))}$", script, re.MULTILINE)
    assert f"YIXIAN_REQUIRE_BROWSER=1 {test}" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
@pytest.mark.parametrize("name", run_planner.cli.commands)
def test_every_command_is_shown(name: str, readme: str) -> None:
    assert re.search(rf"`python run_planner\.py {name}( [^`]+)?`", readme)


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
def test_every_option_is_told(readme: str) -> None:
    parameters = [one for command in run_planner.cli.commands.values() for one in command.params]
    options = {name for one in (*parameters, *run_planner.cli.params) if isinstance(one, click.Option)
               for name in one.opts}
    assert {"--out", "--lang", "--version"} <= options
    assert_names(readme, options)
    choices = {word for one in parameters if isinstance(one.type, click.Choice) for word in one.type.choices}
    assert_names(readme, choices)


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
def test_commands_that_are_shown_exist(readme: str) -> None:
    shown = re.findall(r"run_planner\.py ([a-z]+)([^`\n]*)", readme)
    assert shown
    for name, rest in shown:
        options = {option for one in run_planner.cli.commands[name].params for option in one.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, f"{name}{rest}"


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
def test_every_exit_code_is_told(readme: str) -> None:
    codes = {value for name, value in vars(names_of_files).items() if name.startswith("EXIT_")}
    rows = {int(row) for row in re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)}
    assert rows == codes | {0}


# --- what goes in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", ALL_SHEETS, ids=lambda sheet: sheet.key)
def test_every_sheet_and_column_is_described(sheet: Sheet) -> None:
    found = re.search(rf"^### ({sheet.name} — .+)$", DATA_FORMAT, re.MULTILINE)
    assert found is not None
    text = section(DATA_FORMAT, found[1])
    assert all(f"`{alias}`" in text for alias in sheet.aliases)
    rows = {row.split(" | ")[0].strip("| `"): row for row in text.splitlines() if row.startswith("| `")}
    assert list(rows) == [column.header for column in sheet.columns]
    for column in sheet.columns:
        cells = rows[column.header].strip("|").split(" | ")
        told = {alias.strip() for alias in cells[1].split(",") if alias.strip()}
        assert told == set(column.aliases) - {column.header}, column.header
        assert (cells[3].strip() == "not allowed") == column.required, column.header
        assert ", ".join(column.choices) in cells[2]
        if isinstance(column.kind, Number):
            assert f"{column.kind.low:g}–{column.kind.high:g}" in cells[2]


@pytest.mark.parametrize("sheet", columns.SHEETS, ids=lambda sheet: sheet.key)
def test_the_chinese_readme_lists_what_must_be_filled(sheet: Sheet) -> None:
    row = re.search(rf"^ *\| {sheet.name} \| ([^|]*) \|", README_ZH, re.MULTILINE)
    assert row is not None
    assert row[1].split("、") == [column.header for column in sheet.columns if column.required]


def test_every_word_of_a_list_is_told() -> None:
    text = section(DATA_FORMAT, "Words of lists")
    visits = next(column for column in columns.ENTERPRISES.columns if column.key == "visit_every_months").kind
    assert isinstance(visits, Choice)
    for words in (RANKS, UNIT_KINDS, BOOLEANS, visits.words):
        assert all(word in text for word in words)
    assert all(f"`{name}`" in DATA_FORMAT for name in columns.ABOUT_SHEET_NAMES)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_described(setting: Setting) -> None:
    (row,) = re.findall(rf"^\| `{setting.name}` \| ([^|]+) \|", DATA_FORMAT, re.MULTILINE)
    if isinstance(setting.kind, Number):
        assert row == f"{setting.kind.low:g}–{setting.kind.high:g}"


def test_every_goal_and_tolerance_is_described() -> None:
    text = section(DATA_FORMAT, "policy.toml")
    assert all(f"`{name}`" in text for name in known_goals())
    for key, kind in TOLERANCES.items():
        assert f"| `{key}` | {kind.low:g}–{kind.high:.0f} |" in text


def test_every_layer_of_the_geography_is_described() -> None:
    text = section(DATA_FORMAT, "geography.gpkg")
    for layer, fields in geography._COLUMNS.items():
        (row,) = re.findall(rf"^\| `{layer}` \|(.+)$", text, re.MULTILINE)
        assert all(f"`{name}`" in row for name in fields)


# --- what comes out -----------------------------------------------------------------------------------------------


@pytest.fixture(name="one")
def one_example() -> Example:
    return example()


@pytest.mark.parametrize("name", ["plan", "calendar", "routes"])
def test_every_key_of_an_artefact_is_described(one: Example, name: str) -> None:
    data = {"plan": one.plan, "calendar": one.calendar, "routes": one.routes}[name].to_json()
    kind, provenance = data.pop("kind"), data.pop("provenance")
    shared = section(DATA_FORMAT, "What all artefacts share")
    assert f"`{kind}`" in shared
    assert_keys(shared, {"kind", "schema", "term", *provenance})
    assert_keys(section(DATA_FORMAT, f"{name}.json"), set(keys_of(data)) - {"schema", "term"})


def test_every_key_of_the_summary_is_described(tmp_path: Path, one: Example) -> None:
    problem, plan = make_problem(1, "e0"), make_plan("")
    verdict = judge(problem, plan)
    assert verdict.violations
    made = Made(Inputs(problem, None, ()), plan, one.calendar, one.routes)
    write_summary(made, verdict, tmp_path, Reporter("zh", quiet=True))
    summary = read_json(tmp_path / names_of_files.SUMMARY)
    assert f"`{summary['kind']}`" in section(DATA_FORMAT, "What all artefacts share")
    assert_keys(section(DATA_FORMAT, "summary.json"), set(keys_of(summary)) - {"kind", "schema"})


def test_the_plan_workbook_is_described() -> None:
    text = section(DATA_FORMAT, "plan.xlsx")
    rows = re.findall(r"^\| `(.+?)` \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(name.zh, name.en) for name in plan_tables._SHEETS.values()]
    assert ", ".join(column.header.zh for column in plan_tables._ARRANGEMENT) in text


def test_every_layer_of_the_plan_is_described(tmp_path: Path, one: Example) -> None:
    path, text = tmp_path / "plan.gpkg", section(DATA_FORMAT, "plan.gpkg")
    write_plan_layers(path, one.problem, one.plan, one.routes)
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    assert layers == re.findall(r"^\| `(.+?)` \|", text, re.MULTILINE)
    for layer in layers:
        (row,) = re.findall(rf"^\| `{layer}` \|(.+)$", text, re.MULTILINE)
        assert_names(row, set(pyogrio.read_info(path, layer=layer)["fields"]))


@pytest.mark.parametrize("readme", [README, README_ZH], ids=["en", "zh"])
def test_the_readme_names_every_file_of_a_run(readme: str) -> None:
    names = {value for name, value in vars(names_of_files).items() if name.isupper() and isinstance(value, str)
             and re.fullmatch(r"[a-z]+\.\w+", value)}
    assert len(names) >= 7
    assert all(f"`{name}`" in readme for name in names)


# --- pages --------------------------------------------------------------------------------------------------------


def anchor_of(heading: str) -> str:
    """The anchor that a heading gets: lower case, without punctuation, with dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_pages_are_found() -> None:
    assert {"README.md", "README.zh.md", "CHANGELOG.md", "docs/architecture.md", "docs/data-format.md", "docs/rules.md",
            "docs/adding-a-rule.md"} <= {path.relative_to(ROOT).as_posix() for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'\bsrc="([^"]+)"', text)
    for target in targets:
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(anchor_of, headings), target


def test_the_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert len(pictures) == 7
    maps = (ROOT / "docs" / "maps.md").read_text(encoding="utf-8")
    for picture in pictures:
        assert picture.stat().st_size < 120_000
        in_readmes = [f'src="docs/pictures/{picture.name}"' in readme for readme in (README, README_ZH)]
        assert all(in_readmes) or f"(pictures/{picture.name})" in maps


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert re.findall(r"^## (.+)$", page("CHANGELOG.md"), re.MULTILINE)[0] == "Unreleased"


@pytest.mark.parametrize("sheet", OCCASION_SHEETS, ids=lambda sheet: sheet.key)
def test_every_sheet_of_occasions_is_described(sheet: Sheet) -> None:
    found = re.search(rf"^### ({sheet.name} — .+)$", OCCASIONS, re.MULTILINE)
    assert found is not None
    text = section(OCCASIONS, found[1])
    assert all(f"`{alias}`" in text for alias in sheet.aliases)
    rows = {row.split(" | ")[0].strip("| `"): row.strip("|").split(" | ") for row in text.splitlines() if row.startswith("| `")}
    assert list(rows) == [column.header for column in sheet.columns]
    for column in sheet.columns:
        cells = rows[column.header]
        assert {alias.strip() for alias in cells[1].split(",")} == set(column.aliases) - {column.header}, column.header
        assert (cells[3].strip() == "not allowed") == column.required, column.header
        assert ", ".join(column.choices) in cells[2]
        if isinstance(column.kind, Number):
            assert f"{column.kind.low:g}–{column.kind.high:g}" in cells[2]


def test_every_key_of_occasions_is_described() -> None:
    one = Occasion("x", OccasionKind.ROUND, (Call(date(2027, 1, 1), "c", "s", 0, 1),), (LeftOut("s", 1),), (GoalBound("g", 0, "p"),))
    data = Occasions("2027-2028", (one,), Provenance({}, 1, {})).to_json()
    assert f"`{data.pop('kind')}`" in OCCASIONS
    del data["provenance"]
    assert_keys(section(OCCASIONS, "occasions.json"), set(keys_of(data)) - {"schema", "term"})
    assert all(f"`{goal}`" in OCCASIONS for goal in OCCASION_GOALS)
