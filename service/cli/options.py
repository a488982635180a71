"""Options that several verbs take."""

import argparse
from collections.abc import Callable, Sequence

from service.settings import Settings

OFFLINE = ("models", "execution_provider", "intra_op_threads", "max_image_bytes", "max_pixels", "max_side",
           "max_jpeg_scans", "max_jpeg_pixels", "max_jpeg_side", "model_public_key")  # fmt: skip


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str] = tuple(Settings.model_fields)) -> None:
    """An option for each of these settings, or for all; what is not given stays None, and its text is checked by
    `Settings`."""
    for name in names:
        field = Settings.model_fields[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=None,
            metavar=name.upper(),
            help=f"{field.description} (default: {str(field.default) or 'none'})".replace("%", "%%"),
        )


def number(low: float, high: float) -> Callable[[str], float]:
    """What reads a number of `low` to `high` from an argument, ends included."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {low:g} to {high:g}")
        return value

    return read
