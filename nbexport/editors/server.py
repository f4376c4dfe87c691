"""The server: what an editor asks, and what it is told.

Source: Language Server Protocol 3.17.
"""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nbexport import __version__
from nbexport.editors import actions, roles
from nbexport.editors.checks import Checks
from nbexport.editors.documents import address_of, document_of
from nbexport.errors import NbexportError
from nbexport.report.rule_pages import explain
from nbexport.rules import find_rule

ADD_ROLE = "nbexport.addRole"
"""A command of the server: address, number of a cell from 0, role. For scripts; a notebook's tags are the editor's."""
PICK_ROLE = "nbexport.pickRole"
"""A command of the editor's side: address of the document, number of a cell from 0. Where it has it, it says so with
`"pickRole": true` in `initializationOptions`."""


def serve() -> None:
    """Answer on standard input and output until the editor goes."""
    server().start_io()


def server() -> LanguageServer:
    """A server that has not been started."""
    every_cell = [types.NotebookCellLanguage(language="*")]
    made = LanguageServer(
        "nbexport",
        __version__,
        notebook_document_sync=types.NotebookDocumentSyncOptions(
            [types.NotebookDocumentFilterWithNotebook(notebook="jupyter-notebook", cells=every_cell)]
        ),
    )
    checks = Checks(made)
    _follow(made, checks)
    _answer(made, checks)
    _roles(made)
    return made


def _follow(made: LanguageServer, checks: Checks) -> None:
    """What is opened or changed is checked."""

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        checks.begin(params.text_document.uri, rest_s=0)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        checks.begin(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        checks.forget(params.text_document.uri)

    @made.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def notebook_opened(params: types.DidOpenNotebookDocumentParams) -> None:
        checks.begin(params.notebook_document.uri, rest_s=0)

    @made.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_changed(params: types.DidChangeNotebookDocumentParams) -> None:
        checks.begin(params.notebook_document.uri)

    @made.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        checks.forget(params.notebook_document.uri)


def _answer(made: LanguageServer, checks: Checks) -> None:
    """What is asked of a place."""

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        checked, now = checks.last(address_of(made.workspace, uri)), document_of(made.workspace, uri)
        if checked is None or now is None or now.text != checked.document.text:
            return []  # the places of an older text would be wrong
        return actions.actions(checked, uri, params.range)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        uri, here = params.text_document.uri, types.Range(params.position, params.position)
        checked = checks.last(address_of(made.workspace, uri))
        for shown in actions.at(checked, uri, here) if checked is not None else ():
            rule = find_rule(shown.finding["code"])
            if rule is not None:
                page = types.MarkupContent(types.MarkupKind.Markdown, explain(rule))
                return types.Hover(page, shown.diagnostic.range)
        return None


def _roles(made: LanguageServer) -> None:
    """The role of each cell, and a role that is given."""
    pick = {"command": ""}

    @made.feature(types.INITIALIZE)
    async def began(params: types.InitializeParams) -> None:
        options = params.initialization_options
        if isinstance(options, Mapping) and options.get("pickRole"):
            pick["command"] = PICK_ROLE

    @made.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        document = document_of(made.workspace, uri)
        return [] if document is None else roles.lenses(document, uri, pick["command"])

    @made.command(ADD_ROLE)
    async def add_role(uri: str, cell: int, role: str) -> None:
        document = document_of(made.workspace, uri)
        if document is None or not document.is_script:
            return
        try:
            edit = roles.with_role(document, cell + 1, role)
        except NbexportError as error:
            made.window_show_message(types.ShowMessageParams(types.MessageType.Error, str(error)))
            return
        await made.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label=f"role {role}"))
