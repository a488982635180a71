"""The digest of the code that prepares pictures: it changes with what the code does, and with nothing else."""

import pytest

from service.inference.package.manifest import read_manifest
from tests.paths import MODELS
from training.packaging.packages import newest_version
from training.packaging.preparation import PARTS, code_of, preparation_digest
from training.recipes import RECIPES

CODE = """
def double(x: int) -> int:
    return 2 * x
"""
WORDS = '''"""A module."""


def double(x: int) -> int:
    """Twice as much."""
    # as in the lecture
    return (2
            * x)
'''


def test_words_and_layout_do_not_count() -> None:
    assert code_of(CODE) == code_of(WORDS)
    assert code_of(CODE) != code_of(CODE.replace("2", "3"))
    assert code_of("class Fault(Exception):\n    pass") == code_of('class Fault(Exception):\n    """One."""')


def test_it_is_of_codec_and_preprocessing() -> None:
    assert all(part.exists() for part in PARTS)
    assert len(preparation_digest()) == 64


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.calibrate])
def test_a_calibrated_package_was_calibrated_with_the_preparation_that_serves(name: str) -> None:
    """Where it fails: `python -m training calibrate --refit` writes the next version with the same weights."""
    folder = newest_version(MODELS / name)
    assert folder is not None
    provenance = read_manifest(folder).provenance
    assert provenance is not None
    assert provenance.preparation_sha256 == preparation_digest()
