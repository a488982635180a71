"""What the lesson of the curves says of the training pictures: the first of them, its shapes, its target."""

import os

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.web.lessons_view import chart
from tests.web.server import ROOT
from tests.web.visitor import Visitor
from training.data import sets

TITLE = "What it learns from"


@pytest.mark.parametrize(
    ("model", "shown", "target", "shapes"),
    [
        ("fashion_cnn", "Training picture 0, class 9 Ankle boot", "9 Ankle boot1", ["60,000 × 10", "12,000 × 28 × 28"]),
        ("mnist_cnn", "Training picture 0, class 5", "51", ["60,000 × 1 × 28 × 28", "10,000 × 28 × 28"]),
        ("mnist_neuron", "Training picture 0, class 1 odd", "odd1", ["60,000 × 28 × 28"]),
    ],
)
def test_the_first_training_picture_has_its_shapes_and_its_target(
    browser: Browser, studied: str, model: str, shown: str, target: str, shapes: list[str]
) -> None:
    with Visitor.open(browser, studied, f"#/lessons/curves?model={model}") as visitor:
        told = chart(visitor.page, TITLE)
        expect(told.locator("figcaption")).to_have_text(shown)
        assert told.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 28
        expect(told.locator(".first-true")).to_have_text(target)
        for shape in shapes:
            expect(told.get_by_role("cell", name=shape, exact=True).first).to_be_visible()


@pytest.mark.full_data
@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_it_is_the_first_of_the_training_set(dataset: str) -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    with Image.open(ROOT / "service" / "web" / f"first_{dataset}.png") as picture:
        assert np.array_equal(np.asarray(picture), sets.load(dataset).train_images[0])
