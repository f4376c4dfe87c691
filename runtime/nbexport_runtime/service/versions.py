"""The models that answer: production and, during a rollout, candidates; all change without a restart.

Files say which (`sources.py`). What is new is loaded beside the present model, which goes on answering; a load that
fails is tried again. Production never waits for a candidate: each has its own process, and nothing here waits for one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from pydantic import BaseModel

from nbexport_runtime.bundle import BundleError
from nbexport_runtime.masking import masked_traceback
from nbexport_runtime.service import metrics, sources
from nbexport_runtime.service.candidate import Candidate, Copying
from nbexport_runtime.service.extras import Belonging
from nbexport_runtime.service.loading import Loader
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.own_code import LoadModel
from nbexport_runtime.service.predictor import Predictor
from nbexport_runtime.service.process import DownError
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.sources import Bundle, Wanted
from nbexport_runtime.service.supervised import retried
from nbexport_runtime.traffic import clock, split
from nbexport_runtime.traffic.traffic import KEY_HEADER, Traffic

LOOK_S = 0.2
"""How often the files are looked at."""

logger = logging.getLogger(__name__)


class Versions:
    """Production, candidates, and who is answered by which."""

    production: Predictor

    def __init__(
        self,
        load_model: LoadModel,
        request: type[BaseModel],
        settings: Settings,
        log: PredictionLog,
        *,
        error_budget: float,
    ) -> None:
        """Nothing is loaded before `start`.

        Args:
            load_model: Loads a bundle that does not carry its own code.
            request: What an input is.
            settings: Where the models are.
            log: Where each prediction is written down.
            error_budget: The share of its requests that a candidate may fail before it is set aside.
        """
        self._error_budget = error_budget
        self.loader = Loader(load_model, request, settings, log)
        self._log = log
        self._source = sources.source_of(settings)
        self._latest = Wanted(None)
        self._serving: Bundle | None = None
        self._switching: asyncio.Task[None] | None = None
        self._switching_to: Bundle | None = None
        self._traffic: Traffic | None = None
        self._candidates: dict[str, Candidate] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load production; the files are looked at from now on.

        Raises:
            BundleError: It cannot be served.
        """
        wanted = sources.first(self._source)
        if wanted.production is None:
            raise BundleError("there is no model to serve")
        try:
            self.production = await self.loader.loaded(wanted.production)
        except DownError as error:
            raise BundleError(f"`{wanted.production.folder}` cannot be served: {error}") from error
        self._serving = wanted.production
        if self.production.arm != "production":
            logger.warning("%s is an unjudged candidate: MODEL_DIR names it", self.production.version)
        if clock.simulated():
            logger.warning("the time is simulated: %s is set", clock.VARIABLE)
        self._latest = wanted
        self._follow_traffic(wanted.traffic)
        metrics.READY.set_function(lambda: float(not self.reasons()))
        self._looking = asyncio.create_task(self._look_always())

    # ---------------------------------------------------------------- answers

    def choose(self, headers: Mapping[str, str], request_id: str = "") -> tuple[Predictor | Copying, Belonging]:
        """The model that answers a request, and where it belongs: to production, unless its id is a candidate's.

        Args:
            headers: Those of the request.
            request_id: Its id, by which a shadow's sample is drawn where the headers have no key.
        """
        traffic = self._traffic
        if traffic is None:
            return self.production, Belonging(headers.get(KEY_HEADER, ""))
        key = headers.get(traffic.key_header, "")
        version = split.chosen(traffic, key, request_id)
        belonging = Belonging(key, traffic, version)
        candidate = self._candidates.get(version)
        if candidate is None:
            return self.production, belonging
        return (Copying(self.production, candidate) if traffic.mode == "shadow" else candidate), belonging

    def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        return self.production.reasons()

    def retire(self) -> None:
        """Say that this process is about to stop."""
        self.production.retire()

    def described(self) -> dict[str, Any]:
        """The rollout as `/health` shows it; nothing where there is none."""
        if self._traffic is None:
            return {}
        arms = [(arm, self._candidates[arm.version]) for arm in self._traffic.candidates]
        shown = [
            {
                "model_version": arm.version,
                "percent": arm.weight_percent if candidate.state == "serving" else 0,
                "state": candidate.state,
                "mode": self._traffic.mode,
            }
            for arm, candidate in arms
        ]
        return {"rollout": shown[0], **({"rollouts": shown} if len(shown) > 1 else {})} if shown else {}

    def remarks(self) -> dict[str, Any]:
        """What people should know of the model that answers; nothing where it is what it should be."""
        arm = self.production.arm
        return {} if arm == "production" else {"serving": arm}

    # ---------------------------------------------------------------- changes

    async def _look_always(self) -> None:
        trouble = ""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self.look()
            except Exception as error:  # noqa: BLE001
                # the present models go on, whatever the files hold; it is said once
                if str(error) != trouble:
                    trouble = str(error)
                    logger.error("the models cannot be changed\n%s", masked_traceback(error))
            else:
                trouble = ""

    def look(self) -> None:
        """Begin to do what changed files say; it never waits."""
        wanted = self._source.look()
        if wanted is None or wanted.production is None:
            return
        self._latest = wanted
        if wanted.production != (self._switching_to or self._serving):
            self._begin_switch(wanted.production)
        promoted = self._switching_to is not None and self._switching_to.version in self._candidates
        if not promoted:
            # a candidate that becomes production keeps its share until it is
            self._follow_traffic(wanted.traffic)

    def _begin_switch(self, wanted: Bundle) -> None:
        if self._switching is not None:
            self._switching.cancel()
        self._switching, self._switching_to = None, None
        if wanted != self._serving:
            self._switching_to = wanted
            self._switching = asyncio.create_task(self._switch(wanted))

    async def _switch(self, wanted: Bundle) -> None:
        fresh: Predictor = await retried(lambda: self.loader.sound(wanted), "production", wanted.folder)
        before, self.production = self.production, fresh
        self._serving, self._switching, self._switching_to = wanted, None, None
        logger.warning("production is %s now", fresh.version)
        self._follow_traffic(self._latest.traffic)
        self._leave(before)

    def _follow_traffic(self, traffic: Traffic | None) -> None:
        if traffic == self._traffic:
            return
        versions = {arm.version for arm in traffic.candidates} if traffic is not None else set()
        for version in self._candidates.keys() - versions:
            self._leave(self._candidates.pop(version))
        if traffic is None:
            if self._traffic is not None:
                logger.warning("no rollout: production answers all")
        else:
            for version in versions - self._candidates.keys():
                try:
                    self._candidates[version] = self.loader.candidate(version, lambda: self.production)
                except BundleError as error:
                    metrics.LOAD_FAILURES.inc()
                    logger.error("%s gets no share: %s", version, error)
                    self._traffic = None
                    return
            for arm in traffic.candidates:
                self._candidates[arm.version].begin(traffic.mode, self._error_budget)
                logger.warning("%s gets %g %% (%s)", arm.version, arm.weight_percent, traffic.mode)
        metrics.SET_ASIDE.set(0)
        metrics.ROLLOUT.set(sum(arm.weight_percent for arm in traffic.candidates) if traffic is not None else 0)
        self._traffic = traffic

    def _leave(self, predictor: Predictor) -> None:
        """Let a version answer what it was asked, then end it."""
        self._later(self._left(predictor))

    async def _left(self, predictor: Predictor) -> None:
        while predictor.answering:
            await asyncio.sleep(LOOK_S)
        await predictor.close()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        """Let all models finish, then close the log."""
        for task in (self._looking, self._switching):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        for candidate in self._candidates.values():
            self._later(candidate.close())
        if hasattr(self, "production"):
            await self.production.close()
        while self._background:
            await asyncio.wait(set(self._background))
        self._log.close()
