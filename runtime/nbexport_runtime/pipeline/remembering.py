"""What a model answered for all rows is remembered: drawn rows are looked up, and not predicted again.

    evaluate_model(X_test, y_test, model)       model.predict_proba(X_test) -> remembered, one row each
    evaluate_model(X_test[drawn], …, model)     model.predict_proba(X_test[drawn]) -> remembered[drawn]

That is right where the answer for a row depends on that row alone. It is tried: the first drawings are predicted too,
and later one in a hundred, and must agree. The same place lets a baseline answer instead of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.pipeline.rows import as_array, length, taken

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "score_samples",
    "forward",
)
TRIED = 10
"""So many first drawings are predicted too."""
AGAIN = 100
"""And later one in so many."""
CLOSE = 1e-5
"""How much answers of other batches may differ: sums of another order."""


class DiffersError(BaseException):
    """The answers for some rows depend on the other rows, so nothing may be looked up. A notebook does not catch it."""


class ElsewhereError(BaseException):
    """A baseline is asked about rows that are not those held back. A notebook does not catch it."""


@dataclass(frozen=True)
class Call:
    """One call of a model, on all rows."""

    owner: str
    """Name of the model."""
    method: str
    rows: Any
    """Its first argument."""
    answer: Any


class Memory:
    """The answers of models, while an evaluation runs."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self.models = {name: model for name, model in models.items() if methods_of(model)}
        self.calls: list[Call] = []
        """The calls of the evaluation of all rows that gave one answer per row, in their order."""
        self.usable = True
        self.turn = 0
        self._known: dict[tuple[str, str, str], Any] = {}
        """Model, method and the rows' name → answers."""
        self._names: dict[int, tuple[str, Any]] = {}
        """Identity of rows that the evaluation has → their name, and the rows: they must outlive their identity."""

    @contextmanager
    def recording(self, rows: Mapping[str, Any], counts: Sequence[int]) -> Iterator[None]:
        """Remember what the models answer within.

        Args:
            rows: The values that are rows, by name.
            counts: How many rows there are of each kind.
        """
        self._names = {id(value): (name, value) for name, value in rows.items()}
        unsure: set[tuple[str, str, str]] = set()

        def answer(owner: str, method: str, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
            given = original(*args, **kwargs)
            if not args or length(given) not in counts:
                return given
            self.calls.append(Call(owner, method, args[0], given))
            name, _ = self._names.get(id(args[0]), ("", None))
            if name and not kwargs and len(args) == 1 and length(given) == length(args[0]):
                key = (owner, method, name)
                if key in self._known or key in unsure:
                    # asked twice: it may have changed in between
                    unsure.add(key)
                    self._known.pop(key, None)
                else:
                    self._known[key] = taken(given, range(length(given)))
                self._names[id(given)] = (f"{name}>{owner}.{method}", given)
            return given

        with self._answered(answer):
            yield

    @contextmanager
    def drawn(self, rows: Mapping[str, Any], chosen: Mapping[int, Sequence[int]]) -> Iterator[None]:
        """Look answers up within.

        Args:
            rows: The drawn values, by name.
            chosen: Number of rows → those that are drawn.

        Raises:
            DiffersError: What was looked up is not what the model answers.
        """
        if not self.usable or not self._known:
            yield
            return
        self._names = {id(value): (name, value) for name, value in rows.items()}
        tried = self.turn < TRIED or self.turn % AGAIN == 0
        self.turn += 1

        def answer(owner: str, method: str, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
            name, _ = self._names.get(id(args[0]), ("", None)) if args else ("", None)
            known = self._known.get((owner, method, name))
            if known is None or kwargs or len(args) != 1 or length(known) not in chosen:
                return original(*args, **kwargs)
            looked_up = taken(known, chosen[length(known)])
            if tried and not same(looked_up, original(*args, **kwargs)):
                self.usable = False
                raise DiffersError(f"{owner}.{method}")
            self._names[id(looked_up)] = (f"{name}>{owner}.{method}", looked_up)
            return looked_up

        with self._answered(answer):
            yield

    @contextmanager
    def replaced(self, answers: Sequence[Any], chosen: Mapping[int, Sequence[int]] | None = None) -> Iterator[None]:
        """Let other answers stand in the place of the recorded ones.

        Args:
            answers: One for each of `calls`.
            chosen: Number of rows → those that are drawn; None for all rows.

        Raises:
            ElsewhereError: The models are asked something else than what was recorded.
        """
        position = 0

        def answer(owner: str, method: str, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
            nonlocal position
            if position >= len(self.calls):
                raise ElsewhereError(f"`{owner}.{method}` is asked about other rows too")
            call, given = self.calls[position], answers[position]
            if (call.owner, call.method) != (owner, method):
                raise ElsewhereError(f"`{owner}.{method}` is asked about other rows too")
            position += 1
            return taken(given, chosen[length(given)] if chosen else range(length(given)))

        with self._answered(answer):
            yield

    @contextmanager
    def _answered(self, answer: Callable[..., Any]) -> Iterator[None]:
        """The models' methods answer through a function; a method that another one calls does not."""
        inside = False
        covered: list[tuple[Any, str]] = []

        def covering(owner: str, method: str, original: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal inside
                if inside:
                    return original(*args, **kwargs)
                inside = True
                try:
                    return answer(owner, method, original, args, kwargs)
                finally:
                    inside = False

            return call

        try:
            for owner, model in self.models.items():
                for method in methods_of(model):
                    try:
                        setattr(model, method, covering(owner, method, getattr(model, method)))
                    except (AttributeError, TypeError, RuntimeError):
                        # its kind takes no attributes; it answers by itself
                        continue
                    covered.append((model, method))
            yield
        finally:
            for model, method in covered:
                delattr(model, method)


def methods_of(model: Any) -> list[str]:
    """The methods of a model that give one answer per row."""
    if isinstance(model, type) or not hasattr(model, "__dict__"):
        return []
    return [name for name in METHODS if name not in vars(model) and callable(getattr(model, name, None))]


def same(value: Any, other: Any) -> bool:
    """Whether two answers are equal, but for rounding."""
    if type(value) is not type(other) or length(value) != length(other):
        return False
    if isinstance(value, list | tuple):
        return bool(value == other)
    if hasattr(value, "tocsr"):
        gap = abs(value - other)
        return gap.nnz == 0 or bool(gap.max() <= CLOSE)
    one, two = as_array(value), as_array(other)
    if one.shape != two.shape:
        return False
    if one.dtype.kind == "f" and two.dtype.kind == "f":
        room = CLOSE * (1 + abs(one))
        missing = (one != one) & (two != two)
        return bool(((abs(one - two) <= room) | (one == two) | missing).all())
    return bool((one == two).all())
