"""A decoded picture to the one that a model was trained on, by the recipe in its package.

Picture -> flat -> in the model's own form already: as it is, or by recipe: digit, garment, garment_photo, resize
        -> photo, which keeps its colours
        -> Prepared
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from service.imaging.boxes import Box, scaled
from service.imaging.pixels import Picture, Pixels, flatten, has_black_rim, resize, to_grey
from service.imaging.preprocessing.background import Polarity, Survey, rim_polarity
from service.imaging.preprocessing.digit import render_digit
from service.imaging.preprocessing.explain import (
    Fact,
    Overrides,
    Stage,
    Stages,
    crop,
    cut,
    light_differs,
    picture_step,
    turn,
)
from service.imaging.preprocessing.frame import find_frame
from service.imaging.preprocessing.garment import find_garment, render_garment
from service.imaging.preprocessing.garment_photo import find_anywhere, render_anywhere
from service.imaging.preprocessing.look import look
from service.imaging.preprocessing.native import (
    enlarge,
    has_contrast,
    is_native,
    is_native_digit,
    is_shaded_object,
    is_small,
)
from service.imaging.preprocessing.objects import Found, Reason
from service.imaging.preprocessing.paper import find_paper
from service.imaging.preprocessing.photo import contrast, render_photo
from service.imaging.preprocessing.segmentation import Span, best_reading, candidates
from service.imaging.preprocessing.spec import PreprocessSpec, Recipe

Mode = Literal["auto", "none"]
NO_OVERRIDES = Overrides()
# Mean grey over which a transparent picture counts as light ink, so that it is laid on black. Garments were
# photographed on white: all but the whitest belong there.
_LIGHT_INK: dict[Recipe, int] = {"digit": 160, "garment": 240, "garment_photo": 240, "resize": 160}

WORKING_SIDE = 256  # pixels: the longest side that a recipe needs of a larger picture


@dataclass(frozen=True, slots=True)
class Region:
    """What may be one of several objects: as the model sees it, and x, y, w, h in the upright picture's own pixels.

    `span` says which pieces of the ink it takes; the regions of the best reading take each piece once.
    """

    pixels: Pixels
    box: tuple[int, int, int, int]
    span: Span


@dataclass(slots=True)
class Prepared:
    """A picture as the model sees it.

    `pixels` is uint8 of the spec's `picture_shape`. `polarity` is what was found, None where nothing was asked.
    `box` is (x, y, w, h) of the object in the upright picture's own pixels. `reason` says why there is none,
    or that there are several; `pixels` and `box` are those of the clearest. Where the ink can be read in several ways,
    `regions` holds all that may be objects, and `choose_reading` chooses among them by the network's confidence.
    `views` are further pictures of the same object, as the model sees it: the answer is the mean of all.
    """

    pixels: Pixels
    polarity: Polarity | None = None
    box: tuple[int, int, int, int] | None = None
    reason: Reason | None = None
    regions: tuple[Region, ...] = ()
    views: tuple[Pixels, ...] = ()


def prepare(
    picture: Picture,
    spec: PreprocessSpec,
    mode: Mode = "auto",
    overrides: Overrides = NO_OVERRIDES,
    steps: Stages | None = None,
) -> Prepared:
    """The picture by its model's recipe (`auto`), or only grey and resized (`none`).

    A picture that is in the form of the training set already (`native.py`) is taken as it is but for its polarity. A
    part of a picture (`overrides.box`) is not.
    Without contrast a picture is `empty`, unless the mode is `none`. Each step is added to `steps`.
    Raises InvalidInput where the box is not in the picture.
    """
    picture = turn(picture, overrides.rotate)
    if steps is not None:
        steps.append(picture_step(picture, overrides))
    if overrides.box is not None:
        picture = cut(picture, overrides.box)
    prepared = _prepare(picture, spec, mode, overrides, steps)
    return prepared if overrides.box is None else _moved(prepared, *overrides.box[:2])


def _prepare(
    picture: Picture, spec: PreprocessSpec, mode: Mode, overrides: Overrides, steps: Stages | None
) -> Prepared:
    asked = overrides.polarity
    if spec.photo is not None:
        return _photo(picture.pixels, spec, mode, asked, steps)
    pixels = flatten(picture.pixels, _LIGHT_INK[spec.recipe], None if asked is None else asked == "light_on_dark")
    if mode == "none":
        return _whole(_resized(pixels, spec), asked, spec, steps)
    own_size = overrides.box is None and (picture.width, picture.height) == (spec.width, spec.height)
    if spec.recipe == "resize" or own_size:
        grey = _resized(pixels, spec)
        black_rim = has_black_rim(grey)
        polarity = "light_on_dark" if black_rim else rim_polarity(grey)
        if spec.recipe == "resize" and not has_contrast(grey, spec.min_contrast):
            return _objectless(grey, asked or polarity or spec.polarity, "empty", spec, steps)
        if spec.recipe == "resize" or _is_native(grey, polarity, black_rim, spec):
            return _whole(grey, asked or polarity or spec.polarity, spec, steps, resized=not own_size)
    inside = find_frame(pixels)
    if inside is not None:
        return _framed(replace(picture, pixels=pixels), inside, spec, asked, steps)
    return _object(picture, pixels, spec, asked, steps)


def _object(
    picture: Picture, pixels: Pixels, spec: PreprocessSpec, asked: Polarity | None, steps: Stages | None
) -> Prepared:
    return (_digit if spec.recipe == "digit" else _garment)(picture, pixels, spec, asked, steps)


def _photo(pixels: Pixels, spec: PreprocessSpec, mode: Mode, asked: Polarity | None, steps: Stages | None) -> Prepared:
    """A photograph is taken whole, whatever is in it; a polarity only says what lies behind transparent pixels."""
    on_black = None if asked is None else asked == "light_on_dark"
    seen = render_photo(pixels, spec, plain=mode == "none", on_black=on_black)
    blank = mode != "none" and contrast(seen) < max(255 * spec.min_contrast, 1)
    if steps is not None:
        steps.append(Stage("input", seen, {"resized": True}))
    return Prepared(seen, reason="empty" if blank else None)


def _framed(
    picture: Picture, inside: Box, spec: PreprocessSpec, asked: Polarity | None, steps: Stages | None
) -> Prepared:
    """What is inside a frame, its boxes in pixels of the whole picture."""
    area = _original(inside, 1, picture)
    left, top = area[:2]
    within = cut(picture, area)
    before = 0 if steps is None else len(steps)
    prepared = _object(within, within.pixels, spec, asked, steps)
    for stage in steps[before:] if steps is not None else ():
        where = stage.facts.get("box")
        if isinstance(where, list):
            stage.facts["box"] = [where[0] + left, where[1] + top, *where[2:]]
    return _moved(prepared, left, top)


def _moved(prepared: Prepared, left: int, top: int) -> Prepared:
    """The same in a picture that has `left` and `top` pixels more there."""
    if prepared.box is None:
        return prepared
    x, y, width, height = prepared.box
    regions = [replace(r, box=(r.box[0] + left, r.box[1] + top, *r.box[2:])) for r in prepared.regions]
    return replace(prepared, box=(x + left, y + top, width, height), regions=tuple(regions))


def _is_native(grey: Pixels, polarity: Polarity | None, black_rim: bool, spec: PreprocessSpec) -> bool:
    """Whether a picture of the model's own size, of that polarity by its rim, is in the form of its training set."""
    if not is_native(grey, spec.min_contrast, black_rim):
        return False
    if spec.recipe != "digit":
        return True
    light = 255 - grey if polarity == "dark_on_light" else grey
    return is_native_digit(light, spec.box) or (is_shaded_object(light) and find_frame(grey) is None)


