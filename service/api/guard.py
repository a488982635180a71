"""Who may call, and how often: API keys and a rate, both optional.

    Authorization: Bearer KEY | X-API-Key: KEY  ->  one of the keys?      no: 401
    key, or address where there are no keys     ->  a token is left?      no: 429, Retry-After

Health and the page's files need no key. Keys from a file are read again where it has changed, so that they are rotated
without a restart.
"""

import hashlib
import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.model_control import given_key
from service.api.problems import error_response
from service.errors import FeaturemapError, TooManyRequests, Unauthorized
from service.settings import Settings

_GUARDED = ("/api/", "/v1/", "/v2", "/metrics")
_OPEN = ("/v2/health/",)
_MOST_CALLERS = 10_000  # whose rate is remembered; who has been away longest is forgotten
_LOOK_EVERY_S = 1.0


class Keys:
    """Those that may call. None where everybody may."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.read_api_keys()
        self._file = Path(settings.api_keys_file) if settings.api_keys_file else None
        self._settings = settings
        self._stamp = self._stat()
        self._looked = time.monotonic()
        self._digests = _digests(self._given)

    @property
    def are_needed(self) -> bool:
        return self._file is not None or bool(self._given)

    def allows(self, key: str) -> bool:
        """In a time that tells nothing of how near a key comes to one of them."""
        self._renew()
        digest = hashlib.sha256(key.encode()).digest()
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        return found

    def _renew(self) -> None:
        """Reads the file again where it has changed. One that cannot be read changes nothing."""
        now = time.monotonic()
        if self._file is None or now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        if (stamp := self._stat()) != self._stamp:
            try:
                self._digests = _digests(self._settings.read_api_keys())
            except FeaturemapError:
                return
            self._stamp = stamp

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat() if self._file else None
        except OSError:
            return None
        return found and (found.st_mtime_ns, found.st_size, found.st_ino)


def _digests(keys: list[str]) -> list[bytes]:
    return [hashlib.sha256(key.encode()).digest() for key in keys]


class Rate:
    """A bucket of tokens a caller: `burst` at most, `per_s` more each second. A `per_s` of 0 limits nobody."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when there were so many

    @property
    def limits(self) -> bool:
        return self._per_s > 0

    def take(self, caller: str) -> None:
        """Raises TooManyRequests where the caller has no token left."""
        now = self._clock()
        tokens, since = self._callers.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) * self._per_s)
        self._callers[caller] = (max(tokens - 1, 0.0) if tokens >= 1 else tokens, now)
        if len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        if tokens < 1:
            wait = math.ceil((1 - tokens) / self._per_s)
            raise TooManyRequests(f"At most {self._per_s:g} requests a second are taken of a caller.", retry_after=wait)


class Guard:
    """Refuses before a body is read."""

    def __init__(self, app: ASGIApp, keys: Keys, rate: Rate, admin_key: str | None) -> None:
        self.app = app
        self._keys = keys
        self._rate = rate
        self._admin = admin_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(_GUARDED) and not path.startswith(_OPEN):
            try:
                self._check(scope)
            except FeaturemapError as error:
                await error_response(error, path)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        caller = scope["client"][0] if scope.get("client") else ""
        if self._keys.are_needed:
            key = given_key(_text(scope, b"authorization"), _text(scope, b"x-api-key"))
            admin = self._admin is not None and hmac.compare_digest(key.encode(), self._admin.encode())
            if not self._keys.allows(key) and not admin:
                raise Unauthorized("This call needs a key, as Authorization: Bearer or as X-API-Key.")
            caller = hashlib.sha256(key.encode()).hexdigest()
        if self._rate.limits:
            self._rate.take(caller)


def _text(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
