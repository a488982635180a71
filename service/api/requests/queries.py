"""Queries to values: the models that routes share, and what is told of a query that does not fit its model.

pairs of a query -> query_values (each parameter as often as it may be given) -> the route's model
faults that pydantic found -> wrong_parameters -> one error with a sentence each
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from service.errors import InvalidInput
from service.imaging.preprocessing.background import Polarity
from service.imaging.preprocessing.explain import Overrides
from service.inference.inputs import PreprocessOptions

_MOST_MODELS = 64
_MOST_FAULTS = 5  # told in one answer
_BOX = r"\d{1,5},\d{1,5},\d{1,5},\d{1,5}"


def query_values(model: type[BaseModel], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What `model` is made from: a text for each name, a list of texts where its field is a list.

    Raises InvalidInput where another field of the model is given twice.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    check_given_once(model, values)
    return {name: given if _is_list(model, name) else given[-1] for name, given in values.items()}


def check_given_once(model: type[BaseModel], values: Mapping[str, Sequence[str]]) -> None:
    """Raises InvalidInput that names a field of `model` which takes one value and is given several."""
    for name in model.model_fields:
        given = len(values.get(name, ()))
        if given > 1 and not _is_list(model, name):
            raise InvalidInput(f"The query parameter {name} is given {given} times; it takes one value.")


def wrong_parameters(faults: Sequence[Mapping[str, Any]], known: Sequence[str]) -> InvalidInput:
    """The error for what pydantic found. `loc` of each fault is ("query" or "path", name); `known` are the names of
    the query's parameters."""
    sentences = []
    for fault in faults[:_MOST_FAULTS]:
        where, *names = fault["loc"]
        if fault["type"] == "extra_forbidden":
            sentences.append(f"An unknown {where} parameter was given. Known ones: {', '.join(known) or 'none'}.")
        else:
            sentences.append(f"The {where} parameter {'.'.join(map(str, names))} is wrong: {fault['msg']}.")
    return InvalidInput(" ".join(sentences))


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is list


def _check_box(text: str) -> str:
    if re.fullmatch(_BOX, text) is None:
        raise PydanticCustomError("box", "it must be x,y,w,h, four whole numbers of at most five digits")
    return text


# The pattern is for readers of OpenAPI; who gets it wrong is told in words.
Box = Annotated[str, AfterValidator(_check_box), WithJsonSchema({"type": "string", "pattern": f"^{_BOX}$"})]


class NoQuery(BaseModel):
    """For routes that take no query: an unknown name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class CardQuery(NoQuery):
    version: str | None = Field(None, max_length=20, description="without it the newest that is ready")


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


class PredictQuery(PreprocessingQuery):
    """How the answer is wanted. Names and values beyond these are refused."""

    model_config = ConfigDict(extra="forbid")

    top_k: int = Field(3, ge=1, le=1000, description="classes in `top`, most probable first")
    explain: bool = Field(False, description="give back every step from the picture to what the model saw")
    input: bool = Field(False, description="give back what the model saw, as a PNG data URL")
    version: str | None = Field(None, max_length=20, description="of the model; without it the newest")


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
