"""What `create_app` builds once, and every front shares."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from service.api.access import AccessLog
from service.api.backlog import Backlog
from service.api.body_budget import BodyBudget
from service.feedback.store import Limits, Store
from service.imaging.codec.files import ImageLimits
from service.inference.control import ModelControl
from service.inference.dataplane import DataPlane
from service.inference.repository import Repository
from service.metrics import Metrics
from service.periodic import repeated
from service.settings import Settings

_EXPIRE_EVERY_S = 60.0


@dataclass(frozen=True)
class Services:
    """`executor` is for CPU work of more than about a millisecond; `budget` is for the bodies of all fronts,
    `backlog` for the short way. Without an `admin_key` no request loads or unloads a model, and without `feedback` no
    report is taken."""

    settings: Settings
    metrics: Metrics
    executor: Executor
    dataplane: DataPlane
    access_log: AccessLog
    budget: BodyBudget
    control: ModelControl
    feedback: Store | None = None
    backlog: Backlog = field(default_factory=Backlog)
    admin_key: str | None = field(default=None, repr=False)

    @property
    def repository(self) -> Repository:
        return self.dataplane.repository


def image_limits(settings: Settings) -> ImageLimits:
    """What a picture file may be at most, as the operator has it."""
    return ImageLimits(
        max_bytes=settings.max_image_bytes,
        max_pixels=settings.max_pixels,
        max_side=settings.max_side,
        max_jpeg_scans=settings.max_jpeg_scans,
        max_jpeg_pixels=settings.max_jpeg_pixels,
        max_jpeg_side=settings.max_jpeg_side,
    )


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Store | None]:
    """The reports' store until the end of the block; None, and nothing is touched, where no folder is named.

    Raises ConfigurationError where the folder cannot be used.
    """
    if not settings.feedback:
        yield None
        return
    limits = Limits(settings.feedback_max_bytes, settings.feedback_max_days, settings.feedback_answers_s)
    store = Store(Path(settings.feedback), limits)
    try:
        yield store
    finally:
        store.close()


@contextlib.asynccontextmanager
async def expiring(store: Store | None) -> AsyncIterator[None]:
    """Takes away what has become too old, also where nobody reports anything more."""
    if store is None:
        yield
        return
    with ThreadPoolExecutor(1, "reports") as executor:
        async with repeated(store.expire, _EXPIRE_EVERY_S, executor):
            yield
