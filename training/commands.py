"""What the verbs do that train: data, train, export, publish."""

import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from service.errors import ConfigurationError
from service.inference.runtime.cpus import available_cpus
from training import data, export, optimizer_study, publish, show, studies, study_plots, train
from training.recipes import RECIPES, Recipe, find_recipe
from training.show import console

STUDIES = (*studies.BUILDERS, "optimizers")


def check_data(options: Namespace) -> None:
    for name in options.names or data.CHECKSUMS:
        if name not in data.CHECKSUMS:
            raise ConfigurationError(f"There is no data set {name!r}. There are: {', '.join(data.CHECKSUMS)}.")
        folder, sums = data.ensure(name, options.data)
        console.print(f"{name}: {len(sums)} files in {folder}, checksums right", soft_wrap=True)


def train_recipe(options: Namespace) -> None:
    recipe = find_recipe(options.recipe)
    epochs = _epochs(options, recipe)
    dataset, device = _load(recipe, options), _prepare_torch(options.device, options.threads)
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


def _load(recipe: Recipe, options: Namespace) -> data.Dataset:
    return data.load(recipe.dataset, options.data, with_others=recipe.regime is not None)


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
    export.export_features(run.result, folder / "features.onnx")
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
        dataset = _load(recipe, options)
        with _progress(recipe, epochs) as report:
            folder = publish.publish(recipe, dataset, settings, report)
        console.print(f"{recipe.name}: {folder}", soft_wrap=True)
    show.report_results(options)


def compare_models(options: Namespace) -> None:
    for name in options.studies or STUDIES:
        if name not in STUDIES:
            raise ConfigurationError(f"There is no study {name!r}. The studies are: {', '.join(STUDIES)}.")
        picture = options.models / f"{name}.study.png"
        if name == "optimizers":
            study = _compare_optimizers(options.data)
            optimizer_study.plot(study, picture)
        else:
            study = studies.BUILDERS[name](options.models)
            study_plots.PLOTS[name](study, picture)
        path = studies.write_study(study, options.models)
        console.print(f"{name}: {path}, {picture}", *study["claims"], sep="\n  ", soft_wrap=True)


def _compare_optimizers(folder: Path | None) -> dict[str, Any]:
    dataset = data.load("mnist", folder)
    with RichProgress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("optimizers", total=None)
        return optimizer_study.build(
            dataset.train_images,
            dataset.train_labels,
            dataset.test_images,
            dataset.test_labels,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )


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
    with RichProgress(*columns, console=console, disable=not console.is_terminal) as bars:

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
