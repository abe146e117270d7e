"""project.db: an ase.db of structures and labels, with tables of rounds and jobs beside it in the same SQLite file.

A label is there or is not, in one transaction, whenever the process dies. `ase db project.db` looks into it.

    rounds(round, phase, result, ended)             what each phase of a round came to, JSON
    jobs(folder, round, kind, outcome, ended)       how each job ended, JSON
"""

import datetime
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import ase.db
from ase import Atoms

from trainer.errors import UserError

TABLES = """
CREATE TABLE IF NOT EXISTS rounds (
    round INTEGER, phase TEXT, result TEXT NOT NULL, ended TEXT NOT NULL, PRIMARY KEY (round, phase));
CREATE TABLE IF NOT EXISTS jobs (
    folder TEXT PRIMARY KEY, round INTEGER NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, ended TEXT NOT NULL);
"""


class Journal:
    """What a project has done. Raises UserError where the file cannot be written."""

    def __init__(self, path: Path):
        self.path = path
        with self._connection() as connection:
            connection.executescript(TABLES)
        self._labels = ase.db.connect(path, type="db", append=True, use_lock_file=False)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path)) as connection, connection:
                yield connection
        except sqlite3.Error as error:
            raise UserError(f"{self.path}: {error}; what was recorded before is intact") from error

    def record(self, round: int, phase: str, result: dict[str, Any]) -> dict[str, Any]:
        """The phase is over, and came to this."""
        with self._connection() as connection:
            row = (round, phase, json.dumps(result), now())
            connection.execute("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?)", row)
        return result

    def result(self, round: int, phase: str) -> dict[str, Any] | None:
        """None while the phase is not over."""
        with self._connection() as connection:
            query = "SELECT result FROM rounds WHERE round = ? AND phase = ?"
            row = connection.execute(query, (round, phase)).fetchone()
        return json.loads(row[0]) if row else None

    def results(self, phase: str) -> dict[int, dict[str, Any]]:
        """Of all rounds in which the phase is over."""
        with self._connection() as connection:
            query = "SELECT round, result FROM rounds WHERE phase = ? ORDER BY round"
            return {round: json.loads(result) for round, result in connection.execute(query, (phase,))}

    def ended(self, folder: str, round: int, kind: str, outcome: dict[str, Any]) -> None:
        """A job is over."""
        with self._connection() as connection:
            row = (folder, round, kind, json.dumps(outcome), now())
            connection.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", row)

    def forget(self, folders: Sequence[str]) -> None:
        """Jobs are not over after all."""
        with self._connection() as connection:
            connection.executemany("DELETE FROM jobs WHERE folder = ?", [(folder,) for folder in folders])

    def jobs(self, kind: str, round: int | None = None) -> dict[str, dict[str, Any]]:
        """Outcomes of the jobs of a kind that are over, by folder; of one round, or of all."""
        with self._connection() as connection:
            query = "SELECT folder, outcome FROM jobs WHERE kind = ? AND ? IN (round, -1) ORDER BY folder"
            rows = connection.execute(query, (kind, -1 if round is None else round))
            return {folder: json.loads(outcome) for folder, outcome in rows}

    def add_label(self, atoms: Atoms, keys: dict[str, Any], data: dict[str, Any]) -> None:
        """A labelled structure; nothing changes where its job has one. keys: of ase.db, `job` among them."""
        try:
            if not self._labels.count(job=keys["job"]):
                self._labels.write(atoms, key_value_pairs=keys, data=data)
        except (sqlite3.Error, OSError) as error:
            raise UserError(f"{self.path}: {error}; what was recorded before is intact") from error

    def labels(self, **keys: Any) -> list[Any]:
        """Rows of ase.db, in the order of their jobs. keys: what they must have, e.g. use="train"."""
        return sorted(self._labels.select(**keys), key=lambda row: row.job)


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
