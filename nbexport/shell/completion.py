"""Completion scripts for bash, zsh and fish, made from the list of options."""

from __future__ import annotations

from typing import get_args

from nbexport.errors import NbexportError
from nbexport.options import Command, Option, options_of

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """The completion script of a shell.

    Raises:
        NbexportError: There is none for this shell.
    """
    made = {"bash": _bash, "zsh": _zsh, "fish": _fish}.get(shell)
    if made is None:
        raise NbexportError(f"there is no completion for `{shell}`", fix=f"one of: {', '.join(SHELLS)}")
    return made()


def _commands() -> tuple[Command, ...]:
    return tuple(command for command in get_args(Command) if command != "export")


def _flags(command: Command) -> list[str]:
    return [*(f"--{option.name}" for option in options_of(command)), "--help"]


def _bash() -> str:
    cases = "\n".join(f"        {command}) words='{' '.join(_flags(command))}' ;;" for command in _commands())
    values = "\n".join(
        f'        --{option.name}) COMPREPLY=($(compgen {_bash_values(option)} -- "$current")); return ;;'
        for option in _with_values()
    )
    return f"""\
# nbexport completion for bash; in ~/.bashrc: eval "$(nbexport completion bash)"
_nbexport() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words
    case "$before" in
{values}
    esac
    case "${{COMP_WORDS[1]}}" in
{cases}
        *) words='{" ".join(_flags("export"))} --version' ;;
    esac
    if [[ "$current" == -* ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$current"))
    else
        COMPREPLY=($(compgen -f -- "$current"))
        [[ $COMP_CWORD -eq 1 ]] && COMPREPLY+=($(compgen -W "{" ".join(_commands())}" -- "$current"))
        [[ "${{COMP_WORDS[1]}}" == completion ]] && COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$current"))
    fi
}}
complete -o filenames -F _nbexport nbexport"""


def _zsh() -> str:
    return f"""\
#compdef nbexport
# nbexport completion for zsh; in ~/.zshrc: eval "$(nbexport completion zsh)"
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
{_bash()}"""


def _fish() -> str:
    lines = ["# nbexport completion for fish; in config.fish: nbexport completion fish | source"]
    names = " ".join(_commands())
    lines += [f"complete -c nbexport -n __fish_use_subcommand -a {command}" for command in _commands()]
    for command in get_args(Command):
        where = (
            f"'not __fish_seen_subcommand_from {names}'"
            if command == "export"
            else (f"'__fish_seen_subcommand_from {command}'")
        )
        for option in options_of(command):
            short = f" -s {option.short}" if option.short else ""
            value = "" if option.type is bool else " -r"
            choices = f" -a '{' '.join(map(str, option.choices))}'" if option.choices else ""
            lines.append(
                f"complete -c nbexport -n {where} -l {option.name}{short}{value}{choices} -d '{_quoted(option.help)}'"
            )
    lines.append(f"complete -c nbexport -n '__fish_seen_subcommand_from completion' -a '{' '.join(SHELLS)}'")
    return "\n".join(lines)


def _with_values() -> list[Option]:
    """The options that take a value which can be completed; of two of one name, the one with more values."""
    found: dict[str, Option] = {}
    for command in get_args(Command):
        for option in options_of(command):
            known = found.get(option.name)
            if (option.choices or option.folder) and (known is None or len(option.choices) >= len(known.choices)):
                found[option.name] = option
    return list(found.values())


def _bash_values(option: Option) -> str:
    return "-d" if option.folder else f"-W '{' '.join(map(str, option.choices))}'"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
