"""The last moments of a listening socket: what the kernel has accepted for it is not lost when it is closed.

A connection that waits to be accepted is reset when its socket is closed, whatever it has sent by then. So the kernel
first gets a filter that drops requests for new connections (their clients try again a second later, elsewhere or in
vain), those that wait are accepted, and only then the socket is closed.

Source: Linux, Documentation/networking/filter.rst; `tcpi_unacked` of a listening socket is the length of its queue.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterable
from typing import Any

ATTACH_FILTER = 26
"""`SO_ATTACH_FILTER`, which Python does not name."""
UNACKED_AT = 24
"""Where `struct tcp_info` has `tcpi_unacked`."""
NO_SYN = (
    (0x30, 0, 0, 13),  # load the flags of the TCP header
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # all else passes; accepted connections inherit this filter
)
"""A program of the kernel's packet filter: code, jump if true, jump if false, operand."""


def of_servers(servers: Iterable[Any]) -> list[socket.socket]:
    """Copies of the TCP sockets that some asyncio servers listen on; none where their queues cannot be seen."""
    if sys.platform != "linux":
        return []
    families = (socket.AF_INET, socket.AF_INET6)
    listening = [one for server in servers for one in server.sockets if one.family in families]
    return [socket.socket(one.family, socket.SOCK_STREAM, fileno=os.dup(one.fileno())) for one in listening]


def take_no_more(listening: socket.socket) -> None:
    """Let the kernel accept no further connection for a socket.

    Raises:
        OSError: This kernel does not allow it.
    """
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in NO_SYN))
    listening.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HL", len(NO_SYN), ctypes.addressof(program)))


def waiting(listening: socket.socket) -> int:
    """How many connections the kernel has accepted for a socket, and its process has not."""
    facts = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACKED_AT + 4)
    return int(struct.unpack_from("I", facts, UNACKED_AT)[0])
