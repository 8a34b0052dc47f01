"""docs/fault-codes.md is the index of all faults: every code of the program stands in it, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INDEX = (ROOT / "docs" / "fault-codes.md").read_text(encoding="utf-8")
SOURCES = sorted([ROOT / "run_planner.py", *(ROOT / "commands").glob("*.py"), *(ROOT / "geodata").glob("*.py")])
MAKERS = re.compile(r"(?:Fault|UnfitError|\w+FileError|.*fault|_?note|_several)")
"""Functions and classes whose first text is a code."""


def codes_of(source: str) -> Iterator[str]:
    """Every code of a module, as a pattern: what is computed in it may be any word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if MAKERS.fullmatch(name) and node.args:
                yield from patterns_of(node.args[0])


def patterns_of(node: ast.expr) -> Iterator[str]:
    """The texts an expression may be: of a constant, of both arms of a condition, of text with computed parts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from patterns_of(node.body)
        yield from patterns_of(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"[\w-]+" for one in node.values)
    elif isinstance(node, ast.BinOp):
        for left in patterns_of(node.left):
            yield left + r"[\w-]+"


def constants_of(source: str) -> dict[str, str]:
    """Texts that a module gives a name in capitals: codes that several places share."""
    return dict(re.findall(r'^([A-Z_]+): Final = "([a-z-]+)"$', source, re.MULTILINE))


def used() -> dict[str, str]:
    """Patterns of all codes, with the module that uses each."""
    found: dict[str, str] = {}
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        found |= dict.fromkeys(codes_of(source), path.name)
        found |= {re.escape(text): path.name for name, text in constants_of(source).items()
                  if re.search(rf"(?:note|fault|UnfitError|Fault)\(\s*{name}\b", source)}
    return found


USED = used()
DOCUMENTED = re.findall(r"^\| `([\w-]+)` \|", INDEX, re.MULTILINE)


def test_the_walk_finds_codes_of_every_kind() -> None:
    assert {"missing\\-file", "empty\\-cell", r"unknown\-[\w-]+", "swapped\\-coordinates", "unknown\\-term"} <= set(USED)


@pytest.mark.parametrize("pattern", sorted(USED))
def test_every_code_is_in_the_index(pattern: str) -> None:
    assert any(re.fullmatch(pattern, code) for code in DOCUMENTED), f"{pattern} of {USED[pattern]} is not in docs/fault-codes.md"


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_the_index_has_no_code_that_is_gone(code: str) -> None:
    assert any(re.fullmatch(pattern, code) for pattern in USED)


def test_every_code_stands_once_in_order() -> None:
    for table in re.split(r"^#+ ", INDEX, flags=re.MULTILINE):
        codes = re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)
        assert codes == sorted(codes)
    assert len(DOCUMENTED) == len(set(DOCUMENTED))
