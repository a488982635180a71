"""Options that several verbs take: the service's settings, and how a package is opened."""

import argparse
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from service.inference.loader import Runtime
from service.inference.package.signature import trust_in
from service.inference.repository import Repository
from service.inference.runtime.providers import choose_provider
from service.logging import configure_logging
from service.metrics import Metrics
from service.settings import Settings

OFFLINE = ("models", "execution_provider", "intra_op_threads", "max_image_bytes", "max_pixels", "max_side",
           "max_jpeg_scans", "max_jpeg_pixels", "max_jpeg_side", "model_public_key")  # fmt: skip


def add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """An option for each of these settings; what is not given stays None, and its text is checked by `Settings`."""
    for name in names:
        field = Settings.model_fields[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=None,
            metavar=name.upper(),
            help=f"{field.description} (default: {str(field.default) or 'none'})".replace("%", "%%"),
        )


def quiet_repository(settings: Settings) -> Repository:
    """The models folder, nothing of it loaded yet, and nothing of it logged: the commands tell it themselves."""
    configure_logging("error", settings.log_format)
    logging.getLogger("service.inference").setLevel(logging.CRITICAL)
    provider, trust = choose_provider(settings.execution_provider), trust_in(settings.model_public_key)
    with ThreadPoolExecutor(1) as unused:
        runtime = Runtime(provider, unused, Metrics(), threads=settings.intra_op_threads, trust=trust)
        return Repository(settings.models, runtime)


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
