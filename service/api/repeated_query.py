"""A query parameter that takes one value and is given twice is refused, on every route that has a query model.

FastAPI would take the last value and drop the others. `RawRoute` resolves no dependencies and asks `query_values`.
"""

from fastapi import Depends, Request
from pydantic import BaseModel

from service.api.requests.query_values import check_given_once


async def refuse_repeated(request: Request) -> None:
    """Raises InvalidInput that names the parameter."""
    given = request.query_params
    if not given:
        return
    values = {name: given.getlist(name) for name in given}
    for field in request.scope["route"].dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            check_given_once(model, values)


ONCE_EACH = Depends(refuse_repeated)
