"""What `create_app` builds once, and every front shares."""

from concurrent.futures import Executor
from dataclasses import dataclass, field

from service.api.access import AccessLog
from service.api.backlog import Backlog
from service.api.body_budget import BodyBudget
from service.inference.control import ModelControl
from service.inference.dataplane import DataPlane
from service.inference.repository import Repository
from service.metrics import Metrics
from service.settings import Settings


@dataclass(frozen=True)
class Services:
    """`executor` is for CPU work of more than about a millisecond; `budget` is for the bodies of all fronts,
    `backlog` for the short way. Without an `admin_key` no request loads or unloads a model."""

    settings: Settings
    metrics: Metrics
    executor: Executor
    dataplane: DataPlane
    access_log: AccessLog
    budget: BodyBudget
    control: ModelControl
    backlog: Backlog = field(default_factory=Backlog)
    admin_key: str | None = field(default=None, repr=False)

    @property
    def repository(self) -> Repository:
        return self.dataplane.repository
