"""The shapes of the gallery's answers, of the test and of reports, for OpenAPI and for those that pydantic writes."""

from pydantic import BaseModel, ConfigDict, Field

from service.feedback.drift import Drift


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Confusion(_Answer):
    """`matrix[i][j]`: test samples, or reports, of true class i that were predicted as class j."""

    labels: list[str]
    matrix: list[list[int]]
    none: list[int] | None = Field(
        default=None,
        exclude_if=lambda none: none is None,
        description="of reports: how often each was accepted of no class",
    )


class FailureItem(_Answer):
    index: int = Field(description="in the test set; of a report its id")
    true_class: int | None = Field(description="null of a report that is none of the classes, `none`")
    true_label: str
    predicted_class: int
    predicted_label: str
    confidence: float
    probabilities: list[float]
    image_url: str
    file: str | None = Field(
        default=None, exclude_if=lambda file: file is None, description="where it was judged on files of one's own"
    )
    version: str | None = Field(
        default=None, exclude_if=lambda version: version is None, description="of a report: which version was wrong"
    )
    reported: str | None = Field(default=None, exclude_if=lambda at: at is None, description="when, ISO 8601, UTC")


class Failures(_Answer):
    """`total` failures fit the filters, `count` of them are here."""

    total: int
    count: int
    failures: list[FailureItem]


class Reported(_Answer):
    """A report that is kept. Its `id` is that of the gallery, and deletes it."""

    id: int


class ReportedDay(_Answer):
    day: str = Field(description="UTC, as 2026-11-28")
    total: int
    wrong: int
    classes: dict[str, int] = Field(description="reports of each true class by label, `none` among them")


class ReportedClass(_Answer):
    label: str
    total: int
    wrong: int


class Feedback(_Answer):
    """The reports of a model: `refused` were not accepted by it; `bytes` are of all models' reports."""

    model: str
    total: int
    wrong: int
    refused: int
    bytes: int
    max_bytes: int
    max_days: int
    days: list[ReportedDay] = Field(description="the newest first")
    classes: list[ReportedClass] = Field(description="each true class, and `none` where there are such reports")
    drift: Drift = Field(description="beside the model's own test; people report what went wrong, so no accuracy")
