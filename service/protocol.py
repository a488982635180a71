"""uvicorn's HTTP protocol with the short way of the hot paths.

    bytes -> httptools -> a whole request in one packet, and one that `FastPath` knows?
      yes: its Call -> the batcher -> the answer, written to the transport
      no:  uvicorn's own way: scope, task, the ASGI app

A client that keeps its connection mostly sends the same head again, byte for byte: that one is known, and not parsed.

What goes wrong before the queue is answered here too; what is unusual is found unusual before anything has begun, and
the app gets it whole. While an answer is outstanding the connection reads nothing more, so answers keep their order.

What the app cannot see is held here too: a head that is too large or no HTTP is refused, in the form of its family, and
`connections.py`, which is told what phase a connection is in, refuses the slow and the too many.
"""

import asyncio
import re
from typing import Any, NamedTuple

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.api.access import choose_request_id
from service.api.exchange import Exchange, TurnedAway
from service.api.fast_path import FAST_PATH, Call, FastPath
from service.api.reply import Reply, fault_reply
from service.connections import CONNECTIONS, Age, Connections, Phase
from service.corked import Corked
from service.errors import FeaturemapError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout
from service.logging import request_id

_LAST_S = 0.5  # for requests that are on their way when the service ends
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class _Known(NamedTuple):
    """The head of the last request that took the short way, with the size of the whole, and its call."""

    head: bytes
    size: int
    call: Call


