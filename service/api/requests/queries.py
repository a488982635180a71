"""How a picture is to be read: what the queries of predict and feature-maps share."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from service.imaging.preprocessing.background import Polarity
from service.imaging.preprocessing.explain import Overrides
from service.inference.inputs import PreprocessOptions


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
