"""What each verb of the training command line does."""

import json
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from service.errors import ConfigurationError
from service.inference.cpus import available_cpus
from service.inference.manifest import read_manifest
from training import data, export, publish, train
from training.recipes import RECIPES, Recipe, find_recipe

console = Console(highlight=False)


def check_data(options: Namespace) -> None:
    for name in options.names or data.CHECKSUMS:
        if name not in data.CHECKSUMS:
            raise ConfigurationError(f"There is no data set {name!r}. There are: {', '.join(data.CHECKSUMS)}.")
        folder, sums = data.ensure(name, options.data)
        console.print(f"{name}: {len(sums)} files in {folder}, checksums right", soft_wrap=True)


def train_recipe(options: Namespace) -> None:
    recipe = find_recipe(options.recipe)
    epochs = _epochs(options, recipe)
    dataset, device = data.load(recipe.dataset, options.data), _prepare_torch(options.device, options.threads)
    folder = publish.run_folder(options.runs, recipe, options.seed)
    run = train.start(recipe, dataset, options.seed, device)
    if options.resume and train.load_checkpoint(run, folder):
        console.print(f"Continues after epoch {len(run.history)}.")
    with _progress(recipe, epochs) as report:
        train.fit(run, dataset, epochs, folder, lambda p: report(options.seed, p))
    last = run.history[-1]
    console.print(
        f"{recipe.name} seed {options.seed}: {run.network.parameter_count():,} parameters, {len(run.history)} epochs "
        f"in {run.seconds:.0f} s; loss {last.loss:.4f}, val_loss {last.val_loss:.4f}; accuracy: {last.accuracy:.2%}, "
        f"val_accuracy: {last.val_accuracy:.2%}; {folder / train.CHECKPOINT}",
        soft_wrap=True,
    )


def export_recipe(options: Namespace) -> None:
    recipe = find_recipe(options.recipe)
    dataset = data.load(recipe.dataset, options.data)
    folder = publish.run_folder(options.runs, recipe, options.seed)
    run = train.start(recipe, dataset, options.seed, _prepare_torch("cpu", None))
    if not train.load_checkpoint(run, folder):
        raise ConfigurationError(
            f"{folder} holds no checkpoint. Run `python -m training train {recipe.name} --seed {options.seed}` first."
        )
    scored = publish.score(run, dataset, folder)
    export.export_features(run.network, folder / "features.onnx")
    console.print(
        f"{scored.model}: largest difference of a probability to torch {scored.parity:.1e}; accuracy: "
        f"{scored.metrics['test_accuracy']:.2%} of {scored.metrics['n']:,} test pictures",
        soft_wrap=True,
    )


def publish_recipes(options: Namespace) -> None:
    recipes = [find_recipe(name) for name in options.recipes or RECIPES]
    device = _prepare_torch(options.device, options.threads)
    for recipe in recipes:
        epochs = _epochs(options, recipe)
        settings = publish.Settings(options.runs, options.models, device, options.seeds, epochs)
        dataset = data.load(recipe.dataset, options.data)
        with _progress(recipe, epochs) as report:
            folder = publish.publish(recipe, dataset, settings, report)
        console.print(f"{recipe.name}: {folder}", soft_wrap=True)
    report_results(options)


def report_results(options: Namespace) -> None:
    """A table row a published package, against the lecture's own code where that gave a figure."""
    table = Table(box=None, pad_edge=False)
    headings = ("model", "parameters", "seeds", "test accuracy", "sd", "test loss", "reference", "s a seed")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "model" else "right")
    hardware = set()
    for recipe, row, machine in _results(options.models):
        table.add_row(recipe.name, *row)
        hardware.add(machine)
    console.print(table)
    console.print("Hardware: " + "; ".join(sorted(hardware)), soft_wrap=True)


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


def _epochs(options: Namespace, recipe: Recipe) -> int:
    epochs = recipe.epochs if options.epochs is None else int(options.epochs)
    if epochs < 1:
        raise ConfigurationError(f"--epochs must be at least 1, not {epochs}.")
    return epochs


def _prepare_torch(device: str, threads: int | None) -> torch.device:
    """The device, with torch set to give the same weights for the same seed and number of threads."""
    chosen = train.choose_device(device)
    if threads is not None and threads < 1:
        raise ConfigurationError(f"--threads must be at least 1, not {threads}.")
    torch.set_num_threads(threads or available_cpus())
    torch.set_flush_denormal(True)  # Adam's second moments decay into denormals, which are slow
    torch.use_deterministic_algorithms(True)
    return chosen


@contextmanager
def _progress(recipe: Recipe, epochs: int) -> Iterator[publish.Report]:
    """A bar a seed with loss, accuracy and time left; a line an epoch where there is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    tasks: dict[int, TaskID] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def report(seed: int, p: train.Progress) -> None:
            figures = f"epoch {p.epoch}/{epochs}  loss {p.loss:.4f}  accuracy {p.accuracy:.4f}"
            if p.finished:
                figures += f"  val_loss {p.finished.val_loss:.4f}  val_accuracy {p.finished.val_accuracy:.4f}"
                if not console.is_terminal:
                    clock = time.strftime("%H:%M:%S")
                    console.print(
                        f"{clock} {recipe.name} seed {seed}  {figures}  {p.finished.seconds:.1f} s",
                        soft_wrap=True,
                    )
            if seed not in tasks:
                tasks[seed] = bars.add_task(f"{recipe.name} seed {seed}", total=epochs, figures="")
            bars.update(tasks[seed], completed=p.epoch - 1 + p.step / p.steps, figures=figures)

        yield report
