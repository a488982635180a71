"""Trains every seed of a recipe, scores each, and publishes the first as a package in models/.

    seeds -> fit -> ONNX, parity -> score -> calibrate -> a folder in models/ under a temporary name -> renamed

Which seed is published is fixed beforehand, so that the test set chooses nothing. What a version holds is written by
`version.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from service.errors import ConfigurationError, PackageError
from service.inference.package.manifest import read_manifest, sha256
from service.inference.runtime.session import Session
from training.data.sets import Dataset
from training.fitting.checkpoint import load_checkpoint
from training.fitting.loop import fit
from training.fitting.recipe import Recipe
from training.fitting.run import Progress, Run, start
from training.packaging import export, metrics
from training.packaging.packages import newest_version
from training.packaging.scratch import scratch, target_of
from training.packaging.version import PARITY_IMAGES, Scored, write_settings, write_version

PARITY_LIMIT = 1e-5  # largest difference of a probability between torch and onnxruntime
Report = Callable[[int, Progress], None]


@dataclass(frozen=True)
class Settings:
    """Where a publication reads and writes, and how long it trains; no `epochs`: as long as the recipe says."""

    runs: Path
    models: Path
    device: torch.device
    seeds: Sequence[int]
    epochs: int | None = None


def check_seeds(seeds: Sequence[int]) -> None:
    """Raises ConfigurationError unless there are some, each once: a run that counts twice makes the spread smaller."""
    if twice := sorted({seed for seed in seeds if list(seeds).count(seed) > 1}):
        raise ConfigurationError(f"--seeds names {', '.join(map(str, twice))} twice. Name each seed once.")
    if not seeds:
        raise ConfigurationError("--seeds names no seed. The first that it names is published.")


def run_folder(runs: Path, recipe: Recipe, seed: int) -> Path:
    """Where the checkpoint and the ONNX files of a seed are."""
    return runs / recipe.name / f"seed-{seed}"


def train_seed(recipe: Recipe, dataset: Dataset, seed: int, settings: Settings, report: Report) -> Run:
    """The finished run of a seed, continued from its checkpoint where there is one."""
    folder = run_folder(settings.runs, recipe, seed)
    run = start(recipe, dataset, seed, settings.device)
    load_checkpoint(run, folder)
    return fit(run, dataset, settings.epochs or recipe.epochs, folder, lambda p: report(seed, p))


def score(run: Run, dataset: Dataset, folder: Path) -> Scored:
    """Exports a run into its folder and answers the test set with the file.

    Raises PackageError where torch and onnxruntime disagree, OSError where the file cannot be written.
    """
    recipe, network = run.recipe, run.result.cpu()
    model = folder / "model.onnx"
    export.export_model(network, model)
    difference = export.parity(network, model, dataset.test_images[:PARITY_IMAGES])
    if difference >= PARITY_LIMIT:
        raise PackageError(f"{recipe.name}: torch and onnxruntime differ by {difference:.1e} in a probability.")
    raw = metrics.predict(Session(model), dataset.test_images, recipe.preprocessing)
    return Scored(run, model, raw, difference, recipe.targets(dataset.test_labels))


def publish(recipe: Recipe, dataset: Dataset, settings: Settings, report: Report) -> Path:
    """Trains what is missing, then writes the next version of the package. Gives its folder.

    Raises ConfigurationError for seeds named twice and foreign checkpoints, OSError where something cannot be written.
    """
    check_seeds(settings.seeds)
    scored = []
    for seed in settings.seeds:
        run = train_seed(recipe, dataset, seed, settings, report)
        scored.append(score(run, dataset, run_folder(settings.runs, recipe, seed)))
    return write_package(recipe, dataset, scored, settings.models)


def calibrated(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored]) -> list[Scored]:
    """Every seed with what it may be sure of, all fitted in the same way, where the recipe asks for it."""
    if recipe.calibrate is None:
        return list(scored)
    fitted = recipe.calibrate(recipe, dataset, [one.model for one in scored])
    return [replace(one, fitted=each) for one, each in zip(scored, fitted, strict=True)]


def write_package(recipe: Recipe, dataset: Dataset, scored: Sequence[Scored], models: Path) -> Path:
    """Writes the package of the first of `scored` into `models`. Gives the folder of the version.

    A version is never changed once written: the same weights with no seed beside them that was not scored before keep
    theirs; others get the next number.
    """
    home = models / recipe.name
    newest = newest_version(home)
    if newest is not None and _holds(newest, scored):
        return newest
    number = "1" if newest is None else str(int(newest.name) + 1)
    models.mkdir(parents=True, exist_ok=True)
    scored = calibrated(recipe, dataset, scored)
    with scratch(target_of(models, recipe.name)) as folder:
        fresh = folder / recipe.name
        (fresh / number).mkdir(parents=True)
        write_version(recipe, dataset, scored, fresh / number)
        write_settings(recipe, fresh)
        if home.is_dir():
            (fresh / number).replace(home / number)
            for name in ("config.pbtxt", "labels.txt"):
                (fresh / name).replace(home / name)
        else:
            fresh.replace(home)  # the whole model appears at once
    return home / number


def _holds(version: Path, scored: Sequence[Scored]) -> bool:
    """Whether a published version has these weights, and the scores of all these seeds."""
    if sha256(version / "model.onnx") != sha256(scored[0].model):
        return False
    provenance = read_manifest(version).provenance
    return provenance is not None and {one.run.seed for one in scored} <= set(provenance.seeds)
