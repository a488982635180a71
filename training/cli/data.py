"""`data`: find or download the data sets and check them."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from service.errors import ConfigurationError
from training.cli.console import console
from training.cli.options import add_folders
from training.data import cliparts, clothing, other_hands
from training.data.checksums import CHECKSUMS
from training.data.sets import ensure

NAMES = (*CHECKSUMS, *other_hands.ORIGINS, clothing.NAME, cliparts.NAME)


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    add_folders(parser, "data")


def run(options: Namespace) -> None:
    """A line a data set, or DatasetError."""
    for name in options.names or NAMES:
        console.print(f"{name}: {_found(name, options.data)}, checksums right", soft_wrap=True)


def _found(name: str, folder: Path | None) -> str:
    """What there is of a data set, and for those of others their licence."""
    if name in CHECKSUMS:
        place, sums = ensure(name, folder)
        return f"{len(sums)} files in {place}"
    if name in other_hands.ORIGINS:
        return f"{len(other_hands.load_table(name, folder)):,} digits, {other_hands.ORIGINS[name].licence}"
    if name == clothing.NAME:
        place, _ = clothing.ensure_clothing(folder)
        return f"{len(list(clothing.photographs(place))):,} photographs in {place}, {clothing.LICENCE}"
    if name == cliparts.NAME:
        place, _ = cliparts.ensure_cliparts(folder)
        return f"{len(cliparts.drawings(place)):,} drawings in {place}, {cliparts.LICENCE}"
    raise ConfigurationError(f"There is no data set {name!r}. There are: {', '.join(NAMES)}.")
