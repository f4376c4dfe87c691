"""Every kind of problem that a check reports, with its default severity: the one list.

`error` refuses the data, `warning` reports, `off` only counts. A person changes it in `data_schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SEVERITIES = ("error", "warning", "off")


@dataclass(frozen=True)
class Kind:
    """One kind of problem."""

    name: str
    severity: str
    """What it is by default."""
    meaning: str
    few: bool = False
    """Whether it is at most a warning while it concerns no more than the tolerated share of the rows."""
    learned: bool = True
    """Whether the schema can learn it; otherwise the data is fixed, or the severity changed."""


KINDS = (
    Kind("unreadable", "error", "the notebook's own code fails on the data", learned=False),
    Kind("missing_file", "error", "a file that the notebook reads is not there", learned=False),
    Kind("byte_order_mark", "warning", "the file begins with a byte order mark and did not before"),
    Kind("encoding", "error", "the file has another encoding than before"),
    Kind("broken_text", "error", "texts show signs of a wrong encoding (`Ã¼`, `�`)", few=True),
    Kind("nul_bytes", "error", "the file holds NUL bytes", learned=False),
    Kind("ragged_rows", "error", "rows have more or fewer fields than the header: truncated or badly quoted"),
    Kind("delimiter", "error", "the header has another delimiter than before"),
    Kind("no_rows", "error", "the table has no rows", learned=False),
    Kind("fewer_rows", "error", "half the rows or fewer; a warning below three quarters", few=True),
    Kind("more_rows", "error", "ten times the rows or more; a warning above three times", few=True),
    Kind("duplicates", "error", "more rows are copies of others than before", few=True),
    Kind("row_order", "warning", "the rows are no longer sorted by a column"),
    Kind(
        "header", "error", "none of the known columns is there: no header, or another delimiter or file", learned=False
    ),
    Kind("missing_column", "error", "a column is gone"),
    Kind("renamed_column", "error", "a column is gone, and a new one looks like it"),
    Kind("new_column", "warning", "a column is new"),
    Kind("reordered_columns", "warning", "the columns have another order"),
    Kind("type", "error", "the reader gives a column another type than before"),
    Kind("mixed_types", "error", "a column of numbers holds other values too"),
    Kind("decimal_comma", "error", "numbers are written with a decimal comma"),
    Kind("fractions", "warning", "whole numbers have fractions now"),
    Kind("missing_values", "error", "more values of a column are missing", few=True),
    Kind("all_missing", "error", "every value of a column is missing"),
    Kind("constant", "error", "a column has one value where it had several"),
    Kind("new_category", "error", "categories are new", few=True),
    Kind("vanished_category", "error", "categories are gone that cannot be missing by chance", few=True),
    Kind("whitespace", "error", "texts begin or end with spaces, or are blank", few=True),
    Kind("outliers", "error", "numbers lie far outside the known range", few=True),
    Kind("range", "warning", "more numbers lie just outside the known range than chance explains"),
    Kind("negative", "error", "counts or amounts are negative and never were", few=True),
    Kind("infinite", "error", "numbers are infinite and never were"),
    Kind("scale", "error", "a column looks multiplied or divided by a factor: another unit"),
    Kind("drift", "warning", "the distribution differs (PSI above 0.1 and above chance)"),
    Kind("strong_drift", "error", "the distribution has little in common with the known one (PSI above 1)"),
    Kind("ids_reused", "error", "values that were unique are not", few=True),
    Kind("invalid_dates", "error", "values are not dates of the known format", few=True),
    Kind("date_format", "error", "dates have another format or order of day and month"),
    Kind("future_dates", "error", "dates lie in the future and never did", few=True),
    Kind("early_dates", "error", "dates lie long before the known ones", few=True),
    Kind("granularity", "warning", "dates have another granularity: day, month, second"),
    Kind("missing_labels", "error", "labels are missing and never were"),
    Kind("one_class", "error", "every row has the same label"),
    Kind("new_label", "error", "labels are new"),
    Kind("label_balance", "error", "the shares of the labels differ; a warning for smaller differences", few=True),
    Kind("target_leaked", "error", "a column tells the label and none did before"),
    Kind("shape", "error", "an array has another shape or type"),
)
BY_NAME = {kind.name: kind for kind in KINDS}
DEFAULTS = {kind.name: kind.severity for kind in KINDS}


@dataclass(frozen=True)
class Finding:
    """One problem of one table."""

    kind: str
    table: str
    text: str
    """What it is, with the column and an example."""
    column: str = ""
    few: bool = False
    """It concerns few rows only."""
    hint: str = ""
    """What it probably is."""

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "kind": self.kind,
            "table": self.table,
            "column": self.column,
            "text": self.text,
            "few": self.few,
            "hint": self.hint,
        }


def finding(facts: dict[str, Any]) -> Finding:
    """A finding from its facts."""
    return Finding(**facts)
