"""The other code's side: a service, which is asked each request of the notebook as JSON.

Where the address names no route, the service's OpenAPI document is asked for the one POST route that takes the
notebook's arguments.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nbexport.errors import NbexportError
from nbexport.verify.against.sides import Replies, Reply
from nbexport.verify.limits import LimitError, Limits
from nbexport.verify.processes import Progress
from nbexport.verify.stopping import Stop

ANSWER_S = 60.0
"""For each answer, at most."""
MOST_BYTES = 10_000_000
"""Of an answer."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_SHOWN = 300


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A request with a body is not sent elsewhere on the quiet."""


class OtherService:
    """A service that runs somewhere."""

    def __init__(self, address: str, *, progress: Progress, stop: Stop, limits: Limits) -> None:
        """Nothing is asked yet.

        Args:
            address: Its address; without a path the route is looked up.
            progress: Told what is asked.
            stop: Lets nothing more be asked.
            limits: How long all answers together may take.
        """
        self.address = address
        self._progress, self._stop, self._limits = progress, stop, limits
        self._until = time.monotonic() + limits.time_s if limits.time_s else float("inf")
        parts = urlsplit(address)
        self._origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        self._path = parts.path
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        if parts.hostname in _LOCAL:
            # a proxy of the company knows nothing of this machine
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)
        self._called = ""
        self._as_rows = False

    def replies(self, requests: Sequence[Mapping[str, Any]], call: str) -> Replies:
        """What it answers to requests, one after the other.

        Args:
            requests: Arguments by name, as plain JSON.
            call: `dict`, `rows`, or empty, which follows the service's own description.

        Raises:
            NbexportError: It cannot be reached, has no such route, or takes too long.
        """
        if requests and not self._called:
            self._find_route(list(requests[0]), call)
            self._progress(f"`{self.address}` is asked {len(requests)} times")
        replies = tuple(self._reply(request) for request in requests)
        if replies and all(reply.error for reply in replies):
            raise NbexportError(
                f"`{self.address}` answers no request",
                why=replies[0].error,
                fix=self._advice(list(requests[0])),
            )
        return Replies(replies, self._called)

    def reach(self) -> None:
        """Go on where somebody answers at the address.

        Raises:
            NbexportError: It cannot be reached.
        """
        self._routes()

    def _reply(self, request: Mapping[str, Any]) -> Reply:
        body = json.dumps([request] if self._as_rows else request)
        status, text = self._send("POST", self.address, body)
        if not 200 <= status < 300:
            return Reply(error=f"status {status}: {_short(text)}")
        try:
            return Reply(json.loads(text), type="JSON")
        except ValueError:
            return Reply(error=f"it is not JSON: {_short(text)}")

    def _find_route(self, names: list[str], call: str) -> None:
        """Settle which route is asked, and with what.

        Raises:
            NbexportError: No route is named, and none or several fit.
        """
        routes = self._routes()
        named = self._path not in ("", "/")
        if named:
            own = [route for route in routes if route.path == self._path]
            self._as_rows = call == "rows" or (not call and bool(own) and own[0].rows)
            self._called = f"asked by POST with {_body(rows=self._as_rows)}"
            return
        fitting = [route for route in routes if route.takes(names)]
        # a route for many at once is there beside the one for one
        fitting = [route for route in fitting if route.rows == (call == "rows")] or fitting
        if len(fitting) != 1:
            known = [route.path for route in fitting or routes]
            why = (
                "several routes take the arguments of `predict`" if fitting else "it does not say which route predicts"
            )
            raise NbexportError(
                f"`{self.address}` names no route",
                why=f"{why}{': ' + ', '.join(known) if known else ''}",
                fix=f"name it: {self._origin}{known[0] if known else '/predict'}",
            )
        self.address = f"{self._origin}{fitting[0].path}"
        self._as_rows = fitting[0].rows
        self._called = f"asked by POST {fitting[0].path} with {_body(rows=self._as_rows)}, as its OpenAPI document says"

    def _advice(self, names: list[str]) -> str:
        fitting = [route for route in self._routes() if route.takes(names)]
        if fitting and all(route.path != urlsplit(self.address).path for route in fitting):
            return f"its OpenAPI document names another route for these arguments: {self._origin}{fitting[0].path}"
        return f"send it one request by hand: the body is a JSON object with {', '.join(names)}"

    def _routes(self) -> list[_Route]:
        """The POST routes that its OpenAPI document names; none where it has no such document."""
        status, text = self._send("GET", f"{self._origin}/openapi.json")
        try:
            document = json.loads(text) if status == 200 else {}
            return [
                _Route(path, schema, document)
                for path, methods in document.get("paths", {}).items()
                if (schema := _body_schema(methods.get("post"))) is not None
            ]
        except (ValueError, AttributeError, TypeError):
            return []

    def _send(self, method: str, address: str, body: str | None = None) -> tuple[int, str]:
        """Status and text of an answer.

        Raises:
            NbexportError: It cannot be reached, or is not responding in time.
            StoppedError: It was asked to stop.
        """
        self._stop.check()
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._too_late(left)
        timeout = min(ANSWER_S, left)
        # the form of a target has made sure that it is http or https
        request = urllib.request.Request(  # noqa: S310
            address,
            data=body.encode() if body is not None else None,
            method=method,
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            return self._answered(request, timeout)
        except TimeoutError:
            raise self._too_late(left) from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._too_late(left) from None
            raise self._unreachable(str(error.reason)) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._unreachable(str(error) or type(error).__name__) from None

    def _answered(self, request: urllib.request.Request, timeout: float) -> tuple[int, str]:
        until = time.monotonic() + timeout
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return response.status, _read(response, until)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error, until)

    def _too_late(self, left: float) -> NbexportError:
        """Which limit was reached by an answer that had so many seconds: that of all together, or that of one."""
        if left <= ANSWER_S:
            return LimitError(
                f"`{self.address}` takes longer than {self._limits.time_s:g} s for all its answers",
                fix=f"allow more with `--timeout {2 * self._limits.time_s:g}` (seconds; 0 means no limit)",
            )
        return NbexportError(
            f"`{self.address}` gives no answer within {ANSWER_S:g} s", fix="see whether the service is busy"
        )

    def _unreachable(self, why: str) -> NbexportError:
        return NbexportError(
            f"`{self.address}` cannot be reached", why=why, fix="start the service, or correct the address"
        )


class _Route:
    """A POST route, as an OpenAPI document describes it."""

    def __init__(self, path: str, schema: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        self.path = path
        schema = _resolved(schema, document)
        self.rows = schema.get("type") == "array"
        """Whether it takes many requests at once."""
        if self.rows:
            schema = _resolved(schema.get("items", {}), document)
        self._fields = set(schema.get("properties", {}))
        self._required = set(schema.get("required", ()))

    def takes(self, names: Sequence[str]) -> bool:
        """Whether these are its fields."""
        return self._required <= set(names) <= self._fields


def _body_schema(operation: Any) -> Mapping[str, Any] | None:
    if not isinstance(operation, Mapping):
        return None
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return schema if isinstance(schema, Mapping) else None


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without references: `#/components/schemas/Passenger`."""
    for _ in range(10):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        part_of: Any = document
        for part in reference[2:].split("/"):
            part_of = part_of.get(part, {})
        schema = part_of
    return schema


def _read(response: Any, until: float) -> str:
    """The text of an answer, or its beginning.

    Raises:
        TimeoutError: It comes too slowly.
    """
    parts, size = [], 0
    while size <= MOST_BYTES and (part := response.read1(65_536)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts).decode("utf-8", "replace")


def _body(*, rows: bool) -> str:
    return "a list of one JSON object" if rows else "one JSON object per request"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
