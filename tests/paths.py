"""Where the tests find what the project holds."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
DATA = ROOT / "tests" / "data"


def newest(model: str) -> Path:
    """The folder of the newest version of a published package."""
    return max((MODELS / model).glob("[0-9]*"), key=lambda folder: int(folder.name))
