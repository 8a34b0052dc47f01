"""The command ``demo``: the whole job on the embedded district."""

from __future__ import annotations

from pathlib import Path

import click

from commands.inputs import Sources, read_inputs
from commands.names import GEOGRAPHY, OCCASIONS_ASKED, POLICY, WORKBOOK
from commands.options import EFFORT, OUT, SEED, TERMS, TIME_LIMIT, common
from commands.reporting import Reporter, Settings
from commands.stages import check_memory, whole_job
from planner.text import Text

DEMO_CADRES, DEMO_SITES = 310, 791
"""Size of the demonstration at scale 1."""


@click.command()
@OUT
@SEED
@EFFORT
@TIME_LIMIT
@TERMS
@click.option("--scale", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="规模倍数 / size")
@common
def demo(out: Path, seed: int, effort: str, time_limit: float | None,
         scale: float, terms: int, settings: Settings, reporter: Reporter) -> int:
    """用内置演示区完成全部工作。 / The whole job on the embedded district."""
    check_memory(round(DEMO_CADRES * scale), round(DEMO_SITES * scale), f"demo --scale {scale:g}", reporter)
    with reporter.stage("district", Text("生成演示区并写出工作簿", "making the demonstration district")):
        from geodata.demo_district import build_demo
        from geodata.geography import write_geography
        from geodata.occasions import write_sample
        from geodata.policy_file import BUILT_IN_POLICY
        from geodata.table_writer import write_workbook
        from planner.artefacts.files import write_whole

        made = build_demo(seed, scale)
        out.mkdir(parents=True, exist_ok=True)
        write_workbook(out / WORKBOOK, made.district)
        write_geography(out / GEOGRAPHY, made.geography)
        write_sample(out / OCCASIONS_ASKED, made.district, made.term)
        policy = BUILT_IN_POLICY.read_bytes()
        write_whole(out / POLICY, lambda temporary: temporary.write_bytes(policy) and None)
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        inputs = read_inputs(Sources(out / WORKBOOK, term_id=made.term.id))
    return whole_job(inputs, out / WORKBOOK, out, seed, effort, settings, reporter, terms=terms, time_limit=time_limit)
