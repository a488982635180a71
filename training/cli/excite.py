"""`excite`: find the test pictures that excite each filter most, for published packages."""

from argparse import Namespace

from service.datasets import read_test_set
from service.inference.package.manifest import read_manifest
from training.cli.console import console
from training.cli.options import Verbs, add_folders, add_verb
from training.packaging.excitation import add_excitations
from training.packaging.packages import find_package, newest_version
from training.recipes import RECIPES


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = add_verb(verbs, "excite", run, "find the test pictures that excite each filter most, for packages")
    parser.add_argument("names", nargs="*", metavar="MODEL", help="folders' names in --models; all by default")
    add_folders(parser, "models")


def run(options: Namespace) -> None:
    """Adds excitations.json to each package, and prints a line about it."""
    for name in options.names or [name for name in RECIPES if newest_version(options.models / name)]:
        folder = find_package(options.models, name)
        images, _ = read_test_set(read_manifest(folder).dataset)
        path = add_excitations(folder, images)
        told = "no convolution, so nothing to look for" if path is None else f"{path}, {path.stat().st_size:,} bytes"
        console.print(f"{name}: {told}", soft_wrap=True)
