"""The lock files pin every package with its hashes and name no address, so that they install from any mirror."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
REQUIREMENT = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)(\[[a-z0-9,-]+\])?==(?P<version>[^ ;]+)(?P<marker> ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[list[str]]:
    """Every requirement with its hashes: a line that continues with backslashes, in its parts."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "\n").splitlines()
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(" "):
            found[-1].append(line.strip())
        elif line and not line.startswith("#"):
            found.append([line.strip()])
    return found


def pinned(lock: str) -> set[str]:
    return {entry[0].partition("==")[0].partition("[")[0] for entry in entries(lock)}


def asked_for(*extras: str) -> set[str]:
    """Names of the dependencies in pyproject.toml, as package indexes write them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line)[0]).lower() for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-[^-]|^\s*--(?!hash=)", text, re.MULTILINE), "an option of pip, such as an index"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    assert len(entries(lock)) > 20
    for requirement, *hashes in entries(lock):
        assert REQUIREMENT.fullmatch(requirement), requirement
        assert hashes, requirement
        assert all(HASH.fullmatch(one) for one in hashes), requirement


def test_every_dependency_is_locked() -> None:
    assert {"ortools", "xlsxwriter"} <= asked_for()
    assert asked_for() - pinned("requirements.lock") == set()
    assert {"pytest", "ortools"} <= asked_for("test")
    assert asked_for("test") - pinned("requirements-dev.lock") == set()


def test_the_tests_run_on_what_users_run_on() -> None:
    """The development lock holds the same versions of everything in the other."""
    users, ours = ({entry[0] for entry in entries(lock)} for lock in LOCKS)
    assert users - ours == set()


def test_extras_are_pinned_with_their_package() -> None:
    """pip before 23.3 does not apply the pin of ``coverage`` to ``coverage[toml]``, and then refuses it for want of a hash."""
    assert any(entry[0].startswith("coverage[toml]==") for entry in entries("requirements-dev.lock"))
