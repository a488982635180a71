"""`feedback`: the reports of a folder are listed, written out as labelled pictures, or deleted. No server is needed."""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.api.services import opened
from service.cli.options import add_settings
from service.errors import ConfigurationError
from service.feedback.export import NONE_FOLDER, export
from service.feedback.reports import Report
from service.feedback.store import Store
from service.settings import Settings

_SETTINGS = ("feedback", "feedback_max_bytes", "feedback_max_days")
_Run = Callable[[Settings, argparse.Namespace], int]


def add(parser: argparse.ArgumentParser) -> None:
    """What `feedback` takes."""
    verbs = parser.add_subparsers(required=True, metavar="action")
    _verb(verbs, "list", _list, "tell how many reports there are of each model")
    written = _verb(verbs, "export", _export, "write a model's reports as a folder of labelled pictures")
    add_settings(written, ("models",))
    written.add_argument("model", help="its name")
    written.add_argument("folder", type=Path, help="where to: a folder that is new or empty")
    written.add_argument("--wrong", action="store_true", help="those alone that the model answered wrong")
    deleted = _verb(verbs, "delete", _delete, "delete reports by id")
    deleted.add_argument("model", help="its name")
    deleted.add_argument("ids", type=int, nargs="+", metavar="id", help="as the gallery tells it")
    _verb(verbs, "purge", _purge, "delete all reports of all models, for good")


def _verb(verbs: Any, name: str, run: _Run, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(verb=run)
    add_settings(parser, _SETTINGS)
    return parser


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    """Raises ConfigurationError where no folder is named, or there is none: these verbs begin no new one."""
    if not settings.feedback:
        raise ConfigurationError("name the folder of the reports: --feedback, or FEATUREMAP_FEEDBACK")
    if not Path(settings.feedback).is_dir():
        raise ConfigurationError(f"there is no folder {settings.feedback}")
    with opened(settings) as store:
        assert store is not None
        yield store


def _list(settings: Settings, _options: argparse.Namespace) -> int:
    with _store(settings) as store:
        found: dict[str, list[Report]] = defaultdict(list)
        for report in store.every():
            found[report.model].append(report)
        for model, reports in sorted(found.items()):
            wrong = sum(report.wrong for report in reports)
            first, last = (datetime.fromtimestamp(reports[i].at, UTC).date() for i in (0, -1))
            print(f"{model}: {len(reports):,} reports, {wrong:,} of them answered wrong, {first} to {last}")
        print(f"{store.size():,} of at most {store.limits.bytes:,} bytes, each for {store.limits.days} days")
    return 0


def _export(settings: Settings, options: argparse.Namespace) -> int:
    with _store(settings) as store:
        written = export(store, options.model, options.folder, options.wrong)
    labelled = sum(written.values()) - written[NONE_FOLDER]
    print(f"{options.folder}: {labelled:,} pictures of {len(+written) - (NONE_FOLDER in written)} classes")
    if others := written[NONE_FOLDER]:
        print(f"{options.folder / NONE_FOLDER}: {others:,} that are none of them, which evaluate passes over")
    print(
        "\nNext:\n"
        f"  python -m service evaluate {options.model} {options.folder} --models {settings.models}\n"
        f"  python -m training train {options.model} --pictures {options.folder}"
    )
    return 0


def _delete(settings: Settings, options: argparse.Namespace) -> int:
    with _store(settings) as store:
        for each in options.ids:
            store.delete(options.model, each)
            print(f"report {each} of {options.model} is deleted")
    return 0


def _purge(settings: Settings, _options: argparse.Namespace) -> int:
    with _store(settings) as store:
        print(f"{store.purge():,} reports are deleted, with all pictures that were kept")
    return 0
