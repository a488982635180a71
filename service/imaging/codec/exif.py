"""The one thing that an EXIF block says about pixels: which way up they are.

TIFF block -> byte order -> first directory -> tag 0x0112 (Exif 2.32, section 4.6.4) -> 1 to 8
"""

from typing import Literal

HEAD = b"Exif\0\0"  # what a JPEG segment begins with, and some writers put before the block elsewhere
_ORIENTATION = 0x0112
_WHOLE = {1: 1, 3: 2, 4: 4, 8: 2, 9: 4}  # BYTE, SHORT, LONG, SSHORT, SLONG: the bytes of a whole number


def exif_orientation(tiff: bytes) -> int:
    """The orientation, 1 to 8, that an EXIF block names; 1 (upright) where it names none, or is damaged."""
    while tiff.startswith(HEAD):
        tiff = tiff[len(HEAD) :]
    order: Literal["little", "big"]
    if tiff.startswith(b"II*\0"):
        order = "little"
    elif tiff.startswith(b"MM\0*"):
        order = "big"
    else:
        return 1
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first : first + 2], order)
    for at in range(first + 2, min(first + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind = (int.from_bytes(tiff[at + i : at + i + 2], order) for i in (0, 2))
        if tag == _ORIENTATION:
            single = int.from_bytes(tiff[at + 4 : at + 8], order) == 1
            value = int.from_bytes(tiff[at + 8 : at + 8 + _WHOLE.get(kind, 0)], order)
            return value if single and 1 <= value <= 8 else 1
    return 1
