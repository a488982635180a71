"""`report`: the table of results of the published packages, as Markdown."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from service.inference.package.manifest import read_manifest
from training.cli.options import Verbs, add_folders, add_verb
from training.fitting.recipe import Recipe
from training.packaging.packages import newest_version, read_json
from training.recipes import RECIPES

_HEADINGS = ("model", "parameters", "seeds", "test accuracy", "sd", "test loss", "reference", "s a seed")


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    add_folders(add_verb(verbs, "report", run, "the table of results of the published packages, as Markdown"), "models")


def run(options: Namespace) -> None:
    """A table row a published package, against the lecture's own code where that gave a figure."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|---|" + "---:|" * (len(_HEADINGS) - 1)]
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
