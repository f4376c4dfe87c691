"""Why two runs of the same code differ → what it means, and what helps: for the terminal and for the panel."""

from __future__ import annotations

from dataclasses import dataclass

from nbexport.verify.verification import Cause


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause in words."""

    why: str
    fix: str
    on_terminal: str = ""
    """The same with command lines, where there are any."""

    @property
    def lines(self) -> str:
        """Both, as a terminal shows them."""
        return f"{self.why}\nfix: {self.on_terminal or self.fix}"


_SEED = "seed the generator in an exported cell, or give `random_state=`"
EXPLANATIONS = {
    Cause.HASH: Explanation(
        "Runs are equal when texts are hashed alike in them (PYTHONHASHSEED): the notebook depends "
        "on the order of a set, or on `hash()` of a text, and gives another result in every process.",
        "sort the set before it is walked through, or take the digest from `hashlib`",
    ),
    Cause.UNSEEDED: Explanation(
        "Two runs are equal when every generator begins alike: random numbers are drawn that nothing seeds.",
        _SEED,
        f"{_SEED}; `nbexport check` names unseeded draws",
    ),
    Cause.CHANCE: Explanation(
        "The notebook draws random numbers that nothing seeds, so each of its runs may compute something else, and so "
        "may each of the project's: that two of those came out equal may be chance.",
        _SEED,
        f"{_SEED}; `nbexport check` names unseeded draws",
    ),
    Cause.TIME: Explanation(
        "Two runs are equal when the clock shows the same in both: the code computes with the time.",
        "make the date a parameter, and leave durations out of `metrics` and of what `predict` reads",
    ),
    Cause.THREADS: Explanation(
        "Two runs are equal with one thread: threads finish in another order each time, and sums are rounded in it.",
        "let numeric libraries use one thread (OMP_NUM_THREADS=1; torch: `torch.set_num_threads(1)`)",
        "set OMP_NUM_THREADS=1 (torch: `torch.set_num_threads(1)`), or compare with `--tolerance 1e-6`",
    ),
    Cause.UNKNOWN: Explanation(
        "Why is not known: hashes, seeds, clock and threads held still, one at a time, did not make two runs equal. "
        "It may be several of them, files that a run leaves for the next, or something outside.",
        "train the project twice, and compare what the stages return",
        "run `python train.py` twice in the project and compare what the stages return",
    ),
}
