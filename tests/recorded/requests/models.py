"""The committed models, and a layer of each."""

API = "/api/v1"
LAYERS = {
    "fashion_cnn": "conv2",
    "fashion_cnn_dropout": "pool3",
    "fashion_robust": "norm1",
    "mnist_cnn": "conv1",
    "mnist_deep": "relu2",
    "mnist_gru": "gru",
    "mnist_lstm": "lstm",
    "mnist_neuron": "dense1",
    "mnist_rnn": "simplernn",
    "mnist_robust": "relu6",
    "mnist_shallow": "relu1",
}
MODELS = tuple(LAYERS)
CONVOLUTIONAL = ("fashion_cnn", "fashion_cnn_dropout", "fashion_robust", "mnist_cnn", "mnist_robust")


def model(name: str) -> str:
    """The address of a model."""
    return f"{API}/models/{name}"
