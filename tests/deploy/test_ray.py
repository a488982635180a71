"""deploy/ray: its files say what the service says; and on CI, Ray Serve itself with two replicas."""

import re
from pathlib import Path

import pytest
import yaml

from benchmarks.proxy import nginx
from benchmarks.ray_serve import answers, killed, plain, ray
from benchmarks.serving.servers import binary_of, install
from service.settings import Settings
from tests.ci import ON_CI
from tests.deploy.manifests import RAY

PLAIN, GPU = (yaml.safe_load((RAY / name).read_text()) for name in ("serve.yaml", "gpu.yaml"))


def test_requests_may_take_as_long_as_the_service_lets_them() -> None:
    deadline = Settings.model_fields["deadline_ms"].default / 1e3
    assert PLAIN["http_options"]["request_timeout_s"] > deadline
    assert GPU["http_options"] == PLAIN["http_options"]
    proxy = (RAY / "nginx.conf").read_text()
    assert [int(seconds) for seconds in re.findall(r"proxy_read_timeout (\d+)s", proxy)] == [
        PLAIN["http_options"]["request_timeout_s"]
    ]


def test_replicas_grow_with_the_requests_that_are_under_way() -> None:
    for application in (*PLAIN["applications"], *GPU["applications"]):
        (deployment,) = application["deployments"]
        scaling = deployment["autoscaling_config"]
        assert scaling["min_replicas"] < scaling["max_replicas"]
        assert scaling["target_ongoing_requests"] < deployment["max_ongoing_requests"]
    shares = {
        deployment["ray_actor_options"]["num_gpus"]
        for each in GPU["applications"]
        for deployment in each["deployments"]
    }
    assert shares == {0.5}
    prefixes = [each["route_prefix"] for each in GPU["applications"]]
    assert len(set(prefixes)) == 2
    named = [each["runtime_env"]["env_vars"]["FEATUREMAP_ROOT_PATH"] for each in GPU["applications"]]
    assert named == prefixes, "the service is told where it stands"


@pytest.mark.install
@pytest.mark.timeout(900)
def test_the_same_answers_and_no_request_lost_with_a_replica() -> None:
    if not Path(binary_of("ray")).exists() and not ON_CI:
        pytest.skip("installs from the package index; set CI=true")
    install("ray")
    with plain() as server:
        expected = answers(server)
    with ray("Ray Serve", {}) as server:
        assert answers(server) == expected
        where = {"127.0.0.1:8000": server.address.removeprefix("http://")}
        with nginx("deploy/ray/nginx.conf", "127.0.0.1:8080", where) as proxy:
            told = killed(server, proxy.address)
    # One whose answer had begun when its replica was killed: nobody can ask for that again.
    assert told.total() - told["200"] <= 1, told
    assert told["200"] > 50
