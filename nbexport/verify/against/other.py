"""The other code's side: a function or a script, in processes of its own, in a copy of its folder.

Each run gets a fresh copy, so that no run sees what another one left, and nothing in the user's folder changes. What is
big and made again by tools (environments, caches, version control) is not copied.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.against import notebook
from nbexport.verify.against.sides import Named, Replies, Reply
from nbexport.verify.against.target import Form, Target
from nbexport.verify.limits import GIGABYTE, Limits
from nbexport.verify.processes import HashSeed, Progress, environment
from nbexport.verify.snapshot import unpacked
from nbexport.verify.stopping import Stop, run

MOST_BYTES = 8 * GIGABYTE
"""Of a folder that is copied."""
NOT_COPIED = (
    ".git",
    ".hg",
    ".svn",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".ipynb_checkpoints",
    ".tox",
    ".nox",
)
METRICS_FILE = "metrics.json"
"""Where DVC, MLflow's examples and projects of nbexport write metrics."""
OLDEST = (3, 10)
"""The oldest Python that the other code may run in: what looks at its values is written for it."""
LAST_LINES = 8

_CALLING = Path(__file__).with_name("calling.py")


class OtherCode:
    """A function or a script, and the interpreter that runs it."""

    def __init__(
        self, target: Target, *, python: str, scratch: Path, progress: Progress, stop: Stop, limits: Limits
    ) -> None:
        """Look whether the interpreter can be used.

        Args:
            target: What to run.
            python: The interpreter.
            scratch: An empty folder for the copies.
            progress: Told what runs.
            stop: Ends what runs when it is asked to.
            limits: What each process may use.

        Raises:
            NbexportError: There is no such interpreter, or it is too old.
        """
        self._target, self._python, self._scratch = target, python, scratch
        self._progress, self._stop, self._limits = progress, stop, limits
        self._runs = 0
        if python != sys.executable:
            self._python = _interpreter(python, stop=stop, limits=limits)

    # ------------------------------------------------------------------ functions

    def is_alone(self) -> bool:
        """Whether the function takes no arguments.

        Raises:
            NbexportError: It cannot be imported, or is not there.
        """
        return bool(self._call({}, HashSeed.TRAINING, "is imported")["alone"])

    def returned(self, hash_seed: HashSeed) -> Named:
        """What the function returns without arguments.

        Raises:
            NbexportError: It fails, or returns nothing that has names.
        """
        reply = self._call({"alone": True}, hash_seed, "is called")
        return Named(reply["metrics"], unpacked(reply["trees"]), reply["types"])

    def replies(
        self, requests: Sequence[Mapping[str, Any]], kinds: Mapping[str, str], call: str, hash_seed: HashSeed
    ) -> Replies:
        """What the function answers to requests, in one process.

        Args:
            requests: Arguments by name, as plain JSON.
            kinds: Argument → how it is made of plain JSON.
            call: How it is called; empty follows its signature.
            hash_seed: What texts are hashed with.

        Raises:
            NbexportError: It cannot be called.
        """
        if not requests:
            return Replies((), "")
        asked = {"requests": [dict(request) for request in requests], "kinds": dict(kinds), "call": call}
        answers = self._call(asked, hash_seed, f"answers {len(requests)} request{'' if len(requests) == 1 else 's'}")
        replies = tuple(
            Reply(error=one["error"] + (f" (at {one['at']})" if one["at"] else ""))
            if "error" in one
            else Reply(one["answer"], type=one["type"])
            for one in answers["answers"]
        )
        return Replies(replies, f"called with {answers['called']}")

    def _call(self, asked: Mapping[str, Any], hash_seed: HashSeed, doing: str) -> dict[str, Any]:
        target = self._target
        folder = self._copy()
        request = {
            "file": "" if target.by_name or target.file is None else str(folder / target.file),
            "module": target.module,
            "search": [str(folder / place) for place in target.search],
            "attribute": target.attribute,
            "call": "",
            "alone": False,
            "requests": [],
            "kinds": {},
            "tools": [str(path) for path in notebook.TOOLS],
            "target": str(folder.parent / "answers.json"),
            **asked,
        }
        path = folder.parent / "asked.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        self._progress(f"`{target.text}` {doing}")
        status, output, errors = self._run([self._python, str(_CALLING), str(path)], folder, hash_seed)
        answered = Path(request["target"])
        if not answered.is_file():
            raise NbexportError(
                f"`{target.text}` ends its process before it answers",
                why=_last_lines(errors or output) or f"exit code {status}",
                fix="call it in a process of its own to see why",
            )
        reply: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
        if "trouble" in reply:
            raise _trouble(target, reply["trouble"], requests=asked.get("requests"))
        return reply

    # ------------------------------------------------------------------ scripts

    def script(self, metrics_file: str | None, hash_seed: HashSeed) -> Named:
        """The metrics of a script's run.

        Args:
            metrics_file: The JSON file that it writes, relative to its folder; None takes its last line, or the one
                `metrics.json` that it writes.
            hash_seed: What texts are hashed with.

        Raises:
            NbexportError: It fails, or shows no metrics.
        """
        target, folder = self._target, self._copy()
        before = _metrics_files(folder)
        words = ["-m", target.module] if target.file is None else [target.file.as_posix()]
        self._progress(f"`{target.text}` runs")
        status, output, errors = self._run([self._python, *words, *target.arguments], folder, hash_seed)
        if status != 0:
            raise NbexportError(
                f"`{target.text}` fails",
                why=_last_lines(errors or output) or f"exit code {status}",
                fix="run it in its folder; the folder that it runs in is set with --folder, its Python with --python",
            )
        if metrics_file is not None:
            return Named(*_of_file(folder, metrics_file, target), {}, (f"metrics read from `{metrics_file}`",))
        lines = [line for line in output.splitlines() if line.strip()]
        last = _object(lines[-1]) if lines else None
        if last is not None:
            return Named(last, {}, {}, ("metrics read from its last line",))
        written = [path for path, when in _metrics_files(folder).items() if before.get(path) != when]
        if len(written) == 1:
            return Named(
                *_of_file(folder, written[0], target), {}, (f"metrics read from `{written[0]}`, which it wrote",)
            )
        if written:
            raise NbexportError(
                f"`{target.text}` writes several files of metrics",
                why=", ".join(f"`{path}`" for path in sorted(written)),
                fix="name one with --metrics FILE",
            )
        raise NbexportError(
            f"`{target.text}` shows no metrics",
            why=f"its last line is not a JSON object{f': `{lines[-1][:80]}`' if lines else ''}, "
            f"and it writes no {METRICS_FILE}",
            fix="print them as one line of JSON at the end, or name the file that it writes with --metrics FILE",
        )

    # ------------------------------------------------------------------ both

    def _run(self, command: Sequence[str], folder: Path, hash_seed: HashSeed) -> tuple[int, str, str]:
        own = {"PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
        if self._target.form is Form.SCRIPT and self._target.by_name:
            own["PYTHONPATH"] = os.pathsep.join(str(folder / place) for place in self._target.search)
        return run(
            command,
            folder=folder,
            environment={**environment(hash_seed), **own},
            stop=self._stop,
            what=f"`{self._target.text}`",
            limits=self._limits,
        )

    def _copy(self) -> Path:
        """A fresh copy of the folder, in a folder of its own.

        Raises:
            NbexportError: It is too large, or cannot be copied.
        """
        self._runs += 1
        copy = self._scratch / f"run {self._runs}" / "code"
        source = self._target.folder
        if source is None:
            copy.mkdir(parents=True)
            return copy
        if self._runs == 1:
            _check_size(source)
        # the temporary folder may lie inside of what is copied
        own = {self._scratch.resolve(), self._scratch.parent.resolve()}

        def is_left_out(path: Path) -> bool:
            if path.name in NOT_COPIED or (path / "pyvenv.cfg").is_file() or path in own:
                return True
            # a link to a folder above would be copied without end
            return path.is_symlink() and path.parent.is_relative_to(path.resolve())

        def left_out(folder: str, names: list[str]) -> list[str]:
            here = Path(folder).resolve()
            return [name for name in names if is_left_out(here / name)]

        try:
            shutil.copytree(
                source,
                copy,
                ignore=left_out,
                ignore_dangling_symlinks=True,
            )
        except (OSError, shutil.Error) as error:
            raise NbexportError(
                f"`{source}` cannot be copied", why=str(error)[:500], fix="name a smaller folder with --folder"
            ) from None
        return copy


def _interpreter(python: str, *, stop: Stop, limits: Limits) -> str:
    """The path of an interpreter that can be used.

    Raises:
        NbexportError: There is none of that name, or it is too old.
    """
    place = shutil.which(python)
    if place is None:
        raise NbexportError(
            f"there is no interpreter `{python}`", fix="give the path of one: --python .venv/bin/python"
        )
    # not resolved: an environment is known by the link
    place = str(Path(place).absolute())
    try:
        status, output, _ = run(
            [place, "-c", "import json, sys; print(json.dumps(sys.version_info[:2]))"],
            folder=Path(place).parent,
            environment=environment(HashSeed.TRAINING),
            stop=stop,
            what=f"`{python}`",
            limits=limits,
        )
        version = tuple(json.loads(output)) if status == 0 else ()
    except (OSError, ValueError, TypeError):
        version = ()
    if not version:
        raise NbexportError(f"`{python}` is not a Python interpreter", fix="give the path of one: .venv/bin/python")
    if version < OLDEST:
        raise NbexportError(
            f"`{python}` is Python {version[0]}.{version[1]}",
            fix=f"give a Python of at least {OLDEST[0]}.{OLDEST[1]} in which that code runs",
        )
    return place


def _check_size(folder: Path) -> None:
    size = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_COPIED]
        for name in names:
            try:
                size += (Path(place) / name).stat().st_size
            except OSError:
                continue
        if size > MOST_BYTES:
            raise NbexportError(
                f"`{folder}` is larger than {MOST_BYTES / GIGABYTE:g} GB",
                why="the code runs in copies of it, so that nothing in it changes",
                fix="name a smaller folder with --folder",
            )


