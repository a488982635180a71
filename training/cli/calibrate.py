"""`calibrate`: measure how far the confidence of published packages may be believed."""

from argparse import Namespace

from training.cli.console import console
from training.cli.options import Verbs, add_folders, add_verb
from training.packaging.confidence import add_calibration
from training.packaging.packages import find_package, newest_version
from training.recipes import RECIPES


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = add_verb(verbs, "calibrate", run, "measure how far the confidence of packages may be believed")
    parser.add_argument("names", nargs="*", metavar="MODEL", help="folders' names in --models; all by default")
    add_folders(parser, "models")


def run(options: Namespace) -> None:
    """Adds the figures and reliability.png to each package that lacks them, and prints a line about it."""
    for name in options.names or [name for name in RECIPES if newest_version(options.models / name)]:
        figures = add_calibration(find_package(options.models, name))
        told = "has them already"
        if figures is not None:
            before, after = figures["calibration_error_before"], figures["calibration_error_held_out"]
            told = f"{before:.4f} off in the mean; {after:.4f} at temperature {figures['temperature']:g}"
        console.print(f"{name}: {told}", soft_wrap=True)
