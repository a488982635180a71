"""The description tells the truth: answers match their schemas, every route documents its errors."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from service.api.answers import ModelAnswer
from service.api.schemas import PredictSeveralAnswer, Problem
from tests.service.api.conftest import png


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(child) for child in node.values()))
    if isinstance(node, list):
        return set().union(*(references(child) for child in node))
    return set()


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    found = references(description)
    assert "#/components/schemas/Problem" in found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in description["components"]["schemas"]


def test_predict_documents_its_four_bodies(description: dict[str, Any]) -> None:
    for path in ("/api/v1/models/{model}/predict", "/api/v1/predict"):
        operation = description["paths"][path]["post"]
        assert sorted(operation["requestBody"]["content"]) == [
            "application/json",
            "application/octet-stream",
            "image/*",
            "multipart/form-data",
        ]
        queries = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        assert {"top_k", "preprocess", "input", "version"} <= queries
        for status in ("400", "404", "413", "415", "422", "503", "504"):
            assert "application/problem+json" in operation["responses"][status]["content"]


def test_predict_documents_every_form_of_an_instance(description: dict[str, Any]) -> None:
    for path in ("/api/v1/models/{model}/predict", "/api/v1/predict"):
        body = description["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        forms = body["properties"]["instances"]["items"]["anyOf"]
        assert [form["type"] for form in forms] == ["array", "array", "string", "object"]
        assert forms[3]["required"] == list(forms[3]["properties"]) == ["b64"]
        assert "C x H x W" in body["properties"]["instances"]["description"]


def test_models_is_documented_as_a_list(description: dict[str, Any]) -> None:
    queries = {p["name"]: p for p in description["paths"]["/api/v1/predict"]["post"]["parameters"]}
    assert queries["models"]["required"]
    assert queries["models"]["schema"]["type"] == "array"
    assert "pattern" in str(queries["box"])


def test_no_route_promises_an_error_that_is_no_problem(description: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in description["components"]["schemas"]
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            for status, response in operation["responses"].items():
                if status >= "400" and path.startswith("/api"):
                    assert list(response["content"]) == ["application/problem+json"], (path, status)


def test_the_protocols_routes_promise_their_own_form_of_error(description: dict[str, Any]) -> None:
    found = 0
    for path, operations in description["paths"].items():
        if not path.startswith(("/v1", "/v2")):
            continue
        for operation in operations.values():
            found += 1
            assert {parameter["in"] for parameter in operation.get("parameters", [])} <= {"path"}
            for status, response in operation["responses"].items():
                if status >= "400":
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ProtocolError"}, (path, status)
    assert found == 22


def test_infer_documents_json_and_bytes_both_ways(description: dict[str, Any]) -> None:
    for path in ("/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"):
        operation = description["paths"][path]["post"]
        for content in (operation["requestBody"]["content"], operation["responses"]["200"]["content"]):
            assert sorted(content) == ["application/json", "application/octet-stream"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body["properties"]["inputs"]["items"]["properties"].keys() >= {"name", "shape", "datatype", "data"}


def test_real_answers_match_their_schemas(client: httpx.Client) -> None:
    answer = client.post("/api/v1/models/bands/predict?input=true", content=png(1))
    TypeAdapter(ModelAnswer).validate_json(answer.content, strict=True)
    several = client.post("/api/v1/predict?models=bands,nope", content=png(1))
    PredictSeveralAnswer.model_validate_json(several.content)
    Problem.model_validate_json(client.post("/api/v1/models/nope/predict").content)


def test_the_schema_of_predict_has_the_members_of_a_real_answer(
    client: httpx.Client, description: dict[str, Any]
) -> None:
    schemas = description["components"]["schemas"]
    answer = client.post("/api/v1/models/bands/predict", content=png(1)).json()
    assert set(schemas["ModelAnswer"]["properties"]) == set(answer)
    assert set(schemas["Prediction"]["properties"]) == set(answer["predictions"][0])
    assert set(schemas["Timing"]["properties"]) == set(answer["timing_ms"])
