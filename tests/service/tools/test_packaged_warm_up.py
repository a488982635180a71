"""The warm-up of a packaged model whose graph leaves the picture's size open."""

from pathlib import Path

import pytest

from service.inference.loader import Runtime
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import Tensors
from service.tools.choices import Wishes
from tests.service.tools.test_packaging import made, repository


def test_a_warm_up_without_dims_has_the_size_that_the_package_chose(tmp_path: Path, runtime: Runtime) -> None:
    """Where the graph takes any size."""
    made(tmp_path, Wishes(preprocess="unit", size=(12, 10)), shape=("n", 3, "h", "w"))
    config = tmp_path / "models" / "mine" / "config.pbtxt"
    head = config.read_text().partition("model_warmup")[0]
    config.write_text(head + "model_warmup { batch_size: 2 }")
    heard: list[tuple[int, ...]] = []
    ran = Session.infer

    def infer(self: Session, inputs: Tensors) -> Tensors:
        heard.append(inputs[0].shape)
        return ran(self, inputs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Session, "infer", infer)
        assert repository(tmp_path, runtime).get("mine")
    assert heard[-1] == (2, 3, 10, 12)
