"""What the verbs do with published packages alone: evaluate, excite, report."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from service.datasets import LABELS, read_test_set
from service.errors import ConfigurationError
from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import Manifest, read_manifest
from service.inference.runtime.session import Session
from training import evaluate
from training.excitation import add_excitations
from training.recipes import RECIPES, Recipe

console = Console(highlight=False)


def evaluate_model(options: Namespace) -> None:
    folder = find_package(options.models, options.model)
    manifest = read_manifest(folder)
    if options.sample is not None:
        _show_sample(folder, manifest, options.sample, options.picture)
    elif options.failures or options.true or options.predicted:
        _show_failures(folder, manifest, options)
    else:
        _show_scores(folder, manifest)


def excite_models(options: Namespace) -> None:
    """Adds to each package which test pictures excite its filters most."""
    for name in options.names or _packages(options.models):
        folder = find_package(options.models, name)
        images, _ = read_test_set(read_manifest(folder).dataset)
        path = add_excitations(folder, images)
        told = "no convolution, so nothing to look for" if path is None else f"{path}, {path.stat().st_size:,} bytes"
        console.print(f"{name}: {told}", soft_wrap=True)


def _packages(models: Path) -> list[str]:
    return [name for name in RECIPES if newest_version(models / name)]


def find_package(models: Path, name: str) -> Path:
    folder = newest_version(models / name)
    if folder is None:
        known = ", ".join(_packages(models))
        raise ConfigurationError(f"{models} holds no package {name!r}. It holds: {known or 'none'}.")
    return folder


def _show_scores(folder: Path, manifest: Manifest) -> None:
    """The whole test set once more, through the serving code."""
    images, labels = read_test_set(manifest.dataset)
    probabilities = evaluate.predict(
        Session(folder / "model.onnx"), images, manifest.preprocessing, manifest.temperature
    )
    scores = evaluate.metrics(probabilities, manifest.targets(labels), manifest.labels)
    console.print(f"loss: {scores['test_loss']:.4f}\naccuracy: {scores['test_accuracy']:.2%}")
    table = Table("class", box=None, pad_edge=False)
    for heading in ("precision", "recall", "pictures"):
        table.add_column(heading, justify="right")
    for row in scores["per_class"]:
        shares = ("-" if row[key] is None else f"{row[key]:.4f}" for key in ("precision", "recall"))
        table.add_row(row["label"], *shares, f"{row['support']:,}")
    console.print(table)


def _show_sample(folder: Path, manifest: Manifest, index: int, picture: Path | None) -> None:
    images, labels = read_test_set(manifest.dataset)
    if not 0 <= index < len(images):
        raise ConfigurationError(f"--sample must be from 0 to {len(images) - 1}, not {index}.")
    session = Session(folder / "model.onnx")
    (row,) = evaluate.predict(session, images[index : index + 1], manifest.preprocessing, manifest.temperature)
    said, true = manifest.labels[row.argmax()], LABELS[manifest.dataset][labels[index]]
    console.print(f"sample {index} of {manifest.dataset}: predicted {said} ({row.max():.2%} sure), it is: {true}")
    _write_picture(picture, [images[index]], [f"{said} ({true})"], scale=10)


def _show_failures(folder: Path, manifest: Manifest, options: Namespace) -> None:
    evidence = Evidence(folder, manifest)
    found = evidence.show_failures(options.true, options.predicted, "index")
    shown = found[: max(0, options.max)]
    titles = [f"{manifest.labels[f.predicted_class]} ({manifest.labels[f.true_class]})" for f in shown]
    console.print(f"{len(found)} failures of {manifest.name}; predicted (true):")
    for failure, title in zip(shown, titles, strict=True):
        console.print(f"{failure.index:6d}  {title}  {failure.confidence:.2%} sure")
    images, _ = read_test_set(manifest.dataset)
    _write_picture(options.picture, [images[f.index] for f in shown], titles, scale=3)


def _write_picture(path: Path | None, pictures: list[NDArray[np.uint8]], titles: list[str], scale: int) -> None:
    if path is not None:
        path.write_bytes(encode_png(draw_contact_sheet(pictures, titles, scale=scale)))
        console.print(f"{path} written", soft_wrap=True)


def report_results(options: Namespace) -> None:
    """A table row a published package, against the lecture's own code where that gave a figure."""
    headings = ("model", "parameters", "seeds", "test accuracy", "sd", "test loss", "reference", "s a seed")
    lines = ["| " + " | ".join(headings) + " |", "|---|" + "---:|" * (len(headings) - 1)]
    hardware = set()
    for recipe, row, machine in _results(options.models):
        lines.append("| " + " | ".join([f"`{recipe.name}`", *row]) + " |")
        hardware.add(machine)
    print("\n".join(lines) + "\n\nHardware: " + "; ".join(sorted(hardware)))


def _results(models: Path) -> Iterator[tuple[Recipe, list[str], str]]:
    for recipe in RECIPES.values():
        folder = newest_version(models / recipe.name)
        if folder is None:
            continue
        manifest, scores = read_manifest(folder), read_json(folder / "metrics.json")
        seeds, provenance = scores["seeds"], manifest.provenance
        sd = seeds["sd"]["test_accuracy"]
        seconds = sum(row["seconds"] for row in seeds["values"]) / seeds["n"]
        row = [
            f"{manifest.parameters:,}",
            str(seeds["n"]),
            f"{seeds['mean']['test_accuracy']:.4f}",
            "-" if sd is None else f"{sd:.4f}",
            f"{seeds['mean']['test_loss']:.4f}",
            recipe.reference or "-",
            f"{seconds:.0f}",
        ]
        yield recipe, row, provenance.hardware if provenance else "unknown"


def newest_version(home: Path) -> Path | None:
    """The folder of a package's newest version; None where there is none."""
    versions = [p for p in home.iterdir() if p.name.isdigit()] if home.is_dir() else []
    return max(versions, key=lambda p: int(p.name), default=None)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())
