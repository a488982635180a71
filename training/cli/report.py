"""`report`: the table of results of the published packages, as Markdown."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from service.inference.package.manifest import read_manifest
from training.cli.options import add_folders
from training.packaging.packages import newest_version, package_names, read_json
from training.recipes import RECIPES

_HEADINGS = ("model", "parameters", "seeds", "test accuracy", "sd", "test loss", "reference", "s a seed")


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_folders(parser, "models")


def run(options: Namespace) -> None:
    """A table row a published package, against the lecture's own code where that gave a figure."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|---|" + "---:|" * (len(_HEADINGS) - 1)]
    hardware: set[str] = set()
    for name, row, machines in _results(options.models):
        lines.append("| " + " | ".join([f"`{name}`", *row]) + " |")
        hardware.update(machines.split("; "))
    print("\n".join(lines) + "\n\nHardware: " + "; ".join(sorted(hardware)))


def _results(models: Path) -> Iterator[tuple[str, list[str], str]]:
    """The recipes in their order, then networks of one's own."""
    own = [name for name in package_names(models) if name not in RECIPES]
    for name in [*RECIPES, *own]:
        folder = newest_version(models / name)
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
            (RECIPES[name].reference if name in RECIPES else "") or "-",
            f"{seconds:.0f}",
        ]
        yield name, row, provenance.hardware if provenance else "unknown"
