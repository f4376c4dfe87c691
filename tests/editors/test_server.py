"""The language server, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from conftest import SOUND
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SCRIPT = """\
# %% tags=["parameters"]
rate = 0.5
# %% tags=["data"]
rows = [1.0, 2.0]
label = "😀"; shown = lost
# %%
print(rows)
# %% tags=["train", "evaluate"]
metrics = {"weight": sum(rows) * rate * step}
"""
"""`lost` is bound nowhere, after a character that takes two units of UTF-16; `step` has no cell either."""
CELLS = [
    ("code", "known = 1", {}),
    ("markdown", "# Title", {}),
    ("code", 'label = "😀"; print(lost)', {"tags": ["data"]}),
    ("code", "metrics = {'a': known}", {"metadata": {"tags": ["train", "evaluate"]}}),
    ("code", "password = input()", {"custom": {"metadata": {"tags": ["define"]}}}),
]


class Editor:
    """A client, and what the server told it."""

    def __init__(self) -> None:
        self.client = LanguageClient("tests", "1")
        self.shown: dict[str, list[types.Diagnostic]] = {}
        self.times: dict[str, int] = {}
        self.edits: list[types.WorkspaceEdit] = []
        self._told = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.shown[params.uri] = list(params.diagnostics)
            self.times[params.uri] = self.times.get(params.uri, 0) + 1
            self._told.set()

        @self.client.feature(types.WORKSPACE_APPLY_EDIT)  # type: ignore[untyped-decorator]
        def edited(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.edits.append(params.edit)
            return types.ApplyWorkspaceEditResult(applied=True)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                self._told.clear()
                await self._told.wait()

    def codes(self, uri: str) -> list[Any]:
        return [one.code for one in self.shown.get(uri, ())]

    def open(self, path: Path, text: str) -> str:
        item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return path.as_uri()

    def change(self, uri: str, version: int, text: str) -> None:
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=version)
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def actions(self, uri: str, where: types.Range) -> list[types.CodeAction]:
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), where, types.CodeActionContext([]))
        answer = await self.client.text_document_code_action_async(params)
        return [one for one in answer or () if isinstance(one, types.CodeAction)]

    async def lenses(self, uri: str) -> list[tuple[int, str]]:
        answer = await self.client.text_document_code_lens_async(
            types.CodeLensParams(types.TextDocumentIdentifier(uri))
        )
        return [(one.range.start.line, one.command.title) for one in answer or () if one.command is not None]


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """The text after edits; characters are units of UTF-16, as the client asked for."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        first, last = lines[start.line].encode("utf-16-le"), lines[end.line].encode("utf-16-le")
        merged = first[: start.character * 2].decode("utf-16-le") + edit.new_text
        lines[start.line : end.line + 1] = (merged + last[end.character * 2 :].decode("utf-16-le")).split("\n")
    return "\n".join(lines)


def talk(with_editor: Callable[[Editor], Awaitable[None]], folder: Path) -> None:
    """Start a server and talk to it as an editor would."""

    async def session() -> None:
        editor = Editor()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        await editor.client.start_io(sys.executable, "-m", "nbexport", "lsp", "--stdio", env=environment, cwd=folder)
        capabilities = types.ClientCapabilities()
        await editor.client.initialize_async(
            types.InitializeParams(capabilities, root_uri=folder.as_uri(), initialization_options={"pickRole": True})
        )
        editor.client.initialized(types.InitializedParams())
        await with_editor(editor)
        await editor.client.shutdown_async(None)
        editor.client.exit(None)
        await editor.client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(session())


