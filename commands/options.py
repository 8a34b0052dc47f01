"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from commands.inputs import Sources
from commands.names import PLAN
from commands.reporting import Reporter, Settings, simple_fault
from geodata.faults import InputError, shown
from planner.artefacts.run_lock import FolderInUseError, holding
from planner.text import Language, Text

ACCEPTABLE = ("invalid-boundary", "swapped-coordinates", "wrong-datum")
"""Codes of the faults that are mended for the whole file where the user agrees."""


def common(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every command has; the command gets them as ``settings`` and ``reporter``."""
    @functools.wraps(command)
    def bundled(lang: Language, quiet: bool, as_json: bool, **rest: Any) -> int:
        return command(settings=Settings(lang, quiet, as_json), reporter=Reporter(lang, quiet), **rest)

    return _with_options(bundled, (
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 / language"),
        click.option("--quiet", is_flag=True, help="不显示进度 / no progress"),
        click.option("--json", "as_json", is_flag=True, help="结果用 JSON 输出 / result as JSON"),
    ))


def reads_facts(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options of commands that read a workbook; the command gets them as ``sources``."""
    @functools.wraps(command)
    def bundled(workbook: Path, roads: Path | None, boundaries: Path | None, policy: Path | None, holidays: Path | None,
                ledger_path: Path | None, term_id: str | None, changes: tuple[str, ...], accepted: tuple[str, ...], **rest: Any) -> int:
        pairs = {name: value for name, _, value in (one.partition("=") for one in changes)}
        sources = Sources(workbook, roads, boundaries, policy, term_id, pairs, accepted, holidays, ledger_path)
        return command(sources=sources, **rest)

    path = click.Path(path_type=Path)
    return _with_options(bundled, (
        click.option("--roads", type=path, help="道路文件：.gpkg .osm.pbf .osm .graphml .shp 等 / roads"),
        click.option("--boundaries", type=path, help="街道边界：.geojson .shp .gpkg / boundaries of sub-districts"),
        click.option("--policy", type=path, help="政策参数 policy.toml / the policy"),
        click.option("--holidays", type=path, help="节假日和调休表 holidays.csv / public holidays and make-up workdays"),
        click.option("--ledger", "ledger_path", type=path, help="台账，其中已下发的往届方案作为历史 / issued plans are history"),
        click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="改一项政策 / change a setting"),
        click.option("--accept", "accepted", multiple=True, type=click.Choice(ACCEPTABLE),
                     help="同意按建议修正某类错误 / agree to a proposed repair"),
        click.option("--term", "term_id", help="任期，如 2027-2028 / the term"),
        click.argument("workbook", type=path),
    ))


class PlanPath(click.Path):
    """A plan: a file, or a folder of results, which stands for the plan.json in it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The file."""
        path = Path(super().convert(value, param, ctx))
        return path / PLAN if path.is_dir() else path


def _with_options(command: Callable[..., int], options: Sequence[Callable[..., Any]]) -> Callable[..., int]:
    for option in options:
        command = option(command)
    return command


def writes_folder(command: Callable[..., int]) -> Callable[..., int]:
    """Add the option --out, a folder in which this run works alone: a second one at once is told who is there."""
    @functools.wraps(command)
    def alone(out: Path, lang: Language, quiet: bool, **rest: Any) -> int:
        try:
            with holding(out) as is_locked:
                if not is_locked:
                    Reporter(lang, quiet).say(Text(f"{out} 所在的磁盘不支持加锁，请不要同时运行两次",
                                                   f"the disk of {out} knows no locks: please do not run twice at once"))
                return command(out=out, lang=lang, quiet=quiet, **rest)
        except FolderInUseError as error:
            raise folder_in_use(error) from error

    return click.option("--out", type=click.Path(path_type=Path), required=True, help="输出文件夹 / output folder")(alone)


def folder_in_use(error: FolderInUseError) -> InputError:
    """Tell who works in the folder, and since when."""
    owner = error.owner
    who = "@".join(shown(owner[key]) for key in ("user", "computer") if owner.get(key)) or "?"
    since, process = shown(owner.get("since", "?")), shown(owner.get("process", "?"))
    return simple_fault(
        "folder-in-use", str(error.folder),
        Text(f"另一次运行正在使用这个文件夹（{who}，进程 {process}，自 {since} 起）",
             f"another run works in this folder ({who}, process {process}, since {since})"),
        Text("请等它结束，或用 --out 另选一个文件夹", "Please wait until it ends, or choose another folder with --out"))


OUT = writes_folder
SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="随机种子 / random seed")
EFFORT = click.option("--effort", type=click.Choice(["quick", "normal", "deep"]), default="normal", show_default=True,
                      help="搜索力度 / how long to search")
TIME_LIMIT = click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
                          help="搜索至多几秒，到时保留目前最好的方案 / seconds to search at most; the best plan so far is kept")
PLAN_OPTION = click.option("--plan", "plan_path", type=PlanPath(), required=True,
                           help="方案：plan.json、输出文件夹或手工 .xlsx / the plan: a file, or the folder it lies in")
TERMS = click.option("--terms", type=click.IntRange(1, 10), default=1, show_default=True, help="连续安排几届 / how many terms together")
