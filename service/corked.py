"""A transport on which the head of an answer waits for the body that follows at once, so that both leave in one packet.

uvicorn writes head and body one after the other. uvloop may send the first before the second is there: every other
time where the answer was worked on in a thread. That costs a packet, and a reader one more turn; and a service that is
killed between the two has said "200" and no more, which no proxy can repair.
"""

import asyncio


class Corked(asyncio.WriteTransport):
    """What of a transport uvicorn's cycle of one request and answer uses.

    A piece is held until the next, or until the loop's next turn where none follows: what of a stream is there goes out
    while the rest is made.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._held is None:
            self._held = bytes(data)
            self._loop.call_soon(self._uncork)
        else:
            held, self._held = self._held, None
            self._transport.writelines([held, data])  # not joined: a body may be long

    def close(self) -> None:
        self._uncork()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def _uncork(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._transport.write(held)
