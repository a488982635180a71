"""Starts the command line, `python -m service <verb>`, also installed as `featuremap`.

    signals -> service.cli

What the commands need takes most of a second to import. Signals come first: a process 1, as in a container, that
has no handler for SIGTERM yet is not stopped by it.
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType


def main(arguments: Sequence[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, _stop)
    # Filters share their blocks out to threads of their own; a second pool inside each product only gets in the way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from service.cli.main import run

        return run(arguments)
    except KeyboardInterrupt:
        return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
