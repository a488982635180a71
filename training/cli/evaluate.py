"""`evaluate`: score a published package or a trained run, or show single answers of it."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from service.datasets import LABELS, read_test_set
from service.errors import ConfigurationError
from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.tools import scores
from training import files
from training.cli.console import console
from training.cli.options import add_folders, add_seed
from training.packaging.classifier import Classifier, of_package, of_run
from training.packaging.packages import find_package
from training.packaging.publish import run_folder
from training.recipes import find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument("model", help="a folder's name in --models; with --run a recipe's")
    add_folders(parser, "models", "runs")
    parser.add_argument("--run", dest="of_run", action="store_true", help="what `train` made, in place of a package")
    add_seed(parser)
    parser.add_argument("--sample", type=int, metavar="INDEX", help="predict one test sample (the lecture's: 4444)")
    parser.add_argument("--failures", action="store_true", help="list wrong test samples, `predicted (true)`")
    parser.add_argument("--true", metavar="CLASS", help="failures: of this true class, by index or label")
    parser.add_argument("--predicted", metavar="CLASS", help="failures: of this predicted class")
    parser.add_argument("--max", type=int, default=10, help="failures: at most so many (default: %(default)s)")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="write the sample or the failures as a picture")


def run(options: Namespace) -> None:
    """Prints scores, one sample's answer, or failures. Raises ConfigurationError where there is no such model."""
    classifier = _classifier(options)
    if options.sample is not None:
        _show_sample(classifier, options.sample, options.picture)
    elif options.failures or options.true or options.predicted:
        _show_failures(classifier, options)
    else:
        _show_scores(classifier)


def _classifier(options: Namespace) -> Classifier:
    if not options.of_run:
        return of_package(find_package(options.models, options.model))
    recipe = find_recipe(options.model, options.runs)
    return of_run(recipe, run_folder(options.runs, recipe, options.seed), options.seed)


def _show_scores(classifier: Classifier) -> None:
    """The whole test set once more, through the serving code."""
    images, labels = read_test_set(classifier.dataset)
    measured = scores.figures(classifier.predict(images), classifier.targets(labels), classifier.labels)
    console.print(f"loss: {measured['test_loss']:.4f}\naccuracy: {measured['test_accuracy']:.2%}")
    table = Table("class", box=None, pad_edge=False)
    for heading in ("precision", "recall", "pictures"):
        table.add_column(heading, justify="right")
    for row in measured["per_class"]:
        shares = ("-" if row[key] is None else f"{row[key]:.4f}" for key in ("precision", "recall"))
        table.add_row(row["label"], *shares, f"{row['support']:,}")
    console.print(table)


def _show_sample(classifier: Classifier, index: int, picture: Path | None) -> None:
    images, labels = read_test_set(classifier.dataset)
    if not 0 <= index < len(images):
        raise ConfigurationError(f"--sample must be from 0 to {len(images) - 1}, not {index}.")
    (row,) = classifier.predict(images[index : index + 1])
    said, true = classifier.labels[row.argmax()], LABELS[classifier.dataset][labels[index]]
    console.print(f"sample {index} of {classifier.dataset}: predicted {said} ({row.max():.2%} sure), it is: {true}")
    _write_picture(picture, [images[index]], [f"{said} ({true})"], scale=10)


def _show_failures(classifier: Classifier, options: Namespace) -> None:
    found = classifier.failures(options.true, options.predicted)
    shown = found[: max(0, options.max)]
    titles = [f"{classifier.labels[f.predicted_class]} ({classifier.labels[f.true_class]})" for f in shown]
    console.print(f"{len(found)} failures of {classifier.name}; predicted (true):")
    for failure, title in zip(shown, titles, strict=True):
        console.print(f"{failure.index:6d}  {title}  {failure.confidence:.2%} sure")
    images, _ = read_test_set(classifier.dataset)
    _write_picture(options.picture, [images[f.index] for f in shown], titles, scale=3)


def _write_picture(path: Path | None, pictures: list[NDArray[np.uint8]], titles: list[str], scale: int) -> None:
    if path is not None:
        files.write_bytes(path, encode_png(draw_contact_sheet(pictures, titles, scale=scale)))
        console.print(f"{path} written", soft_wrap=True)
