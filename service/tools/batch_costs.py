"""What an image costs a model in batches of each size, and the cap that follows.

session -> batches of zeros, run again and again -> us an image -> the smallest batch that is about as good as the best
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from service.errors import InferenceFailed
from service.imaging.pixels import FloatArray
from service.inference.loader import Model

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
_AS_GOOD = 1.05  # of the best: a larger batch than that only adds latency
_ROUNDS = 5


def batch_costs(model: Model, sizes: Sequence[int] = SIZES, seconds: float = 0.05) -> dict[int, float]:
    """us an image, the least of five rounds, by batch; a model that takes no batches is asked for 1 alone.

    CPU time of all threads where it runs on the CPU, time that passes where on a GPU. Raises InferenceFailed.
    """
    clock = time.process_time if model.session.execution_provider.in_use == "cpu" else time.perf_counter
    takes_one = model.manifest.takes_one or model.config.max_batch_size == 0
    shape = model.manifest.preprocessing.tensor_shape
    costs = {}
    for size in (1,) if takes_one else sizes:
        zeros = np.zeros((size, *shape), np.float32)
        try:
            model.session.run(zeros)
            costs[size] = min(_cost(model, zeros, seconds, clock) for _ in range(_ROUNDS)) / size * 1e6
        except Exception:  # onnxruntime raises many kinds
            raise InferenceFailed(f"{model.name} failed on zeros in a batch of {size}.") from None
    return costs


def recommended_cap(costs: Mapping[int, float]) -> int:
    """The smallest batch whose image costs at most a twentieth more than in the best."""
    best = min(costs.values())
    return min(size for size, cost in costs.items() if cost <= best * _AS_GOOD)


def _cost(model: Model, zeros: FloatArray, seconds: float, clock: Callable[[], float]) -> float:
    """Seconds of a run."""
    runs, began = 0, clock()
    while not runs or clock() - began < seconds / _ROUNDS:
        model.session.run(zeros)
        runs += 1
    return (clock() - began) / runs
