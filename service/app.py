"""The application: builds what the routes need, and ties them together.

Settings -> create_app -> FastAPI: middleware, routes, pages
start: execution provider, models    stop: queues run empty, threads end
"""

import asyncio
import contextlib
import functools
import gc
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from anyio import to_thread
from fastapi import FastAPI

import service
from service import extras
from service.api import problems
from service.api.access import AccessLog
from service.api.addressing import Addressing
from service.api.body_budget import BodyBudget
from service.api.compression import CompressedDocuments
from service.api.fast_path import FAST_PATH, FastPath
from service.api.guard import Guard, Keys, Rate
from service.api.middleware import BodyLimit, RequestContext
from service.api.other_origins import OtherOrigins
from service.api.repeated_query import ONCE_EACH
from service.api.routes import (
    evidence,
    excitations,
    explanations,
    feature_maps,
    feedback,
    filters,
    health,
    inference_v1,
    inference_v2,
    kernels,
    lessons,
    metadata_v2,
    models,
    numbers,
    pages,
    predictions,
    repository_v2,
    weights,
)
from service.api.services import Services, expiring, image_limits, opened
from service.connections import CONNECTIONS, LOOK_EVERY_S, Connections
from service.ending import end_in_time
from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.inference.control import FOLLOW_EVERY_S, ModelControl
from service.inference.dataplane import DataPlane
from service.inference.loader import Runtime
from service.inference.package.signature import trust_in
from service.inference.repository import Repository
from service.inference.runtime.cpus import cpu_share, give_way
from service.inference.runtime.providers import ExecutionProvider, choose_provider
from service.inference.shared_state import SharedState
from service.inference.watcher import Watcher
from service.logging import configure_logging
from service.metrics import Metrics
from service.periodic import repeated
from service.setting_texts import listed
from service.settings import Settings

# In the order in which an address is looked for: those whose cost is felt come first.
_ROUTES = (
    predictions,
    inference_v2,
    inference_v1,
    metadata_v2,
    repository_v2,
    models,
    evidence,
    feature_maps,
    kernels,
    excitations,
    feedback,
    weights,
    explanations,
    numbers,
    lessons,
    filters,
    health,
)
_FLUSH_EVERY_S = 0.2  # a millisecond at most each time
_LOADING_AT_START_S = 10.0
_SWITCH_INTERVAL_S = 0.001  # at Python's own 5 ms small requests wait for threads that prepare large ones
_GARBAGE = 10_000  # objects more than were freed since the last look: Python's 700 cost a fiftieth of each request
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Front:
    """What the middlewares and the services of an app share."""

    metrics: Metrics
    access_log: AccessLog
    budget: BodyBudget
    keys: Keys
    rate: Rate
    admin_key: str | None
    tracing: extras.Tracing | None

    @property
    def is_guarded(self) -> bool:
        """Whether it matters who calls."""
        return self.keys.are_needed or self.rate.limits

    @property
    def is_plain(self) -> bool:
        """Whether nothing has to be known of a request but what it asks."""
        return not self.is_guarded and self.tracing is None


def _front(settings: Settings) -> _Front:
    """Raises ConfigurationError where a key is needed and there is none."""
    metrics = Metrics()
    return _Front(
        metrics=metrics,
        access_log=AccessLog(metrics, settings.access_log, settings.access_log_share),
        budget=BodyBudget(
            settings.max_body_bytes,
            settings.max_body_bytes_in_flight,
            timeout_s=settings.body_timeout_ms / 1e3,
            rate=settings.min_bytes_per_s,
        ),
        keys=Keys(settings),
        rate=Rate(settings.rate_per_s, settings.rate_burst),
        admin_key=settings.read_admin_key(),
        tracing=extras.tracing(settings),
    )


def create_app(
    settings: Settings, shared: SharedState | None = None, stopping: threading.Event | None = None
) -> FastAPI:
    """The app with these settings. Models are loaded when it starts, which raises ConfigurationError where
    the models folder is missing or a GPU was asked for that cannot be used. `shared` is what its worker processes tell
    each other, where there are several. Raises ConfigurationError where loading by request has no key."""
    front = _front(settings)
    app = FastAPI(
        title="Featuremap",
        version=service.__version__,
        description="Image classifiers over HTTP: what they answer, how sure they are, and what they saw.",
        lifespan=functools.partial(_lifespan, settings=settings, front=front, shared=shared, stopping=stopping),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[ONCE_EACH],
    )
    for part in _ROUTES:
        app.include_router(part.router)
    app.router.routes.extend([*pages.page_routes(frame_ancestors=settings.frame_ancestors), pages.openapi_route(app)])
    problems.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(CompressedDocuments)
    app.add_middleware(BodyLimit, budget=front.budget)
    if front.is_guarded:
        app.add_middleware(Guard, keys=front.keys, rate=front.rate, admin_key=front.admin_key)
    app.add_middleware(Addressing, root_path=settings.root_path, trusted_proxies=settings.trusted_proxies)
    if settings.cors_origins:
        app.add_middleware(OtherOrigins, origins=listed(settings.cors_origins))
    app.add_middleware(RequestContext, access_log=front.access_log)
    if front.tracing is not None:
        front.tracing.add_to(app)
    return app


