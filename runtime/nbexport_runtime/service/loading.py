"""Models are loaded: here, where one is cheap and of the project's code, and otherwise in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.bundle import BundleError
from nbexport_runtime.masking import masked_traceback, masked_values
from nbexport_runtime.service import own_code
from nbexport_runtime.service.calls import names_of
from nbexport_runtime.service.candidate import Candidate
from nbexport_runtime.service.frames import Order
from nbexport_runtime.service.inline import Inline
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.own_code import LoadModel
from nbexport_runtime.service.predictor import Predictor
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.sources import Bundle
from nbexport_runtime.service.supervised import Supervised
from nbexport_runtime.service.threads import is_cheap


class Loader:
    """Makes predictors of bundles."""

    def __init__(self, load_model: LoadModel, request: type[BaseModel], settings: Settings, log: PredictionLog) -> None:
        """The project's code is what lies there now: nothing of it is imported again later.

        Args:
            load_model: Loads a bundle that does not carry its own code.
            request: What an input is.
            settings: Limits.
            log: Where each prediction is written down.
        """
        self.load_model = load_model
        self._request = request
        self._settings = settings
        self._log = log
        self._project = own_code.project_code(load_model)

    async def sound(self, wanted: Bundle) -> Predictor:
        """A model that gives its known answers.

        Raises:
            BundleError: It does not, or cannot be served.
            DownError: Its process ended or took too long.
        """
        fresh = await self.loaded(wanted)
        if fresh.runner.reasons:
            await fresh.close()
            raise BundleError("; ".join(fresh.runner.reasons))
        return fresh

    async def loaded(self, wanted: Bundle) -> Predictor:
        """A model that answers, here or in a process of its own.

        Raises:
            BundleError: It cannot be served.
            DownError: Its process ended or took too long.
        """
        settings = self._settings
        known = (wanted.folder, wanted.digest, settings.model_public_key)
        manifest = await asyncio.to_thread(own_code.manifest_of, *known)
        if await asyncio.to_thread(self._runs_here, wanted, manifest):
            loaded = await asyncio.to_thread(self._load_here, wanted)
            runner: Inline | Supervised = Inline(loaded, self._request, settings.model_threads)
            facts = bundle.plain(loaded.manifest)
        else:
            runner = Supervised(self._order(wanted, background=False), self._request, settings, "production")
            facts = await runner.start()
            runner.keep()
        arm = "unjudged candidate" if settings.serves_candidate() else "production"
        # older bundles may name addresses with credentials
        return Predictor(runner, masked_values(facts), self._log, settings, arm)

    def _runs_here(self, wanted: Bundle, manifest: Mapping[str, Any]) -> bool:
        """Whether a model runs in this process: it is cheap, and its code is the project's."""
        if not manifest:
            # loading it says what is wrong with it
            return True
        return is_cheap(manifest) and own_code.is_of_project(wanted.folder, manifest, self._project)

    def _load_here(self, wanted: Bundle) -> bundle.Loaded:
        """A model of the project's code.

        Raises:
            BundleError: It cannot be loaded.
        """
        try:
            return self.load_model(wanted.folder)
        except (BundleError, OSError):
            raise
        except Exception as error:
            raise BundleError(f"loading it failed\n{masked_traceback(error)}") from error

    def _order(self, wanted: Bundle, *, background: bool) -> Order:
        """What a process of a model is told.

        Raises:
            BundleError: No other process can find the project's `load_model`.
        """
        settings = self._settings
        place = own_code.place_of(self.load_model)
        if place is None:
            raise BundleError("`load_model` must be a function of a module, so that another process can import it")
        return Order(
            folder=wanted.folder.absolute(),
            digest=wanted.digest,
            public_key=settings.model_public_key,
            loader=place,
            names=tuple(names_of(self._request)),
            max_together=settings.max_together,
            threads=settings.model_threads or int(background),
            background=background,
        )

    def candidate(self, version: str, production: Callable[[], Predictor]) -> Candidate:
        """A version on trial; its process is started now, and again whenever there is none.

        Args:
            version: Its version.
            production: The version that answers in its place.

        Raises:
            BundleError: No other process can find the project's `load_model`.
        """
        folder = self._settings.models_dir / "versions" / version
        order = self._order(Bundle(folder, ""), background=True)
        runner = Supervised(order, self._request, self._settings, "candidate")
        runner.keep()
        return Candidate(runner, version, self._log, self._settings, production)
