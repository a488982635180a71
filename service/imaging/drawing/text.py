"""Words in drawn pictures: Pillow's own font, and text that fits a place."""

from functools import cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def font(size: int) -> Font:
    """Pillow's own, `size` pixels high."""
    return ImageFont.load_default(size)


def fitted(text: str, width: int, drawn_in: Font) -> str:
    """The text, shortened with an ellipsis where it is wider than `width` pixels."""
    if drawn_in.getlength(text) <= width:
        return text
    while text and drawn_in.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
