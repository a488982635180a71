"""The connections of a process: how many there may be, and how long each may take its time.

    head 5 s -> body 10 s, or so many bytes a second -> work -> the answer read, as fast -> idle, or the next head

The app sees neither half a head nor who does not read, so both are looked for here, twice a second and in one go: a
connection that is where it was at the last look grows older, and beyond the limit of its phase it is closed. No request
pays for a timer. While a request's body is awaited by the app, `api/middleware.py` holds it to the same pace.
"""

import asyncio
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from service.api.access import AccessLog
from service.settings import Settings
from service.sockets import open_files

CONNECTIONS = "connections"  # where the state of the app's lifespan has them
LOOK_EVERY_S = 0.5
_LINGER_S = 2.0  # for the client to read why it was refused, before what it still sends is cut off
_OTHER_FILES = 128  # of the process: models, log, database of the metrics
_SHARE_TO_CLOSE = 32  # of all connections one in so many is closed at a time where there are too many


class Phase(IntEnum):
    """Where a connection stands."""

    NEW = 0  # nothing has come
    IDLE = 1  # between two requests
    HEAD = 2  # a part of a head has come
    WORK = 3  # the service's turn, or the app waits for the body
    UNREAD = 4  # answered, and the request's body still comes
    REFUSED = 5  # told so, and not closed yet


class Watched(Protocol):
    """A connection, as it is looked at."""

    age: "Age"

    def phase(self) -> Phase:
        """Where it stands now."""

    def unsent(self) -> int:
        """Bytes of answers that the client has not taken."""

    def too_slow(self, seconds: float) -> None:
        """Its head has not come in so many seconds: tells it so and closes."""

    def end(self) -> None:
        """Closes."""

    def drop(self) -> None:
        """Closes without sending the rest."""


@dataclass(slots=True)
class Age:
    """What was seen of a connection, and since when: times of the event loop."""

    messages: int = 0  # begun so far; the connection counts them
    seen: tuple[Phase, int] | None = None
    since: float = 0.0
    unsent: int = 0  # at the beginning of the time in which enough of it must be read; 0: all is sent
    at_message: int = 0
    reading_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for each phase. A client that does not take `rate` bytes a second for `write_s` is too slow."""

    head_s: float
    body_s: float
    write_s: float
    idle_s: float
    rate: int

    def of(self, phase: Phase) -> float | None:
        """None where it is not the client that is waited for."""
        return {
            Phase.NEW: self.head_s,
            Phase.IDLE: self.idle_s,
            Phase.HEAD: self.head_s,
            Phase.UNREAD: self.body_s,
            Phase.REFUSED: _LINGER_S,
        }.get(phase)


class Connections:
    """All of a process. Used from one event loop."""

    def __init__(self, settings: Settings, access_log: AccessLog) -> None:
        self.access_log = access_log
        self.max_head_bytes = settings.max_head_bytes
        self.most = min(settings.max_connections, max(open_files() - _OTHER_FILES, 1))
        self._patience = Patience(
            head_s=settings.head_timeout_ms / 1e3,
            body_s=settings.body_timeout_ms / 1e3,
            write_s=settings.write_timeout_ms / 1e3,
            idle_s=settings.keep_alive_s,
            rate=settings.min_bytes_per_s,
        )
        self._open: dict[Watched, None] = {}  # in the order in which they came

    def enter(self, connection: Watched) -> bool:
        """Takes it in, closing idle ones where there are too many. False where there is no room."""
        if len(self._open) >= self.most:
            self._make_room()
        if len(self._open) >= self.most:
            return False
        connection.age.since = asyncio.get_running_loop().time()
        self._open[connection] = None
        return True

    def leave(self, connection: Watched) -> None:
        """It is closed. May be called again."""
        self._open.pop(connection, None)

    def look(self, now: float | None = None) -> None:
        """Closes who has taken too long. To be done every `LOOK_EVERY_S`; `now` is of the event loop."""
        now = asyncio.get_running_loop().time() if now is None else now
        for connection in list(self._open):
            age, phase = connection.age, connection.phase()
            if self._reads_too_slowly(connection, now):
                connection.drop()
                continue
            seen = phase, age.messages
            if age.seen != seen:
                # What was there at the first look began before it.
                age.seen, age.since = seen, age.since if age.seen is None else now
            limit = self._patience.of(phase)
            if limit is None or now - age.since < limit:
                continue
            if phase is Phase.HEAD:
                connection.too_slow(limit)
            elif phase is Phase.REFUSED:
                connection.drop()
            else:
                connection.end()

    def _reads_too_slowly(self, connection: Watched, now: float) -> bool:
        """Whether too little of what was to be sent has been taken. That more requests have begun is progress too:
        while too much is unsent, none does."""
        age, unsent = connection.age, connection.unsent()
        if not unsent or not age.unsent or age.at_message != age.messages:
            age.unsent, age.at_message, age.reading_since = unsent, age.messages, now
            return False
        if now - age.reading_since < self._patience.write_s:
            return False
        slow = age.unsent - unsent < self._patience.rate * self._patience.write_s
        age.unsent, age.reading_since = unsent, now
        return slow

    def _make_room(self) -> None:
        """Closes some of those that have been idle longest, or have never said anything."""
        idle = [each for each in self._open if each.phase() <= Phase.IDLE and not each.unsent()]
        idle.sort(key=lambda each: each.age.since)
        for connection in idle[: max(1, self.most // _SHARE_TO_CLOSE)]:
            self._open.pop(connection, None)
            connection.end()
