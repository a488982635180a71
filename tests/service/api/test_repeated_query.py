"""A query parameter given twice, on every route that the description names."""

from typing import Any

import httpx

from tests.service.api.conftest import png

VALUES = {"model": "bands", "dataset": "mnist", "index": "0", "name": "nothing"}
LISTS = {"models"}  # take several values


def parameters(client: httpx.Client) -> list[tuple[str, str, str, Any]]:
    """Method, address, name and schema of each query parameter of the service."""
    found = []
    for template, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            queries = [p for p in operation.get("parameters", []) if p["in"] == "query"]
            found += [(method, template.format(**VALUES), p["name"], p["schema"]) for p in queries]
    return found


def test_every_parameter_of_one_value_is_refused_twice(client: httpx.Client) -> None:
    asked = parameters(client)
    assert len(asked) > 30
    assert {name for _, _, name, schema in asked if schema.get("type") == "array"} == LISTS
    for method, address, name, _ in asked:
        if name in LISTS:
            continue
        query = f"models=bands&{name}=1&{name}=2" if address == "/api/v1/predict" else f"{name}=1&{name}=2"
        response = client.request(method, f"{address}?{query}", content=png(1) if method == "post" else None)
        assert response.status_code == 422, (address, name, response.text)
        assert response.json()["detail"] == f"The query parameter {name} is given 2 times; it takes one value."


def test_the_same_value_twice_is_refused_too(client: httpx.Client) -> None:
    response = client.get("/api/v1/models/bands/failures?limit=1&limit=1")
    assert response.status_code == 422
    assert "limit is given 2 times" in response.json()["detail"]


def test_an_unknown_parameter_is_unknown_however_often_it_is_given(client: httpx.Client) -> None:
    for address in ("/api/v1/models", "/api/v1/models/bands/failures", "/api/v1/filters"):
        detail = client.get(f"{address}?MARKER=1&MARKER=2").json()["detail"]
        assert "An unknown query parameter was given." in detail
        assert "MARKER" not in detail


def test_routes_without_a_query_ignore_it_as_before(client: httpx.Client) -> None:
    for address in ("/health/live", "/health/ready", "/metrics?name[]=a"):
        assert client.get(f"{address}{'&' if '?' in address else '?'}name[]=b&x=1&x=2").status_code == 200


def test_models_given_twice_are_both_asked(client: httpx.Client) -> None:
    for query in ("models=bands&models=halves", "models=bands,halves", "models=bands&models=halves,bands"):
        results = client.post(f"/api/v1/predict?{query}", content=png(1)).json()["results"]
        assert [result["model"] for result in results] == ["bands", "halves"]
