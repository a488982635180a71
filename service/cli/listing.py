"""`models` and `check`: every package loaded once, told as a table or by its faults."""

import argparse

from service.cli.opened import quiet_repository
from service.cli.options import add_settings
from service.errors import ConfigurationError
from service.inference.entry import Entry, State
from service.inference.loader import Model
from service.settings import Settings


def add_models(parser: argparse.ArgumentParser) -> None:
    """What `models` takes: every setting."""
    add_settings(parser, tuple(Settings.model_fields))
    parser.set_defaults(verb=list_models)


def add_check(parser: argparse.ArgumentParser) -> None:
    """What `check` takes: every setting."""
    add_settings(parser, tuple(Settings.model_fields))
    parser.set_defaults(verb=check)


def list_models(settings: Settings, _options: argparse.Namespace) -> int:
    """Prints a table of all packages and whether they can be served."""
    rows = [("model", "version", "state", "accuracy", "parameters", "title or reason")]
    for entry in _entries(settings):
        for version in entry.versions or (None,):
            manifest, model = (version.manifest, version.model) if version else (None, None)
            accuracy = (model.metrics or {}).get("test_accuracy") if isinstance(model, Model) else None
            reason = (version.reason or ("; ".join(model.notes) if model else "")) if version else entry.reason
            rows.append(
                (
                    entry.name,
                    str(version.number) if version else "-",
                    version.state if version else entry.state,
                    f"{accuracy:.4f}" if isinstance(accuracy, float) else "-",
                    f"{manifest.parameters:,}" if manifest else "-",
                    manifest.title if manifest and not reason else reason,
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]))
    return 0


def check(settings: Settings, _options: argparse.Namespace) -> int:
    """Says of each package whether it can be served; 1 if any cannot."""
    entries = _entries(settings)
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


def _entries(settings: Settings) -> list[Entry]:
    repository = quiet_repository(settings)
    repository.load_all()
    return repository.entries()
