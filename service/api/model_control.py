"""Loading and unloading by request, for every front: who may, and what a request may ask for.

the caller's key, parameters -> checked -> the services' model control
"""

import hmac
from collections.abc import Iterable

from service.api.services import Services
from service.errors import InvalidInput, Unauthorized

_REFUSED = "Models are not loaded or unloaded by request on this server."


def given_key(authorization: str | None, api_key: str | None) -> str:
    """The key of `Authorization: Bearer`, else that of `X-API-Key`; empty where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return (token.strip() if scheme.lower() == "bearer" else "") or api_key or ""


def check_allowed(services: Services, key: str) -> None:
    """Raises InvalidInput where no request loads models, Unauthorized where `key` is not the admin's."""
    if services.admin_key is None:
        raise InvalidInput(_REFUSED)
    # In a time that tells nothing of where they differ.
    if not hmac.compare_digest(key.encode(), services.admin_key.encode()):
        raise Unauthorized("This call needs the admin key, as Authorization: Bearer or as X-API-Key.")


def check_load(parameters: Iterable[str]) -> None:
    """Raises InvalidInput for any of them: the package is taken as it lies on disk."""
    if set(parameters):
        raise InvalidInput(
            "A load takes no parameters: a config or a file: in a request is not supported here. Change the "
            "package's files on the server, then load the model."
        )


def check_unload(parameters: Iterable[str]) -> None:
    """Raises InvalidInput for what is not `unload_dependents`. No model here depends on another, so either value of
    that asks for the same."""
    if set(parameters) - {"unload_dependents"}:
        raise InvalidInput("An unload takes the parameter unload_dependents and no other.")
