"""`serve`: the service. What it needs is imported once the settings are known to be right."""

import argparse
import gc

from service.cli.options import add_settings
from service.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """What `serve` takes: every setting."""
    add_settings(parser)
    parser.set_defaults(verb=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Serves until it is told to stop; gives the exit code."""
    # No garbage is looked for meanwhile, nor later on among what was imported: a fifth of a second's work.
    gc.disable()
    from service.server import serve

    gc.freeze()
    gc.enable()
    return serve(settings)