def _whole(
    grey: Pixels, polarity: Polarity | None, spec: PreprocessSpec, steps: Stages | None, resized: bool = True
) -> Prepared:
    """A picture in the model's size as it is, but for its polarity where that is known."""
    result = grey if polarity is None else _turned(grey, polarity, spec)
    if steps is not None:
        steps.append(Stage("input", result, {"resized": resized, "negated": result is not grey}))
    return Prepared(result, polarity)


def _digit(
    picture: Picture, pixels: Pixels, spec: PreprocessSpec, asked: Polarity | None, steps: Stages | None
) -> Prepared:
    if is_small(pixels) and has_contrast(to_grey(pixels), spec.min_contrast):
        pixels = enlarge(pixels)
        picture = replace(picture, pixels=pixels)
    paper = find_paper(pixels) if asked != "light_on_dark" else None
    pixels = pixels if paper is None else paper.pixels
    pixels, seen, found = look(pixels, asked, spec.min_contrast, paper)
    if steps is not None:
        ink = np.rint(seen.contrast.clip(0, 1) * 255).astype(np.uint8)
        facts: dict[str, Fact] = {"polarity": seen.polarity, "sheet_found": paper is not None}
        facts["shadow_removed"] = light_differs(seen.background)
        steps.append(Stage("ink", ink, facts | {"contrast": round(float(seen.contrast.max()), 3)}))
    if isinstance(found, str):
        return _objectless(pixels, seen.polarity, found, spec, steps)
    first, where = found[0], _original(found[0].box, seen.factor, picture)
    if steps is not None:
        cropped = crop(pixels, scaled(first.box, seen.factor))
        steps.append(Stage("box", cropped, {"box": list(where), "parts": first.parts, "objects": len(found)}))
    side = min(spec.box, spec.width, spec.height)
    result = render_digit(pixels, seen, first, spec.width, spec.height, side, steps)
    if result is None:
        return _objectless(pixels, seen.polarity, "no_object", spec, steps)
    reason: Reason | None = "multiple" if len(found) > 1 else None
    regions = _regions(picture, pixels, seen, found, spec)
    return Prepared(_turned(result, "light_on_dark", spec), seen.polarity, where, reason, regions)


