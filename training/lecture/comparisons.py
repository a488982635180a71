"""The comparisons of models: what the lecture claims, with the numbers of the published packages.

    models/<name>/<version>/{history,metrics,model}.json, features.onnx -> study -> models/<study>.study.{json,png}

`dropout`, `depth` and `recurrent` stand here; `optimizers` has a package of its own.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from service.datasets import read_test_set
from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import to_tensor
from service.inference.package.manifest import Manifest, read_manifest
from training import files
from training.packaging.packages import newest_version, read_json

MEASURES = ("loss", "accuracy", "val_loss", "val_accuracy")
SAMPLE = 4444  # the lecture's
ROWS = 28


@dataclass(frozen=True)
class Published:
    """A package as the studies read it."""

    folder: Path
    manifest: Manifest
    metrics: dict[str, Any]
    history: dict[str, Any]

    def curves(self) -> dict[str, Any]:
        """Mean and sample standard deviation over the seeds, an epoch an element, of each measure and of the gap
        between training and validation accuracy."""
        seeds = [seed["epochs"] for seed in self.history["seeds"]]
        table = {m: np.array([[row[m] for row in epochs] for epochs in seeds]) for m in MEASURES}
        table["gap"] = table["accuracy"] - table["val_accuracy"]
        return {m: {"mean": rounded(x.mean(0)), "sd": rounded(sd(x))} for m, x in table.items()}

    def row(self) -> dict[str, Any]:
        """The package in a table: test scores as mean and standard deviation over the seeds."""
        seeds, curves = self.metrics["seeds"], self.curves()
        return {
            "model": self.manifest.name,
            "title": self.manifest.title,
            "parameters": self.manifest.parameters,
            "seeds": seeds["n"],
            "test_accuracy": seeds["mean"]["test_accuracy"],
            "test_accuracy_sd": seeds["sd"]["test_accuracy"],
            "test_loss": seeds["mean"]["test_loss"],
            "accuracy": curves["accuracy"]["mean"][-1],
            "val_accuracy": curves["val_accuracy"]["mean"][-1],
            "gap": curves["gap"]["mean"][-1],
        }


def build_dropout(models: Path) -> dict[str, Any]:
    """Overcoming overfitting: the Fashion-MNIST network without and with dropout, epoch by epoch."""
    packages = [published(models, name) for name in ("fashion_cnn", "fashion_cnn_dropout")]
    study = _study("dropout", "Overcoming overfitting with dropout", packages)
    without, with_dropout = study["table"]
    study["claims"] = [
        f"Without dropout training accuracy ends at {without['accuracy']:.1%} and validation at "
        f"{without['val_accuracy']:.1%}: a gap of {100 * without['gap']:.1f} points.",
        f"With dropout they end at {with_dropout['accuracy']:.1%} and {with_dropout['val_accuracy']:.1%}: a gap of "
        f"{100 * with_dropout['gap']:.1f} points. Training is measured with dropout on.",
        f"On the test set {without['test_accuracy']:.2%} without and {with_dropout['test_accuracy']:.2%} with dropout, "
        f"loss {without['test_loss']:.3f} and {with_dropout['test_loss']:.3f}.",
    ]
    return study


def build_depth(models: Path) -> dict[str, Any]:
    """Why more layers: a single neuron, a shallow and a deep net on the question whether a digit is odd."""
    packages = [published(models, name) for name in ("mnist_neuron", "mnist_shallow", "mnist_deep")]
    study = _study("depth", "Why more layers", packages)
    neuron, shallow, deep = study["table"]
    wrong = [round((1 - row["test_accuracy"]) * row["n"]) for row in study["table"]]
    study["claims"] = [
        f"A single neuron draws one plane through the {neuron['parameters'] - 1} pixels: {wrong[0]:,} of "
        f"{neuron['n']:,} test digits are on the wrong side.",
        f"One hidden layer bends the plane: {shallow['parameters']:,} parameters leave {wrong[1]:,} wrong.",
        f"Three hidden layers with {deep['parameters'] / shallow['parameters']:.2f} times the parameters, "
        f"{deep['parameters']:,}, leave {wrong[2]:,}: {wrong[2] / wrong[1]:.2f} times the errors of the shallow net.",
    ]
    return study


def build_recurrent(models: Path) -> dict[str, Any]:
    """SimpleRNN, LSTM and GRU, and how each one's belief forms as the rows of a digit come in."""
    packages = [published(models, name) for name in ("mnist_rnn", "mnist_lstm", "mnist_gru")]
    study = _study("recurrent", "Reading a digit row by row", packages)
    images, labels = read_test_set("mnist")
    study["sample"] = {"dataset": "mnist", "index": SAMPLE, "label": str(labels[SAMPLE])}
    for package, curve in zip(packages, study["models"], strict=True):
        beliefs = rows(package, images)
        right = (beliefs.argmax(2) == labels[:, None]).mean(0)
        curve["rows"] = rounded(beliefs[SAMPLE], 4)
        curve["accuracy_after_row"] = rounded(right, 4)
    best = max(study["table"], key=lambda row: row["test_accuracy"])
    half = {c["model"]: int(np.argmax(np.array(c["accuracy_after_row"]) > 0.5)) + 1 for c in study["models"]}
    study["claims"] = [
        f"{best['title']} is the most accurate of the three: {best['test_accuracy']:.2%} of the test digits, with "
        f"{best['parameters']:,} parameters.",
        "Half of the test digits are read right after "
        + ", ".join(f"{row} rows ({name})" for name, row in half.items())
        + f" of {ROWS}.",
    ]
    return study


BUILDERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "dropout": build_dropout,
    "depth": build_depth,
    "recurrent": build_recurrent,
}


def published(models: Path, name: str) -> Published:
    """The newest version of a package; raises ConfigurationError where there is none."""
    folder = newest_version(models / name)
    if folder is None:
        raise ConfigurationError(f"{models} holds no package {name}. Run `python -m training publish {name}` first.")
    manifest = read_manifest(folder)
    return Published(folder, manifest, read_json(folder / "metrics.json"), read_json(folder / "history.json"))


def rows(package: Published, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities after each row of pictures [n, 28, 28]: [n, 28, classes]."""
    session = onnxruntime.InferenceSession(package.folder / "features.onnx")
    parts = np.array_split(to_tensor(images, package.manifest.preprocessing), max(1, len(images) // 100))
    return np.concatenate([session.run(["rows"], {"input": part})[0] for part in parts])


def write_study(study: dict[str, Any], models: Path) -> Path:
    """Writes models/<name>.study.json, whole or not at all. Raises ValueError on NaN, OSError on a full disk."""
    path = models / f"{study['name']}.study.json"
    files.write_text(path, json.dumps(study, allow_nan=False, separators=(",", ":")) + "\n")
    return path


def rounded(values: NDArray[np.floating], digits: int = 5) -> Any:
    """Numbers of any shape as nested lists of JSON numbers."""
    return np.round(values.astype(float), digits).tolist()


def sd(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sample standard deviation over the first axis; zero of a single run."""
    return values.std(0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1:])


def _study(name: str, title: str, packages: Sequence[Published]) -> dict[str, Any]:
    first = packages[0]
    return {
        "name": name,
        "title": title,
        "dataset": first.manifest.dataset,
        "validation": first.history["validation"],
        "table": [package.row() | {"n": package.metrics["n"]} for package in packages],
        "models": [{"model": package.manifest.name, "curves": package.curves()} for package in packages],
    }
