"""A network that somebody trained in PyTorch: exported to ONNX, packaged, served, and held against PyTorch itself.

torch.onnx.export (dynamic batch, logits) -> `python -m service package` -> a server -> predict, V2 -> torch's own
"""

import warnings
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.integration.server import command, serving

LABELS = ("stripes", "checks", "plain", "dots")
SIDE, SHORTER = 64, 73  # 73: SIDE * 256 / 224, as torchvision's pipelines have it
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
PICTURES = 50


class SmallNet(nn.Module):
    """Convolutions, batch normalisation, a pooling over any size, logits."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.GELU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, len(LABELS)),
        )  # fmt: skip

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.body(pictures)
        return answer


def picture(seed: int) -> Image.Image:
    """Coloured noise of some size, coarse or fine."""
    random = np.random.default_rng(seed)
    width, height = random.integers(70, 300, 2).tolist()
    coarse = random.integers(0, 256, (int(random.integers(2, 20)), int(random.integers(2, 20)), 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def as_torchvision(image: Image.Image) -> np.ndarray:
    """Resize(73), CenterCrop(64), ToTensor, Normalize: float32 [3, 64, 64]."""
    width, height = image.size
    scale = SHORTER / min(width, height)
    size = (SHORTER, int(height * scale)) if width <= height else (int(width * scale), SHORTER)
    resized = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - SIDE) / 2), round((size[1] - SIDE) / 2)
    pixels = np.asarray(resized.crop((left, top, left + SIDE, top + SIDE)), np.float64) / 255
    normalised: np.ndarray = ((pixels - MEAN) / STD).transpose(2, 0, 1).astype(np.float32)
    return normalised


@pytest.fixture(scope="module")
def net() -> SmallNet:
    """Weights that tell pictures apart, and statistics that are not those of a fresh layer."""
    torch.manual_seed(3)
    net = SmallNet()
    last = net.body[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(25)
        net.train()
        for start in range(0, PICTURES, 10):
            net(torch.from_numpy(np.stack([as_torchvision(picture(i)) for i in range(start, start + 10)])))
        net.eval()
        answers = net(torch.from_numpy(np.stack([as_torchvision(picture(i)) for i in range(PICTURES)])))
        last.bias.sub_(answers.mean(0))  # so that no class is said of all
    return net


@pytest.fixture(scope="module")
def models(net: SmallNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that another exporter is to come
        torch.onnx.export(
            net, (torch.zeros(1, 3, SIDE, SIDE),), str(folder / "net.onnx"), dynamo=False, input_names=["pictures"],
            output_names=["logits"], dynamic_axes={"pictures": {0: "batch"}, "logits": {0: "batch"}},
        )  # fmt: skip
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    done = command(
        "package", str(folder / "net.onnx"), "--name", "textures", "--labels", str(folder / "labels.txt"),
        "--preprocess", "torchvision", "--models", str(folder / "models"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "logits" in done.stdout
    return folder / "models"


def test_it_answers_as_it_did_in_pytorch(net: SmallNet, models: Path, tmp_path: Path) -> None:
    pictures = [picture(i) for i in range(PICTURES)]
    tensors = np.stack([as_torchvision(image) for image in pictures])
    with torch.no_grad():
        logits = net(torch.from_numpy(tensors))
        expected = torch.softmax(logits, dim=1).numpy()
    assert len(set(expected.argmax(axis=1))) == len(LABELS)
    files = []
    for i, image in enumerate(pictures):
        image.save(buffer := BytesIO(), "PNG")
        files.append(("file", (f"{i}.png", buffer.getvalue(), "image/png")))
    with serving(models, tmp_path / "log") as running, httpx.Client(base_url=running.address) as client:
        told = client.post(f"/api/v1/models/textures/predict?top_k={len(LABELS)}", files=files).json()["predictions"]
        given = {
            "name": "pictures",
            "datatype": "FP32",
            "shape": tensors[:9].shape,
            "data": tensors[:9].ravel().tolist(),
        }
        (output,) = client.post("/v2/models/textures/infer", json={"inputs": [given]}).json()["outputs"]
    found = np.array([[each["probability"] for each in sorted(p["top"], key=lambda t: t["index"])] for p in told])
    assert [p["label"] for p in told] == [LABELS[i] for i in expected.argmax(axis=1)]
    assert np.abs(found - expected).max() < 1e-3
    assert np.abs(np.reshape(output["data"], (9, -1)) - logits[:9].numpy()).max() < 1e-3
