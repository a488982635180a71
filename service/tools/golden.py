"""Pictures that nobody has to bring, run through the model: what its numbers are, and the package's golden samples.

spec -> seeded pictures in the model's form -> onnxruntime -> logits or probabilities? -> GoldenSamples
"""

import base64
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import PackageError
from service.imaging.pixels import FloatArray
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.activation import probabilities
from service.inference.package.manifest import GoldenSample, OutputSpec
from service.inference.runtime.session import Session

Activation = Literal["softmax", "sigmoid", "complement"]
PICTURES = 8
_SEED = 20260101
_SUM_TOLERANCE = 1e-3  # of probabilities
_LARGE = 1 << 16  # pixels and channels: of such inputs there are three golden samples, of smaller ones all


def sample_pictures(spec: PreprocessSpec) -> NDArray[np.uint8]:
    """uint8 [8, *picture_shape]: smooth patches of colour, coarse to fine, the last of them noise. Always the same."""
    random = np.random.default_rng(_SEED)
    pictures = []
    for place in range(PICTURES):
        cells = min(2 ** (place + 1), spec.height), min(2 ** (place + 1), spec.width)
        coarse = random.integers(0, 256, (*cells, *spec.picture_shape[2:]))
        rows = np.arange(spec.height) * cells[0] // spec.height
        columns = np.arange(spec.width) * cells[1] // spec.width
        pictures.append(coarse[rows][:, columns].astype(np.uint8))
    return np.stack(pictures)


def run_all(session: Session, tensor: FloatArray, takes_one: bool) -> FloatArray:
    """The rows [n, ...] for a tensor [n, ...]. Raises PackageError where the model fails on it."""
    try:
        if takes_one:
            return np.concatenate([session.run(tensor[i : i + 1]) for i in range(len(tensor))])
        return session.run(tensor)
    except Exception:  # onnxruntime raises many kinds
        shape = list(tensor.shape)
        raise PackageError(f"the model fails on an input of shape {shape}: are its sides and layout these?") from None


def guess_activation(rows: FloatArray) -> Activation | None:
    """What makes probabilities of rows [n, ...]. Raises PackageError where they are no classifier's."""
    rows = rows.reshape(len(rows), -1)
    if not np.isfinite(rows).all():
        raise PackageError("the model gives numbers that are not finite for an ordinary picture")
    within = bool(rows.min() >= -1e-6 and rows.max() <= 1 + 1e-6)
    if rows.shape[1] == 1:
        return "complement" if within else "sigmoid"
    if not within:
        return "softmax"
    if np.abs(rows.sum(axis=1) - 1).max() <= _SUM_TOLERANCE:
        return None
    raise PackageError(
        "its numbers lie between 0 and 1 but do not sum to 1: a model that gives several labels at once is not served. "
        "If they are logits, say --activation softmax"
    )


def golden_samples(
    session: Session, spec: PreprocessSpec, output: OutputSpec, takes_one: bool
) -> tuple[GoldenSample, ...]:
    """The sample pictures with the probabilities that the model gives for them now."""
    pictures = sample_pictures(spec)
    if pictures[0].size > _LARGE:
        pictures = pictures[-3:]
    rows = probabilities(run_all(session, to_tensor(pictures, spec), takes_one), output)
    return tuple(
        GoldenSample(
            index=i,
            pixels=base64.b64encode(picture.tobytes()).decode(),
            probabilities=tuple(min(1.0, max(0.0, round(float(p), 7))) for p in row),
        )
        for i, (picture, row) in enumerate(zip(pictures, rows, strict=True))
    )
