"""`describe`: write the model cards of published packages."""

from argparse import Namespace

from training.cli.console import console
from training.cli.options import Verbs, add_folders, add_verb
from training.packaging.model_card import add_card
from training.packaging.packages import find_package, newest_version
from training.recipes import RECIPES, find_recipe


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = add_verb(verbs, "describe", run, "write the model cards of packages")
    parser.add_argument("names", nargs="*", metavar="MODEL", help="folders' names in --models; all by default")
    add_folders(parser, "models")


def run(options: Namespace) -> None:
    """Writes MODEL_CARD.md of each package anew, and prints a line about it."""
    for name in options.names or [name for name in RECIPES if newest_version(options.models / name)]:
        path = add_card(find_package(options.models, name), find_recipe(name))
        console.print(f"{name}: {path}", soft_wrap=True)
