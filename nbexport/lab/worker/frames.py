"""What server and worker say to each other, through two pipes: frames of a small JSON head and bytes that follow it.

server → worker   {"id": 1, "task": "check"} + body      asks for something
worker → server   {"id": 1, "path": "a/b.ipynb"}         asks where the notebook of the body lies
server → worker   {"id": 1, "place": "/srv/a/b.ipynb"}   says so
worker → server   {"id": 1, "begun": true}               from here on the time counts
worker → server   {"id": 1, "status": 200} + body        answers
server → worker   {"id": 1, "drop": true}                nobody waits for the answer any more
"""

from __future__ import annotations

import json
import struct
from threading import Lock
from typing import IO, Any

_SIZES = struct.Struct(">IQ")
_PIECE_BYTES = 1 << 20


class Sender:
    """Writes frames to one pipe, from any thread."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = Lock()

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Write one frame.

        Raises:
            OSError: Nobody reads the pipe any more.
            ValueError: The pipe is closed.
        """
        words = json.dumps(head).encode("ascii")
        with self._lock:
            self._pipe.write(_SIZES.pack(len(words), len(body)))
            self._pipe.write(words)
            view = memoryview(body)
            for begin in range(0, len(view), _PIECE_BYTES):
                self._pipe.write(view[begin : begin + _PIECE_BYTES])
            self._pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next frame; None where the other side is gone."""
    sizes = pipe.read(_SIZES.size)
    if len(sizes) < _SIZES.size:
        return None
    head_bytes, body_bytes = _SIZES.unpack(sizes)
    head, body = pipe.read(head_bytes), pipe.read(body_bytes)
    if len(head) < head_bytes or len(body) < body_bytes:
        return None
    message: dict[str, Any] = json.loads(head)
    return message, body
