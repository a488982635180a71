"""The commands of the service: serve | models | check | package | evaluate | predict | static | bench | feedback.

    arguments -> options of the verb, Settings -> the verb's function -> exit code

Exit codes: 0 done (also after SIGTERM), 1 it failed, 2 a setting or argument cannot be.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

import service
from service.errors import ConfigurationError, FeaturemapError
from service.settings import PREFIX, Settings, load_settings

Verb = Callable[[Settings, argparse.Namespace], int]


class _Verb(NamedTuple):
    """Which function of which module here adds what the verb takes, and does it; and in a few words what that is."""

    module: str
    add: str
    text: str


_VERBS = {
    "serve": _Verb("serve", "add", "serve the models"),
    "models": _Verb("listing", "add_models", "list the model packages"),
    "check": _Verb("listing", "add_check", "verify every model package; exit code 1 if one is bad"),
    "package": _Verb("package", "add", "make a model package of an ONNX file"),
    "evaluate": _Verb("evaluate", "add", "judge a model on labelled pictures, as its next version"),
    "predict": _Verb("predict", "add", "ask a model about picture files, without a server"),
    "static": _Verb("static", "add", "write the page as a folder of files, which needs no service"),
    "bench": _Verb("bench", "add", "put a load on a model, and say what a request costs"),
    "feedback": _Verb("feedback", "add", "list, export or delete the pictures that people reported"),
}


def run(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments say; gives the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    gc.disable()  # while modules are imported: each look for garbage would pass all of them, a seventh of the time
    try:
        options = _parser(arguments).parse_args(arguments)
    finally:
        gc.enable()
    given = {name: value for name in Settings.model_fields if (value := getattr(options, name, None)) is not None}
    verb: Verb = options.verb
    try:
        return verb(load_settings(given), options)
    except FeaturemapError as error:
        print(f"featuremap: {error.message}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Knows of each verb that there is one, and what it takes of the one that is asked for: to import all that all of
    them need takes a second and a half, and who asks for help, or mistypes an option, waits for it."""
    parser = argparse.ArgumentParser(
        prog="featuremap",
        description=f"Serves image classifiers over HTTP. Each setting is also read from {PREFIX}<NAME> "
        "in the environment and in the file .env.",
    )
    parser.add_argument("--version", action="version", version=service.__version__)
    verbs = parser.add_subparsers(required=True, metavar="command")
    asked = next((each for each in arguments if not each.startswith("-")), None)
    for name, verb in _VERBS.items():
        own = verbs.add_parser(name, help=verb.text, description=f"{verb.text[0].upper()}{verb.text[1:]}.")
        if name == asked:
            getattr(import_module(f"service.cli.{verb.module}"), verb.add)(own)
    return parser
