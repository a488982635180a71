"""A student's own network by the command line: trained, scored, compared, published."""

from pathlib import Path

from tests.training.cli.conftest import Run

SPEC = 'name = "mine"\nepochs = 2\nbatch_size = 32\n[[layers]]\ndense = 16\nactivation = "relu"\n'


def test_from_a_file_to_a_package(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(SPEC)
    runs, picture = tmp_path / "runs", tmp_path / "curves.png"
    code, out, err = run("train", "--spec", tmp_path / "net.toml", "--runs", runs)
    assert (code, "mine seed 0: 12,730 parameters, 2 epochs" in out) == (0, True), err
    assert (runs / "mine" / "spec.toml").read_text() == SPEC
    code, out, err = run("evaluate", "mine", "--run", "--runs", runs)
    assert (code, "accuracy: " in out) == (0, True), err
    code, out, err = run("compare", "mine", "mnist_neuron", "--runs", runs, "--models", models, "--picture", picture)
    assert code == 0, err
    rows = [line.split() for line in out.splitlines()]
    assert [row[:3] for row in rows[1:3]] == [["mine", "12,730", "2"], ["mnist_neuron", "785", "2"]]
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, err = run("publish", "mine", "--seeds", 0, "--runs", runs, "--models", tmp_path / "models")
    assert code == 0, err
    assert "| `mine` | 12,730 | 1 |" in out
    assert (tmp_path / "models" / "mine" / "1" / "model.json").is_file()


def test_what_cannot_be_is_told(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text('name = "mnist_cnn"\n')
    runs = ("--runs", tmp_path / "runs")
    for arguments, told in (
        (("train", *runs), "Name either a recipe, or a network of your own by --spec NET.TOML."),
        (("train", "mnist_cnn", "--spec", tmp_path / "net.toml", *runs), "Name either a recipe, or a network"),
        (("train", "--spec", tmp_path / "net.toml", *runs), "there is a recipe mnist_cnn already"),
        (("train", "mine", *runs), "There is no recipe 'mine'. The recipes are: mnist_robust"),
        (("compare", "mnist_neuron", "mnist_cnn", *runs, "--models", models), "There is no package mnist_cnn"),
        (("compare", "dropout", "mnist_cnn", *runs, "--models", models), "mnist_cnn is no study"),
    ):
        code, _, err = run(*arguments)
        assert code != 0
        assert told in " ".join(err.split())