def build(settings: Settings, shared: SharedState | None = None) -> FastAPI:
    """The app in a process of its own, as uvicorn's workers start it."""
    configure_logging(settings.log_level, settings.log_format)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    stopping = threading.Event()
    if threading.current_thread() is threading.main_thread():
        end_in_time(stopping, settings.shutdown_grace_s)
    return create_app(settings, shared, stopping)


@contextlib.asynccontextmanager
async def _lifespan(
    app: FastAPI,
    settings: Settings,
    front: _Front,
    shared: SharedState | None,
    stopping: threading.Event | None,
) -> AsyncIterator[dict[str, object]]:
    metrics, access_log = front.metrics, front.access_log
    share = cpu_share(settings.workers)
    # As many threads as this process has CPUs: more would only hold more pictures at a time.
    with (
        ThreadPoolExecutor(share, "cpu", give_way) as cpu,
        ThreadPoolExecutor(share, "inference") as inference,
        ThreadPoolExecutor(1, "models") as loader,
        opened(settings) as reports,
    ):
        provider = await asyncio.to_thread(choose_provider, settings.execution_provider)
        await to_thread.run_sync(_warm_up)
        runtime = _runtime(settings, provider, inference, metrics)
        repository = Repository(settings.models, runtime, stopping)
        dataplane = DataPlane(repository, image_limits(settings), cpu, metrics, share, settings.max_instances)
        control = ModelControl(repository, loader, shared)
        services = Services(
            settings, metrics, cpu, dataplane, access_log, front.budget, control, reports, admin_key=front.admin_key
        )
        app.state.services = services
        start, following = _model_control(settings, control, loader)
        connections = Connections(settings, access_log)
        # Where any of several workers may be asked, each lets the others see what it has counted.
        flushing = repeated(metrics.flush, _FLUSH_EVERY_S) if settings.workers > 1 else contextlib.nullcontext()
        async with (
            _loading(start, loader, repository.stopping), following, extras.rpc(services),
            flushing, repeated(connections.look, LOOK_EVERY_S), extras.sending(front.tracing), expiring(reports),
        ):  # fmt: skip
            # For the protocol; a server without it serves the same, and trusts its clients. Where it is asked who
            # calls, or where the time goes, the app asks, and nobody goes the short way.
            yield {CONNECTIONS: connections} | ({FAST_PATH: FastPath(services)} if front.is_plain else {})
        metrics.flush()
        await repository.close()


def _runtime(settings: Settings, provider: ExecutionProvider, executor: Executor, metrics: Metrics) -> Runtime:
    return Runtime(
        provider=provider,
        executor=executor,
        observer=metrics,
        threads=settings.intra_op_threads,
        workers=settings.workers,
        queue_size=settings.queue_size,
        queue_s=settings.queue_ms / 1e3,
        trust=trust_in(settings.model_public_key),
    )


def _model_control(
    settings: Settings, control: ModelControl, loader: Executor
) -> tuple[Callable[[], None], contextlib.AbstractAsyncContextManager[None]]:
    """How the models are loaded, which blocks, and what follows their changes from then on."""
    if settings.model_control == "explicit" and settings.workers > 1:
        return control.start, repeated(control.follow, FOLLOW_EVERY_S, loader)
    if settings.model_control != "poll":
        return control.start, contextlib.nullcontext()
    watcher = Watcher(control.repository)

    def start() -> None:
        watcher.start()
        control.start()

    return start, repeated(watcher.step, settings.repository_poll_s, loader)


@contextlib.asynccontextmanager
async def _loading(load_all: Callable[[], None], loader: Executor, stopping: threading.Event) -> AsyncIterator[None]:
    """Loads the models in a thread. Who connects as the port opens finds them ready; if they take long, they
    go on loading behind answers of 503. `stopping` is set where the service ends before."""
    loading = asyncio.get_running_loop().run_in_executor(loader, load_all)
    done, _ = await asyncio.wait([loading], timeout=_LOADING_AT_START_S)
    if done:
        await loading
        _forget_garbage()
        yield
        return
    _log.warning("models are still being loaded; requests get 503 until then")
    loading.add_done_callback(_tell_failure)
    yield
    stopping.set()
    await asyncio.wait([loading])


def _forget_garbage() -> None:
    """Takes all that was loaded out of the garbage collector's sight. A full collection looks at each of some
    70,000 objects, and every request waits for it. Requests leave no cycles behind, so it need not look often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)


def _tell_failure(loading: asyncio.Future[None]) -> None:
    if (error := loading.exception()) is not None:
        _log.error("loading the models failed: %s", error)


def _warm_up() -> None:
    """Lets Pillow load its readers now, and anyio, whose thread this is, what it needs for that: the first request
    does not wait for either, nor do others behind it."""
    decode(encode_png(np.zeros((1, 1), np.uint8)), ImageLimits())
