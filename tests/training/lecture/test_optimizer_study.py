"""The study `optimizers` on a small sample of MNIST: what it holds, whether it is true, and its pictures."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.ci import ON_CI
from training.data.sets import Dataset
from training.lecture import optimizer_study
from training.lecture.optimizer_study import Settings, claims
from training.lecture.optimizer_study.losses import LogLoss
from training.lecture.optimizer_study.methods import METHODS, Method
from training.lecture.optimizer_study.rounding import rounded
from training.lecture.optimizer_study.sweep import NETWORKS, Data, Network, prepare, train
from training.lecture.optimizer_study.trajectories import trajectories
from training.lecture.surfaces import SURFACES

SMALL = Settings(neuron_samples=120, net_samples=24, test_samples=100, epochs=2)
NETWORK = {network.name: network for network in NETWORKS}
METHOD = {method.name: method for method in METHODS}


@pytest.fixture(scope="module")
def study(mnist: Dataset) -> dict[str, Any]:
    return run(mnist)


def run(mnist: Dataset, settings: Settings = SMALL) -> dict[str, Any]:
    return optimizer_study.build(mnist.train_images, mnist.train_labels, mnist.test_images, mnist.test_labels, settings)


def drawn(mnist: Dataset, count: int) -> Data:
    x, y = prepare(mnist.train_images[:count], mnist.train_labels[:count])
    return Data(x[None], y[None], *prepare(mnist.test_images[:50], mnist.test_labels[:50]))


def path_of(surface: dict[str, Any], method: str, rate: float) -> dict[str, Any]:
    (found,) = [p for p in surface["paths"] if p["method"] == method and p["learning_rate"] == rate]
    return found


def test_it_is_json_of_a_size_that_a_page_can_load(study: dict[str, Any]) -> None:
    text = json.dumps(study, allow_nan=False, separators=(",", ":"))
    assert json.loads(text) == study
    assert len(text) < 1_000_000
    assert study["name"] == "optimizers"
    assert study["provenance"]["settings"]["seeds"] == [0, 1, 2]


def test_every_surface_has_every_method_at_twelve_rates_or_more(study: dict[str, Any]) -> None:
    assert [surface["name"] for surface in study["surfaces"]] == ["ravine", "saddle", "beale"]
    known = {method["name"] for method in study["methods"]}
    for surface in study["surfaces"]:
        by_method: dict[str, list[float]] = {}
        for path in surface["paths"]:
            by_method.setdefault(path["method"], []).append(path["learning_rate"])
        assert set(by_method) == known - {"minibatch"}
        assert all(rates == surface["learning_rates"] for rates in by_method.values())
        assert len(surface["learning_rates"]) >= 12


def test_a_path_ends_where_it_diverges(study: dict[str, Any]) -> None:
    for surface, source in zip(study["surfaces"], SURFACES, strict=True):
        for path in surface["paths"]:
            points = torch.tensor(path["points"], dtype=torch.float64)
            assert path["points"][0] == surface["start"]
            assert len(path["heights"]) == len(points)
            last = surface["steps"] if path["diverged_at"] is None else path["diverged_at"]
            assert len(points) == last + 1
            outside = source.left(points)
            assert not outside[:-1].any()
            assert bool(outside[-1]) == (path["diverged_at"] is not None)
        middle = torch.tensor(
            [[path["points"][3], path["points"][-1]] for path in surface["paths"] if len(path["points"]) > 3]
        )
        heights = torch.tensor(
            [[path["heights"][3], path["heights"][-1]] for path in surface["paths"] if len(path["points"]) > 3]
        )
        torch.testing.assert_close(source.value(middle.double()).float(), heights, rtol=0.01, atol=1e-4)


def test_the_grid_is_the_surface_over_its_frame(study: dict[str, Any]) -> None:
    for surface, source in zip(study["surfaces"], SURFACES, strict=True):
        grid = surface["grid"]
        assert [grid["x"][0], grid["x"][-1]] == surface["frame"]["x"]
        assert [grid["y"][0], grid["y"][-1]] == surface["frame"]["y"]
        assert np.shape(grid["heights"]) == (61, 61)
        point = torch.tensor([grid["x"][50], grid["y"][7]], dtype=torch.float64)
        assert grid["heights"][7][50] == pytest.approx(source.value(point).item(), rel=1e-3, abs=1e-4)


def test_gradient_descent_on_the_ravine_diverges_where_theory_says(study: dict[str, Any]) -> None:
    """Above 2 / 9, nine being the larger curvature; implicit SGD at no learning rate."""
    ravine = study["surfaces"][0]
    for rate in ravine["learning_rates"]:
        assert (path_of(ravine, "batch", rate)["diverged_at"] is not None) == (rate > 2 / 9)
        assert path_of(ravine, "implicit", rate)["diverged_at"] is None
    before, after = path_of(ravine, "batch", 0.1)["points"][:2]
    assert after == pytest.approx([before[0] * (1 - 0.1 / 4), before[1] * (1 - 0.9)])
    assert "batch gradient descent from 0.5 up, momentum from 0.5 up, implicit SGD at none" in study["claims"][0]


def test_implicit_sgd_trains_at_every_rate_and_stochastic_does_not(study: dict[str, Any]) -> None:
    for entry in study["training"]:
        runs = {method["method"]: method["runs"] for method in entry["methods"]}
        assert list(runs) == [method.name for method in METHODS]
        assert not any(run["diverged"] for run in runs["implicit"])
        start = runs["implicit"][-1]["loss_by_epoch"]["mean"][0]
        assert runs["implicit"][-1]["loss"]["mean"] < start
        assert runs["stochastic"][-1]["loss"]["mean"] is None or runs["stochastic"][-1]["loss"]["mean"] > start
    squared = next(entry for entry in study["training"] if entry["network"] == "neuron_squared")
    stochastic = next(method for method in squared["methods"] if method["method"] == "stochastic")["runs"]
    assert stochastic[-1]["diverged"]
    assert stochastic[-1]["seeds_diverged"] == 3
    assert stochastic[-1]["loss_by_epoch"]["mean"][1:] == [None, None]


def test_the_parameters_are_counted(study: dict[str, Any]) -> None:
    assert [entry["parameters"] for entry in study["training"]] == [785, 785, 785, 16 * 785 + 17]
    assert study["training"][0]["batch_sizes"]["batch"] == 120
    assert study["training"][3]["samples"] == 24


def test_a_path_is_the_same_each_time_and_another_with_another_seed() -> None:
    first, again, other = (trajectories((0.01, 0.1), 20, seed) for seed in (0, 0, 1))
    assert first == again
    for one, two in zip(first[0]["paths"], other[0]["paths"], strict=True):
        assert (one == two) == (one["method"] != "stochastic")


@pytest.mark.parametrize("name", ["minibatch", "stochastic"])
def test_the_neurons_training_is_that_of_torchs_own_layer(mnist: Dataset, name: str) -> None:
    data = drawn(mnist, 60)
    losses, accuracies = train(NETWORK["neuron_log"], METHOD[name], data, [0.05], [4], 2)
    layer = torch.nn.Linear(784, 1)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    criterion = torch.nn.BCEWithLogitsLoss()
    generator = torch.Generator().manual_seed(4)
    x, y = data.x[0, :, :-1], data.y[0]
    for _ in range(2):
        for chosen in torch.randperm(60, generator=generator).split(METHOD[name].batch or 60):
            optimizer.zero_grad()
            criterion(layer(x[chosen])[:, 0], y[chosen]).backward()
            optimizer.step()
    assert losses[0, 0, -1].item() == pytest.approx(criterion(layer(x)[:, 0], y).item(), rel=1e-4)
    right = (layer(data.test_x[:, :-1])[:, 0] > 0) == (data.test_y > 0.5)
    assert accuracies[0, 0, -1].item() == pytest.approx(right.float().mean().item())


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_learning_rates_trained_together_do_not_touch_each_other(mnist: Dataset, method: Method) -> None:
    data, network = drawn(mnist, 16), Network("net", "Net", LogLoss(), hidden=3)
    together, _ = train(network, method, data, [0.003, 0.03], [0], 1)
    alone, _ = train(network, method, data, [0.03], [0], 1)
    torch.testing.assert_close(together[:, 1:], alone, rtol=1e-4, atol=1e-5)
    assert alone[0, 0, -1] != alone[0, 0, 0]


def test_claims_follow_the_numbers(study: dict[str, Any]) -> None:
    changed = copy.deepcopy(study)
    path_of(changed["surfaces"][0], "implicit", 1.0)["diverged_at"] = 5
    runs = next(m for m in changed["training"][1]["methods"] if m["method"] == "implicit")["runs"]
    runs[-1]["loss"] = {"mean": None, "sd": None}
    before, after = study["claims"], claims.sentences(changed["surfaces"], changed["training"])
    differ = [index for index, (one, two) in enumerate(zip(before, after, strict=True)) if one != two]
    assert "implicit SGD from 1 up" in after[differ[0]]
    assert "implicit SGD diverges at 0 and ends with a loss of no finite number" in after[differ[1]]
    assert len(differ) == 2


def test_ways_down_are_counted_from_the_path(study: dict[str, Any]) -> None:
    (sentence,) = [text for text in study["claims"] if "crosses the floor" in text]
    y = [point[1] for point in path_of(study["surfaces"][0], "batch", 0.2)["points"]]
    crossings = int((np.diff(np.sign(y)) != 0).sum())
    assert f"batch gradient descent crosses the floor {crossings} times" in sentence
    assert "learning rate 0.2" in sentence


def test_the_pictures_are_written_whole(study: dict[str, Any], tmp_path: Path) -> None:
    part = study | {"surfaces": study["surfaces"][1:2], "training": study["training"][1:2]}
    optimizer_study.plot(study if ON_CI else part, tmp_path / "all.png")
    optimizer_study.plot_trajectories(part, tmp_path / "paths.png")
    optimizer_study.plot_training(part, tmp_path / "training.png")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["all.png", "paths.png", "training.png"]
    sizes = {}
    for file in tmp_path.iterdir():
        with Image.open(file) as picture:
            sizes[file.stem] = picture.size
            assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 50
    assert sizes["all"][1] == sizes["paths"][1] + sizes["training"][1]


def test_a_run_is_followed_and_leaves_torchs_threads_alone(mnist: Dataset) -> None:
    threads, seen = torch.get_num_threads(), []
    optimizer_study.build(
        mnist.train_images[:20],
        mnist.train_labels[:20],
        mnist.test_images[:20],
        mnist.test_labels[:20],
        Settings(seeds=(5,), epochs=1, learning_rates=(0.01,), steps=2),
        lambda _what, done, total: seen.append((done, total)),
    )
    assert torch.get_num_threads() == threads
    assert seen == [(done, 32) for done in range(33)]


def test_input_that_does_not_fit_is_refused(mnist: Dataset) -> None:
    images, labels = mnist.test_images, mnist.test_labels
    with pytest.raises(ValueError, match="training images are float64"):
        optimizer_study.build(
            images / 255,  # type: ignore[arg-type]  # what is refused
            labels,
            images,
            labels,
        )
    with pytest.raises(ValueError, match="test set has 300 images and labels of shape"):
        optimizer_study.build(images, labels, images, labels[:9])


def test_rounding_has_no_word_for_what_is_not_finite() -> None:
    assert rounded(0.000123456789) == 0.00012346
    assert rounded(-98765432.1, 3) == -98800000.0
    assert [rounded(value) for value in (float("nan"), float("inf"), -float("inf"))] == [None] * 3
