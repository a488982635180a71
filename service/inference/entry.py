"""What a repository says of a model: its versions, their states, and why some cannot answer.

Entry -> Version -> TensorModel where it is ready: a Model where it knows pictures
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from service.errors import NotFound
from service.inference.loader import TensorModel
from service.inference.package.manifest import Manifest


class State(StrEnum):
    """Triton's names for what a version is doing."""

    READY = "READY"
    UNAVAILABLE = "UNAVAILABLE"
    LOADING = "LOADING"
    UNLOADING = "UNLOADING"


@dataclass(frozen=True)
class Version:
    """A version in the repository. `manifest` is None where it could not be read, `model` unless READY.

    A version that is READY has a reason where it was to be loaded again and that failed.
    """

    number: int
    state: State
    reason: str = ""
    manifest: Manifest | None = None
    model: TensorModel | None = None


@dataclass(frozen=True)
class Entry:
    """A model and its versions, oldest first. `reason` is for what concerns the package as a whole."""

    name: str
    versions: tuple[Version, ...] = ()
    reason: str = ""
    loading: bool = False

    @cached_property
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

    @property
    def models(self) -> list[TensorModel]:
        """Those that can answer, oldest first."""
        return [version.model for version in self.versions if version.model is not None]

    @property
    def fault(self) -> str:
        """Why the package, or a version of it, is not loaded as it lies on disk; empty where it is."""
        told = [f"version {version.number}: {version.reason}" for version in self.versions if version.reason]
        return self.reason or "; ".join(told)

    def version(self, number: str) -> Version:
        """Raises NotFound with the known versions."""
        for version in self.versions:
            if str(version.number) == number:
                return version
        known = ", ".join(str(version.number) for version in self.versions) or "none"
        raise NotFound(f"{self.name} has no such version. Served versions: {known}.")

    def replaced_by(self, new: "Entry") -> "Entry":
        """The entry once the package has been read again as `new`.

        Where all of it is ready it stands as it is. Where something failed, what was serving goes on: a version
        that could not be loaded again keeps its model and says why, and one that the version policy would have let
        go for a newer one stays beside that.
        """
        if new.versions and all(version.model is not None for version in new.versions):
            return new
        versions = {version.number: version for version in new.versions}
        for version in self.versions:
            found = versions.get(version.number)
            if version.model is None or (found is not None and found.model is not None):
                continue
            reason = f"loading it again failed: {found.reason}" if found is not None else version.reason
            versions[version.number] = replace(version, reason=reason)
        return replace(new, versions=tuple(versions[number] for number in sorted(versions)))
