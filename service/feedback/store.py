"""The reports in their folder: kept, found, counted, deleted; the oldest make way.

    Report, Kept -> picture file, synced -> row, committed -> id            (only then it is acknowledged)
    folder/feedback.sqlite3: rows, thumbnails, kept answers                  folder/pictures/<random>.png: the pictures

A picture is on the disk before its row is: a process that is killed in between leaves a file that no row names, which
the next start takes away. Several processes may have the same folder.
"""

import contextlib
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError, FeaturemapError, NotFound
from service.feedback.counting import count, count_classes
from service.feedback.database import Database, faults
from service.feedback.picture import Kept
from service.feedback.reports import Choice, Classes, Counts, Order, Report

_DAY_S = 86_400
_ROW_BYTES = 256  # about what a row takes beside its texts
_ABANDONED_S = 3600  # a picture without a row that is as old belongs to nobody who still writes
_COLUMNS = ("model", "version", "labels", "truth", "truth_label", "said", "accepted", "confidence", "brightness",
            "probabilities", "id", "at")  # fmt: skip
_LARGEST = 2**63 - 1  # that SQLite knows
_ORDERS = {"index": "id", "confidence": "confidence DESC, id"}
_GONE = "There is no report {id} of {model}. It may have been deleted, or become too old."


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept: bytes of all reports together, days of each, and seconds of an answer that may be reported."""

    bytes: int
    days: int
    answers_s: int = 0


class Store:
    """The reports of a folder, which is made where it is not there. For any thread; blocks while it writes.

    Everything raises StorageFailed where the disk does not let it. Raises ConfigurationError where the folder cannot be
    written at all. `clock` gives seconds since 1970.
    """

    def __init__(self, folder: Path, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self.limits = limits
        self._clock = clock
        self._pictures = folder / "pictures"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._pictures.mkdir(exist_ok=True)
            self._database = Database(folder)
            self._forget_abandoned()
        except (OSError, FeaturemapError) as error:
            why = error.message if isinstance(error, FeaturemapError) else f"{error.strerror}."
            raise ConfigurationError(f"--feedback {folder} cannot be used: {why}") from None

    def close(self) -> None:
        self._database.close()

    def add(self, report: Report, kept: Kept) -> int:
        """Keeps it; gives its id, under which it is found. What is older makes way."""
        file = f"{secrets.token_hex(16)}.png"
        row = (
            self._clock(), report.model, report.version, report.labels, report.truth, report.truth_label, report.said,
            report.wrong, report.accepted, report.confidence, report.brightness, json.dumps(report.probabilities), file,
            len(kept.picture) + len(kept.small) + 12 * len(report.probabilities) + _ROW_BYTES,
        )  # fmt: skip
        try:
            self._write(file, kept.picture)
            with self._database.writing() as connection:
                added = connection.execute(
                    "INSERT INTO reports (at, model, version, labels, truth, truth_label, said, wrong, accepted, "
                    f"confidence, brightness, probabilities, file, bytes) VALUES ({', '.join('?' * len(row))})",
                    row,
                ).lastrowid
                connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (added, kept.small))
                old = self._make_room(connection)
        except BaseException:
            self._unlink([file])
            raise
        self._unlink(old)
        assert added is not None
        return added

    def delete(self, model: str, id: int) -> None:  # noqa: A002
        """Raises NotFound where the model has no such report."""
        which = (_known(id), model)
        with self._database.reading() as connection:
            files = connection.execute("SELECT file FROM reports WHERE id = ? AND model = ?", which).fetchall()
        if not files:
            raise NotFound(_GONE.format(id=id, model=model))
        self._unlink(file for (file,) in files)  # first: a full disk has room for the rest then
        with self._database.writing() as connection:
            connection.execute("DELETE FROM reports WHERE id = ? AND model = ?", which)
        self._database.forget()

    def purge(self) -> int:
        """Deletes everything, for good; gives how many reports there were."""
        with self._database.reading() as connection:
            files = connection.execute("SELECT file FROM reports").fetchall()
        self._unlink(file for (file,) in files)  # first: a full disk has room for the rest then
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM reports").rowcount
            connection.execute("DELETE FROM answers")
        self._forget_abandoned(0)
        self._database.shrink()
        return gone

    def expire(self) -> None:
        """Deletes what has become too old."""
        with self._database.reading() as connection:
            if not connection.execute(_TOO_OLD_EXISTS, self._ages()).fetchone()[0]:
                return
        with self._database.writing() as connection:
            old = self._make_room(connection)
        self._unlink(old)
        self._database.forget()

    def page(self, choice: Choice, order: Order, limit: int, offset: int) -> tuple[int, list[Report]]:
        """How many of the chosen reports were answered wrong, and those of one page of them."""
        where, values = choice.condition()
        with self._database.reading() as connection:
            total: int = connection.execute(
                f"SELECT COUNT(*) FROM reports WHERE wrong = 1 AND {where}", values
            ).fetchone()[0]
            rows = connection.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM reports WHERE wrong = 1 AND {where} "
                f"ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
                [*values, limit, min(offset, _LARGEST)],
            ).fetchall()
        return total, [_report(row) for row in rows]

    def every(self, models: Iterable[str] = ()) -> Iterator[Report]:
        """All reports of these models, or of all, right and wrong, oldest first."""
        wanted, last = list(models), 0
        where = f"AND model IN ({', '.join('?' * len(wanted))})" if wanted else ""
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"SELECT {', '.join(_COLUMNS)} FROM reports WHERE id > ? {where} ORDER BY id LIMIT 500",
                    [last, *wanted],
                ).fetchall()
            if not rows:
                return
            yield from map(_report, rows)
            last = rows[-1][_COLUMNS.index("id")]

    def picture(self, model: str, id: int) -> bytes:  # noqa: A002
        """The kept picture, PNG. Raises NotFound."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT file FROM reports WHERE id = ? AND model = ?", (_known(id), model)
            ).fetchone()
        with faults():
            try:
                if found is not None:
                    return (self._pictures / str(found[0])).read_bytes()
            except FileNotFoundError:  # deleted meanwhile
                pass
        raise NotFound(_GONE.format(id=id, model=model))

    def small(self, model: str, id: int) -> bytes:  # noqa: A002
        """The small picture of a report, PNG or JPEG. Raises NotFound."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT content FROM thumbnails JOIN reports USING (id) WHERE id = ? AND model = ?", (_known(id), model)
            ).fetchone()
        if found is None:
            raise NotFound(_GONE.format(id=id, model=model))
        return bytes(found[0])

    def thumbnails(self, ids: Iterable[int]) -> dict[int, bytes]:
        """The small pictures of those of these reports that there are, PNG or JPEG."""
        wanted = list(ids)
        with self._database.reading() as connection:
            found = f"SELECT id, content FROM thumbnails WHERE id IN ({', '.join('?' * len(wanted))})"
            return dict(connection.execute(found, wanted).fetchall())

    def classes(self, choice: Choice, classes: int) -> Classes:
        """The chosen reports by true and predicted class, of a model with so many classes."""
        with self._database.reading() as connection:
            return count_classes(connection, choice, classes)

    def count(self, choice: Choice, classes: int) -> Counts:
        """The same, and by day."""
        with self._database.reading() as connection:
            return count(connection, choice, classes)

    def size(self) -> int:
        """What is kept of all models, in bytes."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT bytes FROM totals").fetchone()[0])

    def keep_answer(self, request_id: str, picture: bytes, options: dict[str, str]) -> None:
        """A picture that may be reported by the id of the request that asked about it; `options` say how it is read."""
        values = (request_id, self._clock(), json.dumps(options), picture)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM answers WHERE request_id = ?", (request_id,))
            connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", values)
            old = self._make_room(connection)
        self._unlink(old)

    def answer(self, request_id: str) -> tuple[bytes, dict[str, str]]:
        """The picture of a kept answer, and how it is read. Raises NotFound."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT picture, options FROM answers WHERE request_id = ? AND at >= ?", (request_id, self._ages()[1])
            ).fetchone()
        if found is None:
            raise NotFound(
                f"No picture of that request is kept. One is kept for {self.limits.answers_s} s where predict was "
                "asked with keep=true."
            )
        return found[0], json.loads(found[1])

    def _ages(self) -> tuple[float, float]:
        """When the oldest report and the oldest answer that may be kept came."""
        now = self._clock()
        return now - self.limits.days * _DAY_S, now - self.limits.answers_s

    def _make_room(self, connection: sqlite3.Connection) -> list[str]:
        """Deletes what is too old, then the oldest until the rest is within the limit; gives the files to unlink."""
        oldest_report, oldest_answer = self._ages()
        connection.execute("DELETE FROM answers WHERE at < ?", (oldest_answer,))
        files = connection.execute("DELETE FROM reports WHERE at < ? RETURNING file", (oldest_report,)).fetchall()
        for table in ("answers", "reports"):  # who asked for no more than a while is the first to go
            what = "NULL" if table == "answers" else "file"
            while connection.execute("SELECT bytes FROM totals").fetchone()[0] > self.limits.bytes:
                oldest = f"SELECT rowid FROM {table} ORDER BY at, rowid LIMIT 1"
                gone = connection.execute(f"DELETE FROM {table} WHERE rowid = ({oldest}) RETURNING {what}").fetchall()
                if not gone:
                    break
                files += gone if table == "reports" else []
        return [file for (file,) in files]

    def _write(self, name: str, content: bytes) -> None:
        """The file is whole and on the disk, or it is not there."""
        with faults():
            with (self._pictures / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if hasattr(os, "O_DIRECTORY"):  # the name too; Windows opens no folder
                folder = os.open(self._pictures, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def _unlink(self, files: Iterable[str]) -> None:
        """What cannot be taken away now is abandoned, and the next start takes it away."""
        for file in files:
            with contextlib.suppress(OSError):
                (self._pictures / file).unlink(missing_ok=True)

    def _forget_abandoned(self, age_s: float = _ABANDONED_S) -> None:
        """Takes away pictures that no row names: of a process that was killed before it had written the row."""
        with self._database.reading() as connection:
            named = {file for (file,) in connection.execute("SELECT file FROM reports")}
        before = time.time() - age_s
        for file in self._pictures.iterdir():
            with contextlib.suppress(OSError):
                if file.name not in named and file.stat().st_mtime <= before:
                    file.unlink()


_TOO_OLD_EXISTS = """
SELECT EXISTS (SELECT 1 FROM reports WHERE at < ?) OR EXISTS (SELECT 1 FROM answers WHERE at < ?)
"""


def _known(id: int) -> int:  # noqa: A002
    """0, which no report has, for what SQLite cannot hold."""
    return id if 0 < id <= _LARGEST else 0


def _report(row: tuple[Any, ...]) -> Report:
    """A row of `_COLUMNS`."""
    fields = dict(zip(_COLUMNS, row, strict=True))
    fields["probabilities"] = tuple(json.loads(fields["probabilities"]))
    return Report(**fields | {"accepted": bool(fields["accepted"])})
