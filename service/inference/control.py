"""Loading and unloading in a running service, by request, in all of its worker processes.

    load, unload -> this process -> shared state -> every other worker's `follow` -> who has followed

All of it happens in one thread of its own, a command after another, and the event loop waits for none. A load that
fails is told to the others too: they fail as this one did, keep what serves, and every index says why.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from service.errors import ConfigurationError, FeaturemapError, InvalidInput, Unavailable
from service.inference.repository import Repository
from service.inference.shared_state import Followed, SharedState

FOLLOW_EVERY_S = 0.1
_LOOK_EVERY_S = 0.02


class ModelControl:
    """Commands for the models of `repository`. `executor` has one thread, in which alone models are loaded.

    `shared` is None where there is one process. Others are waited for `patience_s` seconds.
    """

    def __init__(
        self, repository: Repository, executor: Executor, shared: SharedState | None, patience_s: float = 30
    ) -> None:
        self.repository = repository
        self._executor = executor
        self._shared = shared
        self._patience_s = patience_s
        self._followed: dict[str, Followed] = {}

    def start(self) -> None:
        """Loads all models but those that were unloaded before this process began. Blocks; raises ConfigurationError
        as `Repository.load_all`."""
        wanted = self._shared.wanted() if self._shared is not None else {}
        self._followed = {model: Followed(command.generation) for model, command in wanted.items()}
        self._tell()
        self.repository.load_all({model for model, command in wanted.items() if not command.loaded})

    async def load(self, name: str) -> None:
        """Loads the model as it lies on disk now. Raises NotFound; InvalidInput with the reason where it cannot be
        served; Unavailable where not all workers followed."""
        fault = await self._command(name, self._load, True)
        if fault:
            entry = self.repository.entry(name)
            kept = " What was serving goes on." if entry.models else ""
            raise InvalidInput(f"{name} was not loaded as it lies on disk: {fault}.{kept}")

    async def unload(self, name: str) -> None:
        """Stops serving the model. Raises NotFound; Unavailable where not all workers followed."""
        await self._command(name, self._unload, False)

    def follow(self) -> None:
        """Obeys what other workers were told since the last call. Blocks."""
        if self._shared is None:
            return
        wanted = sorted(self._shared.wanted().items(), key=lambda item: item[1].generation)
        for name, command in wanted:
            if command.generation <= self._generation(name):
                continue
            try:
                fault = (self._load if command.loaded else self._unload)(name)
            except FeaturemapError as error:
                fault = error.message
            self._followed[name] = Followed(command.generation, fault)
            self._tell()

    async def _command(self, name: str, act: Callable[[str], str], loaded: bool) -> str:
        """Acts here, then waits for the other workers; gives what went wrong here."""
        loop = asyncio.get_running_loop()
        fault, generation = await loop.run_in_executor(self._executor, self._act, name, act, loaded)
        if self._shared is not None:
            await self._wait(self._shared, name, Followed(generation, fault))
        return fault

    def _act(self, name: str, act: Callable[[str], str], loaded: bool) -> tuple[str, int]:
        fault = act(name)
        generation = self._shared.publish(name, loaded) if self._shared is not None else 0
        self._followed[name] = Followed(generation, fault)
        self._tell()
        return fault, generation

    def _load(self, name: str) -> str:
        try:
            return self.repository.load(name).fault
        except ConfigurationError as error:  # a GPU that was asked for and is not used
            return error.message

    def _unload(self, name: str) -> str:
        self.repository.unload(name)
        return ""

    def _generation(self, name: str) -> int:
        return self._followed[name].generation if name in self._followed else 0

    def _tell(self) -> None:
        if self._shared is not None:
            self._shared.follow(self._followed)

    async def _wait(self, shared: SharedState, name: str, own: Followed) -> None:
        """Until every worker has obeyed this command or a later one for the model."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        while True:
            workers = [worker.get(name, Followed(0)) for worker in shared.workers()]
            behind = [worker for worker in workers if worker.generation < own.generation]
            if not behind or loop.time() >= deadline:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        other = next((w.fault for w in workers if w.generation == own.generation and w.fault != own.fault), "")
        if behind:
            raise Unavailable(f"{len(workers) - len(behind)} of {len(workers)} workers have followed; try again.")
        if other:
            raise Unavailable(f"Not all of the {len(workers)} workers could follow: {other}.")
