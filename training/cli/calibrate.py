"""`calibrate`: measure how far the confidence of published packages may be believed, or fit it anew."""

from argparse import ArgumentParser, Namespace

from training.cli.console import console
from training.cli.options import add_folders, add_packages, chosen_packages, load_dataset
from training.packaging.confidence import add_calibration, refit
from training.packaging.packages import find_package
from training.recipes import RECIPES, find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_packages(parser)
    add_folders(parser, "data")
    parser.add_argument(
        "--refit",
        action="store_true",
        help="fit temperature and rejection of the networks for real pictures anew, as their next version",
    )


def run(options: Namespace) -> None:
    """Adds the figures and reliability.png to each package that lacks them, and prints a line about it. With --refit:
    writes a version of each package whose recipe is calibrated."""
    if options.refit:
        for name in options.names or [name for name in chosen_packages(options) if RECIPES[name].calibrate]:
            recipe = find_recipe(name)
            console.print(f"{name}: {refit(recipe, load_dataset(recipe, options), options.models)}", soft_wrap=True)
        return
    for name in chosen_packages(options):
        figures = add_calibration(find_package(options.models, name))
        told = "has them already"
        if figures is not None:
            before, after = figures["calibration_error_before"], figures["calibration_error_held_out"]
            told = f"{before:.4f} off in the mean; {after:.4f} at temperature {figures['temperature']:g}"
        console.print(f"{name}: {told}", soft_wrap=True)
