"""The command line's grammar: each verb is a module of its name, with `add`, which says what it takes, and `run`; some
have `stopped`, which says what Ctrl-C leaves."""

import argparse
from collections.abc import Sequence
from importlib import import_module

_VERBS = {
    "data": "find or download the data sets and check them",
    "train": "train one seed of a recipe, or of a network of one's own",
    "export": "write the ONNX files of a trained seed and check their parity",
    "evaluate": "score a package or a trained run, or show single answers of it",
    "publish": "train all seeds where missing, and publish packages",
    "excite": "find the test pictures that excite each filter most, for packages",
    "calibrate": "measure how far the confidence of packages may be believed",
    "describe": "write the model cards of packages",
    "compare": "studies of the published packages, or models side by side",
    "report": "the table of results of the published packages, as Markdown",
    "render": "write sheets of upload-like pictures, rendered from the training sets",
    "read": "how well a package reads rendered pictures, a row a kind",
}


def build_parser(arguments: Sequence[str], description: str | None = None) -> argparse.ArgumentParser:
    """The parser of these arguments, whose result has `verb`, a module. It knows of each verb that there is one, and
    what it takes of the one that is asked for, whose module alone is imported: PyTorch takes seconds."""
    parser = argparse.ArgumentParser(prog="python -m training", description=description)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    asked = next((each for each in arguments if not each.startswith("-")), None)
    for name, text in _VERBS.items():
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == asked:
            module = import_module(f"training.cli.{name}")
            module.add(verb)
            verb.set_defaults(verb=module)
    return parser
