"""What several modules serve."""

from pathlib import Path

import pytest

from tests.packages import write_package


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small package, `bands`."""
    folder = tmp_path_factory.mktemp("models")
    write_package(folder)
    return folder
