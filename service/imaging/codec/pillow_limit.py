"""Pillow's own limit on pixels, out of the way of a picture that has passed ours.

Pillow warns from 89 million pixels on, and refuses twice as many, by a number that holds for the whole process. Ours
is a setting, and is held against a file's header before Pillow sees it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

_lock = threading.Lock()
_users: list[int | None] = []  # for each picture that is too large for Pillow: the limit as it was before


@contextmanager
def lift_limit(pixels: int) -> Iterator[None]:
    """Lets Pillow open a picture of so many pixels. Its limit is back as soon as no such picture is in work.

    Smaller pictures, which are nearly all, leave it alone.
    """
    if Image.MAX_IMAGE_PIXELS is not None and pixels <= Image.MAX_IMAGE_PIXELS:
        yield
        return
    with _lock:
        _users.append(_users[0] if _users else Image.MAX_IMAGE_PIXELS)
        Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        with _lock:
            before = _users.pop()
            if not _users:
                Image.MAX_IMAGE_PIXELS = before
