"""The requests: enough of them, each its own, and the same ones at each call and in each process."""

import subprocess
import sys
from pathlib import Path

from tests.recorded.recorder import sent
from tests.recorded.requests import all_requests

ROOT = Path(__file__).parents[2]
_PRINT = (
    "from tests.recorded.recorder import sent; from tests.recorded.requests import all_requests;"
    "print(*[sent(request) for request in all_requests()], sep='\\n')"
)


def test_there_are_enough_and_each_has_its_own_name() -> None:
    requests = all_requests()
    assert len({request.name for request in requests}) == len(requests) >= 500
    assert len({sent(request) for request in requests}) >= 0.95 * len(requests)  # some ask the same for another reason


def test_another_process_makes_the_same_requests() -> None:
    run = subprocess.run([sys.executable, "-c", _PRINT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [sent(request) for request in all_requests()]
