"""How far a command is, on stderr: a line that is written over, where somebody may be watching."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FEW = 32  # done before a line could be read


@contextmanager
def progress(total: int, noun: str) -> Iterator[Callable[[int], None]]:
    """Gives what is to be called with the number that are done."""
    shown = total > _FEW and sys.stderr.isatty()

    def tell(done: int) -> None:
        if shown:
            share = 20 * done // max(total, 1)
            bar = "#" * share + "." * (20 - share)
            print(f"\r[{bar}] {done:,} of {total:,} {noun}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown:
            print(file=sys.stderr)
