"""The segments of a JPEG file (ITU-T T.81, annex B), walked without decoding a pixel.

bytes -> marker, body -> frame, scans, EXIF -> Segments: what a decoder needs, and whether all of it is there

A file without its end marker, as webcams and frames of MJPEG are, may still hold every pixel. Whether each coefficient
has had its scan is seen here; whether the last scan is whole, only by decoding (`files.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.errors import InvalidImage
from service.imaging.codec.exif import HEAD, exif_orientation

MAX_SEGMENTS = 5_000
FILLINGS = 7  # the endings of a file without an end, but for the plain one

_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..15 but for tables
_KEPT_APP = frozenset((0xE0, 0xEE))  # JFIF and Adobe decide on the colour transform
_END_MARKER = b"\xff\xd9"
# Ones, and mixtures that begin in different ways; libjpeg reads zeros where nothing is left.
_MADE_UP = (b"\xff\x00", b"\x6b\xd2\x35\x9c\x8e", b"\xb5\x2d\x93\x4a\xe6\x1f\xc8", b"\x2d\xda\x71\xb6\x07\x9b")
_REACH = 64  # bytes: enough for a picture that lacks a little to look different
_ALL = (1 << 64) - 1  # a bit for each coefficient of a block


@dataclass(frozen=True, slots=True)
class Segments:
    """What the segments of a file say. `width` and `height` are in pixels as stored, `scans` their count.

    `data` is the file without the segments that no decoder needs. `complete`: it has its end marker. `covered`: every
    coefficient of each component has had its last scan, or at least the beginning of that.
    """

    width: int
    height: int
    data: bytes
    orientation: int
    scans: int
    complete: bool
    covered: bool


def walk_jpeg(data: bytes) -> Segments:
    """The segments of a JPEG file. Raises InvalidImage where their structure is broken."""
    kept, frame, exif, scans, complete = [b"\xff\xd8"], b"", b"", [], False
    for code, start, body, end in _segments(data):
        if code == _END:
            complete = True
        elif code == _SCAN:
            scans.append(data[body : body + 10])
        elif code in _FRAMES:
            if frame:
                raise InvalidImage("The JPEG picture is damaged: it has two frame headers.")
            frame = data[body:end]
        elif code == 0xE1 and data.startswith(HEAD, body):
            exif += data[body + len(HEAD) : end]  # a second block goes on where the first ended, and cannot overrule it
        if code in _KEPT_APP or not (0xE0 <= code <= 0xEF or code == 0xFE):
            kept.append(data[start:end])
    if len(frame) < 5:
        raise InvalidImage("The picture ends too early: the JPEG header is not whole.")
    return Segments(
        width=int.from_bytes(frame[3:5], "big"),
        height=int.from_bytes(frame[1:3], "big"),
        data=b"".join(kept),
        orientation=exif_orientation(exif),
        scans=len(scans),
        complete=complete,
        covered=_covered(frame, scans),
    )


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Marker, start, start of the body and end of each segment, up to the end marker.

    The segment of a scan reaches to the end of its coded pixels, in which a marker cannot occur by chance.
    """
    position = 2
    for _ in range(MAX_SEGMENTS):
        match = _MARKER.search(data, position)
        if not match:
            return
        code, start, body = data[match.start() + 1], match.start(), match.end() + 2
        if code == _END:
            yield code, start, body, match.end()
            return
        if code == 0x01 or 0xD0 <= code <= 0xD8:  # markers without a segment
            position = match.end()
            continue
        position = max(body, match.end() + int.from_bytes(data[match.end() : body], "big"))
        if code == _SCAN:
            next_marker = _SCAN_END.search(data, position)
            position = next_marker.start() if next_marker else len(data)
        yield code, start, body, position
    raise InvalidImage(f"The JPEG picture is damaged: it has more than {MAX_SEGMENTS} segments.")


def _covered(frame: bytes, scans: list[bytes]) -> bool:
    """Whether the scans together bring each coefficient of each component to its last bit."""
    left = {frame[i]: _ALL for i in range(6, len(frame), 3)}
    for scan in scans:
        count = scan[0] if scan else 0
        parameters = scan[1 + 2 * count : 4 + 2 * count]
        if len(parameters) < 3:
            return False
        first, last, bits = parameters
        if bits & 0x0F:
            continue  # a first approximation: another scan refines it
        for component in scan[1 : 1 + 2 * count : 2]:
            left[component] = left.get(component, 0) & ~(((2 << last) - 1) & ~((1 << first) - 1))
    return bool(left) and not any(left.values())


def endings(data: bytes) -> list[bytes]:
    """A file without its end marker as it may have gone on: with the marker alone, and with 1 + FILLINGS in all.

    Where its last scan is whole, all have the same pixels: what follows it is not read. Among them are its own coded
    bytes once more, since codes that it does not use might all be read as nothing, and these behind the next restart
    marker, since a decoder that waits for one reads nothing else. Only the first where no pixel is coded.
    """
    data = data.rstrip(b"\xff")  # half an end marker, or what fills up
    head = data.rindex(b"\xff\xda") + 2
    coded = data[head + int.from_bytes(data[head : head + 2], "big") :]
    if not coded:
        return [data + _END_MARKER]
    middle = len(coded) // 2
    own = (coded[:_REACH], coded[middle : middle + _REACH])
    restart = bytes((0xFF, 0xD0 + len(_RESTART.findall(coded)) % 8))
    fillings = [*own, restart + own[0], *(made_up * (_REACH // len(made_up)) for made_up in _MADE_UP)]
    return [data + filling.removesuffix(b"\xff") + _END_MARKER for filling in (b"", *fillings)]
