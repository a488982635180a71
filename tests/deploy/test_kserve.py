"""deploy/kserve: what KServe's own SDK knows, in its own environment, and true of the service."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.deploy.manifests import KSERVE, read
from tests.integration.kserve_environment import kserve_python, run

__all__ = ["kserve_python"]
RUNTIME, SERVICE = read(KSERVE / "runtime.yaml"), read(KSERVE / "inference-service.yaml")
(CONTAINER,) = RUNTIME["spec"]["containers"]
# Its classes are of two generations: KServe's own have `openapi_types`, those of Kubernetes are pydantic's.
READ = """
import json, re, sys
import kserve
from kubernetes import client

def unknown(document, kind, place):
    if listed := re.fullmatch(r"list\\[(\\w+)\\]", kind):
        return [name for i, each in enumerate(document) for name in unknown(each, listed[1], f"{place}[{i}]")]
    own, theirs = getattr(kserve, kind, None), getattr(client, kind, None)
    if own is not None:
        fields = {own.attribute_map[name]: inner for name, inner in own.openapi_types.items()}
        return [
            name for key, value in document.items()
            for name in ([f"{place}.{key}"] if key not in fields else unknown(value, fields[key], f"{place}.{key}"))
        ]
    if theirs is not None:
        kept = client.ApiClient().sanitize_for_serialization(theirs.from_dict(document))
        return [] if kept == document else [f"{place}: {document} is read as {kept}"]
    return []

kinds = {"ServingRuntime": "V1alpha1ServingRuntime", "InferenceService": "V1beta1InferenceService"}
print(json.dumps([unknown(each, kinds[each["kind"]], each["kind"]) for each in json.loads(sys.argv[1])]))
"""


def unknown(python: Path, *documents: dict[str, Any]) -> list[list[str]]:
    """The places of each document that the SDK has no field for."""
    told: list[list[str]] = json.loads(run(python, READ, json.dumps(documents)))
    return told


@pytest.mark.install
def test_known_to_the_sdk(kserve_python: Path) -> None:
    slip = copy.deepcopy(RUNTIME)
    slip["spec"]["containers"][0]["resource"] = {}
    slip["spec"]["protocols"] = ["v2"]
    runtime, service, slips = unknown(kserve_python, RUNTIME, SERVICE, slip)
    assert (runtime, service) == ([], [])
    assert [place.partition(":")[0] for place in slips] == [
        "ServingRuntime.spec.containers[0]", "ServingRuntime.spec.protocols"
    ]  # fmt: skip


def test_the_service_names_the_runtime_and_its_format() -> None:
    model = SERVICE["spec"]["predictor"]["model"]
    assert model["runtime"] == RUNTIME["metadata"]["name"]
    assert model["modelFormat"]["name"] in {known["name"] for known in RUNTIME["spec"]["supportedModelFormats"]}
    assert model["protocolVersion"] in RUNTIME["spec"]["protocolVersions"]


def test_the_container_listens_and_serves_what_was_mounted() -> None:
    port = Settings.model_fields["port"].default
    assert [each["containerPort"] for each in CONTAINER["ports"]] == [port]
    assert {CONTAINER[probe]["httpGet"]["port"] for probe in ("readinessProbe", "livenessProbe")} == {port}
    assert CONTAINER["env"] == [{"name": "FEATUREMAP_MODELS", "value": "/mnt/models"}]
    assert Settings(_env_file=None, models="/mnt/models").models == Path("/mnt/models")
