"""A body as plain data that is short, yet shows where two differ.

    JSON: its members; long lists of numbers, long strings and pictures in it as digests
    picture: size, mode, a digest of its pixels, and its tones in a coarse grid
    other: its digest

What is new at each call (ids that the service makes, milliseconds, its release) is replaced before.
"""

import base64
import gzip
import hashlib
import json
import re
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

_SHORT = 300  # characters of text that stands as it is
_FEW = 16  # numbers that stand as they are
_GRID = 4
PICTURE = frozenset(("format", "size", "mode", "file", "pixels", "grid"))  # the members of a picture's digest
_VOLATILE = (
    (re.compile(r'("request_id":\s*)"[0-9a-f]{16}"'), r'\1"<made>"'),
    (re.compile(r'("timing_ms":\s*)\{[^}]*\}'), r'\1"<milliseconds>"'),
    (re.compile(r'("info":\s*\{[^}]*"version":\s*)"[^"]*"'), r'\1"<release>"'),
)


def digest(content_type: str, body: bytes) -> dict[str, Any]:
    """The body by its content type. Compressed bodies are unpacked by the caller."""
    kind = content_type.partition(";")[0]
    if not body:
        return {"empty": True}
    if kind in ("application/json", "application/problem+json"):
        text = body.decode()
        for pattern, replacement in _VOLATILE:
            text = pattern.sub(replacement, text)
        return {"json": _compact(json.loads(text)), "text": _hash(text.encode())}
    if kind.startswith("image/") and kind != "image/svg+xml":
        return {"picture": picture(body)}
    text = body.decode()
    if "# TYPE featuremap_" in text:
        return {"metrics": sorted(re.findall(r"^# TYPE (featuremap_.*)$", text, re.MULTILINE))}
    return {"text": text} if len(text) <= _SHORT else {"text": _hash(body), "bytes": len(body)}


def unpacked(body: bytes, encoding: str | None) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" and body else body


def picture(file: bytes) -> dict[str, Any]:
    """What a picture file shows. `grid` has the mean of each cell and channel, row by row."""
    image = Image.open(BytesIO(file))
    pixels = np.asarray(image.convert("RGBA") if image.mode in ("P", "1") else image)
    return {
        "format": image.format,
        "size": list(image.size),
        "mode": image.mode,
        "grid": _grid(pixels.reshape(*pixels.shape[:2], -1)),
        "pixels": _hash(pixels.tobytes()),
        "file": _hash(file),
    }


def _grid(pixels: Any) -> list[int]:
    """[H, W, C] to the rounded means of 4 x 4 cells, those of a smaller picture to its own pixels."""
    rows = np.array_split(pixels, min(_GRID, pixels.shape[0]), axis=0)
    cells = [cell for row in rows for cell in np.array_split(row, min(_GRID, pixels.shape[1]), axis=1)]
    means: list[int] = np.rint([cell.mean(axis=(0, 1)) for cell in cells]).astype(int).ravel().tolist()
    return means


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compact(member) for name, member in value.items()}
    if isinstance(value, str):
        return _compact_text(value)
    if isinstance(value, list):
        numbers = _numbers(value)
        return [_compact(member) for member in value] if numbers is None or len(numbers) <= _FEW else _series(value)
    return value


def _compact_text(text: str) -> Any:
    if text.startswith("data:image/"):
        return {"picture": picture(base64.b64decode(text.partition(",")[2]))}
    return text if len(text) <= _SHORT else {"text": _hash(text.encode()), "characters": len(text)}


def _numbers(value: Any) -> list[float] | None:
    """All numbers of a nested list, None where it holds anything else."""
    if isinstance(value, list):
        parts = [_numbers(member) for member in value]
        return None if None in parts else [number for part in parts if part is not None for number in part]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else None


def _series(value: list[Any]) -> dict[str, Any]:
    """A long list of numbers: a digest of all, and what tells a small change of them from a large one."""
    numbers = _numbers(value) or []
    array = np.array(numbers, np.float64)
    return {
        "shape": _shape(value),
        "whole": all(isinstance(number, int) for number in numbers),
        "least": float(array.min()),
        "greatest": float(array.max()),
        "mean": round(float(array.mean()), 6),
        "some": array[:: max(1, len(array) // _FEW)].tolist(),
        "numbers": _hash(json.dumps(value).encode()),
    }


def _shape(value: Any) -> list[int]:
    """The lengths along the first members."""
    return [len(value), *_shape(value[0])] if isinstance(value, list) and value else []


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
