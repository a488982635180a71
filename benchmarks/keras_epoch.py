"""One epoch of a recipe's network in Keras 3, as the lecture writes it; run by training_speed.py.

python keras_epoch.py RECIPE FOLDER BATCH_SIZE [--samples N]    prints {"seconds": ...}
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers


def network(name: str) -> keras.Sequential:
    """The network of training/lecture/networks.py under the same name."""
    if name == "mnist_cnn":
        stack = [
            layers.Input((28, 28, 1)),
            layers.Conv2D(28, kernel_size=(3, 3)),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    elif name.startswith("fashion"):
        stack = [layers.Input((28, 28, 1))]
        for maps, rate in ((32, 0.25), (64, 0.25), (128, 0.4)):
            stack += [layers.Conv2D(maps, (3, 3), padding="same"), layers.LeakyReLU(negative_slope=0.1)]
            stack += [layers.MaxPooling2D((2, 2), padding="same")]
            stack += [layers.Dropout(rate)] if name.endswith("dropout") else []
        stack += [layers.Flatten(), layers.Dense(128), layers.LeakyReLU(negative_slope=0.1)]
        stack += [layers.Dropout(0.3)] if name.endswith("dropout") else []
        stack += [layers.Dense(10, activation="softmax")]
    elif name in ("mnist_rnn", "mnist_lstm", "mnist_gru"):
        cell = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}[name.removeprefix("mnist_")]
        stack = [layers.Input((28, 28)), cell(128), layers.Dense(10, activation="softmax")]
    else:
        hidden = {"mnist_neuron": (), "mnist_shallow": (64,), "mnist_deep": (64, 32, 16)}[name]
        stack = [layers.Input((28, 28)), layers.Flatten()]
        stack += [layers.Dense(units, activation="relu") for units in hidden]
        stack += [layers.Dense(1, activation="sigmoid")]
    return keras.Sequential(stack)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("batch_size", type=int)
    parser.add_argument("--samples", type=int)
    options = parser.parse_args()
    images, labels = (
        np.frombuffer(
            gzip.decompress((options.folder / f"train-{part}-ubyte.gz").read_bytes()), np.uint8, offset=offset
        )
        for part, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    n = options.samples or len(labels)
    x = images.reshape(-1, 28, 28)[:n].astype("float32") / 255
    model = network(options.recipe)
    binary = model.output_shape[-1] == 1
    y = labels[:n] % 2 if binary else labels[:n]
    if len(model.input_shape) == 4:
        x = x[..., None]
    if options.recipe.startswith("fashion") or "rnn" in options.recipe or options.recipe[-3:] in ("stm", "gru"):
        y = keras.utils.to_categorical(y, 10)  # as the lecture has it
        loss = "categorical_crossentropy"
    else:
        loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    model.fit(x[: n // 10], y[: n // 10], batch_size=options.batch_size, epochs=1, verbose=0)
    started = time.perf_counter()
    model.fit(x, y, batch_size=options.batch_size, epochs=1, verbose=0)
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
