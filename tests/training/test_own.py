"""A network described in TOML: what it becomes, and what cannot be."""

import re
from pathlib import Path

import pytest
import torch

from service.errors import ConfigurationError
from training.data.sets import Dataset
from training.fitting.run import start
from training.own import read_spec
from training.packaging.export import export_model, parity
from training.packaging.summary import summarise

ROOT = Path(__file__).parents[2]
EXAMPLE = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "training.md").read_text(), re.DOTALL)


def spec(folder: Path, text: str) -> Path:
    (folder / "net.toml").write_text(text)
    return folder / "net.toml"


def layers(*lines: str) -> str:
    return 'name = "mine"\n' + "".join(f"[[layers]]\n{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "kinds", "parameters"),
    [
        (layers(), ["Flatten", "Dense", "Softmax"], 7850),
        (layers('dense = 64\nactivation = "relu"'), ["Flatten", "Dense", "ReLU", "Dense", "Softmax"], 50_890),
        (
            layers("conv = 28", "max_pool = 2", 'dense = 128\nactivation = "relu"', "dropout = 0.2"),
            ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "ReLU", "Dropout", "Dense", "Softmax"],
            607_394,  # the lecture's
        ),
        (layers("lstm = 128"), ["LSTM", "Dense", "Softmax"], 81_674),
        (layers("simple_rnn = 8", "dropout = 0.5"), ["SimpleRNN", "Dropout", "Dense", "Softmax"], 386),
        (
            layers('conv = 4\nkernel = 5\npadding = "same"\nactivation = "tanh"', "max_pool = 3",
                   'conv = 2\nactivation = "sigmoid"'),
            ["Conv2D", "Tanh", "MaxPooling2D", "Conv2D", "Sigmoid", "Flatten", "Dense", "Softmax"],
            104 + 74 + 990,
        ),
        ("odd_or_even = true\n" + layers(), ["Flatten", "Dense", "Sigmoid"], 785),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dataset", ["mnist"])
def test_the_layers_are_those_described(
    tmp_path: Path, text: str, kinds: list[str], parameters: int, dataset: str, mnist: Dataset
) -> None:
    recipe = read_spec(spec(tmp_path, f'dataset = "{dataset}"\n{text}'))
    network = start(recipe, mnist, 0, torch.device("cpu")).network
    told = summarise(network)
    assert [layer["kind"] for layer in told["layers"]] == kinds
    assert told["total_parameters"] == parameters
    export_model(network.eval(), tmp_path / "model.onnx")
    assert parity(network, tmp_path / "model.onnx", mnist.test_images[:50]) < 1e-5


@pytest.mark.parametrize("name", ["sgd", "momentum", "adagrad", "rmsprop", "adam"])
def test_each_optimiser_lowers_the_loss(tmp_path: Path, name: str, mnist: Dataset) -> None:
    recipe = read_spec(spec(tmp_path, f'optimizer = "{name}"\n' + layers('dense = 32\nactivation = "relu"')))
    torch.manual_seed(0)
    network = recipe.build()
    optimizer = recipe.method.optimizer(network, recipe.learning_rate)
    loss = recipe.method.begin(recipe, optimizer, mnist, 0, tmp_path)
    pictures = torch.tensor(mnist.train_images[:128, None]).float() / 255
    targets = torch.from_numpy(recipe.targets(mnist.train_labels[:128]))
    course = []
    for _ in range(30):
        _, value = loss(network, pictures, targets, 0.0)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        course.append(value.item())
    assert course[-1] < 0.7 * course[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "is no TOML"),
        ('dataset = "mnist"', "name: Field required"),
        ('name = "My Net"', "name: String should match pattern"),
        ('name = "a"\ndataset = "cifar"', "dataset: Input should be 'mnist' or 'fashion_mnist'"),
        ('name = "a"\nrate = 1', "rate: Extra inputs are not permitted"),
        ('name = "a"\ndataset = "fashion_mnist"\nodd_or_even = true', "odd_or_even is asked of digits"),
        ('name = "a"\noptimizer = "lion"', "optimizer: Input should be 'sgd', 'momentum'"),
        (layers("units = 3"), "layers 1 units: Extra inputs are not permitted"),
        (
            layers(""),
            "layers 1: a layer is one of conv, max_pool, dropout, dense, simple_rnn, lstm, gru; this one is none",
        ),
        (layers("conv = 3\ndense = 4"), "this one is conv and dense"),
        (layers("dense = 4\nkernel = 3"), "layers 1: kernel and padding are of a conv"),
        (layers('conv = 4\nkernel = 4\npadding = "same"'), "the kernel's side must be odd"),
        (layers('dropout = 0.5\nactivation = "relu"'), "an activation belongs to a conv or a dense layer"),
        (layers("dense = 0"), "layers 1 dense: Input should be greater than or equal to 1"),
        (layers("dense = 4", "conv = 4"), "layer 2: a conv needs pictures, and stands behind a layer"),
        (layers("dense = 4", "gru = 4"), "layer 2: a gru reads the picture row by row, so it must be the first layer"),
        (layers(*["max_pool = 2"] * 5), "layer 5: a window of 2 x 2 does not fit into maps of 1 x 1"),
        (layers("max_pool = 14", "conv = 2\nkernel = 3"), "layer 2: a kernel of 3 x 3 does not fit into maps of 2 x 2"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        read_spec(spec(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_spec(tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match="larger than a description"):
        read_spec(spec(tmp_path, "#" * 70_000))


def test_the_documented_example_is_one(tmp_path: Path) -> None:
    (example,) = EXAMPLE
    recipe = read_spec(spec(tmp_path, example))
    assert recipe.build().parameter_count() > 0
