"""Shell completion: the script of a shell, and the answer to what it asks at each press of the tab key.

`argcomplete` asks the parser of the command itself, so that a completion is never older than the command. Why not
`shtab`: docs/decisions/0009-libraries-instead-of-own-code.md.
"""

from __future__ import annotations

import os
from argparse import Action, ArgumentParser
from collections.abc import Callable, Collection, Iterable

from argcomplete import autocomplete
from argcomplete.completers import ChoicesCompleter, DirectoriesCompleter, FilesCompleter
from argcomplete.lexers import split_line
from argcomplete.shell_integration import shellcode

from nbexport.errors import NbexportError
from nbexport.options import Command, options_of

SHELLS = ("bash", "zsh", "fish")

_INSTALL = {
    "bash": 'in ~/.bashrc: eval "$(nbexport completion bash)"',
    "zsh": 'in ~/.zshrc: eval "$(nbexport completion zsh)"',
    "fish": "in config.fish: nbexport completion fish | source",
}
_START_ZSH = "(( $+functions[compdef] )) || { autoload -U compinit && compinit }\n"
"""A ~/.zshrc without a line for the completion system has none, and the script stands on it."""


def script(shell: str) -> str:
    """The completion script of a shell.

    Raises:
        NbexportError: There is none for this shell.
    """
    if shell not in SHELLS:
        raise NbexportError(f"there is no completion for `{shell}`", fix=f"one of: {', '.join(SHELLS)}")
    # zsh reads the first line of a file that lies in its search path
    first = "#compdef nbexport\n" if shell == "zsh" else ""
    start = _START_ZSH if shell == "zsh" else ""
    code = shellcode(["nbexport"], shell=shell)
    return f"{first}# nbexport completion for {shell}; {_INSTALL[shell]}\n{start}{code.rstrip()}"


def answer(parser_of: Callable[[Command], ArgumentParser], commands: Collection[Command]) -> None:
    """Tell the shell that started this process what fits at the cursor, and end the process.

    Args:
        parser_of: Makes the parser of a command.
        commands: The words that name a command in first place.
    """
    before = split_line(os.environ["COMP_LINE"], int(os.environ["COMP_POINT"]))[3]
    command = next((name for name in commands if before[1:2] == [name]), None)
    parser = parser_of(command or "export")
    folders = {f"--{option.name}" for option in options_of(command or "export") if option.folder}
    for action in parser._actions:
        if folders.intersection(action.option_strings):
            _complete(action, DirectoriesCompleter())
        elif action.dest == "words":
            if command == "completion":
                action.choices = SHELLS
            elif command == "explain":
                _complete(action, ChoicesCompleter({}))
            elif action.metavar == "PROJECT":
                _complete(action, DirectoriesCompleter())
            elif len(before) == 1:
                _complete(action, _CommandsAndFiles(commands))
    if command is not None:
        # the number of words that stand before those which the parser reads
        os.environ["_ARGCOMPLETE"] = "2"
    autocomplete(parser, always_complete_options=False)


class _CommandsAndFiles:
    """The first word names a command, or a notebook to export."""

    def __init__(self, commands: Iterable[str]) -> None:
        self.commands = commands
        self.files = FilesCompleter()

    def __call__(self, prefix: str, **_: object) -> list[str]:
        return [*(name for name in self.commands if name.startswith(prefix)), *self.files(prefix)]


def _complete(action: Action, completer: object) -> None:
    """Hand a completer to an argument, in the attribute that argcomplete looks for."""
    action.completer = completer  # type: ignore[attr-defined]
