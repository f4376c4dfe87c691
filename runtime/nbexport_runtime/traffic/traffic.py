"""The file that says which share of the traffic each version gets: `rollout.py` writes it, the service reads it.

It names the placing that it was written for. Once the journal has another one, the file is stale and production
answers everybody: a promotion or a rollback ends a rollout in the moment in which it is written, whatever a kill
leaves behind.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from nbexport_runtime.traffic import durable
from nbexport_runtime.traffic.placements import VERSION, MovedError, Placement

NAME = "traffic.json"
"""The file, in the folder of the models."""
LOCK = ".traffic.lock"
"""Held while the file is replaced."""
WHOLE_PERCENT = 100.0
KEY_HEADER = "X-Rollout-Key"
"""The header of a request with the id by which it is decided who answers."""

Mode = Literal["split", "shadow"]


@dataclass(frozen=True)
class Arm:
    """A version and its share."""

    version: str
    weight_percent: float
    name: str = ""
    """What an experiment calls it; empty where there is none."""


@dataclass(frozen=True)
class Traffic:
    """Who is answered by which version."""

    generation: int
    """One more with every change of the file."""
    production: str
    """The version that was production when it was written."""
    mode: Mode
    """`split`: each arm answers its share; `shadow`: production answers all, a candidate gets a copy of its share."""
    salt: str
    key_header: str
    """The header of a request with the id by which it is decided."""
    started: str
    arms: tuple[Arm, ...]
    """Production and the candidates; the weights sum to 100."""
    placed: str = ""
    """The time of the placing that it was written for: the same version may be placed again later."""
    experiment: str = ""
    """The experiment that the arms belong to; empty in a rollout."""

    @cached_property
    def candidates(self) -> tuple[Arm, ...]:
        """All arms but production."""
        return tuple(arm for arm in self.arms if arm.version != self.production)

    def percent(self, version: str) -> float:
        """The weight of a version; 0 where it has no arm."""
        return sum(arm.weight_percent for arm in self.arms if arm.version == version)

    def stale(self, placement: Placement | None) -> bool:
        """Whether it was written for another placing than the one that holds."""
        if placement is None or placement.version != self.production:
            return True
        return bool(self.placed) and self.placed != placement.time


def split_of(
    placement: Placement,
    candidates: Mapping[str, float],
    *,
    salt: str,
    key_header: str,
    started: str,
    mode: Mode = "split",
) -> Traffic:
    """The traffic with these shares for candidates; production gets what they leave.

    Args:
        placement: The placing that holds.
        candidates: Version → its share in per cent.
        salt: A text that is another one in each rollout.
        key_header: The header of a request with the id by which it is decided.
        started: When the rollout began, in UTC.
        mode: See `Traffic`.

    Raises:
        ValueError: The shares are not percentages, or sum to more than 100.
    """
    rest = round(WHOLE_PERCENT - math.fsum(candidates.values()), 9)
    arms = (Arm(placement.version, rest), *(Arm(version, float(share)) for version, share in candidates.items()))
    return checked(Traffic(0, placement.version, mode, salt, key_header, started, arms, placement.time))


def checked(traffic: Traffic) -> Traffic:
    """A traffic that can be followed.

    Raises:
        ValueError: It cannot, with the reason.
    """
    versions = [arm.version for arm in traffic.arms]
    if len(set(versions)) != len(versions) or traffic.production not in versions:
        raise ValueError("the arms must be production and candidates, each once")
    if not all(VERSION.fullmatch(version) for version in versions):
        raise ValueError("an arm does not name a version")
    weights = [arm.weight_percent for arm in traffic.arms]
    if not all(math.isfinite(weight) and 0 <= weight <= WHOLE_PERCENT for weight in weights):
        raise ValueError("a weight is not a percentage from 0 to 100")
    if abs(math.fsum(weights) - WHOLE_PERCENT) > 1e-6:
        raise ValueError("the weights do not sum to 100")
    if traffic.mode not in ("split", "shadow"):
        raise ValueError("mode is neither split nor shadow")
    if not traffic.salt or not traffic.key_header:
        raise ValueError("salt or key_header is empty")
    return traffic


def read(path: Path) -> Traffic | None:
    """The traffic that a file describes; None where there is no file, and production answers all.

    Raises:
        ValueError: It is damaged, with the reason; production answers all then too.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it is not an object")
    try:
        arms = tuple(
            Arm(typed(arm["version"], str), number(arm["weight_percent"]), typed(arm.get("name", ""), str))
            for arm in content["arms"]
        )
        texts = {name: typed(content[name], str) for name in ("production", "salt", "key_header", "started")}
        mode, generation = typed(content["mode"], str), typed(content["generation"], int)
        placed, experiment = (typed(content.get(name, ""), str) for name in ("placed", "experiment"))
    except (KeyError, TypeError) as error:
        raise ValueError(f"an entry is missing or of another type: {error}") from None
    if mode not in ("split", "shadow"):
        raise ValueError("mode is neither split nor shadow")
    kind: Mode = "split" if mode == "split" else "shadow"
    return checked(Traffic(generation=generation, mode=kind, arms=arms, placed=placed, experiment=experiment, **texts))


