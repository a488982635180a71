"""`Server-Timing` (W3C): what each stage of an answer took, for a browser's network panel and for curl."""

from collections.abc import Mapping


def server_timing(seconds: Mapping[str, float]) -> str:
    """The header's value for stages in seconds; it has them in milliseconds."""
    return ", ".join(f"{stage};dur={round(duration * 1e3, 3)}" for stage, duration in seconds.items())
