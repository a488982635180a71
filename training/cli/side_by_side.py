"""Models beside one another, published ones and runs: how large, how long, how good, and the course of each."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from matplotlib.ticker import MaxNLocator
from rich.table import Table

from service.datasets import read_test_set
from service.errors import ConfigurationError
from service.tools import scores
from training.cli.console import console
from training.fitting.checkpoint import read_checkpoint
from training.packaging import plots
from training.packaging.classifier import of_run
from training.packaging.packages import newest_version, read_json
from training.packaging.publish import run_folder
from training.recipes import find_recipe


@dataclass(frozen=True)
class Side:
    """A model. `epochs` are the rows of its history: loss, accuracy, val_loss, val_accuracy, seconds."""

    name: str
    parameters: int
    epochs: Sequence[dict[str, float]]
    test_accuracy: float
    test_loss: float


def compare_models(names: Sequence[str], options: Namespace) -> None:
    """Prints a table, and writes the curves where a --picture is asked for. Raises ConfigurationError where there is no
    such model, nor a run of that name."""
    sides = [_side(name, options) for name in names]
    table = Table("model", box=None, pad_edge=False)
    for heading in ("parameters", "epochs", "s", "val_loss", "val_acc", "test_loss", "test_acc"):
        table.add_column(heading, justify="right", no_wrap=True)
    for side in sides:
        last = side.epochs[-1]
        table.add_row(
            side.name, f"{side.parameters:,}", f"{len(side.epochs)}", f"{sum(e['seconds'] for e in side.epochs):.0f}",
            f"{last['val_loss']:.4f}", f"{last['val_accuracy']:.2%}", f"{side.test_loss:.4f}",
            f"{side.test_accuracy:.2%}",
        )  # fmt: skip
    console.print(table)
    if options.picture is not None:
        _draw(sides, options.picture)
        console.print(f"{options.picture} written", soft_wrap=True)


def _side(name: str, options: Namespace) -> Side:
    """Of a run where --runs has one of this name, else of a package."""
    folder = newest_version(options.models / name)
    if folder is not None and not (options.runs / name).is_dir():
        measured, history = read_json(folder / "metrics.json"), read_json(folder / "history.json")
        summary = read_json(folder / "summary.json")
        figures = measured["test_accuracy"], measured["test_loss"]
        return Side(name, summary["total_parameters"], history["epochs"], *figures)
    recipe = find_recipe(name, options.runs)
    run = run_folder(options.runs, recipe, options.seed)
    checkpoint = read_checkpoint(run)
    if checkpoint is None or not checkpoint.history:
        raise ConfigurationError(
            f"There is no package {name} in {options.models}, and {run} holds no checkpoint with an epoch."
        )
    classifier = of_run(recipe, run, options.seed)
    images, labels = read_test_set(classifier.dataset)
    measured = scores.figures(classifier.predict(images), classifier.targets(labels), classifier.labels)
    rows = [asdict(row) for row in checkpoint.history]
    return Side(name, recipe.build().parameter_count(), rows, measured["test_accuracy"], measured["test_loss"])


def _draw(sides: Sequence[Side], path: Path) -> None:
    """Validation curves, a colour a model; the training's are dashed."""
    figure = plots.new_figure(9, 3.6)
    for axes, measure in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for side in sides:
            epochs = range(1, len(side.epochs) + 1)
            (line,) = axes.plot(
                epochs, [row[f"val_{measure}"] for row in side.epochs], marker="o", ms=3, label=side.name
            )
            axes.plot(
                epochs, [row[measure] for row in side.epochs], "--", marker=".", color=line.get_color(), alpha=0.6
            )
        axes.set(xlabel="epoch", title=f"{measure}: validation, and training dashed")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False)
    plots.save(figure, path)
