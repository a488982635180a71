"""The YAML files of deploy/."""

from pathlib import Path
from typing import Any

import yaml

from tests.paths import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
KSERVE = ROOT / "deploy" / "kserve"
RAY = ROOT / "deploy" / "ray"


def read(path: Path) -> dict[str, Any]:
    """The one document of a file."""
    (document,) = yaml.safe_load_all(path.read_text())
    return dict(document)
