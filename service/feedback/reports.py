"""What a report is, and which reports are asked for. Plain values."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Order = Literal["index", "confidence"]
NONE = "none"  # what is said of a picture that is none of the classes


@dataclass(frozen=True, slots=True)
class Report:
    """A picture with its right class, and what the model said of it. Classes are indices into its labels; `truth` is
    None for none of them. `labels` is their `digest`; `brightness` the mean, 0..1, of what the model saw. `id` and
    `at`, in seconds since 1970, are given to it when it is kept."""

    model: str
    version: str
    labels: str
    truth: int | None
    truth_label: str | None
    said: int
    accepted: bool
    confidence: float
    brightness: float
    probabilities: tuple[float, ...]
    id: int = 0
    at: float = 0.0

    @property
    def wrong(self) -> bool:
        """Another class was said, or any, with confidence, of what is none."""
        return self.accepted if self.truth is None else self.said != self.truth


@dataclass(frozen=True, slots=True)
class Choice:
    """The reports of a model whose labels have this digest: of one version or of all, of a true class (`truths` holds
    it, or None for none of the classes), of a predicted class."""

    model: str
    labels: str
    version: str | None = None
    truths: tuple[int | None, ...] = ()
    said: int | None = None

    def condition(self) -> tuple[str, list[object]]:
        """As SQL, with its values."""
        parts, values = ["model = ? AND labels = ?"], list[object]((self.model, self.labels))
        if self.version is not None:
            parts.append("version = ?")
            values.append(self.version)
        for truth in self.truths:
            parts.append("truth IS ?")
            values.append(truth)
        if self.said is not None:
            parts.append("said = ?")
            values.append(self.said)
        return " AND ".join(parts), values


@dataclass(slots=True)
class Day:
    """The reports of a day, UTC: how many, how many of them wrong, and how many of each true class by label."""

    day: str
    total: int = 0
    wrong: int = 0
    classes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Classes:
    """Of a choice: `matrix` by true and predicted class; `none` how often each was said, and accepted, of the `others`,
    which are none of them; `wrong` of all."""

    matrix: list[list[int]]
    none: list[int]
    others: int
    wrong: int

    @property
    def total(self) -> int:
        return sum(map(sum, self.matrix)) + self.others


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a choice: `refused` were not accepted; `confidence` is the mean of the wrong ones, `brightness` of all, None
    without any."""

    classes: Classes
    refused: int
    days: list[Day]
    confidence: float | None
    brightness: float | None


def digest(labels: Sequence[str]) -> str:
    """Of the labels in their order: reports of a model whose classes have changed are none of its new ones."""
    return hashlib.sha256("\n".join(labels).encode()).hexdigest()[:16]
