"""The models folder, opened by a verb that serves nobody."""

import logging
from concurrent.futures import ThreadPoolExecutor

from service.inference.entry import Entry
from service.inference.loader import Runtime
from service.inference.package.signature import trust_in
from service.inference.repository import Repository
from service.inference.runtime.providers import choose_provider
from service.logging import configure_logging
from service.metrics import Metrics
from service.settings import Settings


def quiet_repository(settings: Settings) -> Repository:
    """The models folder, nothing of it loaded yet, and nothing of it logged: the commands tell it themselves."""
    configure_logging("error", settings.log_format)
    logging.getLogger("service.inference").setLevel(logging.CRITICAL)
    provider, trust = choose_provider(settings.execution_provider), trust_in(settings.model_public_key)
    with ThreadPoolExecutor(1) as unused:
        runtime = Runtime(provider, unused, Metrics(), threads=settings.intra_op_threads, trust=trust)
        return Repository(settings.models, runtime)


def loaded_entries(settings: Settings) -> list[Entry]:
    """Every package of the models folder, once all are loaded or have failed."""
    repository = quiet_repository(settings)
    repository.load_all()
    return repository.entries()
