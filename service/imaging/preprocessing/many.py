"""Small pictures, many at once: numpy takes as long for one as for ten of them.

grey pictures of their model's own size -> digits in the form of MNIST: as they are | None: `recipes.prepare`
"""

from service.imaging.pixels import Picture, Pixels
from service.imaging.preprocessing.native import are_native_digits
from service.imaging.preprocessing.recipes import Prepared
from service.imaging.preprocessing.spec import PreprocessSpec


def is_of_many(picture: Picture, spec: PreprocessSpec) -> bool:
    """Whether `prepare_many` may take the picture. Garments reach the rim, and are not asked for."""
    own_size = picture.pixels.shape == (spec.height, spec.width) == (picture.height, picture.width)
    return own_size and spec.recipe == "digit" and spec.photo is None and spec.polarity == "light_on_dark"


def prepare_many(pictures: Pixels, spec: PreprocessSpec) -> list[Prepared | None]:
    """What `prepare` gives for each of uint8 [n, H, W], of the spec's own size, that has nothing left to be done: light
    on black, in the form of MNIST. None for the others, of which it is to be asked."""
    native = are_native_digits(pictures, spec.box).tolist()
    return [Prepared(each, "light_on_dark") if fits else None for each, fits in zip(pictures, native, strict=True)]