def typed(value: Any, kind: type) -> Any:
    """A value of a type.

    Raises:
        TypeError: It is of another one.
    """
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def number(value: Any) -> float:
    """A number.

    Raises:
        TypeError: It is not one.
    """
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def write(path: Path, traffic: Traffic, *, after: int | None = None, urgent: bool = False) -> Traffic:
    """Write the traffic in one step, as the next generation; the traffic as it is in the file.

    Args:
        path: The file.
        traffic: What it gets.
        after: The generation on which the change rests; None where it holds whatever the file has.
        urgent: Production answers all from now on, also where nothing new can be written.

    Raises:
        ValueError: It cannot be followed.
        MovedError: The file has another generation: somebody ended the rollout meanwhile, and that stands.
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with durable.locked(path.with_name(LOCK)):
        generation = generation_of(path)
        if after not in (None, generation):
            raise MovedError
        following = replace(checked(traffic), generation=generation + 1)
        if urgent:
            force(path, text(following))
        else:
            durable.replace(path, text(following))
    return following


def force(path: Path, content: bytes) -> str:
    """Write a traffic in which production answers all, whatever the disk refuses; how that was done.

    The file is replaced. Where the disk is full, it is written over where it lies; where that fails too, it is removed,
    since without a file production answers all.

    Raises:
        OSError: None of this can be done.
    """
    try:
        durable.replace(path, content)
    except OSError:
        try:
            durable.overwrite(path, content)
        except OSError:
            path.unlink(missing_ok=True)
            return "removed"
        return "written over"
    return "replaced"


def withdraw(path: Path, placement: Placement, version: str, salt: str) -> str | None:
    """Have production answer all, if a version still has a share; how that was done, None where it has none.

    Args:
        path: The file.
        placement: The placing that holds.
        version: The version that loses its share.
        salt: That of the rollout; another one of the same version is left alone.

    Raises:
        OSError: The file can neither be written nor removed.
    """
    with durable.locked(path.with_name(LOCK)):
        try:
            state = read(path)
        except ValueError:
            # what is damaged gives nobody a share
            return None
        if state is None or state.salt != salt or version not in {arm.version for arm in state.candidates}:
            return None
        if state.stale(placement):
            return None
        plain = split_of(placement, {}, salt=salt, key_header=state.key_header, started=state.started)
        return force(path, text(replace(plain, generation=state.generation + 1)))


def text(traffic: Traffic) -> bytes:
    """The traffic as `read` takes it."""
    return (json.dumps(asdict(traffic), indent=2) + "\n").encode()


def generation_of(path: Path) -> int:
    """The generation of the file, also of a damaged one that still shows it; 0 where nothing does."""
    try:
        text = path.read_bytes()
    except OSError:
        return 0
    shown = re.search(rb'"generation"\s*:\s*([0-9]{1,15})', text)
    return int(shown[1]) if shown else 0
