"""`train`: train one seed of a recipe, from the beginning or from its checkpoint."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from service.errors import ConfigurationError
from training import files
from training.cli.console import console
from training.cli.options import (
    add_folders,
    add_pictures,
    add_recipe,
    add_seed,
    add_training,
    epochs_of,
    load_training_set,
    prepare_torch,
)
from training.cli.progress import progress
from training.fitting.checkpoint import CHECKPOINT, load_checkpoint, read_checkpoint, set_aside
from training.fitting.loop import fit
from training.fitting.recipe import Recipe
from training.fitting.run import Run, start
from training.own import SPEC, read_spec
from training.packaging.publish import run_folder
from training.recipes import RECIPES, find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_recipe(parser, nargs="?")
    parser.add_argument(
        "--spec", type=Path, metavar="NET.TOML", help="a description of a network, in place of a recipe"
    )
    add_folders(parser, "data", "runs")
    add_pictures(parser)
    add_training(parser)
    add_seed(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--resume", action="store_true", help="continue from the checkpoint in --runs")
    how.add_argument("--restart", action="store_true", help="begin anew, and keep the checkpoint under another name")


def run(options: Namespace) -> None:
    """Trains, and prints what came of it. Raises ConfigurationError where a checkpoint would be lost."""
    recipe = _recipe(options)
    epochs = epochs_of(options, recipe)
    folder = run_folder(options.runs, recipe, options.seed)
    if not (options.resume or options.restart):
        _refuse_to_overwrite(folder)
    device = prepare_torch(options.device, options.threads)
    dataset = load_training_set(recipe, options)
    if options.spec is not None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(folder.parent / SPEC, options.spec.read_bytes())
    trained = start(recipe, dataset, options.seed, device)
    if options.resume:
        _resume(trained, folder)
    elif options.restart and (kept := set_aside(folder)):
        console.print(f"The checkpoint of before is kept as {kept}.", soft_wrap=True)
    with progress(recipe, epochs) as report:
        fit(trained, dataset, epochs, folder, lambda p: report(options.seed, p))
    _tell(trained, folder)


def _recipe(options: Namespace) -> Recipe:
    if (options.spec is None) == (options.recipe is None):
        raise ConfigurationError("Name either a recipe, or a network of your own by --spec NET.TOML.")
    if options.spec is None:
        return find_recipe(options.recipe, options.runs)
    recipe = read_spec(options.spec)
    if recipe.name in RECIPES:
        raise ConfigurationError(f"{options.spec}: there is a recipe {recipe.name} already; name yours otherwise.")
    return recipe


def _refuse_to_overwrite(folder: Path) -> None:
    """Raises ConfigurationError where there is a checkpoint with something in it."""
    checkpoint = read_checkpoint(folder)
    if checkpoint is not None and checkpoint.history:
        raise ConfigurationError(
            f"{folder / CHECKPOINT} holds {_epochs(len(checkpoint.history))} of this recipe and seed. "
            f"--resume continues it; --restart begins anew and keeps it under another name."
        )


def _resume(trained: Run, folder: Path) -> None:
    if load_checkpoint(trained, folder):
        console.print(f"Continues after epoch {len(trained.history)}.")
    else:
        console.print(f"{folder} holds no checkpoint: the training begins with the first epoch.", soft_wrap=True)


def _tell(trained: Run, folder: Path) -> None:
    last = trained.history[-1]
    console.print(
        f"{trained.recipe.name} seed {trained.seed}: {trained.network.parameter_count():,} parameters, "
        f"{len(trained.history)} epochs in {trained.seconds:.0f} s; loss {last.loss:.4f}, "
        f"val_loss {last.val_loss:.4f}; accuracy: {last.accuracy:.2%}, val_accuracy: {last.val_accuracy:.2%}; "
        f"{folder / CHECKPOINT}",
        soft_wrap=True,
    )


def stopped(options: Namespace) -> str:
    """What Ctrl-C leaves."""
    folder = run_folder(options.runs, _recipe(options), options.seed)
    try:
        checkpoint = read_checkpoint(folder)
    except ConfigurationError as error:
        return error.message
    done = len(checkpoint.history) if checkpoint else 0
    if not done:
        return "No epoch was finished, so nothing is kept; the same command begins again."
    return f"{folder / CHECKPOINT} holds {_epochs(done)}; --resume continues from there."


def _epochs(count: int) -> str:
    return f"{count} whole epoch{'s' if count > 1 else ''}"
