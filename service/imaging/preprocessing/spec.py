"""How a model wants its pictures, as its package says it, and the last step there: pixels to numbers.

model.json -> PreprocessSpec
uint8 [n, H, W] -> float32 [n, C, H, W]
uint8 [n, H, W, 3] of a photograph -> float32 [n, C, H, W] or [n, H, W, C]
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, ValidationInfo

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.background import Polarity

Recipe = Literal["digit", "garment", "garment_photo", "resize", "photo"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]


def _within_sides(box: int, info: ValidationInfo) -> int:
    """Raises ValueError where the longest side of a digit would not fit into the picture."""
    known = info.data
    if known.get("recipe") == "digit" and box > min(known.get("width", box), known.get("height", box)):
        raise ValueError("a digit cannot be longer than the picture's shorter side")
    return box


def _is_none(value: object) -> bool:
    return value is None


def _goes_together(photo: "Photo | None", info: ValidationInfo) -> "Photo | None":
    """Raises ValueError where the knobs of a photograph are missing, too many, or not of this model's channels."""
    known = info.data
    channels = known.get("channels")
    for name in ("channel_mean", "channel_std"):
        if (each := known.get(name)) is not None and len(each) != channels:
            raise ValueError(f"{name} has {len(each)} numbers; one is needed for each of the {channels} channels")
    if (photo is not None) != (known.get("recipe") == "photo"):
        raise ValueError("the recipe photo needs photo, and no other recipe has it")
    if photo is not None and channels not in (None, 1, 3):
        raise ValueError("no picture fills these channels: a photograph has 1 (grey) or 3")
    if photo is not None and photo.side is not None and photo.resize in ("letterbox", "line"):
        raise ValueError(f"photo.side is for shorter and stretch; {photo.resize} takes the input's own sides")
    return photo


def _of_garments(whole_view: bool, info: ValidationInfo) -> bool:
    """Raises ValueError where a recipe that has one view of a picture is asked for two."""
    if whole_view and info.data.get("recipe") != "garment_photo":
        raise ValueError("whole_view is for the recipe garment_photo; the others see a picture once")
    return whole_view


_Side = Annotated[int, Field(ge=1, le=4096)]
_Mean = Annotated[float, Field(ge=-1e6, le=1e6)]
_Factor = Annotated[float, Field(ge=1e-6, le=1e6)]  # of a float32, so that nothing is divided by 0 or beyond


@dataclass(frozen=True, slots=True)
class Photo:
    """How a photograph becomes a model's input: what the field's libraries do before the numbers.

    `resize`: `shorter` makes the shorter side `side` pixels (None: the least that covers the input) and crops the
    middle; `stretch` makes both sides `side` (None: the input's own) and crops the middle; `letterbox` fits the whole
    picture in; `line` takes the full height and squeezes the width where it would be more. `fill` (grey) is what
    remains, and `align` where the picture lies in it. `arithmetic` says whose rounding and whose interpolation: Pillow
    averages what it shrinks, OpenCV does not. `jpeg_quality`: the crop is written as JPEG and read again, as some
    references do. `order` is that of the tensor's channels, and of their means and deviations.
    """

    resize: Literal["shorter", "stretch", "letterbox", "line"] = "shorter"
    side: _Side | None = None
    interpolation: Interpolation = "bilinear"
    arithmetic: Literal["pillow", "opencv"] = "pillow"
    align: Literal["centre", "start"] = "centre"
    fill: Annotated[int, Field(ge=0, le=255)] = 0
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None = None
    order: Literal["RGB", "BGR"] = "RGB"


