"""How our own networks are trained: the rate that rises and falls, what joins a batch, what is averaged."""

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
from training.robust import extras, schedule
from training.robust.clothing_set import scraps_set
from training.robust.extras import OUTLIER, Name, Part, make_extras
from training.robust.outliers import like_one, outliers
from training.robust.schedule import Ending, Refinement, Schedule, Share, batch_loss, set_rate


def batch(dataset: Dataset, n: int = 32) -> torch.Tensor:
    return torch.tensor(dataset.train_images[:n]).unsqueeze(1).float() / 255


def schedule_of(recipe: Recipe) -> Schedule:
    assert isinstance(recipe.method, Schedule)
    return recipe.method


def with_schedule(name: str, **changes: object) -> Recipe:
    recipe = RECIPES[name]
    method = replace(schedule_of(recipe), **changes)  # type: ignore[arg-type]
    return replace(recipe, method=method, epochs=method.epochs)


STRANGE = {"outliers", "scraps", "things", "cliparts"}  # parts of which nothing is of a class
ALONE = {"shares": (), "ending": None, "refinements": ()}  # training pictures alone


def part(pictures: np.ndarray, label: int) -> Part:
    return Part(torch.tensor(pictures), torch.full((len(pictures),), label))


def test_the_rate_rises_then_falls_to_zero_in_each_cycle(mnist: Dataset, cpu: torch.device) -> None:
    again = Refinement(first=5, cycles=1, rate=0.8, shares=()), Refinement(first=3, cycles=0, rate=0.4, shares=())
    recipe = with_schedule("mnist_robust", first=6, cycles=2, cycle=2, warmup=1.0, late_rate=0.5, refinements=again)
    assert recipe.epochs == 20
    assert recipe.method.means(recipe.epochs) == ((6, 8, 10), (15, 17), (20,))
    assert recipe.method.means(16) == ((6, 8, 10), (15,))
    assert recipe.method.means(9) == ((6, 8),)
    optimizer = start(recipe, mnist, 0, cpu).optimizer
    rates = []
    first = (0, 0.5, 1, 3.5, 5.9999, 6, 6.25, 7.9999, 8.125, 8.25, 9.9999)
    refined = (10, 11, 13, 14.9999, 15.25, 16.9999, 18, 19)
    for epoch in (*first, *refined):
        set_rate(optimizer, schedule_of(recipe), recipe, epoch / 20)
        rates.append(optimizer.param_groups[0]["lr"] / recipe.learning_rate)
    expected = [0, 0.5, 1, 0.5, 0, 0, 0.5, 0, 0.25, 0.5, 0, 0, 0.8, 0.4, 0, 0.5, 0, 0.4, 0.2]
    assert rates == pytest.approx(expected, abs=1e-6)


