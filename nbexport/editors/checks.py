"""The checks of what is open: each in a process of its own, when nobody types any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nbexport.command.running import run
from nbexport.editors.documents import Document, document_of
from nbexport.model import Trait
from nbexport.record import record
from nbexport.rules import find_rule

REST_S = 0.3
"""How long nobody may type before a check begins."""
SOURCE = "nbexport"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "advice": types.DiagnosticSeverity.Information,
}
Finding = Mapping[str, Any]
"""A finding as `--output-format json` has it."""


@record
class Shown:
    """A finding where the editor shows it."""

    finding: Finding
    uri: str
    diagnostic: types.Diagnostic


@record
class Checked:
    """What the last check of a document found."""

    document: Document
    shown: tuple[Shown, ...] = ()


class Checks:
    """The last check of each document, and the one that is on its way."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._last: dict[str, Checked] = {}

    def begin(self, uri: str, *, rest_s: float = REST_S) -> None:
        """Check a document when nobody types any more; an earlier check of it that still runs ends.

        Args:
            uri: Address of a notebook or a text.
            rest_s: Seconds to wait for the next key.
        """
        if (earlier := self._waiting.pop(uri, None)) is not None:
            earlier.cancel()
        task = asyncio.ensure_future(self._check(uri, rest_s))
        self._waiting[uri] = task
        task.add_done_callback(lambda ended: self._ended(uri, ended))

    def forget(self, uri: str) -> None:
        """Take back what was said of a document that was closed, or is not a notebook any more."""
        if (running := self._waiting.pop(uri, None)) is not None:
            running.cancel()
        if (last := self._last.pop(uri, None)) is not None:
            self._publish(dict.fromkeys(last.document.sources, ()))

    def last(self, uri: str) -> Checked | None:
        """What the last check found of a document."""
        return self._last.get(uri)

    async def _check(self, uri: str, rest_s: float) -> None:
        await asyncio.sleep(rest_s)
        document = document_of(self._server.workspace, uri)
        if document is None:
            self._tell(uri, None, {})
            return
        words = ["check", "-", f"--stdin-filename={document.path}", "--output-format=json", "--exit-zero"]
        ended = await run(words, document.folder, text=document.text)
        if ended.exit_code != 0:
            self._tell(uri, Checked(document), {next(iter(document.sources), uri): [_trouble(ended.messages)]})
            return
        shown = tuple(one for finding in json.loads(ended.output) if (one := _shown(document, finding)) is not None)
        by_source = {source: [one.diagnostic for one in shown if one.uri == source] for source in document.sources}
        self._tell(uri, Checked(document, shown), by_source)
        lenses = getattr(self._server.client_capabilities.workspace, "code_lens", None)
        if lenses is not None and lenses.refresh_support:
            self._server.workspace_code_lens_refresh(None)

    def _tell(self, uri: str, checked: Checked | None, diagnostics: Mapping[str, Sequence[types.Diagnostic]]) -> None:
        """Remember a check and show it; what stands at cells that are gone goes."""
        before = self._last.pop(uri, None)
        if checked is not None:
            self._last[uri] = checked
        sources = [*(before.document.sources if before else ()), *(checked.document.sources if checked else ())]
        self._publish({**dict.fromkeys(sources, ()), **diagnostics})

    def _publish(self, diagnostics: Mapping[str, Sequence[types.Diagnostic]]) -> None:
        for uri, shown in diagnostics.items():
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(shown)))

    def _ended(self, uri: str, task: asyncio.Task[None]) -> None:
        if self._waiting.get(uri) is task:
            del self._waiting[uri]
        if not task.cancelled() and (error := task.exception()) is not None:
            text = f"nbexport could not check {uri}: {error!r}"
            self._server.window_log_message(types.LogMessageParams(types.MessageType.Error, text))


def _shown(document: Document, finding: Finding) -> Shown | None:
    """A finding at its place; None where the editor shows none, or sends nothing of what it is about."""
    place = document.place(finding["cell"], (finding["location"], finding["end_location"]))
    rule = find_rule(finding["code"])
    if place is None or (not document.is_script and rule is not None and Trait.OF_STORED in rule.traits):
        return None
    related = [
        types.DiagnosticRelatedInformation(other_place, other["message"])
        for other in finding["related"]
        if (other_place := document.place(other["cell"], (other["location"], other["end_location"]))) is not None
    ]
    diagnostic = types.Diagnostic(
        range=place.range,
        message=f"{finding['message']}\nfix: {finding['hint']}" if finding["hint"] else finding["message"],
        severity=SEVERITIES[finding["severity"]],
        code=finding["code"],
        source=SOURCE,
        related_information=related or None,
    )
    return Shown(finding, place.uri, diagnostic)


def _trouble(messages: str) -> types.Diagnostic:
    """What cannot be checked is said above it."""
    above = types.Range(types.Position(0, 0), types.Position(0, 0))
    return types.Diagnostic(above, messages.strip(), severity=types.DiagnosticSeverity.Warning, source=SOURCE)
