"""What the service counts about itself, for Prometheus.

    middleware: requests    batcher: batches, waits, refusals    repository: readiness    ->  render()
    predictor: answers, beside what the model's test set had (`drift.py`)
    /proc: memory, CPU time, files of this process, or of each worker with its `pid`

One `Metrics` belongs to one app. What is counted is added up first (`tallies.py` says why), and handed to the library
by `flush`: before each scrape, and from time to time where other workers tell it too. With several worker processes the
numbers are shared through files (see `shared_between_processes`), so that a scrape answered by any worker tells of all.
"""

import functools
import math
import os
import tempfile
from collections import Counter as Count
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

import service
from service.drift import DriftMetrics, Shares
from service.tallies import Tallies

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_READY = "featuremap_model_ready"
_PROVIDER = "featuremap_model_execution_provider"
_GONE = math.inf  # of a version that is no longer there: no process's 0 or 1 is greater, so any other one counts


class Metrics:
    """All counters, gauges and histograms of one app. Times in seconds.

    All but `ready`, `expects`, `gone` and `text` is called by one thread, the event loop's.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # stamps that nobody reads
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        build = Gauge(
            "featuremap_build_info", "Always 1; the version is its label.", ("version",),
            multiprocess_mode="livemax", registry=own,
        )  # fmt: skip
        build.labels(service.__version__).set(1)
        started = Gauge(
            "featuremap_start_time_seconds", "When the service started, in seconds since 1970.",
            multiprocess_mode="livemin", registry=own,
        )  # fmt: skip
        started.set_to_current_time()
        self._requests = Counter(
            "featuremap_requests", "Requests answered.", ("route", "method", "status"), registry=own
        )
        self._latency = Histogram(
            "featuremap_request_seconds", "From a request's head to the end of its answer.", ("route",),
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._stage = Histogram(
            "featuremap_stage_seconds",
            "A request's time in decode, preprocess, queue and encode; a batch's in inference.",
            ("model", "stage"), buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._size = Histogram("featuremap_batch_size", "Images in a batch.", ("model",), buckets=_SIZES, registry=own)
        self._refused = Counter(
            "featuremap_refused", "Requests that no batch took, by reason.", ("model", "reason"), registry=own
        )
        self._ready = Gauge(
            _READY, "1 where the version of the model can answer, else 0.",
            ("model", "version"), multiprocess_mode="livemin", registry=own,
        )  # fmt: skip

        self._provider = Gauge(
            _PROVIDER, "1 for the execution provider that the version of the model runs on.",
            ("model", "version", "provider"), multiprocess_mode="livemin", registry=own,
        )  # fmt: skip
        self._providers: dict[tuple[str, str], str] = {}
        self._drift = DriftMetrics(own)
        self._answered: Count[tuple[str, str, int]] = Count()
        self._latencies, self._stages, self._sizes = map(Tallies, (self._latency, self._stage, self._size))

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template of its path."""
        self._answered[route, method, status] += 1
        self._latencies[(route,)].observe(seconds)

    def stage(self, model: str, stage: str, seconds: float) -> None:
        """A request's time in a stage: `decode`, `preprocess`, `queue`, `encode`; a batch's in `inference`."""
        self._stages[model, stage].observe(seconds)

    def batch(self, model: str, size: int) -> None:
        """A batch of `size` images has run."""
        self._sizes[(model,)].observe(size)

    def refused(self, model: str, reason: str) -> None:
        """A request ended without rows: `queue_full`, `deadline` or `caller_left`."""
        self._refused.labels(model, reason).inc()

    def expects(self, model: str, version: str, shares: Shares) -> None:
        """The version answers about pictures, and says what it answered on its test set."""
        self._drift.expects(model, version, shares)

    def answered(self, model: str, version: str, outcome: str, objects: Iterable[tuple[int, float]]) -> None:
        """A picture was answered: `accepted` or why not; most probable class and confidence of each object in it."""
        self._drift.answered(model, version, outcome, objects)

    def ready(self, model: str, version: str, ready: bool) -> None:
        self._ready.labels(model, version).set(int(ready))
        if not ready:
            self._forget_provider(model, version)

    def runs_on(self, model: str, version: str, provider: str) -> None:
        """The version can answer, and runs there."""
        self._forget_provider(model, version)
        self._providers[model, version] = provider
        self._provider.labels(model, version, provider).set(1)

    def _forget_provider(self, model: str, version: str) -> None:
        if (before := self._providers.pop((model, version), None)) is not None:
            self._provider.labels(model, version, before).set(_GONE)

    def gone(self, model: str, version: str) -> None:
        """The version is no longer there, so nothing is told of it."""
        self._forget_provider(model, version)
        self._ready.labels(model, version).set(_GONE)

    def flush(self) -> None:
        """Lets a scrape see what has been counted."""
        for (route, method, status), count in self._answered.items():
            self._requests.labels(route, method, str(status)).inc(count)
        self._answered.clear()
        for tallies in (self._latencies, self._stages, self._sizes):
            for tally in tallies.values():
                tally.flush()
        self._drift.flush()

    def render(self) -> bytes:
        """The Prometheus text format of all that was counted until now."""
        self.flush()
        return self.text()

    def text(self) -> bytes:
        """The same of what was flushed, from any thread: with many models it takes milliseconds."""
        folder = os.environ.get(_SHARED_FOLDER)
        return generate_latest(_Told(self._registry if folder is None else _everyone(Path(folder))))


class _Told(Collector):
    """All that a collector holds but versions that are gone."""

    def __init__(self, source: Collector) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        for metric in self._source.collect():
            if metric.name in (_READY, _PROVIDER):
                metric.samples = [sample for sample in metric.samples if sample.value != _GONE]
            yield metric


class _Counted(Collector):
    """What was counted in the files of all workers. One that a worker has just made is empty for a moment, which
    MultiProcessCollector's own look at the folder does not bear."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = [str(file) for file in self._folder.glob("*.db") if _has_begun(file)]
        metrics: Iterable[Metric] = MultiProcessCollector.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return metrics


def _has_begun(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:  # its worker has ended meanwhile
        return False


class _Processes(Collector):
    """The `process_*` figures of each worker, by its `pid`: the sum of a counter would fall where one is replaced."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = pids

    def collect(self) -> Iterator[Metric]:
        found: dict[str, Metric] = {}
        for pid in self._pids:
            for metric in ProcessCollector(pid=functools.partial(str, pid), registry=None).collect():
                samples = [sample._replace(labels={"pid": str(pid)}) for sample in metric.samples]
                metric.samples = []
                found.setdefault(metric.name, metric).samples += samples
        return iter(found.values())


def _everyone(folder: Path) -> CollectorRegistry:
    """What all worker processes tell through their files."""
    everyone = CollectorRegistry()
    everyone.register(_Counted(folder))
    everyone.register(_Processes(_living(folder)))
    return everyone


def _living(folder: Path) -> list[int]:
    """The workers whose gauges are there: `forget_process` takes those of others away."""
    return sorted({int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")})


def forget_process(pid: int) -> None:
    """A worker has ended: its gauges no longer hold. What it counted goes on counting."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


@contextmanager
def shared_between_processes() -> Iterator[None]:
    """Lets the worker processes started inside add up their numbers in a folder that ends with them.

    The folder lies in memory where the machine has /dev/shm, which is writable in a read-only container too.
    """
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="featuremap-metrics-", dir=place) as folder:
        os.environ[_SHARED_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED_FOLDER]
