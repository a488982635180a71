"""The pictures of the studies `dropout`, `depth` and `recurrent`, one PNG each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training.packaging.plots import BLUE, RUST, new_figure, save

STYLES = ((BLUE, "-", "o"), (RUST, "--", "s"), ("#6A3EA1", "-.", "^"))


def draw_dropout(study: dict[str, Any], path: Path) -> None:
    """Training and validation accuracy without and with dropout side by side, then loss, then the gap."""
    figure = new_figure(12, 3.8)
    figure.suptitle(
        f"{study['title']} (mean and standard deviation of {study['table'][0]['seeds']} seeds)", fontsize=11
    )
    without, with_dropout, loss, gap = figure.subplots(1, 4)
    for axes, model, title in zip(
        (without, with_dropout), study["models"], ("without dropout", "with dropout"), strict=True
    ):
        _band(axes, model, "accuracy", 0, "training")
        _band(axes, model, "val_accuracy", 1, "validation")
        _finish(axes, f"{title}: accuracy", percent=True)
    without.sharey(with_dropout)
    for i, (model, title) in enumerate(zip(study["models"], ("without", "with"), strict=True)):
        _band(loss, model, "val_loss", i, title)
        _band(gap, model, "gap", i, title)
    _finish(loss, "validation loss")
    _finish(gap, "training minus validation accuracy", percent=True)
    gap.axhline(0, color="#7D867F", linewidth=0.8)
    save(figure, path)


def draw_depth(study: dict[str, Any], path: Path) -> None:
    """Test errors against parameters, and the validation curves."""
    figure = new_figure(9, 3.8)
    figure.suptitle(f"{study['title']}: is the digit odd?", fontsize=11)
    left, right = figure.subplots(1, 2)
    for i, (row, model) in enumerate(zip(study["table"], study["models"], strict=True)):
        colour, _, marker = STYLES[i]
        error = 1 - row["test_accuracy"]
        left.errorbar(row["parameters"], error, row["test_accuracy_sd"], color=colour, marker=marker, capsize=4)
        offset, side = (((8, 4), "left"), ((-8, 8), "right"), ((8, -14), "left"))[i]  # the two nets lie close
        left.annotate(
            f"{row['model']}\n{error:.2%}",
            (row["parameters"], error),
            offset,
            textcoords="offset points",
            fontsize=9,
            ha=side,
        )
        _band(right, model, "val_accuracy", i, row["model"])
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlim(400, 600_000)
    left.set_ylim(top=0.2)
    left.set_yticks([0.01, 0.02, 0.05, 0.1, 0.2], ["1%", "2%", "5%", "10%", "20%"], minor=False)
    left.yaxis.set_minor_locator(MaxNLocator(1))
    left.set_xlabel("parameters")
    left.set_title("test digits read wrong", fontsize=10)
    left.grid(alpha=0.3)
    left.spines[["top", "right"]].set_visible(False)
    _finish(right, f"accuracy on the {study['validation']}", percent=True)
    save(figure, path)


def draw_recurrent(study: dict[str, Any], path: Path) -> None:
    """Curves, accuracy after each row, and each model's belief about one digit as its rows come in."""
    figure = new_figure(12, 7)
    figure.suptitle(f"{study['title']}: SimpleRNN, LSTM and GRU", fontsize=11)
    grid = figure.subplots(2, 3)
    for i, model in enumerate(study["models"]):
        colour, line, _ = STYLES[i]
        _band(grid[0][0], model, "val_accuracy", i, model["model"])
        _band(grid[0][1], model, "val_loss", i, model["model"])
        after = model["accuracy_after_row"]
        grid[0][2].plot(range(1, len(after) + 1), after, line, color=colour, linewidth=2, label=model["model"])
        _belief(grid[1][i], model, study["sample"])
    _finish(grid[0][0], f"accuracy on the {study['validation']}", percent=True)
    _finish(grid[0][1], f"loss on the {study['validation']}")
    _finish(grid[0][2], "test digits right after so many rows", percent=True, x="rows read")
    save(figure, path)


PLOTS: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "dropout": draw_dropout,
    "depth": draw_depth,
    "recurrent": draw_recurrent,
}


def _band(axes: Axes, model: dict[str, Any], measure: str, style: int, label: str) -> None:
    """A mean over epochs with one standard deviation to each side."""
    colour, line, marker = STYLES[style]
    mean, sd = (np.array(model["curves"][measure][key]) for key in ("mean", "sd"))
    x = np.arange(1, len(mean) + 1)
    axes.plot(x, mean, line, color=colour, marker=marker, markersize=3.5, linewidth=1.8, label=label)
    axes.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.15, linewidth=0)


def _finish(axes: Axes, title: str, percent: bool = False, x: str = "epoch") -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)


def _belief(axes: Axes, model: dict[str, Any], sample: dict[str, Any]) -> None:
    """A heat map: class against rows read."""
    beliefs = np.array(model["rows"]).T
    axes.imshow(beliefs, aspect="auto", cmap="Blues", vmin=0, vmax=1, extent=(0.5, 28.5, 9.5, -0.5))
    axes.set_yticks(range(10))
    axes.set_xlabel("rows read")
    axes.set_ylabel("belief in digit")
    axes.set_title(f"{model['model']}: test sample {sample['index']}, a {sample['label']}", fontsize=10)
