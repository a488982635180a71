"""How far a network's confidence may be believed, measured: of calibrated packages and of those that are not.

raw probabilities of the test set -> error as they are, the temperature that would mend it, the error with it
-> metrics.json, reliability.png, in a new package or added to a published one

The lecture's networks are served as they are: what a temperature would make of them stands beside it
(Guo et al., 2017).
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.datasets import read_test_set
from service.errors import ConfigurationError
from service.inference.answers import calibrate
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from service.tools import scores
from training import files
from training.data.sets import Dataset
from training.fitting.recipe import Calibration, Recipe
from training.packaging import metrics, plots
from training.packaging.model_card import add_card
from training.packaging.packages import find_package, relist
from training.packaging.preparation import preparation_digest
from training.packaging.scratch import scratch

_METRICS, _PICTURE = "metrics.json", "reliability.png"


def calibration_figures(
    raw: metrics.Probabilities, targets: NDArray[np.int64], fitted: Calibration | None
) -> dict[str, Any]:
    """The part `calibration` of metrics.json, of the test set's probabilities [n, classes] as the graph gives them.

    `test` is the reliability of the answers as they are served. Where nothing was `fitted`, `temperature` is the one of
    the least loss, and `tempered` the reliability that it gives on pictures that it was not fitted on.
    """
    if fitted is not None:
        return fitted.figures | {"test": scores.reliability(calibrate(raw, fitted.temperature), targets)}
    return scores.calibration(raw, targets, scores.fit_temperature(raw, targets)) | {
        "test": scores.reliability(raw, targets),
        "tempered": scores.reliability(scores.held_out_answers(raw, targets), targets),
    }


def add_calibration(folder: Path) -> dict[str, Any] | None:
    """Measures that of the package in `folder`, which was published without. Gives the figures; None where they are
    there already. The weights and all else stay. Raises PackageError where model.json is wrong."""
    manifest = read_manifest(folder)
    known: dict[str, Any] = json.loads((folder / _METRICS).read_text())
    if "calibration" in known:
        return None
    images, labels = read_test_set(manifest.dataset)
    raw = metrics.predict(Session(folder / "model.onnx"), images, manifest.preprocessing)
    known["calibration"] = calibration_figures(raw, manifest.targets(labels), None)
    files.write_json(folder / _METRICS, known)
    plots.draw_reliability(manifest.title, known["calibration"], folder / _PICTURE)
    relist(folder, _METRICS, _PICTURE)
    figures: dict[str, Any] = known["calibration"]
    return figures


def refit(recipe: Recipe, dataset: Dataset, models: Path) -> Path:
    """Fits temperature and rejection of a calibrated package anew, on pictures as they are prepared today, and writes
    them with the same weights as its next version. Gives that version's folder.

    Raises ConfigurationError for a recipe that is not calibrated, or without a package; OSError.
    """
    if recipe.calibrate is None:
        raise ConfigurationError(f"{recipe.name} is served as its network answers: it has no temperature to be fitted.")
    old = find_package(models, recipe.name)
    manifest = read_manifest(old)
    (fitted,) = recipe.calibrate(recipe, dataset, [old / "model.onnx"])
    raw = metrics.predict(Session(old / "model.onnx"), dataset.test_images, manifest.preprocessing)
    answers, targets = calibrate(raw, fitted.temperature), manifest.targets(dataset.test_labels)
    known: dict[str, Any] = json.loads((old / _METRICS).read_text())
    known |= scores.figures(answers, targets, manifest.labels)
    known["calibration"] = calibration_figures(raw, targets, fitted)
    known["seeds"]["values"][0] |= {"temperature": fitted.temperature, "calibrated_test_loss": known["test_loss"]}
    known["seeds"] = metrics.spread(known["seeds"]["values"])
    with scratch(old.parent) as place:
        fresh = place / str(int(old.name) + 1)
        shutil.copytree(old, fresh)
        files.write_json(fresh / _METRICS, known)
        files.write_json(fresh / "failures.json", metrics.failures(answers, targets), rows=True)
        plots.draw_reliability(manifest.title, known["calibration"], fresh / _PICTURE)
        provenance = manifest.provenance and manifest.provenance.model_copy(
            update={"preparation_sha256": preparation_digest()}
        )
        changed = {"temperature": fitted.temperature, "rejection": fitted.rejection, "provenance": provenance}
        relist(fresh, _METRICS, _PICTURE, "failures.json", **changed)
        add_card(fresh, recipe)
        fresh.replace(old.parent / fresh.name)
    return old.parent / fresh.name
