"""What the queries of several routes share: an unknown name is refused, a version, a map, and how a picture is read."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from service.errors import InvalidInput
from service.imaging.drawing.scaling import Scale, fitting_scale
from service.imaging.preprocessing.background import Polarity
from service.imaging.preprocessing.explain import Overrides
from service.inference.inputs import PreprocessOptions


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
    scale: Literal["auto", "clip", "abs", "centre", "minmax"] = Field(
        "auto", description="what grey means; auto: centre where a value of the layer is negative, else clip"
    )

    def scale_of(self, values: NDArray[np.float32]) -> Scale:
        return fitting_scale(values) if self.scale == "auto" else self.scale


class PreprocessingQuery(BaseModel):
    """The decisions on the way from a picture to the model's input; what is not given is found in the picture."""

    preprocess: Literal["auto", "none"] = Field(
        "auto", description="auto: the model's own recipe; none: only grey and resized"
    )
    polarity: Polarity | None = Field(None, description="of the ink; without it found in the picture")
    rotate: Literal["0", "90", "180", "270"] = Field("0", description="degrees clockwise, after EXIF")
    box: str | None = Field(
        None,
        pattern=r"^\d{1,5},\d{1,5},\d{1,5},\d{1,5}$",
        description="x,y,w,h of where to look, in pixels of the picture once it is upright and rotated",
    )

    def preprocess_options(self, explain: bool = False) -> PreprocessOptions:
        """`explain`: every step is kept."""
        rotate: Any = int(self.rotate)
        box: Any = tuple(map(int, self.box.split(","))) if self.box else None
        return PreprocessOptions(self.preprocess, Overrides(self.polarity, rotate, box), explain)