def _metrics_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file of metrics → what shows that it was written."""
    files = {}
    for path in folder.rglob(METRICS_FILE):
        state = path.stat()
        files[path.relative_to(folder).as_posix()] = (state.st_mtime_ns, state.st_ino)
    return files


def _of_file(folder: Path, name: str, target: Target) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    path = folder / name
    if not path.is_file():
        there = sorted(other.relative_to(folder).as_posix() for other in folder.rglob("*.json"))
        near = get_close_matches(name, there, n=3, cutoff=0.3)
        raise NbexportError(
            f"`{target.text}` does not write `{name}`",
            why="it is looked for in the folder that the code ran in",
            fix=f"the nearest files are {', '.join(f'`{one}`' for one in near)}" if near else "correct --metrics",
        )
    content = _object(path.read_text(encoding="utf-8", errors="replace"))
    if content is None:
        raise NbexportError(f"`{name}` of `{target.text}` is not a JSON object", fix="name → number is needed")
    return content, {}


def _object(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) and content else None


def _last_lines(text: str) -> str:
    return "\n".join([line for line in text.splitlines() if line.strip()][-LAST_LINES:])


def _trouble(target: Target, facts: Mapping[str, Any], *, requests: Any) -> NbexportError:
    """The error that a trouble of `calling.py` stands for."""
    text, name = target.text, target.attribute
    at = f" (at {facts['at']})" if facts.get("at") else ""
    match facts["kind"]:
        case "import":
            return NbexportError(
                f"`{text}` cannot be imported",
                why=f"{facts['error']}{at}",
                fix="name the Python that it runs in with --python, or the folder that its imports need with --folder",
            )
        case "absent":
            near = get_close_matches(facts["name"], facts["names"], n=3, cutoff=0.4) or facts["names"][:5]
            names = ", ".join(f"`{one}`" for one in near)
            fix = f"the nearest names are {names}" if names else "it has no function"
            return NbexportError(f"`{text}`: there is no `{facts['name']}`", fix=fix)
        case "not a function":
            names = ", ".join(f"`{name}.{one}`" for one in facts["names"][:5])
            methods = f", such as {names}" if names else ""
            return NbexportError(
                f"`{name}` of `{text}` is not a function but a {facts['what']}",
                fix=f"name a function, or a method of an object{methods}; a web application is compared by its address",
            )
        case "arguments":
            given = ", ".join(requests[0]) if requests else ""
            return NbexportError(
                f"`{text}` cannot be called as the notebook calls `predict`",
                why=f"it takes ({', '.join(facts['parameters'])}), the notebook's `predict` takes ({given})",
                fix="give the arguments the same names, or say how it is called with --call",
            )
        case "call":
            return NbexportError(f"`{text}` fails", why=f"{facts['error']}{at}", fix="correct it, and compare again")
    return NbexportError(
        f"`{text}` returns a value of type {facts['type']} without names",
        why="metrics and values are compared by name",
        fix='return a dict: {"accuracy": 0.93}',
    )
