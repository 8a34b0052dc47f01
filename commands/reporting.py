"""What the user sees: settings of a command, progress, faults, verdicts, files."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.text import Language, Text

if TYPE_CHECKING:
    from geodata.faults import Fault, InputError
    from planner.artefacts.verdict import Verdict

SHOWN_LINES = 12
"""How many faults or violations of a kind are shown before the rest is only counted."""
TOLD_EVERY_SECONDS = 5.0
"""How often a stage says in a pipe how far it is."""


class Reporter:
    """Progress for people: a moving line on a terminal, plain lines in a pipe; the seconds of every stage."""

    def __init__(self, language: Language, quiet: bool) -> None:
        self.language = language
        self.seconds: dict[str, float] = {}
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._label = ""
        self._told = 0.0

    def say(self, text: Text) -> None:
        """One line, on standard error."""
        if not self._quiet:
            click.echo(("\r\033[K" if self._terminal else "") + text.in_language(self.language), err=True)

    @contextmanager
    def stage(self, name: str, label: Text) -> Iterator[None]:
        """Tell that a stage begins and how long it took."""
        self._label, self._told, began = label.in_language(self.language), time.monotonic(), time.monotonic()
        if self._terminal:
            self._show(f"{self._label} …")
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)
        self.say(Text(f"✓ {label.zh}（{self.seconds[name]:.1f} 秒）", f"✓ {label.en} ({self.seconds[name]:.1f} s)"))

    def progress(self, detail: str) -> None:
        """Say how far the stage is: at once on a terminal, every few seconds in a pipe."""
        now = time.monotonic()
        if self._terminal:
            self._show(f"{self._label} … {detail}")
        elif now - self._told >= TOLD_EVERY_SECONDS:
            self._told = now
            self.say(Text(f"  {self._label}：{detail}", f"  {self._label}: {detail}"))

    def _show(self, line: str) -> None:
        if not self._quiet:
            click.echo(f"\r\033[K{line}", err=True, nl=False)


class Stop:
    """Ctrl-C, a polite kill or a limit in seconds asks the search to end with the best plan so far; a second signal ends the program."""

    def __init__(self, reporter: Reporter, time_limit: float | None = None) -> None:
        self.asked = False
        self._reporter = reporter
        self._until = None if time_limit is None else time.monotonic() + time_limit

    def due(self) -> bool:
        """Whether the search should end now; a limit that has passed is told once."""
        if not self.asked and self._until is not None and time.monotonic() >= self._until:
            self.asked = True
            self._reporter.say(Text("时间到：保留目前最好的方案", "the time is up: the best plan so far is kept"))
        return self.asked

    @contextmanager
    def listening(self) -> Iterator[Stop]:
        """Catch the first interruption while the search runs."""
        before = {one: signal.signal(one, self._heard) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _heard(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._reporter.say(Text("正在停止：保留目前最好的方案；再按一次 Ctrl-C 立即退出",
                                "stopping: the best plan so far is kept; press Ctrl-C again to quit at once"))


@dataclasses.dataclass(frozen=True)
class Settings:
    """What every command is told: language, quiet, JSON."""

    language: Language
    quiet: bool
    as_json: bool

    def say(self, text: Text) -> None:
        """One line on standard output."""
        click.echo(text.in_language(self.language))


def simple_fault(code: str, file: str, why: Text, remedy: Text) -> InputError:
    """One fault of a file as a whole."""
    from geodata.faults import Fault, InputError

    return InputError([Fault(code, file, why, remedy)])


def show_faults(faults: Sequence[Fault], settings: Settings) -> None:
    """Print every kind of fault: the first lines of each and a count; faults, then warnings, then repairs."""
    if settings.as_json:
        click.echo(json.dumps(faults_as_json(faults), ensure_ascii=False, indent=1))
        return
    marks = {"fault": Text("✗", "✗"), "warning": Text("请核对", "check"), "repair": Text("已修正", "mended")}
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.severity, fault.code), []).append(fault)
    for (severity, _), group in sorted(kinds.items(), key=lambda one: list(marks).index(one[0][0])):
        mark = marks[severity].in_language(settings.language)
        _show_first([f"{mark} {fault.sentence(settings.language)}" for fault in group], settings.language)
    wrong, asked = (sum(fault.severity == severity for fault in faults) for severity in ("fault", "warning"))
    mended = len(faults) - wrong - asked
    settings.say(Text(f"共 {wrong} 处错误，{mended} 处已自动修正" + (f"，{asked} 处请核对" if asked else "") + "。",
                      f"{wrong} faults, {mended} mended" + (f", {asked} to be checked" if asked else "") + "."))


def faults_as_json(faults: Sequence[Fault]) -> dict[str, Any]:
    """The faults as ``--json`` and faults.json have them."""
    return {"faults": [fault.to_json() for fault in faults]}


def _show_first(lines: Sequence[str], language: Language) -> None:
    for line in lines[:SHOWN_LINES]:
        click.echo(line)
    if len(lines) > SHOWN_LINES:
        more = len(lines) - SHOWN_LINES
        click.echo(Text(f"  …… 同类还有 {more} 处", f"  ... and {more} more of this kind").in_language(language))


def show_verdict(verdict: Verdict, settings: Settings) -> None:
    """Print the verdict: the conclusion, every kind of violation, and the goals with their bounds."""
    from planner.rules import WORDS_BY_ID

    if settings.as_json:
        click.echo(json.dumps(verdict.to_json(), ensure_ascii=False, indent=1))
        return
    counts, broken = verdict.counts, len(verdict.violations)
    conclusion = Text("合格 valid", "valid") if verdict.valid else Text("不合格 invalid", "invalid")
    settings.say(Text(f"{conclusion.zh}：{broken} 项违规，{counts['sites']} 个联系点已落实 {counts['sites_held']} 个",
                      f"{conclusion.en}: {broken} violations, {counts['sites_held']} of {counts['sites']} points held"))
    if spare := counts.get("cadres_spare", 0):
        settings.say(Text(f"  有 {spare} 名干部没有联系点（plan.xlsx 的“均衡”表列出各人）",
                          f"  {spare} cadres hold no point (the sheet balance of plan.xlsx lists everybody)"))
    kinds: dict[str, list[str]] = {}
    for violation in verdict.violations:
        kinds.setdefault(violation.rule_id, []).append(f"✗ [{violation.rule_id}] {violation.text.in_language(settings.language)}")
    for lines in kinds.values():
        _show_first(lines, settings.language)
    for one in verdict.goals:
        goal = WORDS_BY_ID[one.goal_id]
        line = f"  {goal.title.in_language(settings.language)}: {goal.display(one.value)} {goal.unit.in_language(settings.language)}"
        if one.bound is not None and one.gap is not None:
            line += Text(f"（下界 {goal.display(one.bound)}，差距 {one.gap:.1%}）",
                         f" (bound {goal.display(one.bound)}, gap {one.gap:.1%})").in_language(settings.language)
        click.echo(line)


def show_files(paths: Sequence[Path], settings: Settings) -> None:
    """Print where the files are, one a line; of many alike in one folder their pattern and number."""
    if settings.as_json:
        click.echo(json.dumps({"files": [str(path) for path in paths]}, ensure_ascii=False, indent=1))
        return
    alike: dict[tuple[Path, str], list[Path]] = {}
    for path in paths:
        alike.setdefault((path.parent, path.suffix), []).append(path)
    for (folder, suffix), files in alike.items():
        if len(files) > SHOWN_LINES:
            settings.say(Text(f"{folder / '*'}{suffix}（{len(files)} 个文件）", f"{folder / '*'}{suffix} ({len(files)} files)"))
            continue
        for path in files:
            click.echo(str(path))


def show_no_plan(proofs: Sequence[Text], settings: Settings) -> None:
    """Print why no plan exists."""
    if settings.as_json:
        click.echo(json.dumps({"no_plan": [{"zh": one.zh, "en": one.en} for one in proofs]}, ensure_ascii=False, indent=1))
        return
    settings.say(Text("没有可行方案，原因如下：", "no plan exists, because:"))
    _show_first([f"✗ {one.in_language(settings.language)}" for one in proofs], settings.language)
