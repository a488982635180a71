"""An environment with KServe's client: `.venv-kserve` beside `.venv`, made once by CI."""

from pathlib import Path

import pytest

from tests.integration.environments import environment_python, run

__all__ = ["kserve_python", "run"]


@pytest.fixture(scope="session")
def kserve_python() -> Path:
    """Its interpreter. Skips where it would have to be installed and CI is not set."""
    return environment_python("kserve")
