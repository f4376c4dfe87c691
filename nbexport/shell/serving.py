"""The commands `nbexport mcp` and `nbexport lsp`: nbexport for agents and editors, on standard input and output."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.shell.terminal import say


def mcp(options: Namespace) -> ExitCode:
    """The exit code of `nbexport mcp`.

    Raises:
        NbexportError: There is no such folder, or the library is not installed.
    """
    with _installed("mcp", extra="agents"):
        from nbexport.agents import access, server
    if options.skill:
        say(server.skill(), painted=False)
    else:
        server.serve(access.access_to(options.words, write=options.allow_write, run=options.allow_run))
    return ExitCode.OK


def lsp(_: Namespace) -> ExitCode:
    """The exit code of `nbexport lsp`.

    Raises:
        NbexportError: The library is not installed.
    """
    with _installed("pygls", extra="editors"):
        from nbexport.editors import server
    server.serve()
    return ExitCode.OK


@contextmanager
def _installed(library: str, *, extra: str) -> Iterator[None]:
    """Say what to install where an import needs a library that is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != library and not (error.name or "").startswith(f"{library}."):
            raise
        fix = f"pip install 'nbexport[{extra}]'"
        raise NbexportError(f"the library `{library}` is not installed", fix=fix) from error
