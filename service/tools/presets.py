"""Preprocessing by the name of the library that it comes from, for an input of any size.

name + sides and channels of the input -> PreprocessSpec

Sources: torchvision `transforms._presets.ImageClassification`; timm `data/transforms_factory.py`; Keras
`applications/imagenet_utils.py` and `utils.load_img`; PaddleClas `ppcls/data/preprocess`; PaddleOCR `tools/infer/
predict_cls.py`; Yahoo's open_nsfw `classify_nsfw.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import fmean
from typing import Any

from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import Photo, PreprocessSpec

_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
_KERAS = Photo(resize="stretch", interpolation="nearest")  # load_img's own
_LECTURE_BOX = Fraction(20, 28)  # of a digit in its picture


@dataclass(frozen=True, slots=True)
class Preset:
    """A library's way. `zoom` is the resized side over the cropped one, where it crops."""

    summary: str
    photo: Photo | None
    numbers: Mapping[str, Any]
    zoom: Fraction | None = None


_TORCHVISION = Preset(
    "shorter side to 256/224 of the input, middle cropped, ImageNet's mean and deviation", Photo(), _IMAGENET,
    Fraction(256, 224),
)  # fmt: skip
PRESETS: dict[str, Preset] = {
    "torchvision": _TORCHVISION,
    "imagenet": replace(_TORCHVISION, summary="the same as torchvision"),
    "timm": Preset(
        "shorter side to the input / 0.875, bicubic, middle cropped, ImageNet's mean and deviation",
        Photo(interpolation="bicubic"), _IMAGENET, Fraction(1000, 875),
    ),
    "timm-half": Preset(
        "as timm, mean and deviation 0.5 (Inception, ViT, MLP-Mixer)",
        Photo(interpolation="bicubic"), _HALF, Fraction(1000, 875),
    ),
    "keras": Preset("stretched, 0 to 255 (EfficientNet, ConvNeXt: the network scales itself)", _KERAS,
                    {"divisor": 1.0}),
    "keras-tf": Preset("stretched, -1 to 1 (MobileNet, Inception, Xception, ResNetV2)", _KERAS,
                       {"divisor": 127.5, "mean": 1.0}),
    "keras-torch": Preset("stretched, ImageNet's mean and deviation (DenseNet)", _KERAS, _IMAGENET),
    "keras-caffe": Preset("stretched, BGR, 0 to 255 less ImageNet's mean (ResNet, VGG)", replace(_KERAS, order="BGR"),
                          {"divisor": 1.0, "mean": (103.939, 116.779, 123.68)}),
    "paddleclas": Preset(
        "as torchvision, but resized by OpenCV", Photo(arithmetic="opencv"), _IMAGENET, Fraction(256, 224)
    ),
    "paddleocr-cls": Preset(
        "a line of text: full height, padded on the right, BGR, -1 to 1",
        Photo(resize="line", arithmetic="opencv", align="start", fill=128, order="BGR"), _HALF,
    ),
    "open-nsfw": Preset(
        "stretched to 256/224 of the input, middle cropped, written as JPEG, BGR, less the mean",
        Photo(resize="stretch", jpeg_quality=75, order="BGR"),
        {"divisor": 1.0, "mean": (104.0, 117.0, 123.0)}, Fraction(256, 224),
    ),
    "unit": Preset("stretched, 0 to 1", Photo(resize="stretch"), {}),
    "digit": Preset("this service's own for digits: the ink found, centred, light on dark, 0 to 1", None, {}),
    "garment": Preset("this service's own for clothes: the ground removed, 0 to 1", None, {}),
    "resize": Preset("grey, light on dark, 0 to 1", None, {}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputForm:
    """What a graph takes, without the batch."""

    width: int
    height: int
    channels: int
    layout: str


def preset_spec(name: str, form: InputForm) -> PreprocessSpec:
    """The preprocessing of this name for an input of this form. Raises ConfigurationError."""
    if name not in PRESETS:
        raise ConfigurationError(f"there is no preprocessing {name!r}; there are {', '.join(PRESETS)}")
    preset = PRESETS[name]
    sides = {"width": form.width, "height": form.height, "channels": form.channels, "layout": form.layout}
    if preset.photo is None:
        box = max(1, round(min(form.width, form.height) * _LECTURE_BOX))
        return PreprocessSpec(recipe=name, box=box, **sides)  # type: ignore[arg-type]
    numbers = dict(_for_channels(key, value, form.channels) for key, value in preset.numbers.items())
    photo = preset.photo
    if preset.zoom is not None:
        photo = replace(photo, side=int(min(form.width, form.height) * preset.zoom))
    return PreprocessSpec(recipe="photo", min_contrast=0.0, photo=photo, **sides, **numbers)  # type: ignore[arg-type]


def _for_channels(name: str, value: Any, channels: int) -> tuple[str, Any]:
    """A number for each channel; of a grey model the mean of the three."""
    if not isinstance(value, tuple):
        return name, value
    return (name, round(fmean(value), 6)) if channels == 1 else (f"channel_{name}", value)
