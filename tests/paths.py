"""Where the tests find what the project holds."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
DATA = ROOT / "tests" / "data"
