"""How a training is told: a bar a seed on a terminal, a line an epoch elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from training.cli.console import console
from training.fitting.recipe import Recipe
from training.fitting.run import Progress
from training.packaging.publish import Report


@contextmanager
def progress(recipe: Recipe, epochs: int) -> Iterator[Report]:
    """A bar a seed with loss, accuracy and time left; a line an epoch where there is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    tasks: dict[int, TaskID] = {}
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:

        def report(seed: int, p: Progress) -> None:
            figures = _figures(p, epochs)
            if p.finished and not console.is_terminal:
                clock = time.strftime("%H:%M:%S")
                line = f"{clock} {recipe.name} seed {seed}  {figures}  {p.finished.seconds:.1f} s"
                console.print(line, soft_wrap=True)
            if seed not in tasks:
                tasks[seed] = bars.add_task(f"{recipe.name} seed {seed}", total=epochs, figures="")
            bars.update(tasks[seed], completed=p.epoch - 1 + p.step / p.steps, figures=figures)

        yield report


def _figures(p: Progress, epochs: int) -> str:
    figures = f"epoch {p.epoch}/{epochs}  loss {p.loss:.4f}  accuracy {p.accuracy:.4f}"
    if p.finished is None:
        return figures
    return f"{figures}  val_loss {p.finished.val_loss:.4f}  val_accuracy {p.finished.val_accuracy:.4f}"
