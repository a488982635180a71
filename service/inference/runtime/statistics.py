"""What one version of a model has done since it was loaded: counts and times, as V2's statistics want them.

    batcher: each batch, each answered, failed or dropped request  ->  ModelStatistics

All times in nanoseconds. Written by the event loop alone, so it needs no lock.
"""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Duration:
    """How often something happened, and how long it took in all."""

    count: int = 0
    ns: int = 0

    def add(self, ns: int, count: int = 1) -> None:
        """`count` more of them, which took `ns` nanoseconds in all."""
        self.count += count
        self.ns += ns


@dataclass(slots=True)
class BatchTimes:
    """The parts of one batch: inputs joined, model run, rows handed out."""

    input_ns: int
    infer_ns: int
    output_ns: int


@dataclass(slots=True)
class BatchStatistics:
    """The stages of batches, each counted and timed."""

    compute_input: Duration = field(default_factory=Duration)
    compute_infer: Duration = field(default_factory=Duration)
    compute_output: Duration = field(default_factory=Duration)

    def add(self, times: BatchTimes, count: int = 1) -> None:
        self.compute_input.add(times.input_ns, count)
        self.compute_infer.add(times.infer_ns, count)
        self.compute_output.add(times.output_ns, count)


@dataclass(slots=True)
class ModelStatistics:
    """`success`, `fail` and `queue` count requests, `inference_count` images, `execution_count` batches."""

    inference_count: int = 0
    execution_count: int = 0
    last_inference_ms: int = 0  # Unix time
    success: Duration = field(default_factory=Duration)
    fail: Duration = field(default_factory=Duration)
    queue: Duration = field(default_factory=Duration)
    requests: BatchStatistics = field(default_factory=BatchStatistics)
    batches: dict[int, BatchStatistics] = field(default_factory=dict)  # by number of images

    def batch(self, images: int, requests: int, times: BatchTimes) -> None:
        """A batch of `images` that belong to `requests` has run."""
        self.inference_count += images
        self.execution_count += 1
        self.last_inference_ms = time.time_ns() // 1_000_000
        self.requests.add(times, requests)
        self.batches.setdefault(images, BatchStatistics()).add(times)
