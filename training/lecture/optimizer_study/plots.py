"""The study as pictures: a sheet of paths, a sheet of training curves, and both in one.

study (JSON values) -> matplotlib figure -> temporary file -> renamed into place
"""

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D

from training.packaging.plots import new_figure, save

INK, FRAME = "#22282b", "#8b9496"
Dashes = tuple[float, tuple[float, ...]]
STYLES: dict[str, tuple[str, Dashes]] = {
    "batch": ("#22282b", (0, ())),
    "minibatch": ("#c77700", (0, (5, 1, 1, 1))),
    "stochastic": ("#b3401f", (0, (4, 2))),
    "momentum": ("#6f3fa0", (0, ())),
    "adagrad": ("#2f7d32", (0, (6, 2, 1, 2))),
    "rmsprop": ("#0f7f86", (0, (3, 1))),
    "adam": ("#8a5a00", (0, (1, 1.2))),
    "implicit": ("#1b5fa8", (0, ())),
}
GRADIENT_STEPS = ("batch", "stochastic", "momentum")  # what implicit SGD is held against
HEADROOM = 2.0  # the losses are drawn up to this many times the first
WIDTH, TRAJECTORIES, TRAINING = 12.0, 11.0, 13.0  # of the sheets, inches


def plot(study: dict[str, Any], path: Path) -> None:
    """Writes both sheets in one PNG."""
    figure = new_figure(WIDTH, TRAJECTORIES + TRAINING)
    above, below = figure.subfigures(2, 1, height_ratios=[TRAJECTORIES, TRAINING], squeeze=False).flat
    _draw_trajectories(above, study)
    _draw_training(below, study)
    save(figure, path)


def plot_trajectories(study: dict[str, Any], path: Path) -> None:
    """Writes the paths over each surface: a stable learning rate, one too large, and each method's best."""
    figure = new_figure(WIDTH, TRAJECTORIES)
    _draw_trajectories(figure, study)
    save(figure, path)


def plot_training(study: dict[str, Any], path: Path) -> None:
    """Writes final loss and accuracy by learning rate, and the loss by epoch, of each network."""
    figure = new_figure(WIDTH, TRAINING)
    _draw_training(figure, study)
    save(figure, path)


def _draw_trajectories(figure: FigureBase, study: dict[str, Any]) -> None:
    surfaces, titles = study["surfaces"], _titles(study)
    axes = figure.subplots(len(surfaces), 3, squeeze=False)
    for row, surface in zip(axes, surfaces, strict=True):
        stays, leaves = _around_divergence(surface)
        best = _best_rates(surface)
        panels = (
            (f"learning rate {stays:g}", dict.fromkeys(best, stays)),
            (f"learning rate {leaves:g}", dict.fromkeys((*GRADIENT_STEPS, "implicit"), leaves)),
            ("each at its best rate", best),
        )
        for ax, (title, rates) in zip(row, panels, strict=True):
            _draw_paths(ax, surface, rates, titles)
            ax.set_title(f"{surface['title']}: {title}", fontsize=10, loc="left")
        row[0].set_ylabel("y")
    _headline(
        figure,
        f"Paths of {surfaces[0]['steps']} steps. Left: all methods at the largest learning rate at which none of "
        "the gradient steps diverges. Middle: the smallest at which gradient descent does. Right: each method at "
        "the rate that ends lowest.",
    )
    _legend(figure, titles, list(dict.fromkeys(path["method"] for path in surfaces[0]["paths"])))


def _around_divergence(surface: dict[str, Any]) -> tuple[float, float]:
    """The largest rate at which every gradient step stays, and the smallest at which gradient descent leaves."""
    diverged = {
        method: [path["learning_rate"] for path in surface["paths"]
                 if path["method"] == method and path["diverged_at"] is not None]
        for method in GRADIENT_STEPS
    }  # fmt: skip
    rates = surface["learning_rates"]
    first = min((rate for found in diverged.values() for rate in found), default=float("inf"))
    below = [rate for rate in rates if rate < first]
    return (below or rates)[-1 if below else 0], min(diverged["batch"], default=rates[-1])


def _best_rates(surface: dict[str, Any]) -> dict[str, float]:
    """Each method's rate with the lowest end among the paths that stay."""
    best: dict[str, tuple[float, float]] = {}
    for path in surface["paths"]:
        if path["diverged_at"] is None:
            end = (path["heights"][-1], path["learning_rate"])
            best[path["method"]] = min(best.get(path["method"], end), end)
    return {method: rate for method, (_, rate) in best.items()}


