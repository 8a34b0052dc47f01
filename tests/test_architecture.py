"""What holds the parts together: arrows between packages, and that no rule, goal or setting can be forgotten."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from geodata.policy_file import BUILT_IN_POLICY, SETTINGS
from planner.facts.liaison_days import RULE_DEFINITIONS
from planner.facts.policy import LiaisonDayRule, Policy
from planner.rules import CASELOAD_RULES, DISTRICT_RULES, GOALS, MEASURES, PAIR_RULES, RULES
from planner.rules.base import Goal, Rule

ROOT = Path(__file__).parents[1]
OWN = ("planner", "geodata", "maps", "commands", "run_planner")

MAY_IMPORT_OF_OURS = {
    "planner": ("planner",),
    "geodata": ("geodata", "planner.facts", "planner.text", "planner.artefacts.files"),
    "maps": ("maps", "planner.facts", "planner.artefacts", "planner.text"),
    "commands": OWN,
    "run_planner": OWN,
}
HEAVY = ("geopandas", "shapely", "folium", "networkx", "scipy", "pyogrio", "pyproj", "xlsxwriter", "typst", "click")
ONLY_IN = {"ortools": ("planner.engines",), "numba": ("planner.engines", "geodata.road_hierarchy")}

FLOORS = {"planner.text": 0, "planner.facts": 1, "planner.artefacts": 2, "planner.rules": 3, "planner.check": 4,
          "planner.check_calendar": 4, "planner.check_routes": 4, "planner.check_occasions": 4,
          "planner.explain": 4, "planner.engines": 5}
STAGES = 6
"""Modules of planner that stand on no floor of their own are stages, on the top floor; nothing imports upwards."""


def module_files() -> dict[str, Path]:
    """All our modules by dotted name; a package by its own name."""
    files = [ROOT / "run_planner.py", *(file for package in OWN[:4] for file in (ROOT / package).rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
            for file in sorted(files) if file.exists()}


MODULES = module_files()


def imports_of(module: str) -> Iterator[str]:
    """The dotted name of everything a module imports, anywhere in its text, functions and type checking included."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively: arrows are read by full names"
            for one in node.names:
                longer = f"{node.module}.{one.name}"
                yield longer if longer in MODULES else str(node.module)


def lies_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def floor_of(module: str) -> int:
    return next((floor for package, floor in FLOORS.items() if lies_in(module, (package,))), STAGES)


def test_the_walk_sees_the_modules() -> None:
    assert {"planner.rules.base", "geodata.policy_file", "maps.style", "run_planner"} <= set(MODULES)
    assert "planner.facts.policy" in set(imports_of("planner.rules"))


@pytest.mark.parametrize("module", MODULES)
def test_arrows_between_packages(module: str) -> None:
    allowed = MAY_IMPORT_OF_OURS[module.partition(".")[0]]
    for name in imports_of(module):
        if name != "planner" and lies_in(name, OWN):  # the package itself holds no more than its version
            assert lies_in(name, allowed), f"{module} -> {name}"


@pytest.mark.parametrize("module", [one for one in MODULES if lies_in(one, ("planner",))])
def test_arrows_inside_the_planner(module: str) -> None:
    for name in imports_of(module):
        assert not lies_in(name, HEAVY), f"{module} -> {name}"
        if module != "planner" and name.startswith("planner."):
            assert floor_of(name) <= floor_of(module), f"{module} -> {name} leads upwards"


def test_the_planner_package_itself_imports_nothing_of_ours() -> None:
    assert [name for name in imports_of("planner") if lies_in(name, OWN)] == []


@pytest.mark.parametrize("module", MODULES)
def test_solver_and_compiler_are_used_where_they_belong(module: str) -> None:
    for name in imports_of(module):
        assert lies_in(module, ONLY_IN.get(name.partition(".")[0], (module,))), f"{module} -> {name}"


