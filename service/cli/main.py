"""The commands of the service: serve | models | check | package | evaluate | predict | static | bench | feedback.

    arguments -> options of the verb, Settings -> the verb's function -> exit code

Exit codes: 0 done (also after SIGTERM), 1 it failed, 2 a setting or argument cannot be.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import service
from service.errors import ConfigurationError, FeaturemapError
from service.settings import PREFIX, Settings, load_settings

Verb = Callable[[Settings, argparse.Namespace], int]


_VERBS = {  # each a module of its name here
    "serve": "serve the models",
    "models": "list the model packages",
    "check": "verify every model package; exit code 1 if one is bad",
    "package": "make a model package of an ONNX file",
    "evaluate": "judge a model on labelled pictures, as its next version",
    "predict": "ask a model about picture files, without a server",
    "static": "write the page as a folder of files, which needs no service",
    "bench": "put a load on a model, and say what a request costs",
    "feedback": "list, export or delete the pictures that people reported",
}


def run(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments say; gives the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser(arguments).parse_args(arguments)
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
    for name, text in _VERBS.items():
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == asked:
            import_module(f"service.cli.{name}").add(verb)
    return parser
