"""What a test does to the process's loggers does not last."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def logging_kept() -> Iterator[None]:
    """Afterwards the root logger, and those that the service turns down, are as they were."""
    root = logging.getLogger()
    handlers, names = root.handlers, ["", "service.inference", "uvicorn.error"]
    levels = [logging.getLogger(name).level for name in names]
    try:
        yield
    finally:
        root.handlers = handlers
        for name, level in zip(names, levels, strict=True):
            logging.getLogger(name or None).setLevel(level)
        logging.captureWarnings(False)
