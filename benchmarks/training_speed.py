"""Training speed against TensorFlow/Keras 3: the same network, data, batch size and optimiser, side by side.

    python -m benchmarks.training_speed --keras PYTHON     PYTHON: an environment with tensorflow-cpu and keras

Each round times one epoch of ours and one of theirs in turn, each in a process of its own after a warm-up epoch
on a tenth of the data; the ratio is taken round by round, so that it holds on a machine whose speed drifts.
Writes benchmarks/training_speed.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from service.inference.runtime.cpus import available_cpus
from training.data import sets
from training.fitting import loop
from training.fitting.machine import machine
from training.fitting.run import start
from training.fitting.samples import samples as samples_of
from training.lecture.recipes import RECIPES
from training.recipes import find_recipe

HERE = Path(__file__).parent
KERAS = HERE / "keras_epoch.py"
LECTURE = [recipe.name for recipe in RECIPES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keras", default=sys.executable, help="a Python with tensorflow-cpu and keras")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, help="of the training set; all by default")
    parser.add_argument("--ours", metavar="RECIPE", help=argparse.SUPPRESS)  # a child process
    parser.add_argument("recipes", nargs="*", default=LECTURE, metavar="RECIPE")
    options = parser.parse_args()
    if options.ours:
        print(json.dumps({"seconds": epoch_seconds(options.ours, options.samples)}))
        return
    rows: list[dict[str, object]] = []
    for name in options.recipes:
        rows.append(row(name, options))
        write_table(rows, options)  # after each: a run that is stopped keeps what it has measured
    print((HERE / "training_speed.md").read_text())


def epoch_seconds(name: str, samples: int | None) -> float:
    """Seconds of one epoch of our training loop, validation left out."""
    torch.set_num_threads(available_cpus())
    torch.set_flush_denormal(True)
    recipe = find_recipe(name)
    dataset = sets.load(recipe.dataset)
    n = samples or len(dataset.train_labels)
    whole = replace(
        dataset,
        train_images=dataset.train_images[:n],
        train_labels=dataset.train_labels[:n],
        test_images=dataset.test_images[:1],
        test_labels=dataset.test_labels[:1],
    )
    tenth = replace(whole, train_images=whole.train_images[: n // 10], train_labels=whole.train_labels[: n // 10])
    recipe = replace(recipe, validation="test")
    run = start(recipe, whole, 0, torch.device("cpu"))
    loss = recipe.method.begin(recipe, run.optimizer, whole, 0, HERE)  # the lecture's recipes keep nothing there
    silent = lambda _: None  # noqa: E731
    loop._epoch(run, *samples_of(recipe, tenth, torch.device("cpu")), silent, loss)
    training, one = samples_of(recipe, whole, torch.device("cpu"))
    started = time.perf_counter()
    loop._epoch(run, training, one, silent, loss)
    return time.perf_counter() - started


def row(name: str, options: argparse.Namespace) -> dict[str, object]:
    """The medians of both, and the ratio round by round."""
    ours, theirs = [], []
    recipe = find_recipe(name)
    folder, _ = sets.ensure(recipe.dataset)
    samples = ["--samples", str(options.samples)] if options.samples else []
    for _ in range(options.rounds):
        ours.append(_child([sys.executable, "-m", "benchmarks.training_speed", "--ours", name, *samples]))
        theirs.append(_child([options.keras, str(KERAS), name, str(folder), str(recipe.batch_size), *samples]))
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    print(name, [f"{x:.2f}" for x in ours], [f"{x:.2f}" for x in theirs], [f"{x:.2f}" for x in ratios], flush=True)
    return {"name": name, "ours": ours, "theirs": theirs, "ratios": ratios}


def _child(command: list[str]) -> float:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=HERE.parent)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def write_table(rows: list[dict[str, object]], options: argparse.Namespace) -> None:
    lines = [
        "# Training speed: an epoch against TensorFlow/Keras 3",
        "",
        f"`make bench`, or `python -m benchmarks.training_speed --keras PYTHON --rounds {options.rounds}`"
        + (f" `--samples {options.samples}`" if options.samples else "")
        + f". {machine()} of {available_cpus()} CPUs; medians of {options.rounds} rounds in turn, "
        "smallest and largest in brackets.",
        "",
        "| network | ours, s | Keras, s | times as fast |",
        "|---|---:|---:|---:|",
    ]
    for entry in sorted(rows, key=lambda entry: LECTURE.index(str(entry["name"]))):
        ours, theirs, ratios = entry["ours"], entry["theirs"], entry["ratios"]
        lines.append(f"| `{entry['name']}` | {spread(ours)} | {spread(theirs)} | {spread(ratios)} |")
    (HERE / "training_speed.md").write_text("\n".join(lines) + "\n")


def spread(values: object) -> str:
    """Median, and the smallest and largest in brackets."""
    assert isinstance(values, list)
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
