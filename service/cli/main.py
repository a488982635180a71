"""The commands of the service: serve | models | check | package | evaluate | predict | static | bench | feedback.

    arguments -> options of the verb, Settings -> the verb's function -> exit code

Exit codes: 0 done (also after SIGTERM), 1 it failed, 2 a setting or argument cannot be.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import service
from service.cli import bench, evaluate, feedback, listing, package, predict, static
from service.cli.options import add_settings
from service.errors import ConfigurationError, FeaturemapError
from service.server import serve
from service.settings import PREFIX, Settings, load_settings

Verb = Callable[[Settings, argparse.Namespace], int]


def run(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments say; gives the exit code."""
    options = _parser().parse_args(arguments)
    given = {name: value for name in Settings.model_fields if (value := getattr(options, name, None)) is not None}
    verb: Verb = options.verb
    try:
        return verb(load_settings(given), options)
    except FeaturemapError as error:
        print(f"featuremap: {error.message}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1


def _serve(settings: Settings, _options: argparse.Namespace) -> int:
    return serve(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="featuremap",
        description=f"Serves image classifiers over HTTP. Each setting is also read from {PREFIX}<NAME> "
        "in the environment and in the file .env.",
    )
    parser.add_argument("--version", action="version", version=service.__version__)
    verbs = parser.add_subparsers(required=True, metavar="command")
    everything = tuple(Settings.model_fields)
    for name, verb, text in (
        ("serve", _serve, "serve the models"),
        ("models", listing.list_models, "list the model packages"),
        ("check", listing.check, "verify every model package; exit code 1 if one is bad"),
    ):
        add_settings(_verb(verbs, name, verb, text), everything)
    package.add(_verb(verbs, "package", package.run, "make a model package of an ONNX file"))
    evaluate.add(_verb(verbs, "evaluate", evaluate.run, "judge a model on labelled pictures, as its next version"))
    predict.add(_verb(verbs, "predict", predict.run, "ask a model about picture files, without a server"))
    static.add(_verb(verbs, "static", static.run, "write the page as a folder of files, which needs no service"))
    bench.add(_verb(verbs, "bench", bench.run, "put a load on a model, and say what a request costs"))
    reports = "list, export or delete the pictures that people reported"
    feedback.add(verbs.add_parser("feedback", help=reports, description=f"{reports[0].upper()}{reports[1:]}."))
    return parser


def _verb(verbs: Any, name: str, verb: Verb, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(verb=verb)
    return parser
