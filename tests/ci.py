"""Whether this is CI: there a tool that is missing is a failure, and what many repeats make long is done in full."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
ON_CI = os.environ.get("CI") == "true"


def sampled(values: Sequence[T], every: int) -> Sequence[T]:
    """All of them on CI, elsewhere the first of each `every`."""
    return values if ON_CI else values[::every]
