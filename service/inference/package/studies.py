"""The studies beside the model packages: models/<name>.study.json with its picture <name>.study.png."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import NotFound, PackageError, UnusableEvidence
from service.inference.package.files import read_json

_SUFFIX = ".study.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Study:
    """A study's files. `picture` may be missing, and what is no study may bear the name of one."""

    name: str
    document: Path

    @property
    def title(self) -> str:
        """Its own, or its name where the document has none that can be read."""
        try:
            title = self._read().get("title")
        except PackageError:
            title = None
        return title if isinstance(title, str) else self.name

    @property
    def checked_document(self) -> Path:
        """The document's file. Raises UnusableEvidence where it holds no JSON object."""
        try:
            self._read()
        except PackageError as error:
            raise UnusableEvidence(f"The study {self.name} cannot be shown: {error.message}.") from None
        return self.document

    def _read(self) -> dict[str, Any]:
        document = read_json(self.document)
        if not isinstance(document, dict):
            raise PackageError(f"{self.document.name} is no JSON object")
        return document

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
