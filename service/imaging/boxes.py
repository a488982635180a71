"""Arithmetic on boxes: left, top, right, bottom in whole pixels, the right and the bottom not included."""

Box = tuple[int, int, int, int]


def width(box: Box) -> int:
    return box[2] - box[0]


def height(box: Box) -> int:
    return box[3] - box[1]


def longest(box: Box) -> int:
    """The longer side."""
    return max(width(box), height(box))


def around(a: Box, b: Box) -> Box:
    """The least box that holds both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def gap(a: Box, b: Box) -> int:
    """How far two boxes are apart, along the axis on which they are farther; 0 where they meet."""
    return max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3], 0)


def scaled(box: Box, factor: int) -> Box:
    """The box in pixels that are `factor` times smaller."""
    left, top, right, bottom = (side * factor for side in box)
    return left, top, right, bottom


def grown(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    """The box with `margin` pixels more on each side, as far as what is [H, W] reaches."""
    left, top = max(box[0] - margin, 0), max(box[1] - margin, 0)
    return left, top, min(box[2] + margin, shape[1]), min(box[3] + margin, shape[0])
