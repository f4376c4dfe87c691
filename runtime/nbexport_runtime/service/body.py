"""The body of a request, read no further than the limit."""

from fastapi import Request

from nbexport_runtime.service.problems import Problem


async def body_of(request: Request, most: int) -> bytes:
    """All bytes of a body.

    Raises:
        Problem: It is longer than `most` bytes, or says so.
    """
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise too_large(most)
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise too_large(most)
    return bytes(found)


def too_large(most: int) -> Problem:
    """The problem of a long body."""
    return Problem(
        413, "too_large", "The body is too large", detail=f"it may have {most} bytes"
    )
