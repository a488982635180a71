"""A replica as a queue: what a share of its capacity costs in waiting, and what a doubled load does meanwhile.

requests at random moments -> one core that takes what is waiting, as batches -> latencies of each
a load that doubles at once -> replicas that come later -> requests refused, seconds until it is over
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_IN_A_BATCH = 32


class Waiting(NamedTuple):
    """At a share of capacity: latency in ms, requests that wait at a time (not those being served), images a batch."""

    share: float
    p50_ms: float
    p99_ms: float
    waiting: float
    batch: float


class Step(NamedTuple):
    """After the load has doubled: share of requests refused until enough replicas are there, and how long that is."""

    refused: float
    seconds: float


def latencies(
    rate: float, service_s: NDArray[np.float64], requests: int, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Of a core at which requests come at random (Poisson, `rate` a second), and which serves b of them together in
    `service_s[b]` seconds, b up to the array's length: seconds from arrival to answer [n] and to the start of the batch
    [n], and how many batches there were."""
    arrivals = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, requests))
    most = len(service_s) - 1
    ended, waited = np.empty(requests), np.empty(requests)
    now, first, batches = 0.0, 0, 0
    while first < requests:
        now = max(now, float(arrivals[first]))
        last = min(int(np.searchsorted(arrivals, now, side="right")), first + most)
        waited[first:last] = now - arrivals[first:last]
        now += float(service_s[last - first])
        ended[first:last] = now - arrivals[first:last]
        first, batches = last, batches + 1
    return ended, waited, batches


def waiting(request_us: float, image_us: dict[int, float], share: float, requests: int = 200_000) -> Waiting:
    """At `share` of what the core can do. `request_us` is a request's work apart from the model, `image_us` an image's
    work in batches of the sizes measured."""
    sizes = np.arange(MOST_IN_A_BATCH + 1)
    each = np.interp(sizes, list(image_us), list(image_us.values()))
    service_s = sizes * (request_us + each) / 1e6
    capacity = MOST_IN_A_BATCH / float(service_s[-1])
    rate = capacity * share
    ended, waited, batches = latencies(rate, service_s, requests)
    middle, last = np.percentile(ended * 1e3, [50, 99])
    # Little's law: who waits at a time is how many come in a second times how long each waits.
    return Waiting(share, float(middle), float(last), rate * float(waited.mean()), requests / batches)


def doubled(share: float, ready_s: float, queue_s: float = 1.0, tick_s: float = 0.1) -> Step:
    """The load of replicas that were at `share` of their capacity doubles at once; `ready_s` later there are twice as
    many. A queue holds `queue_s` of its replica's work, and who finds it full is refused."""
    load, queue, came, refused, now = 2 * share, 0.0, 0.0, 0.0, 0.0  # in seconds of work of the first replicas
    over = 0.0
    while now < ready_s or queue > 0:
        capacity = 2.0 if now >= ready_s else 1.0
        queue = max(queue + (load - capacity) * tick_s, 0.0)
        lost = max(queue - queue_s * capacity, 0.0)
        queue -= lost
        came, refused, now = came + load * tick_s, refused + lost, now + tick_s
        over = now if queue > 0 else over
    return Step(refused / came, over)


def replicas(rate: float, request_us: float, share: float) -> int:
    """Replicas of one core for so many requests a second, each at `share` of its capacity at most, also while one of
    them is away."""
    return math.ceil(rate * request_us / 1e6 / share) + 1
