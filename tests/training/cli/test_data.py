"""`data`: the full sets found and checked."""

import os

import pytest

from training.__main__ import main


@pytest.mark.full_data
def test_the_data_command_on_the_full_sets(capfd: pytest.CaptureFixture[str]) -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    assert main(["data"]) == 0
    assert capfd.readouterr().out.count("checksums right") == 7
