"""`data`: find or download the data sets and check them."""

from argparse import Namespace

from service.errors import ConfigurationError
from training.cli.console import console
from training.cli.options import Verbs, add_folders, add_verb
from training.data.checksums import CHECKSUMS
from training.data.sets import ensure


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = add_verb(verbs, "data", run, "find or download the data sets and check them")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKSUMS)}; all by default")
    add_folders(parser, "data")


def run(options: Namespace) -> None:
    """A line a data set, or DatasetError."""
    for name in options.names or CHECKSUMS:
        if name not in CHECKSUMS:
            raise ConfigurationError(f"There is no data set {name!r}. There are: {', '.join(CHECKSUMS)}.")
        folder, sums = ensure(name, options.data)
        console.print(f"{name}: {len(sums)} files in {folder}, checksums right", soft_wrap=True)
