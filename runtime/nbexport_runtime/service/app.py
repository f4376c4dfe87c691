"""`Service`: the model of a project, and the FastAPI application around it."""

from __future__ import annotations

import gc
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.routing import BaseRoute

from nbexport_runtime import bundle
from nbexport_runtime.service import problems, status
from nbexport_runtime.service.answers import unchecked
from nbexport_runtime.service.batch import Answers, RowError, Rows
from nbexport_runtime.service.call import Call
from nbexport_runtime.service.connections import bound
from nbexport_runtime.service.extras import Extras
from nbexport_runtime.service.inputs import Inputs
from nbexport_runtime.service.keys import Callers, Keys, caller_in
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.predictor import Row
from nbexport_runtime.service.problems import Problem, ProblemDocument
from nbexport_runtime.service.request_ids import CURRENT, RequestIds, request_id
from nbexport_runtime.service.route import ModelRoute
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.stopping import before_stop, server
from nbexport_runtime.service.versions import Versions

Input = TypeVar("Input", bound=BaseModel)
Output = TypeVar("Output", bound=BaseModel)


class Service(Generic[Input, Output]):
    """A model that answers requests, with what surrounds it: log, metrics, limits, rollout."""

    def __init__(
        self,
        load_model: Callable[[Path], bundle.Loaded],
        request: type[Input],
        response: type[Output],
        settings: Settings | None = None,
        extras: Extras | None = None,
    ) -> None:
        """Nothing is loaded before the application starts.

        Args:
            load_model: Loads a bundle that does not carry its own code.
            request: The arguments of `predict`.
            response: What `predict` returns, and the version of the model.
            settings: How it serves; the default is what the environment says.
            extras: What a platform adds.
        """
        self.load_model = load_model
        self.request = request
        self.response = response
        self.settings = settings or Settings()
        self.extras = extras or Extras()
        self.open_call: ContextVar[Call | None] = ContextVar("open_call", default=None)
        """The call that the code which is being run belongs to."""
        path = self.settings.api_keys_file
        self.keys = None if path is None else Keys(path)
        self.inputs = Inputs(request, self.settings)
        self.stopping = False
        """Whether this process is about to stop."""
        self._versions: Versions | None = None

    @property
    def versions(self) -> Versions:
        """The models that answer.

        Raises:
            RuntimeError: The application has not started.
        """
        if self._versions is None:
            raise RuntimeError("the model is loaded when the application starts; a test needs `with TestClient(app)`")
        return self._versions

    # ---------------------------------------------------------- application

    def app(self, **options: Any) -> FastAPI:
        """The application with `/health`, `/ready`, `/metadata` and `/metrics`; `serve.py` adds the other routes.

        Args:
            **options: What `FastAPI` takes: `title`, `description`, `dependencies` …
        """
        own_lifespan = options.pop("lifespan", None)

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
            put_behind(app, own)
            async with self._running():
                if own_lifespan is None:
                    yield None
                else:
                    async with own_lifespan(app) as state:
                        yield state

        options.setdefault("generate_unique_id_function", lambda route: route.name)
        if "docs" in self.settings.closed_routes:
            options["openapi_url"] = None
        app = FastAPI(lifespan=lifespan, **options)
        described = app.openapi
        app.openapi = lambda: in_order(described(), self.request)  # type: ignore[method-assign]
        app.router.route_class = type("ServiceRoute", (ModelRoute,), {"service": self})
        if self.keys is not None:
            app.add_middleware(Callers, keys=self.keys)
        app.add_middleware(RequestIds)
        problems.install(app)
        status.install(app, lambda: self.versions)
        self.extras.install(app, self)
        closed = {f"/{name}" for name in self.settings.closed_routes}
        app.router.routes[:] = [route for route in app.router.routes if served_at(route)[0] not in closed]
        own = list(app.router.routes)
        return app

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """The model is loaded; in the end what is being answered is finished, and the log closed."""
        if self.keys is not None:
            self.keys.load()
        log = PredictionLog(self.settings)
        self._versions = versions = Versions(
            self.load_model, self.request, self.settings, log, error_budget=self.extras.error_budget
        )
        await versions.start()
        # what is loaded now stays: looking through it again and again for garbage would make some requests wait
        gc.collect()
        gc.freeze()

        def retire() -> None:
            self.stopping = True
            versions.retire()

        self.stopping = False
        bound(server(), self.settings, lambda: self.stopping)
        try:
            with before_stop(retire, self.settings.drain_s):
                yield
        finally:
            self._versions = None
            await versions.close()
            self.extras.close()

    # -------------------------------------------------------------- answers

    async def predict(self, request: Input) -> Output:
        """What the model answers to one input; it is logged and counted.

        Raises:
            Problem: It cannot be answered; the application turns it into a problem document.
        """
        _, (answer,) = await self._answers([request])
        if isinstance(answer, Problem):
            raise answer
        return unchecked(self.response, answer)

    async def predict_many(self, rows: Rows[Input]) -> Answers[Output]:
        """What the model answers to many inputs, in their order; a row without an answer has its problem.

        Raises:
            Problem: Too many requests wait, or it took too long.
        """
        call, answers = await self._answers(rows.inputs, numbered=True)
        predictions = [
            row_error(answer, call.request_id) if isinstance(answer, Problem) else unchecked(self.response, answer)
            for answer in answers
        ]
        return unchecked(Answers, {"predictions": predictions, "model_version": call.predictor.version})

    async def _answers(
        self, rows: Sequence[Row], *, numbered: bool = False
    ) -> tuple[Call, list[dict[str, Any] | Problem]]:
        call = self.open_call.get()
        if call is not None:
            return call, await call.answer(rows, numbered=numbered)
        with self._own_call() as call:
            return call, await call.answer(rows, numbered=numbered)

    def call(self, route: str, http: Request) -> Call:
        """A request whose body holds an input of the model."""
        return self._call(http.headers, route, request_id(http), caller_in(http.scope))

    def _own_call(self) -> Call:
        """A call by other code: a route of the project's own, or what runs outside of any request."""
        scope = CURRENT.get()
        if scope is None:
            return Call(self.versions.production, "", uuid.uuid4().hex, self._followed())
        path = getattr(scope.get("route"), "path", "")
        return self._call(Headers(scope=scope), path, scope["state"]["request_id"], caller_in(scope))

    def _call(self, headers: Headers, route: str, request_id: str, caller: str | None) -> Call:
        predictor, belonging = self.versions.choose(headers, request_id)
        facts = self.extras.of_request(belonging)
        if caller is not None:
            facts["caller"] = caller
        return Call(predictor, route, request_id, self._followed(), facts)

    def _followed(self) -> Inputs:
        """What is known of inputs, by what production has learned from."""
        production = self.versions.production
        if self.inputs.version != production.version:
            self.inputs.follow(production.version, production.facts)
        return self.inputs


