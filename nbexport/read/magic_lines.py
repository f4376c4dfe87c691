"""A cell that holds IPython syntax → the Python it runs, row by row.

Logical lines are found one after the other (strings, brackets, comments and backslashes decide where one ends), and
each is asked for the three forms: its last token is `?`; its first is one of `% ! ? , ; /`; its first `=` outside
brackets is followed by `%` or `!`. A line of IPython syntax ends where its last backslash ends, whatever quotes and
brackets it holds.

Source: IPython 9, `IPython.core.inputtransformer2`.
"""

from __future__ import annotations

import re

from nbexport.model import Magic, Span
from nbexport.read.magic_names import CELL_LANGUAGES, NAMESPACE_CELLS, NAMESPACE_LINES, REPEATED
from nbexport.read.magic_sheet import PASTED, Sheet
from nbexport.read.python_text import LogicalLine, is_expression, logical_line, parses
from nbexport.read.syntax import ESCAPES, Syntax, may_hold_magics

_HELP = re.compile(r"(%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?[0-9]+\])*)(\?\??)$")
_NAME = re.compile(r"(\S*)[ \t]*")
_HELP_CELL = re.compile(r"%%\w+\?")
_TARGET = re.compile(r"([\w.]+(?:[ \t]*,[ \t]*[\w.*]+)*)[ \t]*(?::[^=]*)?=[ \t\f\\\n]*\Z")
_CAPTURED = re.compile(r"(?:--?\w[\w-]*[ \t]+)*([^\W\d]\w*)[ \t]*\Z")
_SHELL_OUT = re.compile(r"--out[ =]+([^\W\d]\w*)")

_TAIL = 1000
"""How many characters before a `?` or an assigned magic are looked at: its name or target stands there."""

_NESTED_COLUMNS = 200
"""How far into a row `%time %time …` is followed."""


def rewritten(source: str) -> Syntax:
    """The Python that is left of a source, and the syntax that was found in it; Python as it stands is left alone."""
    if parses(source) and not PASTED.match(source):
        return Syntax(code=source)
    sheet = Sheet(source)
    if sheet.shifts and parses("\n".join(sheet.rows)):
        return sheet.result()
    row = 0
    while row < len(sheet.rows):
        row = next((at for at in range(row, len(sheet.rows)) if sheet.rows[at].strip()), len(sheet.rows))
        if row == len(sheet.rows) or not sheet.rows[row].startswith("%%") or _HELP_CELL.match(sheet.rows[row]):
            break
        language = _cell_magic(sheet, row)
        if language != "python":
            return Syntax(code="", magics=tuple(sheet.magics), language=language)
        row += 1
    _lines(sheet, row)
    return sheet.result()


def _cell_magic(sheet: Sheet, row: int) -> str:
    """Rewrite the row of a cell magic; the language of the rows below it."""
    name, _, argument = sheet.rows[row][2:].rstrip().partition(" ")
    argument = argument.strip()
    inside = name in NAMESPACE_CELLS
    target = None
    if name == "capture":
        match = _CAPTURED.match(argument)
        target = match[1] if match else None
    elif not inside:
        match = _SHELL_OUT.search(argument)
        target = match[1] if match else None
    runs = inside or name in REPEATED
    sheet.magics.append(Magic("cell", name, argument, sheet.span(row, 0, row), target, runs))
    if name in REPEATED:
        sheet.replace(row, 0, len(sheet.rows) - 1, "pass")
        return "python"
    if not inside:
        if name == "script":
            return _script_language(argument)
        return CELL_LANGUAGES.get(name, name.lower() or "text")
    code = "pass" if target is None else f"{target} = get_ipython().run_cell_magic({name!r}, {argument!r}, '')"
    sheet.replace(row, 0, row, code)
    return "python"


def _script_language(argument: str) -> str:
    """The language of `%%script interpreter …`."""
    words = [word for word in argument.split() if not word.startswith("-")]
    interpreter = words[0].rpartition("/")[2] if words else "text"
    return CELL_LANGUAGES.get(interpreter, interpreter.lower())


def _lines(sheet: Sheet, row: int) -> None:
    """Rewrite each line of IPython syntax from `row` on."""
    while row < len(sheet.rows):
        line = logical_line(sheet.rows, row)
        after = (rewrite(sheet, line) for rewrite in (_help, _escaped, _assigned))
        row = next((later for later in after if later is not None), line.end_row + 1)


def _help(sheet: Sheet, line: LogicalLine) -> int | None:
    """Rewrite `x?`; the row after it, or None when the line is something else."""
    if not line.asks_help:
        return None
    text = "\n".join(sheet.rows[line.row : line.end_row + 1])[line.column :]
    match = _HELP.search(text[-_TAIL:])
    if not match:
        return None
    span = sheet.span(line.row, line.column, line.end_row)
    sheet.magics.append(Magic("help", match[2], match[1], span))
    sheet.replace(line.row, line.column, line.end_row, "pass")
    return line.end_row + 1


