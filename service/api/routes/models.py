"""The models that are served, each with its card, and the limits that hold for all.

repository entry -> version -> manifest, metrics, session -> Card
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service.api.deps import JSON_ONLY, ServicesDep
from service.api.openapi import errors
from service.api.requests.queries import CardQuery, NoQuery
from service.api.schemas import Card, CardCalibration, Cards, Limits
from service.inference.entry import Entry, Version
from service.inference.loader import Model

_OWN_ENDPOINT = frozenset({"confusion"})  # parts of metrics.json that are too long for a card

router = APIRouter(prefix="/api/v1", tags=["models"], dependencies=[JSON_ONLY])


@router.get("/models", summary="All models", responses=errors(406, 422))
async def models(_query: Annotated[NoQuery, Query()], services: ServicesDep) -> Cards:
    entries = services.repository.entries()
    return Cards(models=[card(entry, entry.shown) for entry in entries])


@router.get("/models/{model}", summary="The card of a model", responses=errors(404, 406, 422))
async def model_card(model: str, query: Annotated[CardQuery, Query()], services: ServicesDep) -> Card:
    entry = services.repository.entry(model)
    return card(entry, entry.shown if query.version is None else entry.version(query.version))


@router.get("/limits", summary="Every limit that the service holds", responses=errors(406, 422))
async def limits(_query: Annotated[NoQuery, Query()], services: ServicesDep) -> Limits:
    settings = services.settings
    known = settings.model_dump(include=set(Limits.model_fields))
    if not settings.feedback:
        known = {name: value for name, value in known.items() if not name.startswith("feedback_")}
    return Limits(**known, max_decompressed_bytes=settings.max_body_bytes)


def card(entry: Entry, version: Version | None) -> Card:
    """What is known of a version, ready or not; `None` where the package has no readable version."""
    versions = [str(served.number) for served in entry.versions]
    if version is None:
        return Card(name=entry.name, versions=versions, state=entry.state, reason=entry.reason)
    known = Card(
        name=entry.name,
        version=str(version.number),
        versions=versions,
        state=version.state,
        reason=version.reason or entry.reason or None,
    )
    if (model := version.model) is not None:
        known.notes = list(model.notes) or None
        known.execution_provider = model.session.execution_provider
        known.sha256 = model.sha256
    if (manifest := version.manifest) is None:
        return known
    metrics = model.metrics if isinstance(model, Model) else None
    return known.model_copy(
        update={
            "title": manifest.title,
            "description": manifest.description,
            "group": manifest.group,
            "task": manifest.task,
            "dataset": manifest.dataset,
            "labels": list(manifest.labels),
            "input": manifest.input,
            "output": manifest.output,
            "parameters": manifest.parameters,
            "preprocessing": manifest.preprocessing,
            "temperature": manifest.temperature,
            "calibration": calibration(manifest.temperature, metrics or {}),
            "rejection": manifest.rejection,
            "metrics": metrics and {k: v for k, v in metrics.items() if k not in _OWN_ENDPOINT},
            "training": manifest.provenance,
            "sha256": manifest.files["model.onnx"],
        }
    )


def calibration(temperature: float, metrics: dict[str, Any]) -> CardCalibration | None:
    """What metrics.json, which may be anybody's, says of it; None where nothing was fitted."""
    fitted = metrics.get("calibration")
    fitted = fitted if isinstance(fitted, dict) else {}
    rendered = fitted.get("rendered")
    if temperature == 1.0 and rendered is None:
        return None
    own = fitted.get("calibration_error_held_out", metrics.get("calibration_error"))
    rendered_error = rendered.get("calibration_error") if isinstance(rendered, dict) else None
    return CardCalibration(temperature=temperature, error=_number(own), rendered_error=_number(rendered_error))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
