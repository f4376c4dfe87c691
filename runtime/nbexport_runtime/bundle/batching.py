"""Predictions that meet at the model: those that are asked for at the same time share its calls.

Each prediction is one run of the notebook's `predict`, in a thread of its own, and only one of them runs at a time.
Where it calls the model it waits for the others; their inputs are joined along the first dimension, the model is called
once, and each goes on with its own rows of what comes out:

    predict(a) ──► model(a) ┐                   ┌─► goes on with the rows of a
    predict(b) ──► model(b) ┴─► model([a, b]) ──┴─► goes on with the rows of b

Whether a model allows that is proven when the bundle is saved (`proven`): joined and alone it must give the same
numbers, also beside a row that has nothing to do with them, and it must be worth it. Calls that cannot be joined, and
all of a joined call that fails, are made one by one.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.bundle.joining import NotJoinedError, form_of, joined_of, parts_of, same, stranger_of

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "transform",
)
"""Methods of scikit-learn estimators that take rows and give rows."""
ROWS = 16
"""Predictions that are made together when it is measured what that gains."""
BUDGET_MS = 4000.0
"""About how long measuring may take; expensive models are measured with fewer predictions."""
PATIENCE_S = 1.0
"""How long the others wait for one that neither ends nor calls a model: it may need what one of them holds."""


@dataclass
class Wanted:
    """A call of the model that a prediction waits for."""

    label: str
    key: Hashable
    """Calls of the same key can be joined."""
    rows: int
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    others: tuple[Wanted, ...] = ()
    """The calls to join with this one; it makes them for all."""
    alone: bool = True
    result: Any = None


class Together:
    """The calls of some models, joined while `run` runs; leave it with `close`."""

    def __init__(
        self,
        values: Mapping[str, Any],
        labels: Iterable[str] | None = None,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """Take over the models among the values.

        Args:
            values: What `predict` reads, by name.
            labels: The calls that may be joined, as `proven` names them; None proves each one first.
            prepare: Called in each thread before its first prediction.
        """
        self.proven: set[str] = set()
        self.refuted: set[str] = set()
        self.stuck = False
        """Whether one of the last tasks neither ended nor called a model in `PATIENCE_S`."""
        self._proves = labels is None
        self._prepare = prepare
        self._runners: list[_Runner] = []
        self._moved: queue.SimpleQueue[_Runner] = queue.SimpleQueue()
        self._here = threading.local()
        self._taken: list[tuple[Any, str]] = []
        chosen = None if labels is None else set(labels)
        for label, owner, method in calls_of(values):
            if method not in vars(owner) and (chosen is None or label in chosen):
                setattr(owner, method, self._joining(label, owner, getattr(owner, method)))
                self._taken.append((owner, method))

    def close(self) -> None:
        """Give the models back and end the threads."""
        for owner, method in self._taken:
            delattr(owner, method)
        self._taken.clear()
        for runner in self._runners:
            runner.end()
        self._runners.clear()

    def run(self, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each task returns, or what it raises in its place."""
        while not self._moved.empty():
            self._moved.get()
        self.stuck = False
        while len(self._runners) < len(tasks):
            self._runners.append(_Runner(self._moved, self._here, self._prepare))
        runners = self._runners[: len(tasks)]
        for runner, task in zip(runners, tasks, strict=True):
            runner.begin(task)
            self._until(runner)
        while not all(runner.ended for runner in runners):
            waiting = [(runner, runner.wanted) for runner in runners if runner.wanted is not None]
            if not waiting:
                self._moved.get()
                continue
            first = waiting[0][1]
            group = [(runner, call) for runner, call in waiting if call.key == first.key]
            first.others = tuple(call for _, call in group[1:])
            for runner, _ in group:
                runner.go_on()
                self._until(runner)
        return [runner.outcome for runner in runners]

    def _until(self, expected: _Runner) -> None:
        """Wait until a runner has ended or wants a call; but not for ever, and only once for long."""
        try:
            while self._moved.get(timeout=0.001 if self.stuck else PATIENCE_S) is not expected:
                pass
        except queue.Empty:
            self.stuck = True

    def _joining(self, label: str, owner: Any, original: Callable[..., Any]) -> Callable[..., Any]:
        def joined(*args: Any, **kwargs: Any) -> Any:
            runner: _Runner | None = getattr(self._here, "runner", None)
            if runner is None or runner.inside:
                return original(*args, **kwargs)
            runner.inside = True
            try:
                try:
                    if label in self.refuted or getattr(owner, "training", False):
                        raise NotJoinedError
                    key, rows = form_of((args, kwargs))
                except NotJoinedError:
                    return original(*args, **kwargs)
                wanted = Wanted(label, (label, _mode(), key), rows, original, args, kwargs)
                runner.wait_for(wanted)
                if wanted.others:
                    self._answer([wanted, *wanted.others])
                return original(*args, **kwargs) if wanted.alone else wanted.result
            finally:
                runner.inside = False

        return joined

    def _answer(self, calls: list[Wanted]) -> None:
        """Make several calls as one; where that fails, each is left to be made alone."""
        if self._proves:
            self._prove(calls)
            return
        try:
            results = made_as_one(calls)
        except Exception:  # noqa: BLE001 - whatever it was, each call alone tells it better
            return
        for call, result in zip(calls, results, strict=True):
            call.alone, call.result = False, result

    def _prove(self, calls: list[Wanted]) -> None:
        """Compare the calls as one with each alone, beside a row that has nothing to do with them."""
        first = calls[0]
        args, kwargs = stranger_of((first.args, first.kwargs))
        stranger = Wanted(first.label, first.key, first.rows, first.function, args, kwargs)
        try:
            _, *results = made_as_one([stranger, *calls])
            for call, result in zip(calls, results, strict=True):
                if not same(call.function(*call.args, **call.kwargs), result):
                    raise NotJoinedError
        except Exception:  # noqa: BLE001 - it cannot be joined, for whatever reason
            self.refuted.add(first.label)
        else:
            self.proven.add(first.label)


