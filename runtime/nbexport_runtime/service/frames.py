"""Messages between the service and the process of a model: four bytes that say how long, then so many bytes.

The service sends pickles, which the process of a model may trust. What comes back is JSON: the process runs the code of
a model, and nothing that it sends is able to run code in the service.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

HEAD = struct.Struct("<I")
MOST_BYTES = 1 << 28
"""Longest message that the service takes: a model that answers more must not fill its memory."""
END = b""
"""The message after which no more follow; the process ends once it has answered the others."""


@dataclass(frozen=True)
class Order:
    """The first message: which model a process holds, and how."""

    folder: Path
    digest: str
    """The sha256 that its manifest must have; empty accepts any."""
    public_key: str
    """The minisign key that must have signed its manifest; empty asks for no signature."""
    loader: tuple[str, str]
    """Module and name of the project's `load_model`, for a bundle without code of its own."""
    names: tuple[str, ...]
    """The arguments of a request."""
    max_together: int
    """Most predictions that share a call of the model."""
    threads: int
    """Threads of numerical libraries; 0 takes what was measured to be best when the model was saved."""
    background: bool
    """Whether everything else on the machine goes before it."""


def framed(content: bytes) -> bytes:
    """A message as it is sent."""
    return HEAD.pack(len(content)) + content


class Frames:
    """Cuts the bytes of a stream into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that some bytes complete.

        Raises:
            ValueError: One would be too long.
        """
        self._rest += data
        begin = 0
        while len(self._rest) - begin >= HEAD.size:
            (size_bytes,) = HEAD.unpack_from(self._rest, begin)
            if size_bytes > MOST_BYTES:
                raise ValueError(f"a message of {size_bytes} bytes is too long")
            end = begin + HEAD.size + size_bytes
            if len(self._rest) < end:
                break
            yield bytes(self._rest[begin + HEAD.size : end])
            begin = end
        del self._rest[:begin]


def received(stream: BufferedIOBase) -> bytes:
    """The next message; it blocks until there is one.

    Raises:
        EOFError: The other side is gone.
    """
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    (size_bytes,) = HEAD.unpack(head)
    content = stream.read(size_bytes)
    if len(content) < size_bytes:
        raise EOFError
    return content
