"""Where the answer stands in what the other code answers: told by `--answer-field`, or found and said, never guessed.

A notebook's `predict` that returns a number has the answer `{"result": 0.4}`; other code may answer

    0.4                                             the same
    {"prediction": 0.4, "model": "v3"}              its field `prediction`, the only number
    [0.4], a DataFrame of one row                   its only entry
    {"probability": 0.4, "latency_ms": 12.5}        two numbers: `--answer-field` has to say which
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport.errors import NbexportError

RESULT = "result"
"""The field of an answer that has no fields of its own."""
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the fields of an answer are found."""

    paths: Mapping[str, str]
    """Field of the notebook's answer → its dotted path in the other one."""
    notes: tuple[str, ...] = ()

    def read(self, answer: Any) -> dict[str, Any]:
        """The answer in the notebook's fields; `ABSENT` for one that is not there."""
        return {name: _at(members(answer), path) for name, path in self.paths.items()}


def members(answer: Any) -> Mapping[str, Any]:
    """An answer as an object: its own fields, or `result`."""
    return answer if isinstance(answer, Mapping) else {RESULT: answer}


def place_of(pairs: Sequence[tuple[Mapping[str, Any], Any]], asked: Sequence[str], other: str) -> Place:
    """Where the other code's answers have what the notebook's have.

    Args:
        pairs: Answers of the notebook, each with the other code's.
        asked: `PATH`, or `FIELD=PATH` for each field of the notebook's answer that is compared.
        other: What the other code is called.

    Raises:
        NbexportError: It cannot be told, or what was asked for is not there.
    """
    fields = list(dict.fromkeys(name for answer, _ in pairs for name in answer))
    if asked:
        return _asked(pairs, fields, asked, other)
    direct = {name: name for name in fields}
    if all(_alike(answer.get(name), _at(members(answered), name)) for answer, answered in pairs for name in fields):
        extra = [name for name in members(pairs[0][1]) if name not in fields]
        return Place(direct, _beside(extra))
    paths = _same_everywhere(pairs, fields)
    if len(paths) == 1:
        (path,) = paths
        if len(fields) == 1:
            return Place({fields[0]: path}, (f"its answer is {_described(path, pairs[0][1])}",))
        note = f"its answer is {_described(path, pairs[0][1])}"
        return Place({name: f"{path}.{name}" for name in fields}, (note,))
    if not paths and all(_at(members(answered), name) is not ABSENT for _, answered in pairs for name in fields):
        # the fields are there and hold something else: that is a difference
        return Place(direct)
    known = [path for path, value in _walk(members(pairs[0][1])) if not isinstance(value, Mapping)]
    reason = (
        f"{', '.join(f'`{path}`' for path in paths)} could each be it"
        if paths
        else f"the notebook answers {_shown(fields)}, and it {_shown(known)}"
    )
    first = paths[0] if paths else known[0] if known else "PATH"
    example = first if len(fields) == 1 else f"{fields[0]}={first}"
    raise NbexportError(
        f"where the answer of `{other}` stands cannot be told", why=reason, fix=f"say it: --answer-field {example}"
    )


def _asked(
    pairs: Sequence[tuple[Mapping[str, Any], Any]], fields: Sequence[str], asked: Sequence[str], other: str
) -> Place:
    """The place that was asked for.

    Raises:
        NbexportError: It is not there.
    """
    paths: dict[str, str] = {}
    for text in asked:
        name, equals, path = text.partition("=")
        if equals and name not in fields:
            raise NbexportError(
                f"the notebook's answers have no field `{name}`",
                why=f"they have {_shown(fields)}",
                fix="name one of them",
            )
        if equals:
            paths[name] = path
        elif len(fields) == 1:
            paths[fields[0]] = text
        else:
            paths |= {field: f"{text}.{field}" for field in fields}
    for path in paths.values():
        if all(_at(members(answered), path) is ABSENT for _, answered in pairs):
            known = [one for one, value in _walk(members(pairs[0][1])) if not isinstance(value, Mapping)]
            raise NbexportError(
                f"no answer of `{other}` has `{path}`",
                why=f"its first one has {_shown(known)}",
                fix="correct --answer-field",
            )
    left_out = [name for name in fields if name not in paths]
    notes = tuple(f"field `{name}` of the notebook's answer is not compared" for name in left_out)
    return Place(paths, (f"its answer is read from {_shown(list(paths.values()))}, as asked", *notes))


def _same_everywhere(pairs: Sequence[tuple[Mapping[str, Any], Any]], fields: Sequence[str]) -> list[str]:
    """The paths at which every answer has something like the notebook's."""
    paths: list[str] | None = None
    for answer, other in pairs:
        fits = _like(answer.get(fields[0])) if len(fields) == 1 else _has(fields)
        here = [path for path, value in _walk(members(other)) if fits(value)]
        paths = here if paths is None else [path for path in paths if path in here]
    return paths or []


def _like(value: Any) -> Callable[[Any], bool]:
    return lambda other: other is not None and _alike(value, other)


def _has(fields: Sequence[str]) -> Callable[[Any], bool]:
    return lambda other: isinstance(other, Mapping) and all(name in other for name in fields)


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of an answer with their paths: fields, and the entry of a list of one."""
    if isinstance(value, Mapping):
        parts = [(str(name), part) for name, part in value.items()]
    elif isinstance(value, list) and len(value) == 1:
        parts = [("0", value[0])]
    else:
        return
    for name, part in parts:
        here = f"{path}.{name}" if path else name
        yield here, part
        yield from _walk(part, here)


def _at(value: Any, path: str) -> Any:
    """What stands at a path; `ABSENT` where nothing does."""
    for name in path.split("."):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    return value


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are of one kind, so that they can be the same answer."""
    if other is ABSENT:
        return False
    if one is None or other is None:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    if isinstance(one, int | float):
        return isinstance(other, int | float)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys()
    return type(one) is type(other)


def _described(path: str, answer: Any) -> str:
    names = path.split(".")
    if not isinstance(answer, Mapping) or answer.keys() == {RESULT}:
        names = names[1:]
    if all(name == "0" for name in names):
        return "the only entry of what it returns"
    return f"what it has in `{'.'.join(names)}`, the only such thing in it"


def _beside(extra: Sequence[str]) -> tuple[str, ...]:
    return (f"not compared, since the notebook's answers do not have it: {_shown(extra)}",) if extra else ()


def _shown(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
