"""What `%%timeit` runs reads the notebook's names, changes its objects and binds names of its own."""

from __future__ import annotations

import pytest

from nbexport import api


def found(text: str) -> list[tuple[str, int, int]]:
    """(code, cell, row) of the findings about names and magics."""
    _, findings = api.check_text(text, "a.py")
    return [
        (finding.code, finding.problem.cell, finding.problem.span.row)
        for finding in findings
        if finding.code.startswith(("NBX1", "NBX4"))
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("%%timeit -n1 -r1\nsum(late)", [("NBX102", 1, 2)]),
        ("%%timeit -n1 -r1\ns = 3\nt = [s * w for w in late]", [("NBX102", 1, 3)]),
        ("%%timeit n = 3\nsum(range(n))", []),
        ("%%timeit -n 3 n = late\nsum(range(n))", [("NBX102", 1, 1)]),
        ("%%timeit\nfor i in range(3):\n    pass", []),
        ("%%timeit\nx = (", []),
        ("%%time\nsum(late)", [("NBX102", 1, 2)]),
        ("x = %timeit -o sum(late)", [("NBX102", 1, 1)]),
        ("x = %prun -r sum(late)", [("NBX102", 1, 1)]),
        ("x = %memit -o -r 3 sum(late)", [("NBX102", 1, 1)]),
    ],
)
def test_what_is_measured_reads_names(body: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(f"# %%\n{body}\n# %%\nlate = [1]") == expected


def test_its_names_are_its_own() -> None:
    assert found("# %%\n%%timeit\nq = 3\n# %%\nprint(q)") == [("NBX114", 2, 1)]


@pytest.mark.parametrize("body", ["%%timeit -n 3\nrows.append(1)", "%%timeit -n 3\ntotal = sum(rows)"])
def test_an_exported_cell_that_is_measured_is_refused_where_it_does_anything(body: str) -> None:
    text = f'# %% tags=["data"]\nrows = [1]\n# %% tags=["train"]\n{body}\n# %% tags=["evaluate"]\nmetrics = {{"n": len(rows)}}'
    assert ("NBX401", 2, 1) in found(text)


def test_an_exported_cell_that_only_looks_is_left_out() -> None:
    text = '# %% tags=["train"]\nrows = [1]\n# %% tags=["train"]\n%%timeit -n 3\nsum(rows)\n# %% tags=["evaluate"]\nmetrics = {"n": 1}'
    assert found(text) == []