def _escaped(sheet: Sheet, line: LogicalLine) -> int | None:
    """Rewrite a line that begins with an escape character; the row after it, or None."""
    if not line.escape:
        return None
    end_row = _continued(sheet.rows, line.row)
    text = _assembled(sheet.rows, line.row, line.column, end_row)
    span = sheet.span(line.row, line.column, end_row)
    escape = text[:2] if text[:2] in ("!!", "??") else text[:1]
    content = text[len(escape) :]
    if escape in ("!", "!!"):
        sheet.magics.append(Magic("shell", escape, content.strip(), span))
        sheet.replace(line.row, line.column, end_row, "pass")
    elif escape in ("?", "??"):
        sheet.magics.append(Magic("help", escape, content.strip(), span))
        sheet.replace(line.row, line.column, end_row, "pass")
    elif escape == "%":
        return _line_magic(sheet, line, end_row, content, span)
    else:
        call = _auto_call(escape, content)
        if call is None:
            return None
        sheet.magics.append(Magic("line", escape, content, span, runs_python=True))
        sheet.replace(line.row, line.column, end_row, call)
    return end_row + 1


def _auto_call(escape: str, content: str) -> str | None:
    """The call that `,f a b`, `;f a b` or `/f a b` stands for."""
    name, _, arguments = content.partition(" ")
    if escape == ",":
        inner = '"' + '", "'.join(arguments.split()) + '"'
    elif escape == ";":
        inner = f'"{arguments}"'
    elif name:
        inner = ", ".join(arguments.split())
    else:
        return None
    return f"{name}({inner})"


def _line_magic(sheet: Sheet, line: LogicalLine, end_row: int, content: str, span: Span) -> int:
    """Rewrite `%name argument`; the row to go on with."""
    name, offset = _name_and_offset(content)
    argument = content[offset:].strip()
    sheet.magics.append(Magic("line", name, argument, span, runs_python=_runs_python(name, argument)))
    if name in REPEATED and is_expression(argument):
        # what it computes is thrown away; what it reads must be there all the same
        if line.column + offset + 1 < len(sheet.rows[line.row].rstrip().rstrip("\\").rstrip()):
            sheet.cut(line.row, line.column, offset + 1)
        else:
            # the options fill the first row, and nothing but a backslash would be left of it
            sheet.replace(line.row, line.column, end_row, argument)
        return end_row + 1
    if not argument or name not in NAMESPACE_LINES:
        sheet.replace(line.row, line.column, end_row, "pass")
        return end_row + 1
    nested = may_hold_magics(argument) and sheet.shifts.get(line.row + 1, 0) < _NESTED_COLUMNS
    if not nested and not parses(argument):
        return end_row + 1
    sheet.cut(line.row, line.column, offset + 1)
    return line.row if nested else end_row + 1


def _runs_python(name: str, argument: str) -> bool:
    """Whether a line magic runs its argument as Python."""
    return argument[:1] not in ESCAPES and (name in NAMESPACE_LINES or name in REPEATED)


def _assigned(sheet: Sheet, line: LogicalLine) -> int | None:
    """Rewrite `x = %name argument` or `x = !command`; the row after it, or None."""
    if line.assigned is None:
        return None
    row, column = line.assigned
    end_row = _continued(sheet.rows, row)
    text = _assembled(sheet.rows, row, column, end_row)
    content = text[1:]
    before = "\n".join([*sheet.rows[line.row : row], sheet.rows[row][:column]])
    match = _TARGET.search(before[-_TAIL:])
    target = match[1] if match else None
    span = sheet.span(row, column, end_row)
    if text[0] == "!":
        sheet.magics.append(Magic("shell", "!", content.strip(), span, target))
        sheet.replace(row, column, end_row, f"get_ipython().getoutput({content!r})")
        return end_row + 1
    if not content.lstrip()[:1].isidentifier():
        return None
    name, offset = _name_and_offset(content)
    argument = content[offset:].strip()
    sheet.magics.append(Magic("line", name, argument, span, target, _runs_python(name, argument)))
    if (name in NAMESPACE_LINES or name in REPEATED) and is_expression(argument):
        # what it gives is a measurement at most, but what it reads must be there
        sheet.cut(row, column, offset + 1)
    else:
        name, _, rest = content.partition(" ")
        sheet.replace(row, column, end_row, f"get_ipython().run_line_magic({name!r}, {rest!r})")
    return end_row + 1


def _name_and_offset(content: str) -> tuple[str, int]:
    """A line magic's name, and where its argument begins; for one that runs Python, behind its options."""
    match = _NAME.match(content)
    name = match[1] if match else ""
    offset = match.end() if match else 0
    options = NAMESPACE_LINES.get(name) or REPEATED.get(name)
    if options:
        given = re.compile(options).match(content, offset)
        offset = given.end() if given else offset
    return name, offset


def _continued(rows: list[str], row: int) -> int:
    """The row in which a line ends that backslashes carry on; to IPython nothing follows the cell's last line end."""
    last = len(rows) - 1 if rows[-1] else len(rows) - 2
    while row < last and rows[row].endswith("\\"):
        row += 1
    return row


def _assembled(rows: list[str], row: int, column: int, end_row: int) -> str:
    """The line without its backslashes, as IPython hands it to a magic."""
    parts = [rows[row][column:], *rows[row + 1 : end_row + 1]]
    return " ".join([part.rstrip()[:-1] for part in parts[:-1]] + [parts[-1].rstrip()])
