"""The command ``template``: an empty workbook to fill."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options import common
from commands.reporting import Reporter, Settings, show_files
from planner.text import Text


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="模板文件 .xlsx / the template")
@click.option("--occasions", "is_occasions", is_flag=True, help="大年初一、意见征询、下访接待的表 / the file of occasions")
@common
def template(out: Path, is_occasions: bool, settings: Settings, reporter: Reporter) -> int:
    """写出空白模板：下拉选项、填写说明、示例行。 / An empty workbook to fill, with lists, notes and sample rows."""
    from geodata.occasions import OCCASION_SHEETS
    from geodata.table_writer import write_sheets
    from geodata.template import write_template

    with reporter.stage("template", Text("写出模板", "writing the template")):
        if is_occasions:
            write_sheets(out, "occasions", [(sheet, ()) for sheet in OCCASION_SHEETS])
        else:
            write_template(out, settings.language)
    show_files([out], settings)
    return 0
