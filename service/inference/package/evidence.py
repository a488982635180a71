"""What a package recorded of its own test: failures, scores, history, summary. Read when asked for, then kept.

models/<name>/<version>/{failures,metrics,history,summary,excitations}.json, {failures,guided}.zip, predictions.dat,
*.png, diagram.svg
-> Evidence -> failures by true and predicted class
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from service.datasets import LABELS, read_test_set
from service.errors import InvalidInput, NotFound, PackageError, UnusableEvidence
from service.inference.package import excitations, failure_pictures, guided
from service.inference.package.documents import (
    ConfusionMatrix,
    ExcitedLayers,
    FailureRow,
    FailureRows,
    History,
    Metrics,
    Summary,
)
from service.inference.package.excitations import Excited
from service.inference.package.files import first_fault, read_json
from service.inference.package.manifest import Manifest

Order = Literal["index", "confidence"]
Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Failure:
    """A wrong test sample. Classes are indices into the labels; `confidence` is of the predicted class; `file` is the
    name that its picture had, where the package has it from a folder."""

    index: int
    true_class: int
    predicted_class: int
    confidence: float
    probabilities: tuple[float, ...]
    file: str | None = None


class Evidence:
    """The evidence in a version's folder.

    Everything raises NotFound for a file that the package does not hold, and UnusableEvidence (a NotFound too) for
    one that is not what it should be: what is wrong with it concerns that file alone.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest

    def holds(self, name: str) -> bool:
        """Whether the manifest lists a file of this name."""
        return name in self._manifest.files

    def path(self, name: str) -> Path:
        """The file of this name, if the manifest lists it."""
        if not self.holds(name):
            raise NotFound(f"The package of {self._manifest.name} holds no {name}.")
        path = self._folder / name
        if not path.is_file():
            raise self.unusable(PackageError(f"{name} is missing"))
        return path

    def unusable(self, fault: PackageError) -> UnusableEvidence:
        return UnusableEvidence(f"The package of {self._manifest.name} cannot show this: {fault.message}.")

    def _read(self, name: str, form: type[Form]) -> tuple[Any, Form]:
        """The JSON as it stands in the file, and in the form that it must have."""
        path = self.path(name)
        try:
            document = read_json(path)
            return document, form.model_validate(document)
        except PackageError as error:
            raise self.unusable(error) from None
        except ValidationError as error:
            raise self.unusable(first_fault(name, error)) from None

    @cached_property
    def metrics(self) -> dict[str, Any]:
        return dict(self._read("metrics.json", Metrics)[0])

    @cached_property
    def confusion(self) -> list[list[int]]:
        """Counts by true and predicted class, [classes][classes]."""
        name, classes = "metrics.json", len(self._manifest.labels)
        if "confusion" not in self.metrics:
            raise NotFound(f"The metrics.json of {self._manifest.name} holds no confusion matrix.")
        try:
            matrix = ConfusionMatrix.model_validate(self.metrics["confusion"]).root
        except ValidationError as error:
            raise self.unusable(first_fault(f"{name}: confusion", error)) from None
        if [len(row) for row in matrix] != [classes] * classes:
            raise self.unusable(PackageError(f"{name}: confusion must have {classes} rows of {classes} numbers"))
        return matrix

    @cached_property
    def history(self) -> dict[str, Any]:
        return dict(self._read("history.json", History)[0])

    @cached_property
    def summary(self) -> dict[str, Any]:
        return dict(self._read("summary.json", Summary)[0])

    @cached_property
    def excitations(self) -> dict[str, Excited]:
        """The layers by name. They speak of pictures of the test set, so they need it."""
        _, document = self._read(excitations.FILE, ExcitedLayers)
        n, height, width = self.test_images.shape
        try:
            return excitations.excited_layers(document, (n, height, width))
        except PackageError as error:
            raise self.unusable(error) from None

    def guided(self, layer: Excited) -> NDArray[np.uint8]:
        """What in each patch of a layer excited its filters: uint8 [filters, patches, size, size]."""
        try:
            return guided.read_guided(self.path(guided.FILE), layer.name, len(layer.filters), layer.size)
        except PackageError as error:
            raise self.unusable(error) from None

    @cached_property
    def guided_layers(self) -> frozenset[str]:
        """The layers of which that is known; none where the package does not hold it."""
        try:
            return guided.read_layers(self.path(guided.FILE))
        except (NotFound, PackageError):
            return frozenset()

    @property
    def test_images(self) -> NDArray[np.uint8]:
        """The pictures [n, H, W] that the model was judged on. Unpacks them at the first call: some 30 ms."""
        return self._test_set[0]

    @cached_property
    def test_classes(self) -> NDArray[np.int64]:
        """The true class [n] of each, as an index into the labels."""
        try:
            return self._manifest.targets(self._test_set[1])
        except PackageError as error:
            raise self.unusable(error) from None

    @property
    def _test_set(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        if self._manifest.dataset not in LABELS:
            known = ", ".join(LABELS)
            raise self.unusable(PackageError(f"the data set of its model.json is none of those here, {known}"))
        return read_test_set(self._manifest.dataset)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure in the order of the file, which is that of the test set."""
        _, rows = self._read("failures.json", FailureRows)
        try:
            return tuple(self._failure(place, row) for place, row in enumerate(rows.root))
        except PackageError as error:
            raise self.unusable(error) from None

    def _failure(self, place: int, row: FailureRow) -> Failure:
        classes = len(self._manifest.labels)
        if max(row.true, row.predicted) >= classes:
            raise PackageError(f"failures.json: row {place} names a class that is none of the {classes}")
        if len(row.probabilities) != classes:
            raise PackageError(f"failures.json: row {place} has {len(row.probabilities)} probabilities for {classes}")
        confidence, probabilities = row.probabilities[row.predicted], tuple(row.probabilities)
        return Failure(row.index, row.true, row.predicted, confidence, probabilities, row.file)

    def pictures(self, failures: Sequence[Failure]) -> list[NDArray[np.uint8]]:
        """The picture of each failure, uint8 [H, W] or [H, W, C]: the package's own, else the test set's."""
        if failure_pictures.FILE in self._manifest.files:
            try:
                return failure_pictures.read_pictures(self.path(failure_pictures.FILE), [f.index for f in failures])
            except PackageError as error:
                raise self.unusable(error) from None
        images = self.test_images
        if failures and (last := max(failure.index for failure in failures)) >= len(images):
            told = f"failures.json names picture {last}; the test set has 0 to {len(images) - 1}"
            raise self.unusable(PackageError(told))
        return [images[failure.index] for failure in failures]

    def show_failures(
        self, true_class: str | None = None, predicted_class: str | None = None, order: Order = "index"
    ) -> list[Failure]:
        """The failures of either or both classes, given by index or label; the most confident first, or by index."""
        true = self._class(true_class, "true class")
        predicted = self._class(predicted_class, "predicted class")
        chosen = [
            failure
            for failure in self.failures
            if true in (None, failure.true_class) and predicted in (None, failure.predicted_class)
        ]
        return sorted(chosen, key=lambda f: (-f.confidence, f.index)) if order == "confidence" else chosen

    def _class(self, name: str | None, what: str) -> int | None:
        return None if name is None else class_index(self._manifest.labels, name, what)


def class_index(labels: Sequence[str], name: str, what: str) -> int:
    """The index of a class given by its label or its index. Raises InvalidInput that lists the classes."""
    folded = [label.casefold() for label in labels]
    if name.casefold() in folded:
        return folded.index(name.casefold())
    if name.isascii() and name.isdigit() and int(name) < len(labels):
        return int(name)
    known = ", ".join(f"{i} {label}" if str(i) != label else label for i, label in enumerate(labels))
    raise InvalidInput(f"There is no such {what}. The classes are: {known}.")
