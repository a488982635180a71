"""`evaluate`: a model is judged on labelled pictures; what comes out is the next version of its package."""

import argparse
import sys
from pathlib import Path
from typing import Any

from service.api.services import image_limits
from service.cli.opened import quiet_repository
from service.cli.options import OFFLINE, add_settings, number
from service.cli.progress import progress
from service.errors import ConfigurationError
from service.inference.package.manifest import Manifest
from service.settings import Settings
from service.tools.evaluation import Judged, judge, publish
from service.tools.labelled import Labelled, folder_of_classes, idx_pair

_MOST_TOLD = 5  # files that could not be read


def add(parser: argparse.ArgumentParser) -> None:
    """What `evaluate` takes."""
    parser.add_argument("model", help="its name")
    parser.add_argument(
        "pictures", type=Path, help="a folder with a sub-folder for each class, named by label or index; or an IDX file"
    )
    parser.add_argument("classes", type=Path, nargs="?", help="the IDX file with the classes, where pictures is one")
    parser.add_argument("--model-version", metavar="NUMBER", help="which version to judge (default: the newest)")
    parser.add_argument("--temperature", type=number(0.01, 100), help="of the calibration, instead of a fitted one")
    add_settings(parser, OFFLINE)
    parser.set_defaults(verb=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Judges the model, writes the version, and tells the figures."""
    repository = quiet_repository(settings)
    repository.load(options.model)
    model, limits = repository.get(options.model, options.model_version), image_limits(settings)
    pictures = _pictures(options.pictures, options.classes, model.manifest)
    with progress(len(pictures), "pictures") as tell:
        judged = judge(model, pictures, limits, tell)
    folder, metrics = publish(model, judged, options.pictures.resolve().name, limits, options.temperature)
    _tell_unread(judged)
    _tell(folder, metrics, settings)
    return 0


def _pictures(pictures: Path, classes: Path | None, manifest: Manifest) -> list[Labelled]:
    if classes is not None:
        return idx_pair(pictures, classes, manifest)
    if pictures.is_file():
        raise ConfigurationError(f"{pictures} is a file: where it is IDX, name the file with the classes after it")
    return folder_of_classes(pictures, manifest.labels)


def _tell_unread(judged: Judged) -> None:
    for name, reason in judged.unread[:_MOST_TOLD]:
        print(f"featuremap: {name} is left out: {reason}", file=sys.stderr)
    if len(judged.unread) > _MOST_TOLD:
        print(f"featuremap: and {len(judged.unread) - _MOST_TOLD} files more", file=sys.stderr)


def _tell(folder: Path, metrics: dict[str, Any], settings: Settings) -> None:
    total, kept = metrics["n"], metrics["judged"]["failures_kept"]
    wrong = total - sum(row[i] for i, row in enumerate(metrics["confusion"]))
    fitted = metrics["calibration"]
    print(
        f"{folder}: judged on {total:,} pictures\n"
        f"  accuracy           {metrics['test_accuracy']:.4f}, {wrong:,} wrong\n"
        f"  loss               {metrics['test_loss']:.4f}\n"
        f"  temperature        {fitted['temperature']:g}\n"
        f"  calibration error  {fitted['calibration_error_before']:.4f} without it, "
        f"{fitted['calibration_error_held_out']:.4f} on the half that it was not fitted on"
    )
    for count, truth, said in _worst(metrics):
        print(f"  {truth} taken for {said}: {count:,}")
    print(
        f"\n{kept:,} failures are kept with their pictures. Next:\n"
        f"  python -m service serve --models {settings.models}    then Failures in the page"
    )


def _worst(metrics: dict[str, Any]) -> list[tuple[int, str, str]]:
    """The three commonest mistakes: how often, true label, predicted label."""
    labels = [each["label"] for each in metrics["per_class"]]
    mistakes = [
        (count, labels[i], labels[j])
        for i, row in enumerate(metrics["confusion"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    return sorted(mistakes, key=lambda mistake: -mistake[0])[:3]
