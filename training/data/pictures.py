"""Pictures of one's own beside a data set: a folder with a sub-folder a class, as `python -m service feedback export`
writes the reports of a model.

folder/<label or index>/* -> the service's decoding and preprocessing -> uint8 [n, 28, 28] -> before the training set
"""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from service.datasets import LABELS
from service.errors import ConfigurationError, FeaturemapError
from service.imaging.codec.files import ImageLimits
from service.imaging.pixels import Pixels
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.inputs import DEFAULT_OPTIONS, Upload, prepare_inputs
from service.tools.labelled import Labelled, folder_of_classes
from training.data.sets import Dataset

_LIMITS = ImageLimits()
_NOT_ONE = ("empty", "no_object", "multiple")


def with_pictures(dataset: Dataset, folder: Path, spec: PreprocessSpec) -> tuple[Dataset, list[str]]:
    """The data set with the folder's pictures, as the service would show them to a network with this preprocessing, and
    a sentence for each that is left out. They come first, so that a validation set at the end stays as it is, and their
    SHA-256 stands among those of the data.

    Raises ConfigurationError where a sub-folder is none of the classes, or no picture can be used.
    """
    images: list[Pixels] = []
    labels: list[int] = []
    skipped: list[str] = []
    digest = sha256()
    for labelled in folder_of_classes(folder, LABELS[dataset.name]):
        found = _prepared(labelled, spec)
        if isinstance(found, str):
            skipped.append(f"{labelled.name} is left out: {found}")
            continue
        images.append(found)
        labels.append(labelled.target)
        digest.update(bytes([labelled.target]) + found.tobytes())
    if not images:
        raise ConfigurationError(f"no picture of {folder} can be used: {skipped[0]}")
    with_them = replace(
        dataset,
        train_images=np.concatenate((np.stack(images), dataset.train_images)),
        train_labels=np.concatenate((np.array(labels, np.uint8), dataset.train_labels)),
        sha256=dataset.sha256 | {"pictures": digest.hexdigest()},
    )
    return with_them, skipped


def _prepared(labelled: Labelled, spec: PreprocessSpec) -> Pixels | str:
    """What a network would see of it, or why it is of no use."""
    try:
        (inputs,) = prepare_inputs([Upload(labelled.read())], {spec}, DEFAULT_OPTIONS, _LIMITS).inputs.values()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except FeaturemapError as error:
        return error.message
    if isinstance(inputs, FeaturemapError):
        return inputs.message
    (prepared,) = inputs.prepared
    assert prepared is not None  # it was a picture
    return f"it is not one object ({prepared.reason})" if prepared.reason in _NOT_ONE else prepared.pixels
