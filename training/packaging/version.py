"""What a version of a package holds, written into an empty folder.

scored seeds -> model.onnx, features.onnx, excitations, scores, history, failures, pictures -> model.json -> card
"""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.inference.answers import calibrate
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.manifest import (
    MANIFEST_NAME,
    GoldenSample,
    Manifest,
    OutputSpec,
    Provenance,
    TensorSpec,
    read_manifest,
    sha256,
    verify_files,
)
from service.tools import scores
from training import files
from training.data.sets import Dataset
from training.fitting.recipe import Calibration, Recipe
from training.fitting.run import Run
from training.packaging import export, metrics, plots
from training.packaging.commit import commit
from training.packaging.confidence import calibration_figures
from training.packaging.diagram import draw_diagram
from training.packaging.excitation import write_excitations
from training.packaging.guided import add_guided
from training.packaging.model_card import add_card
from training.packaging.preparation import preparation_digest
from training.packaging.summary import summarise
from training.rendering.sources import fonts_digest

PARITY_IMAGES = 2_000
GOLDEN = 10
VALIDATION = {"holdout": "validation fifth", "last_5000": "last 5,000 training pictures", "test": "test set"}


@dataclass(frozen=True)
class Scored:
    """A trained seed, its ONNX file and its answers on the whole test set.

    `probabilities` float32 [n, classes] are those of the file, `targets` int64 [n] the test set's class indices,
    `parity` the largest difference of a probability to torch's.
    """

    run: Run
    model: Path
    probabilities: metrics.Probabilities
    parity: float
    targets: NDArray[np.int64]
    fitted: Calibration | None = None

    @property
    def temperature(self) -> float:
        """What the service divides the logits by."""
        return 1.0 if self.fitted is None else self.fitted.temperature

    @cached_property
    def answers(self) -> metrics.Probabilities:
        """The probabilities [n, classes] as the service will give them."""
        return calibrate(self.probabilities, self.temperature)

    @cached_property
    def scores(self) -> dict[str, Any]:
        """Accuracy, loss and the rest of `answers`, as metrics.json has them."""
        return scores.figures(self.answers, self.targets, self.run.recipe.labels)


def write_settings(recipe: Recipe, folder: Path) -> None:
    """Writes what concerns all versions: labels.txt and config.pbtxt."""
    files.write_text(folder / "labels.txt", "".join(f"{label}\n" for label in recipe.labels))
    spec = recipe.preprocessing
    config = render_config(
        name=recipe.name,
        input_shape=(spec.channels, spec.height, spec.width),
        classes=len(recipe.labels),
        config=ModelConfig(intra_op_threads=1),  # measured: docs/training.md
    )
    files.write_text(folder / "config.pbtxt", config)


def write_version(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], folder: Path) -> None:
    """Writes the package of the first of `scored`. Raises OSError where something cannot be written."""
    first = scored[0]
    network = first.run.result
    files.write_bytes(folder / "model.onnx", first.model.read_bytes())
    export.export_features(network, folder / "features.onnx")
    if write_excitations(folder, dataset.test_images, recipe.preprocessing) is not None:
        add_guided(folder, dataset.test_images, recipe.preprocessing)
    _write_evidence(recipe, scored, folder)
    summary = summarise(network)
    files.write_json(folder / "summary.json", summary)
    files.write_text(folder / "diagram.svg", draw_diagram(recipe.title, summary))
    manifest = _manifest(recipe, dataset, scored, {p.name: sha256(p) for p in sorted(folder.iterdir())})
    files.write_text(folder / MANIFEST_NAME, manifest.model_dump_json(indent=1) + "\n")
    add_card(folder, recipe)
    verify_files(folder, read_manifest(folder))


def _write_evidence(recipe: Recipe, scored: Sequence[Scored], folder: Path) -> None:
    """What the test said, and the course of the training, as numbers and as pictures."""
    first = scored[0]
    history = {
        "validation": VALIDATION[recipe.validation],
        "epochs": [asdict(row) for row in first.run.history],
        "seeds": [{"seed": s.run.seed, "epochs": [asdict(row) for row in s.run.history]} for s in scored],
    }
    measured = (
        first.scores
        | {"calibration": calibration_figures(first.probabilities, first.targets, first.fitted)}
        | {
            "parity": {"images": min(PARITY_IMAGES, len(first.targets)), "largest_difference": first.parity},
            "seeds": metrics.spread([_row(one) for one in scored]),
        }
    )
    files.write_json(folder / "metrics.json", measured)
    files.write_json(folder / "history.json", history)
    files.write_json(folder / "failures.json", metrics.failures(first.answers, first.targets), rows=True)
    files.write_text(folder / "predictions.dat", scores.predictions_dat(first.answers, first.targets))
    plots.draw_reliability(recipe.title, measured["calibration"], folder / "reliability.png")
    plots.draw_history(recipe.title, history, folder / "history.png")
    plots.draw_confusion(recipe.title, recipe.labels, measured["confusion"], folder / "confusion.png")


def _row(scored: Scored) -> dict[str, Any]:
    """A seed's scores. `test_loss` is that of the network's own probabilities, of every seed alike; what it is after
    calibration stands beside it."""
    row = {
        "seed": scored.run.seed,
        "test_accuracy": scored.scores["test_accuracy"],
        "test_loss": round(scores.loss(scored.probabilities, scored.targets), 6),
        "accuracy": scored.run.history[-1].accuracy,
        "val_accuracy": scored.run.history[-1].val_accuracy,
        "seconds": round(scored.run.seconds, 1),
    }
    if scored.fitted is None:
        return row
    return row | {"temperature": scored.temperature, "calibrated_test_loss": scored.scores["test_loss"]}


def _manifest(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], listed: dict[str, str]) -> Manifest:
    run, spec, fitted = scored[0].run, recipe.preprocessing, scored[0].fitted
    return Manifest(
        name=recipe.name,
        title=recipe.title,
        description=recipe.description,
        group=recipe.group,
        task=recipe.task,
        dataset=recipe.dataset,
        labels=recipe.labels,
        label_map=recipe.label_map,
        input=TensorSpec(name="input", shape=(-1, spec.channels, spec.height, spec.width)),
        output=OutputSpec(name="probabilities", shape=(-1, len(recipe.labels))),
        parameters=run.network.parameter_count(),
        preprocessing=spec,
        temperature=scored[0].temperature,
        rejection=recipe.rejection if fitted is None else fitted.rejection,
        files=listed,
        golden=_golden(dataset.test_images, scored[0].probabilities),
        provenance=Provenance(
            recipe=recipe.name,
            seed=run.seed,
            seeds=tuple(s.run.seed for s in scored),
            epochs=len(run.history),
            hyperparameters=recipe.hyperparameters(),
            data_sha256=run.data_sha256,
            versions={name: version(name) for name in ("torch", "onnx", "onnxruntime", "numpy", "pillow")},
            hardware="; ".join(dict.fromkeys(name for s in scored for name in s.run.machines)),
            seconds=round(run.seconds, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            commit=commit(),
            fonts_sha256=None if fitted is None else fonts_digest(),
            preparation_sha256=None if fitted is None else preparation_digest(),
        ),
    )


def _golden(images: NDArray[np.uint8], probabilities: metrics.Probabilities) -> tuple[GoldenSample, ...]:
    """The first test samples: their pixels are the model's input before the division."""
    return tuple(
        GoldenSample(
            index=i,
            pixels=base64.b64encode(images[i].tobytes()).decode(),
            probabilities=tuple(min(1.0, round(float(p), 7)) for p in probabilities[i]),
        )
        for i in range(min(GOLDEN, len(images)))
    )
