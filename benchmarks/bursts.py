"""How long those wait who connect at once: until the first answer to each of so many new connections.

    trees (each a checkout) -> a server of each on core 0 -> all connect at once and ask again and again -> the median's
    and the last one's first answer, rounds interleaved

Needs taskset and two cores. Each connection uploads the picture of P1.

    python -m benchmarks.bursts ../before . --connections 64 512 --rounds 7
"""

import argparse
import os
import selectors
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.request_cost import payloads, serving
from benchmarks.serving.load import Payload

MOST_S = 20.0  # of a round


def request(payload: Payload, host: str) -> bytes:
    """As a client writes it."""
    fields = {"Host": host, **payload.headers, "Content-Length": str(len(payload.body))}
    head = [f"POST {payload.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(head).encode() + payload.body


def burst(address: str, payload: Payload, connections: int) -> list[float]:
    """Seconds until the first answer of each, the soonest first; all go on asking until the last has its own."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    assert host is not None
    sent, first = request(payload, host), dict[int, float]()
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        began = time.perf_counter()
        for number in range(connections):
            connection = opened.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex((host, port))
            selector.register(connection, selectors.EVENT_WRITE, number)
        while len(first) < connections:
            if time.perf_counter() - began > MOST_S:
                raise RuntimeError(f"{connections - len(first)} of {connections} had no answer within {MOST_S:g} s")
            for key, events in selector.select(0.2):
                connection = key.fileobj  # type: ignore[assignment]  # no number, as each was registered
                if events & selectors.EVENT_WRITE:
                    connection.send(sent)
                    selector.modify(connection, selectors.EVENT_READ, key.data)
                elif connection.recv(2**16):
                    first.setdefault(key.data, time.perf_counter() - began)
                    selector.modify(connection, selectors.EVENT_WRITE, key.data)
    return sorted(first.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path, help="checkouts, a server of each")
    parser.add_argument("--connections", nargs="+", type=int, default=[64, 512])
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    payload, found = payloads()["P1"], defaultdict[tuple[int, Path], list[tuple[float, float]]](list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(serving(tree, folder / str(i), [])) for i, tree in enumerate(chosen.trees)]
        os.sched_setaffinity(0, {1})
        for server in servers:  # what is loaded at the first request is no part of it
            burst(server.address, payload, 8)
        for _ in range(chosen.rounds):
            for connections in chosen.connections:
                for server in servers:
                    waited = burst(server.address, payload, connections)
                    found[connections, server.tree].append((statistics.median(waited), waited[-1]))
                    time.sleep(0.5)  # until those are closed
    for (connections, tree), rounds in found.items():
        middle, last = ([seconds * 1e3 for seconds in column] for column in zip(*rounds, strict=True))
        print(f"{connections:5} {tree!s:24} median's {statistics.median(middle):6.0f} ms, "
              f"last one's {statistics.median(last):6.0f} ms ({min(last):.0f}-{max(last):.0f})")  # fmt: skip


if __name__ == "__main__":
    main()
