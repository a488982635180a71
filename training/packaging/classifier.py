"""An exported network with what its answers mean: that of a published version, or that of a run.

models/<name>/<version>/{model.json, model.onnx}              ┐
runs/<recipe>/seed-<n>/checkpoint.pt -> model.onnx, recipe    ┴-> Classifier -> test set -> probabilities, failures
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.datasets import read_test_set
from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.evidence import Evidence, Failure, class_index
from service.inference.package.manifest import class_indices, read_manifest
from service.inference.runtime.session import Session
from training.fitting.checkpoint import trained_network
from training.fitting.recipe import Recipe
from training.packaging import metrics
from training.packaging.export import export_model


@dataclass(frozen=True)
class Classifier:
    """`model` is the ONNX file; `evidence` what a package recorded of its own test."""

    name: str
    model: Path
    dataset: str
    labels: tuple[str, ...]
    label_map: tuple[int, ...] | None
    preprocessing: PreprocessSpec
    temperature: float = 1.0
    evidence: Evidence | None = None

    def predict(self, images: NDArray[np.uint8]) -> metrics.Probabilities:
        """Calibrated probabilities [n, classes] of pictures uint8 [n, H, W], by the serving code."""
        return metrics.predict(Session(self.model), images, self.preprocessing, self.temperature)

    def targets(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The data set's labels [n] as class indices [n]."""
        return class_indices(labels, self.label_map)

    def failures(self, true: str | None, predicted: str | None) -> list[Failure]:
        """The wrong test samples of either or both classes, by label or index, in the order of the test set.

        Raises InvalidInput that lists the classes, for one that there is not.
        """
        if self.evidence is not None:
            return self.evidence.show_failures(true, predicted, "index")
        wanted = [_class(self.labels, true, "true class"), _class(self.labels, predicted, "predicted class")]
        images, labels = read_test_set(self.dataset)
        found = metrics.failures(self.predict(images), self.targets(labels))
        return [
            Failure(
                index=row["index"],
                true_class=row["true"],
                predicted_class=row["predicted"],
                confidence=row["probabilities"][row["predicted"]],
                probabilities=tuple(row["probabilities"]),
            )
            for row in found
            if wanted[0] in (None, row["true"]) and wanted[1] in (None, row["predicted"])
        ]


def of_package(folder: Path) -> Classifier:
    """The classifier of the version in `folder`. Raises PackageError where its model.json is wrong."""
    manifest = read_manifest(folder)
    return Classifier(
        name=manifest.name,
        model=folder / "model.onnx",
        dataset=manifest.dataset,
        labels=manifest.labels,
        label_map=manifest.label_map,
        preprocessing=manifest.preprocessing,
        temperature=manifest.temperature,
        evidence=Evidence(folder, manifest),
    )


def of_run(recipe: Recipe, folder: Path, seed: int) -> Classifier:
    """The classifier that a run has made so far, exported anew into its folder. It is not calibrated.

    Raises ConfigurationError where there is no checkpoint, OSError where the export cannot be written.
    """
    network = trained_network(recipe, folder)
    if network is None:
        raise ConfigurationError(
            f"{folder} holds no checkpoint. Run `python -m training train {recipe.name} --seed {seed}` first."
        )
    model = folder / "model.onnx"
    export_model(network.eval(), model)
    return Classifier(
        name=f"{recipe.name} seed {seed}",
        model=model,
        dataset=recipe.dataset,
        labels=recipe.labels,
        label_map=recipe.label_map,
        preprocessing=recipe.preprocessing,
    )


def _class(labels: Sequence[str], name: str | None, what: str) -> int | None:
    return None if name is None else class_index(labels, name, what)
