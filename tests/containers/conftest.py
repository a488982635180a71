"""The image, built once. Without a Docker engine the tests are skipped, but on CI (`CI=true`) that is a failure."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from service.datasets import read_pair
from tests.ci import ON_CI
from tests.containers.engine import DOCKERFILE, ROOT, Engine, find_client


@pytest.fixture(scope="session")
def docker() -> Engine:
    client = find_client()
    if client is None:
        reason = "no docker client with buildx and compose, or no engine that answers it"
        if ON_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return Engine(client)


@pytest.fixture(scope="session")
def image(docker: Engine) -> Iterator[str]:
    tag = "featuremap-test:cpu"
    docker("build", "--quiet", "--file=docker/Dockerfile", "--target=cpu", f"--tag={tag}", ".")
    yield tag
    docker("image", "rm", "--force", tag)


@pytest.fixture(scope="session")
def base_image(docker: Engine) -> Iterator[str]:
    """The base under a name of its own: a build takes it from a registry without keeping it as an image."""
    tag = "featuremap-test:base"
    name = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert name
    docker("build", "--quiet", f"--tag={tag}", "-", stdin=f"FROM {name[1]}\n")
    yield tag
    docker("image", "rm", "--force", tag)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """PNG of the first test sample of MNIST, a seven."""
    images, labels = read_pair(ROOT / "tests" / "data" / "mnist", "t10k")
    assert labels[0] == 7
    buffer = io.BytesIO()
    Image.fromarray(images[0]).save(buffer, "PNG")
    return buffer.getvalue()
