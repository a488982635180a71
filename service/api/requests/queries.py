"""The queries: an unknown name is refused, a version, a map, how a picture is preprocessed, and how it is answered."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from service.api.requests.spelling import as_named
from service.errors import InvalidInput
from service.imaging.drawing.scaling import Scale, fitting_scale
from service.imaging.preprocessing.background import Polarity
from service.imaging.preprocessing.explain import Overrides
from service.inference.inputs import PreprocessOptions

_MOST_MODELS = 64
_BOX = r"\d{1,5},\d{1,5},\d{1,5},\d{1,5}"


class NoQuery(BaseModel):
    """For routes that take no query: an unknown name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class CardQuery(NoQuery):
    version: str | None = Field(None, max_length=20, description="without it the newest that is ready")


class OneMapQuery(CardQuery):
    map: int | None = Field(None, ge=0, description="one map alone, with all its numbers")

    def pick(self, count: int, layer: str) -> Sequence[int]:
        """The indices that are asked for, of `count`. Raises InvalidInput that says how many the layer has."""
        if self.map is None:
            return range(count)
        if self.map >= count:
            known = f"maps 0 to {count - 1}" if count > 1 else "map 0 alone"
            raise InvalidInput(f"There is no such map; {layer} has {known}.")
        return [self.map]


class MapQuery(OneMapQuery):
    scale: Annotated[Literal["auto", "clip", "abs", "centre", "minmax"], BeforeValidator(as_named)] = Field(
        "auto",
        description="what grey means. clip: zero and less is black, the greatest value white; abs: the same of the "
        "sizes; centre: zero is middle grey, the largest size black or white; minmax: the least is black, the greatest "
        "white; auto: centre where a value of the layer is negative, else clip",
    )

    def scale_of(self, values: NDArray[np.float32]) -> Scale:
        return fitting_scale(values) if self.scale == "auto" else self.scale


def _check_box(text: str) -> str:
    if re.fullmatch(_BOX, text) is None:
        raise PydanticCustomError("box", "it must be x,y,w,h, four whole numbers of at most five digits")
    return text


# The pattern is for readers of OpenAPI; who gets it wrong is told in words.
Box = Annotated[str, AfterValidator(_check_box), WithJsonSchema({"type": "string", "pattern": f"^{_BOX}$"})]


class PreprocessingQuery(BaseModel):
    """How a picture becomes the model's input; what is not given is found in the picture."""

    preprocess: Literal["auto", "none"] = Field(
        "auto", description="auto: the model's own recipe; none: only grey and resized"
    )
    polarity: Polarity | None = Field(None, description="of the ink; without it found in the picture")
    rotate: Literal["0", "90", "180", "270"] = Field("0", description="degrees clockwise, after EXIF")
    box: Box | None = Field(
        None, description="x,y,w,h of where to look, in pixels of the picture once it is upright and rotated"
    )

    def preprocess_options(self, explain: bool = False) -> PreprocessOptions:
        """`explain`: every step is kept."""
        rotate: Any = int(self.rotate)
        box: Any = tuple(map(int, self.box.split(","))) if self.box else None
        return PreprocessOptions(self.preprocess, Overrides(self.polarity, rotate, box), explain)


class PictureQuery(PreprocessingQuery):
    """Of a call about one picture."""

    sample: str | None = Field(
        None,
        max_length=50,
        description="a test sample in place of a body: 4444 (of the model's data set) or mnist/4444",
    )


class PredictQuery(PreprocessingQuery):
    """How the answer is wanted. Names and values beyond these are refused."""

    model_config = ConfigDict(extra="forbid")

    top_k: int = Field(3, ge=1, le=1000, description="classes in `top`, most probable first")
    explain: bool = Field(False, description="give back every step from the picture to what the model saw")
    input: bool = Field(False, description="give back what the model saw, as a PNG data URL")
    version: str | None = Field(None, max_length=20, description="of the model; without it the newest")
    keep: bool = Field(
        False, description="keep the picture for a while, so that the answer can be reported by its request id"
    )


class PredictSeveralQuery(PredictQuery):
    models: list[Annotated[str, Field(max_length=5000)]] = Field(
        description="names of models, separated by commas, or the parameter once for each"
    )

    def names(self) -> list[str]:
        """Each name once, in the order given. Raises InvalidInput unless there are 1 to 64."""
        given = (name.strip() for names in self.models for name in names.split(","))
        names = list(dict.fromkeys(filter(None, given)))
        if not 1 <= len(names) <= _MOST_MODELS:
            raise InvalidInput(f"The query parameter models must hold 1 to {_MOST_MODELS} names.")
        return names
