"""Head and body in one piece, nothing kept back, and nothing out of its order."""

import asyncio
from collections.abc import Iterable

import pytest

from service.corked import Corked


class Wire(asyncio.Transport):
    """What was sent, a list of pieces a system call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[bytes]] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append([bytes(data)])

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.calls.append([bytes(data) for data in list_of_data])

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_head_and_body_go_together(wire: Wire) -> None:
    async def answer() -> None:
        corked = Corked(wire, asyncio.get_running_loop())
        corked.write(b"head")
        assert wire.calls == []
        corked.write(b"body")
        assert wire.calls == [[b"head", b"body"]]
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.calls == [[b"head", b"body"]]


def test_a_head_alone_goes_with_the_turn(wire: Wire) -> None:
    async def stream() -> None:
        corked = Corked(wire, asyncio.get_running_loop())
        for piece in (b"head", b"first", b"second"):
            corked.write(piece)
            await asyncio.sleep(0)
            assert wire.calls[-1] == [piece]

    asyncio.run(stream())


def test_an_end_sends_what_is_held(wire: Wire) -> None:
    async def answer() -> None:
        corked = Corked(wire, asyncio.get_running_loop())
        corked.write(bytearray(b"head"))
        assert not corked.is_closing()
        corked.close()
        assert wire.calls == [[b"head"]]
        assert corked.is_closing()
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.calls == [[b"head"]]


def test_many_pieces_of_one_turn_keep_their_order(wire: Wire) -> None:
    async def answer() -> None:
        corked = Corked(wire, asyncio.get_running_loop())
        for number in range(5):
            corked.write(bytes([number]))
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert [piece for call in wire.calls for piece in call] == [bytes([number]) for number in range(5)]
