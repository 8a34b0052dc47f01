"""一线 (Yixian): the command line. Lists the commands and turns what happened into an exit code.

Each command is one file in ``commands``; heavy packages are imported inside the functions that need them, so that ``--help`` answers
at once. Exit codes: 0 done, 1 a fault of ours, 2 the input, 3 no plan exists, 4 a plan breaks rules, 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from itertools import pairwise

import click

from commands.check import check
from commands.compare import compare, frontier, scenarios
from commands.demo import demo
from commands.diagnose import diagnose
from commands.explain import explain
from commands.ledger import ledger
from commands.maps import maps
from commands.names import EXIT_INPUT, EXIT_INTERRUPTED, EXIT_OURS
from commands.occasions import occasions
from commands.plan import plan
from commands.replan import replan
from commands.reporting import Settings, show_faults
from commands.returns import returns
from commands.roads import roads
from commands.sheets import sheets
from commands.template import template
from commands.visits import visits
from planner import __version__
from planner.text import Language, Text


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yixian")
def cli() -> None:
    """一线：领导干部联系基层的规划、走访与制图工具。 / Plans who liaises with whom, when, and by which route."""


for command in (demo, template, check, plan, replan, explain, diagnose, returns, compare,
                scenarios, frontier, ledger, visits, roads, maps, sheets, occasions):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and turn what happened into an exit code; no traceback for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    english = ("--lang", "en") in pairwise(arguments) or "--lang=en" in arguments
    language: Language = "en" if english else "zh"
    settings = Settings(language, quiet=False, as_json="--json" in arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminated)
    try:
        return int(cli.main(arguments, prog_name="run_planner.py", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.UsageError as error:
        click.echo(Text(f"命令有误：{error.format_message()}（用 --help 查看用法）",
                        f"usage: {error.format_message()} (see --help)").in_language(language), err=True)
        return EXIT_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo(Text("已中断，未写完的文件没有保留", "interrupted; no half-written file is left").in_language(language), err=True)
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: every exception becomes an exit code
        return _unexpected(error, settings)


def _terminated(*_: object) -> None:
    """A polite kill ends like Ctrl-C: half-written files and the lock of the folder go."""
    raise KeyboardInterrupt


def _unexpected(error: Exception, settings: Settings) -> int:
    """A file that cannot be written is the user's to mend; anything else is ours, and is shown in full."""
    from geodata.faults import InputError

    if isinstance(error, InputError):
        show_faults(error.faults, settings)
        return EXIT_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        click.echo(Text(f"无法写入 {error.filename}：{error.strerror}。如正在 Excel 或 WPS 中打开，请先关闭；并检查磁盘空间和权限。",
                        f"cannot write {error.filename}: {error.strerror}. Close it in Excel or WPS; check space and rights."
                        ).in_language(settings.language), err=True)
        return EXIT_INPUT
    ours = Text("程序出错，请把下面的内容发给维护人员：", "a fault of ours; please send what follows:")
    click.echo(ours.in_language(settings.language), err=True)
    traceback.print_exception(error)
    return EXIT_OURS


if __name__ == "__main__":
    sys.exit(main())
