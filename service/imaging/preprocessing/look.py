"""A picture surveyed for objects, and surveyed again where what was found seems to be a shadow or ruled lines."""

from dataclasses import replace

import numpy as np

from service.imaging.boxes import around, height, width
from service.imaging.pixels import Pixels, resize, to_grey
from service.imaging.preprocessing.background import NARROW, Polarity, Survey, survey
from service.imaging.preprocessing.noise import without_noise
from service.imaging.preprocessing.objects import Found, Reason, find_objects, is_whole
from service.imaging.preprocessing.paper import Paper
from service.imaging.preprocessing.rules import find_rules, without_rules

_RULED = 0.4  # of a side: what the rim cuts and is so long may hold a rule


def look(
    pixels: Pixels, asked: Polarity | None, min_contrast: float, paper: Paper | None
) -> tuple[Pixels, Survey, list[Found] | Reason]:
    """The survey of a picture and what is found in it, and the picture, without its ruled lines where it has some."""
    seen, found = _look(pixels, asked, min_contrast, paper)
    rules = find_rules(seen, min_contrast) if _may_be_ruled(found, seen) else []
    if rules:
        clear = without_rules(pixels, seen, rules)
        again, objects = _look(clear, seen.polarity, min_contrast, paper)
        if not isinstance(objects, str):
            return clear, again, objects
    if found != "no_object":
        return pixels, seen, found
    quiet = without_noise(pixels) if asked is None and paper is None else None
    if quiet is not None:
        again, objects = _look(quiet, "dark_on_light", min_contrast, None)
        if not isinstance(objects, str):
            return quiet, again, objects
    objects = find_objects(seen, min_contrast, rough=True)
    return pixels, seen, found if isinstance(objects, str) else objects


def _may_be_ruled(found: list[Found] | Reason, seen: Survey) -> bool:
    if isinstance(found, str):
        return found == "no_object"
    rows, columns = seen.contrast.shape
    return any(
        (width(one.box) >= _RULED * columns or height(one.box) >= _RULED * rows)
        and not is_whole(one.box, seen.contrast.shape)
        for one in found
    )


def _look(
    pixels: Pixels, asked: Polarity | None, min_contrast: float, paper: Paper | None
) -> tuple[Survey, list[Found] | Reason]:
    """The survey and what is found in it; where that seems to be a shadow, again with a narrower window."""
    seen = _told(survey(pixels, asked), paper)
    found = find_objects(seen, min_contrast)
    if found == "empty" or not (isinstance(found, str) or found[0].shaded):
        return seen, found
    other: Polarity = "light_on_dark" if seen.polarity == "dark_on_light" else "dark_on_light"
    best: tuple[Survey, list[Found]] | None = None
    for polarity in (seen.polarity, other) if asked is None and isinstance(found, str) else (seen.polarity,):
        again = _told(survey(pixels, polarity, NARROW), paper)
        objects = find_objects(again, min_contrast, faint=not isinstance(found, str))
        # At the rim a narrow window takes a slope of the light for ink.
        if isinstance(objects, str) or not is_whole(objects[0].box, again.contrast.shape):
            continue
        if polarity == other and _is_ground(objects[0], pixels, polarity):
            continue
        if not isinstance(found, str) and len(objects) < len(found):
            continue  # ink would be left out
        # The background in a stroke's bays is ink of the other polarity, and the stroke goes around it, but for what
        # is faint in the bays.
        if best is None or around(objects[0].box, best[1][0].box) == objects[0].box:
            best = again, objects
    if best is None:
        return seen, found
    return (best[0], find_objects(best[0], min_contrast)) if isinstance(found, str) else best


def _is_ground(one: Found, pixels: Pixels, polarity: Polarity) -> bool:
    """Whether what was found for ink is no lighter than most of the picture, or no darker where the ink is dark: the
    paper between lines."""
    grey = resize(to_grey(pixels), one.mask.shape[::-1])
    own, usual = np.median(grey[one.mask]), np.median(grey)
    return bool(own <= usual if polarity == "light_on_dark" else own >= usual)


def _told(seen: Survey, paper: Paper | None) -> Survey:
    """The survey, told what of it is a sheet of paper."""
    if paper is None:
        return seen
    rows, columns = seen.contrast.shape
    return replace(seen, beyond=resize(paper.mask, (columns, rows)) < 128)
