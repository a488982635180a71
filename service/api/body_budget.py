"""What the bodies of requests may take: each its own size and time, and all together so much memory.

    Content-Length -> check_declared -> Holding: each chunk -> arrived -> ... -> release

Plain values and calls: an ASGI middleware uses them, and so can a protocol class that knows no ASGI.
"""

import math

from service.errors import MalformedRequest, Overloaded, PayloadTooLarge, RequestTimeout


class BodyBudget:
    """The limits of all bodies of a process, and how much of them is held now. Sizes in bytes, time in seconds.

    A body has `timeout_s` to arrive, and as long again whenever `rate` bytes a second of that time have come: a client
    on a slow line is waited for, one that sends a byte now and then is not.
    """

    def __init__(self, max_bytes: int, max_bytes_in_flight: int, timeout_s: float, rate: int = 2**14) -> None:
        self.max_bytes = max_bytes
        self.max_bytes_in_flight = max_bytes_in_flight
        self.timeout_s = timeout_s
        self.enough = math.ceil(rate * timeout_s)
        self.held = 0

    def check_declared(self, length: bytes | None) -> None:
        """Holds a Content-Length (None: chunked) against the limits, before a byte of the body has come.

        Raises MalformedRequest, PayloadTooLarge, Overloaded.
        """
        size = 0
        if length is not None:
            try:
                size = int(length)
            except ValueError:
                raise MalformedRequest("Content-Length must be a whole number.") from None
        self.check(size)

    def check(self, size: int) -> None:
        """Raises PayloadTooLarge where a body of `size` is too large, Overloaded where all together are."""
        if size > self.max_bytes:
            raise PayloadTooLarge(
                f"The body has {size:,} bytes or more; at most {self.max_bytes:,} are accepted.",
                limit=self.max_bytes,
                actual=size,
            )
        if self.held > self.max_bytes_in_flight:
            raise Overloaded("Too many request bodies are being received at this moment.")

    def hold(self, now: float = 0.0) -> "Holding":
        """For the body of one request, which holds nothing yet."""
        return Holding(self, now)

    def too_slow(self) -> RequestTimeout:
        """The error for a body that did not arrive in time."""
        return RequestTimeout(
            f"The body did not arrive within {self.timeout_s:g} seconds, nor {self.enough:,} bytes more of it."
        )


class Holding:
    """What one request's body takes of the budget, until it is released. `due` is when it must be complete, unless
    enough comes before."""

    def __init__(self, budget: BodyBudget, now: float) -> None:
        self._budget = budget
        self.size = 0
        self.due = now + budget.timeout_s
        self._recent = 0  # bytes since it was last given time

    def take(self, size: int) -> None:
        """So much has been added. Raises what `BodyBudget.check` raises."""
        self.size += size
        self._budget.held += size
        self._budget.check(self.size)

    def arrived(self, size: int, now: float) -> None:
        """A chunk has come. Raises what `BodyBudget.check` raises."""
        self._recent += size
        if self._recent >= self._budget.enough:
            self._recent, self.due = 0, now + self._budget.timeout_s
        self.take(size)

    def release(self) -> None:
        """Gives back all that is held; may be called again."""
        self._budget.held -= self.size
        self.size = 0
