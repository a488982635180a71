"""The convolution lab on a real server: a photograph in, an edge picture and numbers out; limits hold."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from service.imaging.codec.files import encode_png
from tests.integration.server import ROOT, serving
from tests.packages import write_package

PHOTOGRAPH = ROOT / "service" / "web" / "still_life.jpg"


def test_a_photograph_is_filtered_and_predictions_go_on(tmp_path: Path) -> None:
    write_package(tmp_path / "models")
    large = encode_png(np.zeros((3000, 4000, 3), np.uint8))
    heavy = {"steps": '[{"op":"max_pool","size":12,"stride":1},{"op":"avg_pool","size":8,"stride":1}]'}
    with (
        serving(tmp_path / "models", tmp_path / "log", deadline_ms="300") as server,
        httpx.Client(base_url=server.address, timeout=30) as client,
        ThreadPoolExecutor() as pool,
    ):
        answer = client.post(
            "/api/v1/filters/apply",
            files={"file": PHOTOGRAPH.read_bytes()},
            data={"filter": "edge_detection", "scale": "abs"},
        )
        with Image.open(io.BytesIO(answer.content)) as edges, Image.open(PHOTOGRAPH) as photograph:
            assert edges.size == photograph.size
            assert np.asarray(edges).mean() < np.asarray(photograph).mean() / 2
        apply = lambda: client.post("/api/v1/filters/apply", files={"file": large}, data=heavy).status_code  # noqa: E731
        statuses = [future.result() for future in [pool.submit(apply) for _ in range(4)]]
        assert set(statuses) == {504}
        after = client.post("/api/v1/models/bands/predict", content=encode_png(np.zeros((28, 28), np.uint8)))
        assert after.status_code == 200
        assert "Traceback" not in server.log
