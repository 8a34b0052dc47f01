"""The command ``ledger``: plans recorded, approved and issued; verified, copied and restored."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from commands.inputs import read_artefact
from commands.names import POLICY
from commands.options import PlanPath, common
from commands.reporting import Reporter, Settings, simple_fault
from planner.text import Text

if TYPE_CHECKING:
    from geodata.store import Entry, Ledger

Value = TypeVar("Value")

ACTIONS = ("show", "record", "approve", "issue", "snapshot", "restore")


@click.command()
@click.argument("action", type=click.Choice(ACTIONS))
@click.argument("path", metavar="LEDGER", type=click.Path(path_type=Path))
@click.option("--plan", "plan_path", type=PlanPath(), help="要登记的 plan.json 或输出文件夹 / the plan to record")
@click.option("--entry", "number", type=click.IntRange(1), help="台账中的编号 / the number in the ledger")
@click.option("--by", "who", default="", help="经办人或批准人 / who does it")
@click.option("--why", default="", help="依据或说明 / why")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="生效日，默认任期首日 / in force from")
@click.option("--on", "on_day", type=click.DateTime(["%Y-%m-%d"]), help="登记日期，默认今天 / date of the entry")
@click.option("--file", "other", type=click.Path(path_type=Path), help="快照文件 / the snapshot")
@common
def ledger(action: str, path: Path, plan_path: Path | None, number: int | None, who: str, why: str, first_day: datetime | None,
           on_day: datetime | None, other: Path | None, settings: Settings, reporter: Reporter) -> int:
    """任期台账：登记、批准、下发方案，只增不改；快照与恢复。 / The ledger of terms: only grows; draft, approved, issued."""
    from geodata.store import Ledger, State

    del reporter
    if action not in {"record", "restore"} and not path.is_file():
        raise simple_fault("missing-file", path.name, Text("找不到这个文件", "there is no such file"),
                           Text("请检查文件名和所在文件夹", "Please check its name and folder"))
    held, today = Ledger(path), (on_day or datetime.now(tz=UTC)).date()
    said: Text | None
    if action == "record":
        entry = _record(held, _asked(plan_path, "--plan"), who, why, first_day.date() if first_day else None, today)
        said = Text(f"已登记为第{entry.entry}号（草案）", f"recorded as number {entry.entry}, a draft")
    elif action in {"approve", "issue"}:
        held.advance(_asked(number, "--entry"), State.APPROVED if action == "approve" else State.ISSUED, today, who, why)
        said = Text(f"第{number}号方案{'已批准' if action == 'approve' else '已下发'}",
                    f"plan {number} is {'approved' if action == 'approve' else 'issued'}")
    elif action == "snapshot":
        held.snapshot(_asked(other, "--file"))
        said = Text(f"快照已写到 {other}", f"the snapshot is in {other}")
    elif action == "restore":
        kept = held.restore(_asked(other, "--file"))
        said = Text("已恢复" + (f"，原台账留在 {kept}" if kept else ""), "restored" + (f"; the former ledger is in {kept}" if kept else ""))
    else:
        said = None
    if said is None or settings.as_json:
        _show(held, settings)
    else:
        settings.say(said)
    return 0


def _asked(value: Value | None, option: str) -> Value:
    if value is None:
        raise click.UsageError(f"缺少 {option} / {option} is missing")
    return value


def _record(held: Ledger, plan_path: Path, who: str, why: str, first_day: date | None, today: date) -> Entry:
    from planner.artefacts.files import json_digest
    from planner.artefacts.plan import Plan
    from planner.facts.term import term_of

    plan: Plan = read_artefact(plan_path, "yixian-plan", Plan.from_json)
    try:
        term = term_of(plan.term_id)
    except ValueError as error:
        raise simple_fault("unknown-term", plan_path.name, Text("方案的任期不可识别", "the plan's term is not known"),
                           Text("请用本程序生成的文件", "Please use a file this program wrote")) from error
    policy = plan_path.with_name(POLICY)
    text = policy.read_text(encoding="utf-8") if policy.is_file() else ""
    return held.record(plan.to_json(), json_digest(plan.to_json()), text, (first_day or term.first_month, term.last_day), today, who, why)


def _show(held: Ledger, settings: Settings) -> None:
    plans = held.plans()
    if settings.as_json:
        click.echo(json.dumps({"entries": len(held.entries()), "plans": [
            {"entry": row.entry, "term": row.term, "state": str(state), "effective_from": row.effective_from.isoformat(),
             "effective_to": row.effective_to.isoformat(), "plan_digest": row.plan_digest, "who": row.who, "why": row.why}
            for row, state in plans]}, ensure_ascii=False, indent=1))
        return
    words = {"draft": Text("草案", "draft"), "approved": Text("已批准", "approved"), "issued": Text("已下发", "issued")}
    settings.say(Text(f"{len(held.entries())} 行，链条完整", f"{len(held.entries())} rows, the chain is whole"))
    for row, state in plans:
        word = words[str(state)]
        settings.say(Text(f"第{row.entry}号 {row.term} {word.zh} {row.effective_from}至{row.effective_to} {row.plan_digest[:12]} {row.who}",
                          f"{row.entry} {row.term} {word.en} {row.effective_from} to {row.effective_to} {row.plan_digest[:12]} {row.who}"))