def put_behind(app: FastAPI, own: Sequence[BaseRoute]) -> None:
    """Put our own routes behind those of `serve.py`, which are asked most; one that is there too replaces ours."""
    others = [route for route in app.router.routes if route not in own]
    taken = {served_at(route) for route in others}
    app.router.routes[:] = [*others, *(route for route in own if served_at(route) not in taken)]


def in_order(document: dict[str, Any], request: type[BaseModel]) -> dict[str, Any]:
    """An OpenAPI document whose examples have their members as the notebook's calls have them: pydantic sorts them.

    A frame that is made of one has its columns in that order, and a model refuses those of another order.
    """
    extra = request.model_config.get("json_schema_extra")
    schema = document.get("components", {}).get("schemas", {}).get(request.__name__, {})
    if isinstance(extra, dict) and "examples" in extra and "examples" in schema:
        schema["examples"] = extra["examples"]
    return document


def served_at(route: BaseRoute) -> tuple[str, frozenset[str]]:
    """Path and methods of a route."""
    return getattr(route, "path", ""), frozenset(getattr(route, "methods", None) or ())


def row_error(problem: Problem, request_id: str) -> RowError:
    """A problem in the place of a batch's answer."""
    return unchecked(RowError, {"error": unchecked(ProblemDocument, problem.document(request_id))})