@pytest.mark.parametrize("module", ["planner.rules", "planner.check"])
def test_rules_and_judge_load_without_a_solver(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert "numpy" in loaded.split()
    assert not {"ortools", "numba", "scipy", "highspy"} & set(loaded.split())


# --- nothing is forgotten -----------------------------------------------------------------------------------------

RULES_AND_GOALS: tuple[Rule | Goal, ...] = (*RULES, *GOALS)


def ids(ones: tuple[Rule | Goal, ...]) -> list[str]:
    return [one.id for one in ones]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Sections of a page by their headings of third rank, without the mark."""
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_ids_are_unique_and_every_rule_has_one_scope() -> None:
    assert len(set(ids(RULES_AND_GOALS))) == len(RULES_AND_GOALS)
    assert sorted(ids((*PAIR_RULES, *CASELOAD_RULES, *DISTRICT_RULES))) == sorted(ids(RULES))


def test_every_rule_file_is_listed() -> None:
    """A rule or goal class in planner/rules that the list lacks would never be kept."""
    listed = {type(one).__name__ for one in RULES_AND_GOALS}
    scopes = {"PairRule", "CaseloadRule", "DistrictRule", "Goal"}
    for module in MODULES:
        if lies_in(module, ("planner.rules",)) and module != "planner.rules.base":
            for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and scopes & {getattr(base, "id", "") for base in node.bases}:
                    assert node.name in listed, f"{module}.{node.name} is not in planner.rules"


@pytest.mark.parametrize("one", RULES_AND_GOALS, ids=ids(RULES_AND_GOALS))
def test_every_rule_and_goal_has_a_test(one: Rule | Goal) -> None:
    name, contract = type(one).__name__, "RuleContract" if isinstance(one, Rule) else "GoalContract"
    file = ROOT / "tests" / "planner" / "rules" / f"test_{type(one).__module__.split('.')[-1]}.py"
    assert re.search(rf"^class \w+\({contract}\):(?:\n(?!class ).*)*= (?:{name}\(\)|{name.upper()})$",
                     file.read_text(encoding="utf-8"), re.MULTILINE), f"{file.name} has no {contract} for {name}"


@pytest.mark.parametrize("one", RULES_AND_GOALS, ids=ids(RULES_AND_GOALS))
def test_every_rule_and_goal_is_documented(one: Rule | Goal) -> None:
    heading = f"{one.id} — {one.title.zh}"
    assert heading in sections(page("rules.md")), f"docs/rules.md has no section “### {heading}”"


def test_the_documentation_describes_no_rule_that_is_gone() -> None:
    described = [heading.split(" — ")[0] for heading in sections(page("rules.md")) if " — " in heading]
    assert described == ids(RULES_AND_GOALS), "docs/rules.md keeps the order of planner.rules"


def test_every_policy_field_is_a_setting_of_the_file() -> None:
    fields = {one.name for one in dataclasses.fields(Policy)}
    assert {setting.policy_field for setting in SETTINGS} | {"goals"} == fields


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_every_setting_stands_in_the_policy_file_and_in_the_documentation(setting: object) -> None:
    key = setting.key  # type: ignore[attr-defined]
    lines = re.findall(rf"^{key} = .+$", BUILT_IN_POLICY.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 1
    assert f"`{lines[0]}`" in page("rules.md"), "docs/rules.md shows the built-in value"


def test_the_goals_table_of_the_documentation_is_the_built_in_policy() -> None:
    text = BUILT_IN_POLICY.read_text(encoding="utf-8")
    entries = re.findall(r'^\[\[goals\]\]\nid = "([\w-]+)"\npercent = (\S+)\nabsolute = (\S+)\nminutes = (\S+)$', text, re.MULTILINE)
    rows = re.findall(r"^\| `([\w-]+)` \| (\S+) \| (\S+) \| (\S+) \|", page("rules.md"), re.MULTILINE)
    assert [name for name, *_ in entries] == ids(MEASURES)
    assert rows == entries


@pytest.mark.parametrize("rule", LiaisonDayRule)
def test_every_reading_of_the_liaison_day_is_defined_in_the_documentation(rule: LiaisonDayRule) -> None:
    assert f"| `{rule}` | {RULE_DEFINITIONS[rule].zh} |" in page("rules.md")


def test_the_steps_for_a_new_rule_name_files_that_exist() -> None:
    named = set(re.findall(r"`((?:planner|geodata|tests|docs)/[\w/.-]+\.\w+)`", page("adding-a-rule.md")))
    assert "planner/rules/__init__.py" in named
    made_there = {"planner/rules/own_subdistrict.py", "tests/planner/rules/test_own_subdistrict.py"}
    assert [one for one in sorted(named - made_there) if not (ROOT / one).exists()] == []


def test_lock_files_name_no_address() -> None:
    """A lock file that names a host works on one network only."""
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert locks, "the lock files are missing"
    assert [lock.name for lock in locks if "://" in lock.read_text(encoding="utf-8")] == []
