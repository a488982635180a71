"""`publish`: train all seeds where missing, and publish packages."""

from argparse import ArgumentParser, Namespace

from training.cli import report
from training.cli.console import console
from training.cli.options import (
    add_folders,
    add_pictures,
    add_training,
    epochs_of,
    load_training_set,
    prepare_torch,
    seed,
)
from training.cli.progress import progress
from training.fitting.recipe import SEEDS
from training.packaging.publish import Settings, check_seeds, publish
from training.packaging.scratch import check_target
from training.recipes import RECIPES, find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="all by default")
    add_folders(parser, "data", "runs", "models")
    add_pictures(parser)
    add_training(parser)
    parser.add_argument(
        "--seeds", type=seed, nargs="+", default=list(SEEDS), help="default: 0 1 2; the first is served"
    )


def run(options: Namespace) -> None:
    """A line a recipe, then the table of results. What can be known before the training is asked before it."""
    recipes = [find_recipe(name, options.runs) for name in options.recipes or RECIPES]
    check_seeds(options.seeds)
    epochs = {recipe.name: epochs_of(options, recipe) for recipe in recipes}
    for recipe in recipes:
        check_target(options.models, recipe.name)
    device = prepare_torch(options.device, options.threads)
    for recipe in recipes:
        settings = Settings(options.runs, options.models, device, options.seeds, epochs[recipe.name])
        dataset = load_training_set(recipe, options)
        with progress(recipe, epochs[recipe.name]) as tell:
            folder = publish(recipe, dataset, settings, tell)
        console.print(f"{recipe.name}: {folder}", soft_wrap=True)
    report.run(options)


def stopped(options: Namespace) -> str:
    """What Ctrl-C leaves."""
    return f"Whole epochs are kept in {options.runs}; the same command continues from there."
