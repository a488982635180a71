"""`excite`: find the test pictures that excite each filter most, for published packages."""

from argparse import ArgumentParser, Namespace

from service.datasets import read_test_set
from service.inference.package.manifest import read_manifest
from training.cli.console import console
from training.cli.options import add_packages, chosen_packages
from training.packaging.excitation import add_excitations
from training.packaging.packages import find_package


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_packages(parser)


def run(options: Namespace) -> None:
    """Adds excitations.json to each package, and prints a line about it."""
    for name in chosen_packages(options):
        folder = find_package(options.models, name)
        images, _ = read_test_set(read_manifest(folder).dataset)
        path = add_excitations(folder, images)
        told = "no convolution, so nothing to look for" if path is None else f"{path}, {path.stat().st_size:,} bytes"
        console.print(f"{name}: {told}", soft_wrap=True)
