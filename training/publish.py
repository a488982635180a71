"""Trains every seed of a recipe, scores each, and publishes the first as a package in models/.

    seeds -> train -> ONNX, parity -> score -> a folder under a temporary name -> checked -> renamed into place

Which seed is published is fixed beforehand, so that the test set chooses nothing.
"""

import base64
import json
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from service.inference.answers import calibrate
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.manifest import (
    GoldenSample,
    Manifest,
    OutputSpec,
    Provenance,
    TensorSpec,
    sha256,
    verify_files,
)
from service.inference.runtime.session import Session
from training import calibration, evaluate, export, plots, train
from training.data import Dataset
from training.diagram import draw_diagram
from training.excitation import write_excitations
from training.recipes import Recipe
from training.rendering.sources import held_out_source
from training.summary import summarise

PARITY_LIMIT = 1e-5
PARITY_IMAGES = 2_000
GOLDEN = 10
VALIDATION = {"holdout": "validation fifth", "last_5000": "last 5,000 training pictures", "test": "test set"}
Report = Callable[[int, train.Progress], None]


@dataclass(frozen=True)
class Scored:
    """A trained seed, its ONNX file and its answers on the whole test set."""

    run: train.Run
    model: Path
    probabilities: evaluate.Probabilities
    parity: float
    metrics: dict[str, Any]
    fitted: calibration.Calibration | None = None

    @property
    def answers(self) -> evaluate.Probabilities:
        """The probabilities as the service will give them."""
        return calibrate(self.probabilities, 1.0 if self.fitted is None else self.fitted.temperature)


@dataclass(frozen=True)
class Settings:
    """Where a publication reads and writes."""

    runs: Path
    models: Path
    device: torch.device
    seeds: Sequence[int]
    epochs: int | None = None


def run_folder(runs: Path, recipe: Recipe, seed: int) -> Path:
    return runs / recipe.name / f"seed-{seed}"


def train_seed(recipe: Recipe, dataset: Dataset, seed: int, settings: Settings, report: Report) -> train.Run:
    """The finished run of a seed, continued from its checkpoint where there is one."""
    folder = run_folder(settings.runs, recipe, seed)
    run = train.start(recipe, dataset, seed, settings.device)
    train.load_checkpoint(run, folder)
    return train.fit(run, dataset, settings.epochs or recipe.epochs, folder, lambda p: report(seed, p))


def score(run: train.Run, dataset: Dataset, folder: Path) -> Scored:
    """Exports a run into its folder and answers the test set with the file. Raises where the two disagree."""
    recipe, network = run.recipe, run.result.cpu()
    model = folder / "model.onnx"
    export.export_model(network, model)
    difference = export.parity(network, model, dataset.test_images[:PARITY_IMAGES])
    if difference >= PARITY_LIMIT:
        raise ArithmeticError(f"{recipe.name}: torch and onnxruntime differ by {difference:.1e} in a probability")
    probabilities = evaluate.predict(Session(model), dataset.test_images, recipe.preprocessing)
    scores = evaluate.metrics(probabilities, recipe.targets(dataset.test_labels), recipe.labels)
    return Scored(run, model, probabilities, difference, scores)


def publish(recipe: Recipe, dataset: Dataset, settings: Settings, report: Report) -> Path:
    """Trains what is missing, then writes the next version of the package. Gives its folder."""
    scored = []
    for seed in settings.seeds:
        run = train_seed(recipe, dataset, seed, settings, report)
        scored.append(score(run, dataset, run_folder(settings.runs, recipe, seed)))
    return write_package(recipe, dataset, scored, settings.models)


def calibrated(recipe: Recipe, dataset: Dataset, scored: Scored) -> Scored:
    """The published seed with what it may be sure of, where the recipe is one for real pictures."""
    if recipe.regime is None or dataset.others is None:
        return scored
    own = "digits" if dataset.name == "mnist" else "clothes"
    pairs = [(dataset.train_images, dataset.train_labels), dataset.others]
    digits, garments = pairs if own == "digits" else pairs[::-1]
    fitted = calibration.fit(Session(scored.model), recipe.preprocessing, own, held_out_source(digits, garments))
    scored = replace(scored, fitted=fitted)
    targets = recipe.targets(dataset.test_labels)
    figures = fitted.figures | {"test": calibration.reliability(scored.answers, targets)}
    scores = evaluate.metrics(scored.answers, targets, recipe.labels)
    return replace(scored, metrics=scores | {"calibration": figures})


def write_package(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], models: Path) -> Path:
    """Writes the package of the first of `scored` beside `models` and renames it into place.

    A version is never changed once written: the same weights keep theirs, others get the next number.
    """
    home = models / recipe.name
    models.mkdir(parents=True, exist_ok=True)
    existing = sorted(int(p.name) for p in home.iterdir() if p.name.isdigit()) if home.is_dir() else []
    if existing and sha256(home / str(existing[-1]) / "model.onnx") == sha256(scored[0].model):
        return home / str(existing[-1])
    with tempfile.TemporaryDirectory(dir=models.absolute().parent, prefix=".publish-") as scratch:
        scored = [calibrated(recipe, dataset, scored[0]), *scored[1:]]
        fresh = Path(scratch) / recipe.name
        number = str(existing[-1] + 1 if existing else 1)
        (fresh / number).mkdir(parents=True)
        _write_version(recipe, dataset, scored, fresh / number)
        _write_settings(recipe, fresh)
        if not existing:
            fresh.replace(home)  # the whole model appears at once
        else:
            (fresh / number).replace(home / number)
            for name in ("config.pbtxt", "labels.txt"):
                (fresh / name).replace(home / name)
    return home / number


