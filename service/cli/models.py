"""`models`: every package loaded once, told as a table."""

import argparse

from service.cli.opened import loaded_entries
from service.cli.options import add_settings
from service.inference.loader import Model
from service.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """What `models` takes: every setting."""
    add_settings(parser)
    parser.set_defaults(verb=run)


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Prints a table of all packages and whether they can be served."""
    rows = [("model", "version", "state", "accuracy", "parameters", "title or reason")]
    for entry in loaded_entries(settings):
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
