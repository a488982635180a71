"""What several verbs have in common: their arguments, and what these mean."""

import argparse
from pathlib import Path
from typing import Literal

import torch

from service.errors import ConfigurationError
from service.inference.runtime.cpus import available_cpus
from training.cli.console import console
from training.data import sets
from training.data.pictures import with_pictures
from training.fitting.recipe import SEEDS, Recipe
from training.fitting.run import choose_device
from training.packaging.packages import newest_version
from training.recipes import RECIPES

_LARGEST_SEED = 2**32 - 1  # numpy's

_FOLDERS: dict[str, tuple[Path | None, str]] = {
    "data": (None, "folder with mnist/, fashion_mnist/ and the others (default: FEATUREMAP_DATA, else a download)"),
    "runs": (Path("runs"), "folder of checkpoints (default: %(default)s)"),
    "models": (Path("models"), "folder of packages (default: %(default)s)"),
}


def add_recipe(parser: argparse.ArgumentParser, nargs: Literal["?"] | None = None) -> None:
    """The name of a recipe."""
    parser.add_argument("recipe", nargs=nargs, help=f"one of {', '.join(RECIPES)}")


def add_packages(parser: argparse.ArgumentParser) -> None:
    """Names of published packages, and where they are."""
    parser.add_argument("names", nargs="*", metavar="MODEL", help="folders' names in --models; all by default")
    add_folders(parser, "models")


def chosen_packages(options: argparse.Namespace) -> list[str]:
    """The names that were given, else those of all recipes that are published."""
    return options.names or [name for name in RECIPES if newest_version(options.models / name)]


def add_folders(parser: argparse.ArgumentParser, *names: str) -> None:
    """--data, --runs, --models."""
    for name in names:
        default, text = _FOLDERS[name]
        parser.add_argument(f"--{name}", type=Path, default=default, metavar="DIR", help=text)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """--seed of a run."""
    parser.add_argument("--seed", type=seed, default=SEEDS[0], help="default: %(default)s")


def add_training(parser: argparse.ArgumentParser) -> None:
    """How long and with what is trained."""
    parser.add_argument("--epochs", type=int, help="default: the recipe's")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: %(default)s")
    parser.add_argument(
        "--threads", type=int, help="default: the CPUs that this process may use; decides the last bits"
    )


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """--pictures: labelled pictures of one's own."""
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="train on these too: a folder with a sub-folder a class, as `python -m service feedback export` writes",
    )


def add_rendering(parser: argparse.ArgumentParser, count: int) -> None:
    """Which pictures are rendered."""
    parser.add_argument("--seed", type=seed, default=1, help="1 to 9 are for development (default: %(default)s)")
    parser.add_argument("--count", type=int, default=count, help="pictures of each kind (default: %(default)s)")


def seed(text: str) -> int:
    """A seed that every generator takes. Raises ArgumentTypeError for others."""
    number = int(text)
    if not 0 <= number <= _LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"a seed is from 0 to {_LARGEST_SEED}, not {number}")
    return number


def epochs_of(options: argparse.Namespace, recipe: Recipe) -> int:
    """--epochs, else the recipe's. Raises ConfigurationError below 1."""
    epochs = recipe.epochs if options.epochs is None else int(options.epochs)
    if epochs < 1:
        raise ConfigurationError(f"--epochs must be at least 1, not {epochs}.")
    return epochs


def load_dataset(recipe: Recipe, options: argparse.Namespace) -> sets.Dataset:
    """The recipe's data set, with what else the recipe needs."""
    return sets.load(recipe.dataset, options.data, recipe.needs)


def load_training_set(recipe: Recipe, options: argparse.Namespace) -> sets.Dataset:
    """The same with the pictures of --pictures, where it was given. Raises ConfigurationError where none is of use."""
    dataset = load_dataset(recipe, options)
    if options.pictures is None:
        return dataset
    added, skipped = with_pictures(dataset, options.pictures, recipe.preprocessing)
    for sentence in skipped:
        console.print(sentence, soft_wrap=True)
    count = len(added.train_images) - len(dataset.train_images)
    pictures = "picture" if count == 1 else "pictures"
    console.print(f"{recipe.name}: {count:,} {pictures} of {options.pictures} beside the data set", soft_wrap=True)
    return added


def prepare_torch(device: str, threads: int | None) -> torch.device:
    """The device, with torch set to give the same weights for the same seed and number of threads.

    Raises ConfigurationError where there is no such device, or for less than one thread.
    """
    chosen = choose_device(device)
    if threads is not None and threads < 1:
        raise ConfigurationError(f"--threads must be at least 1, not {threads}.")
    torch.set_num_threads(threads or available_cpus())
    torch.set_flush_denormal(True)  # Adam's second moments decay into denormals, which are slow
    torch.use_deterministic_algorithms(True)
    return chosen
