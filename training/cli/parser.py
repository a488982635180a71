"""The command line's grammar: each verb registers itself."""

import argparse

from training.cli import (
    calibrate,
    compare,
    data,
    describe,
    evaluate,
    excite,
    export,
    publish,
    read,
    render,
    report,
    train,
)

VERBS = (data, train, export, evaluate, publish, excite, calibrate, describe, compare, report, render, read)


def build_parser(description: str | None = None) -> argparse.ArgumentParser:
    """The parser. What it gives has `run`, a function of the options, and for some verbs `stopped`, which says what
    Ctrl-C leaves."""
    parser = argparse.ArgumentParser(prog="python -m training", description=description)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for verb in VERBS:
        verb.register(verbs)
    return parser
