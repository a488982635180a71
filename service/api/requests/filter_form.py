"""The form of filters/apply to what is to be done: a picture and its steps.

    body -> parts -> FilterForm (text fields, each checked) -> FilterJob (steps, how to show the result)

One of `filter`, `filters`, `kernel` and `steps` says what to do; `stride`, `padding`, `pad_mode` and `divisor`
are of the kernel, so within `steps` each step has its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from service.api.requests.body import FORM, check_encoding, media_type
from service.api.requests.json_text import read_json
from service.api.requests.multipart import Part, parse_multipart
from service.api.requests.spelling import as_named
from service.errors import FeaturemapError, InvalidInput, MalformedRequest, UnsupportedMedia
from service.imaging.convolution.filters import find_filter
from service.imaging.convolution.geometry import Padding, PadMode, Pair
from service.imaging.convolution.pipeline import Channels, Step
from service.imaging.drawing.scaling import Scale
from service.imaging.pixels import FloatArray
from service.inference.filtering import FilterJob

MAX_KERNEL = 31
MAX_STEPS = 16
MAX_FILTERS = 12
MAX_FIELDS = 16  # the file among them
MAX_POOL = 16
MAX_STRIDE = 16
MAX_PADDING = 64
_MAX_NUMBER = 1e6
_MIN_DIVISOR = 1e-6


def _pair(value: object) -> object:
    """`2` or `2,1`, a number or a list of two: x and y."""
    pieces = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if len(pieces) not in (1, 2):
        raise ValueError("give one value for both axes, or two as x,y")
    pieces = [piece.strip() if isinstance(piece, str) else piece for piece in pieces]
    return (pieces[0], pieces[-1])


def _place(value: object) -> object:
    pieces = str(value).split(",")
    if len(pieces) != 2:
        raise ValueError("give two whole numbers as x,y")
    return tuple(piece.strip() for piece in pieces)


def _json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_json(value, strict=False)
    except ValueError:
        raise ValueError("this is no JSON") from None


def _matrix(value: object) -> FloatArray:
    hint = "it must be rows of numbers as JSON, as [[0,-1,0],[-1,5,-1],[0,-1,0]] is"
    try:
        rows = _json(value)
    except ValueError:
        raise ValueError(hint) from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise ValueError(hint)
    size = f"{len(rows[0])} x {len(rows)}"
    if max(len(rows), len(rows[0])) > MAX_KERNEL:
        raise InvalidInput(
            f"The kernel is {size}; at most {MAX_KERNEL} x {MAX_KERNEL} are taken.",
            limit=MAX_KERNEL,
            actual=max(len(rows), len(rows[0])),
        )
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"every row must be as long as row 0, {len(rows[0])}; row {i} is {len(row)} long")
        for j, number in enumerate(row):
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise ValueError(f"row {i}, column {j} must be a number")
            if not abs(number) <= _MAX_NUMBER:  # nor NaN
                raise ValueError(f"row {i}, column {j} must be a finite number from -1,000,000 to 1,000,000")
    return np.array(rows, np.float32)


# What is right, where pydantic's own words would be several.
_RIGHT = {
    "stride": f"it must be a whole number from 1 to {MAX_STRIDE}, or two as x,y",
    "size": f"it must be a whole number from 1 to {MAX_POOL}, or two as x,y",
    "padding": f"it must be same, valid, or a total from 0 to {MAX_PADDING:,}, one or two as x,y",
    "at": "it must be two whole numbers as x,y",
    "divisor": f"it must be a number from -{_MAX_NUMBER:,.0f} to {_MAX_NUMBER:,.0f}, and not 0",
    "filter": "it must be the name of a filter",
    "op": "it must be convolve, max_pool, avg_pool or relu",
    "steps": f'it must be a JSON list of 1 to {MAX_STEPS} layers, as [{{"op":"max_pool","size":2}},{{"op":"relu"}}] is',
    "filters": f"it must be 1 to {MAX_FILTERS} names, separated by commas",
}

_Stride = Annotated[int, Field(ge=1, le=MAX_STRIDE)]
_Total = Annotated[int, Field(ge=0, le=MAX_PADDING)]
_PaddingField = Literal["same", "valid"] | _Total
Strides = Annotated[tuple[_Stride, _Stride], BeforeValidator(_pair)]
Paddings = Annotated[tuple[_PaddingField, _PaddingField], BeforeValidator(_pair)]
Sizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=MAX_POOL)], Annotated[int, Field(ge=1, le=MAX_POOL)]],
    BeforeValidator(_pair),
]
Kernel = Annotated[FloatArray, BeforeValidator(_matrix)]
Divisor = Annotated[float, Field(ge=-_MAX_NUMBER, le=_MAX_NUMBER, allow_inf_nan=False)]


@contextmanager
def _named(place: str) -> Iterator[None]:
    """An error in here says where it is."""
    try:
        yield
    except FeaturemapError as error:
        error.message = f"{place}: {error.message}"
        raise


class _Convolution(BaseModel):
    """What a kernel needs, in the form itself and in a step."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    filter: str | None = None
    kernel: Kernel | None = None
    divisor: Divisor | None = None
    stride: Strides | None = None
    padding: Paddings = ("same", "same")
    pad_mode: PadMode = "zeros"
    channels: Annotated[Channels, BeforeValidator(as_named)] = "each"

    def convolution(self, name: str | None = None) -> Step:
        """The step for the kernel, or for the filter `name`. Raises NotFound for an unknown one."""
        kernel, own = self.kernel, 1.0
        if name is not None:
            known = find_filter(name)
            kernel, own = known.weights(), known.divisor
        assert kernel is not None
        divisor = own if self.divisor is None else self.divisor
        if abs(divisor) < _MIN_DIVISOR:
            raise InvalidInput("The divisor must not be 0, nor closer to it than 0.000001.")
        height, width = kernel.shape
        return Step(
            "convolve",
            kernel,
            divisor,
            (width, height),
            self.stride or (1, 1),
            self.padding,
            self.pad_mode,
            self.channels,
        )


