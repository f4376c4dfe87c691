"""A cheap model that runs in the service's own process: a way to another one would cost more than it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.masking import masked_traceback
from nbexport_runtime.service.calls import asker
from nbexport_runtime.service.outcomes import Outcome, outcome_of
from nbexport_runtime.service.threads import set_threads, threads_for

logger = logging.getLogger(__name__)


class Runner(Protocol):
    """What runs a model, here or in a process of its own."""

    @property
    def queues(self) -> bool:
        """Whether requests wait for it."""

    @property
    def reasons(self) -> list[str]:
        """Why it cannot answer; empty when it can."""

    async def outcomes(self, rows: Sequence[BaseModel]) -> list[Outcome]:
        """What becomes of some inputs.

        Raises:
            DownError: It is not there.
            TimeoutError: It took too long.
        """

    async def close(self) -> None:
        """Let it answer what it was asked, then end it."""


class Inline:
    """A loaded model that answers in the event loop."""

    queues = False

    def __init__(self, loaded: bundle.Loaded, request: type[BaseModel], threads: int) -> None:
        """Set this thread as the notebook was set, and ask the model what it answered after training.

        Args:
            loaded: The model.
            request: What an input is.
            threads: Of numerical libraries; 0 takes what was measured to be best when the model was saved.

        Raises:
            BundleError: The model takes other arguments than the request has.
        """
        self.manifest: dict[str, Any] = loaded.manifest
        self._ask = asker(loaded, request)
        loaded.prepare()
        set_threads(threads or threads_for(loaded.manifest))
        self.reasons = forgotten(loaded)

    async def outcomes(self, rows: Sequence[BaseModel]) -> list[Outcome]:
        """What becomes of some inputs."""
        outcomes = []
        for row in rows:
            outcomes.append(outcome_of(self._ask, row))
            if len(rows) > 1:
                # others get their turn between the rows of a batch
                await asyncio.sleep(0)
        return outcomes

    async def close(self) -> None:
        """Nothing is left to do."""


def forgotten(loaded: bundle.Loaded) -> list[str]:
    """The examples that a model does not answer as after training."""
    wrong = []
    known = zip(loaded.examples, loaded.answers, strict=True)
    for number, ((args, kwargs), expected) in enumerate(known, start=1):
        try:
            equal = bundle.close(loaded.predict(*args, **kwargs), expected)
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            logger.error("example %d\n%s", number, masked_traceback(error))
            equal = False
        if not equal:
            wrong.append(f"example {number} is not answered as after training")
    return wrong
