"""`check`: every package loaded once, told by its faults."""

import argparse

from service.cli.opened import loaded_entries
from service.cli.options import add_settings
from service.errors import ConfigurationError
from service.inference.entry import State
from service.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """What `check` takes: every setting."""
    add_settings(parser)
    parser.set_defaults(verb=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Says of each package whether it can be served; 1 if any cannot."""
    entries = loaded_entries(settings)
    if not entries:
        raise ConfigurationError(f"the models folder {settings.models} holds no package")
    bad = 0
    for entry in entries:
        for version in entry.versions or (None,):
            state, reason = (version.state, version.reason) if version else (entry.state, entry.reason)
            name = f"{entry.name}/{version.number}" if version else entry.name
            bad += state is not State.READY
            print(f"{name}: {'good' if state is State.READY else reason}")
            for note in version.model.notes if version and version.model else ():
                print(f"  {note}")
    return 1 if bad else 0
