"""Bad data and fresh data, by our checks and by a schema that pandera infers from the same reference.

    python benchmarks/data_checks.py

Needs pandera, which nothing else here does. Prints how many kinds of bad data each notices, how many fresh samples of
the same data each reports, and the seconds of a processor for 1,000,000 rows of 20 columns.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "runtime"), str(ROOT / "tests"), str(ROOT / "tests" / "runtime" / "pipeline")]

import bad_data  # noqa: E402
import test_false_alarms as fresh  # noqa: E402
from nbexport_runtime.pipeline.checks import raw, tables  # noqa: E402
from nbexport_runtime.pipeline.checks.comparing import compare, of_file  # noqa: E402

NOW_S = 1_773_532_800.0
SAMPLES = 40


def ours(content: bytes, known: dict, folder: Path) -> bool:
    """Whether our checks report a file."""
    path = folder / bad_data.FILE
    path.write_bytes(content)
    scanned = raw.scan(path)
    try:
        frame = pd.read_csv(path)
    except (ValueError, pd.errors.ParserError):
        return bool(list(of_file(path.name, scanned, known))) or True
    table = tables.of_frame(path.name, frame, scanned)
    return bool(compare(table, known, tolerance=0.05, now_s=NOW_S))


def theirs(content: bytes, schema: object) -> bool:
    """Whether a schema of pandera reports a file."""
    import pandera.errors

    try:
        schema.validate(pd.read_csv(io.BytesIO(content)), lazy=True)  # type: ignore[attr-defined]
    except (ValueError, pd.errors.ParserError, pandera.errors.SchemaErrors):
        return True
    return False


def wide(rows: int = 1_000_000) -> pd.DataFrame:
    """Twenty columns: numbers, counts, categories, dates, free text, a label."""
    random = np.random.default_rng(0)
    values: dict[str, object] = {"customer_id": np.arange(rows)}
    values |= {f"n{i}": random.normal(i, 2, rows).round(4) for i in range(9)}
    values |= {f"k{i}": random.integers(0, 50, rows) for i in range(4)}
    values |= {f"c{i}": random.choice(list("abcdefg"), rows) for i in range(3)}
    days = pd.to_timedelta(random.integers(0, 2000, rows), "D")
    values["day"] = (pd.Timestamp("2020-01-01") + days).strftime("%Y-%m-%d")
    values["note"] = [f"note {n}" for n in random.integers(0, 10**9, rows)]
    values["label"] = (random.random(rows) < 0.2).astype(int)
    return pd.DataFrame(values)


def main() -> None:
    """Print the figures."""
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    import pandera.errors
    import pandera.pandas
    from pandera.pandas import infer_schema

    print(f"import of pandera: {time.perf_counter() - began:.1f} s (pandera {pandera.__version__})")
    reference = pd.read_csv(ROOT / "examples" / "churn" / bad_data.FILE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = bad_data.write(reference, folder)
        path = folder / bad_data.FILE
        reference.to_csv(path, index=False)
        known = tables.of_frame(path.name, reference, raw.scan(path)).facts(label="churned", now_s=NOW_S)
        inferred = infer_schema(reference)
        # the strictest that it has without writing checks by hand
        inferred.strict, inferred.ordered, inferred.unique = True, True, ["customer_id"]
        cases = [case for case in bad_data.CASES if case.kinds]
        content = {
            case.what: (place / bad_data.FILE).read_bytes() for case, place in zip(bad_data.CASES, places, strict=True)
        }
        by_us = [case.what for case in cases if ours(content[case.what], known, folder)]
        by_them = [case.what for case in cases if theirs(content[case.what], inferred)]
    print(f"kinds of bad data noticed: ours {len(by_us)} of {len(cases)}, pandera's inferred schema {len(by_them)}")
    print("not noticed by pandera:", "; ".join(case.what for case in cases if case.what not in by_them))
    alarms = {"ours": 0, "pandera": 0}
    for seed in range(SAMPLES):
        random = np.random.default_rng([seed, 1])
        before, now = fresh.shop(2000, random), fresh.shop(2000, random)
        facts = tables.of_frame("rows.csv", before).facts(label="returned", now_s=fresh.NOW_S)
        alarms["ours"] += bool(compare(tables.of_frame("rows.csv", now), facts, tolerance=0.05, now_s=fresh.NOW_S))
        try:
            infer_schema(before).validate(now, lazy=True)
        except pandera.errors.SchemaErrors:
            alarms["pandera"] += 1
    print(f"fresh samples reported: ours {alarms['ours']} of {SAMPLES}, pandera {alarms['pandera']}")
    frame = wide()
    began = time.process_time()
    facts = tables.of_frame("wide.csv", frame).facts(label="label", now_s=NOW_S)
    learned = time.process_time() - began
    began = time.process_time()
    compare(tables.of_frame("wide.csv", frame), facts, tolerance=0.05, now_s=NOW_S)
    compared = time.process_time() - began
    print(f"1,000,000 rows of 20 columns, seconds of a processor: learn {learned:.1f}, compare {compared:.1f}")
    inferred = infer_schema(frame)
    began = time.process_time()
    inferred.validate(frame, lazy=True)
    print(f"pandera, types and ranges alone: {time.process_time() - began:.1f} s")


if __name__ == "__main__":
    main()