@dataclass(frozen=True, slots=True)
class PreprocessSpec:
    """How a model wants its pictures. Stands in `model.json`, so that it travels with the weights.

    `tensor = (pixels / divisor - mean) / std`, float32, shape [channels, height, width] or as `layout` says; where
    `channel_mean` and `channel_std` are there, each channel has its own. Sides are in pixels. `photo` is there for its
    recipe alone. `whole_view`: a garment on an uneven ground is seen twice, cut out and with all that is around it, and
    the probabilities of both views are averaged. pydantic holds a document against the bounds; who makes a spec in
    Python answers for them.
    """

    recipe: Recipe = "resize"
    width: _Side = 28
    height: _Side = 28
    channels: Annotated[int, Field(ge=1, le=64)] = 1
    divisor: _Factor = 255.0
    mean: _Mean = 0.0
    std: _Factor = 1.0
    polarity: Polarity = "light_on_dark"  # of the training pictures
    box: Annotated[_Side, AfterValidator(_within_sides)] = 20  # digit: of the object, its centre of mass in the middle
    min_contrast: Annotated[float, Field(ge=0, le=1)] = 0.1  # ink that stands out less from its background is no ink
    channel_mean: Annotated[tuple[_Mean, ...] | None, Field(exclude_if=_is_none)] = None  # instead of mean
    channel_std: Annotated[tuple[_Factor, ...] | None, Field(exclude_if=_is_none)] = None  # instead of std
    layout: Annotated[Literal["NCHW", "NHWC"], Field(exclude_if=lambda layout: layout == "NCHW")] = "NCHW"
    photo: Annotated[
        Photo | None,
        Field(exclude_if=_is_none, validate_default=True),
        AfterValidator(_goes_together),
    ] = None
    whole_view: Annotated[bool, Field(exclude_if=lambda asked: not asked), AfterValidator(_of_garments)] = False

    def __hash__(self) -> int:
        """Of what differs between most: each request asks for it several times."""
        return hash((self.recipe, self.width, self.height))

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """What `prepare` makes of a picture, uint8: (H, W), or (H, W, 3) of a photograph in colour."""
        in_colour = self.photo is not None and self.channels > 1
        return (self.height, self.width, self.channels) if in_colour else (self.height, self.width)

    @property
    def tensor_shape(self) -> tuple[int, int, int]:
        """What the model gets of it, float32: (C, H, W), or (H, W, C)."""
        plane = self.height, self.width
        return (*plane, self.channels) if self.layout == "NHWC" else (self.channels, *plane)

    @property
    def is_plain(self) -> bool:
        """Whether its numbers are made of grey with one mean and one deviation, channels first."""
        ways = self.photo, self.channel_mean, self.channel_std
        return self.layout == "NCHW" and ways == (None, None, None)


def to_tensor(pixels: Pixels, spec: PreprocessSpec) -> NDArray[np.float32]:
    """uint8 [n, *picture_shape] to float32 [n, *tensor_shape]: (pixels / divisor - mean) / std.

    Grey pixels give C equal channels before mean and std.
    """
    if not spec.is_plain:
        channels = pixels if pixels.ndim == 4 else pixels[..., None].repeat(spec.channels, axis=3)
        return from_colour(channels.astype(np.float32), spec)
    tensor = pixels[:, None].astype(np.float32) / np.float32(spec.divisor)
    if spec.mean:
        tensor -= np.float32(spec.mean)
    if spec.std != 1:
        tensor /= np.float32(spec.std)
    return tensor if spec.channels == 1 else tensor.repeat(spec.channels, axis=1)


def from_colour(values: NDArray[np.float32], spec: PreprocessSpec) -> NDArray[np.float32]:
    """Numbers 0..255, float32 [n, H, W, C] in RGB, to float32 [n, *tensor_shape]."""
    tensor = (values[..., ::-1] if _is_reversed(spec) else values) / np.float32(spec.divisor)
    mean, std = _numbers(spec)
    tensor -= mean
    tensor /= std
    return tensor if spec.layout == "NHWC" else np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))


def to_colour(tensor: NDArray[np.float32], spec: PreprocessSpec) -> NDArray[np.float32]:
    """The numbers 0..255 behind a tensor, float32 [n, H, W, C] in RGB: `from_colour` backwards."""
    values = tensor if spec.layout == "NHWC" else tensor.transpose(0, 2, 3, 1)
    mean, std = _numbers(spec)
    values = (values * std + mean) * np.float32(spec.divisor)
    return values[..., ::-1] if _is_reversed(spec) else values


def _numbers(spec: PreprocessSpec) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation: of each channel, or one for all."""
    mean = spec.mean if spec.channel_mean is None else spec.channel_mean
    std = spec.std if spec.channel_std is None else spec.channel_std
    return np.asarray(mean, np.float32), np.asarray(std, np.float32)


def _is_reversed(spec: PreprocessSpec) -> bool:
    return spec.photo is not None and spec.photo.order == "BGR"
