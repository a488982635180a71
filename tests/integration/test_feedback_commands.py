"""A failure becomes a test picture by command: reported, exported, evaluated, deleted; and what the commands refuse."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.feedback.store import Limits, Store
from service.imaging.codec.files import encode_png
from tests.integration.server import command, serving
from tests.packages import band_picture, write_package
from tests.service.feedback.reports import kept, report

FORM = {"label": "3"}
GARMENTS = ("T-shirt/top", "Trouser", "none")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_package(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    store = Store(folder, Limits(2**24, 90))
    yield store
    store.close()


def test_from_a_report_to_a_test(models: Path, folder: Path, tmp_path: Path) -> None:
    """While the service runs, and with nothing left at the end."""
    exported = tmp_path / "exported"
    with serving(models, tmp_path / "log", feedback=str(folder)) as running:
        address = f"{running.address}/api/v1/models/bands"
        for band, label in ((7, "3"), (7, "7"), (2, "none")):
            sent = {"file": encode_png(band_picture(band))}
            assert httpx.post(f"{address}/feedback", files=sent, data={"label": label}).status_code == 201
        told = command("feedback", "export", "bands", str(exported), "--models", str(models), feedback=str(folder))
        assert (told.returncode, told.stderr) == (0, "")
        first, second, *_ = told.stdout.splitlines()
        assert first == f"{exported}: 2 pictures of 2 classes"
        assert second == f"{exported}/.none: 1 that are none of them, which evaluate passes over"
        files = sorted(str(file.relative_to(exported)) for file in exported.rglob("*.png"))
        assert files == [".none/3.png", "3/1.png", "7/2.png"]
        (line,) = (line.strip() for line in told.stdout.splitlines() if "evaluate" in line and "python" in line)
        judged = command(*line.split()[3:])
        assert judged.returncode == 0, judged.stderr
        assert f"{models}/bands/2: judged on 2 pictures\n  accuracy           0.5000, 1 wrong" in judged.stdout
        listed = command("feedback", "list", feedback=str(folder))
        assert listed.stdout.startswith("bands: 3 reports, 2 of them answered wrong, 20")
        purged = command("feedback", "purge", "--feedback", str(folder))
        assert purged.stdout == "3 reports are deleted, with all pictures that were kept\n"
        assert httpx.get(f"{address}/feedback").json()["total"] == 0
        assert list((folder / "pictures").iterdir()) == []


def test_wrong_ones_alone_and_deletion_by_id(store: Store, folder: Path, tmp_path: Path) -> None:
    right, wrong = store.add(report(1, 1), kept()), store.add(report(0, 1), kept())
    told = command("feedback", "export", "m", str(tmp_path / "out"), "--wrong", feedback=str(folder))
    assert told.returncode == 0
    assert [file.name for file in (tmp_path / "out").rglob("*.png")] == [f"{wrong}.png"]
    deleted = command("feedback", "delete", "m", str(right), feedback=str(folder))
    assert (deleted.returncode, deleted.stdout) == (0, f"report {right} of m is deleted\n")
    again = command("feedback", "delete", "m", str(right), feedback=str(folder))
    assert again.returncode == 1
    assert (
        again.stderr == f"featuremap: There is no report {right} of m. It may have been deleted, or become too old.\n"
    )


def test_labels_that_are_no_names_of_folders(store: Store, folder: Path, tmp_path: Path) -> None:
    """What is written is read again as the classes that were told."""
    from service.tools.labelled import folder_of_classes

    labels = (*GARMENTS, "a/b", "a?b", "..", "A_B")
    for index, label in enumerate(labels):
        store.add(report(index, 1, truth_label=label), kept())
    out = tmp_path / "out"
    assert command("feedback", "export", "m", str(out), feedback=str(folder)).returncode == 0
    read = folder_of_classes(out, labels)
    assert sorted((each.target, Path(each.name).name) for each in read) == [
        (index, f"{index + 1}.png") for index in range(len(labels))
    ]


def test_what_the_commands_refuse(store: Store, folder: Path, tmp_path: Path) -> None:
    store.add(report(), kept())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("")
    for arguments, settings, sentence in (
        (("purge",), {}, "name the folder of the reports: --feedback, or FEATUREMAP_FEEDBACK"),
        (("purge",), {"feedback": str(tmp_path / "away")}, f"there is no folder {tmp_path / 'away'}"),
        (("export", "n", "x"), {"feedback": str(folder)}, "there are no reports of 'n'"),
        (("export", "m", str(tmp_path / "full")), {"feedback": str(folder)}, "full holds something already"),
        (("export", "m", str(tmp_path / "full" / "something")), {"feedback": str(folder)}, "holds something already"),
        (("export", "m", "/proc/x"), {"feedback": str(folder)}, "/proc/x cannot be written: "),
    ):
        done = command("feedback", *arguments, **settings)
        assert done.returncode == 2, done.stdout
        assert sentence in done.stderr
    assert not (tmp_path / "away").exists()
