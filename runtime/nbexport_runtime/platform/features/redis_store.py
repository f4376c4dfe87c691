"""The online store in Redis, for services on several machines: one hash a view, one field an entity.

A field is `EVENT CREATED {…}`, both times in twenty digits, so that a script in Redis can compare them as text. It
changes a thousand entities at once and never puts an older row in the place of a newer one, whoever writes besides.
What the view is complete until is written last: a run that was killed is finished by the next one. A store that is
rebuilt grows under another name, and takes the place of the old one in one step.

**Source**: Redis, scripts are atomic, https://redis.io/docs/latest/develop/programmability/eval-intro/.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features.newest import Newest
from nbexport_runtime.platform.features.stores import State, StoreError, packed

if TYPE_CHECKING:
    from redis import Redis

BATCH = 1_000
TIMEOUT_S = 0.25
"""How long one read may take; a prediction must not wait longer for a store that does not respond."""
WRITE_TIMEOUT_S = 30.0
GROWING_S = 3_600
"""How long what a killed run has left under its own name stays."""
SHIFT = 2**62
"""What is added to a time, so that those before 1970 are compared right."""
DIGITS = 20
PUT = """
local changed = 0
for at = 1, #ARGV, 2 do
    local old = redis.call('HGET', KEYS[1], ARGV[at])
    local new = ARGV[at + 1]
    if not old or (old ~= new and string.sub(old, 1, 41) <= string.sub(new, 1, 41)) then
        redis.call('HSET', KEYS[1], ARGV[at], new)
        changed = changed + 1
    end
end
return changed
"""


class RedisStore:
    """Reads and writes."""

    waits = True

    def __init__(self, address: str, prefix: str) -> None:
        """Nothing is connected before the first read.

        Args:
            address: `redis://…`, with the password if there is one.
            prefix: What its keys begin with.

        Raises:
            PipelineError: The package is missing, or the address is wrong.
        """
        try:
            import redis
        except ImportError:
            raise PipelineError(
                "the online store is Redis, and the package `redis` is missing; add it to pyproject.toml and install it"
            ) from None
        self._error = redis.RedisError
        self._prefix = prefix
        try:
            self._client: Redis = redis.Redis.from_url(
                address, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
            )
            self._slow: Redis = redis.Redis.from_url(
                address, socket_timeout=WRITE_TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
            )
        except ValueError as error:
            raise PipelineError(f"the address of the online store is wrong: {masked(str(error))}") from None

    def _key(self, view: str) -> str:
        return f"{self._prefix}:{view}"

    def get(self, view: str, id_: str) -> Newest | None:
        """What is known of an entity; None where nothing is.

        Raises:
            StoreError: Redis does not respond.
        """
        value: Any = self._asked(lambda: self._client.hget(self._key(view), id_))
        return None if value is None else unpacked(id_, value)

    def state(self, view: str) -> State | None:
        """What is known of a view; None where it was never written.

        Raises:
            StoreError: Redis does not respond.
        """
        value: Any = self._asked(lambda: self._client.get(f"{self._key(view)}:state"))
        return None if value is None else State(**json.loads(value))

    def write(self, view: str, rows: Iterable[Newest], state: State, *, rebuild: bool) -> int:
        """Put rows into the store; how many were new or changed.

        Args:
            view: The name of the view.
            rows: One row an entity.
            state: What is true once all rows are in it.
            rebuild: Whether nothing else stays.

        Raises:
            StoreError: Redis does not respond; repeat the run.
        """
        key = f"{self._key(view)}:{uuid.uuid4().hex}" if rebuild else self._key(view)
        put = self._slow.register_script(PUT)
        waiting, changed = iter(rows), 0
        while some := list(islice(waiting, BATCH)):
            words = [word for row in some for word in (row.id, line_of(row))]
            changed += int(self._asked(lambda words=words: put(keys=[key], args=words)))
            if rebuild:
                self._asked(lambda: self._slow.expire(key, GROWING_S))
        shown = json.dumps(asdict(state))
        if rebuild:
            self._asked(lambda: self._replace(view, key if changed else "", shown))
        else:
            self._asked(lambda: self._slow.set(f"{self._key(view)}:state", shown))
        return changed

    def _replace(self, view: str, key: str, state: str) -> None:
        with self._slow.pipeline(transaction=True) as together:
            if key:
                together.persist(key)
                together.rename(key, self._key(view))
            else:
                together.delete(self._key(view))
            together.set(f"{self._key(view)}:state", state)
            together.execute()

    def all(self, view: str) -> Iterator[Newest]:
        """Every row of a view.

        Raises:
            StoreError: Redis does not respond.
        """
        cursor: Any = 0
        seen: set[str] = set()
        while True:
            cursor, entries = self._asked(lambda cursor=cursor: self._slow.hscan(self._key(view), cursor, count=BATCH))
            for id_, line in entries.items():
                # a scan may name a field twice
                if id_ not in seen:
                    seen.add(id_)
                    yield unpacked(id_, line)
            if not cursor:
                return

    def _asked(self, ask: Any) -> Any:
        try:
            return ask()
        except self._error as error:
            raise StoreError(f"Redis does not respond: {masked(str(error))}") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._slow.close()


def line_of(row: Newest) -> str:
    """A row as a field of a hash."""
    times = f"{row.event_us + SHIFT:0{DIGITS}d} {row.created_us + SHIFT:0{DIGITS}d}"
    return f"{times} {packed(row.values)}"


def unpacked(id_: str, line: str) -> Newest:
    """A row from a field of a hash."""
    event, created, content = line.split(" ", 2)
    return Newest(id_, int(event) - SHIFT, int(created) - SHIFT, json.loads(content))
