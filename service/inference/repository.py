"""The model packages of a folder: which there are, which version of each can answer, and why others cannot.

    models/<name>/config.pbtxt -> versions by its policy -> load_model -> Entry (states as Triton names them)

`load` and `unload` change one entry at a time and swap it whole, so a request keeps the model that it got
from `get` until it is done. A bad package costs itself alone, whatever is wrong with it: it is listed with its
reason, and what served before goes on.
"""

import contextlib
import logging
import threading
import weakref
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from service.errors import ConfigurationError, NotFound, NotReady, PackageError
from service.inference.entry import Entry, State, Version
from service.inference.expected import expected_shares
from service.inference.loader import Model, Runtime, TensorModel, load_model
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.layout import name_fault, package_names, read_config, served_versions, shown_name
from service.inference.package.manifest import Manifest, read_manifest
from service.inference.tensor_loader import is_bare, load_tensors, tensors_only

_MOST_NAMES_SHOWN = 20
_UNLOADED = "it was unloaded"
_NO_VERSION = "0"  # what metrics call that of a package without a readable one
_log = logging.getLogger(__name__)


class Repository:
    """All models of one folder. Reading is safe from any thread; loading blocks, and one thread loads at a time."""

    def __init__(self, folder: Path, runtime: Runtime, stopping: threading.Event | None = None) -> None:
        self.folder = folder
        self.runtime = runtime
        self.loaded = False  # `load_all` has been through the folder
        self.stopping = stopping or threading.Event()  # set: no more models are loaded at the start
        self._entries: dict[str, Entry] = {}
        self._retired: weakref.WeakSet[TensorModel] = weakref.WeakSet()  # replaced, and perhaps still answering
        self._loading = threading.Lock()  # held while a package is read
        self._swapping = threading.Lock()  # held for a moment

    def load_all(self, unwanted: Collection[str] = ()) -> None:
        """Loads every package but those `unwanted`, which are listed as unloaded. Raises ConfigurationError where the
        folder or the asked-for GPU is missing."""
        names = package_names(self.folder)
        for name in names:
            if name in unwanted:
                self._entries[name] = Entry(name, reason=_UNLOADED)
            elif (fault := name_fault(name)) is None:
                self._entries.setdefault(name, Entry(name, reason="it is being loaded", loading=True))
            else:
                entry = Entry(shown_name(name), reason=fault)
                self._entries[entry.name] = entry
                self._tell(entry)
        for name in names:
            if self.stopping.is_set():
                return
            if name_fault(name) is None and name not in unwanted:
                self.load(name)
        self.loaded = True

    def load(self, name: str) -> Entry:
        """Reads the package again and swaps it in. Where that fails, what was serving goes on, and the entry says
        why. Raises NotFound where there is no such package, ConfigurationError as `load_model` does."""
        if name_fault(name) is not None or not (self.folder / name).is_dir():
            self.entry(name)
        if (fault := name_fault(name)) is not None:
            raise NotFound(f"This model cannot be loaded: {fault}.")
        with self._loading:
            old = self._entries.get(name, Entry(name))
            self._swap(replace(old, loading=True))
            try:
                entry = old.replaced_by(self._read(name))
            except ConfigurationError as error:
                self._swap(replace(old, reason=error.message, loading=False))
                raise
            self._swap(entry)
            self._tell(entry, old)
        return entry

    def unload(self, name: str) -> Entry:
        """Stops serving the model; running requests end on the model that they hold. Raises NotFound."""
        with self._loading:
            old = self.entry(name)
            versions = tuple(
                replace(version, state=State.UNAVAILABLE, reason=_UNLOADED, model=None) for version in old.versions
            )
            entry = replace(old, versions=versions, reason="" if versions else _UNLOADED)
            self._swap(entry)
        for version in versions:
            self.runtime.observer.ready(name, str(version.number), False)
        return entry

    def forget(self, name: str) -> None:
        """Unloads the model and lists it no longer. Raises NotFound."""
        entry = self.unload(name)
        with self._loading, self._swapping:
            del self._entries[name]
        for number in _numbers(entry):
            self.runtime.observer.gone(name, number)
        _log.info("model %s is gone", name)

    def entries(self) -> list[Entry]:
        """Every package, served or not, in the folder's order."""
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
        """The version that answers about pictures. Raises NotFound, NotReady with the reason, TensorsOnly."""
        found = self.find(name, version)
        if not isinstance(found, Model):
            raise tensors_only(name)
        return found

    def find(self, name: str, version: str | None = None) -> TensorModel:
        """The version that answers, whatever it takes. Raises NotFound, or NotReady with the reason."""
        entry = self.entry(name)
        found = entry.version(version) if version is not None else entry.shown
        if found is None:
            raise NotReady(f"{name} is not ready: {entry.reason}.")
        if found.model is None:
            raise NotReady(f"{name} version {found.number} is not ready: {found.reason}.")
        return found.model

    def ready_models(self) -> list[TensorModel]:
        """Every version that can answer."""
        return [model for entry in self.entries() for model in entry.models]

    async def close(self) -> None:
        """Lets every queue run empty, also those of models that were replaced; new requests are refused."""
        with self._swapping:
            models = [*self.ready_models(), *self._retired]
        for model in models:
            await model.batcher.close()

    def _swap(self, entry: Entry) -> None:
        with self._swapping:
            old = self._entries.get(entry.name)
            self._entries[entry.name] = entry
            if old is not None:
                self._retired.update(model for model in old.models if model not in entry.models)

    def _read(self, name: str) -> Entry:
        folder = self.folder / name
        try:
            config = read_config(folder)
            numbers = served_versions(folder, config)
        except Exception as error:
            return Entry(name, reason=_reason(error))
        return Entry(name, tuple(self._read_version(folder / str(number), config) for number in numbers))

    def _read_version(self, folder: Path, config: ModelConfig) -> Version:
        number = int(folder.name)
        try:
            load = load_tensors if is_bare(folder, config) else load_model
            model = load(folder, config, self.runtime)
        except Exception as error:
            return Version(number, State.UNAVAILABLE, _reason(error), _manifest(folder))
        return Version(number, State.READY, "", model.manifest if isinstance(model, Model) else None, model)

    def _tell(self, entry: Entry, old: Entry | None = None) -> None:
        """Log and metrics, also of the versions that are no longer there."""
        observer, numbers = self.runtime.observer, _numbers(entry)
        for number in set(_numbers(old)) - set(numbers) if old is not None else ():
            observer.gone(entry.name, number)
        for number, version in zip(numbers, entry.versions or (None,), strict=True):
            model = version.model if version else None
            observer.ready(entry.name, number, model is not None)
            if model is not None:
                observer.runs_on(entry.name, number, model.session.execution_provider.in_use)
            if isinstance(model, Model):
                observer.expects(entry.name, number, expected_shares(model.manifest, model.metrics))
            reason = (version.reason if version else "") or entry.reason
            if model is None:
                _log.error("model %s is not ready: %s", entry.name, reason, extra={"fields": {"version": number}})
            elif reason:
                _log.error("model %s goes on as it was: %s", entry.name, reason, extra={"fields": {"version": number}})
            elif old is None or model not in old.models:
                _log.info("model %s is ready", entry.name, extra={"fields": _facts(model)})
                for note in model.notes:
                    _log.warning("model %s: %s", entry.name, note, extra={"fields": {"version": number}})


def _numbers(entry: Entry) -> list[str]:
    return [str(version.number) for version in entry.versions] or [_NO_VERSION]


def _facts(model: TensorModel) -> dict[str, object]:
    provider = model.session.execution_provider
    return {
        "version": model.version,
        "execution_provider": provider.in_use,
        "why": provider.reason,
        "threads": model.session.threads,
        "max_batch": model.batcher.limits.max_batch,
    }


def _reason(error: Exception) -> str:
    """Why a package cannot be served, in a sentence: the one place for whatever reading it may raise.

    Only a GPU that was asked for and is not used is not the package's fault: ConfigurationError goes on.
    """
    if isinstance(error, ConfigurationError):
        raise error
    if isinstance(error, PackageError):
        return error.message
    _log.critical("reading a model package failed in a way that nobody foresaw", exc_info=error)
    if isinstance(error, OSError):
        return f"a file of it cannot be read: {error.strerror}"
    return "reading it failed; the service's log has the cause"


def _manifest(folder: Path) -> Manifest | None:
    """What a version that cannot be served says about itself, if it can still be read."""
    with contextlib.suppress(Exception):
        return read_manifest(folder)
    return None
