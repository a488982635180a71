"""A step that is done again and again while a block runs, on the event loop or in a thread.

step -> every_s -> step -> ... -> the block ends

What a step raises is logged, and the next one comes all the same: who looks after slow clients or follows models must
not stop because of one fault.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def repeated(step: Callable[[], object], every_s: float, executor: Executor | None = None) -> AsyncIterator[None]:
    """Does `step` until the block ends, `every_s` seconds after it was last done: in `executor` where it blocks, else
    on the event loop."""

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every_s)
            try:
                if executor is None:
                    step()
                else:
                    await loop.run_in_executor(executor, step)
            except Exception:
                _log.exception("what is done every %g s failed", every_s)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
