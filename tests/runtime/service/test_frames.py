"""Messages between the service and the process of a model survive whatever way the bytes arrive."""

from __future__ import annotations

import io
import random

import pytest
from nbexport_runtime.service.frames import END, HEAD, MOST_BYTES, Frames, framed, received


def test_messages_come_out_whole_however_they_are_cut() -> None:
    draw = random.Random(7)
    messages = [draw.randbytes(draw.choice([0, 1, 3, 4, 5, 70_000])) for _ in range(60)]
    stream = b"".join(map(framed, messages))
    for step in (1 << 20, 65_536, 4096, 7):
        frames, found = Frames(), []
        for begin in range(0, len(stream), step):
            found += list(frames.feed(stream[begin : begin + step]))
        assert found == messages


def test_the_end_is_a_message_and_a_cut_is_not() -> None:
    stream = io.BytesIO(framed(b"one") + framed(END) + framed(b"two")[:-1])
    assert [received(stream), received(stream)] == [b"one", END]
    with pytest.raises(EOFError):
        received(stream)
    with pytest.raises(EOFError):
        received(stream)


def test_a_message_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        list(Frames().feed(HEAD.pack(MOST_BYTES + 1)))
