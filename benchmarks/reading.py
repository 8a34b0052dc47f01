"""Reading a workbook of 100,000 enterprises: seconds and memory of our reader beside pandas.

    python benchmarks/reading.py [--rows 100000] [--runs 3]

Ours reads, checks and builds a whole District; pandas only loads the cells. Every run is a process of its own, which
tells its CPU seconds and its peak memory above that of the imports. Results go to benchmarks/results/reading.csv.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RESULTS = ROOT / "benchmarks" / "results" / "reading.csv"
HEADER = ("编号", "名称", "街道", "经度", "纬度", "地址", "每月工作量(分钟)", "每次走访时长(分钟)", "可走访开始", "可走访结束",
          "走访间隔(月)", "重点企业")


def make_rows(rows: int) -> dict[str, list[tuple[str | float, ...]]]:
    """The sheets of a district with so many enterprises."""
    enterprises = [(f"E{number:06d}", f"第{number}号科技有限公司", "甲街道", 121.4 + number % 1000 / 10_000, 31.2 + number % 997 / 10_000,
                    f"某某路 {number} 号", 120, 60, "09:00", "17:00", 1, "否") for number in range(rows)]
    return {
        "街道": [("编号", "名称", "经度", "纬度"), ("S1", "甲街道", 121.5, 31.3)],
        "单位": [("编号", "名称", "类别", "所在街道", "经度", "纬度"), ("O1", "某局", "职能部门", "S1", 121.51, 31.31)],
        "干部": [("编号", "姓名", "单位", "职级", "工作量系数"), ("C1", "甲", "O1", "正处级", 100)],
        "企业": [HEADER, *enterprises],
        "居委会": [HEADER[:11], ("R1", "一居", "S1", 121.5, 31.3, "", 180, 90, "09:00", "17:00", 1)],
    }


def make_xlsx(path: Path, sheets: dict[str, list[tuple[str | float, ...]]]) -> None:
    """Write the sheets as a workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    (sheet.write_string if isinstance(value, str) else sheet.write_number)(row, column, value)


def make_csv(folder: Path, sheets: dict[str, list[tuple[str | float, ...]]]) -> None:
    """Write the sheets as a folder of CSV files."""
    folder.mkdir()
    for name, lines in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding="gb18030", newline="") as stream:
            csv.writer(stream).writerows(lines)


def read_ours(path: Path) -> int:
    """Read and check everything."""
    from geodata.tables import read_workbook  # noqa: PLC0415 - each process imports its own method only

    began()
    district, faults = read_workbook(path)
    if district is None:
        raise SystemExit("\n".join(fault.sentence("en") for fault in faults[:5]))
    return len(district.sites)


def read_pandas(engine: str) -> Callable[[Path], int]:
    """Load the cells of every sheet, as text where it is text."""
    def read(path: Path) -> int:
        import pandas as pd  # noqa: PLC0415 - each process imports its own method only

        began()
        sheets = pd.read_excel(path, sheet_name=None, engine=engine)
        return len(sheets["企业"]) + len(sheets["居委会"])
    return read


METHODS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "ours, .xlsx": ("big.xlsx", read_ours),
    "ours, CSV in GB18030": ("big", read_ours),
    "pandas with openpyxl": ("big.xlsx", read_pandas("openpyxl")),
    "pandas with calamine": ("big.xlsx", read_pandas("calamine")),
}
_START = [0.0, 0.0]


def began() -> None:
    """Note seconds and memory once everything is imported."""
    _START[:] = [time.process_time(), peak_megabytes()]


def peak_megabytes() -> float:
    """Most memory this process ever had, from Linux: what getrusage tells after a fork is the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_one(method: str, folder: Path) -> None:
    """Run one method in this process and print CPU seconds, peak MB above the imports, and rows."""
    name, read = METHODS[method]
    rows = read(folder / name)
    seconds = time.process_time() - _START[0]
    print(f"{seconds:.2f} {peak_megabytes() - _START[1]:.0f} {rows}")


def main() -> None:
    """Run every method in turn and write the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(options.one[0], Path(options.one[1]))
        return
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder, sheets = Path(name), make_rows(options.rows)
        make_xlsx(folder / "big.xlsx", sheets)
        make_csv(folder / "big", sheets)
        for method in METHODS:
            command = [sys.executable, __file__, "--one", method, name]
            told = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(options.runs)]
            seconds, megabytes = (statistics.median(float(one[index]) for one in told) for index in (0, 1))
            lines.append([method, int(told[0][2]), options.runs, f"{seconds:.1f}", f"{megabytes:.0f}"])
            print(*lines[-1], sep="\t", flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([word for name in ("python-calamine", "pandas", "openpyxl") for word in (name, version(name))])
        writer.writerow(["method", "rows", "runs", "cpu_seconds", "peak_megabytes_above_imports"])
        writer.writerows(lines)


if __name__ == "__main__":
    main()
