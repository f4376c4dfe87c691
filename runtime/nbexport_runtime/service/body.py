"""The body of a request, read no further than the limit."""

from fastapi import Request

from nbexport_runtime.service.problems import Problem


async def body_of(request: Request, limit_bytes: int) -> bytes:
    """All bytes of a body.

    Raises:
        Problem: It is longer than `limit_bytes`, or says so.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise too_large(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise too_large(limit_bytes)
    return bytes(body)


def too_large(limit_bytes: int) -> Problem:
    """The problem of a long body."""
    return Problem(413, "too_large", "The body is too large", detail=f"the limit is {limit_bytes} bytes")