class _Runner:
    """One thread that runs predictions, one after the other."""

    def __init__(
        self,
        moved: queue.SimpleQueue[_Runner],
        here: threading.local,
        prepare: Callable[[], None],
    ) -> None:
        self.wanted: Wanted | None = None
        self.inside = False
        self.ended = True
        self.outcome: Any = None
        self._moved = moved
        self._task: Callable[[], Any] | None = None
        self._turn = threading.Lock()
        self._turn.acquire()
        self._thread = threading.Thread(target=self._work, args=(here, prepare), name="prediction", daemon=True)
        self._thread.start()

    def begin(self, task: Callable[[], Any]) -> None:
        self.ended, self.outcome, self._task = False, None, task
        self._turn.release()

    def go_on(self) -> None:
        self.wanted = None
        self._turn.release()

    def end(self) -> None:
        self._task = None
        self._turn.release()

    def wait_for(self, wanted: Wanted) -> None:
        """Let the others run until this call can be made; in the runner's own thread."""
        self.wanted = wanted
        self._moved.put(self)
        self._turn.acquire()

    def _work(self, here: threading.local, prepare: Callable[[], None]) -> None:
        here.runner = self
        prepare()
        while True:
            self._turn.acquire()
            if self._task is None:
                return
            try:
                self.outcome = self._task()
            except BaseException as error:  # noqa: BLE001 - it belongs to who asked
                self.outcome = error
            self.ended = True
            self._moved.put(self)


# --------------------------------------------------------------------------- models


def calls_of(values: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(label, object, method) of every model among the values, and in lists and dicts among them."""
    for name, value in values.items():
        for label, owner in [(name, value), *_inner(name, value)]:
            yield from _methods(label, owner)


def _inner(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is dict:
        yield from ((f"{name}[{key!r}]", inner) for key, inner in value.items())
    elif type(value) in (list, tuple):
        yield from ((f"{name}[{index}]", inner) for index, inner in enumerate(value))


def _methods(label: str, owner: Any) -> Iterator[tuple[str, Any, str]]:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(owner, torch.nn.Module):
        if isinstance(owner, torch.jit.ScriptModule):
            return
        for path, module in owner.named_modules():
            yield f"{label}.{path}" if path else label, module, "forward"
    elif hasattr(owner, "get_params") and not isinstance(owner, type):
        for method in METHODS:
            if hasattr(owner, method):
                yield f"{label}.{method}", owner, method


def _mode() -> Hashable:
    """What torch is told for this thread: calls under different modes are not joined."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    try:
        casts = torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")
    except TypeError:  # before torch 2.4
        casts = torch.is_autocast_cpu_enabled(), torch.is_autocast_enabled()
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled(), *casts


def made_as_one(calls: Sequence[Wanted]) -> list[Any]:
    """The results of several calls, made as one.

    Raises:
        NotJoinedError: What comes out cannot be told apart.
    """
    first = calls[0]
    args, kwargs = joined_of([(call.args, call.kwargs) for call in calls])
    return parts_of(first.function(*args, **kwargs), [call.rows for call in calls])


# --------------------------------------------------------------------------- proof


def proven(
    tasks: Sequence[Callable[[], Any]],
    values: Mapping[str, Any],
    alone_ms: float,
    agree: Callable[[Any, Any], bool],
    prepare: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Which calls can be joined and what that gains, for the manifest.

    Args:
        tasks: Predictions that do not raise; they are repeated to make a batch.
        values: What `predict` reads, by name.
        alone_ms: Milliseconds of one prediction by itself.
        agree: Whether two predictions are equal.
        prepare: Called in each thread before its first prediction.

    Returns:
        `calls`, the labels that `Together` takes; `rows`, how many predictions were made together; `gain`, how many
        times as fast they were.
    """
    rows = max(2, min(ROWS, int(BUDGET_MS / 4 / max(alone_ms, 0.001))))
    batch = [tasks[at % len(tasks)] for at in range(rows)]
    proof = Together(values, prepare=prepare)
    try:
        proof.run(batch)
    finally:
        proof.close()
    labels = sorted(proof.proven - proof.refuted)
    none = {"calls": [], "rows": rows, "gain": 1.0}
    if not labels or proof.stuck:
        return none
    expected = [task() for task in tasks]
    joined = Together(values, labels, prepare)
    try:
        results = joined.run(tasks)
        if any(isinstance(one, BaseException) for one in results):
            return none
        if not all(map(agree, results, expected)):
            return none
        taken_ms = min(_taken_ms(joined, batch) for _ in range(3))
    finally:
        joined.close()
    return {"calls": labels, "rows": rows, "gain": round(rows * alone_ms / taken_ms, 2)}


def _taken_ms(joined: Together, batch: Sequence[Callable[[], Any]]) -> float:
    began = time.perf_counter()
    joined.run(batch)
    return (time.perf_counter() - began) * 1000
