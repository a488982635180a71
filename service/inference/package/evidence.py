"""What a package recorded of its own test: failures, scores, history, summary. Read when asked for, then kept.

models/<name>/<version>/{failures,metrics,history,summary,excitations}.json, predictions.dat, *.png, diagram.svg
-> Evidence -> failures by true and predicted class
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from service.errors import InvalidInput, NotFound
from service.inference.package import excitations
from service.inference.package.excitations import Excited
from service.inference.package.manifest import Manifest

Order = Literal["index", "confidence"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A wrong test sample. Classes are indices into the labels; `confidence` is of the predicted class."""

    index: int
    true_class: int
    predicted_class: int
    confidence: float
    probabilities: tuple[float, ...]


class Evidence:
    """The evidence in a version's folder. Raises NotFound for a file that the package does not hold."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest

    def path(self, name: str) -> Path:
        """The file of this name, if the manifest lists it."""
        if name not in self._manifest.files:
            raise NotFound(f"The package of {self._manifest.name} holds no {name}.")
        return self._folder / name

    def _json(self, name: str) -> Any:
        return json.loads(self.path(name).read_bytes())

    @cached_property
    def metrics(self) -> dict[str, Any]:
        return dict(self._json("metrics.json"))

    @cached_property
    def history(self) -> dict[str, Any]:
        return dict(self._json("history.json"))

    @cached_property
    def summary(self) -> dict[str, Any]:
        return dict(self._json("summary.json"))

    @cached_property
    def excitations(self) -> dict[str, Excited]:
        return excitations.parse_excitations(self._json(excitations.FILE))

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure in the order of the test set."""
        return tuple(
            Failure(
                index=row["index"],
                true_class=row["true"],
                predicted_class=row["predicted"],
                confidence=row["probabilities"][row["predicted"]],
                probabilities=tuple(row["probabilities"]),
            )
            for row in self._json("failures.json")
        )

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
