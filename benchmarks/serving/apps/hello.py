"""The least that an ASGI application on uvicorn can answer.

uvicorn hello:app --no-access-log
"""

_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
_BODY = {"type": "http.response.body", "body": b"ok"}


async def app(scope, receive, send):  # type: ignore[no-untyped-def]  # ASGI's own form
    await send(_START)
    await send(_BODY)
