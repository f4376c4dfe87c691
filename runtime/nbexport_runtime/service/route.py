"""The route class of the service: routes that take an input of `predict` read it from the bytes of the body.

FastAPI documents such a route by its signature and runs its dependencies. The rest is done here: the body is read no
further than the limit, its bytes become the model without an object in between (strict, whatever the content type), a
bad row does not fail its batch, and each request is measured and logged.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json, to_json
from starlette.concurrency import run_in_threadpool

from nbexport_runtime.service.answers import response_of
from nbexport_runtime.service.batch import Rows, rows_of
from nbexport_runtime.service.body import body_of
from nbexport_runtime.service.problems import documented

if TYPE_CHECKING:
    from nbexport_runtime.service.app import Service

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = Callable[..., Awaitable[Any]]
Reader = Callable[[Request], Awaitable[Any]]


class ModelRoute(APIRoute):
    """A route of one service; a subclass names the service."""

    service: ClassVar[Service[Any, Any]]

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.body_type() is not None:
            self.responses = {**documented(), **self.responses}

    def body_type(self) -> type[Any] | None:
        """`PredictRequest` or `Rows[PredictRequest]`, if that is the body; None if FastAPI reads this route."""
        body = self.body_field.field_info.annotation if self.body_field is not None else None
        request = self.service.request
        return body if body in (request, Rows[request]) else None  # type: ignore[valid-type]

    def get_route_handler(self) -> Handler:
        """What answers a request, as FastAPI asks for it."""
        if self.body_field is None or self.body_type() is None:
            return super().get_route_handler()
        answer = self._answer(self.body_field.name)
        service, path = self.service, self.path_format

        async def handle(http: Request) -> Response:
            with service.call(path, http) as call:
                token = service.open_call.set(call)
                try:
                    return await answer(http)
                finally:
                    service.open_call.reset(token)

        return handle

    def _answer(self, body: str) -> Handler:
        """Reads the body and runs the endpoint; FastAPI's own handler where the endpoint takes more than a body.

        Args:
            body: The parameter that takes the body.
        """
        endpoint, read = awaited(self.endpoint), self._reader()
        parameters = inspect.signature(self.endpoint, eval_str=True).parameters
        others = [parameter for name, parameter in parameters.items() if name != body]
        if others or self.dependencies:
            asked = with_dependencies(endpoint, others, body, read)
            return APIRoute(
                self.path,
                asked,
                response_model=None,
                dependencies=self.dependencies,
                dependency_overrides_provider=self.dependency_overrides_provider,
            ).get_route_handler()

        async def answer(http: Request) -> Response:
            return response_of(await endpoint(**{body: await read(http)}))

        return answer

    def _reader(self) -> Reader:
        """Turns the body of a request into the input that the endpoint takes."""
        request, settings, bounds = self.service.request, self.service.settings, self.service.inputs.bounds

        if self.service.extras.completes:
            read = Completing(self.service)
            return read.one if self.body_type() is request else read.many

        async def one(http: Request) -> Any:
            body = await body_of(http, settings.max_body_bytes)
            row = request.model_validate_json(body)
            if len(body) > bounds.harmless_bytes:
                bounds.check_lengths(from_json(body))
            bounds.check(row)
            return row

        async def many(http: Request) -> Any:
            body = await body_of(http, settings.max_body_bytes)
            return Rows.model_construct(inputs=rows_of(body, request, settings.max_batch, bounds))

        return one if self.body_type() is request else many


class Completing:
    """Reads inputs that a platform may add to."""

    def __init__(self, service: Service[Any, Any]) -> None:
        """Remember what is read."""
        self._service = service
        self._request, self._bounds = service.request, service.inputs.bounds

    async def one(self, http: Request) -> Any:
        """The input of a body.

        Raises:
            ValidationError: It is not one.
            Problem: It is out of bounds, or a feature is missing.
        """
        body = await body_of(http, self._service.settings.max_body_bytes)
        row, facts = await self._free(lambda: self._row(body))
        call = self._service.open_call.get()
        if facts and call is not None:
            call.say(row, facts)
        return row

    def _row(self, body: bytes) -> tuple[Any, dict[str, Any]]:
        try:
            content = from_json(body)
        except ValueError:
            # not JSON, which the model says better
            content = None
        if len(body) > self._bounds.harmless_bytes:
            self._bounds.check_lengths(content)
        facts: dict[str, Any] = {}
        whole = content
        if isinstance(content, dict):
            whole, facts = self._service.extras.completed(content)
        # what was added to nothing is validated as it was sent
        valid = self._request.model_validate_json(
            body if whole is content else to_json(whole, inf_nan_mode="constants")
        )
        self._bounds.check(valid)
        return valid, facts

    async def many(self, http: Request) -> Any:
        """The inputs of a batch.

        Raises:
            ValidationError: The body holds no list of inputs, or too many.
            Problem: The body is too large.
        """
        settings, extras = self._service.settings, self._service.extras
        body = await body_of(http, settings.max_body_bytes)
        all_facts: list[tuple[Any, dict[str, Any]]] = []
        rows = await self._free(
            lambda: rows_of(
                body,
                self._request,
                settings.max_batch,
                self._bounds,
                extras.completed,
                lambda row, facts: all_facts.append((row, facts)),
            )
        )
        call = self._service.open_call.get()
        if call is not None:
            for row, facts in all_facts:
                call.say(row, facts)
        return Rows.model_construct(inputs=rows)

    async def _free(self, read: Callable[[], Any]) -> Any:
        """Run what reads, in a thread where it waits for a network."""
        return await run_in_threadpool(read) if self._service.extras.waits else read()


def with_dependencies(endpoint: Endpoint, parameters: Sequence[inspect.Parameter], body: str, read: Reader) -> Endpoint:
    """An endpoint that asks FastAPI for everything but the body, which it reads once its dependencies have agreed.

    Args:
        endpoint: The project's endpoint.
        parameters: What it takes beside the body.
        body: The parameter that takes the body.
        read: Reads the body.
    """
    # FastAPI gives the request, or the response that dependencies may change, to one parameter only
    request = next((p.name for p in parameters if p.annotation is Request), "request_of_route")
    response = next((p.name for p in parameters if p.annotation is Response), "response_of_route")
    names = {parameter.name for parameter in parameters}

    async def asked(**values: Any) -> Response:
        changed: Response = values[response]
        row = await read(values[request])
        answer = response_of(await endpoint(**{name: values[name] for name in names}, **{body: row}))
        answer.headers.raw.extend(changed.headers.raw)
        answer.status_code = changed.status_code or answer.status_code
        return answer

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [(request, Request), (response, Response)]
    added = [inspect.Parameter(name, keyword, annotation=kind) for name, kind in own if name not in names]
    signature = inspect.Signature([*(parameter.replace(kind=keyword) for parameter in parameters), *added])
    asked.__signature__ = signature  # type: ignore[attr-defined]
    return asked


def awaited(endpoint: Callable[..., Any]) -> Endpoint:
    """An endpoint as a coroutine function; a plain one runs in a thread, as FastAPI has it."""
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    async def in_thread(**values: Any) -> Any:
        return await run_in_threadpool(endpoint, **values)

    return in_thread
