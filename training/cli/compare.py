"""`compare`: make a study of the published packages, as JSON and as a picture; or put models beside one another."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from rich.progress import Progress as Bars

from service.errors import ConfigurationError
from training.cli.console import console
from training.cli.options import add_folders, add_seed
from training.cli.side_by_side import compare_models
from training.data import sets
from training.lecture import comparison_plots, comparisons, optimizer_study

STUDIES = (*comparisons.BUILDERS, "optimizers")


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"studies, of {', '.join(STUDIES)}, all by default; or models and runs"
    )
    add_folders(parser, "data", "models", "runs")
    add_seed(parser)
    parser.add_argument("--picture", type=Path, metavar="PNG", help="models: write their curves as a picture")


def run(options: Namespace) -> None:
    """Writes each study into --models, and prints what it says; or a table of models."""
    if options.names and not set(options.names) & set(STUDIES):
        compare_models(options.names, options)
        return
    for name in options.names:
        if name not in STUDIES:
            raise ConfigurationError(f"{name} is no study, and is not compared with one: {', '.join(STUDIES)}.")
    for name in options.names or STUDIES:
        picture = options.models / f"{name}.study.png"
        if name == "optimizers":
            study = _compare_optimizers(options.data)
            optimizer_study.plot(study, picture)
        else:
            study = comparisons.BUILDERS[name](options.models)
            comparison_plots.PLOTS[name](study, picture)
        path = comparisons.write_study(study, options.models)
        console.print(f"{name}: {path}, {picture}", *study["claims"], sep="\n  ", soft_wrap=True)


def _compare_optimizers(folder: Path | None) -> dict[str, Any]:
    dataset = sets.load("mnist", folder)
    with Bars(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("optimizers", total=None)
        return optimizer_study.build(
            dataset.train_images,
            dataset.train_labels,
            dataset.test_images,
            dataset.test_labels,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
