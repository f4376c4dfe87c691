"""Keys of callers: who may ask this service, and under which name the log knows them.

A file holds a line `name:sha256` for each key, the sha256 of the key in hex; a name may have several, so that a key can
be exchanged. It is read again when it changes. `python -m nbexport_runtime.service.keys NAME >> FILE` makes a key.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sys
import time
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from nbexport_runtime.service import metrics
from nbexport_runtime.service.marks import Mark, mark
from nbexport_runtime.service.problems import Problem

OPEN = frozenset({"/health", "/ready"})
"""What an orchestrator asks without a key."""
LOOK_S = 1.0
"""How often the file is looked at."""
LINE = re.compile(r"([\w.@-]{1,64}):([0-9a-f]{64})", re.ASCII)


logger = logging.getLogger(__name__)


class KeysError(Exception):
    """A file of keys that cannot be used."""


class Keys:
    """The keys of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: Mark = None
        self._next_look = 0.0
        self._keys: list[tuple[bytes, str]] = []

    def load(self) -> None:
        """Read the file when the service starts; later a wrong file leaves the keys as they are.

        Raises:
            SystemExit: It cannot be used.
        """
        self._seen = mark(self._path)
        self._next_look = time.monotonic() + LOOK_S
        try:
            self._keys = read(self._path)
        except KeysError as error:
            raise SystemExit(f"{error}\nset API_KEYS_FILE to a file with a line `name:sha256` for each key") from None

    def name_of(self, key: bytes) -> str | None:
        """The name of a key; None for an unknown one. It takes as long for a right key as for a wrong one."""
        self._look()
        digest = hashlib.sha256(key).digest()
        name = None
        for known, of in self._keys:
            if hmac.compare_digest(known, digest):
                name = of
        return name

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_S
        seen = mark(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = read(self._path)
        except KeysError as error:
            logger.error("the keys of callers stay what they were: %s", error)
            return
        logger.warning("%d keys of callers are known now", len(self._keys))


class Callers:
    """Middleware that answers 401 to whoever has no key."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose key is known, or that needs none."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        name = self.keys.name_of(key_in(scope))
        if name is not None:
            scope.setdefault("state", {})["caller"] = name
            await self.app(scope, receive, send)
            return
        metrics.CALLERS_REFUSED.inc()
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        detail = "send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`"
        problem = Problem(401, "refused", "Unauthorized", detail=detail)
        response = problem.response(scope["state"]["request_id"])
        response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)


def read(path: Path) -> list[tuple[bytes, str]]:
    """Digest and name of each key in a file; empty lines and those that begin with `#` are ignored.

    Raises:
        KeysError: The file cannot be read, or a line is not `name:sha256`.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"the keys `{path}` cannot be read: {getattr(error, 'strerror', '') or error}") from None
    keys = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        parts = LINE.fullmatch(text)
        if parts is None:
            # the line itself may be a key that somebody forgot to hash
            raise KeysError(f"line {number} of `{path}` is not `name:sha256`")
        keys.append((bytes.fromhex(parts[2]), parts[1]))
    return keys


def key_in(scope: Scope) -> bytes:
    """The key that a request comes with; empty where it has none."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            return bytes(value)
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:].strip())
    return b""


def caller_in(scope: Scope) -> str | None:
    """The name of the key that a request came with; None where none is asked for."""
    name: str | None = scope["state"].get("caller")
    return name


def main(arguments: list[str]) -> int:
    """Print the line of a new key, and to the terminal the key itself; the exit code."""
    if len(arguments) != 1 or LINE.fullmatch(f"{arguments[0]}:{'0' * 64}") is None:
        print("usage: python -m nbexport_runtime.service.keys NAME >> FILE", file=sys.stderr)
        return 2
    key = secrets.token_urlsafe(32)
    print(f"{arguments[0]}:{hashlib.sha256(key.encode()).hexdigest()}")
    print(f"the key of {arguments[0]}, which is shown this once: {key}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
