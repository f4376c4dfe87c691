"""The table of a project's stages: what each function of `model.py` takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.secret import revealed


@dataclass(frozen=True)
class Stage:
    """One stage function of `model.py`."""

    function: str
    role: str
    """`data`, `features`, `model`, `train` or `evaluate`."""
    takes: tuple[str, ...] = ()
    """Values of earlier stages."""
    gives: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """Arguments that options of `train.py` fill."""
    secrets: tuple[str, ...] = ()
    """Those of them that are secrets: no data set says with which it was made."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Argument → its name in `args`, where that is another one."""
    path: str = ""
    """The argument for the path of the data."""
    path_text: str = ""
    """The argument for the same path as a `str`."""
    seed: str = ""
    """The argument for `--seed`."""

    def named(self, result: Any) -> dict[str, Any]:
        """Name → value of what a call returned."""
        values = (result,) if len(self.gives) == 1 else result
        return dict(zip(self.gives, values if self.gives else (), strict=True))

    def result(self, values: Mapping[str, Any]) -> Any:
        """What a call returns that gives these values."""
        results = tuple(values[name] for name in self.gives)
        return results[0] if len(results) == 1 else results or None

    @property
    def recorded(self) -> tuple[str, ...]:
        """Arguments that options fill and that a data set is known by."""
        return tuple(name for name in self.parameters if name not in self.secrets)

    def arguments(self, args: Any) -> dict[str, Any]:
        """The arguments that come from the command line, secrets as the notebook's code reads them.

        Args:
            args: The parsed options.

        Raises:
            SecretError: One is not set.
        """
        own: dict[str, Any] = {}
        for name in self.parameters:
            own[name] = revealed(getattr(args, self.renamed.get(name, name)))
        if self.path:
            own[self.path] = args.data
        if self.path_text:
            own[self.path_text] = str(args.data)
        if self.seed:
            own[self.seed] = args.seed
        return own


@dataclass(frozen=True)
class Stages:
    """All stages of a project, in their order."""

    notebook: str
    stages: tuple[Stage, ...]
    held_back: tuple[str, ...] = ()
    """What the data stages give for the evaluation alone: the rows that are frozen."""
    not_shared: str = ""
    """Why the training cannot be spread over processes; empty where it can be tried."""

    @property
    def data(self) -> tuple[Stage, ...]:
        """The stages that load and split the data."""
        return tuple(stage for stage in self.stages if stage.role == "data")

    @property
    def loading(self) -> tuple[Stage, ...]:
        """The data stages, and between them the stages that make what they take, or may change it in place."""
        chosen: list[Stage] = []
        wanted: set[str] = set()
        for stage in reversed(self.stages):
            if stage.role == "data" or wanted.intersection((*stage.gives, *stage.takes)):
                chosen.append(stage)
                wanted = (wanted - set(stage.gives)) | set(stage.takes)
        return tuple(reversed(chosen))

    @property
    def kept(self) -> tuple[Stage, ...]:
        """The data stages that a snapshot keeps: those that take nothing but what data stages give."""
        known: set[str] = set()
        chosen: list[Stage] = []
        for stage in self.data:
            if known.issuperset(stage.takes):
                known |= set(stage.gives)
                chosen.append(stage)
        return tuple(chosen)

    @property
    def learned(self) -> frozenset[str]:
        """Values that only training makes."""
        trained = [stage for stage in self.stages if stage.role in ("model", "train")]
        return frozenset(name for stage in trained for name in stage.gives)

    @property
    def passed_on(self) -> tuple[str, ...]:
        """What data stages before the last one give to later stages: it is handed on before rows are held back."""
        if not self.data:
            return ()
        read = {name for stage in self.stages if stage.role != "data" for name in stage.takes}
        early = {name for stage in self.data[:-1] for name in stage.gives} - set(self.data[-1].gives)
        return tuple(sorted(read & early))

    def of(self, function: str) -> Stage:
        """The stage of a function.

        Raises:
            PipelineError: There is no such stage.
        """
        for stage in self.stages:
            if stage.function == function:
                return stage
        raise PipelineError(f"`{function}` is not a stage that `stages.py` knows; export the notebook again")
