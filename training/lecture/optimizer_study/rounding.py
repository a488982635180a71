"""Numbers for JSON: rounded to significant digits, null where a number is not finite."""

import math
from collections.abc import Iterable


def rounded(value: float, digits: int = 5) -> float | None:
    """`value` to `digits` significant digits; None for NaN and infinity, which JSON has no word for."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def all_rounded(values: Iterable[float], digits: int = 5) -> list[float | None]:
    return [rounded(value, digits) for value in values]
