"""Reports kept, found, counted and deleted; what is too old or too much goes; nothing acknowledged is lost."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import ConfigurationError, NotFound, StorageFailed
from service.feedback.database import FILE
from service.feedback.reports import Choice, Report, digest
from service.feedback.store import Limits, Store
from tests.service.feedback.reports import EVERYTHING, LABELS, ROOMY, kept, report, wrong


class Clock:
    """Seconds since 1970 that pass when they are told to."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    store = Store(tmp_path / "reports", ROOMY, clock)
    yield store
    store.close()


def files(store: Store) -> list[Path]:
    return list(store._pictures.iterdir())


def test_what_was_kept_is_found(store: Store, clock: Clock) -> None:
    given = report(0, 2, 0.75)
    first = store.add(given, kept(seed=1))
    total, (found,) = store.page(EVERYTHING, "index", 10, 0)
    assert total == 1
    assert found == Report(
        **{field: getattr(given, field) for field in Report.__slots__} | {"id": first, "at": clock()}
    )
    assert store.picture("m", first) == store.small("m", first) == kept(seed=1).picture
    assert store.thumbnails([first, 99]) == {first: kept(seed=1).small}
    store.close()
    again = Store(store._pictures.parent, ROOMY, clock)
    assert wrong(again) == [first]
    again.close()


def test_the_gallery_holds_the_wrong_ones(store: Store) -> None:
    """Of what is none of the classes: those for which one was accepted."""
    store.add(report(1, 1), kept())
    store.add(report(None, 1, accepted=False), kept())
    expected = [store.add(report(0, 1), kept()), store.add(report(None, 1), kept())]
    assert wrong(store) == expected


def test_filters_pages_and_order(store: Store) -> None:
    a = store.add(report(0, 1, 0.5), kept())
    b = store.add(report(0, 2, 0.9, version="2"), kept())
    c = store.add(report(None, 1, 0.7), kept())
    store.add(report(labels="others"), kept())
    store.add(report(model="another"), kept())
    assert wrong(store, Choice("m", digest(LABELS), truths=(0,))) == [a, b]
    assert wrong(store, Choice("m", digest(LABELS), truths=(None,))) == [c]
    assert wrong(store, Choice("m", digest(LABELS), said=1)) == [a, c]
    assert wrong(store, Choice("m", digest(LABELS), version="2")) == [b]
    total, page = store.page(EVERYTHING, "confidence", 2, 0)
    assert (total, [each.id for each in page]) == (3, [b, c])
    assert [each.id for each in store.page(EVERYTHING, "confidence", 2, 2)[1]] == [a]
    assert store.page(EVERYTHING, "confidence", 2, 10**30) == (3, [])


def test_counts_by_class_and_day(store: Store, clock: Clock) -> None:
    store.add(report(0, 1, 0.5), kept())
    clock.now += 86_400
    store.add(report(1, 1), kept())
    store.add(report(None, 2, 0.7, brightness=0.55), kept())
    store.add(report(None, 2, accepted=False), kept())
    counts = store.count(EVERYTHING, 3)
    classes = counts.classes
    assert classes == store.classes(EVERYTHING, 3)
    assert classes.matrix == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert (classes.none, classes.others) == ([0, 0, 1], 2)
    assert (classes.total, classes.wrong, counts.refused) == (4, 2, 1)
    assert counts.confidence == pytest.approx(0.6)
    assert counts.brightness == pytest.approx(0.325)
    assert [(d.day, d.total, d.wrong, d.classes) for d in counts.days] == [
        ("2023-11-15", 3, 1, {"none": 2, "b": 1}),
        ("2023-11-14", 1, 1, {"a": 1}),
    ]
    nothing = store.count(Choice("m", "of other labels"), 3)
    assert (nothing.classes.total, nothing.days, nothing.confidence, nothing.brightness) == (0, [], None, None)


def test_a_deleted_report_is_gone_from_the_disk(store: Store) -> None:
    """Row, picture, thumbnail, and what the log of writes holds of them."""
    secret = "0.123456789"
    report_id = store.add(report(probabilities=(float(secret),)), kept(40))
    stays = store.add(report(), kept())
    content = kept(40).small
    folder = store._pictures.parent

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert content in on_disk()
    assert secret.encode() in on_disk()
    with pytest.raises(NotFound, match="no report 1 of other"):
        store.delete("other", report_id)
    store.delete("m", report_id)
    assert content not in on_disk()
    assert secret.encode() not in on_disk()
    assert wrong(store) == [stays]
    for gone in (store.picture, store.small, store.delete):
        with pytest.raises(NotFound, match=f"no report {report_id} of m"):
            gone("m", report_id)
        with pytest.raises(NotFound):
            gone("m", 2**80)