class ServiceProtocol(HttpToolsProtocol):
    """One connection. Takes a request at a time on the short way."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        usable = not self.root_path and self.limit_concurrency is None
        self._fast: FastPath | None = app_state.get(FAST_PATH) if usable else None
        self._connections: Connections | None = app_state.get(CONNECTIONS)
        self._most_head = self._connections.max_head_bytes if self._connections else 2**30
        self.age = Age()
        self._in_head = False
        self._head = 0  # bytes of packets that ended within a head
        self._refusal: FeaturemapError | None = None  # why the head that is being read will not be
        self._refused = False
        self._between = True  # messages: none is under way
        self._packet = b""  # that has just come, where it begins with a message whose head is not complete yet
        self._call: Call | None = None  # found; its body comes in this packet
        self._body = b""
        self._known: _Known | None = None  # while the parser has met no other message
        self._turned_away: TurnedAway | None = None  # whose body is being read
        self._exchange: Exchange | None = None  # whose answer is outstanding
        self._held = b""  # what came meanwhile
        self._closing = False  # after this answer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._fast is not None:
            self._fast.services.backlog.step_aside()
        if self._connections is not None and not self._connections.enter(self):
            self.refuse(Overloaded("There are too many connections at this moment."))

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._exchange is not None:
            self._held += data
            self.flow.pause_reading()
            return
        if self._known is not None and self._is_known(data, self._known):
            self.age.messages += 1
            self._begin(self._known.call.renew(), data[len(self._known.head) :])
            return
        if self._between or self._in_head:
            data = _without_upgrade(data)
        is_first, began = self._between, self.age.messages
        self._packet = data if is_first else b""
        self._head += len(data)
        super().data_received(data)
        # Of a head behind another message in this packet only what comes next is counted.
        if not self._in_head or self.age.messages - began > int(is_first):
            self._head = 0
        elif self._head > self._most_head:
            self.send_400_response("", self._too_large())
        if self._call is not None:
            call, self._call = self._call, None
            body, self._body = self._body, b""
            self._known = _Known(data[: len(data) - len(body)], len(data), call)
            self._begin(call, body)

    def _is_known(self, data: bytes, known: _Known) -> bool:
        """Whether this is a request like the last, and there is time for it."""
        if len(data) != known.size or not self._between or not data.startswith(known.head):
            return False
        assert self._fast is not None
        size = known.size - len(known.head)
        return self._is_answered() and not self.flow.write_paused and self._fast.has_room(size)

    def on_message_begin(self) -> None:
        self._between = False
        self._in_head = True
        self._known = None
        self.age.messages += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._head > self._most_head and self._size_of_head() > self._most_head:
            self._refusal = self._too_large()
            raise self._refusal  # to the parser, which has uvicorn call send_400_response
        self._in_head = False
        packet, self._packet = self._packet, b""
        if packet.startswith(b"POST /") and self._fast is not None and self._is_quiet():
            overload = self._fast.overload(self.url, self.headers)
            if overload is not None:
                self._turned_away = TurnedAway(*overload, self._fast.services)
                return
            # The packet begins with this message, so the first empty line ends its head.
            arrived = len(packet) - packet.index(b"\r\n\r\n") - 4
            self._call = self._fast.match(self.url, self.headers, arrived)
            if self._call is not None:
                return
        super().on_headers_complete()
        self.cycle.transport = Corked(self.transport, self.loop)  # type: ignore[assignment]  # all that it uses of one
        if self._closing:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self._call is not None:
            self._body = body
        elif self._turned_away is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        if self._turned_away is not None:
            turned_away, self._turned_away = self._turned_away, None
            turned_away.end(self)
            # Who asks again at once is read in the loop's next turn, or this one might not end.
            self.flow.pause_reading()
            self.loop.call_soon(self._read_on)
        elif self._call is None:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """uvicorn's, without its timer for who is idle now: `connections.py` looks for those."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _read_on(self) -> None:
        if not self.transport.is_closing() and self._exchange is None:
            self.flow.resume_reading()

    def shutdown(self) -> None:
        """The service ends. What is asked meanwhile on an idle connection is still answered, and says that it was the
        last: to close at once could cross a request that is on its way."""
        self._closing = True
        if self._exchange is not None:
            return
        if self._is_answered():
            self.loop.call_later(_LAST_S, self._end_idle)
        else:
            super().shutdown()

    def _end_idle(self) -> None:
        if self._is_answered() and not self._in_head:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.leave()
        if self._connections is not None:
            self._connections.leave(self)
        super().connection_lost(exc)

    def phase(self) -> Phase:
        if self._refused:
            return Phase.REFUSED
        if not self._is_answered():
            return Phase.WORK
        if self._between:
            return Phase.IDLE if self.age.messages else Phase.NEW
        return Phase.HEAD if self._in_head else Phase.UNREAD

    def unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def too_slow(self, seconds: float) -> None:
        self.refuse(RequestTimeout(f"The request's head did not arrive within {seconds:g} seconds."))

    def end(self) -> None:
        self.transport.close()

    def drop(self) -> None:
        self.transport.abort()

    def send_400_response(self, msg: str, error: FeaturemapError | None = None) -> None:  # noqa: ARG002  # uvicorn's words
        """The parser has given up, and whatever comes next on this connection means nothing."""
        if self._refused:
            return
        error = error or self._refusal or MalformedRequest("The request is not HTTP/1.1.")
        if self._is_answered():
            self.refuse(error)
        elif self._between or self._in_head:  # an earlier request gets its answer first
            self._refused = True
            self.cycle.keep_alive = False
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self.refuse(error)

    def refuse(self, error: FeaturemapError) -> None:
        """Answers in place of the app, and closes once the client has had time to read it: to close at once could cut
        off the answer of who still sends."""
        self._refused = True
        path = getattr(self, "url", b"").partition(b"?")[0].decode("latin-1")
        identity = choose_request_id(None)
        token = request_id.set(identity)
        reply = fault_reply(error, path)
        self.transport.write(reply.written(self.server_state.default_headers, identity, True))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self._connections is not None:
            client = self.client[0] if self.client else None
            self._connections.access_log.record("unknown", "", path or "-", reply.status, 0.0, client)
        request_id.reset(token)

    def _too_large(self) -> HeadTooLarge:
        most = self._most_head
        return HeadTooLarge(f"The request's address and headers have more than {most:,} bytes.", limit=most)

    def _size_of_head(self) -> int:
        """Bytes, without what is between a name and a value."""
        return len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])

    def _is_answered(self) -> bool:
        """Whether nothing is outstanding."""
        return self._exchange is None and (self.cycle is None or self.cycle.response_complete)

    def _is_quiet(self) -> bool:
        """Whether nothing is outstanding, and the client speaks HTTP/1.1 and reads its answers."""
        return self._is_answered() and not self.flow.write_paused and self.parser.get_http_version() == "1.1"

    def _begin(self, call: Call, body: bytes) -> None:
        assert self._fast is not None
        exchange = self._exchange = Exchange(self, call, self._fast.services)
        exchange.begin(body)

    def hand_over(self, body: bytes) -> None:
        """The exchange is the app's affair after all: the parser reads it, as nothing offers it to the short way."""
        assert self._known is not None
        self._exchange = None
        self.flow.resume_reading()
        super().data_received(self._known.head + body)
        self._go_on()

    def send(self, reply: Reply, identity: str) -> None:
        """Writes the answer of the exchange, and goes on with what came meanwhile."""
        self._exchange = None
        self.transport.write(reply.written(self.server_state.default_headers, identity, self._closing))
        if self._closing:
            self.transport.close()
        self.on_response_complete()
        self._go_on()

    def _go_on(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            self.data_received(data)


def _without_upgrade(data: bytes) -> bytes:
    """A head that asks for no other protocol: the parser would leave the body to that one, as with Java's h2c."""
    head, end, rest = data.partition(b"\r\n\r\n")  # a long body is not searched
    if b"pgrade:" in head or b"PGRADE:" in head:
        return _UPGRADE.sub(b"\r\nignored:", head) + end + rest
    return data
