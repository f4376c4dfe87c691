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
from pydantic_core import from_json
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
