"""One batch: rows of a table in, lines of the run out, wherever the model is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from nbexport_runtime.scoring.columns import Columns
from nbexport_runtime.scoring.reading import Line
from nbexport_runtime.scoring.scorer import Scored, Scorer
from nbexport_runtime.scoring.work import Batch
from nbexport_runtime.service.log import hidden
from nbexport_runtime.service.wire import json_bytes


class Maker:
    """Scores batches of one table."""

    def __init__(self, scorer: Scorer, columns: Columns, *, judged: bool, redacted: Sequence[str]) -> None:
        """Nothing is scored yet.

        Args:
            scorer: The model.
            columns: Which column is what.
            judged: Whether the lines hold inputs too, since they are compared with what the model was trained on.
            redacted: Names whose values neither lines of rejects nor inputs may have, as in the prediction log.
        """
        self._scorer = scorer
        self._columns = columns
        self._judged = judged
        self._ends = tuple(f".{name}" for name in redacted)

    async def batch(self, begin: int, rows: Sequence[Line]) -> Batch:
        """What becomes of some rows.

        Args:
            begin: How many rows of the table are before them.
            rows: Their cells.

        Raises:
            ScoreError: The model is not responding.
        """
        began = time.perf_counter()
        inputs = [row if isinstance(row, str) else self._columns.input(row) for row in rows]
        every = await self._scorer.answers(inputs)
        lines: list[bytes] = []
        rejects: list[bytes] = []
        unusual: Counter[str] = Counter()
        for number, (row, body, scored) in enumerate(zip(rows, inputs, every, strict=True), start=begin + 1):
            unusual.update(f"{one['field']}:{one['kind']}" for one in scored.unusual)
            carried = [] if isinstance(row, str) else self._columns.carried(row)
            if scored.problem is None:
                lines.append(self._line(number, carried, scored))
            else:
                rejects.append(self._reject(number, carried, body, scored))
        return Batch(
            len(rows),
            b"".join(lines),
            b"".join(rejects),
            Counter(scored.outcome for scored in every),
            unusual,
            time.perf_counter() - began,
        )

    def _line(self, number: int, carried: list[Any], scored: Scored) -> bytes:
        content: dict[str, Any] = {"row": number, "keep": carried, "answer": scored.answer}
        if self._judged:
            judged = {"input": scored.row, "output": scored.answer, **scored.said}
            if self._ends:
                judged = hidden(from_json(json_bytes(judged)), self._ends)
            content |= judged
        return json_bytes(content) + b"\n"

    def _reject(self, number: int, carried: list[Any], body: dict[str, Any] | str, scored: Scored) -> bytes:
        content = {
            "row": number,
            "outcome": scored.outcome,
            "reason": scored.reason,
            "keep": dict(zip(self._columns.kept, carried, strict=False)),
            "input": hidden(body, self._ends) if self._ends and not isinstance(body, str) else body,
        }
        if isinstance(body, str):
            del content["input"]
        return json_bytes(content) + b"\n"
