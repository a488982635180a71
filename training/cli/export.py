"""`export`: write the ONNX files of a trained seed and check their parity."""

from argparse import ArgumentParser, Namespace

from service.errors import ConfigurationError
from training.cli.console import console
from training.cli.options import (
    add_folders,
    add_pictures,
    add_recipe,
    add_seed,
    load_training_set,
    prepare_torch,
)
from training.fitting.checkpoint import load_checkpoint
from training.fitting.run import start
from training.packaging.export import export_features
from training.packaging.publish import run_folder, score
from training.recipes import find_recipe


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    add_recipe(parser)
    add_folders(parser, "data", "runs")
    add_pictures(parser)
    add_seed(parser)


def run(options: Namespace) -> None:
    """Writes model.onnx and features.onnx beside the checkpoint. Raises ConfigurationError where there is none."""
    recipe = find_recipe(options.recipe, options.runs)
    dataset = load_training_set(recipe, options)
    folder = run_folder(options.runs, recipe, options.seed)
    trained = start(recipe, dataset, options.seed, prepare_torch("cpu", None))
    if not load_checkpoint(trained, folder):
        raise ConfigurationError(
            f"{folder} holds no checkpoint. Run `python -m training train {recipe.name} --seed {options.seed}` first."
        )
    scored = score(trained, dataset, folder)
    export_features(trained.result, folder / "features.onnx")
    console.print(
        f"{scored.model}: largest difference of a probability to torch {scored.parity:.1e}; accuracy: "
        f"{scored.scores['test_accuracy']:.2%} of {scored.scores['n']:,} test pictures",
        soft_wrap=True,
    )
