"""The ledger: only grows, tells when it was changed by other means, and survives a kill at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from geodata.store import Ledger, LedgerFileError, State
from planner.facts.district import Pairing

TODAY = date(2027, 1, 4)
TERM = (date(2027, 1, 1), date(2028, 12, 31))


def plan(*pairs: tuple[str, str], term: str = "2027-2028") -> dict[str, Any]:
    return {"kind": "yixian-plan", "term": term, "pairings": [{"cadre": cadre, "site": site} for cadre, site in pairs],
            "provenance": {"digests": {"district": "d"}, "seed": 1, "versions": {}}}


def record(ledger: Ledger, number: int = 0, effective: tuple[date, date] = TERM, **given: Any) -> int:
    return ledger.record(plan((f"c{number}", "r0"), **given), f"digest-{number}", "a = 1", effective, TODAY, "张").entry


def issue(ledger: Ledger, number: int) -> None:
    ledger.advance(number, State.APPROVED, TODAY, "李", "会议通过")
    ledger.advance(number, State.ISSUED, TODAY, "李")


def test_a_plan_goes_from_draft_to_issued_and_no_other_way(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    number = record(ledger)
    with pytest.raises(LedgerFileError, match="不能改为"):
        ledger.advance(number, State.ISSUED, TODAY, "李")
    issue(ledger, number)
    with pytest.raises(LedgerFileError):
        ledger.advance(number, State.APPROVED, TODAY, "李")
    with pytest.raises(LedgerFileError, match="没有第9号"):
        ledger.advance(9, State.APPROVED, TODAY, "李")
    assert [row.event for row in ledger.entries()] == ["recorded", "approved", "issued"]
    assert [state for _, state in ledger.plans()] == [State.ISSUED]


def test_plan_in_force_is_the_issued_one_that_began_last(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    assert ledger.in_force(TODAY) is None
    first, change, draft = record(ledger, 0), record(ledger, 1, (date(2027, 6, 1), TERM[1])), record(ledger, 2)
    issue(ledger, first)
    issue(ledger, change)
    assert draft == 3
    assert [ledger.in_force(day).plan_digest for day in (TODAY, date(2027, 6, 1))] == ["digest-0", "digest-1"]  # type: ignore[union-attr]
    assert ledger.in_force(date(2029, 1, 1)) is None


def test_history_feeds_the_rotation_with_everybody_who_served(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    for number, (term, effective) in enumerate([("2029-2030", (date(2029, 1, 1), date(2030, 12, 31))), ("2027-2028", TERM),
                                                ("2027-2028", (date(2027, 6, 1), TERM[1]))]):
        issue(ledger, record(ledger, number, effective, term=term))
    record(ledger, 7)  # a draft served nobody
    past = ledger.history(date(2031, 1, 1))
    assert [one.id for one in past] == ["2027-2028", "2029-2030"]
    assert past[0].pairings == {Pairing("c1", "r0"), Pairing("c2", "r0")}
    assert [one.id for one in ledger.history(date(2029, 1, 1))] == ["2027-2028"]


def test_rows_cannot_be_changed_and_a_change_by_other_means_is_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    record(ledger)
    record(ledger, 1)
    with closing(sqlite3.connect(ledger.path)) as connection:
        for statement in ("UPDATE ledger SET who = '王'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                connection.execute(statement)
        connection.execute("DROP TRIGGER ledger_never_changes")
        connection.execute("UPDATE ledger SET who = '王' WHERE entry = 1")
        connection.commit()
    with pytest.raises(LedgerFileError, match="第1行"):
        ledger.entries()
    with pytest.raises(LedgerFileError):
        record(ledger, 2)


def test_a_removed_row_is_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    for number in range(3):
        record(ledger, number)
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("DROP TRIGGER ledger_never_shrinks")
        connection.execute("DELETE FROM ledger WHERE entry = 2")
        connection.commit()
    with pytest.raises(LedgerFileError, match="第2行"):
        ledger.entries()


def test_snapshots_restore(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.gpkg")
    record(ledger)
    ledger.snapshot(tmp_path / "snapshot.gpkg")
    record(ledger, 1)
    kept = ledger.restore(tmp_path / "snapshot.gpkg")
    assert [row.plan_digest for row in ledger.entries()] == ["digest-0"]
    assert kept is not None
    assert [row.plan_digest for row in Ledger(kept).entries()] == ["digest-0", "digest-1"]
    with pytest.raises(LedgerFileError, match="快照"):
        ledger.restore(tmp_path / "nothing.gpkg")


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.gpkg").write_bytes(b"no database, but long enough to be read as one" * 100)
    with pytest.raises(LedgerFileError, match="无法使用"):
        Ledger(tmp_path / "ledger.gpkg").entries()


def test_qgis_reads_it(tmp_path: Path) -> None:
    """QGIS reads GeoPackages by GDAL, as pyogrio does."""
    ledger = Ledger(tmp_path / "ledger.gpkg")
    record(ledger)
    assert [name for name, _ in pyogrio.list_layers(ledger.path)] == ["ledger"]
    table = pyogrio.read_dataframe(ledger.path, layer="ledger")
    assert list(table["plan_digest"]) == ["digest-0"]
    assert table["who"][0] == "张"


def _many(path: Path, first: int) -> None:
    for number in range(first, first + 5):
        record(Ledger(path), number)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.gpkg"
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_many, [path, path], [0, 100]))
    rows = Ledger(path).entries()
    assert {row.plan_digest for row in rows} == {f"digest-{number}" for number in (*range(5), *range(100, 105))}


def test_a_kill_at_any_moment_leaves_the_ledger_whole(tmp_path: Path) -> None:
    """One hundred kills at random moments of a process that does nothing but write."""
    chance = random.Random(7)  # noqa: S311 - moments, no secrets
    kills, ledger = 0, Ledger(tmp_path / "ledger.gpkg")
    last_issued = 0
    while kills < 100:
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:  # the child writes until it is killed; forked, so that no time goes into imports
            number = 1_000 * kills
            while True:
                issue(ledger, record(ledger, number))
                os.write(tell, b".")
                number += 1
        if kills % 5 == 0:  # so that a slow machine, too, has something to lose
            os.read(told, 1)
        time.sleep(chance.uniform(0.0, 0.02))
        os.close(told)
        os.close(tell)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        kills += 1
        plans = ledger.plans()  # verifies the chain
        issued = [row.entry for row, state in plans if state is State.ISSUED]
        assert max(issued, default=0) >= last_issued
        last_issued = max(issued, default=0)
    assert last_issued > 0
    assert ledger.in_force(TODAY) is not None
