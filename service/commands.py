"""The commands of the service: serve | models | check.

    arguments -> Settings -> serve: sockets, uvicorn, one process or several
                          -> models, check: every package loaded once, told as a table or by its faults

Exit codes: 0 done (also after SIGTERM), 1 it failed, 2 a setting or argument cannot be.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import service
from service.errors import ConfigurationError
from service.inference.entry import State
from service.inference.loader import Runtime
from service.inference.repository import Repository
from service.inference.runtime.session import choose_provider
from service.logging import configure_logging
from service.metrics import Metrics
from service.server import serve
from service.settings import PREFIX, Settings, load_settings


def run(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments say; gives the exit code."""
    options = vars(_parser().parse_args(arguments))
    command: Callable[[Settings], int] = options.pop("command")
    try:
        return command(load_settings({name: value for name, value in options.items() if value is not None}))
    except ConfigurationError as error:
        print(f"featuremap: {error.message}", file=sys.stderr)
        return 2


def list_models(settings: Settings) -> int:
    """Prints a table of all packages and whether they can be served."""
    rows = [("model", "version", "state", "accuracy", "parameters", "title or reason")]
    for entry in _load(settings).entries():
        for version in entry.versions or (None,):
            manifest, model = (version.manifest, version.model) if version else (None, None)
            accuracy = (model.metrics or {}).get("test_accuracy") if model else None
            reason = version.reason if version else entry.reason
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


def check(settings: Settings) -> int:
    """Says of each package whether it can be served; 1 if any cannot."""
    entries = _load(settings).entries()
    if not entries:
        raise ConfigurationError(f"the models folder {settings.models} holds no package")
    bad = 0
    for entry in entries:
        for version in entry.versions or (None,):
            state, reason = (version.state, version.reason) if version else (entry.state, entry.reason)
            name = f"{entry.name}/{version.number}" if version else entry.name
            bad += state is not State.READY
            print(f"{name}: {'good' if state is State.READY else reason}")
    return 1 if bad else 0


def _load(settings: Settings) -> Repository:
    configure_logging("error", settings.log_format)
    logging.getLogger("service.inference").setLevel(logging.CRITICAL)  # the commands tell it themselves
    provider = choose_provider(settings.execution_provider)
    with ThreadPoolExecutor(1) as unused:
        repository = Repository(settings.models, Runtime(provider, unused, Metrics()))
        repository.load_all()
    return repository


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="featuremap",
        description=f"Serves image classifiers over HTTP. Each option is also read from {PREFIX}<NAME> "
        "in the environment and in the file .env.",
    )
    parser.add_argument("--version", action="version", version=service.__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, command, text in (
        ("serve", serve, "serve the models"),
        ("models", list_models, "list the model packages"),
        ("check", check, "verify every model package; exit code 1 if one is bad"),
    ):
        options = commands.add_parser(name, help=text, description=text)
        options.set_defaults(command=command)
        _add_options(options)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    """An option for each setting; what is not given stays None, and its text is checked by `Settings`."""
    for name, field in Settings.model_fields.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            default=None,
            metavar=name.upper(),
            help=f"{field.description} (default: {str(field.default) or 'none'})".replace("%", "%%"),
        )
