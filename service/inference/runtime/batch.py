"""What one run of a model takes in, and what comes of it.

parts of requests -> joined -> run -> the rows of each output, which are split again by who gets them
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.inference.runtime.request import Request, join
from service.inference.runtime.tensors import Tensors


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """`max_batch` in images (0: the model takes no batches), `max_queue` in requests, `timeout_s` in the queue, which
    holds no more than `work_s` seconds' work as the batches so far have shown; a batch
    that is not full waits for more until its first request has waited `delay_s`."""

    max_batch: int = 32
    max_queue: int = 512
    timeout_s: float = 2.0
    delay_s: float = 0.0
    work_s: float = math.inf


Batch = list[tuple[Request, Tensors, int]]  # with the number of images
Ran = tuple[Tensors, int, int]  # the outputs, and the nanoseconds to join the inputs and to run


def images_of(batch: Batch) -> int:
    return sum([images for _, _, images in batch])


def compute(run: Callable[[Tensors], Tensors], batch: Batch, rows: int | None) -> Ran | Exception:
    """What `run` makes of the batch, or what it raised; each output has to have so many `rows`, where they are said."""
    started = time.perf_counter_ns()
    try:
        inputs = batch[0][1] if len(batch) == 1 else join([part for _, part, _ in batch])
        joined = time.perf_counter_ns()
        outputs = run(inputs)
        if rows is not None:
            for output in outputs:
                if len(output) != rows:
                    raise RuntimeError(f"{rows} images gave {len(output)} rows")
    except Exception as error:  # whatever the runtime raises
        return error
    return outputs, joined - started, time.perf_counter_ns() - joined
