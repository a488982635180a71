"""deploy/kubernetes: valid by the schemas of Kubernetes and the Prometheus operator, and true of the service."""

import copy
import re
from typing import Any

import kubernetes_validate
import pytest

from service.metrics import Metrics
from service.settings import Settings
from tests.deploy.manifests import KUBERNETES, read
from tests.service.api.conftest import MakeClient, make_client, models

__all__ = ["make_client", "models"]
BASE = KUBERNETES / "base"
KUSTOMIZATION = read(BASE / "kustomization.yaml")
DOCUMENTS = {name: read(BASE / name) for name in KUSTOMIZATION["resources"]}
BY_KIND = {document["kind"]: document for document in DOCUMENTS.values()}
NATIVE = [name for name, document in DOCUMENTS.items() if document["kind"] != "ServiceMonitor"]
VERSIONS = ("1.32", "1.37")  # `sleep` in preStop is on from 1.30
POD = BY_KIND["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


def test_the_base_holds_every_file() -> None:
    files = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(DOCUMENTS) == files
    assert {image["name"] for image in KUSTOMIZATION["images"]} == {CONTAINER["image"]}
    assert set(BY_KIND) == {
        "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceMonitor"
    }  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NATIVE)
def test_valid_by_the_schema(name: str, version: str) -> None:
    kubernetes_validate.validate(DOCUMENTS[name], version, strict=True)


@pytest.mark.parametrize("name", NATIVE)
def test_the_schema_would_refuse_a_slip(name: str) -> None:
    slip = copy.deepcopy(DOCUMENTS[name])
    slip["spec"]["enableServiceLink"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slip, VERSIONS[-1], strict=True)


def test_the_service_monitor_is_what_the_operator_knows() -> None:
    """Its model drops what it does not know, so what comes back is compared."""
    from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor  # takes seconds, which every worker would wait

    document = BY_KIND["ServiceMonitor"]
    known = ServiceMonitor.model_validate(document).model_dump(by_alias=True, exclude_none=True, mode="json")
    assert known == document


def test_everything_selects_the_pods() -> None:
    label = {"app.kubernetes.io/name": "featuremap"}
    assert POD["metadata"]["labels"] == label
    assert {str(document["metadata"]["labels"]) for document in DOCUMENTS.values()} == {str(label)}
    assert BY_KIND["Service"]["spec"]["selector"] == label
    selectors = {
        "Deployment": "selector", "PodDisruptionBudget": "selector", "ServiceMonitor": "selector",
        "NetworkPolicy": "podSelector",
    }  # fmt: skip
    assert [BY_KIND[kind]["spec"][field] for kind, field in selectors.items()] == [{"matchLabels": label}] * 4
    target = BY_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", BY_KIND["Deployment"]["metadata"]["name"])


def test_ports_are_named_alike() -> None:
    (port,) = CONTAINER["ports"]
    assert (port["name"], port["containerPort"]) == ("http", Settings.model_fields["port"].default)
    assert BY_KIND["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert BY_KIND["ServiceMonitor"]["spec"]["endpoints"][0]["port"] == BY_KIND["Service"]["spec"]["ports"][0]["name"]
    (rule,) = BY_KIND["NetworkPolicy"]["spec"]["ingress"]
    assert [allowed["port"] for allowed in rule["ports"]] == [port["name"]]


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_probes_are_answered(make_client: MakeClient, probe: str) -> None:
    with make_client() as http:
        assert http.get(CONTAINER[probe]["httpGet"]["path"]).status_code == 200


def test_pods_are_hardened_and_end_in_time() -> None:
    spec, own = POD["spec"], CONTAINER["securityContext"]
    assert spec["enableServiceLinks"] is False
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"]
    assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
    assert own["capabilities"] == {"drop": ["ALL"]}
    waits = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"] + Settings.model_fields["shutdown_grace_s"].default
    assert spec["terminationGracePeriodSeconds"] > waits + 1


def test_settings_are_known() -> None:
    named = {f"FEATUREMAP_{name.upper()}": name for name in Settings.model_fields}
    given: dict[str, Any] = {named[variable["name"]]: variable["value"] for variable in CONTAINER["env"]}
    Settings(_env_file=None, **given)


def test_the_autoscaler_asks_for_what_the_adapter_makes_of_our_metrics() -> None:
    (rule,) = read(KUBERNETES / "prometheus-adapter.yaml")["rules"]["custom"]
    asked = [each["pods"]["metric"]["name"] for each in BY_KIND["HorizontalPodAutoscaler"]["spec"]["metrics"][:1]]
    assert asked == [rule["name"]["as"]]
    metrics = Metrics()
    metrics.stage("m", "queue", 0.1)
    series, label = re.match(r"(\w+)\{(\w+=\"\w+\")", rule["seriesQuery"]).groups()  # type: ignore[union-attr]
    assert re.search(rf"^{series}\{{.*{label}.*\}} 0\.1$", metrics.render().decode(), re.MULTILINE)
    assert label in rule["metricsQuery"]
