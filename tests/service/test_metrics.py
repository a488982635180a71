"""What a scrape gets."""

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import Metrics

READY = "featuremap_model_ready"


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


def test_a_version_that_is_gone_is_not_told() -> None:
    metrics = Metrics()
    metrics.ready("m", "1", True)
    metrics.ready("m", "2", False)
    metrics.gone("m", "1")
    metrics.gone("m", "never there")
    told = {labels: value for (name, labels), value in samples(metrics.render()).items() if name == READY}
    assert told == {("m", "2"): 0}
    metrics.ready("m", "1", True)
    assert samples(metrics.render())[READY, ("m", "1")] == 1


def in_processes(*scripts: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """What the last of several processes tells, which each run a script with `m`, their Metrics; a script that says
    `forget` has its process forgotten by the one that started it."""
    script = f"""
import subprocess, sys
from service.metrics import forget_process, shared_between_processes
begin = "import time; from service.metrics import Metrics; m = Metrics(); "
with shared_between_processes():
    for script in {scripts!r}:
        process = subprocess.Popen([sys.executable, "-c", begin + script.replace("forget", "")], stdout=subprocess.PIPE)
        told = process.communicate()[0]
        assert process.returncode == 0
        if "forget" in script:
            forget_process(process.pid)
sys.stdout.buffer.write(told)
"""
    return samples(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)


RENDER = "; print(m.render().decode())"


def test_processes_add_up_their_numbers() -> None:
    count = "m.request('/a', 'GET', 200, 1.0); m.flush()"
    got = in_processes(count, count, count + RENDER)
    assert got["featuremap_requests_total", ("GET", "/a", "200")] == 3
    assert got["featuremap_request_seconds_count", ("/a",)] == 3


def test_a_process_that_ended_leaves_its_counts_and_no_gauge() -> None:
    got = in_processes(
        "m.request('/a', 'GET', 200, 1.0); m.flush(); m.ready('m', '1', False); forget",
        "m.ready('m', '1', True)" + RENDER,
    )
    assert got["featuremap_requests_total", ("GET", "/a", "200")] == 1
    assert got[READY, ("m", "1")] == 1
    assert len([name for name, _ in got if name == "process_resident_memory_bytes"]) == 1


def test_a_file_that_a_process_has_just_made_is_left_out() -> None:
    empty = "open(__import__('os').environ['PROMETHEUS_MULTIPROC_DIR'] + '/counter_1.db', 'x')"
    got = in_processes("m.request('/a', 'GET', 200, 1.0); m.flush()", empty + RENDER)
    assert got["featuremap_requests_total", ("GET", "/a", "200")] == 1


def test_a_version_is_gone_where_no_process_has_it() -> None:
    serves, gone = "m.ready('m', '1', True)", "m.ready('m', '1', True); m.gone('m', '1')"
    assert in_processes(serves, gone + RENDER)[READY, ("m", "1")] == 1
    assert (READY, ("m", "1")) not in in_processes(gone, gone + RENDER)


def test_each_version_tells_the_execution_provider_that_it_runs_on() -> None:
    metrics = Metrics()
    name = "featuremap_model_execution_provider"
    metrics.runs_on("bands", "1", "cuda")
    metrics.runs_on("other", "1", "cpu")
    metrics.runs_on("bands", "1", "cpu")  # loaded again, and the GPU is away
    lines = [line for line in metrics.render().decode().splitlines() if line.startswith(name)]
    assert lines == [f'{name}{{model="{model}",provider="cpu",version="1"}} 1.0' for model in ("other", "bands")]
    metrics.gone("bands", "1")
    metrics.ready("other", "1", False)
    assert f"{name}{{" not in metrics.render().decode()