def _draw_paths(ax: Axes, surface: dict[str, Any], rates: dict[str, float], titles: dict[str, str]) -> None:
    grid, frame = surface["grid"], surface["frame"]
    ax.contour(grid["x"], grid["y"], grid["heights"], levels=grid["levels"], colors="#b9c0bd", linewidths=0.8)
    left = []
    for path in surface["paths"]:
        if rates.get(path["method"]) != path["learning_rate"]:
            continue
        color, line = STYLES[path["method"]]
        x, y = zip(*path["points"], strict=True)
        ax.plot(x, y, color=color, linestyle=line, linewidth=1.4, marker=".", markersize=3, alpha=0.9)
        if path["diverged_at"] is not None:
            left.append(f"{titles[path['method']]}: left at step {path['diverged_at']}")
    ax.plot(*surface["start"], "o", color=INK, markerfacecolor="white", markersize=7)
    for point in surface["minima"]:
        ax.plot(*point, "+", color=INK, markersize=11, markeredgewidth=1.8)
    if left:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2}
        ax.text(0.98, 0.03, "\n".join(left), transform=ax.transAxes, ha="right", fontsize=8, bbox=box)
    ax.set_xlim(frame["x"])
    ax.set_ylim(frame["y"])
    ax.set_xlabel("x")
    ax.tick_params(labelsize=8, color=FRAME)


def _draw_training(figure: FigureBase, study: dict[str, Any]) -> None:
    entries = study["training"]
    axes = figure.subplots(len(entries), 3, squeeze=False)
    for row, entry in zip(axes, entries, strict=True):
        start = entry["methods"][0]["runs"][0]["loss_by_epoch"]["mean"][0]
        for method in entry["methods"]:
            _draw_by_rate(row[0], method, "loss", top=HEADROOM * start)
            _draw_by_rate(row[1], method, "accuracy")
            _draw_best_curve(row[2], method)
        row[0].axhline(start, color=FRAME, linewidth=0.8, zorder=0)
        row[0].set_ylim(0, HEADROOM * start)
        row[1].set_ylim(0.4, 1.0)
        row[2].set_ylim(0, 1.1 * start)
        row[2].set_xticks(range(entry["epochs"] + 1))
        row[0].set_title(entry["title"], fontsize=10, loc="left")
        row[0].set_ylabel("training loss at the end")
        row[1].set_ylabel("test accuracy at the end")
        row[2].set_ylabel("training loss")
        row[2].set_title("each method at its best learning rate", fontsize=10, loc="left")
        for ax, label in zip(row, ("learning rate", "learning rate", "epoch"), strict=True):
            ax.set_xlabel(label)
            ax.tick_params(labelsize=8, color=FRAME)
            ax.grid(color="#e4e8e5", linewidth=0.7)
    seeds = len(study["provenance"]["settings"]["seeds"])
    _headline(
        figure,
        f"Is the digit odd? Mean and standard deviation of {seeds} seeds after {entries[0]['epochs']} epochs. Grey "
        "line: the loss before training. Crosses: above the frame.",
    )
    _legend(figure, _titles(study), [method["method"] for method in entries[0]["methods"]])


def _draw_by_rate(ax: Axes, method: dict[str, Any], key: str, top: float | None = None) -> None:
    color, line = STYLES[method["method"]]
    rates = [run["learning_rate"] for run in method["runs"]]
    means = [_number(run[key]["mean"]) for run in method["runs"]]
    spread = [_number(run[key]["sd"]) for run in method["runs"]]
    ax.errorbar(rates, means, yerr=spread, color=color, linestyle=line, linewidth=1.4, elinewidth=0.7)
    if top is not None:
        lost = [rate for rate, mean in zip(rates, means, strict=True) if not mean <= top]
        height = top * (0.97 - 0.035 * list(STYLES).index(method["method"]))
        ax.plot(lost, [height] * len(lost), "x", color=color, markersize=4)
    ax.set_xscale("log")


def _draw_best_curve(ax: Axes, method: dict[str, Any]) -> None:
    runs = [run for run in method["runs"] if run["loss"]["mean"] is not None]
    if runs:
        best = min(runs, key=lambda run: run["loss"]["mean"])
        color, line = STYLES[method["method"]]
        curve = best["loss_by_epoch"]
        ax.errorbar(
            range(len(curve["mean"])),
            curve["mean"],
            yerr=curve["sd"],
            color=color,
            linestyle=line,
            linewidth=1.4,
            elinewidth=0.7,
        )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _titles(study: dict[str, Any]) -> dict[str, str]:
    return {method["name"]: method["title"] for method in study["methods"]}


def _headline(figure: FigureBase, text: str) -> None:
    figure.suptitle(textwrap.fill(text, 150), fontsize=11, x=0.01, ha="left")


def _legend(figure: FigureBase, titles: dict[str, str], names: list[str]) -> None:
    lines = [Line2D([], [], color=STYLES[name][0], linestyle=STYLES[name][1], linewidth=2) for name in names]
    figure.legend(
        lines, [titles[name] for name in names], loc="outside lower center", ncols=4, fontsize=9, frameon=False
    )
