"""`Server-Timing` (W3C): what each stage of an answer took, for a browser's network panel and for curl."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

import orjson

from service.api.answers import ModelAnswer


def server_timing(seconds: Mapping[str, float]) -> str:
    """The header's value for stages in seconds; it has them in milliseconds."""
    return ", ".join(f"{stage};dur={round(duration * 1e3, 3)}" for stage, duration in seconds.items())


def slowest_timing(answers: Sequence[ModelAnswer]) -> str | None:
    """The header's value for the slowest of the answers, None where there is none."""
    if not answers:
        return None
    times = [answer["timing_ms"] for answer in answers]
    slowest = times[0] if len(times) == 1 else max(times, key=itemgetter("total"))
    # `{"decode":0.02,"total":1.5}` is nearly what is wanted, and Python takes three times as long to write numbers.
    return orjson.dumps(slowest)[2:-1].decode().replace('":', ";dur=").replace(',"', ", ")
