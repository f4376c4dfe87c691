"""Files → notebooks: formats, encodings, places, percent files."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.model import Cell, Role
from nbexport.read.notebook import locate, read, read_text


def _cell(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source} | more


def _document(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


def _text(*cells: Any, **more: Any) -> str:
    return json.dumps(_document(*cells, **more), indent=1)


def _only(text: str | bytes, path: str = "a.ipynb") -> Cell:
    (cell,) = read_text(text, path).cells
    return cell


def test_all_that_a_cell_says(tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["3\n"]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"], "id": "m1"},
        _cell(
            ["x = 3\n", "print(x)"],
            id="c1",
            execution_count=7,
            outputs=[output],
            metadata={"tags": ["train", "keep_output"], "scrolled": True},
        ),
        {"cell_type": "raw", "metadata": {}, "source": ""},
    ]
    path = tmp_path / "notebook.ipynb"
    path.write_text(_text(*cells, metadata={"kernelspec": {"language": "Python"}}))
    notebook = read(path)
    assert (notebook.path, notebook.format, notebook.language) == (str(path), "ipynb", "python")
    assert [cell.number for cell in notebook.cells] == [1, 2, 3]
    assert [cell.kind for cell in notebook.cells] == ["markdown", "code", "raw"]
    markdown, code, _ = notebook.cells
    assert (markdown.source, markdown.id, markdown.code) == ("# Title\ntext", "m1", "")
    assert (code.source, code.code, code.id, code.execution_count) == ("x = 3\nprint(x)", "x = 3\nprint(x)", "c1", 7)
    assert (code.tags, code.roles, code.outputs) == (("train", "keep_output"), (Role.TRAIN,), (output,))
    assert code.metadata["scrolled"] is True
    assert code.runs


@pytest.mark.parametrize("source", ["x = 1\ny = 2", ["x = 1\n", "y = 2"], ["x = 1", "\ny", "", " = 2"]])
def test_source_as_a_string_or_a_list(source: Any) -> None:
    assert _only(_text(_cell(source))).source == "x = 1\ny = 2"


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
def test_every_line_break_is_one(break_: str) -> None:
    cell = _only(_text(_cell(f"x = 1{break_}%time y{break_}")))
    assert (cell.source, cell.code) == ("x = 1\n%time y\n", "x = 1\ny\n")
    assert len(cell.lines) == 3


def test_only_the_breaks_that_python_knows_end_a_line() -> None:
    source = "a = 'x\x0c\x0b\u2028\u2029\x85'\nb = 2"
    cell = _only(_text(_cell(source)))
    assert cell.source == source
    assert len(cell.lines) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_unicode_encodings(encoding: str) -> None:
    text = json.dumps(_document(_cell("name = 'Zoë 😀'")), ensure_ascii=False)
    assert _only(text.encode(encoding)).source == "name = 'Zoë 😀'"


def test_windows_line_ends_in_the_file() -> None:
    cell = _only(_text(_cell(["x = 1\n", "y = 2"])).replace("\n", "\r\n").encode())
    assert list(cell.lines) == list(_only(_text(_cell(["x = 1\n", "y = 2"]))).lines)


def test_odd_numbers_and_repeated_keys() -> None:
    cell_text = '{"cell_type": "code", "source": "a", "source": "b", "execution_count": NaN}'
    text = '{"nbformat": 4, "cells": [], "metadata": {"x": NaN, "y": -Infinity}, "cells": [' + cell_text + "]}"
    cell = _only(text)
    assert (cell.source, cell.execution_count, cell.file_line) == ("b", None, 1)
    assert _char(text, cell, 1, 1) == "b"


@pytest.mark.parametrize("keys", [["source", "input"], ["input", "source"]])
def test_source_wins_over_a_stray_input(keys: list[str]) -> None:
    parts = {"source": "right", "input": ["wrong"]}
    text = json.dumps(_document({"cell_type": "code"} | {key: parts[key] for key in keys}))
    assert _only(text).source == "right"
    assert _char(text, _only(text), 1, 1) == "r"


def test_halves_of_surrogate_pairs_and_nulls() -> None:
    cell = _only(r'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = \"\ud800\u0000\""}]}')
    assert cell.source == 'x = "\ud800\x00"'


def test_format_3() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Load\n", "data"]},
        {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y"], "prompt_number": 4, "outputs": []},
        {"cell_type": "code", "language": "julia", "input": "f(x)", "collapsed": False},
        {"cell_type": "html", "source": "<b>x</b>"},
    ]
    document = {"metadata": {"name": "old"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    text = json.dumps(document, indent=1)
    heading, code, julia, html = read_text(text, "a.ipynb").cells
    assert (heading.kind, heading.source) == ("markdown", "## Load data")
    assert (code.source, code.code, code.execution_count) == ("x = 1\ny", "x = 1\ny", 4)
    assert _char(text, code, 2, 1) == "y"
    assert _char(text, heading, 1, 4) == "L"
    assert (julia.language, julia.code, html.kind) == ("julia", "", "markdown")


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"kernelspec": {"name": "python3"}}, "python"),
        ({"kernelspec": {"language": "R"}, "language_info": {"name": "python"}}, "r"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"language_info": {"name": "ipython3"}}, "python"),
        ({"language_info": {"name": "pyspark"}}, "python"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "r"),
        ({"kernelspec": {"name": "julia-1.11"}}, "julia"),
        ({"kernelspec": {"name": "rust"}}, "rust"),
        ({"kernelspec": {"name": "conda-env-myenv-py"}}, "python"),
        ({"kernelspec": {"name": "rapids"}, "instance_type": "ml.t3.medium"}, "python"),
        ({"kernelspec": {"name": "python3"}, "kaggle": {"accelerator": "gpu"}, "colab": {"provenance": []}}, "python"),
        ({"kernelspec": [], "language_info": 3}, "python"),
        ([], "python"),
        (None, "python"),
    ],
)
def test_language_of_the_kernel(metadata: Any, language: str) -> None:
    notebook = read_text(_text(_cell("x = 1"), metadata=metadata), "a.ipynb")
    (cell,) = notebook.cells
    assert (notebook.language, cell.language, cell.runs) == (language, language, language == "python")
    assert cell.code == ("x = 1" if language == "python" else "")


def test_one_odd_cell_leaves_the_others_alone() -> None:
    sources = ["x = 1", "def (:\n'''", "%time y = 2", "%%bash\nls", "z = !ls"]
    codes = [cell.code for cell in read_text(_text(*map(_cell, sources)), "a.ipynb").cells]
    assert codes == ["x = 1", "def (:\n'''", "y = 2", "", "z = get_ipython().getoutput('ls')"]


@pytest.mark.parametrize(
    ("others", "magic"),
    [(["x = 1"], True), (["pip = 3"], False), (["%pip list"], True), (["pip install other"], True), ([], True)],
)
def test_magic_without_a_percent_sign(others: list[str], magic: bool) -> None:
    cell = read_text(_text(*map(_cell, ["pip install torch", *others])), "a.ipynb").cells[0]
    assert bool(cell.magics) is magic
    assert cell.code == ("pass" if magic else "pip install torch")


@pytest.mark.parametrize(
    ("source", "name", "code"),
    [
        ("\n ls -l\n", "ls", "\npass\n"),
        ("time f(x)", "time", "f(x)"),
        ("ls\nx = 1", None, "ls\nx = 1"),
        ("run = 3", None, "run = 3"),
        ("history", "history", "pass"),
    ],
)
def test_magic_without_a_percent_sign_is_one_line(source: str, name: str | None, code: str) -> None:
    cell = _only(_text(_cell(source)))
    assert [magic.name for magic in cell.magics] == ([name] if name else [])
    assert cell.code == code


def test_digest_is_of_sources_kinds_and_tags_alone() -> None:
    def digest(*cells: Any) -> str:
        return read_text(_text(*cells), "a.ipynb").digest

    cell = _cell("x = 1\ny = 2")
    assert digest(cell) == digest(_cell(["x = 1\r\n", "y = 2"], id="x", execution_count=3, metadata={"a": 1}))
    others = [
        _cell("x = 2"),
        _cell("x = 1\ny = 2", metadata={"tags": ["train"]}),
        {"cell_type": "raw", "source": "x = 1\ny = 2"},
    ]
    assert len({digest(cell), *map(digest, others), digest(cell, cell), digest(_cell("x = '\ud800'"))}) == 6


@pytest.mark.parametrize(
    ("tags", "read_as"),
    [
        ("train", ("train",)),
        ("train, data", ("train", "data")),
        (["train", 3, "", None], ("train",)),
        (7, ()),
        ({}, ()),
    ],
)
def test_malformed_tags(tags: Any, read_as: tuple[str, ...]) -> None:
    assert _only(_text(_cell("x", metadata={"tags": tags}))).tags == read_as


def _char(text: str, cell: Cell, row: int, column: int) -> str:
    """What stands in the file where a character of the cell should."""
    line, at = locate(cell, row, column)
    return text.split("\n")[line - 1][at - 1]


@examples(300)
@given(st.text(max_size=80) | st.binary(max_size=80) | st.text(alphabet='{}[]":,cells1 nbformat4', max_size=60))
def test_any_text_is_a_notebook_or_an_error(text: str | bytes) -> None:
    what = ""
    try:
        read_text(text, "a.ipynb")
    except NbexportError as error:
        what = error.what
    assert not what or "`a.ipynb`" in what


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "metadata", "tags", "outputs", "cells", "input", "id", "level"]),
            inner | st.sampled_from(["code", "heading", "markdown"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@examples(300)
@given(st.lists(_json, max_size=3), st.sampled_from([3, 4]), _json)
def test_any_json_is_a_notebook_or_an_error(cells: list[Any], version: int, metadata: Any) -> None:
    document = {"nbformat": version, "metadata": metadata}
    document |= {"cells": cells} if version == 4 else {"worksheets": [{"cells": cells}]}
    cells_read: tuple[Cell, ...] = ()
    with suppress(NbexportError):
        cells_read = read_text(json.dumps(document), "a.ipynb").cells
    for cell in cells_read:
        assert len(cell.lines) == cell.source.count("\n") + 1


def test_cells_of_databricks_name_their_language_by_one_sign() -> None:
    sources = [
        "%sql\nSELECT 1",
        "%md\n# Title",
        "\n%sh\nls -l",
        "%fs ls",
        "%r\nx <- 1",
        "x = 1",
        "%pip install a",
        "%runner x",
    ]
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in sources
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "cells": cells}
    metadata = {"application/vnd.databricks.v1+notebook": {"language": "python"}}
    notebook = read_text(json.dumps({**document, "metadata": metadata}), "a.ipynb")
    languages = [cell.language for cell in notebook.cells]
    assert languages == ["sql", "markdown", "bash", "bash", "r", "python", "python", "python"]
    assert [cell.code for cell in notebook.cells if cell.language != "python"] == [""] * 5
    elsewhere = read_text(json.dumps({**document, "metadata": {}}), "a.ipynb")
    assert {cell.language for cell in elsewhere.cells} == {"python"}


@pytest.mark.parametrize(
    ("notebook", "cell"),
    [
        ({"application/vnd.databricks.v1+notebook": {}}, {}),
        ({}, {"application/vnd.databricks.v1+cell": {"nuid": "0"}}),
        ({"name": "orders", "notebookId": 12}, {}),
    ],
)
def test_what_shows_a_notebook_of_databricks(notebook: Any, cell: Any) -> None:
    assert _only(_text(_cell("%SQL\nSELECT 1", metadata=cell), metadata=notebook)).language == "sql"


def test_the_language_of_a_notebook_of_databricks() -> None:
    metadata = {"application/vnd.databricks.v1+notebook": {"language": "sql"}, "language_info": {"name": "python"}}
    assert read_text(_text(_cell("SELECT 1"), metadata=metadata), "a.ipynb").language == "sql"
    metadata["application/vnd.databricks.v1+notebook"]["language"] = "python"
    cell = _only(_text(_cell("%python\nx = 1\n%time y = x"), metadata=metadata))
    assert (cell.code, [magic.name for magic in cell.magics]) == ("pass\nx = 1\ny = x", ["time"])


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"vscode": {"languageId": "sql"}}, "sql"),
        ({"vscode": {"languageId": "python"}}, "python"),
        ({"vscode": {}}, "python"),
        ({"vscode": 3, "kernel": None}, "python"),
        ({"dotnet_interactive": {"language": "fsharp"}}, "fsharp"),
        ({"polyglot_notebook": {"kernelName": "pythonkernel"}}, "python"),
        ({"kernel": "R"}, "r"),
        ({"kernel": "Python3"}, "python"),
    ],
)
def test_the_language_that_an_editor_gives_a_cell(metadata: Any, language: str) -> None:
    cell = _only(_text(_cell("x <- 1", metadata=metadata)))
    assert (cell.language, cell.runs) == (language, language == "python")


def test_a_block_of_sql_binds_its_variable() -> None:
    sql = {"deepnote_cell_type": "sql", "deepnote_variable_name": "orders"}
    block, made, unnamed = read_text(
        _text(
            _cell("SELECT *\nFROM orders", metadata=sql),
            _cell("orders = _dntk.execute_sql('SELECT 1')\norders", metadata=sql),
            _cell("SELECT 1", metadata={"deepnote_cell_type": "sql", "deepnote_variable_name": "not a name"}),
        ),
        "a.ipynb",
    ).cells
    assert block.code == "orders = get_ipython().run_cell_magic('sql', '', '')\n"
    assert [(magic.kind, magic.name, magic.target) for magic in block.magics] == [("cell", "sql", "orders")]
    assert made.code == made.source
    assert (unnamed.language, unnamed.runs) == ("sql", False)


def test_names_that_deepnote_gives_are_bound() -> None:
    sql = {"deepnote_cell_type": "sql", "deepnote_variable_name": "orders"}
    cells = [
        _cell("SELECT * FROM orders", metadata=sql),
        _cell("more = _dntk.execute_sql('SELECT 1')", metadata=sql | {"deepnote_variable_name": "more"}),
        _cell("print(orders, more, missing)", metadata={"deepnote_cell_type": "code"}),
    ]
    _, findings = api.check_text(_text(*cells, metadata={"deepnote": {}}), "a.ipynb")
    messages = [finding.problem.message for finding in findings if finding.code == "NBX101"]
    assert ["`missing`" in message for message in messages] == [True]
