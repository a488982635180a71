"""The model packages of a folder: which there are, which version of each can answer, and why others cannot.

    models/<name>/config.pbtxt -> versions by its policy -> load_model -> Entry (states as Triton names them)

`load` and `unload` change one entry at a time and swap it whole, so a request keeps the model that it got
from `get` until it is done. A bad package costs itself alone: it is listed with its reason.
"""

import logging
import re
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from service.errors import ConfigurationError, NotFound, NotReady, PackageError
from service.inference.loader import Model, Runtime, load_model
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.manifest import MODEL_NAME, Manifest, read_manifest

_MOST_NAMES_SHOWN = 20
_log = logging.getLogger(__name__)


class State(StrEnum):
    """Triton's names for what a version is doing."""

    READY = "READY"
    UNAVAILABLE = "UNAVAILABLE"
    LOADING = "LOADING"
    UNLOADING = "UNLOADING"


@dataclass(frozen=True)
class Version:
    """A version in the repository. `manifest` is None where it could not be read, `model` unless READY."""

    number: int
    state: State
    reason: str = ""
    manifest: Manifest | None = None
    model: Model | None = None


@dataclass(frozen=True)
class Entry:
    """A model and its served versions, oldest first. `reason` is for what concerns the package as a whole."""

    name: str
    versions: tuple[Version, ...] = ()
    reason: str = ""
    loading: bool = False

    @property
    def shown(self) -> Version | None:
        """The version that is meant when none is named: the newest that is ready, else the newest."""
        ready = [version for version in self.versions if version.state is State.READY]
        candidates = ready or self.versions
        return candidates[-1] if candidates else None

    @property
    def state(self) -> State:
        if self.shown is not None:
            return self.shown.state
        return State.LOADING if self.loading else State.UNAVAILABLE

    def version(self, number: str) -> Version:
        """Raises NotFound with the known versions."""
        for version in self.versions:
            if str(version.number) == number:
                return version
        known = ", ".join(str(version.number) for version in self.versions) or "none"
        raise NotFound(f"{self.name} has no such version. Served versions: {known}.")


class Repository:
    """All models of one folder. Reading is safe from any thread; loading blocks, and one thread loads."""

    def __init__(self, folder: Path, runtime: Runtime) -> None:
        self.folder = folder
        self.runtime = runtime
        self.loaded = False  # `load_all` has been through the folder
        self._entries: dict[str, Entry] = {}
        self._loading = threading.Lock()

    def names(self) -> list[str]:
        """Of the packages in the folder, in order. Raises ConfigurationError where it cannot be read."""
        try:
            children = sorted(self.folder.iterdir())
        except OSError:
            raise ConfigurationError(f"the models folder {self.folder} is missing or cannot be read") from None
        return [child.name for child in children if child.is_dir() and re.fullmatch(MODEL_NAME, child.name)]

    def load_all(self) -> None:
        """Loads every package. Raises ConfigurationError where the folder or the asked-for GPU is missing."""
        names = self.names()
        for name in names:
            self._entries.setdefault(name, Entry(name, reason="it is being loaded", loading=True))
        for name in names:
            self.load(name)
        self.loaded = True

    def load(self, name: str) -> Entry:
        """Reads the package again and swaps it in."""
        with self._loading:
            entry = self._read(name)
            self._entries[name] = entry
        for version in entry.versions or (None,):
            self._tell(entry, version)
        return entry

    def unload(self, name: str) -> Entry:
        """Stops serving the model; running requests end on the model that they hold. Raises NotFound."""
        with self._loading:
            entry = self.entry(name)
            versions = tuple(
                replace(version, state=State.UNAVAILABLE, reason="it was unloaded", model=None)
                for version in entry.versions
            )
            self._entries[name] = replace(entry, versions=versions)
        for version in versions:
            self.runtime.observer.ready(name, str(version.number), False)
        return self._entries[name]

    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def entry(self, name: str) -> Entry:
        """Raises NotFound with the known names."""
        entry = self._entries.get(name)
        if entry is None:
            known = sorted(self._entries)
            shown = ", ".join(known[:_MOST_NAMES_SHOWN]) or "none"
            more = f" and {len(known) - _MOST_NAMES_SHOWN} more" if len(known) > _MOST_NAMES_SHOWN else ""
            raise NotFound(f"There is no such model. Known models: {shown}{more}.")
        return entry

    def get(self, name: str, version: str | None = None) -> Model:
        """The version that answers. Raises NotFound, or NotReady with the reason."""
        entry = self.entry(name)
        found = entry.version(version) if version is not None else entry.shown
        if found is None:
            raise NotReady(f"{name} is not ready: {entry.reason}.")
        if found.model is None:
            raise NotReady(f"{name} version {found.number} is not ready: {found.reason}.")
        return found.model

    def ready_models(self) -> list[Model]:
        return [v.model for entry in self.entries() for v in entry.versions if v.model is not None]

    async def close(self) -> None:
        """Lets every queue run empty; new requests are refused."""
        for model in self.ready_models():
            await model.batcher.close()

    def _read(self, name: str) -> Entry:
        folder = self.folder / name
        try:
            config = _read_config(folder)
            numbers = served_versions(folder, config)
        except PackageError as error:
            return Entry(name, reason=error.message)
        return Entry(name, tuple(self._read_version(folder / str(number), config) for number in numbers))

    def _read_version(self, folder: Path, config: ModelConfig) -> Version:
        number = int(folder.name)
        try:
            model = load_model(folder, config, self.runtime)
        except PackageError as error:
            return Version(number, State.UNAVAILABLE, error.message, _manifest(folder))
        return Version(number, State.READY, "", model.manifest, model)

    def _tell(self, entry: Entry, version: Version | None) -> None:
        """Log and metrics; a package that has no readable version counts as version 0."""
        number = str(version.number) if version else "0"
        model = version.model if version else None
        self.runtime.observer.ready(entry.name, number, model is not None)
        if model is None:
            reason = version.reason if version else entry.reason
            _log.error("model %s is not ready: %s", entry.name, reason, extra={"fields": {"version": number}})
            return
        fields = {"version": number, "execution_provider": model.session.execution_provider.in_use,
                  "why": model.session.execution_provider.reason, "threads": model.session.threads,
                  "max_batch": model.batcher.limits.max_batch}  # fmt: skip
        _log.info("model %s is ready", entry.name, extra={"fields": fields})


def served_versions(folder: Path, config: ModelConfig) -> list[int]:
    """The numbers that the version policy picks, ascending; raises PackageError where there are none."""
    numbers = sorted(int(child.name) for child in folder.iterdir() if re.fullmatch("[1-9][0-9]{0,8}", child.name))
    if config.specific_versions:
        picked = [number for number in numbers if number in config.specific_versions]
    else:
        picked = numbers[-config.num_versions :]
    if not picked:
        raise PackageError("it has no version that its version_policy serves: a folder named 1, 2, ...")
    return picked


def _read_config(folder: Path) -> ModelConfig:
    try:
        config = ModelConfig.parse((folder / "config.pbtxt").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise PackageError("config.pbtxt is missing or no UTF-8 text") from None
    if config.name not in ("", folder.name):
        raise PackageError(f"config.pbtxt is that of {config.name}, not of {folder.name}")
    return config


def _manifest(folder: Path) -> Manifest | None:
    """What a version that cannot be served says about itself, if it can still be read."""
    try:
        return read_manifest(folder)
    except PackageError:
        return None
