"""What the run shows, in sentences: every number in them is computed from the study's own results."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

NEAR = 0.02  # accuracies this close to a method's best count as near it


def sentences(surfaces: Sequence[dict[str, Any]], training: Sequence[dict[str, Any]]) -> list[str]:
    """The sentences for both parts, the surfaces first."""
    ravine = next(surface for surface in surfaces if surface["name"] == "ravine")
    saddle = next(surface for surface in surfaces if surface["name"] == "saddle")
    return [
        *(_divergence(surface) for surface in surfaces),
        _ways_down(ravine),
        _escapes(saddle),
        *(sentence for entry in training for sentence in (_stability(entry), _tolerance(entry), _best(entry))),
    ]


def _divergence(surface: dict[str, Any]) -> str:
    parts = []
    for method in ("batch", "momentum", "implicit"):
        diverged = [path["learning_rate"] for path in _paths(surface, method) if path["diverged_at"] is not None]
        where = f"from {min(diverged):g} up" if diverged else "at none"
        parts.append(f"{_words(method)} {where}")
    rates = surface["learning_rates"]
    return (
        f"{surface['title']}, {len(rates)} learning rates from {rates[0]:g} to {rates[-1]:g}: "
        f"paths diverge with {', '.join(parts)}."
    )


def _ways_down(ravine: dict[str, Any]) -> str:
    """Gradient descent and momentum at the largest rate at which neither diverges."""
    pairs = zip(_paths(ravine, "batch"), _paths(ravine, "momentum"), strict=True)
    stays = [pair for pair in pairs if all(path["diverged_at"] is None for path in pair)]
    if not stays:
        return "Ravine: at no learning rate do both gradient descent and momentum stay."
    parts = []
    for path in stays[-1]:
        across = _sign_changes(point[1] for point in path["points"])
        along = _sign_changes(point[0] for point in path["points"])
        parts.append(
            f"{_words(path['method'])} crosses the floor {across} times and runs past the lowest point {along} "
            f"times, to end at a height of {path['heights'][-1]:.2g}"
        )
    gap = max(_distance(one, other) for one, other in zip(*(path["points"] for path in stays[-1]), strict=True))
    return (
        f"Ravine, learning rate {stays[-1][0]['learning_rate']:g}, {ravine['steps']} steps: {'; '.join(parts)}. "
        f"The two paths are up to {gap:.2g} apart."
    )


def _escapes(saddle: dict[str, Any], rate: float = 0.1) -> str:
    parts = []
    for name in dict.fromkeys(path["method"] for path in saddle["paths"]):
        path = min(_paths(saddle, name), key=lambda entry: abs(entry["learning_rate"] - rate))
        step = next((k for k, point in enumerate(path["points"]) if abs(point[1]) > 0.5), None)
        parts.append(f"{_words(name)} {'stays' if step is None else f'at step {step}'}")
        used = path["learning_rate"]
    return f"Saddle, learning rate {used:g}, half way down to a hollow: {', '.join(parts)}."


def _stability(entry: dict[str, Any]) -> str:
    parts = []
    for name in ("stochastic", "momentum", "implicit"):
        runs = _runs(entry, name)
        count = sum(run["diverged"] for run in runs)
        parts.append(f"{_words(name)} diverges at {count} and ends with a loss of {_loss(runs[-1])} at the largest")
    rates = entry["learning_rates"]
    return f"{entry['title']}, {len(rates)} learning rates up to {rates[-1]:g}: {'; '.join(parts)}."


def _tolerance(entry: dict[str, Any]) -> str:
    parts = []
    for method in entry["methods"]:
        scores = [run["accuracy"]["mean"] for run in method["runs"] if run["accuracy"]["mean"] is not None]
        near = sum(score >= max(scores) - NEAR for score in scores)
        parts.append(f"{_words(method['method'])} {near}")
    return (
        f"{entry['title']}: learning rates whose test accuracy is within {NEAR * 100:g} percentage points of the "
        f"method's best, of {len(entry['learning_rates'])}: {', '.join(parts)}."
    )


def _best(entry: dict[str, Any]) -> str:
    """The method that ends lowest, and implicit SGD at its own best: stable need not mean best."""
    runs = {
        method["method"]: min(finite, key=lambda run: run["loss"]["mean"])
        for method in entry["methods"]
        if (finite := [run for run in method["runs"] if run["loss"]["mean"] is not None])
    }
    lowest = min(runs, key=lambda name: runs[name]["loss"]["mean"])
    parts = [
        f"{_words(name)} at {runs[name]['learning_rate']:g}, training loss {_loss(runs[name])}, test accuracy "
        f"{runs[name]['accuracy']['mean']:.3f} ± {runs[name]['accuracy']['sd']:.3f}"
        for name in dict.fromkeys((lowest, "implicit"))
        if name in runs
    ]
    return f"{entry['title']}, {entry['epochs']} epochs, lowest end: {'; the best of '.join(parts)}."


def _paths(surface: dict[str, Any], method: str) -> list[dict[str, Any]]:
    return [path for path in surface["paths"] if path["method"] == method]


def _runs(entry: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return next(method["runs"] for method in entry["methods"] if method["method"] == name)


def _loss(run: dict[str, Any]) -> str:
    mean, sd = run["loss"]["mean"], run["loss"]["sd"]
    return "no finite number" if mean is None or sd is None else f"{mean:.3g} ± {sd:.2g}"


def _sign_changes(values: Iterable[float]) -> int:
    signs = [value > 0 for value in values if value]
    return sum(one != other for one, other in pairwise(signs))


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5


def _words(method: str) -> str:
    """A method's name within a sentence."""
    return {
        "batch": "batch gradient descent",
        "minibatch": "mini-batch gradient descent",
        "stochastic": "stochastic gradient descent",
        "adagrad": "AdaGrad",
        "rmsprop": "RMSProp",
        "adam": "Adam",
        "implicit": "implicit SGD",
    }.get(method, method)
