"""The lessons: single test samples, and the studies that compare models.

service.datasets -> a sample        models/<study>.study.{json,png} -> a comparison
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from service.api.addressing import relative_address
from service.api.deps import JSON_ONLY, ServicesDep, negotiate
from service.api.openapi import errors, json_or_png
from service.api.requests.queries import NoQuery
from service.api.schemas import Comparison, Comparisons, Sample
from service.datasets import LABELS, read_sample
from service.errors import NotFound
from service.imaging.codec.files import encode_png, png_data_url
from service.inference.package.studies import find_study, list_studies

router = APIRouter(prefix="/api/v1", tags=["lessons"])


class ScaleQuery(NoQuery):
    scale: int = Field(1, ge=1, le=32, description="side of a pixel")


@router.get("/datasets/{dataset}/test/{index}.png", summary="A test sample's picture", **json_or_png(None, 404, 422))
def sample_picture(dataset: str, index: int, query: Annotated[ScaleQuery, Query()]) -> Response:
    image, _ = read_sample(dataset, index)
    return Response(encode_png(image, query.scale), media_type="image/png")


@router.get(
    "/datasets/{dataset}/test/{index}",
    summary="A test sample",
    dependencies=[JSON_ONLY],
    responses=errors(404, 406, 422),
)
def sample(dataset: str, index: int, _query: Annotated[NoQuery, Query()], request: Request) -> Sample:
    image, label = read_sample(dataset, index)
    return Sample(
        dataset=dataset,
        index=index,
        class_index=label,
        label=LABELS[dataset][label],
        image=png_data_url(image),
        image_url=relative_address(request, f"/api/v1/datasets/{dataset}/test/{index}.png"),
    )


@router.get("/comparisons", summary="The studies", dependencies=[JSON_ONLY], responses=errors(406, 422))
def comparisons(_query: Annotated[NoQuery, Query()], services: ServicesDep) -> Comparisons:
    found = list_studies(services.repository.folder)
    return Comparisons(comparisons=[Comparison(name=study.name, title=study.title) for study in found])


@router.get("/comparisons/{name}", summary="A study", **json_or_png(dict, 404, 406, 422))
def comparison(name: str, _query: Annotated[NoQuery, Query()], services: ServicesDep, request: Request) -> Response:
    study = find_study(services.repository.folder, name)
    if negotiate(request, "application/json", "image/png") == "image/png":
        if not study.picture.is_file():
            raise NotFound(f"The study {name} has no picture here.")
        return FileResponse(study.picture, media_type="image/png")
    return FileResponse(study.checked_document, media_type="application/json")