def test_a_script_is_checked_as_it_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "work.py"

    async def with_editor(editor: Editor) -> None:
        uri = editor.open(path, SCRIPT)
        await editor.until(lambda: "NBX101" in editor.codes(uri))
        (lost,) = [one for one in editor.shown[uri] if "`lost`" in one.message]
        # the character before it takes two units
        assert (lost.range.start, lost.range.end) == (types.Position(4, 22), types.Position(4, 26))
        assert lost.severity == types.DiagnosticSeverity.Error
        assert "fix: " in lost.message
        hover = await editor.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(4, 23))
        )
        assert hover is not None
        assert isinstance(hover.contents, types.MarkupContent)
        assert "How to fix" in hover.contents.value
        lenses = await editor.lenses(uri)
        assert lenses == [
            (1, "parameters"),
            (3, "data"),
            (6, "no role: stays in the notebook"),
            (8, "train, evaluate"),
        ]
        (ignore,) = await editor.actions(uri, lost.range)
        assert ignore.title == "ignore NBX101 on this line"
        assert ignore.edit is not None
        assert ignore.edit.changes is not None
        ignored = edited(SCRIPT, list(ignore.edit.changes[uri]))
        assert 'label = "😀"; shown = lost  # noqa: NBX101\n' in ignored
        # nobody waits for the checks of what is typed over
        before = editor.times[uri]
        for version in range(2, 12):
            editor.change(uri, version, SCRIPT + f"# {version}\n")
        editor.change(uri, 12, ignored.replace(" * step", ""))
        await editor.until(lambda: editor.shown[uri] == [] or "NBX101" not in editor.codes(uri))
        assert editor.times[uri] == before + 1
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        await editor.until(lambda: editor.times[uri] == before + 2)
        assert editor.shown[uri] == []
        # a module is not a notebook
        other = editor.open(tmp_path / "module.py", "lost + 1\n")
        await asyncio.sleep(1)
        assert other not in editor.shown

    talk(with_editor, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cells_of_a_notebook_are_shown_where_they_are(tmp_path: Path) -> None:
    uri = (tmp_path / "work.ipynb").as_uri()
    addresses = [f"vscode-notebook-cell:/work.ipynb#W{number}" for number in range(len(CELLS))]

    async def with_editor(editor: Editor) -> None:
        kinds = {"code": types.NotebookCellKind.Code, "markdown": types.NotebookCellKind.Markup}
        cells = [
            types.NotebookCell(kinds[kind], address, metadata)  # type: ignore[arg-type]
            for address, (kind, _, metadata) in zip(addresses, CELLS, strict=True)
        ]
        texts = [
            types.TextDocumentItem(address, "python" if kind == "code" else "markdown", 1, source)
            for address, (kind, source, _) in zip(addresses, CELLS, strict=True)
        ]
        document = types.NotebookDocument(uri, "jupyter-notebook", 1, cells)
        editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(document, texts))
        # each cell is told by itself
        await editor.until(lambda: set(addresses) <= set(editor.shown))
        lost = next(one for one in editor.shown[addresses[2]] if one.code == "NBX101")
        assert (lost.range.start, lost.range.end) == (types.Position(0, 20), types.Position(0, 24))
        # `known` is in a cell that stays in the notebook, which the finding points to
        behind = next(one for one in editor.shown[addresses[3]] if one.code == "NBX103")
        assert behind.related_information is not None
        assert behind.related_information[0].location.uri == addresses[0]
        assert "NBX405" in editor.codes(addresses[4])
        # what the file stores is not known to an editor
        assert not {"NBX121", "NBX122", "NBX124"} & {code for cell in addresses for code in editor.codes(cell)}
        assert await editor.lenses(addresses[0]) == [(0, "no role: stays in the notebook")]
        assert await editor.lenses(addresses[3]) == [(0, "train, evaluate")]
        assert await editor.lenses(addresses[1]) == []
        # a role is given, and the line of `lost` is corrected
        tagged = types.NotebookCell(types.NotebookCellKind.Code, addresses[0], {"tags": ["define"]})  # type: ignore[arg-type]
        text = types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(uri=addresses[2], version=2),
            [types.TextDocumentContentChangeWholeDocument("print(1)")],
        )
        changes = types.NotebookDocumentCellChanges(data=[tagged], text_content=[text])
        editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(version=2, uri=uri),
                types.NotebookDocumentChangeEvent(cells=changes),
            )
        )
        await editor.until(
            lambda: not {"NBX101", "NBX103"} & {*editor.codes(addresses[2]), *editor.codes(addresses[3])}
        )
        # what was shown at a cell goes with it
        assert "NBX405" in editor.codes(addresses[4])
        gone = types.NotebookDocumentCellChangeStructure(
            types.NotebookCellArrayChange(start=4, delete_count=1),
            did_close=[types.TextDocumentIdentifier(addresses[4])],
        )
        editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(version=3, uri=uri),
                types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(structure=gone)),
            )
        )
        await editor.until(lambda: editor.codes(addresses[4]) == [])

    talk(with_editor, tmp_path)


def test_a_fix_is_offered_and_a_role_is_written(tmp_path: Path) -> None:
    text = SOUND.replace('# %% tags=["data"]\n', "# %%\n").replace("rows = [", "import os, sys\nrows = [")
    path = tmp_path / "work.py"

    async def with_editor(editor: Editor) -> None:
        uri = editor.open(path, text)
        await editor.until(lambda: uri in editor.shown)
        await editor.client.workspace_execute_command_async(
            types.ExecuteCommandParams("nbexport.addRole", [uri, 1, "data"])
        )
        (edit,) = editor.edits
        assert edit.changes is not None
        now = edited(text + "\n", list(edit.changes[uri])).rstrip("\n") + "\n"
        assert now == text.replace("# %%\nimport os", '# %% tags=["data"]\nimport os')
        editor.change(uri, 2, now)
        random = now.replace("rows = [1.0,", "import numpy as np\nrows = [np.random.rand(),")
        editor.change(uri, 3, random)
        await editor.until(lambda: "NBX301" in editor.codes(uri))
        unseeded = next(one for one in editor.shown[uri] if one.code == "NBX301")
        titles = {action.title: action for action in await editor.actions(uri, unseeded.range)}
        fix = next(action for title, action in titles.items() if not title.startswith("ignore"))
        assert fix.edit is not None
        assert fix.edit.changes is not None
        editor.change(uri, 4, edited(random, list(fix.edit.changes[uri])))
        await editor.until(lambda: "NBX301" not in editor.codes(uri))

    talk(with_editor, tmp_path)


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    async def with_editor(editor: Editor) -> None:
        config = tmp_path / "nbexport.toml"
        config.write_text("ignore = 3\n", encoding="utf-8")
        uri = editor.open(tmp_path / "work.py", SCRIPT)
        await editor.until(lambda: uri in editor.shown)
        (told,) = editor.shown[uri]
        assert "nbexport.toml" in told.message
        assert "Traceback" not in told.message
        # and the configuration counts
        config.write_text('ignore = ["NBX101"]\n', encoding="utf-8")
        editor.change(uri, 2, SCRIPT + "\n")
        await editor.until(lambda: told not in editor.shown[uri])
        assert "NBX101" not in editor.codes(uri)

    talk(with_editor, tmp_path)
