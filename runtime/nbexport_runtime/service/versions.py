"""The models of this process: production and, during a rollout, a candidate; both change without a restart.

Production is what lies in MODEL_DIR, and is loaded again when that folder is exchanged. The candidate and its share
of the traffic are what ROLLOUT_FILE says. What is new is loaded and asked for its known answers in a thread, while
the present model goes on answering; if that fails, it goes on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nbexport_runtime.bundle import BundleError, Loaded
from nbexport_runtime.masking import masked_traceback
from nbexport_runtime.service import metrics, rollout_state
from nbexport_runtime.service.isolation import LoadModel, load
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.predictor import Predictor
from nbexport_runtime.service.rollout_state import Rollout
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.split import chosen

LOOK_S = 0.2
"""How often the files are looked at."""

logger = logging.getLogger(__name__)

Mark = tuple[int, int, int] | None


class Versions:
    """Production, the candidate, and who is answered by which."""

    def __init__(self, load_model: LoadModel, request: type[BaseModel], settings: Settings, log: PredictionLog) -> None:
        """Load production; the files are looked at from now on.

        Args:
            load_model: Loads a bundle that does not carry its own code.
            request: What an input is.
            settings: Where the models are.
            log: Where each prediction is written down.

        Raises:
            BundleError: Production cannot be served.
        """
        self._load_model = load_model
        self._request = request
        self._settings = settings
        self._log = log
        self._seen_production = mark(settings.model_dir / "manifest.json")
        self._seen_rollout: Mark = None
        self.production = Predictor(self._loaded(settings.model_dir, settings.model_digest), request, log, settings)
        self.production.rehearse()
        self.rollout: Rollout | None = None
        self.candidate: Predictor | None = None
        self._leaving: list[Predictor] = []
        metrics.READY.set_function(lambda: float(not self.reasons()))
        metrics.ROLLOUT.set(0)
        self._looking = asyncio.create_task(self._look_always())

    # ---------------------------------------------------------------- answers

    def choose(self, headers: Mapping[str, str]) -> Predictor:
        """The model that answers a request with these headers: production, unless its id belongs to the candidate."""
        if self.candidate is None or self.rollout is None:
            return self.production
        key = headers.get(self.rollout.key_header, "")
        if key and chosen(self.rollout.salt, key, self.rollout.percent):
            return self.candidate
        return self.production

    def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        return self.production.reasons()

    def retire(self) -> None:
        """Say that this process is about to stop."""
        self.production.retire()

    def described(self) -> dict[str, Any]:
        """The rollout as `/health` shows it; nothing where there is none."""
        if self.rollout is None or self.candidate is None:
            return {}
        return {"rollout": {"model_version": self.candidate.version, "percent": self.rollout.percent}}

    # ---------------------------------------------------------------- changes

    async def _look_always(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001
                # the present models go on, whatever the files hold
                logger.error("the models cannot be changed\n%s", masked_traceback(error))

    async def look(self) -> None:
        """Do what changed files say."""
        seen = mark(self._settings.rollout_file)
        if seen != self._seen_rollout:
            self._seen_rollout = seen
            await self._follow_rollout()
        seen = mark(self._settings.model_dir / "manifest.json")
        if seen is not None and seen != self._seen_production:
            self._seen_production = seen
            fresh = await self._fresh(self._settings.model_dir, "production", self._settings.model_digest)
            if fresh is not None:
                self._leaving.append(self.production)
                self.production = fresh
                logger.warning("production is %s now", fresh.version)
        for predictor in [p for p in self._leaving if not p.answering]:
            self._leaving.remove(predictor)
            await asyncio.to_thread(predictor.close)

    async def _follow_rollout(self) -> None:
        try:
            asked = rollout_state.read(self._settings.rollout_file)
        except ValueError as error:
            logger.error("%s is left alone: %s", self._settings.rollout_file, error)
            metrics.LOAD_FAILURES.inc()
            return
        if asked is None or (self.rollout and asked.version != self.rollout.version):
            self._drop_candidate()
        if asked is None:
            logger.warning("no rollout: production answers all")
            return
        if self.candidate is None:
            folder = self._settings.rollout_file.parent / asked.candidate
            self.candidate = await self._fresh(folder, "candidate")
        if self.candidate is not None:
            self.rollout = asked
            metrics.ROLLOUT.set(asked.percent)
            logger.warning("%s gets %g %%", asked.version, asked.percent)

    def _drop_candidate(self) -> None:
        if self.candidate is not None:
            self._leaving.append(self.candidate)
        self.candidate = None
        self.rollout = None
        metrics.ROLLOUT.set(0)

    def _loaded(self, folder: Path, digest: str) -> Loaded:
        return load(folder, self._load_model, digest=digest, public_key=self._settings.model_public_key)

    async def _fresh(self, folder: Path, arm: str, digest: str = "") -> Predictor | None:
        """A model that was loaded and gives its known answers; None, and a line in the log, where it does not."""
        try:
            loaded = await asyncio.to_thread(self._loaded, folder, digest)
            fresh = Predictor(loaded, self._request, self._log, self._settings, arm)
        except BundleError as error:
            logger.error("%s is not used: %s", folder, error)
            metrics.LOAD_FAILURES.inc()
            return None
        except Exception as error:  # noqa: BLE001
            # the code that a bundle carries may raise anything
            logger.error("%s is not used\n%s", folder, masked_traceback(error))
            metrics.LOAD_FAILURES.inc()
            return None
        await asyncio.to_thread(fresh.rehearse)
        reasons = fresh.reasons()
        if reasons:
            logger.error("%s is not used: %s", folder, "; ".join(reasons))
            metrics.LOAD_FAILURES.inc()
            await asyncio.to_thread(fresh.close)
            return None
        return fresh

    async def close(self) -> None:
        """Let all models finish, then close the log."""
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking
        for predictor in (self.production, self.candidate, *self._leaving):
            if predictor is not None:
                await asyncio.to_thread(predictor.close)
        self._log.close()


def mark(path: Path) -> Mark:
    """What changes when a file is exchanged; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
