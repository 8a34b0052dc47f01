"""台账: every plan that was drafted, approved and issued, in one file that only grows and that QGIS opens.

The file is a GeoPackage, that is SQLite, with one table ``ledger``. Rows are only added: triggers refuse changes, and every row
carries the SHA-256 of its content and of the row before it, so that a change made by other means is found (``verify``).
Each addition is one transaction, written through to the disk: a process that is killed leaves the rows before it whole, and
two processes wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from geodata.faults import Fault, InputError
from planner.artefacts.files import write_whole
from planner.facts.district import Pairing, PastTerm
from planner.text import Text

WAIT_SECONDS: Final = 30.0
"""How long one process waits for another that is writing."""

FIRST: Final = "0" * 64
"""What stands for the hash before the first row."""

_COLUMNS: Final = ("entry", "event", "term", "state", "effective_from", "effective_to", "on_day", "who", "why", "plan_digest",
                   "plan", "policy", "digests", "previous", "hash")

_SCHEMA: Final = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],
  PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]', NULL);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '2000-01-01T00:00:00.000Z',
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name));
CREATE TABLE ledger (entry INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, event TEXT NOT NULL, term TEXT NOT NULL, state TEXT NOT NULL,
  effective_from TEXT NOT NULL, effective_to TEXT NOT NULL, on_day TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
  plan_digest TEXT NOT NULL, plan TEXT NOT NULL, policy TEXT NOT NULL, digests TEXT NOT NULL, previous TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE);
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('ledger', 'attributes', 'ledger');
CREATE TRIGGER ledger_never_changes BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER ledger_never_shrinks BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
"""


class State(StrEnum):
    """草案, 已批准, 已下发. A plan only moves forward."""

    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"


