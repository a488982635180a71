"""An app with small packages on a real server in a thread, and a real client that talks to it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from uvicorn import Config, Server

from service.app import create_app
from service.imaging.codec.files import encode_png
from service.imaging.preprocessing.spec import PreprocessSpec
from service.settings import Settings
from service.sockets import listen
from tests.packages import band_picture, write_package

MakeClient = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_package(folder, metrics={"n": 3, "test_accuracy": 1.0, "test_loss": 0.1, "confusion": [[3]]})
    write_package(folder, "halves", labels=("upper", "lower"))
    write_package(folder, "dark", spec=PreprocessSpec(recipe="resize", polarity="dark_on_light"))
    (folder / "broken").mkdir()
    return folder


@pytest.fixture(scope="session")
def make_client(models: Path) -> MakeClient:
    @contextmanager
    def client(prepare: Callable[[FastAPI], None] | None = None, **settings: Any) -> Iterator[httpx.Client]:
        fields = {"models": models, "execution_provider": "cpu", "intra_op_threads": 1, **settings}
        app = create_app(Settings(_env_file=None, **fields))
        sockets = listen("127.0.0.1", 0)
        server = Server(Config(app, log_config=None, lifespan="on", server_header=False, proxy_headers=False))
        thread = threading.Thread(target=server.run, args=(sockets,))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            if not server.started:
                raise RuntimeError("the app ended at its start; its log says why")
            if prepare is not None:
                prepare(app)
            address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
            with httpx.Client(base_url=address, timeout=30) as http:
                yield http
        finally:
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive()

    return client


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client() as running:
        yield running


def png(band: int) -> bytes:
    return encode_png(band_picture(band))
