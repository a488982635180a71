"""The end of listening: whoever the kernel has let in, and no process takes any more, still gets an answer.

    the signal -> the queue of a listener is cut down to one -> `_PROCESSES_S` later, when those that took from it have
    closed it -> who waits in it is told that the service ends -> a caller of our own fills it -> closed

To close a listener resets who waits in its queue. While one of our own waits there, the kernel lets in nobody else, so
that it is the only one.
"""

import contextlib
import errno
import select
import socket
import threading
import time
from collections.abc import Iterable

from service.api.access import choose_request_id
from service.api.reply import fault_reply
from service.errors import Unavailable

_PROCESSES_S = 0.3  # uvicorn looks for the signal ten times a second
_MOST_TRIES = 100
_CALL_S = 0.01  # for a call to this machine itself
_TALK_S = 2.0  # for a request to arrive, and for its answer to be read
_PIECE = 2**16


def end_listening(listeners: Iterable[socket.socket]) -> None:
    """For when the service ends: at once no more than one waits to be let in, and soon nobody. Whoever owns the
    listeners may close them; a thread, which the process waits for, sees to it that they are not closed before."""
    kept = [listener.dup() for listener in listeners if listener.fileno() >= 0]
    for listener in kept:
        listener.listen(0)
    threading.Thread(target=_end, args=(kept,), name="end of listening").start()


def _end(listeners: Iterable[socket.socket]) -> None:
    time.sleep(_PROCESSES_S)
    for listener in listeners:
        with socket.socket(listener.family, socket.SOCK_STREAM) as ours, listener:  # closed in the opposite order
            waiting = _waiting(listener, ours)
        for caller in waiting:
            with caller, contextlib.suppress(OSError):
                _turn_away(caller)


def _waiting(listener: socket.socket, ours: socket.socket) -> list[socket.socket]:
    """Those who wait, once our own call is the only one that still does."""
    taken = []
    with contextlib.suppress(OSError):  # whatever happens, the listener is closed, and who was taken is answered
        listener.setblocking(False)
        for _ in range(_MOST_TRIES):
            with contextlib.suppress(BlockingIOError):
                taken.append(listener.accept()[0])
            if _is_let_in(ours, listener):  # at once: whoever is answered first calls again
                break
    return taken


def _is_let_in(ours: socket.socket, listener: socket.socket) -> bool:
    """Whether the kernel has let in our own call."""
    ours.setblocking(False)
    try:
        ours.connect(listener.getsockname())
    except BlockingIOError as error:
        if error.errno == errno.EAGAIN:  # a Unix socket's queue is full; over TCP the call is on its way
            return False
    _, established, _ = select.select([], [ours], [], _CALL_S)
    return bool(established) and not ours.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _turn_away(caller: socket.socket) -> None:
    caller.settimeout(_TALK_S)
    request = caller.recv(_PIECE)
    if not request:
        return
    path = [*request.split(b" ", 2), b""][1].partition(b"?")[0].decode("latin-1")
    reply = fault_reply(Unavailable("The service is shutting down."), path)
    caller.sendall(reply.written((), choose_request_id(None), True))
    caller.shutdown(socket.SHUT_WR)
    while caller.recv(_PIECE):  # to close with something unread would take the answer back
        pass
