"""Where a statement that the export wrote stands in the notebook now, whatever has become of its cell since.

Its text is its fingerprint: it is found in a cell that was moved, split, joined or renamed. Where the cell has changed
it too, it is the statement that stands at its place, or the definition of its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbexport.lift.provenance import Block, Located
from nbexport.pull.changes import paired
from nbexport.pull.options import TRAIN


class Homes:
    """What an export would write now, searched by what the last one wrote."""

    def __init__(self, before: Mapping[tuple[str, str], Sequence[Block]], now: Sequence[Located]) -> None:
        """Match the statements.

        Args:
            before: (file, stage function) → the statements that the last export wrote.
            now: The statements that an export would write, with their places in the notebook.
        """
        self._now = now
        self._by_text: dict[str, list[Located]] = {}
        for one in (one for one in now if one.statement.file != TRAIN):
            self._by_text.setdefault(one.block.text, []).append(one)
        self._before = before
        self._aligned: dict[tuple[str, str, int], Located] = {}
        for (file, function), there in before.items():
            here = [one for one in now if (one.statement.file, one.statement.function) == (file, function)]
            for place, other in paired(there, [one.block for one in here]):
                if place is not None and other is not None:
                    self._aligned[file, function, place] = here[other]

    def of(self, file: str, function: str, place: int) -> Located | None:
        """The statement of the notebook that one of the last export comes from; None where it is gone."""
        scope = self._before.get((file, function), ())
        if not 0 <= place < len(scope):
            return None
        block = scope[place]
        if file == TRAIN:
            return next((one for one in self._now if one.statement.file == file and one.block.key == block.key), None)
        aligned = self._aligned.get((file, function, place))
        if aligned is not None and aligned.block.text == block.text:
            return aligned
        same = self._by_text.get(block.text, [])
        if len(same) == 1:
            return same[0]
        named = [one for one in self._now if one.block.key == block.key]
        if block.key.startswith(("FunctionDef", "AsyncFunctionDef", "ClassDef")):
            return named[0] if len(named) == 1 else None
        # a statement that only stands where another one stood is another one
        return aligned if aligned is not None and aligned.block.key == block.key else None
