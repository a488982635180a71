"""Several processes with one folder of reports: workers, and who is killed."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from service.feedback.database import FILE
from service.feedback.store import Store
from tests.paths import ROOT
from tests.service.feedback.reports import ROOMY, kept, report, wrong

WRITER = """
import sys
from pathlib import Path
from service.feedback.store import Limits, Store
from tests.service.feedback.reports import kept, report
store = Store(Path(sys.argv[1]), Limits(2**30, 90))
for number in range(int(sys.argv[2])):
    print(store.add(report(), kept(20, number)), flush=True)
"""


def writer(folder: Path, count: int) -> "subprocess.Popen[str]":
    line = [sys.executable, "-c", WRITER, str(folder), str(count)]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_write_side_by_side(tmp_path: Path) -> None:
    with writer(tmp_path, 60) as one, writer(tmp_path, 60) as other:
        told = [int(line) for process in (one, other) for line in process.communicate()[0].split()]
    assert (one.returncode, other.returncode) == (0, 0)
    assert sorted(told) == list(range(1, 121))
    store = Store(tmp_path, ROOMY)
    assert wrong(store) == sorted(told)
    assert all(store.picture("m", id) == store.small("m", id) for id in told)  # noqa: A001
    store.close()


def test_a_file_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    """Two workers of a service begin in an empty folder: SQLite refuses to log the writes of who comes second."""
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    going_on = threading.Timer(0.2, other.execute, ["COMMIT"])
    going_on.start()
    store = Store(tmp_path, ROOMY)
    assert store.add(report(), kept(20)) == 1
    store.close()
    going_on.join()
    other.close()


def test_a_process_that_is_killed_has_lost_nothing_that_it_told(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    for _ in range(3):
        with writer(tmp_path, 10_000) as process:
            assert process.stdout is not None
            acknowledged += [int(process.stdout.readline()) for _ in range(25)]
            process.kill()
            acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
    store = Store(tmp_path, ROOMY)
    found = {each.id for each in store.every()}
    assert set(acknowledged) <= found
    assert all(store.picture("m", each) for each in found)
    assert store._database._reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
