"""The model package as pydantic models: read, write, verify.

    models/<name>/config.pbtxt, labels.txt, <version>/model.json and the files that it lists

`model.json` says what the model is and how its input is made; `files` holds the SHA-256 of every other file
of the version, and `golden` a few inputs with the probabilities that the exporter saw. A package is served
only when both hold (`repository.py` checks the golden samples, since that takes a session).
"""

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.errors import PackageError
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.files import LARGEST_JSON, first_fault, read_bytes

SCHEMA_VERSION = 1
MANIFEST_NAME = "model.json"
MODEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TensorSpec(_Part):
    """A model's input or output. `shape` has -1 for the batch, or 1 where the graph takes one picture at a time."""

    name: str
    datatype: Literal["FP32"] = "FP32"
    shape: tuple[int, ...]


class OutputSpec(TensorSpec):
    """`activation` makes probabilities of what the graph gives. null: they are. `softmax`: of logits; `sigmoid`: of one
    logit, that of the second of two classes; `complement`: of one probability, that of the second of two classes."""

    activation: Literal["softmax", "sigmoid", "complement"] | None = Field(
        default=None, exclude_if=lambda activation: activation is None
    )

    @property
    def classes(self) -> int:
        """How many classes it speaks of."""
        return 2 if self.activation in ("sigmoid", "complement") else math.prod(self.shape[1:])


class GoldenSample(_Part):
    """An input and the probabilities that the exporter's onnxruntime gave for it.

    `pixels` is base64 of C-ordered uint8 in the input's shape without the batch; the tensor follows from the
    preprocessing's divisor, mean and std. The probabilities are those before calibration.
    """

    index: int
    pixels: str
    probabilities: tuple[Probability, ...]

    def array(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """The pixels as uint8 of `shape`; raises ValueError where they do not fill it."""
        return np.frombuffer(base64.b64decode(self.pixels, validate=True), dtype=np.uint8).reshape(shape)


class Provenance(_Part):
    """Where the weights come from: enough to make them again."""

    recipe: str
    seed: int
    seeds: tuple[int, ...] = Field(description="all seeds whose scores stand in metrics.json")
    epochs: int
    hyperparameters: dict[str, Any]
    data_sha256: dict[str, Sha256] = Field(description="of the decompressed IDX files")
    versions: dict[str, str]
    hardware: str = Field(description="the machines that the seeds were trained on, in their order")
    seconds: float = Field(description="training time of the published seed")
    created: str = Field(description="ISO 8601, UTC")
    commit: str | None = Field(
        default=None, exclude_if=lambda commit: commit is None, description="Git's, of the code that published it"
    )
    fonts_sha256: Sha256 | None = Field(
        default=None,
        exclude_if=lambda digest: digest is None,
        description="of the fonts that letters were rendered with, for training and calibration",
    )
    preparation_sha256: Sha256 | None = Field(
        default=None,
        exclude_if=lambda digest: digest is None,
        description="of the code that prepared the pictures that temperature and rejection were fitted on",
    )


class Rejection(_Part):
    """When an answer is not accepted. Part of the package, since it depends on the weights."""

    min_confidence: Probability = 0.5
    min_likeness: Probability = Field(
        default=0.0,
        description="of the two most probable classes together; below it the picture is unlike the training",
    )
    min_margin: float | None = Field(
        default=None,
        ge=0,
        exclude_if=lambda margin: margin is None,  # packages from before there was one
        description="log p1 - log p2 of the two most probable classes; below it the picture is unlike the training",
    )


class Manifest(_Part):
    """All of model.json. Shapes have -1 for the batch; `labels` are in the order of the classes."""

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=MODEL_NAME)]
    title: str
    description: str
    group: str = Field(description="models of a group answer the same question about the same picture")
    task: Literal["multiclass", "binary"]
    dataset: str
    labels: tuple[str, ...] = Field(min_length=2)
    label_map: tuple[int, ...] | None = Field(
        default=None, description="class index of each of the data set's labels; null where they are the same"
    )
    input: TensorSpec
    output: OutputSpec
    parameters: int = Field(ge=0, description="count of trained weights")
    preprocessing: PreprocessSpec
    temperature: float = Field(default=1.0, gt=0.0)
    rejection: Rejection = Rejection()
    files: dict[str, Sha256] = Field(description="SHA-256 of every other file of this version")
    golden: tuple[GoldenSample, ...]
    provenance: Provenance | None = None

    @property
    def takes_one(self) -> bool:
        """Whether the graph takes one picture at a time."""
        return self.input.shape[0] == 1

    def targets(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The data set's labels [n] as this model's class indices [n]. Raises PackageError where the data set has
        other classes."""
        known = len(self.labels if self.label_map is None else self.label_map)
        if labels.max(initial=0) >= known:
            raise PackageError(f"{MANIFEST_NAME} names {known} classes; the data set has {labels.max() + 1}")
        return class_indices(labels, self.label_map)

    @model_validator(mode="after")
    def _parts_agree(self) -> "Manifest":
        spec = self.preprocessing
        if self.input.shape[1:] != spec.tensor_shape or self.input.shape[0] not in (-1, 1):
            sides = ", ".join(map(str, spec.tensor_shape))
            raise ValueError(f"input shape {self.input.shape} does not match the preprocessing, [-1, {sides}]")
        fits = self.output.classes == len(self.labels) and min(self.output.shape[1:], default=0) > 0
        if not fits or self.output.shape[:1] not in ((-1,), (1,)):
            raise ValueError(f"output shape {self.output.shape} does not match {len(self.labels)} labels")
        if self.label_map is not None and not set(self.label_map) <= set(range(len(self.labels))):
            raise ValueError(f"label_map names a class outside 0..{len(self.labels) - 1}")
        if "model.onnx" not in self.files:
            raise ValueError("files does not list model.onnx")
        for name in self.files:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
                raise ValueError(f"files lists {name!r}, which is no plain file name")
        return self


def class_indices(labels: NDArray[np.uint8], label_map: Sequence[int] | None) -> NDArray[np.int64]:
    """A data set's labels [n] as class indices [n]: `label_map` has the class of each label, None: the same."""
    return (labels if label_map is None else np.array(label_map)[labels]).astype(np.int64)


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the version in `folder`; raises PackageError that says what is wrong with it."""
    content = read_bytes(folder / MANIFEST_NAME, LARGEST_JSON)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise first_fault(MANIFEST_NAME, error) from None


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Raises PackageError unless every listed file is there with its checksum."""
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            # A pipe or a device is no file that ends.
            found = sha256(path) if path.is_file() else None
        except OSError as error:
            raise PackageError(f"{name} cannot be read: {error.strerror}") from None
        if found is None:
            raise PackageError(f"{name} is missing")
        if found != expected:
            raise PackageError(f"{name} does not match its checksum in {MANIFEST_NAME}")
