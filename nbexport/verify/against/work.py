"""One comparison at work: who is run, with what, and what both kinds of comparison say."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.program import Lifted, Refused
from nbexport.verify.against import notebook
from nbexport.verify.against.forms import common
from nbexport.verify.against.other import OtherCode
from nbexport.verify.against.services import OtherService
from nbexport.verify.against.sides import Named, NotebookSide, Replies, Subject
from nbexport.verify.against.target import Form, Target
from nbexport.verify.against.verdict import Against
from nbexport.verify.limits import Limits
from nbexport.verify.processes import HashSeed, Progress
from nbexport.verify.snapshot import differences, snapshot
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import Difference, DifferenceKind, Unrepeated

FIRST, SECOND = HashSeed.TRAINING, HashSeed.SECOND_TRAINING
"""What texts are hashed with in the other code's two runs."""
HASHED = (
    "two of its runs are equal when texts are hashed alike (PYTHONHASHSEED): it depends on the order of a set, or on "
    "`hash()` of a text; sort the set"
)
UNSTEADY = "two of its runs differ: it draws random numbers that nothing seeds, reads the clock, or sums in threads"
MOST_NAMED = 12
"""Names that a message lists."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be compared, and how."""

    subject: Subject | None = None
    """None takes what the other code gives: a function with arguments predicts, one without has metrics or values."""
    metrics: tuple[str, ...] = ()
    """Variables of the notebook that are its metrics; none takes the dict `metrics`."""
    metrics_file: str | None = None
    """The JSON file of metrics that a script writes."""
    answer_fields: tuple[str, ...] = ()
    call: str = ""
    """How a function is called; empty follows its signature."""
    tolerance: float = 0.0


class Work:
    """One comparison: the notebook, the other code, and what was asked for."""

    def __init__(
        self,
        lifted: Lifted | Refused,
        target: Target,
        wish: Wish,
        *,
        python: str,
        limits: Limits,
        progress: Progress,
        stop: Stop,
        scratch: Path,
    ) -> None:
        """Nothing runs yet.

        Args:
            lifted: The notebook.
            target: The other code.
            wish: What is to be compared.
            python: Interpreter that runs the other code.
            limits: What each process may use.
            progress: Told what runs.
            stop: Ends what runs when it is asked to.
            scratch: An empty folder.

        Raises:
            NbexportError: There is no such interpreter.
        """
        self.target, self.wish = target, wish
        self.plan = notebook.plan_of(lifted)
        self.name = Path(lifted.notebook.path).name
        self._scratch, self._progress, self._stop, self._limits = scratch, progress, stop, limits
        self.other: OtherCode | OtherService
        if target.form is Form.SERVICE:
            self.other = OtherService(target.text, progress=progress, stop=stop, limits=limits)
        else:
            self.other = OtherCode(
                target, python=python, scratch=scratch / "other", progress=progress, stop=stop, limits=limits
            )
        self._base = Against(
            notebook=self.name,
            digest=lifted.notebook.digest,
            against=target.text,
            form=target.form,
            python=python if target.form is not Form.SERVICE else "",
            tolerance=wish.tolerance,
        )
        self._runs = 0

    def run_notebook(
        self, *, predictions: bool = False, values: Sequence[str] = (), wanted: Sequence[str] = ()
    ) -> NotebookSide:
        """What the notebook gives; each run hashes texts in another way.

        Args:
            predictions: Whether `predict` is called.
            values: Variables whose values are taken.
            wanted: Names of the other code's metrics.

        Raises:
            NbexportError: It does not run.
        """
        self._runs += 1
        scratch = self._scratch / f"notebook {self._runs}"
        scratch.mkdir()
        side = notebook.run(
            self.plan,
            metrics=self.wish.metrics,
            values=values,
            wanted=wanted,
            predictions=predictions,
            scratch=scratch,
            hash_seed=HashSeed.NOTEBOOK if self._runs == 1 else HashSeed.SECOND_NOTEBOOK,
            progress=self._progress,
            stop=self._stop,
            limits=self._limits,
        )
        self._base = replace(self._base, passed_over=side.passed_over)
        return side

    def ask(
        self, requests: Sequence[Mapping[str, Any]], kinds: Mapping[str, str], hash_seed: HashSeed = FIRST
    ) -> Replies:
        """What the other code answers.

        Args:
            requests: Arguments by name, as plain JSON.
            kinds: Argument → how it is made of plain JSON.
            hash_seed: What texts are hashed with.

        Raises:
            NbexportError: It cannot be asked.
        """
        if isinstance(self.other, OtherService):
            return self.other.replies(requests, self.wish.call)
        return self.other.replies(requests, kinds, self.wish.call, hash_seed)

    def named(self, hash_seed: HashSeed = FIRST) -> Named:
        """What the other code gives by name.

        Raises:
            NbexportError: It fails, or gives nothing by name.
        """
        if isinstance(self.other, OtherService):
            raise NbexportError(
                f"`{self.name}` cannot be compared with a service in this way",
                why="a service has neither metrics nor values",
                fix="leave out --as: its answers are compared",
            )
        if self.target.form is Form.SCRIPT:
            return self.other.script(self.wish.metrics_file, hash_seed)
        return self.other.returned(hash_seed)

    def causes_of_unrepeated(self, unrepeated: Sequence[Unrepeated], again: Callable[[], bool]) -> list[str]:
        """Why two runs of the other code differ: hashes of texts, or else chance, the clock or threads.

        Args:
            unrepeated: What differs.
            again: Whether a run that hashes texts as the first one did is equal to it.
        """
        if not unrepeated:
            return []
        self._progress("looking for the cause: texts hashed as in the first run")
        if not isinstance(self.other, OtherService) and again():
            return [HASHED]
        seeds = f"; the notebook has {self.plan.seed}" if self.plan.seed else ""
        return [f"{UNSTEADY}{seeds}"]

    def verdict(self, **facts: Any) -> Against:
        """The verdict with these facts."""
        return replace(self._base, **facts)


def compared(kind: DifferenceKind, name: str, own: Any, other: Any, tolerance: float) -> list[Difference]:
    """Where two values of plain data differ."""
    entries = differences(snapshot(common(own)), snapshot(common(other)), tolerance, name)
    return [Difference(kind, *entry) for entry in entries]


_SHORT = reprlib.Repr()
_SHORT.maxdict, _SHORT.maxlist, _SHORT.maxstring, _SHORT.maxother = 12, 8, 60, 60


def short(value: Any) -> str:
    """A value in a few words."""
    return _SHORT.repr(value)


def shown(names: Collection[str]) -> str:
    """Names in a message, the first ones of many."""
    some = [f"`{name}`" for name in list(names)[:MOST_NAMED]]
    return ", ".join(some) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
