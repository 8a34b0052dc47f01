"""The command ``template``: an empty workbook to fill."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options import common
from commands.reporting import Reporter, Settings, show_files
from planner.text import Text


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="模板文件 .xlsx / the template")
@common
def template(out: Path, settings: Settings, reporter: Reporter) -> int:
    """写出空白模板：下拉选项、填写说明、示例行。 / An empty workbook to fill, with lists, notes and sample rows."""
    from geodata.template import write_template

    with reporter.stage("template", Text("写出模板", "writing the template")):
        write_template(out, settings.language)
    show_files([out], settings)
    return 0