def _write_settings(recipe: Recipe, folder: Path) -> None:
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in recipe.labels))
    spec = recipe.preprocessing
    config = render_config(
        name=recipe.name,
        input_shape=(spec.channels, spec.height, spec.width),
        classes=len(recipe.labels),
        config=ModelConfig(intra_op_threads=1),  # measured: docs/training.md
    )
    (folder / "config.pbtxt").write_text(config)


def _write_version(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], folder: Path) -> None:
    first = scored[0]
    network, targets = first.run.result, recipe.targets(dataset.test_labels)
    history = {
        "validation": VALIDATION[recipe.validation],
        "epochs": [asdict(row) for row in first.run.history],
        "seeds": [{"seed": s.run.seed, "epochs": [asdict(row) for row in s.run.history]} for s in scored],
    }
    summary = summarise(network)
    scores = first.metrics | {
        "parity": {"images": min(PARITY_IMAGES, len(targets)), "largest_difference": first.parity},
        "seeds": _spread(scored),
    }
    (folder / "model.onnx").write_bytes(first.model.read_bytes())
    export.export_features(network, folder / "features.onnx")
    write_excitations(folder, dataset.test_images, recipe.preprocessing)
    _write_json(folder / "metrics.json", scores)
    _write_json(folder / "history.json", history)
    _write_json(folder / "failures.json", evaluate.failures(first.answers, targets), rows=True)
    (folder / "predictions.dat").write_text(evaluate.predictions_dat(first.answers, targets))
    _write_json(folder / "summary.json", summary)
    (folder / "diagram.svg").write_text(draw_diagram(recipe.title, summary))
    if first.fitted is not None:
        plots.draw_reliability(recipe.title, scores["calibration"], folder / "reliability.png")
    plots.draw_history(recipe.title, history, folder / "history.png")
    plots.draw_confusion(recipe.title, recipe.labels, scores["confusion"], folder / "confusion.png")
    manifest = _manifest(recipe, dataset, scored, {p.name: sha256(p) for p in sorted(folder.iterdir())})
    verify_files(folder, manifest)
    (folder / "model.json").write_text(manifest.model_dump_json(indent=1) + "\n")


def _manifest(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], files: dict[str, str]) -> Manifest:
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
        temperature=1.0 if fitted is None else fitted.temperature,
        rejection=recipe.rejection if fitted is None else fitted.rejection,
        files=files,
        golden=_golden(dataset.test_images, scored[0].probabilities),
        provenance=Provenance(
            recipe=recipe.name,
            seed=run.seed,
            seeds=tuple(s.run.seed for s in scored),
            epochs=len(run.history),
            hyperparameters=recipe.hyperparameters(),
            data_sha256=run.data_sha256,
            versions={name: version(name) for name in ("torch", "onnx", "onnxruntime", "numpy", "pillow")},
            hardware=hardware(),
            seconds=round(run.seconds, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )


def _golden(images: NDArray[np.uint8], probabilities: evaluate.Probabilities) -> tuple[GoldenSample, ...]:
    """The first test samples: their pixels are the model's input before the division."""
    return tuple(
        GoldenSample(
            index=i,
            pixels=base64.b64encode(images[i].tobytes()).decode(),
            probabilities=tuple(min(1.0, round(float(p), 7)) for p in probabilities[i]),
        )
        for i in range(min(GOLDEN, len(images)))
    )


def _spread(scored: Sequence[Scored]) -> dict[str, Any]:
    """Scores of every seed with mean and sample standard deviation."""
    values = [
        {
            "seed": s.run.seed,
            "test_accuracy": s.metrics["test_accuracy"],
            "test_loss": s.metrics["test_loss"],
            "accuracy": s.run.history[-1].accuracy,
            "val_accuracy": s.run.history[-1].val_accuracy,
            "seconds": round(s.run.seconds, 1),
        }
        for s in scored
    ]
    table = {key: np.array([row[key] for row in values]) for key in ("test_accuracy", "test_loss")}
    return {
        "n": len(values),
        "values": values,
        "mean": {key: round(float(x.mean()), 6) for key, x in table.items()},
        "sd": {key: round(float(x.std(ddof=1)), 6) if len(x) > 1 else None for key, x in table.items()},
    }


def hardware() -> str:
    """The GPU's name, or the processor's with the threads that torch uses."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def _write_json(path: Path, value: Any, rows: bool = False) -> None:
    """Indented JSON; `rows` puts each element of a list on a line of its own."""
    if rows:
        path.write_text("[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]\n")
    else:
        path.write_text(json.dumps(value, indent=1) + "\n")
