"""What docs/scaling.md says follows from the published figures."""

from benchmarks.queueing import replicas
from benchmarks.scaling import PLANNED, RATES, SERVERS, read
from tests.deploy.manifests import KUBERNETES
from tests.deploy.manifests import read as manifest


def test_the_published_costs_are_read() -> None:
    measured = read()
    assert set(measured.us["P1, 64"]) == set(SERVERS)
    assert all(10 < us < 100_000 for row in measured.us.values() for us in row.values())
    assert measured.image_us[32] < measured.image_us[1]
    assert "rounds" in measured.conditions
    assert replicas(RATES[0], measured.us["P1, 64"]["Featuremap"], PLANNED) >= 2


def test_the_autoscaler_plans_as_the_page_does() -> None:
    metrics = manifest(KUBERNETES / "base" / "autoscaler.yaml")["spec"]["metrics"]
    assert metrics[1]["resource"]["target"]["averageUtilization"] == PLANNED * 100
