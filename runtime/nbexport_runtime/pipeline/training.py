"""What a pipeline adds to `train.py` when it trains on a versioned data set: held back rows, hashes, the code itself."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loguru import logger

from nbexport_runtime import bundle
import model
from nbexport_runtime.pipeline import datasets, distributed, holdout, snapshot
from nbexport_runtime.pipeline.outcome import Trouble
from nbexport_runtime.pipeline.processes import processes
from nbexport_runtime.pipeline.settings import CODE
from stages import DATA_STAGES, EVALUATE_STAGES, HELD_BACK, LEARNT

FILES = ("requirements*.txt", "pipeline.toml", "pyproject.toml", "data_schema.json")
"""What belongs to a version beside its Python."""


def stages(
    data: Path | None, facts: dict[str, Any], wrong: type[Exception]
) -> Callable[..., Any]:
    """What runs the stages instead of `model.run`.

    Args:
        data: The data; what is no versioned data set is trained on as the notebook does.
        facts: Gets what the manifest must say of the run.
        wrong: What to raise when a data set cannot be trained on.
    """

    def run(parameters: Any, *, data: Path | None, seed: int | None) -> Any:
        made = Run(data)
        try:
            with distributed.together():
                trained = made.stages(parameters, data=data, seed=seed)
                distributed.agree(bundle.plain(trained.metrics), trained.state)
        except Trouble as trouble:
            raise wrong(str(trouble)) from None
        facts.update(hashes(), processes=processes())
        facts.update(made.facts)
        return trained

    return run


class Run:
    """One training run: the stages as the notebook has them, but for what the pipeline changes between them."""

    def __init__(self, data: Path | None) -> None:
        self.data = data if data is not None and datasets.is_data_set(data) else None
        self.facts: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._seeded = False

    def stages(self, parameters: Any, *, data: Path | None, seed: int | None) -> Any:
        """What `model.run` gives.

        Raises:
            Trouble: The data set or the rows held back are not what they were.
        """
        if self.data is None:
            return model.run(parameters, data=data, seed=seed)
        self._seeded = seed is not None
        found = datasets.record(self.data)
        self.facts["data_set"] = {
            "id": found["id"],
            "sha256": found["sha256"],
            "source": found["source"],
        }
        originals = {
            stage.function: getattr(model, stage.function)
            for stage in (*DATA_STAGES, *EVALUATE_STAGES)
        }
        try:
            for stage in DATA_STAGES:
                given = self._data(stage, originals[stage.function], parameters)
                setattr(model, stage.function, given)
            for stage in EVALUATE_STAGES:
                watched = self._watched(originals[stage.function])
                setattr(model, stage.function, watched)
            trained = model.run(parameters, data=inner(self.data), seed=seed)
        finally:
            for name, function in originals.items():
                setattr(model, name, function)
        trained.state.update(self.extra)
        return trained

    def _data(
        self, stage: Any, original: Callable[..., Any], parameters: Any
    ) -> Callable[..., Any]:
        """A data stage that gives the frozen rows in the place of its own."""

        def give(**arguments: Any) -> Any:
            assert self.data is not None
            if snapshot.is_snapshot(self.data):
                seeded = self._seeded
                made = snapshot.given(stage, self.data, parameters, seeded=seeded)
            else:
                made = original(**arguments)
            many = (made,) if len(stage.gives) == 1 else made
            self._given.update(zip(stage.gives, many, strict=True))
            if stage is DATA_STAGES[-1]:
                with distributed.first_alone():
                    self._hold_back()
            values = tuple(self._given[name] for name in stage.gives)
            return values[0] if len(values) == 1 else values

        return give

    def _hold_back(self) -> None:
        if not HELD_BACK:
            logger.warning(
                "{} does not say which rows it holds back: models are compared on rows that production may have seen",
                model.NOTEBOOK,
            )
            return
        name = holdout.identity()
        if name is None:
            try:
                name = holdout.freeze({n: self._given[n] for n in HELD_BACK})
            except bundle.BundleError as error:
                logger.warning("the rows held back cannot be frozen: {}", error)
                return
            logger.info("froze the rows held back as {}", name)
        kept = holdout.values(name)
        if kept.keys() != set(HELD_BACK):
            raise Trouble(
                f"the notebook now holds back {', '.join(HELD_BACK)}, frozen are {', '.join(kept)}; "
                f"move data/holdout/{name}* away to freeze anew: models before and after cannot be compared then"
            )
        self._given, left_out = holdout.hold_back(self._given, kept)
        rows = max((holdout.length(value) for value in kept.values()), default=0)
        self.facts["holdout"] = {"id": name, "rows": rows, "left_out": left_out}
        if left_out:
            logger.info(
                "left {} rows out of the training: they are held back", left_out
            )

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """An evaluation whose inputs are kept where only training makes them, so that it can be repeated."""

        def evaluate(**arguments: Any) -> Any:
            for name in LEARNT & arguments.keys() - set(model.STATE):
                try:
                    bundle.Encoder().encode(arguments[name], name)
                except bundle.Unsaveable as error:
                    logger.warning(
                        "`{}` cannot be kept, so the evaluation cannot be repeated: {}",
                        name,
                        error,
                    )
                else:
                    self.extra[name] = arguments[name]
            return original(**arguments)

        return evaluate


def inner(data: Path) -> Path:
    """What the notebook's code reads within a data set: the file where it read a file, the folder otherwise."""
    if model.DATA is not None and (data / Path(model.DATA).name).is_file():
        return data / Path(model.DATA).name
    return data


def hashes() -> dict[str, Any]:
    """Hashes of what a run depends on beside code and data."""
    return {
        "config_sha256": digest(["pipeline.toml"]),
        "lock_sha256": digest(["requirements.txt", "requirements-serve.txt"]),
    }


def digest(names: list[str]) -> str:
    """The sha256 of some files of the project."""
    found = hashlib.sha256()
    for name in names:
        path = CODE / name
        found.update(name.encode() + (path.read_bytes() if path.exists() else b""))
    return found.hexdigest()


def put_code(bundle_folder: Path) -> None:
    """Copy the project's code into a bundle, which can be served and trained again with it."""
    target = bundle_folder / "code"
    inside = [found.parent.rglob("*.py") for found in CODE.glob("*/__init__.py")]
    paths = [*CODE.glob("*.py"), *(path for group in inside for path in group)]
    for pattern in FILES:
        paths += CODE.glob(pattern)
    for path in paths:
        to = target / path.relative_to(CODE)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
