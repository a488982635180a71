"""`publish` and `report`: what they print, and what they refuse before anything is trained."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from service.inference.package.manifest import read_manifest
from tests.training.cli.conftest import Run
from tests.training.limits import largest_file
from training.packaging import publish


def test_publish_and_report(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("publish", "mnist_neuron", "--epochs", 1, "--runs", tmp_path / "r", "--models", tmp_path / "m")
    assert code == 0
    row = next(line for line in out.splitlines() if line.startswith("| `mnist_neuron` |"))
    assert [cell.strip() for cell in row.split("|")][2:4] == ["785", "3"]
    assert "Hardware: " in out


@pytest.fixture
def publish_neuron(run: Run, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """`publish mnist_neuron` with an epoch a seed."""
    folders = ("--runs", tmp_path / "r", "--models", tmp_path / "m")
    return lambda *rest: run("publish", "mnist_neuron", "--epochs", 1, *folders, *rest)


def test_more_seeds_are_another_version_and_none_is_lost(
    publish_neuron: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    home = tmp_path / "m" / "mnist_neuron"
    for seeds, version in (([0], "1"), ([0, 1], "2"), ([0, 1], "2"), ([0], "2"), ([0, 1, 2], "3"), ([1, 0], "4")):
        code, out, _ = publish_neuron("--seeds", *seeds)
        assert code == 0
        assert f"mnist_neuron: {home / version}\n" in out
    for version, kept in (("1", (0,)), ("2", (0, 1)), ("3", (0, 1, 2)), ("4", (1, 0))):
        provenance = read_manifest(home / version).provenance
        assert provenance is not None
        assert provenance.seeds == kept


@pytest.mark.parametrize("seeds", [[0, 0], [2, 1, 2], [0, 1, 1, 0]])
def test_a_seed_counts_once(
    publish_neuron: Callable[..., tuple[int, str, str]], tmp_path: Path, seeds: list[int]
) -> None:
    code, _, err = publish_neuron("--seeds", *seeds)
    assert code == 2
    assert "twice. Name each seed once." in err
    assert list(tmp_path.iterdir()) == []


def not_a_folder(models: Path) -> None:
    models.write_text("")


def sealed(models: Path) -> None:
    models.mkdir()
    models.chmod(0o555)


def dangling(models: Path) -> None:
    models.symlink_to(models.parent / "nowhere" / "else")


@pytest.mark.parametrize("spoil", [not_a_folder, sealed, dangling])
def test_models_that_cannot_be_written_are_told_before_any_training(
    publish_neuron: Callable[..., tuple[int, str, str]], tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    if spoil is sealed and os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    spoil(tmp_path / "m")
    code, _, err = publish_neuron()
    assert code == 2
    assert err.startswith(f"error: No package can be written into {tmp_path / 'm'}: ")
    assert not (tmp_path / "r").exists()


def test_a_disk_that_fills_while_it_publishes_is_one_sentence(
    publish_neuron: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    assert publish_neuron("--seeds", 0)[0] == 0
    before = sorted(p.name for p in (tmp_path / "m" / "mnist_neuron").iterdir())
    with largest_file(20_000):  # weights fit, the picture of the confusion does not
        code, _, err = publish_neuron("--seeds", 0, 1)
    assert code == 1
    assert err.endswith(": File too large.\n")
    assert err.count("\n") == 1
    assert sorted(p.name for p in (tmp_path / "m" / "mnist_neuron").iterdir()) == before


def test_ctrl_c_says_how_to_go_on(
    publish_neuron: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "score", interrupt)
    code, _, err = publish_neuron()
    assert (code, err) == (
        130, f"Stopped. Whole epochs are kept in {tmp_path / 'r'}; the same command continues from there.\n"
    )  # fmt: skip
