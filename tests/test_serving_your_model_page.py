"""Runs every block of docs/serving-your-model.md in its order, and compares what it prints with what stands below it.

a graph and pictures made here -> fenced blocks of bash -> package, predict, evaluate -> a server -> curl
"""

import re
from pathlib import Path

import httpx
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from PIL import Image

from service.tools.presets import PRESETS
from tests.doc_pages import ADDRESS, blocks, run, shown
from tests.integration.server import ROOT, serving

PAGE = (ROOT / "docs" / "serving-your-model.md").read_text()
BLOCKS = blocks("docs/serving-your-model.md")
SHOWN = shown("docs/serving-your-model.md", "text")
SERVE = "python -m service serve --models served\n"
CLASSES = ("red", "green", "blue")
PICTURES = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the reader has: my.onnx, labels.txt, and pictures of three colours, three of them in the wrong folder."""
    folder = tmp_path_factory.mktemp("reader")
    write_colours(folder / "my.onnx")
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in CLASSES))
    for place, label in enumerate(CLASSES):
        (folder / "pictures" / label).mkdir(parents=True)
        for i in range(PICTURES):
            pixels = np.full((240, 320, 3), 20, np.uint8)
            pixels[..., 1 if place == 0 and i >= PICTURES - 3 else place] = np.linspace(140 + i, 255, 320)
            Image.fromarray(pixels).save(folder / "pictures" / label / f"{i}.png")
    return folder


def write_colours(file: Path) -> None:
    """Logits of which colour a picture has most of, [batch, 3, 224, 224] as torchvision prepares it."""
    weights = np.eye(3, dtype=np.float32) * 1.5
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        ],
        "colours",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 224, 224])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.zeros(3, np.float32), "bias")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)


def test_the_page_works_from_top_to_bottom(folder: Path, tmp_path: Path) -> None:
    """In five minutes: the test's own limit."""
    *offline, (asked, answered) = SHOWN
    for code, text in offline:
        assert run(code, folder) == text
    assert ADDRESS in asked
    with serving(folder / "served", tmp_path / "log") as running:
        assert run(asked.replace(ADDRESS, running.address), folder) == answered
        api = f"{running.address}/api/v1/models/mine"
        card = httpx.get(api).json()
        assert (card["state"], card["version"], card["metrics"]["test_accuracy"]) == ("READY", "2", 0.95)
        assert httpx.get(f"{api}/confusion").json()["matrix"][0] == [17, 3, 0]
        rows = httpx.get(f"{api}/failures?true_class=red").json()
        assert (rows["total"], rows["failures"][0]["file"]) == (3, "red/17.png")
        picture = httpx.get(f"{api}/{rows['failures'][0]['image_url']}")
        assert picture.headers["Content-Type"] == "image/png"
        for evidence in ("failures", "confusion"):
            sheet = httpx.get(f"{api}/{evidence}", headers={"Accept": "image/png"})
            assert sheet.headers["Content-Type"] == "image/png"


def test_every_block_is_run_but_the_one_that_serves() -> None:
    bash = [code for language, code in BLOCKS if language == "bash"]
    assert [code for code in bash if code not in dict(SHOWN)] == [SERVE]


def test_every_preset_stands_in_the_table() -> None:
    table = {name for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}
    assert table == set(PRESETS)
