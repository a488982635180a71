"""The pictures of a package, by matplotlib: loss and accuracy curves, confusion matrix. PNG, 2 px a point."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training import files

BLUE, RUST, GREY = "#1B5A9E", "#A83F1B", "#4D565C"
DPI = 144


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches that saves without a display or global state."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Writes the PNG, whole or not at all. No date inside, so that it can be compared."""
    files.write_with(path, lambda file: figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None}))


def draw_history(title: str, history: dict[str, Any], path: Path) -> None:
    """Accuracy and loss an epoch: training as points, validation as a line, as on the lecture's slides."""
    figure = new_figure(9, 3.6)
    figure.suptitle(f"{title}: training (points) and {history['validation']} (line)", fontsize=11)
    left, right = figure.subplots(1, 2)
    draw_curves(left, history["epochs"], "accuracy")
    draw_curves(right, history["epochs"], "loss")
    save(figure, path)


def draw_curves(axes: Axes, epochs: Sequence[dict[str, float]], measure: str) -> None:
    """One measure on one pair of axes, named at the curves' ends."""
    x = [row["epoch"] for row in epochs]
    training, validation = [row[measure] for row in epochs], [row[f"val_{measure}"] for row in epochs]
    axes.plot(x, training, "o", color=BLUE, markersize=5, label="training")
    axes.plot(x, validation, "-", color=RUST, linewidth=2, label="validation", marker="." if len(x) < 4 else None)
    axes.set_xlabel("epoch")
    axes.set_title(measure, fontsize=10)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if measure == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)


def draw_confusion(title: str, labels: Sequence[str], confusion: Sequence[Sequence[int]], path: Path) -> None:
    """The confusion matrix with only mistakes coloured: row the true class, column the predicted one."""
    counts = np.array(confusion)
    mistakes = counts * (1 - np.eye(len(labels), dtype=int))
    size = 2.2 + 0.55 * len(labels)
    figure = new_figure(size, size * 0.9)
    axes = figure.subplots()
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(1, int(mistakes.max()) * 2))
    for (row, column), count in np.ndenumerate(counts):
        colour = GREY if row == column or not count else "#171B1E"
        axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=45 if max(map(len, labels)) > 3 else 0)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"{title}: {int(mistakes.sum()):,} of {int(counts.sum()):,} wrong", fontsize=10)
    save(figure, path)


def draw_reliability(title: str, figures: dict[str, Any], path: Path) -> None:
    """Accuracy against confidence: of the test set, and of rendered pictures or of the test set at the temperature that
    would be right. On the diagonal, 90 % means 90 %."""
    figure = new_figure(5, 4.4)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1)
    tempered = f"at temperature {figures['temperature']:.2f}"
    names = (("rendered", "rendered", BLUE, "o"), ("test", "test", RUST, "s"), ("tempered", tempered, BLUE, "o"))
    for name, words, colour, mark in (row for row in names if row[0] in figures):
        rows = figures[name]["bins"]
        label = f"{words}: {figures[name]['calibration_error']:.3f} off in the mean"
        sizes = [12 + 90 * row["count"] / max(r["count"] for r in rows) for row in rows]
        x, y = [row["confidence"] for row in rows], [row["accuracy"] for row in rows]
        axes.plot(x, y, "-", color=colour, linewidth=1, alpha=0.6)
        axes.scatter(x, y, s=sizes, color=colour, marker=mark, label=label)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of right answers")
    axes.set_title(f"{title}: reliability (larger: more pictures)", fontsize=10)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)  # off the points
    save(figure, path)
