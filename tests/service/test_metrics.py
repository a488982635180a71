"""What a scrape gets."""

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import Metrics


def samples(text: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """By name and the labels' values, in the order of the labels' names."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_counts_and_times_are_told_by_route_and_model() -> None:
    metrics = Metrics()
    metrics.request("/a", "GET", 200, 0.003)
    metrics.request("/a", "GET", 404, 0.003)
    metrics.batch("m", 4)
    metrics.stage("m", "queue", 0.001)
    metrics.stage("m", "queue", 0.002)
    metrics.stage("m", "inference", 0.01)
    metrics.refused("m", "queue_full")
    metrics.ready("m", "1", True)
    got = samples(metrics.render())
    assert got["featuremap_requests_total", ("GET", "/a", "200")] == 1
    assert got["featuremap_request_seconds_count", ("/a",)] == 2
    assert got["featuremap_request_seconds_bucket", ("0.005", "/a")] == 2
    assert got["featuremap_request_seconds_bucket", ("0.0025", "/a")] == 0
    assert got["featuremap_stage_seconds_count", ("m", "queue")] == 2
    assert got["featuremap_stage_seconds_sum", ("m", "inference")] == 0.01
    assert got["featuremap_batch_size_sum", ("m",)] == 4
    assert got["featuremap_refused_total", ("m", "queue_full")] == 1
    assert got["featuremap_model_ready", ("m", "1")] == 1
    assert ("process_resident_memory_bytes", ()) in got


def test_two_apps_do_not_share_numbers() -> None:
    one, other = Metrics(), Metrics()
    one.refused("m", "deadline")
    assert ("featuremap_refused_total", ("m", "deadline")) not in samples(other.render())


def test_processes_add_up_their_numbers() -> None:
    count = "from service.metrics import Metrics; m = Metrics(); m.request('/a', 'GET', 200, 1.0)"
    script = f"""
import subprocess, sys
from service.metrics import Metrics, shared_between_processes
with shared_between_processes():
    for _ in range(2):
        subprocess.run([sys.executable, "-c", {count!r}], check=True)
    sys.stdout.buffer.write(subprocess.run(
        [sys.executable, "-c", {count!r} + "; print(m.render().decode())"], check=True, capture_output=True).stdout)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    got = samples(done.stdout)
    assert got["featuremap_requests_total", ("GET", "/a", "200")] == 3
    assert got["featuremap_request_seconds_count", ("/a",)] == 3