def test_being_sure_of_outliers_costs(mnist: Dataset, fashion: Dataset, cpu: torch.device) -> None:
    recipe = with_schedule("mnist_robust", shares=(Share("outliers", 16, 16),))
    network = start(recipe, mnist, 0, cpu).network.eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[3] = 12.0
    unknown: dict[Name, Part] = {"outliers": part(outliers("digits", fashion.train_images, 32, 0), OUTLIER)}
    targets = torch.full((32,), 3)
    torch.manual_seed(0)
    _, alone = batch_loss(network, schedule_of(recipe), batch(mnist), targets, {}, 0.5)
    logits, together = batch_loss(network, schedule_of(recipe), batch(mnist), targets, unknown, 0.5)
    assert logits.shape == (32, 10)
    assert together.item() > alone.item() + 2


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("mnist_robust", "mnist", {"rendered", "hands", "strokes", "outliers", "scraps"}),
        ("fashion_robust", "fashion", {"rendered", "clothing", "worn", "views", *STRANGE}),
    ],
)
def test_the_data_gives_every_part(
    name: str,
    own: str,
    expected: set[str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, dataset = RECIPES[name], request.getfixturevalue(own)
    monkeypatch.setattr(extras, "_WORN", 24)
    monkeypatch.setattr(extras, "_THINGS", 14)
    method = schedule_of(recipe)
    names = [share.part for share in method.all_shares]
    parts = make_extras(recipe, dataset, names, 0.04, 0, tmp_path)
    assert set(parts) == expected
    for key, made in parts.items():
        assert made.pictures.dtype == torch.uint8
        assert made.pictures.shape == (len(made.labels), 28, 28)
        assert len(made.labels) >= 10
        known = (made.labels >= 0) & (made.labels < 10)
        assert bool((known | (made.labels == OUTLIER)).all())
        assert bool(known.any()) == (key not in STRANGE)
        assert bool(known.all()) == (key not in {*STRANGE, "views"})  # hats are seen twice, too
    drawn, labels = parts["outliers"].draw(7, torch.Generator().manual_seed(0))
    assert drawn.shape == (7, 1, 28, 28)
    assert 0 <= float(drawn.min()) <= float(drawn.max()) <= 1
    assert labels.tolist() == [OUTLIER] * 7
    files = sorted(path.name for path in tmp_path.iterdir())
    again = make_extras(recipe, dataset, names, 0.04, 0, tmp_path)
    assert all(torch.equal(again[key].pictures, made.pictures) for key, made in parts.items())
    assert sorted(path.name for path in tmp_path.iterdir()) == files


def test_no_scrap_that_may_be_a_one_is_an_outlier_of_digits(mnist: Dataset, tmp_path: Path) -> None:
    recipe = RECIPES["mnist_robust"]
    all_of_them = scraps_set(mnist.clothing, recipe.preprocessing, tmp_path)
    ones = sum(like_one(picture) for picture in all_of_them.pictures)
    scraps = make_extras(recipe, mnist, ["scraps"], 0.04, 0, tmp_path)["scraps"].pictures.numpy()
    assert ones
    assert len(scraps) == len(all_of_them.labels) - ones
    assert not any(like_one(picture) for picture in scraps)


def test_a_part_that_the_data_lacks_is_an_error(mnist: Dataset, tmp_path: Path) -> None:
    bare = replace(mnist, others=None)
    with pytest.raises(ValueError, match="without the other data set"):
        make_extras(RECIPES["mnist_robust"], bare, ["rendered"], 0.1, 0, tmp_path)
    with pytest.raises(ValueError, match="without the tables of other hands"):
        make_extras(RECIPES["mnist_robust"], replace(mnist, hands={}), ["hands"], 0.1, 0, tmp_path)
    with pytest.raises(ValueError, match="without the drawings of things"):
        make_extras(RECIPES["fashion_robust"], replace(mnist, cliparts=None), ["cliparts"], 0.1, 0, tmp_path)


def test_parts_join_the_batch_with_their_labels_early_and_late(fashion: Dataset, cpu: torch.device) -> None:
    recipe = with_schedule("fashion_robust", stage=2, **ALONE | {"shares": (Share("clothing", 64, 0),)})
    network = start(recipe, fashion, 0, cpu).network.eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[:] = -20.0
        network.get_parameter("layers.dense.bias")[4] = 0.0
    targets = torch.full((32,), 4)
    wrong: dict[Name, Part] = {"clothing": part(fashion.train_images[:64], 5)}
    early = batch_loss(network, schedule_of(recipe), batch(fashion), targets, wrong, 1.9 / recipe.epochs)
    late = batch_loss(network, schedule_of(recipe), batch(fashion), targets, wrong, 2 / recipe.epochs)
    assert early[0].shape == late[0].shape == (32, 10)
    assert early[1].item() > 5
    assert late[1].item() < 2


def test_an_ending_has_shares_of_its_own_and_is_what_comes_out(fashion: Dataset, cpu: torch.device) -> None:
    ending = Ending(cycles=3, early=1, shares=(Share("worn", 0, 64),))
    recipe = with_schedule("fashion_robust", first=3, cycles=1, cycle=1, **ALONE | {"ending": ending})
    assert recipe.epochs == 7
    assert recipe.method.means(recipe.epochs) == ((6, 7),)
    network = start(recipe, fashion, 0, cpu).network.eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[:] = -20.0
        network.get_parameter("layers.dense.bias")[4] = 0.0
    wrong: dict[Name, Part] = {"worn": part(fashion.train_images[:64], 5)}
    targets = torch.full((32,), 4)
    for done, joined in ((0.1, False), (4 / 7, False), (4.999 / 7, False), (5 / 7, True), (0.99, True)):
        loss = batch_loss(network, schedule_of(recipe), batch(fashion), targets, wrong, done)[1].item()
        assert (loss > 5) == joined, done


def test_doubtful_labels_that_are_contradicted_are_left_out_after_the_first_stage(
    mnist: Dataset, cpu: torch.device
) -> None:
    recipe = with_schedule("mnist_robust", shares=(Share("strokes", 64, 64, doubtful=True),), stage=3)
    network = start(recipe, mnist, 0, cpu).network.eval()
    with torch.no_grad():
        network.get_parameter("layers.dense.bias")[4] = 12.0
    targets = torch.full((32,), 4)
    for label, dropped in ((5, True), (4, False)):
        parts: dict[Name, Part] = {"strokes": part(mnist.train_images[:64], label)}
        early, late = (
            batch_loss(network, schedule_of(recipe), batch(mnist), targets, parts, done)[1].item()
            for done in (2 / recipe.epochs, 3 / recipe.epochs)
        )
        assert (late < 0.5 * early) == dropped


def test_a_training_that_was_stopped_gives_the_same_weights(mnist: Dataset, tmp_path: Path, cpu: torch.device) -> None:
    shares = (Share("outliers", 8, 8),)
    again = Refinement(first=1, cycles=0, rate=0.5, shares=shares)
    recipe = with_schedule("mnist_robust", first=1, cycles=1, cycle=1, shares=shares, refinements=(again,))
    at_once, cut = tmp_path / "at-once", tmp_path / "cut"  # what is rendered for one is there for the other
    whole = fit(start(recipe, mnist, 1, cpu), mnist, 3, at_once)
    for epochs in (2, 3):  # stopped where the refinement begins
        resumed = start(recipe, mnist, 1, cpu)
        assert load_checkpoint(resumed, cut) == (epochs > 2)
        fit(resumed, mnist, epochs, cut)
    for key, value in whole.result.state_dict().items():
        assert torch.equal(value, resumed.result.state_dict()[key]), key


def test_validation_is_the_end_of_the_training_set() -> None:
    train, held_out = split(60_000, "last_5000")
    assert (len(train), held_out[0], held_out[-1]) == (55_000, 55_000, 59_999)


def test_bfloat16_is_used_only_where_the_processor_has_it(mnist: Dataset, cpu: torch.device) -> None:
    network = start(RECIPES["mnist_robust"], mnist, 0, cpu).network.eval()
    targets, logits = torch.zeros(32).long(), []
    plain = replace(schedule_of(RECIPES["mnist_robust"]), precision="float32")
    for chosen in (plain, replace(plain, precision="bfloat16")):
        torch.manual_seed(0)
        logits.append(batch_loss(network, chosen, batch(mnist), targets, {}, 0.5)[0])
    assert torch.allclose(logits[0], logits[1], atol=0.2)
    assert torch.equal(logits[0], logits[1]) != schedule.has_bfloat16()


def test_the_result_is_the_mean_of_the_weights_at_the_ends_of_cycles(fashion: Dataset, tmp_path: Path) -> None:
    recipe, cpu = with_schedule("fashion_robust", first=1, cycles=1, cycle=1, **ALONE), torch.device("cpu")
    assert recipe.method.means(recipe.epochs) == ((1, 2),)
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


def test_a_refinement_goes_on_from_the_mean_and_is_averaged_alone(fashion: Dataset, tmp_path: Path) -> None:
    """At a rate of nothing: what comes out is what it began with."""
    again = Refinement(first=1, cycles=0, rate=0.0, shares=())
    recipe = with_schedule("fashion_robust", first=1, cycles=1, cycle=1, **ALONE | {"refinements": (again,)})
    assert recipe.method.means(recipe.epochs) == ((1, 2), (3,))
    run, folder, key = start(recipe, fashion, 0, torch.device("cpu")), tmp_path / "seed-0", "layers.dense.weight"
    first = fit(run, fashion, 1, folder).network.state_dict()[key].clone()
    second = fit(run, fashion, 2, folder).network.state_dict()[key].clone()
    assert run.mean is None
    assert not run.optimizer.state
    assert not torch.equal(first, second)
    assert torch.equal(run.result.state_dict()[key], second)  # the network itself became the mean
    assert torch.equal(fit(run, fashion, 3, folder).result.state_dict()[key], second)


def test_a_refinement_may_be_joined_with_what_it_began_with(fashion: Dataset, tmp_path: Path) -> None:
    again = Refinement(first=1, cycles=1, rate=0.5, shares=(), joined=True)
    recipe = with_schedule("fashion_robust", first=1, cycles=1, cycle=1, **ALONE | {"refinements": (again,)})
    assert recipe.method.means(recipe.epochs) == ((1, 2), (2, 3, 4))
    run, folder, key = start(recipe, fashion, 0, torch.device("cpu")), tmp_path / "seed-0", "layers.dense.weight"
    ends = [fit(run, fashion, 2, folder).network.state_dict()[key].clone()]
    assert torch.equal(run.result.state_dict()[key], ends[0])
    for epochs in (3, 4):
        resumed = start(recipe, fashion, 0, torch.device("cpu"))
        assert load_checkpoint(resumed, folder)
        ends.append(fit(resumed, fashion, epochs, folder).network.state_dict()[key].clone())
        assert torch.allclose(resumed.result.state_dict()[key], torch.stack(ends).mean(0), atol=1e-6)
    assert not torch.equal(ends[0], ends[1])


def test_in_a_refinement_some_of_what_joins_a_batch_lies_on_its_side(
    fashion: Dataset, cpu: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []

    def unchanged(pictures: torch.Tensor, *_: object) -> torch.Tensor:
        seen.append(pictures.clone())
        return pictures

    monkeypatch.setattr(schedule, "augment", unchanged)
    shares = (Share("worn", 16, 16),)
    again = Refinement(first=1, cycles=0, rate=0.5, shares=shares, turned=1.0)
    recipe = with_schedule("fashion_robust", first=1, cycles=0, **ALONE | {"shares": shares, "refinements": (again,)})
    network = start(recipe, fashion, 0, cpu).network.eval()
    shown, targets = batch(fashion), torch.zeros(32).long()
    worn: dict[Name, Part] = {"worn": part(fashion.train_images[:1], 0)}
    for done in (0.0, 0.5):
        batch_loss(network, schedule_of(recipe), shown, targets, worn, done)
    upright, lying = shown[:1].expand(16, -1, -1, -1), shown[:1].rot90(1, (2, 3)).expand(16, -1, -1, -1)
    assert [torch.equal(pictures[:32], shown) for pictures in seen] == [True, True]
    assert torch.equal(seen[0][32:], upright)
    assert torch.equal(seen[1][32:], lying)


def test_the_result_is_the_mean_up_to_the_last_epoch() -> None:
    for recipe in RECIPES.values():
        means = recipe.method.means(recipe.epochs)
        assert not means or means[-1][-1] == recipe.epochs
