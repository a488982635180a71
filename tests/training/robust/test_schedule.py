"""What our own networks are trained with: changed pictures, outliers, a rate that rises and falls."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.data.sets import Dataset
from training.data.splits import split
from training.fitting.checkpoint import load_checkpoint
from training.fitting.loop import evaluate, fit
from training.fitting.recipe import Recipe
from training.fitting.run import start
from training.fitting.samples import samples
from training.recipes import RECIPES
from training.robust import schedule
from training.robust.augment import augment
from training.robust.extras import Extras, make_extras
from training.robust.outliers import outliers, pairs
from training.robust.schedule import Schedule, batch_loss, set_rate


def batch(dataset: Dataset, n: int = 32) -> torch.Tensor:
    return torch.tensor(dataset.train_images[:n]).unsqueeze(1).float() / 255


def schedule_of(recipe: Recipe) -> Schedule:
    assert isinstance(recipe.method, Schedule)
    return recipe.method


def with_schedule(name: str, **changes: float) -> Recipe:
    recipe = RECIPES[name]
    return replace(recipe, method=replace(schedule_of(recipe), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["digits", "clothes"])
def test_pictures_are_changed_each_in_its_own_way_and_again_the_same(kind: str, mnist: Dataset) -> None:
    same = batch(mnist, 1).repeat(8, 1, 1, 1)
    changed = augment(same, kind, torch.Generator().manual_seed(4))  # type: ignore[arg-type]
    assert changed.shape == same.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    assert not any(torch.equal(changed[0], changed[i]) for i in range(1, 8))
    assert torch.equal(changed, augment(same, kind, torch.Generator().manual_seed(4)))  # type: ignore[arg-type]
    ink = changed.sum((1, 2, 3)) / same.sum((1, 2, 3))
    assert 0.2 < float(ink.min()) < float(ink.max()) < 4


def test_no_augmentation_changes_nothing(mnist: Dataset) -> None:
    x = batch(mnist)
    assert augment(x, "none", torch.Generator()) is x


@pytest.mark.parametrize("kind", ["digits", "clothes"])
def test_outliers_differ_have_ink_and_come_again_by_seed(kind: str, mnist: Dataset, fashion: Dataset) -> None:
    others = (fashion if kind == "digits" else mnist).train_images
    drawn = outliers(kind, others, 45, seed=3)
    assert drawn.shape == (45, 28, 28)
    assert drawn.dtype == np.uint8
    assert len({image.tobytes() for image in drawn}) > 42
    assert (np.ptp(drawn, axis=(1, 2)) > 0).sum() > 42
    assert np.array_equal(drawn, outliers(kind, others, 45, seed=3))


def test_pairs_hold_two_digits_within_the_box(mnist: Dataset) -> None:
    two = pairs(mnist.train_images, 20, seed=1)
    assert two.shape == (20, 28, 28)
    wide = [np.ptp(np.flatnonzero(image.any(0))) for image in two]
    assert np.mean(wide) > 14


def test_the_rate_rises_then_falls_to_zero(mnist: Dataset, cpu: torch.device) -> None:
    recipe = with_schedule("mnist_robust", cycles=1)
    optimizer = start(recipe, mnist, 0, cpu).optimizer
    rates = []
    warmup = schedule_of(recipe).warmup / recipe.epochs
    for done in (0.0, warmup / 2, warmup, 0.5, 0.999):
        set_rate(optimizer, schedule_of(recipe), recipe, done)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] == 0
    assert rates[1] == pytest.approx(recipe.learning_rate / 2)
    assert rates[2] == pytest.approx(recipe.learning_rate)
    assert recipe.learning_rate > rates[3] > rates[4] > 0
    assert rates[4] < 1e-4


def test_being_sure_of_outliers_costs(mnist: Dataset, fashion: Dataset, cpu: torch.device) -> None:
    recipe = RECIPES["mnist_robust"]
    network = start(recipe, mnist, 0, cpu).network.eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[3] = 12.0
    unknown = torch.tensor(outliers("digits", fashion.train_images, 32, 0)).unsqueeze(1).float() / 255
    targets = torch.full((32,), 3)
    torch.manual_seed(0)
    _, alone = batch_loss(network, schedule_of(recipe), batch(mnist), targets, Extras())
    logits, together = batch_loss(network, schedule_of(recipe), batch(mnist), targets, Extras(unknown))
    assert logits.shape == (32, 10)
    assert together.item() > alone.item() + 2


def test_no_strength_leaves_garments_but_for_the_mirror(fashion: Dataset) -> None:
    x = batch(fashion)
    changed = augment(x, "clothes", torch.Generator().manual_seed(1), 0.0)
    same = [torch.allclose(a, b, atol=1e-4) for a, b in zip(changed, x, strict=True)]
    mirrored = [torch.allclose(a, b.flip(2), atol=1e-4) for a, b in zip(changed, x, strict=True)]
    assert all(a or b for a, b in zip(same, mirrored, strict=True))
    assert 4 < sum(same) < 28


def test_rendered_pictures_join_the_batch_with_their_labels(fashion: Dataset, tmp_path: Path) -> None:
    recipe = RECIPES["fashion_robust"]
    extras = make_extras(recipe, fashion, schedule_of(recipe).rendered, 0, tmp_path)
    assert extras.rendered is not None
    assert extras.labels is not None
    assert len(extras.rendered) == len(extras.labels) == pytest.approx(0.08 * 550, abs=3)
    network = recipe.build().eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[:] = -20.0
        network.get_parameter("layers.dense.bias")[4] = 0.0
    right = Extras(rendered=extras.rendered, labels=torch.full_like(extras.labels, 4))
    wrong = Extras(rendered=extras.rendered, labels=torch.full_like(extras.labels, 5))
    targets = torch.full((32,), 4)
    assert batch_loss(network, schedule_of(recipe), batch(fashion), targets, right)[1].item() < 1
    logits, total = batch_loss(network, schedule_of(recipe), batch(fashion), targets, wrong)
    assert logits.shape == (32, 10)
    assert total.item() > 5


def test_a_refinement_starts_from_its_package_and_keeps_the_first_layers(fashion: Dataset, tmp_path: Path) -> None:
    recipe = RECIPES["fashion_robust"]
    before = {k: v.clone() for k, v in start(recipe, fashion, 0, torch.device("cpu")).network.state_dict().items()}
    run = fit(start(recipe, fashion, 0, torch.device("cpu")), fashion, 1, tmp_path)
    after = run.network.state_dict()
    moved = {key.split(".")[1] for key, value in after.items() if not torch.equal(value, before[key])}
    assert moved == {f"{kind}{i}" for kind in ("conv", "norm") for i in range(3, 9)} | {"dense"}
    assert run.network.parameter_count() == 472_874
    assert run.history[0].val_accuracy > 0.85  # of pictures on which a new network guesses


def test_a_refinement_that_was_stopped_gives_the_same_weights(fashion: Dataset, tmp_path: Path) -> None:
    recipe, cpu = RECIPES["fashion_robust"], torch.device("cpu")
    whole = fit(start(recipe, fashion, 1, cpu), fashion, 2, tmp_path / "whole" / "seed-1")
    fit(start(recipe, fashion, 1, cpu), fashion, 1, tmp_path / "cut" / "seed-1")
    resumed = start(recipe, fashion, 1, cpu)
    assert load_checkpoint(resumed, tmp_path / "cut" / "seed-1")
    fit(resumed, fashion, 2, tmp_path / "cut" / "seed-1")
    for key, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[key]), key


def test_validation_is_the_end_of_the_training_set() -> None:
    train, held_out = split(60_000, "last_5000")
    assert (len(train), held_out[0], held_out[-1]) == (55_000, 55_000, 59_999)


def test_bfloat16_is_used_only_where_the_processor_has_it(mnist: Dataset, cpu: torch.device) -> None:
    network = start(RECIPES["mnist_robust"], mnist, 0, cpu).network.eval()
    targets, logits = torch.zeros(32).long(), []
    for chosen in (Schedule("digits"), Schedule("digits", precision="bfloat16")):
        torch.manual_seed(0)
        logits.append(batch_loss(network, chosen, batch(mnist), targets, Extras())[0])
    assert torch.allclose(logits[0], logits[1], atol=0.2)
    assert torch.equal(logits[0], logits[1]) != schedule.has_bfloat16()


def test_the_result_is_the_mean_of_the_weights_at_the_ends_of_cycles(fashion: Dataset, tmp_path: Path) -> None:
    recipe, cpu = replace(with_schedule("fashion_robust", cycles=2), epochs=2), torch.device("cpu")
    one = fit(start(recipe, fashion, 0, cpu), fashion, 1, tmp_path / "a" / "seed-0")
    key = "layers.dense.weight"
    first = one.network.state_dict()[key].clone()
    assert torch.equal(one.result.state_dict()[key], first)
    resumed = start(recipe, fashion, 0, cpu)
    assert load_checkpoint(resumed, tmp_path / "a" / "seed-0")
    whole = fit(resumed, fashion, 2, tmp_path / "a" / "seed-0")
    mean, last = (network.state_dict()[key] for network in (whole.result, whole.network))
    assert not torch.equal(first, last)
    assert torch.allclose(mean, (first + last) / 2, atol=1e-6)
    _, validation = samples(recipe, fashion, cpu)
    assert whole.history[1].val_loss == pytest.approx(evaluate(whole.result, validation)[0])
    again = start(recipe, fashion, 0, cpu)
    assert load_checkpoint(again, tmp_path / "a" / "seed-0")
    assert torch.equal(again.result.state_dict()[key], mean)


def test_each_cycle_has_the_whole_course_of_the_rate(fashion: Dataset, cpu: torch.device) -> None:
    recipe = replace(with_schedule("fashion_robust", cycles=3, warmup=0.5), epochs=6)
    optimizer = start(recipe, fashion, 0, cpu).optimizer
    rates = []
    for epoch in (0, 0.5, 1.9999, 2, 2.5, 3.25, 5.25):
        set_rate(optimizer, schedule_of(recipe), recipe, epoch / 6)
        rates.append(optimizer.param_groups[0]["lr"])
    half = recipe.learning_rate / 2
    assert rates == pytest.approx([0, 2 * half, 0, 0, 2 * half, half, half], abs=1e-6)


def test_cycles_end_with_epochs() -> None:
    for recipe in RECIPES.values():
        assert recipe.epochs % recipe.method.cycles == 0
