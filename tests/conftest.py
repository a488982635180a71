"""How the tests are shared out where several workers run them (`pytest -n`, pytest-xdist).

A module stays with one worker, so that what its tests share is made once. Containers and browser are all with one and
the same: Chromium drops its connections whenever a network interface comes or goes, as those of containers do. They
are the longest part and the first in order, so the other workers have the rest meanwhile.
"""

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

ONE_AFTER_THE_OTHER = ("tests/containers/", "tests/web/")

if "PYTEST_XDIST_WORKER" in os.environ:
    # Else each worker's PyTorch starts a thread a core, and they wait for each other. Read when it is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def share_of(nodeid: str) -> str:
    """What has to stay with one worker: the test's module, or all of containers and browser."""
    module = nodeid.partition("::")[0]
    return ONE_AFTER_THE_OTHER[0] if module.startswith(ONE_AFTER_THE_OTHER) else module


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens a browser is marked so: forgotten by hand, it would run where `not browser` was asked."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadScopeScheduling":
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = share_of
    return scheduler