class StepForm(_Convolution):
    """One of `steps`. Pooling steps over windows that touch but do not overlap, unless `stride` says otherwise."""

    op: Literal["convolve", "max_pool", "avg_pool", "relu"]
    size: Sizes | None = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        given = self.model_fields_set - {"op"}
        pooling = {"size", "stride", "padding"}
        allowed = {"convolve": set(_Convolution.model_fields), "relu": set[str]()}.get(self.op, pooling)
        if given - allowed:
            raise ValueError(f"{self.op} takes {', '.join(sorted(allowed)) or 'nothing more'}")
        if self.op == "convolve" and (self.filter is None) == (self.kernel is None):
            raise ValueError("convolve needs either filter or kernel")
        return self

    def step(self) -> Step:
        if self.op == "convolve":
            return self.convolution(self.filter)
        if self.op == "relu":
            return Step("relu")
        size: Pair = self.size or (2, 2)
        padding: tuple[Padding, Padding] = self.padding if "padding" in self.model_fields_set else ("valid", "valid")
        return Step(self.op, size=size, stride=self.stride or size, padding=padding)


class FilterForm(_Convolution):
    """The text fields of the form."""

    filters: Annotated[list[str], BeforeValidator(lambda text: [n.strip() for n in text.split(",")])] | None = Field(
        None, min_length=1, max_length=MAX_FILTERS
    )
    steps: Annotated[list[StepForm], BeforeValidator(_json)] | None = Field(None, min_length=1, max_length=MAX_STEPS)
    scale: Annotated[Scale, BeforeValidator(as_named)] = "clip"
    at: Annotated[tuple[int, int], BeforeValidator(_place)] | None = None
    at_step: int | None = Field(None, ge=1, le=MAX_STEPS)
    color: Annotated[Literal["keep", "grey"], BeforeValidator(as_named)] = "keep"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        chosen = [name for name in ("filter", "filters", "kernel", "steps") if name in self.model_fields_set]
        if len(chosen) != 1:
            raise ValueError("give exactly one of filter, filters, kernel and steps")
        own = {"divisor", "stride", "padding", "pad_mode", "channels"} & self.model_fields_set
        if self.steps is not None and own:
            raise ValueError(f"with steps, each step has its own {' and '.join(sorted(own))}; give it there")
        if self.filters is not None and self.at is not None:
            raise ValueError("at tells of one filter, not of a sheet of filters")
        if self.at_step is not None and self.at is None:
            raise ValueError("at_step says of which step at tells; give at, too")
        return self

    def _plan(self) -> list[Step]:
        if self.steps is not None:
            planned = []
            for number, step in enumerate(self.steps, start=1):
                with _named(f"Step {number}"):
                    planned.append(step.step())
            return planned
        return [self.convolution(self.filter)]

    def job(self) -> FilterJob:
        """What is to be done. Raises NotFound for an unknown filter."""
        grey = self.color == "grey"
        if self.filters is not None:
            return FilterJob(titled=self._titled(self.filters), scale=self.scale, grey=grey)
        at_step = self.at_step and self.at_step - 1  # counted from 1, as people do
        return FilterJob(self._plan(), scale=self.scale, at=self.at, at_step=at_step, grey=grey)

    def _titled(self, names: list[str]) -> list[tuple[str, Step]]:
        """Title and step of each of `filters`."""
        pairs = []
        for number, name in enumerate(names, start=1):
            with _named(f"Name {number} of filters"):
                pairs.append((find_filter(name).title, self.convolution(name)))
        return pairs


