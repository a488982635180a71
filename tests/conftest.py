"""How the tests are shared out where several workers run them (`pytest -n`, pytest-xdist).

A module stays with one worker, so that what its tests share is made once. The tests of containers are all with one and
the same, and first in order, as they are the longest part. Where those of the browser have no network of their own
(`web/loopback.py`), they come behind them: Chromium drops its connections whenever a network interface comes or goes.
"""

import gc
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.web.loopback import is_allowed

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

settings.register_profile("without a clock", deadline=None)  # of an example: a busy machine may take any time
settings.load_profile("without a clock")

CONTAINERS, BROWSER = "tests/containers/", "tests/web/"

if "PYTEST_XDIST_WORKER" in os.environ:
    # Else each worker's PyTorch starts a thread a core, and they wait for each other. Read when it is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def share_of(nodeid: str) -> str:
    """What has to stay with one worker: the test's module, or all of containers, and perhaps of the browser."""
    module = nodeid.partition("::")[0]
    together = (CONTAINERS,) if is_allowed() else (CONTAINERS, BROWSER)
    return CONTAINERS if module.startswith(together) else module


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens a browser is marked so: forgotten by hand, it would run where `not browser` was asked."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_collection_finish() -> None:
    """What is imported by now stays until the end: to look through it for garbage again and again would be up to a
    tenth of the work of a test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, as many tests wait for another process; a worker may need 3 GB."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadScopeScheduling":
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = share_of
    return scheduler
