"""The training command line: data sets, trainings, what came of them, and the packages that are made of it."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from service.errors import ConfigurationError, FeaturemapError
from training.cli.parser import build_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command. 0: done, 1: it failed, 2: asked for the impossible, 130: stopped by Ctrl-C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = build_parser(arguments, __doc__).parse_args(arguments)
    try:
        options.verb.run(options)
    except KeyboardInterrupt:
        print(f"Stopped. {_left(options)}".strip(), file=sys.stderr)
        return 130
    except FeaturemapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1
    except OSError as error:  # a full disk, a folder that may not be written
        what = error.strerror or str(error)
        print(f"error: {error.filename}: {what}." if error.filename else f"error: {what}.", file=sys.stderr)
        return 1
    return 0


def _left(options: Namespace) -> str:
    """What an interrupted command has left, where it can say so."""
    return str(options.verb.stopped(options)) if hasattr(options.verb, "stopped") else ""


if __name__ == "__main__":
    sys.exit(main())