def test_purge_leaves_nothing(store: Store) -> None:
    for seed in range(5):
        store.add(report(), kept(30, seed))
    store.keep_answer("id", kept(31).picture, {})
    (store._pictures / "abandoned.png").write_bytes(b"of a process that was killed")
    assert store.purge() == 5
    left = {path.name: path.read_bytes() for path in store._pictures.parent.rglob("*") if path.is_file()}
    assert all(name.startswith(FILE) for name in left)
    everything = b"".join(left.values())
    assert not any(kept(30, seed).small in everything for seed in range(5))
    assert kept(31).picture not in everything
    assert (store.size(), wrong(store)) == (0, [])
    assert store.add(report(), kept()) == 6  # an id is never given twice


def test_what_is_too_old_goes(store: Store, clock: Clock) -> None:
    store.add(report(), kept())
    store.keep_answer("early", b"picture", {})
    clock.now += 61
    young = store.add(report(), kept())
    with pytest.raises(NotFound, match="kept for 60 s"):
        store.answer("early")
    clock.now += 90 * 86_400 - 30
    store.expire()
    assert wrong(store) == [young]
    assert len(files(store)) == 1
    clock.now += 60
    store.expire()
    assert (wrong(store), files(store), store.size()) == ([], [], 0)


def test_the_oldest_make_way(tmp_path: Path) -> None:
    store = Store(tmp_path, Limits(20_000, 90, 60))
    store.keep_answer("a", bytes(5_000), {})
    ids = [store.add(report(), kept(60, seed)) for seed in range(8)]  # of 7.5 KB each
    assert wrong(store) == ids[-2:]
    assert len(files(store)) == 2
    assert 0 < store.size() <= 20_000
    with pytest.raises(NotFound):
        store.answer("a")
    store.close()


def test_answers_wait_to_be_reported(store: Store) -> None:
    store.keep_answer("id", b"first", {"preprocess": "auto"})
    store.keep_answer("id", b"second", {"preprocess": "none"})
    assert store.answer("id") == (b"second", {"preprocess": "none"})
    assert store.size() == len(b"second")
    with pytest.raises(NotFound, match="No picture of that request is kept"):
        store.answer("another")


def test_every_report_in_pieces(store: Store) -> None:
    ids = [store.add(report(model=name), kept()) for name in ("m", "n", "m")]
    assert [each.id for each in store.every()] == ids
    assert [each.id for each in store.every(["m"])] == [ids[0], ids[2]]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"--feedback .*file cannot be used: "):
        Store(tmp_path / "file", ROOMY)
    (tmp_path / FILE).write_text("this is no database" * 100)
    with pytest.raises(ConfigurationError, match="file is not a database"):
        Store(tmp_path, ROOMY)


def test_a_picture_that_cannot_be_written_leaves_no_report(store: Store) -> None:
    store._pictures.rename(store._pictures.with_name("away"))
    with pytest.raises(StorageFailed, match=r"cannot keep or read reports now: No such file or directory\."):
        store.add(report(), kept())
    assert wrong(store) == []


def test_a_full_database_leaves_no_picture(store: Store) -> None:
    """SQLite's own limit of pages, which fails as a full disk does."""
    pages = store._database._writer.execute("PRAGMA page_count").fetchone()[0]
    store._database._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StorageFailed, match="database or disk is full"):
        fill(store)
    assert len(files(store)) == len(wrong(store))
    store._database._writer.execute(f"PRAGMA max_page_count = {10**6}")
    store.add(report(), kept(60))
    assert len(files(store)) == len(wrong(store))


def fill(store: Store) -> None:
    for seed in range(50):
        store.add(report(), kept(60, seed))


def test_pictures_without_a_row_are_taken_away(tmp_path: Path) -> None:
    """Once they are an hour old: another process may just be about to write the row."""
    Store(tmp_path, ROOMY).close()
    for name, age in (("old.png", 3700), ("young.png", 0)):
        (tmp_path / "pictures" / name).write_bytes(b"")
        stamp = (tmp_path / "pictures" / name).stat().st_mtime - age
        os.utime(tmp_path / "pictures" / name, (stamp, stamp))
    store = Store(tmp_path, ROOMY)
    assert [path.name for path in files(store)] == ["young.png"]
    store.close()


def test_it_is_an_ordinary_database(store: Store) -> None:
    store.add(report(), kept())
    with sqlite3.connect(store._pictures.parent / FILE) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT truth_label, said FROM reports").fetchall() == [("a", 1)]
    connection.close()
