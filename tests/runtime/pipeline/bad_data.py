"""Kinds of bad data: what somebody did to the customers of the churn example, and what each check reports of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FILE = "customers.csv"
Change = Callable[[pd.DataFrame], "pd.DataFrame | bytes"]


@dataclass(frozen=True)
class Bad:
    """One kind of bad data."""

    what: str
    change: Change
    verdict: str
    """`refused`, `warned` or `accepted`."""
    kinds: tuple[str, ...]
    """Every kind that is reported."""
    column: str = ""
    """A column that the report names."""


CASES: list[Bad] = []


def bad(what: str, verdict: str, *kinds: str, column: str = "") -> Callable[[Change], Change]:
    """Put a change into the table."""

    def put(change: Change) -> Change:
        CASES.append(Bad(what, change, verdict, kinds, column))
        return change

    return put


def written(frame: pd.DataFrame, **options: Any) -> bytes:
    return frame.to_csv(index=False, **options).encode()


def some(frame: pd.DataFrame, share: float, seed: int = 1) -> np.ndarray:
    """Row numbers of a share of the rows."""
    return np.random.default_rng(seed).permutation(len(frame))[: round(share * len(frame))]


def with_values(frame: pd.DataFrame, column: str, share: float, value: Any) -> pd.DataFrame:
    """A column with another value in a share of its rows."""
    changed = frame.copy()
    values = changed[column].astype(object).to_numpy(copy=True)
    values[some(frame, share)] = value
    changed[column] = values
    return changed


def as_text(frame: pd.DataFrame, column: str, change: Callable[[str], str]) -> pd.DataFrame:
    changed = frame.copy()
    changed[column] = [value if pd.isna(value) else change(str(value)) for value in changed[column]]
    return changed


# ------------------------------------------------------------------ missing values

bad("a whole column is missing", "refused", "all_missing", column="plan")(
    lambda frame: frame.assign(plan=None),
)
bad("every value is missing", "refused", "all_missing", "duplicates", "unreadable")(
    lambda frame: pd.DataFrame(None, index=frame.index, columns=frame.columns),
)
bad("a fifth of a column is missing", "refused", "missing_values", column="tenure_months")(
    lambda frame: with_values(frame, "tenure_months", 0.2, None),
)
bad("two per cent more of a column are missing", "warned", "missing_values", column="tenure_months")(
    lambda frame: with_values(frame, "tenure_months", 0.02, None),
)
bad("some labels are missing", "refused", "missing_labels", "unreadable", column="churned")(
    lambda frame: with_values(frame, "churned", 0.01, None),
)
bad("all labels are missing", "refused", "all_missing", "unreadable", column="churned")(
    lambda frame: frame.assign(churned=None),
)
bad("missing numbers are written as -999", "refused", "negative", column="tenure_months")(
    lambda frame: with_values(frame, "tenure_months", 0.1, -999),
)

# ------------------------------------------------------------------ columns

bad("a column is gone", "refused", "missing_column", column="country")(
    lambda frame: frame.drop(columns="country"),
)
bad("the label is gone", "refused", "missing_column", "unreadable", column="churned")(
    lambda frame: frame.drop(columns="churned"),
)
bad("a column is renamed", "refused", "renamed_column", column="tenure_months")(
    lambda frame: frame.rename(columns={"tenure_months": "months_as_customer"}),
)
bad("a column is written with a capital", "refused", "renamed_column", column="plan")(
    lambda frame: frame.rename(columns={"plan": "Plan"}),
)
bad("a column is new", "warned", "new_column", column="region")(
    lambda frame: frame.assign(region=np.random.default_rng(2).integers(0, 9, len(frame))),
)
bad("columns have another order", "warned", "reordered_columns", column="country")(
    lambda frame: frame[["customer_id", "country", "monthly_fee", "tenure_months", "signup_date", "plan",
                         "support_tickets", "churned"]],
)  # fmt: skip
bad("numbers become words", "refused", "type", column="support_tickets")(
    lambda frame: as_text(
        frame, "support_tickets", lambda text: ["none", "one", "some", "many"][min(int(float(text)), 3)]
    ),
)
bad("categories become numbers", "refused", "type", column="plan")(
    lambda frame: frame.assign(plan=frame["plan"].map({"basic": 1, "plus": 2, "family": 3, "business": 4})),
)
bad("whole numbers have fractions", "warned", "fractions", "range", column="tenure_months")(
    lambda frame: frame.assign(tenure_months=(frame["tenure_months"] - 0.5).round(1)),
)
bad("a tenth of the numbers is a word", "refused", "mixed_types", column="monthly_fee")(
    lambda frame: with_values(frame, "monthly_fee", 0.1, "unknown"),
)
bad("one number is a word", "refused", "mixed_types", column="monthly_fee")(
    lambda frame: with_values(frame, "monthly_fee", 0.0007, "free of charge"),
)
bad("numbers have a currency", "refused", "type", column="monthly_fee")(
    lambda frame: as_text(frame, "monthly_fee", lambda text: f"{text} EUR"),
)

# ------------------------------------------------------------------ categories and texts

bad("a fifth of the rows has a new category", "refused", "new_category", column="plan")(
    lambda frame: with_values(frame, "plan", 0.2, "student"),
)
bad("one per cent of the rows has a new category", "warned", "new_category", column="plan")(
    lambda frame: with_values(frame, "plan", 0.01, "student"),
)
bad("a category is gone", "refused", "fewer_rows", "strong_drift", "vanished_category", column="plan")(
    lambda frame: frame[frame["plan"] != "basic"],
)
bad("a rare category is gone", "warned", "vanished_category", column="country")(
    lambda frame: frame[frame["country"] != "PT"],
)
bad("a column is constant", "refused", "constant", column="plan")(
    lambda frame: frame.assign(plan="basic"),
)
bad("a column of numbers is constant", "refused", "constant", column="monthly_fee")(
    lambda frame: frame.assign(monthly_fee=9.9),
)
bad("categories in small letters", "refused", "new_category", column="country")(
    lambda frame: frame.assign(country=frame["country"].str.lower()),
)
bad("categories end with a space", "refused", "new_category", "whitespace", column="plan")(
    lambda frame: frame.assign(plan=frame["plan"] + " "),
)
bad("some categories begin with a space", "warned", "new_category", "whitespace", column="plan")(
    lambda frame: with_values(frame, "plan", 0.01, " basic"),
)

# ------------------------------------------------------------------ numbers

bad("fees in cents", "refused", "scale", column="monthly_fee")(
    lambda frame: frame.assign(monthly_fee=frame["monthly_fee"] * 100),
)
bad("months in years", "refused", "fractions", "scale", column="tenure_months")(
    lambda frame: frame.assign(tenure_months=(frame["tenure_months"] / 12).round(2)),
)
bad("a tenth of a column far outside", "refused", "outliers", column="monthly_fee")(
    lambda frame: with_values(frame, "monthly_fee", 0.1, 99999.0),
)
bad("one value far outside", "warned", "outliers", column="tenure_months")(
    lambda frame: with_values(frame, "tenure_months", 0.0007, 9999),
)
bad("many values just outside", "warned", "range", column="tenure_months")(
    lambda frame: with_values(frame, "tenure_months", 0.03, 120),
)
bad("counts are negative", "refused", "negative", column="support_tickets")(
    lambda frame: with_values(frame, "support_tickets", 0.1, -1),
)
bad("one count is negative", "warned", "negative", column="support_tickets")(
    lambda frame: with_values(frame, "support_tickets", 0.0007, -1),
)
bad("a number is infinite", "refused", "infinite", column="monthly_fee")(
    lambda frame: with_values(frame, "monthly_fee", 0.0007, np.inf),
)
bad("numbers have a decimal comma", "refused", "decimal_comma", column="monthly_fee")(
    lambda frame: as_text(frame, "monthly_fee", lambda text: text.replace(".", ",")),
)
bad("a distribution has drifted", "warned", "drift", column="tenure_months")(
    lambda frame: frame.assign(tenure_months=(frame["tenure_months"] * 1.5).round().clip(1, 96).astype(int)),
)
bad("shares of categories have drifted", "warned", "drift", column="plan")(
    lambda frame: with_values(frame, "plan", 0.4, "plus"),
)

# ------------------------------------------------------------------ rows

bad("no rows", "refused", "no_rows", "unreadable")(lambda frame: frame[:0])
bad("half of the rows", "refused", "fewer_rows")(lambda frame: frame.iloc[::2])
bad("seven rows of ten", "warned", "fewer_rows")(lambda frame: frame[np.arange(len(frame)) % 10 < 7])
bad("a hundred times the rows", "refused", "more_rows")(
    lambda frame: pd.concat([frame] * 100).assign(customer_id=np.arange(40001, 40001 + 100 * len(frame))),
)
bad("a fifth of the rows twice", "refused", "duplicates", "ids_reused", "row_order", column="customer_id")(
    lambda frame: pd.concat([frame, frame.iloc[: len(frame) // 5]]),
)
bad("one row twice", "warned", "ids_reused", "row_order", column="customer_id")(
    lambda frame: pd.concat([frame, frame.iloc[:1]]),
)
bad("an id for many customers", "refused", "ids_reused", column="customer_id")(
    lambda frame: frame.assign(customer_id=(np.arange(len(frame)) // 2) + 40001),
)
bad("the rows are shuffled", "warned", "row_order", column="customer_id")(
    lambda frame: frame.sample(frac=1, random_state=3),
)

# ------------------------------------------------------------------ dates

bad("dates as DD.MM.YYYY", "refused", "date_format", column="signup_date")(
    lambda frame: as_text(frame, "signup_date", lambda text: ".".join(reversed(text.split("-")))),
)
bad("dates as MM/DD/YYYY", "refused", "date_format", column="signup_date")(
    lambda frame: as_text(frame, "signup_date", lambda text: f"{text[5:7]}/{text[8:]}/{text[:4]}"),
)
bad("day and month mixed up", "refused", "date_format", column="signup_date")(
    lambda frame: as_text(frame, "signup_date", lambda text: f"{text[:4]}-{text[8:]}-{text[5:7]}"),
)
bad("a tenth of the dates in the future", "refused", "future_dates", column="signup_date")(
    lambda frame: with_values(frame, "signup_date", 0.1, "2031-05-01"),
)
bad("one date in the future", "warned", "future_dates", column="signup_date")(
    lambda frame: with_values(frame, "signup_date", 0.0007, "2062-03-01"),
)
bad("a tenth of the dates impossible", "refused", "invalid_dates", column="signup_date")(
    lambda frame: with_values(frame, "signup_date", 0.1, "2025-02-30"),
)
bad("one date impossible", "warned", "invalid_dates", column="signup_date")(
    lambda frame: with_values(frame, "signup_date", 0.0007, "0000-00-00"),
)
bad("missing dates are written as 1900-01-01", "refused", "early_dates", column="signup_date")(
    lambda frame: with_values(frame, "signup_date", 0.1, "1900-01-01"),
)
bad("dates with a time", "refused", "date_format", column="signup_date")(
    lambda frame: as_text(frame, "signup_date", lambda text: f"{text} 13:45:10"),
)
bad("dates to the month", "warned", "granularity", column="signup_date")(
    lambda frame: as_text(frame, "signup_date", lambda text: f"{text[:8]}01"),
)
bad("dates as numbers", "refused", "date_format", column="signup_date")(
    lambda frame: frame.assign(signup_date=pd.to_datetime(frame["signup_date"]).astype("int64") // 10**9),
)

# ------------------------------------------------------------------ labels

bad("all labels are zero", "refused", "one_class", column="churned")(
    lambda frame: frame.assign(churned=0),
)
bad("one per cent of the labels is one", "refused", "label_balance", column="churned")(
    lambda frame: with_values(frame.assign(churned=0), "churned", 0.01, 1),
)
bad("a few more labels are one", "warned", "label_balance", column="churned")(
    lambda frame: with_values(frame, "churned", 0.16, 1),
)
bad("a label is new", "refused", "new_label", column="churned")(
    lambda frame: with_values(frame, "churned", 0.02, 2),
)
bad("labels are words", "refused", "type", column="churned")(
    lambda frame: frame.assign(churned=frame["churned"].map({0: "no", 1: "yes"})),
)
bad("a new column is the label", "refused", "new_column", "target_leaked", column="cancelled_on_file")(
    lambda frame: frame.assign(cancelled_on_file=np.where(frame["churned"] == 1, "yes", "no")),
)
bad("a known column tells the label", "refused", "strong_drift", "target_leaked", column="support_tickets")(
    lambda frame: frame.assign(support_tickets=np.where(frame["churned"] == 1, 3, 0)),
)

# ------------------------------------------------------------------ the file

bad("semicolons", "refused", "delimiter", "header", "unreadable")(
    lambda frame: written(frame, sep=";"),
)
bad("tabs", "refused", "delimiter", "header", "unreadable")(
    lambda frame: written(frame, sep="\t"),
)
bad("a byte order mark", "warned", "byte_order_mark")(lambda frame: codecs.BOM_UTF8 + written(frame))
bad("UTF-16", "refused", "byte_order_mark", "encoding", "unreadable")(
    lambda frame: written(frame).decode().encode("utf-16")
)
bad("Latin-1 with an umlaut", "refused", "encoding", "unreadable")(
    lambda frame: written(with_values(frame, "plan", 0.1, "plüs")).decode().encode("latin-1"),
)
bad("UTF-8 that was read as Latin-1", "refused", "broken_text", "new_category", column="plan")(
    lambda frame: written(with_values(frame, "plan", 0.1, "plÃ¼s")),
)
bad("NUL bytes", "refused", "nul_bytes", "new_category", column="plan")(
    lambda frame: written(frame).replace(b"basic", b"bas\0ic", 20),
)
bad("a truncated last row", "refused", "missing_labels", "new_category", "ragged_rows", "unreadable")(
    lambda frame: written(frame)[:-36],
)
bad("rows without their last field", "refused", "missing_labels", "ragged_rows", "unreadable")(
    lambda frame: written(frame).replace(b",0\n", b"\n", 30),
)
bad("no header", "refused", "header", "unreadable")(lambda frame: written(frame, header=False))
bad("an HTML page instead of the file", "refused", "delimiter", "fewer_rows", "header", "unreadable")(
    lambda frame: b"<!DOCTYPE html>\n<html><body>\n<h1>502 Bad Gateway</h1>\n</body></html>\n",
)
bad("an empty file", "refused", "no_rows", "unreadable")(lambda frame: b"")

# ------------------------------------------------------------------ what is not bad

bad("the same data", "accepted")(lambda frame: frame)
bad("nine of ten rows", "accepted")(lambda frame: frame[np.arange(len(frame)) % 10 < 9])
bad("new customers of the same kind", "accepted")(
    lambda frame: frame.sample(n=1400, replace=True, random_state=5).assign(customer_id=np.arange(50001, 51401)),
)


def write(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """A folder with the changed file for each case."""
    places = []
    for number, case in enumerate(CASES):
        place = folder / f"{number:02}"
        place.mkdir(parents=True)
        result = case.change(frame.copy())
        (place / FILE).write_bytes(result if isinstance(result, bytes) else written(result))
        places.append(place)
    return places
