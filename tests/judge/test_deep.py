"""Code that nests deeper than Python's recursion limit: judged where Python runs it, one finding where it does not."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from nbexport import api
from nbexport.propose import suggest
from nbexport.read.notebook import read_text
from nbexport.recursion import at_any_depth
from nbexport.shell import cli

JUDGED = {
    "a sum": "x = 1\ny = " + " + ".join(["x"] * 900),
    "elif": "x = 1\nif x == 0:\n    y = 0\n"
    + "".join(f"elif x == {i}:\n    y = {i}\n" for i in range(1, 400))
    + "else:\n    y = 1",
    "a conditional": "x = 1\ny = " + "".join(f"{i} if x == {i} else " for i in range(900)) + "0",
    "methods": "x = 'a'\ny = x" + ".strip()" * 300,
    "lists": "y = " + "[" * 90 + "]" * 90,
    "functions": "".join(f"def f{i}():\n    return f{i + 1}()\n" for i in range(800))
    + "def f800():\n    return 1\ny = f0()",
}
TOO_DEEP = {
    "a sum": "x = 1\ny = " + " + ".join(["x"] * 5000),
    "elif": "x = 1\nif x == 0:\n    y = 0\n" + "".join(f"elif x == {i}:\n    y = {i}\n" for i in range(1, 3000)),
    "lists": "y = " + "[" * 5000 + "]" * 5000,
    "signs": "y = " + "-" * 3000 + "1",
    "more signs than the parser takes": "y = " + "-" * 20_000 + "1",
    "calls": "def f(*a):\n    return f\ny = f" + "()" * 3000,
}


def found(text: str) -> list[tuple[str, int]]:
    """(code, cell) of the findings."""
    _, findings = api.check_text(text, "a.py")
    return [(finding.code, finding.problem.cell) for finding in findings]


@pytest.mark.parametrize("code", JUDGED.values(), ids=JUDGED.keys())
def test_what_python_runs_is_judged(code: str) -> None:
    assert found(f"# %%\n{code}\n# %%\nprint(y, lost)") == [("NBX101", 2)]


@pytest.mark.parametrize("code", TOO_DEEP.values(), ids=TOO_DEEP.keys())
def test_what_python_cannot_read_is_one_finding_on_its_cell(code: str) -> None:
    text = f"# %%\nprint(lost)\n# %%\n{code}\n# %%\nprint(1)"
    assert found(text) == [("NBX101", 1), ("NBX001", 2)]
    _, findings = api.check_text(text, "a.py")
    assert "nested" in findings[1].problem.message


def test_the_findings_of_other_notebooks_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {f"deep{number}.py": code for number, code in enumerate([*TOO_DEEP.values(), *JUDGED.values()])}
    texts["plain.py"] = "print(lost)"
    for name, code in texts.items():
        (tmp_path / name).write_text(f"# %%\n{code}\n")
    words = ["check", "--no-cache", "--output-format", "concise", *(str(tmp_path / name) for name in texts)]
    assert cli.main(words) == 1
    told = capsys.readouterr()
    assert "plain.py:cell 1:1:7: NBX101" in told.out
    assert told.out.count("NBX001") == len(TOO_DEEP)
    assert "internal error" not in told.err


def test_roles_are_proposed_for_deep_code() -> None:
    text = f"# %%\n{JUDGED['a sum']}\n# %%\nmetrics = {{'y': y}}\n"
    assert len(suggest(read_text(text, "a.py")).proposals) == 2


def test_deep_code_is_lifted(tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    path.write_text(
        f"# %% tags=['train']\n{JUDGED['elif']}\n# %% tags=['evaluate']\nmetrics = {{'y': y}}\n".replace(
            "'train'", '"train"'
        ).replace("'evaluate'", '"evaluate"')
    )
    assert isinstance(api.lift(path, level=1), api.Lifted)


def test_limits_are_as_before() -> None:
    limit, size = sys.getrecursionlimit(), threading.stack_size()

    @at_any_depth
    def down(n: int) -> int:
        return 0 if n == 0 else 1 + inner(n - 1)

    def inner(n: int) -> int:
        return 0 if n == 0 else 1 + inner(n - 1)

    assert down(5_000) == 5_000
    with pytest.raises(ZeroDivisionError):
        at_any_depth(lambda: down(5_000) / 0)()
    assert (sys.getrecursionlimit(), threading.stack_size()) == (limit, size)


def test_work_is_done_again_where_python_has_lost_count() -> None:
    """CPython 3.11 counts the depth of what it parses for all threads together; how often it errs is its own affair."""
    message = "AST constructor recursion depth mismatch (before=18, after=-175)"
    tries: list[int] = []

    @at_any_depth
    def work(failing: int, message: str = message) -> str:
        tries.append(failing)
        if len(tries) <= failing:
            raise SystemError(message)
        return "done"

    assert work(3) == "done"
    assert len(tries) == 4
    tries.clear()
    with pytest.raises(SystemError, match="mismatch"):
        work(100)
    assert 1 < len(tries) < 10
    tries.clear()
    with pytest.raises(SystemError, match="other"):
        work(100, "other")
    assert len(tries) == 1
