"""The training command line: data | train | export | evaluate | compare | publish | excite | report | render | read."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from service.errors import ConfigurationError, FeaturemapError
from training import commands, rendered, show
from training.data import CHECKSUMS
from training.recipes import RECIPES, SEEDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command. 0: done, 1: it failed, 2: asked for the impossible, 130: stopped by Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("Stopped. The last whole epoch is kept; --resume continues from there.", file=sys.stderr)
        return 130
    except FeaturemapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    data = verbs.add_parser("data", help="find or download the data sets and check them")
    data.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKSUMS)}; all by default")
    _folders(data, "data")
    data.set_defaults(run=commands.check_data)

    train = verbs.add_parser("train", help="train one seed of a recipe")
    _recipe(train)
    _folders(train, "data", "runs")
    _training(train)
    train.add_argument("--seed", type=int, default=SEEDS[0], help="default: %(default)s")
    train.add_argument("--resume", action="store_true", help="continue from the checkpoint in --runs")
    train.set_defaults(run=commands.train_recipe)

    export = verbs.add_parser("export", help="write the ONNX files of a trained seed and check their parity")
    _recipe(export)
    _folders(export, "data", "runs")
    export.add_argument("--seed", type=int, default=SEEDS[0], help="default: %(default)s")
    export.set_defaults(run=commands.export_recipe)

    evaluate = verbs.add_parser("evaluate", help="score a published package, or show single answers of it")
    evaluate.add_argument("model", help="a folder's name in --models")
    _folders(evaluate, "models")
    evaluate.add_argument("--sample", type=int, metavar="INDEX", help="predict one test sample (the lecture's: 4444)")
    evaluate.add_argument("--failures", action="store_true", help="list wrong test samples, `predicted (true)`")
    evaluate.add_argument("--true", metavar="CLASS", help="failures: of this true class, by index or label")
    evaluate.add_argument("--predicted", metavar="CLASS", help="failures: of this predicted class")
    evaluate.add_argument("--max", type=int, default=10, help="failures: at most so many (default: %(default)s)")
    evaluate.add_argument("--picture", type=Path, metavar="PNG", help="write the sample or the failures as a picture")
    evaluate.set_defaults(run=show.evaluate_model)

    publish = verbs.add_parser("publish", help="train all seeds where missing, and publish packages")
    publish.add_argument("recipes", nargs="*", metavar="RECIPE", help="all by default")
    _folders(publish, "data", "runs", "models")
    _training(publish)
    publish.add_argument(
        "--seeds", type=int, nargs="+", default=list(SEEDS), help="default: 0 1 2; the first is served"
    )
    publish.set_defaults(run=commands.publish_recipes)

    excite = verbs.add_parser("excite", help="find the test pictures that excite each filter most, for packages")
    excite.add_argument("names", nargs="*", metavar="MODEL", help="folders' names in --models; all by default")
    _folders(excite, "models")
    excite.set_defaults(run=show.excite_models)

    compare = verbs.add_parser("compare", help="make a study of the published packages: JSON and picture")
    compare.add_argument(
        "studies", nargs="*", metavar="STUDY", help=f"of {', '.join(commands.STUDIES)}; all by default"
    )
    _folders(compare, "data", "models")
    compare.set_defaults(run=commands.compare_models)

    report = verbs.add_parser("report", help="the table of results of the published packages, as Markdown")
    _folders(report, "models")
    report.set_defaults(run=show.report_results)

    render = verbs.add_parser("render", help="write sheets of upload-like pictures, rendered from the training sets")
    render.add_argument("out", type=Path, metavar="DIR", help="where a sheet of each kind is written")
    render.add_argument("kinds", nargs="*", metavar="KIND", help="all by default")
    render.add_argument("--files", action="store_true", help="write the picture files too")
    _folders(render, "data")
    _rendering(render, count=10)
    render.set_defaults(run=rendered.render_sheets)

    read = verbs.add_parser("read", help="how well a package reads rendered pictures, a row a kind")
    read.add_argument("model", help="a folder's name in --models")
    read.add_argument("--sheets", type=Path, metavar="DIR", help="write what failed, each beside what the model saw")
    _folders(read, "data", "models")
    _rendering(read, count=40)
    read.set_defaults(run=rendered.read_rendered)
    return parser


def _recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", help=f"one of {', '.join(RECIPES)}")


def _training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=int, help="default: the recipe's")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: %(default)s")
    parser.add_argument(
        "--threads", type=int, help="default: the CPUs that this process may use; decides the last bits"
    )


def _rendering(parser: argparse.ArgumentParser, count: int) -> None:
    parser.add_argument("--seed", type=int, default=1, help="1 to 9 are for development (default: %(default)s)")
    parser.add_argument("--count", type=int, default=count, help="pictures of each kind (default: %(default)s)")


def _folders(parser: argparse.ArgumentParser, *names: str) -> None:
    explained = {
        "data": (None, "folder with mnist/ and fashion_mnist/ (default: FEATUREMAP_DATA, else a download)"),
        "runs": (Path("runs"), "folder of checkpoints (default: %(default)s)"),
        "models": (Path("models"), "folder of packages (default: %(default)s)"),
    }
    for name in names:
        default, text = explained[name]
        parser.add_argument(f"--{name}", type=Path, default=default, metavar="DIR", help=text)


if __name__ == "__main__":
    sys.exit(main())
