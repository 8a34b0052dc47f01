"""What the tests of the command line share: plans made once, and ways to run the program."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from geodata.policy_file import BUILT_IN_POLICY
from geodata.tables import write_workbook
from tests.breakable import SETTINGS, Breakable, make_breakable
from tests.commands.running import Caller, Done, run, write_plan


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in the home folder of whoever runs the tests."""
    monkeypatch.setenv("YIXIAN_CACHE", str(cache))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Caller:
    return Caller(capsys, tmp_path)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Done:
    """A fifth of the demonstration district."""
    folder = tmp_path_factory.mktemp("small") / "out"
    done = run(cache, folder.parent, "demo", "--out", str(folder), "--effort", "quick", "--scale", "0.2")
    assert done.code == 0, done.err
    return replace(done, folder=folder)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Done:
    """The whole demonstration district."""
    folder = tmp_path_factory.mktemp("full") / "out"
    done = run(cache, folder.parent, "demo", "--out", str(folder), "--effort", "quick")
    return replace(done, folder=folder)


@pytest.fixture(scope="session")
def breakable() -> Breakable:
    return make_breakable()


@pytest.fixture(scope="session")
def small_office(tmp_path_factory: pytest.TempPathFactory, breakable: Breakable) -> Path:
    """A folder with the workbook, the policy and the plan of the district in which every rule can be broken alone."""
    folder = tmp_path_factory.mktemp("breakable")
    write_workbook(folder / "district.xlsx", breakable.district)
    text = BUILT_IN_POLICY.read_text(encoding="utf-8")
    for key, value in SETTINGS.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        assert count == 1, key
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    write_plan(folder / "plan.json", breakable.plan)
    return folder
