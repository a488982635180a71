"""What the bodies of requests may take: each its own size and time, and all together so much memory.

    Content-Length -> check_declared -> Holding: each chunk -> take -> ... -> release

Plain values and calls: an ASGI middleware uses them, and so can a protocol class that knows no ASGI.
"""

from service.errors import MalformedRequest, Overloaded, PayloadTooLarge, RequestTimeout


class BodyBudget:
    """The limits of all bodies of a process, and how much of them is held now. Sizes in bytes, time in seconds."""

    def __init__(self, max_bytes: int, max_bytes_in_flight: int, timeout_s: float) -> None:
        self.max_bytes = max_bytes
        self.max_bytes_in_flight = max_bytes_in_flight
        self.timeout_s = timeout_s
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

    def hold(self) -> "Holding":
        """For the body of one request, which holds nothing yet."""
        return Holding(self)

    def too_slow(self) -> RequestTimeout:
        """The error for a body that did not arrive in time."""
        return RequestTimeout(f"The body did not arrive within {self.timeout_s:g} seconds.")


class Holding:
    """What one request's body takes of the budget, until it is released."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.size = 0

    def take(self, size: int) -> None:
        """A chunk has arrived. Raises what `BodyBudget.check` raises."""
        self.size += size
        self._budget.held += size
        self._budget.check(self.size)

    def release(self) -> None:
        """Gives back all that is held; may be called again."""
        self._budget.held -= self.size
        self.size = 0