def _regions(
    picture: Picture, pixels: Pixels, seen: Survey, found: list[Found], spec: PreprocessSpec
) -> tuple[Region, ...]:
    """All that may be objects, as the model sees them; none where the ink can be read in one way only."""
    closer = candidates(pixels, seen, found, spec.min_contrast)
    if closer is None:
        return ()
    side, regions = min(spec.box, spec.width, spec.height), []
    for each in closer.candidates:
        ink = render_digit(closer.pixels, closer.survey, each.found, spec.width, spec.height, side)
        if ink is None:
            return ()
        left, top, right, bottom = scaled(each.found.box, closer.survey.factor)
        box = (left + closer.left, top + closer.top, right + closer.left, bottom + closer.top)
        regions.append(Region(_turned(ink, "light_on_dark", spec), _original(box, 1, picture), each.span))
    return tuple(regions)


def choose_reading(prepared: Prepared, confidence: Sequence[float]) -> tuple[Prepared, list[int]]:
    """The picture as its best reading has it, by the network's confidence (0..1) in each of its regions, and
    which of them that takes: several objects in reading order, or one."""
    places = best_reading([region.span for region in prepared.regions], confidence)
    chosen = tuple(prepared.regions[place] for place in places)
    if len(chosen) > 1:
        return replace(prepared, reason="multiple", regions=chosen), places
    return replace(prepared, pixels=chosen[0].pixels, box=chosen[0].box, reason=None, regions=()), places


def _garment(
    picture: Picture, pixels: Pixels, spec: PreprocessSpec, asked: Polarity | None, steps: Stages | None
) -> Prepared:
    anywhere = spec.recipe == "garment_photo"
    found = (find_anywhere if anywhere else find_garment)(pixels, spec.min_contrast, asked)
    if isinstance(found, str):
        polarity = asked or rim_polarity(to_grey(pixels)) or spec.polarity
        return _objectless(pixels, polarity, found, spec, steps)
    where = _original(found.box, found.factor, picture)
    uneven = math.isnan(found.background)
    views = (_turned(_resized(pixels, spec), found.polarity, spec),) if uneven and spec.whole_view else ()
    if steps is not None:
        mask = found.mask.astype(np.uint8) * np.uint8(255)
        facts: dict[str, Fact] = {"polarity": found.polarity, "box": list(where)}
        if not uneven:
            facts = {"polarity": found.polarity, "level": round(found.background), "box": list(where)}
        steps.append(Stage("ground", mask, facts))
        steps += [Stage("whole", view, {"resized": True}) for view in views]
    ink = (render_anywhere if anywhere else render_garment)(pixels, found, spec.width, spec.height, steps)
    return Prepared(_turned(ink, "light_on_dark", spec), found.polarity, where, views=views)


def _objectless(
    pixels: Pixels, polarity: Polarity, reason: Reason, spec: PreprocessSpec, steps: Stages | None
) -> Prepared:
    """The whole picture: the model's guess is asked for all the same."""
    result = _turned(_resized(pixels, spec), polarity, spec)
    if steps is not None:
        steps.append(Stage("input", result, {"resized": True, "reason": reason}))
    return Prepared(result, polarity, None, reason)


def _resized(pixels: Pixels, spec: PreprocessSpec) -> Pixels:
    grey, size = to_grey(pixels), (spec.width, spec.height)
    return grey if grey.shape == size[::-1] else resize(grey, size)


def _turned(grey: Pixels, polarity: Polarity, spec: PreprocessSpec) -> Pixels:
    return grey if polarity == spec.polarity else 255 - grey


def _original(box: Box, factor: int, picture: Picture) -> tuple[int, int, int, int]:
    """A box of the survey as x, y, w, h in the upright picture's own pixels."""
    zoom = factor * picture.width / picture.pixels.shape[1]
    left, top = (math.floor(side * zoom) if zoom < 1 else round(side * zoom) for side in box[:2])
    right, bottom = (math.ceil(side * zoom) if zoom < 1 else round(side * zoom) for side in box[2:])
    return left, top, min(right, picture.width) - left, min(bottom, picture.height) - top
