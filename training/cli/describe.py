"""`describe`: write the model cards of published packages."""

from argparse import ArgumentParser, Namespace

from training.cli.console import console
from training.cli.options import add_packages, chosen_packages
from training.packaging.model_card import add_card
from training.packaging.packages import find_package
from training.recipes import find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_packages(parser)


def run(options: Namespace) -> None:
    """Writes MODEL_CARD.md of each package anew, and prints a line about it."""
    for name in chosen_packages(options):
        path = add_card(find_package(options.models, name), find_recipe(name))
        console.print(f"{name}: {path}", soft_wrap=True)
