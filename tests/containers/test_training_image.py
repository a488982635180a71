"""The image that trains: built with PyTorch for the CPU, and hardened like the service's."""

import os
from pathlib import Path

import pytest

from tests.containers.engine import Engine

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]


def test_the_training_image_writes_into_mounted_folders_alone(docker: Engine) -> None:
    """Its own user writes nothing: the root is read-only, and the folders are its caller's."""
    tag, wheels = "featuremap-test:training", Path(os.environ.get("PIP_FIND_LINKS", "") or "/nowhere")
    # The package index has PyTorch with CUDA alone. Who has a smaller one at hand lends it to the build.
    if not list(wheels.glob("torch-*+cpu-cp311-*.whl")):
        pytest.skip("PIP_FIND_LINKS names no folder with PyTorch's build for the CPU")
    lent = f"--build-context=wheels={wheels}"
    docker("build", "--quiet", "--file=docker/Dockerfile", "--target=training", f"--tag={tag}", lent, ".")
    hardened = ("--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--tmpfs=/app/runs:mode=1777")
    said = docker("run", *hardened, tag, "train", "--help")
    assert "usage: python -m training train" in said
    code = "import torch, os; print(torch.__name__, os.getuid(), os.access('/app', os.W_OK))"
    assert docker("run", *hardened, "--entrypoint=python", tag, "-c", code) == "torch 10001 False"
