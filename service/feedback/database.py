"""The SQLite file of the reports: its tables, one connection to write and one to read, and its faults in words.

    folder -> Database -> writing() (a transaction, one at a time over all processes) | reading()

In WAL mode readers never wait for a writer, nor a writer for them. `synchronous` is FULL: what was committed is on the
disk. `secure_delete` overwrites what is deleted.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from service.errors import StorageFailed

FILE = "feedback.sqlite3"
_BUSY_S = 10.0  # a writer waits so long for another process
_AGAIN_S = 0.01
# Of a report `truth` is NULL where it is none of the classes; `labels` is a digest of the classes that the indices
# speak of. Thumbnails have a table of their own, so that a look through the reports does not read them.
DAY = "CAST(at / 86400 AS INTEGER)"  # of UTC, as SQL
_TABLES = f"""
CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  labels TEXT NOT NULL,
  truth INTEGER,
  truth_label TEXT,
  said INTEGER NOT NULL,
  wrong INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  confidence REAL NOT NULL,
  brightness REAL NOT NULL,
  probabilities TEXT NOT NULL,
  file TEXT NOT NULL,
  bytes INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS reports_by_class ON reports (model, labels, wrong, truth, said, version);
CREATE INDEX IF NOT EXISTS reports_by_confidence ON reports (model, labels, wrong, confidence DESC, id);
CREATE INDEX IF NOT EXISTS reports_by_age ON reports (model, labels, wrong); -- and then the row's id, as in each index
CREATE INDEX IF NOT EXISTS reports_by_day ON reports
  (model, labels, {DAY}, truth, truth_label, wrong, confidence, brightness, accepted, version, said);
CREATE INDEX IF NOT EXISTS reports_by_time ON reports (at);
CREATE TABLE IF NOT EXISTS thumbnails (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
  request_id TEXT PRIMARY KEY, at REAL NOT NULL, options TEXT NOT NULL, picture BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS totals (bytes INTEGER NOT NULL);
INSERT INTO totals SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM totals);
CREATE TRIGGER IF NOT EXISTS report_added AFTER INSERT ON reports
  BEGIN UPDATE totals SET bytes = bytes + new.bytes; END;
CREATE TRIGGER IF NOT EXISTS report_deleted AFTER DELETE ON reports BEGIN
  UPDATE totals SET bytes = bytes - old.bytes;
  DELETE FROM thumbnails WHERE id = old.id;
END;
CREATE TRIGGER IF NOT EXISTS answer_added AFTER INSERT ON answers
  BEGIN UPDATE totals SET bytes = bytes + length(new.picture); END;
CREATE TRIGGER IF NOT EXISTS answer_deleted AFTER DELETE ON answers
  BEGIN UPDATE totals SET bytes = bytes - length(old.picture); END;
"""


class Database:
    """The file in `folder`, which is made where it is not there. For any thread; each process opens its own.

    Everything raises StorageFailed where the disk, or the file, does not let it.
    """

    def __init__(self, folder: Path) -> None:
        self._locks = threading.Lock(), threading.Lock()
        with faults():
            self._writer, self._reader = _connect(folder / FILE), _connect(folder / FILE)
            with self.writing() as connection:
                for statement in _statements(_TABLES):
                    connection.execute(statement)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end of the block, or not at all."""
        with faults(), self._locks[0]:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block see the same state."""
        with faults(), self._locks[1]:
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("ROLLBACK")

    def forget(self) -> None:
        """Nothing that was deleted stays in the log of writes either, unless a reader of another process holds it back:
        then the next one takes it away."""
        with faults(), self._locks[0]:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def shrink(self) -> None:
        """Gives the room of what was deleted back to the disk."""
        with faults(), self._locks[0]:
            self._writer.execute("VACUUM")
        self.forget()

    def close(self) -> None:
        for connection in (self._reader, self._writer):
            connection.close()


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """What the disk or SQLite refuses, as a sentence for who asked. It names no path."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageFailed(f"The service cannot keep or read reports now: {error}.") from None
    except OSError as error:
        raise StorageFailed(f"The service cannot keep or read reports now: {os.strerror(error.errno or 0)}.") from None


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    _log_writes(connection)
    # The log of writes stays small, so that on a full disk it can be written anew, and what is deleted makes room.
    for pragma in ("synchronous = FULL", "secure_delete = ON", "wal_autocheckpoint = 64"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _log_writes(connection: sqlite3.Connection) -> None:
    """WAL mode. While another process turns it on in a new file SQLite itself does not wait, but refuses at once."""
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_AGAIN_S)


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
