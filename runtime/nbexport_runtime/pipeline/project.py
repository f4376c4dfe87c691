"""The project that a command works on: found once, handed on to whatever needs it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.settings import Settings, read
from nbexport_runtime.pipeline.stages import Stages
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import Journal
from nbexport_runtime.training import Parser

TABLE = "stages.py"
"""The file that makes a folder the root of a project with a pipeline."""
ROOT = "PIPELINE_ROOT"
"""The variable that names the project whose data and models are meant while the code of an older version runs."""


@dataclass(frozen=True)
class Project:
    """A project: its code, its data and its models."""

    code: Path
    """The folder of `train.py`, `model.py` and `stages.py`."""
    root: Path
    """The folder of `data/`, `models/` and `pipeline.toml`."""

    # ------------------------------------------------------------------ its modules

    @cached_property
    def stages(self) -> Stages:
        """The table of its stages."""
        stages: Stages = importlib.import_module("stages").STAGES
        return stages

    @property
    def notebook(self) -> str:
        """The file name of the notebook."""
        return self.stages.notebook

    @cached_property
    def parser(self) -> Parser:
        """The options of its `train.py`."""
        parser: Parser = importlib.import_module("train").options()
        return parser

    @property
    def train(self) -> Callable[[argparse.Namespace, Any], None]:
        """The function that calls its stages."""
        train: Callable[[argparse.Namespace, Any], None] = importlib.import_module("train").train
        return train

    @property
    def source(self) -> Path | None:
        """What the notebook reads, the default of `--data`; None where its own code provides the data."""
        default: Path | None = self.parser.get_default("data")
        return default

    @property
    def name(self) -> str:
        """The name under which its models are registered.

        Raises:
            PipelineError: `pyproject.toml` does not say.
        """
        try:
            content = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
            return str(content["project"]["name"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PipelineError(f"`pyproject.toml` does not name the project: {error}") from None

    @property
    def own(self) -> frozenset[str]:
        """Its modules, whose classes its bundles may hold."""
        return bundle.modules_beside(self.code / "model.py")

    def settings(self) -> Settings:
        """What `pipeline.toml` says."""
        return read(self.root / "pipeline.toml")

    # ------------------------------------------------------------------ its places

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.root / "data"

    @property
    def sets(self) -> Path:
        """Every data set, by its id."""
        return self.data / "sets"

    @property
    def holdout(self) -> Path:
        """The rows held back."""
        return self.data / "holdout"

    @property
    def schema(self) -> Path:
        """What the data looks like."""
        return self.root / "data_schema.json"

    @property
    def models(self) -> Path:
        """The folder of the models."""
        return self.root / "models"

    @property
    def candidate(self) -> Path:
        """The bundle of the last training."""
        return self.models / "candidate"

    @property
    def placements(self) -> Path:
        """The journal of placings: what is in production, and was."""
        return self.models / placements.NAME

    @property
    def journal(self) -> Journal:
        """What that journal says.

        Raises:
            PipelineError: It cannot be read.
        """
        try:
            return placements.read(self.placements)
        except OSError as error:
            raise PipelineError(f"`{self.placements}` cannot be read: {error.strerror}") from None

    @property
    def production(self) -> Path:
        """A copy of the bundle in production, for builds of images; it follows the journal."""
        return self.models / "production"

    @property
    def placed(self) -> bool:
        """Whether anything is in production, by the journal or, before there is one, by the folder."""
        return self.journal.production is not None or (self.production / "manifest.json").is_file()

    @property
    def current(self) -> Path | None:
        """The bundle in production; None before there is one.

        Raises:
            PipelineError: It is not there, or is not the one that was placed.
        """
        placement = self.journal.production
        if placement is None:
            return self.production if self.placed else None
        try:
            return placements.located(self.models, placement)
        except ValueError as error:
            raise PipelineError(
                f"{error}; bring it back from the store with `python registry.py sync`, or go to the production "
                "before it with `python promote.py --rollback`"
            ) from None

    @property
    def versions(self) -> Path:
        """Every bundle that was judged, by its version; these folders never change."""
        return self.models / "versions"

    @property
    def decisions(self) -> Path:
        """What was decided, and why."""
        return self.models / "decisions"

    @property
    def cards(self) -> Path:
        """Model cards and data cards."""
        return self.models / "cards"

    @property
    def reports(self) -> Path:
        """What validating each data set found."""
        return self.models / "reports"

    @property
    def traffic(self) -> Path:
        """Which share of the traffic each version gets."""
        return self.models / traffic.NAME


def of(folder: Path) -> Project:
    """The project whose code is in a folder."""
    code = folder.resolve()
    return Project(code, Path(os.environ.get(ROOT) or code).absolute())


def find(command: str | Path) -> Project:
    """The project of a command: the folder of its file, or the one above, that has a table of stages.

    Raises:
        PipelineError: There is none.
    """
    folder = Path(command).resolve().parent
    for place in (folder, folder.parent):
        if (place / TABLE).is_file():
            if str(place) not in sys.path:
                sys.path.insert(0, str(place))
            return of(place)
    raise PipelineError(f"`{command}` is not a command of a project with a pipeline: there is no `{TABLE}`")
