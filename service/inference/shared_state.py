"""What the worker processes of a service tell each other of its models: which are wanted, and who has followed.

    publish(model, loaded) -> wanted.json: a generation for each command -> each worker -> <pid>.worker.json

Small files in a folder of the service's own. Each is written beside its place and renamed into it, so no reader sees
half of one; `publish` counts under a lock, which ends with the process that holds it.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

_WANTED = "wanted.json"
_WORKER = ".worker.json"


class Wanted(NamedTuple):
    """What was last asked for a model. A later command has a higher `generation`, whatever its model."""

    generation: int
    loaded: bool


class Followed(NamedTuple):
    """The last command for a model that a worker has obeyed, and why it could not; an empty `fault`: it could."""

    generation: int
    fault: str = ""


class SharedState:
    """The files in `folder`, as this process sees them. Calls take well under a millisecond."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, model: str, loaded: bool) -> int:
        """Tells all workers; gives the command's generation."""
        import fcntl  # Windows has none, and no second worker either

        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wanted = self.wanted()
            generation = 1 + max((known.generation for known in wanted.values()), default=0)
            self._write(_WANTED, {**wanted, model: Wanted(generation, loaded)})
        return generation

    def wanted(self) -> dict[str, Wanted]:
        """The last command for each model that there was one for."""
        return {model: Wanted(*values) for model, values in _read(self._folder / _WANTED).items()}

    def follow(self, followed: Mapping[str, Followed]) -> None:
        """This process has obeyed these commands. A process is known to others from its first call on."""
        self._write(f"{os.getpid()}{_WORKER}", followed)

    def workers(self) -> list[dict[str, Followed]]:
        """What each worker has obeyed."""
        files = sorted(self._folder.glob(f"*{_WORKER}"))
        return [{model: Followed(*values) for model, values in _read(file).items()} for file in files]

    def forget(self, pid: int) -> None:
        """The worker has ended: nobody waits for it."""
        (self._folder / f"{pid}{_WORKER}").unlink(missing_ok=True)

    def _write(self, name: str, document: object) -> None:
        # Its ending is none that `workers` looks for: pathlib's * takes a leading dot too.
        written = self._folder / f"{name}.{os.getpid()}.written"
        written.write_text(json.dumps(document))
        written.replace(self._folder / name)


@contextmanager
def shared_state() -> Iterator[SharedState]:
    """Its folder ends with the block. It lies in memory where the machine has /dev/shm."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="featuremap-models-", dir=place) as folder:
        yield SharedState(Path(folder))


def _read(file: Path) -> dict[str, list[Any]]:
    try:
        document: dict[str, list[Any]] = json.loads(file.read_text())
    except FileNotFoundError:  # nothing was told yet, or its worker has ended
        return {}
    return document
