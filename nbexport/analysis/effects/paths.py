"""Files and folders: which path an expression may be, who writes it, who reads it.

frame.to_csv("clean.csv")           stays in the notebook: `clean.csv` is written
rows = pd.read_csv("clean.csv")     exported: a conflict
os.chdir("data")                    relative paths begin elsewhere, until `os.chdir("..")`
"""

from __future__ import annotations

import ast
import re
from posixpath import isabs, join, normpath

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import HELD, NOTHING, Kind, Obj, Value, literal

_ANY = "?"
_REASON = "the path of the file is computed, and exported code reads files later"
_OF_PROGRAM = "another program may write files, and exported code reads files later"
COMMANDS = frozenset(
    """os.system os.popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput""".split()
)
"""Functions that run another program."""
_LOOKING = frozenset(
    """cat cd date df du echo file free grep head hostname id ls lscpu lsb_release md5sum nproc nvcc nvidia-smi pip pip3
    printenv printf ps pwd sha256sum stat tail uname uptime wc which whoami""".split()
)
"""Programs that write no file that a notebook reads, unless their output is sent to one."""
_SENT = re.compile(r"&?>>?(?!&)\s*([^\s;&|<>()]+)")
"""The file that the output of a program is sent to."""
_NEXT = re.compile(r"[;|&\n()`]+|\$\(")
"""What stands between two programs in one line of a shell."""


def texts(value: Value) -> list[str]:
    """The paths that a value may be; empty where none is known."""
    paths: list[str] = []
    for obj in value:
        if (obj.kind is Kind.LITERAL or obj.word == "path") and isinstance(obj.extra, str):
            paths.append(obj.extra)
    return sorted(paths)


def joined(m: Machine, parts: list[Value], node: ast.AST, *, path: bool) -> Value | None:
    """A path put together of literal parts; None where a part is unknown."""
    pieces: list[str] = []
    for part in parts:
        known = texts(part)
        if len(known) != 1:
            return None
        pieces.append(known[0])
    text = join(*pieces) if pieces else "."
    if not path:
        return m.literal(text)
    obj = m.allocate(Kind.OBJECT, node, f"path {text}", name="pathlib.Path", word="path")
    obj.extra = text
    return frozenset((obj,))


def written(m: Machine, value: Value, node: ast.AST | None) -> None:
    """A file is written."""
    if any(obj.kind is Kind.OBJECT and obj.word != "path" for obj in value):
        for obj in value:
            # an open file or a buffer, or a connection to a data base
            m.write(obj, HELD, node, "writes to it")
            for place in obj.fields.get(HELD, ()):
                if place.kind is Kind.PLACE:
                    m.write(place, HELD, node, f"writes `{place.name}`")
        return
    known = texts(value)
    for text in known:
        for name, folder in list(m.files.items()) if m.ledger.is_exported else ():
            if _normal(m, text).startswith(f"{name}/"):
                m.read(folder, HELD, node)  # the folder has to be there
        m.write(_file(m, text), HELD, node, f"writes `{text}`")
    if not known:
        m.write(_file(m, _ANY), HELD, node, "writes a file", reason=_REASON)


def command(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    """Another program is run: it writes the file that its output is sent to, and others if it is not known to look."""
    given = arguments.at(0, "args") or NOTHING
    words = texts(given) or _first_word(node)
    text = words[0] if len(words) == 1 else ""
    for path in _SENT.findall(text):
        written(m, m.literal(path.strip("'\"")), node)
    plain = re.sub(r"\d?>&\d", " ", _SENT.sub(" ", text))
    programs = [part.split()[0] for part in _NEXT.split(plain) if part.strip()]
    if programs and all(program in _LOOKING for program in programs):
        return
    m.write(_file(m, _ANY), HELD, node, "runs another program", reason=_OF_PROGRAM)


def _first_word(node: ast.AST) -> list[str]:
    """The program of a list of words that stands in a call."""
    match node:
        case ast.Call(args=[ast.List(elts=[ast.Constant(value=str(word)), *_]), *_]):
            return [word]
    return []


def read(m: Machine, value: Value, node: ast.AST) -> None:
    """A file is read, or the files of a folder."""
    known = texts(value)
    if not known or not all(isabs(text) or "://" in text for text in known):
        m.read(m.place("directory", "."), HELD, node)
    if not m.files or not m.ledger.is_exported:
        return
    if _ANY in m.files:
        m.read(m.files[_ANY], HELD, node)
    for name, place in m.files.items():
        if name != _ANY and any(covers(_normal(m, text), name) for text in known):
            m.read(place, HELD, node)


def covers(text: str, name: str) -> bool:
    """Whether reading a path may read a file: the file itself, a folder that holds it, or a pattern."""
    return text == name or text == "." or name.startswith(f"{text}/") or "*" in text


def place_of(m: Machine, value: Value) -> list[Obj]:
    """The files that a value names."""
    return [_file(m, text) for text in texts(value)]


def _file(m: Machine, text: str) -> Obj:
    name = text if text == _ANY else _normal(m, text)
    place = m.place("file", name)
    m.files[name] = place
    return place


def _normal(m: Machine, text: str) -> str:
    return normpath(text if isabs(text) or m.directory is None else join(m.directory, text))


def change_directory(m: Machine, value: Value, node: ast.AST | None) -> None:
    """The working directory changes; back at the notebook's own folder nothing has."""
    place = m.place("directory", ".")
    saved = [obj for obj in value if obj.kind is Kind.OBJECT and obj.word == "saved" and obj.name == "directory"]
    known, text = literal(value)
    if saved:
        m.directory = saved[0].extra
    elif known and isinstance(text, str) and m.directory is not None:
        m.directory = normpath(join(m.directory, text))
    else:
        m.directory = None
    if m.directory == "." and not m.doubt:
        m.ledger.restore(place, {})
    else:
        m.write(place, HELD, node, "changes the working directory")
