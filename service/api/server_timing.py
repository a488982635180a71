"""`Server-Timing` (W3C): what each stage of an answer took, for a browser's network panel and for curl."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

from service.api.answers import ModelAnswer


def server_timing(seconds: Mapping[str, float]) -> str:
    """The header's value for stages in seconds; it has them in milliseconds."""
    return ", ".join(f"{stage};dur={round(duration * 1e3, 3)}" for stage, duration in seconds.items())


def slowest_timing(answers: Sequence[ModelAnswer]) -> str | None:
    """The header's value for the slowest of the answers, None where there is none."""
    if not answers:
        return None
    slowest = max([answer["timing_ms"] for answer in answers], key=itemgetter("total"))
    return ", ".join([f"{stage};dur={duration}" for stage, duration in slowest.items()])
