"""A model judged on labelled pictures, as the next version of its package: the same weights, with evidence.

Labelled -> probabilities -> temperature -> figures, failures with their pictures -> models/<name>/<n + 1>/

The version that was judged is not touched: a temperature changes answers, so it makes a version of its own.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from service.errors import ConfigurationError, FeaturemapError, PackageError
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import FloatArray
from service.inference.answers import calibrate
from service.inference.inputs import Upload
from service.inference.loader import Model
from service.inference.package import excitations, failure_pictures
from service.inference.package.manifest import MANIFEST_NAME
from service.tools import scores
from service.tools.labelled import Labelled
from service.tools.offline import item_probabilities
from service.tools.version_folder import link_or_copy, next_version, write_manifest

MOST_FAILURES = 1000  # kept with their pictures, the most confident ones
_CHUNK = 32  # pictures held at a time
# What an earlier judgement left, or what speaks of the pictures of another one.
_REPLACED = frozenset(
    {"metrics.json", "failures.json", failure_pictures.FILE, "predictions.dat", "confusion.png", "reliability.png",
     excitations.FILE, MANIFEST_NAME}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """Pictures that could be read, and what the model said: float32 [n, classes], not calibrated. `unread` are names of
    files and why they could not be."""

    pictures: Sequence[Labelled]
    probabilities: FloatArray
    unread: Sequence[tuple[str, str]]

    @property
    def targets(self) -> scores.Classes:
        return np.array([picture.target for picture in self.pictures], np.int64)


def judge(model: Model, pictures: Sequence[Labelled], limits: ImageLimits, progress: Callable[[int], None]) -> Judged:
    """Asks the model about every picture; `progress` hears how many are done. Raises ConfigurationError where none can
    be read."""
    read: list[Labelled] = []
    rows: list[FloatArray] = []
    unread: list[tuple[str, str]] = []
    for start in range(0, len(pictures), _CHUNK):
        chunk = pictures[start : start + _CHUNK]
        try:
            rows.append(_ask(model, chunk, limits))
            read += chunk
        except FeaturemapError:  # of some of them: those cost themselves alone
            for picture in chunk:
                try:
                    rows.append(_ask(model, [picture], limits))
                    read.append(picture)
                except FeaturemapError as error:
                    unread.append((picture.name, error.message))
        progress(min(start + _CHUNK, len(pictures)))
    if not read:
        raise ConfigurationError(f"none of the {len(pictures)} files is a picture that can be read: {unread[0][1]}")
    return Judged(read, np.concatenate(rows), unread)


def _ask(model: Model, pictures: Sequence[Labelled], limits: ImageLimits) -> FloatArray:
    try:
        items = [Upload(picture.read()) for picture in pictures]
    except OSError as error:
        raise PackageError(f"it cannot be read: {error.strerror}") from None
    return item_probabilities(model, items, limits)


def publish(
    model: Model, judged: Judged, dataset: str, limits: ImageLimits, temperature: float | None = None
) -> tuple[Path, dict[str, Any]]:
    """Writes the next version of the model's package; gives its folder and what metrics.json holds. `temperature` is
    fitted where it is not given."""
    targets, manifest = judged.targets, model.manifest
    if temperature is None:
        temperature = scores.fit_temperature(judged.probabilities, targets)
    answers = calibrate(judged.probabilities, temperature)
    wrong = _kept(answers, targets)
    metrics = scores.figures(answers, targets, manifest.labels) | {
        "calibration": scores.calibration(judged.probabilities, targets, temperature)
        | {"test": scores.reliability(answers, targets)},
        "judged": {
            "pictures": dataset,
            "unread": len(judged.unread),
            "failures_kept": len(wrong),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    models = model.folder.parents[1]
    with next_version(models, model.name) as version:
        for name in set(manifest.files) - _REPLACED:
            link_or_copy(model.folder / name, version / name)
        _write_json(version / "metrics.json", metrics)
        (version / "failures.json").write_text(_rows([_failure(judged, answers, i) for i in wrong]))
        (version / "predictions.dat").write_text(scores.predictions_dat(answers, targets))
        kept = {i: _thumbnail(judged.pictures[i], limits) for i in wrong}
        failure_pictures.write_pictures(version / failure_pictures.FILE, kept)
        fields = {"temperature": temperature, "dataset": dataset, "label_map": None}
        write_manifest(version, manifest.model_copy(update=fields))
    return models / model.name / version.name, metrics


def _kept(answers: FloatArray, targets: scores.Classes) -> list[int]:
    """The failures that are kept, in the order of the pictures."""
    wrong = np.flatnonzero(answers.argmax(axis=1) != targets)
    sure = np.argsort(-answers[wrong].max(axis=1), kind="stable")[:MOST_FAILURES]
    kept: list[int] = np.sort(wrong[sure]).tolist()
    return kept


def _failure(judged: Judged, answers: FloatArray, i: int) -> dict[str, Any]:
    return {
        "index": i,
        "true": judged.pictures[i].target,
        "predicted": int(answers[i].argmax()),
        "probabilities": [round(float(p), 6) for p in answers[i]],
        "file": judged.pictures[i].name,
    }


def _thumbnail(picture: Labelled, limits: ImageLimits) -> tuple[str, bytes]:
    try:
        content = picture.read()
    except OSError as error:
        raise PackageError(f"{picture.name} went away while it was judged: {error.strerror}") from None
    return failure_pictures.thumbnail(decode(content, limits, working_side=failure_pictures.LONGEST_SIDE))


def _rows(rows: Sequence[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
