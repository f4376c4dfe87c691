"""The comparison with code that nbexport did not write: both run twice, and what they gave is laid side by side.

    look       the other code is imported, or run, or reached, so that what is missing shows before the notebook runs
    notebook   its cells in a fresh kernel; its metrics, values and calls of `predict`
    other      the same requests, or its metrics and values by name; twice, with other hashes of texts
    notebook   once more: what it does not repeat cannot be a difference of the other code
    causes     where answers differ, the other code is asked again with changed requests

Nothing compared is an error, never equality.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.program import Lifted, Refused
from nbexport.verify.against import named, predictions
from nbexport.verify.against.services import OtherService
from nbexport.verify.against.sides import Subject
from nbexport.verify.against.target import Form, Target
from nbexport.verify.against.verdict import Against
from nbexport.verify.against.work import Wish, Work
from nbexport.verify.limits import Limits
from nbexport.verify.processes import Progress
from nbexport.verify.stopping import Stop


def compare(
    lifted: Lifted | Refused,
    target: Target,
    wish: Wish,
    *,
    python: str,
    limits: Limits,
    progress: Progress = lambda step: None,
    stop: Stop | None = None,
) -> Against:
    """Whether other code computes what a notebook computes.

    Args:
        lifted: The notebook, which need not be exportable; its code is run.
        target: The other code; it is run, too.
        wish: What is to be compared.
        python: Interpreter that runs the other code.
        limits: What each process may use.
        progress: Told what runs.
        stop: Ends what runs when it is asked to.

    Raises:
        NbexportError: One of the two does not run, or there is nothing to compare.
        LimitError: One of them takes too long or too much memory.
        StoppedError: It was asked to stop.
    """
    stop = stop or Stop()
    with tempfile.TemporaryDirectory(prefix="nbexport-against-", ignore_cleanup_errors=True) as folder:
        work = Work(
            lifted, target, wish, python=python, limits=limits, progress=progress, stop=stop, scratch=Path(folder)
        )
        subject = _settled(work)
        _check_wish(work, subject)
        return predictions.compare(work) if subject is Subject.PREDICTIONS else named.compare(work, subject)


def _settled(work: Work) -> Subject | None:
    """What is compared; None where the names that the other code gives decide between metrics and values.

    Raises:
        NbexportError: The other code cannot be looked at, or cannot give what was asked for.
    """
    subject = work.wish.subject
    if isinstance(work.other, OtherService):
        if subject not in (None, Subject.PREDICTIONS):
            work.named()
        _check_examples(work)
        work.other.reach()
        return Subject.PREDICTIONS
    if work.target.form is Form.SCRIPT:
        if subject not in (None, Subject.METRICS):
            raise NbexportError(
                f"a script shows no {subject}",
                fix="name a function: PATH.py:FUNCTION; of a script metrics are compared",
            )
        return Subject.METRICS
    if subject is Subject.PREDICTIONS:
        _check_examples(work)
    alone = work.other.is_alone()
    if subject is None and not alone:
        _check_examples(work)
        return Subject.PREDICTIONS
    return subject


def _check_wish(work: Work, subject: Subject | None) -> None:
    """Go on where all that was asked for concerns what is compared.

    Raises:
        NbexportError: Something of it does not.
    """
    wish, predicts = work.wish, subject is Subject.PREDICTIONS
    what = "predictions are compared" if predicts else "metrics or values are compared"
    reasons = {
        "metric": bool(wish.metrics) and predicts and what,
        "metrics": wish.metrics_file is not None and work.target.form is not Form.SCRIPT and "it is not a script",
        "answer-field": bool(wish.answer_fields) and not predicts and what,
        "call": bool(wish.call) and not predicts and what,
    }
    for name, reason in reasons.items():
        if reason:
            raise NbexportError(f"`--{name}` does not concern `{work.target.text}`", why=reason, fix="leave it out")
    if isinstance(work.other, OtherService) and wish.call not in ("", "dict", "rows"):
        raise NbexportError(
            f"a service cannot be called with `{wish.call}`", fix="give `--call dict` or `--call rows`, or leave it out"
        )


def _check_examples(work: Work) -> None:
    """Go on where the notebook has calls of `predict`.

    Raises:
        NbexportError: It has none.
    """
    if not work.plan.examples:
        raise NbexportError(
            f"`{work.name}` has no example call of `predict`, so there are no predictions to compare",
            fix="add a cell that calls it, such as `predict(...)`; or compare metrics: a script, or a function "
            "that returns them, with --as metrics",
        )
