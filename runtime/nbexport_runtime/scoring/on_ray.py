"""`--engine ray`: Ray Data hands the batches of a table to models on all machines of a cluster.

The machine of the command reads the table and writes the output. In between, batches go to as many models as there are
processors, and come back in their order: input, columns, refusals, resumption and output are those of the local engine.
The folder of the project must be the same on each machine.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pickle
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.scoring.batches import Maker
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.job import Job, columns_of
from nbexport_runtime.scoring.reading import numbered
from nbexport_runtime.scoring.scorer import Scorer
from nbexport_runtime.scoring.work import Batch
from nbexport_runtime.service.settings import Settings

INSTALL = 'run `pip install "ray[data]>=2.60,<3"` in the environment of the cluster'


@dataclass(frozen=True)
class Plan:
    """What a machine needs to know to score batches of a table."""

    root: str
    """The folder of the project."""
    job: bytes
    """What the columns of the table are, and which model scores it, as a pickle."""


def batches(job: Job) -> AsyncIterator[Batch]:
    """Batches that the models of a cluster score, in the order of the table.

    Args:
        job: The run.

    Raises:
        ScoreError: Ray is not installed, or a model is not responding.
    """
    try:
        ray: Any = importlib.import_module("ray")
        data: Any = importlib.import_module("ray.data")
    except ImportError:
        raise ScoreError(f"Ray Data is not installed; {INSTALL}") from None
    return scored(job, ray, data)


async def scored(job: Job, ray: Any, data: Any) -> AsyncIterator[Batch]:
    """The batches, one after the other.

    Args:
        job: The run.
        ray: The module `ray`.
        data: The module `ray.data`.

    Raises:
        ScoreError: A model is not responding.
    """
    start(ray)
    context = data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    # each batch is a block of its own: blocks are what goes to different machines
    context.target_max_block_size = context.target_min_block_size = 1
    here = ray.get_runtime_context().get_node_id()
    strategy = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
    workers = job.order.workers or max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
    names = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name in names}
    root = str(job.order.root)
    like_here = {"env_vars": {**environment, "PYTHONPATH": root}}
    table = data.read_datasource(
        source_of(job, data),
        override_num_blocks=1,
        ray_remote_args={"scheduling_strategy": strategy(here, soft=False), "runtime_env": like_here},
    )
    plan = Plan(root, pickle.dumps((job.wanted, job.table.columns, job.table.kind, job.order.columns)))
    answered = table.map_batches(
        Worker,
        batch_size=1,
        batch_format="pandas",
        concurrency=(1, workers),
        fn_constructor_args=[plan],
        runtime_env=like_here,
    )
    try:
        for row in answered.iter_rows():
            batch: Batch = pickle.loads(row["batch"])  # noqa: S301 - the words of our own workers
            yield batch
    except Exception as error:
        cause = getattr(error, "cause", None) or error.__cause__ or error
        if isinstance(cause, ScoreError):
            raise ScoreError(str(cause)) from None
        raise


def start(ray: Any) -> None:
    """Join the cluster that RAY_ADDRESS names, or begin one on this machine.

    Raises:
        ScoreError: There is none.
    """
    if ray.is_initialized():
        return
    # a cluster has a dashboard or not; one of our own needs none
    own = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    try:
        ray.init(log_to_driver=False, **own)
    except Exception as error:  # noqa: BLE001 - Ray raises plain exceptions
        raise ScoreError(f"Ray cannot be started or reached: {error}") from None


def source_of(job: Job, data: Any) -> Any:
    """The batches of a table as a data source of Ray: one task reads them, and each is a block."""
    block: Any = importlib.import_module("ray.data.block")
    pandas: Any = importlib.import_module("pandas")
    table, begin, size = job.table, job.work.done.rows, job.order.batch_size

    def read() -> Iterator[Any]:
        for first, rows in numbered(table, begin, size):
            yield pandas.DataFrame({"begin": [first], "rows": [pickle.dumps(rows)]})

    class Batches(data.Datasource):  # type: ignore[misc]
        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> Iterable[Any]:
            unknown = block.BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
            return [data.ReadTask(read, unknown)]

        def estimate_inmemory_data_size(self) -> int | None:
            return None

    return Batches()


class Worker:
    """A model in an actor."""

    def __init__(self, plan: Plan) -> None:
        """Load the project and the model.

        Raises:
            ScoreError: The model cannot be used.
        """
        os.chdir(plan.root)
        sys.path.insert(0, plan.root)
        service = importlib.import_module("serve").service
        wanted, columns, kind, chosen = pickle.loads(plan.job)  # noqa: S301 - the words of the command
        self._loop = asyncio.new_event_loop()
        scorer = Scorer(service, wanted)
        self._loop.run_until_complete(scorer.start())
        self._maker = Maker(
            scorer,
            columns_of(service, wanted, columns, kind, chosen),
            judged=service.extras.judges_tables,
            redacted=service.settings.log_redact,
        )

    def __call__(self, batch: Any) -> dict[str, list[bytes]]:
        """Score one batch."""
        begin, rows = int(batch["begin"].iloc[0]), pickle.loads(batch["rows"].iloc[0])  # noqa: S301 - the reader's
        return {"batch": [pickle.dumps(self._loop.run_until_complete(self._maker.batch(begin, rows)))]}