def check_filter_media(content_type: str, content_encoding: str | None) -> None:
    """Raises UnsupportedMedia for what is no form; the body need not have arrived yet."""
    if media_type(content_type) != FORM:
        raise UnsupportedMedia("The body must be multipart/form-data, as `curl -F file=@picture.png` sends it.")
    check_encoding(content_encoding)


def parse_filter_form(content_type: str, content_encoding: str | None, body: bytes) -> tuple[Part, FilterForm]:
    """The picture's part and the checked fields of a whole body; `body.is_quick` says whether it is worth a thread.

    Raises UnsupportedMedia, MalformedRequest, PayloadTooLarge, InvalidInput or NotFound.
    """
    check_filter_media(content_type, content_encoding)
    if not body:
        raise MalformedRequest("The body is empty. Send a form, as `curl -F file=@picture.png -F filter=sharpen` does.")
    return read_form(parse_multipart(content_type, body, MAX_FIELDS))


def read_form(parts: list[Part]) -> tuple[Part, FilterForm]:
    """The picture's part and the checked fields. Raises MalformedRequest, InvalidInput, NotFound."""
    files = [part for part in parts if part.name == "file" and (part.filename or part.data)]
    if len(files) != 1:
        raise MalformedRequest(
            f"The form has {len(files)} files in parts named file; one is filtered at a time. "
            "Send it as `curl -F file=@picture.png -F filter=sharpen` does."
        )
    fields: dict[str, str] = {}
    for part in parts:
        if part.name == "file":
            continue
        name = str(as_named(part.name))
        if name in fields:
            raise InvalidInput("The form has a field twice; each is given once. Several filters go into filters=a,b.")
        try:
            fields[name] = part.data.decode()
        except UnicodeDecodeError:
            raise InvalidInput("A field of the form is no UTF-8 text.") from None
    try:
        return files[0], FilterForm.model_validate(fields)
    except ValidationError as error:
        sentences = dict.fromkeys(_sentence(dict(fault)) for fault in error.errors())
        raise InvalidInput(" ".join(list(sentences)[:3])) from None


def _sentence(fault: dict[str, Any]) -> str:
    """What is wrong with a field, without what was sent."""
    place = [str(piece) for piece in fault["loc"]]
    in_step = place[:1] == ["steps"] and len(place) > 1
    # Steps are counted from 1, as people do.
    where = f"step {int(place[1]) + 1}" if in_step else "the form"
    names = place[2:] if in_step else place
    if fault["type"] == "extra_forbidden":
        known = sorted(StepForm.model_fields) if in_step else ["file", *sorted(FilterForm.model_fields)]
        return f"There is an unknown field in {where}. Known ones: {', '.join(known)}."
    text = _RIGHT.get(names[0] if names else "", str(fault["msg"]))
    if fault["type"] == "model_type":
        text = 'it must be an object with an op, as {"op":"relu"} is'
    text = text.removeprefix("Value error, ").replace("Input should be", "it must be")
    subject = f"The field {names[0]} of {where}" if names else where[0].upper() + where[1:]
    return f"{subject} is wrong: {text}."
