"""A training run on a versioned data set: rows are held back, what an evaluation reads is kept, the code goes along.

    X_train, X_test = run.hold_back(load_data, args.data, seed=args.seed)
    metrics = run.evaluate(evaluate_model, X_test, model)

calls `load_data` and `evaluate_model` as they are. On a data set (`--data data/train`) the frozen rows take the place
of the notebook's own evaluation rows, and nothing that equals them is trained on.
"""

from __future__ import annotations

import inspect
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from nbexport_runtime import bundle, training
from nbexport_runtime.pipeline import datasets, distributed, holdout, processes, snapshot
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project, of
from nbexport_runtime.pipeline.rows import length
from nbexport_runtime.training import provenance, record

FILES = ("requirements*.txt", "requirements*.lock", "pipeline.toml", "pyproject.toml", "data_schema.json")
"""What belongs to a version beside its Python."""
ENDED = 143
"""The exit code of a process that was ended by a signal, SIGTERM."""
FIRST_SPEAKS_S = 20
"""How long another rank waits with what rank 0 prints too: `torchrun` ends it before."""


class Run(training.Run):
    """One training run of a pipeline; without a versioned data set, what the notebook computes."""

    keeps_reference = True

    def __init__(self) -> None:
        super().__init__()
        self._project: Project | None = None
        self._data: Path | None = None
        """The data set; None where the run trains on something else."""
        self._seeded = False
        self._values: dict[str, Any] = {}
        """What the data stages gave so far."""
        self._facts: dict[str, Any] = {}
        self._learned: dict[str, Any] = {}
        """What evaluations read and only training makes."""

    @classmethod
    def main(cls, parser: Any, train: training.run.Train, *, notebook: str) -> NoReturn:
        """Run `train` with the options of the command line, in each process that `torchrun` starts.

        Args:
            parser: The options of the project.
            train: Calls the stages, hands metrics, gates and model to the run.
            notebook: Name of the notebook, for the manifest.

        Raises:
            SystemExit: Always: 0 trained and saved, 1 a gate or a stage failed, 2 wrong usage.
        """
        processes.start_in_same_order()
        processes.end_cleanly()
        try:
            super().main(parser, train, notebook=notebook)
        except processes.EndedError:
            raise SystemExit(ENDED) from None

    # ------------------------------------------------------------------ what `train` calls

    def load(self, stage: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What a data stage gives; where the data set is a snapshot, what it gave when that was taken.

        Raises:
            PipelineError: The snapshot was taken with other parameters.
        """
        if self._project is None or self._data is None:
            return stage(*args, **kwargs)
        known = self._project.stages.of(stage.__name__)
        if snapshot.is_snapshot(self._data) and known in self._project.stages.kept:
            arguments = inspect.signature(stage).bind(*args, **kwargs).arguments
            result = snapshot.kept_result(known, self._data, arguments, seeded=self._seeded, own=self._project.own)
        else:
            result = stage(*args, **kwargs)
        self._values |= known.named(result)
        return result

    def hold_back(self, stage: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What the last data stage gives, with the frozen rows in the place of its own evaluation rows.

        Raises:
            PipelineError: The snapshot was taken with other parameters, or the frozen rows are not what they were.
        """
        result = self.load(stage, *args, **kwargs)
        if self._project is None or self._data is None:
            return result
        with distributed.first_alone():
            values = self._held_back(self._project)
        self._values = {}
        return self._project.stages.of(stage.__name__).result(values)

    def evaluate(self, stage: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What an evaluation gives; what only training makes of its arguments is kept, so that it can be repeated."""
        if self._project is not None and self._data is not None:
            arguments = inspect.signature(stage).bind(*args, **kwargs).arguments
            learned = self._project.stages.learned
            self._learned |= {name: value for name, value in arguments.items() if name in learned}
        return stage(*args, **kwargs)

    def save(
        self,
        state: Mapping[str, Any],
        *,
        metrics: Mapping[str, Any],
        predict: Callable[..., Any] | None = None,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """Hand over what the bundle gets, as every run does, and beside it what evaluations read."""
        super().save(state, metrics=metrics, predict=predict, prepare=prepare)
        if self._project is None:
            return
        for name, value in self._learned.items():
            if name in state:
                continue
            problem = bundle.problem_of(value, name, own=self._project.own)
            if problem:
                log().warning("`{}` cannot be kept, so the evaluation cannot be repeated: {}", name, problem)
            else:
                self.state[name] = value

    # ------------------------------------------------------------------ what the command line calls

    @property
    def first(self) -> bool:
        """Whether this is rank 0, which logs and saves."""
        return processes.rank() == 0

    def begin(self, data: Path | None, *, seeded: bool, project: Path, default: Path | None) -> Path | None:
        """Look at what the run trains on, before it starts; the path that the stages read.

        Args:
            data: The data set, file or folder; None where the notebook's own code provides the data.
            seeded: Whether somebody gave a seed to a notebook that has no parameter for it.
            project: The folder of `train.py`.
            default: The default of `--data`.

        Raises:
            PipelineError: The data set is not what it was, or the training cannot be spread over processes.
        """
        self._project, self._seeded = of(project), seeded
        if processes.processes() > 1 and self._project.stages.not_shared:
            raise processes.NotSharedError(self._project.stages.not_shared)
        if data is None or not datasets.is_data_set(data):
            return data
        self._data = data
        record = datasets.record(data)
        self._facts["data_set"] = {name: record[name] for name in ("id", "sha256", "source")}
        return datasets.inside(data, default)

    @contextmanager
    def together(self) -> Iterator[None]:
        """The stages run within; several processes share the calls of models there, and must learn the same.

        Raises:
            PipelineError: The training cannot be shared, or the processes have learned different models.
        """
        with distributed.together():
            yield
            distributed.agree(bundle.plain(self.metrics), self.state)

    def refuse(self, error: training.UsageError) -> None:
        """Print why there is nothing to train, once."""
        if not self.first:
            # `torchrun` ends all others as soon as one has ended
            threading.Event().wait(FIRST_SPEAKS_S)
        super().refuse(error)

    def facts(self) -> dict[str, Any]:
        """Data set, rows held back, processes, settings, and the run that has the log."""
        facts: dict[str, Any] = {"processes": processes.processes(), **self._facts}
        if self._project is not None:
            facts["config_sha256"] = provenance.digest_of(self._project.code, "pipeline.toml")
        kept = record.folder()
        if kept is not None:
            facts["run"] = kept.name
        return facts

    def add_files(self, folder: Path) -> None:
        """Copy the project's code into a bundle, which can be served and trained again with it."""
        if self._project is None:
            return
        code = self._project.code
        paths = {*code.glob("*.py"), *provenance.packaged(code), *provenance.exported(code)}
        for path in sorted(paths.union(*(code.glob(pattern) for pattern in FILES))):
            target = folder / "code" / path.relative_to(code)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    # ------------------------------------------------------------------ inside

    def _held_back(self, project: Project) -> dict[str, Any]:
        """Name → value of what the data stages gave, as the run goes on with it."""
        names, values = project.stages.held_back, self._values
        if not names:
            log().warning(
                "{} does not say which rows it holds back: models are compared on rows that production may have seen",
                project.notebook,
            )
            return values
        frozen = holdout.identity(project)
        if frozen is None:
            try:
                frozen = holdout.freeze(project, {name: values[name] for name in names})
            except bundle.BundleError as error:
                log().warning("the rows held back cannot be frozen: {}", error)
                return values
            log().info("froze the rows held back as {}", frozen)
        kept = holdout.values(project, frozen)
        if kept.keys() != set(names):
            raise PipelineError(
                f"the notebook now holds back {', '.join(names)}, frozen are {', '.join(kept)}; "
                'freeze what it holds back now with `python evaluate.py --renew-holdout "the notebook was changed"`'
            )
        result, left_out = holdout.hold_back(values, kept)
        for name in project.stages.passed_on:
            if result[name] is not values[name]:
                log().warning("`{}` holds rows that are held back, and an earlier `data` cell has handed it on", name)
        rows = max((length(value) for value in kept.values()), default=0)
        self._facts["holdout"] = {"id": frozen, "rows": rows, "left_out": left_out}
        if left_out:
            log().info("left {} rows out of the training: they are held back", left_out)
        return result


def log() -> Any:
    """The log of the run; what only reads models needs no logging library."""
    from loguru import logger

    return logger
