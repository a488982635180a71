"""The one picture that a call is about: its body, or a test sample that its query names.

request + ?sample= -> Item
"""

import asyncio
import math
import re

from starlette.requests import Request

from service.api.request_bodies import read_items
from service.api.services import Services
from service.datasets import read_sample
from service.errors import InvalidInput
from service.imaging.codec.files import encode_png
from service.inference.inputs import Item, Upload
from service.inference.loader import Model

_SAMPLE = re.compile(r"((?P<dataset>\w+)/)?(?P<index>[0-9]{1,9})")


async def read_one_item(request: Request, services: Services, model: Model, sample: str | None, what: str) -> Item:
    """`what` says what is done with it (`the layers are shown of`).

    Raises InvalidInput where there are several pictures, or both a body and a sample, and what `read_items` and
    `read_sample` raise.
    """
    if sample is None:
        count = math.prod(model.manifest.input.shape[1:])
        items = await read_items(request, services.settings, services.executor, count)
        if len(items) > 1:
            raise InvalidInput(f"The body has {len(items)} pictures; {what} one at a time.")
        return items[0]
    if await request.body():
        raise InvalidInput("There are two pictures: the body, and the query parameter sample. Send one of them.")
    named = _SAMPLE.fullmatch(sample)
    if named is None:
        raise InvalidInput("The query parameter sample must be an index, as 4444, or as mnist/4444.")
    dataset, index = named["dataset"] or model.manifest.dataset, int(named["index"])
    # The first sample of a data set unpacks it.
    image, _ = await asyncio.get_running_loop().run_in_executor(services.executor, read_sample, dataset, index)
    return Upload(encode_png(image))