_BEFORE: Final = {State.APPROVED: State.DRAFT, State.ISSUED: State.APPROVED}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: an ``event`` ("recorded", "approved" or "issued") of a plan that is known by its digest.

    ``plan`` (JSON), ``policy`` and ``digests`` stand in the row that records the plan and are empty in later ones.
    """

    entry: int
    event: str
    term: str
    state: State
    effective_from: date
    effective_to: date
    on_day: date
    who: str
    why: str
    plan_digest: str
    plan: str
    policy: str
    digests: str
    previous: str
    hash: str

    @property
    def pairings(self) -> frozenset[Pairing]:
        """The pairings of the plan that this row records; raises ValueError in a row that records none."""
        return frozenset(Pairing(one["cadre"], one["site"]) for one in json.loads(self.plan)["pairings"])


class LedgerFileError(InputError):
    """The ledger cannot do what was asked, or is damaged."""

    def __init__(self, code: str, path: Path, why: Text, remedy: Text) -> None:
        super().__init__([Fault(code, path.name, why, remedy)])


class Ledger:
    """The ledger in one file; the file is made on the first addition."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, plan: Mapping[str, Any], digest: str, policy: str, effective: tuple[date, date], on_day: date, who: str,
               why: str = "") -> Entry:
        """Add a draft. ``plan`` as its JSON, ``digest`` that of its file, ``effective`` first and last day."""
        return self._add({
            "event": "recorded", "term": str(plan["term"]), "state": State.DRAFT, "effective_from": effective[0].isoformat(),
            "effective_to": effective[1].isoformat(), "on_day": on_day.isoformat(), "who": who, "why": why, "plan_digest": digest,
            "plan": json.dumps(plan, ensure_ascii=False, sort_keys=True), "policy": policy,
            "digests": json.dumps(plan["provenance"]["digests"], ensure_ascii=False, sort_keys=True)})

    def advance(self, number: int, state: State, on_day: date, who: str, why: str = "") -> Entry:
        """Approve the draft that entry ``number`` records, or issue what was approved; raises LedgerFileError out of order."""
        with self._writing() as connection:
            rows = list(self._rows(connection))
            recorded = next((row for row in rows if row.entry == number and row.event == "recorded"), None)
            if recorded is None:
                raise LedgerFileError("no-such-entry", self.path, Text(f"台账中没有第{number}号方案",
                                                                   f"the ledger has no plan number {number}"),
                                  Text("请用 ledger show 查看编号", "Please look up its number with ledger show"))
            now = _state_of(recorded, rows)
            if _BEFORE.get(state) is not now:
                raise LedgerFileError("wrong-state", self.path, Text(f"第{number}号方案现为“{now}”，不能改为“{state}”",
                                                   f"plan {number} is {now}, it cannot become {state}"),
                    Text("顺序为 draft、approved、issued", "The order is draft, approved, issued"))
            return self._append(connection, rows, {
                "event": str(state), "term": recorded.term, "state": state, "effective_from": recorded.effective_from.isoformat(),
                "effective_to": recorded.effective_to.isoformat(), "on_day": on_day.isoformat(), "who": who, "why": why,
                "plan_digest": recorded.plan_digest, "plan": "", "policy": "", "digests": ""}, number)

    def entries(self) -> tuple[Entry, ...]:
        """All rows, oldest first; none where there is no file yet. Raises LedgerFileError when the chain is broken."""
        if not self.path.is_file():
            return ()
        with self._open() as connection:
            rows = tuple(self._rows(connection))
        self._verify(rows)
        return rows

    def plans(self) -> tuple[tuple[Entry, State], ...]:
        """Every plan recorded, with the state it is in now."""
        rows = self.entries()
        return tuple((row, _state_of(row, rows)) for row in rows if row.event == "recorded")

    def in_force(self, day: date) -> Entry | None:
        """The issued plan whose days hold ``day``: of several the one that began last, then the one issued last."""
        held = [row for row, state in self.plans() if state is State.ISSUED and row.effective_from <= day <= row.effective_to]
        return max(held, key=lambda row: (row.effective_from, row.entry), default=None)

    def history(self, before: date) -> tuple[PastTerm, ...]:
        """Pairings of every term that ended before a day, oldest first, from issued plans.

        Where a plan was changed inside its term, whoever held a site at any time has served there, so all its plans count.
        """
        served: dict[str, set[Pairing]] = {}
        order: dict[str, date] = {}
        for row, state in self.plans():
            if state is State.ISSUED and row.effective_to < before:
                served.setdefault(row.term, set()).update(row.pairings)
                order[row.term] = max(order.get(row.term, row.effective_to), row.effective_to)
        return tuple(PastTerm(term, frozenset(served[term])) for term in sorted(served, key=lambda one: (order[one], one)))

    def snapshot(self, path: Path) -> None:
        """Copy the ledger as it stands into another file, whole or not at all."""
        self.entries()

        def copy(temporary: Path) -> None:
            with self._open() as source, closing(sqlite3.connect(temporary)) as target:
                source.backup(target)

        write_whole(path, copy)

    def restore(self, snapshot: Path) -> Path | None:
        """Go back to a snapshot, after its chain is verified; the ledger that stood here is kept beside and its path returned."""
        if not Ledger(snapshot).entries():
            raise LedgerFileError("empty-ledger", snapshot, Text("这个快照里没有内容", "this snapshot is empty"),
                              Text("请选择 ledger snapshot 写出的文件", "Please choose a file that ledger snapshot wrote"))
        kept = None
        if self.path.is_file():
            kept = self.path.with_name(f"{self.path.stem}.before-restore{self.path.suffix}")
            self.snapshot(kept)
        Ledger(snapshot).snapshot(self.path)
        return kept

    def _add(self, values: Mapping[str, Any]) -> Entry:
        with self._writing() as connection:
            return self._append(connection, list(self._rows(connection)), values)

    def _append(self, connection: sqlite3.Connection, rows: list[Entry], values: Mapping[str, Any], subject: int | None = None) -> Entry:
        self._verify(tuple(rows))
        number = (rows[-1].entry if rows else 0) + 1
        previous = rows[-1].hash if rows else FIRST
        why = values["why"] if subject is None else f"#{subject} {values['why']}".strip()
        content = {"entry": number} | {name: str(values[name]) for name in _COLUMNS if name in values} | {"why": why, "previous": previous}
        content["hash"] = _hash(content)
        marks = ", ".join("?" for _ in _COLUMNS)
        connection.execute(f"INSERT INTO ledger ({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608 - fixed names
                           [content[name] for name in _COLUMNS])
        return _entry([content[name] for name in _COLUMNS])

    def _verify(self, rows: tuple[Entry, ...]) -> None:
        previous = FIRST
        for number, row in enumerate(rows, start=1):
            content: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
            content |= {name: content[name].isoformat() for name in ("effective_from", "effective_to", "on_day")}
            if row.previous != previous or row.entry != number or row.hash != _hash({**content, "state": str(row.state)}):
                raise LedgerFileError("broken-ledger", self.path,
                    Text(f"台账第{number}行起与记录不符，可能被改动过",
                                                     f"from row {number} on the ledger was changed by other means"),
                    Text("请用 ledger restore 恢复最近的快照", "Please restore the last snapshot with ledger restore"))
            previous = row.hash

    def _rows(self, connection: sqlite3.Connection) -> Iterator[Entry]:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger'").fetchone():
            return
        for row in connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM ledger ORDER BY entry"):  # noqa: S608 - fixed names
            yield _entry(row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                yield connection
        except sqlite3.Error as error:
            raise LedgerFileError("unreadable-ledger", self.path, Text(f"台账文件无法使用（{error}）",
                                                                   f"the ledger cannot be used ({error})"),
                              Text("请检查文件，或用 ledger restore 恢复快照", "Please check the file, or restore a snapshot")) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; nothing of it stands unless all of it does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger'").fetchone():
                    for statement in _statements():
                        connection.execute(statement)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _statements() -> Iterator[str]:
    """The schema statement by statement: ``executescript`` would commit at its start."""
    whole = ""
    for line in _SCHEMA.strip().splitlines():
        whole += line + "\n"
        if sqlite3.complete_statement(whole):
            yield whole
            whole = ""


def _entry(row: Any) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    days = {name: date.fromisoformat(values[name]) for name in ("effective_from", "effective_to", "on_day")}
    return Entry(**(values | days | {"state": State(values["state"])}))


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a row's content, its own hash aside."""
    text = json.dumps({name: content[name] for name in _COLUMNS if name != "hash"}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _state_of(recorded: Entry, rows: tuple[Entry, ...] | list[Entry]) -> State:
    """The state of a recorded plan after all later rows about it."""
    state = recorded.state
    for row in rows:
        if row.event != "recorded" and row.why.split(" ")[0] == f"#{recorded.entry}":
            state = row.state
    return state
