"""The studies beside the model packages: models/<name>.study.json with its picture <name>.study.png."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from service.errors import NotFound

_SUFFIX = ".study.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Study:
    """A study's files. `picture` may be missing."""

    name: str
    document: Path

    @property
    def title(self) -> str:
        return str(json.loads(self.document.read_bytes()).get("title", self.name))

    @property
    def picture(self) -> Path:
        return self.document.with_name(f"{self.name}.study.png")


def list_studies(models: Path) -> list[Study]:
    """Every study in the folder, by name."""
    files = sorted(models.glob(f"*{_SUFFIX}"))
    names = [(file.name.removesuffix(_SUFFIX), file) for file in files]
    return [Study(name, file) for name, file in names if _NAME.fullmatch(name)]


def find_study(models: Path, name: str) -> Study:
    """The study of this name; raises NotFound with the known ones."""
    known = list_studies(models)
    for study in known:
        if study.name == name:
            return study
    raise NotFound(f"There is no such study. Known studies: {', '.join(study.name for study in known) or 'none'}.")
