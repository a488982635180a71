"""The list of models, their cards, and the limits."""

import httpx
import pytest

from service.api.routes.models import calibration
from service.api.schemas import Card, Cards, Limits
from service.inference.package.manifest import sha256
from service.settings import Settings
from tests.packages import LABELS


def test_the_list_holds_every_package_ready_or_not(client: httpx.Client) -> None:
    cards = Cards.model_validate_json(client.get("/api/v1/models").content).models
    assert [(card.name, card.state.value) for card in cards] == [
        ("bands", "READY"),
        ("broken", "UNAVAILABLE"),
        ("dark", "READY"),
        ("halves", "READY"),
    ]


def test_a_card_tells_all_about_its_model(client: httpx.Client, models: object) -> None:
    card = Card.model_validate_json(client.get("/api/v1/models/bands").content)
    assert (card.name, card.title, card.group) == ("bands", "Bands", "bands")
    assert (card.version, card.versions, card.reason) == ("1", ["1"], None)
    assert card.labels == list(LABELS)
    assert card.input is not None
    assert card.output is not None
    assert (card.input.name, card.input.datatype, card.input.shape) == ("input", "FP32", (-1, 1, 28, 28))
    assert (card.output.name, card.output.shape) == ("probabilities", (-1, 10))
    assert card.parameters == 7840
    assert card.preprocessing is not None
    assert card.preprocessing.recipe == "resize"
    assert card.rejection is not None
    assert card.rejection.min_confidence == 0.5
    assert card.metrics == {"n": 3, "test_accuracy": 1.0, "test_loss": 0.1}  # confusion has its own address
    assert card.execution_provider is not None
    assert (card.execution_provider.requested, card.execution_provider.in_use) == ("cpu", "cpu")
    assert card.sha256 == sha256(models / "bands" / "1" / "model.onnx")  # type: ignore[operator]


def test_the_card_of_a_broken_package_tells_the_reason(client: httpx.Client) -> None:
    card = Card.model_validate_json(client.get("/api/v1/models/broken").content)
    assert card.state.value == "UNAVAILABLE"
    assert card.reason == "config.pbtxt is missing"
    assert card.versions == []
    assert card.labels is None


def test_a_card_of_a_version(client: httpx.Client) -> None:
    assert client.get("/api/v1/models/bands?version=1").json() == client.get("/api/v1/models/bands").json()
    response = client.get("/api/v1/models/bands?version=7")
    assert response.status_code == 404
    assert response.json()["detail"] == "bands has no such version. Served versions: 1."


@pytest.mark.parametrize("address", ["/api/v1/models", "/api/v1/models/bands", "/api/v1/limits"])
def test_unknown_queries_and_forms_are_refused(client: httpx.Client, address: str) -> None:
    assert client.get(address, params={"nonsense": "1"}).status_code == 422
    assert client.get(address, headers={"accept": "image/png"}).status_code == 406


def test_limits_are_the_settings(client: httpx.Client) -> None:
    limits = Limits.model_validate_json(client.get("/api/v1/limits").content)
    settings = Settings(_env_file=None).model_dump()
    shared = limits.model_dump(include=set(settings))
    assert shared == {name: settings[name] for name in shared}
    assert len(shared) == 19
    assert (limits.max_kernel, limits.max_steps, limits.max_filters, limits.max_waiting_filters) == (31, 16, 12, 16)
    assert all(name in Limits.model_fields for name in Settings.model_fields if name.startswith("max_"))


@pytest.mark.parametrize(
    ("temperature", "metrics", "told"),
    [
        (1.0, {"calibration_error": 0.06, "calibration": {"temperature": 3.4}}, None),
        (0.8, {"calibration_error": 0.003, "calibration": {"rendered": {"calibration_error": 0.009}}}, (0.003, 0.009)),
        (1.0, {"calibration_error": 0.003, "calibration": {"rendered": {"calibration_error": 0.009}}}, (0.003, 0.009)),
        (1.7, {"calibration_error": 0.001, "calibration": {"calibration_error_held_out": 0.02}}, (0.02, None)),
        (1.7, {"calibration": ["of another shape"], "calibration_error": "little"}, (None, None)),
    ],
)
def test_a_card_tells_how_its_confidence_was_fitted(
    temperature: float, metrics: dict[str, object], told: tuple[float | None, float | None] | None
) -> None:
    found = calibration(temperature, metrics)
    assert (found and (found.error, found.rendered_error)) == told
    assert found is None or found.temperature == temperature
