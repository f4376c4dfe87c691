"""A project and its notebook → what the notebook takes over of the project's edits.

Every edit is tried: it is written into a copy of the notebook, which is lifted again. Only what then stands in the
project's words goes into the notebook, so that an export after a pull changes nothing. What does not is said.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nbexport import api, disk
from nbexport.disk import Record
from nbexport.errors import NbexportError
from nbexport.levels import PIPELINE
from nbexport.lift import style
from nbexport.lift.provenance import LIFTED, Block, Located, located
from nbexport.model import Notebook
from nbexport.program import Lifted, Refused
from nbexport.pull import options
from nbexport.pull.changes import Change, changes, other_lines, statements_of
from nbexport.pull.homes import Homes
from nbexport.pull.model import Conflict, Edit, Homeless, Pulled
from nbexport.pull.sources import bare, candidates, merged
from nbexport.pull.writing import Choice, Proposal, failing, source_of, written
from nbexport.read.notebook import decoded, read_bytes

GENERATED = "nbexport writes this line; no cell holds it"
FILES = (*LIFTED, options.TRAIN)
"""The files that hold what cells say."""
NOT_LIFTED_BACK = "no text of the cell leads to it"


def pull(path: Path, folder: Path) -> Pulled:
    """What the notebook takes over of the edits in its project; nothing is written.

    Args:
        path: The notebook.
        folder: Its exported project.

    Raises:
        NbexportError: One of them cannot be read, the project is another notebook's, the notebook cannot be exported
            now, or a file of the project is not Python.
    """
    record = disk.project_of(folder)
    if record.notebooks:
        names = ", ".join(f"`{name}`" for name in record.notebooks)
        raise NbexportError(
            f"`{folder}` was exported from several notebooks ({names}), and only a project of one can be pulled",
            fix="copy the edits into the cells; a comment above each statement names its notebook and cell",
        )
    if record.notebook != path.name:
        raise NbexportError(
            f"`{folder}` was exported from `{record.notebook}`, not from `{path.name}`",
            fix="say with --output where the project of this notebook lies",
        )
    file = decoded(read_bytes(path), path.name)
    lifted = api.lift(path, level=record.level, text=file.text)
    if isinstance(lifted, Refused):
        first = lifted.against[0]
        raise NbexportError(
            f"`{path.name}` cannot be exported as it is, so its statements cannot be compared with the project's",
            why=f"{first.code} in cell {first.problem.cell}: {first.problem.message}",
            fix=f"run `nbexport check {path.name}`",
        )
    if lifted.notebook.brought:
        raise NbexportError(
            f"`{path.name}` runs other notebooks, and only a project of one notebook by itself can be pulled",
            fix="copy the edits into the cells; a comment above each statement names its notebook and cell",
        )
    return _Pulling(path, folder, record, file.text, lifted).run(file.encoded)


class _Pulling:
    """One pull: the sides that are compared, and what has been found so far."""

    def __init__(self, path: Path, folder: Path, record: Record, text: str, lifted: Lifted) -> None:
        self.path, self.folder, self.record, self.text, self.lifted = path, folder, record, text, lifted
        self.now = _located(lifted)
        self.base = {name: self._base(name) for name in FILES if name in record.files}
        self.notes: list[str] = []
        self.conflicts: list[Conflict] = []
        self.homeless: list[Homeless] = []

    @property
    def notebook(self) -> Notebook:
        return self.lifted.notebook

    def run(self, encoded: Callable[[str], bytes]) -> Pulled:
        """What the pull comes to.

        Args:
            encoded: Turns the notebook's text into the file's bytes.
        """
        yours = {name: text for name in self.base if (text := self._yours(name)) is not None}
        scopes = {
            (name, function): there
            for name, text in self.base.items()
            for function, there in statements_of(name, text).items()
        }
        homes = Homes(scopes, self.now)
        edited = [change for name, text in yours.items() for change in changes(name, self.base[name], text)]
        proposals = [proposal for change in edited if (proposal := self._proposal(change, homes, scopes))]
        text, lifted, choices = self._tried(proposals)
        taken = {id(proposal) for proposal, _ in choices}
        self.homeless += [
            _homeless(proposal.change, NOT_LIFTED_BACK) for proposal in proposals if id(proposal) not in taken
        ]
        for name, mine in yours.items():
            self.homeless += [
                Homeless(name, line.line, GENERATED, line.yours, line.base)
                for line in other_lines(name, self.base[name], mine, self._new(name, lifted))
            ]
        self.homeless += _elsewhere(self.folder, self.record)
        edits = [Edit(one.change.file, one.change.line, one.cell, one.at.statement.row) for one, _ in choices]
        return Pulled(
            str(self.path),
            self.text,
            text,
            encoded(text),
            tuple(edits),
            tuple(self.conflicts),
            tuple(sorted(self.homeless, key=lambda one: (one.file, one.line))),
            tuple(self.notes),
        )

    def _new(self, name: str, lifted: Lifted) -> str:
        """What an export of the notebook with the edits would write to a file."""
        program = lifted.program
        if name != options.TRAIN:
            return program.model if name == "model.py" else program.definitions
        return style.tidy(program.train_in_pipeline if self.record.level >= PIPELINE else program.train, name)

    def _base(self, name: str) -> str:
        if name not in self.record.base:
            raise NbexportError(
                f"`{self.folder / disk.BASE}` is missing or damaged, so what was edited since the export is not known",
                fix="restore it from version control",
            )
        return self.record.base[name]

    def _yours(self, name: str) -> str | None:
        """What the project has in a file, formatted as its own check wants it; None where the file is gone."""
        place = self.folder / name
        if not place.is_file():
            self.homeless.append(Homeless(name, 0, "the file was removed", ""))
            return None
        text = decoded(place.read_bytes(), name).text.replace("\r\n", "\n")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
            raise NbexportError(f"`{place}` is not Python{line}", fix="correct it, then pull again") from None
        finished = style.finished(text, name)
        if finished != text:
            self.notes.append(
                f"`{place}` is not formatted as the project's own check wants it; the next export does that"
            )
        return finished

    def _proposal(
        self, change: Change, homes: Homes, scopes: Mapping[tuple[str, str], Sequence[Block]]
    ) -> Proposal | None:
        """The ways to write one edit into a cell; None where there is nothing to do or nothing that can be done."""
        at = homes.of(change.file, change.function, change.place)
        if change.file == options.TRAIN and (change.base is None or at is None):
            # what no cell says: its line is listed
            return None
        if change.base is None:
            return self._added(change, at, homes, scopes)
        if at is None:
            if change.yours is not None:
                reason = "the notebook no longer has this statement"
                self.conflicts.append(Conflict(change.file, change.line, 0, reason, change.yours, ""))
            return None
        theirs = at.block.text
        if change.yours == theirs:
            return None
        target = change.yours or ""
        if theirs != change.base:
            both = merged(change.base, change.yours, theirs) if change.yours is not None else None
            if both is None:
                reason = (
                    "project and cell have changed it" if target else "the project has removed it, the cell changed it"
                )
                self.conflicts.append(Conflict(change.file, change.line, at.statement.cell, reason, target, theirs))
                return None
            if both == theirs:
                return None
            target = both
        if not self._can_hold(change, at):
            return None
        sources: tuple[str, ...]
        if change.file == options.TRAIN:
            source = options.rewritten(self.notebook, at, self.lifted.program, target) if target else None
            sources = () if source is None else (source,)
        else:
            sources = tuple(candidates(theirs, target, source_of(self.notebook, at))) if target else ("",)
        return Proposal(change, at, target, sources) if sources else None

    def _added(
        self, change: Change, at: Located | None, homes: Homes, scopes: Mapping[tuple[str, str], Sequence[Block]]
    ) -> Proposal | None:
        yours = change.yours or ""
        known = {block.text for block in scopes.get((change.file, change.function), ())}
        if yours not in known and any(
            one.block.text == yours and one.statement.file == change.file for one in self.now
        ):
            return None
        before = at is None
        if at is None:
            at = homes.of(change.file, change.function, change.place + 1)
        if at is None:
            self.homeless.append(_homeless(change, "no statement of the notebook stands beside it"))
            return None
        return Proposal(change, at, yours, (bare(yours),), before) if self._can_hold(change, at) else None

    def _can_hold(self, change: Change, at: Located) -> bool:
        """Whether the rows of a statement are its own; if not, that is said."""
        if at.statement.alone and at.statement.count == 1:
            return True
        reason = "the statement shares its row in the cell with another one"
        if at.statement.count != 1:
            reason = 'the statement stands under `if __name__ == "__main__"` in the cell'
        self.homeless.append(_homeless(change, f"{reason} (cell {at.statement.cell})"))
        return False

    # ----------------------------------------------------------------------- trying

    def _tried(self, proposals: Sequence[Proposal]) -> tuple[str, Lifted, list[Choice]]:
        """The notebook's text with all edits that can be made, what is lifted from it, and these edits."""
        left = {id(proposal): 0 for proposal in proposals}
        while choices := [(one, one.sources[left[id(one)]]) for one in proposals if id(one) in left]:
            made = self._lifted(choices)
            if made is None:
                return self._one_by_one(proposals)
            text, lifted = made
            wrong = failing(self.now, _located(lifted), choices)
            if not wrong:
                return text, lifted, choices
            for proposal in wrong:
                left[id(proposal)] += 1
                if left[id(proposal)] == len(proposal.sources):
                    del left[id(proposal)]
        return self.text, self.lifted, []

    def _one_by_one(self, proposals: Sequence[Proposal]) -> tuple[str, Lifted, list[Choice]]:
        """The same, each edit added to those that worked: together they make a notebook that cannot be exported."""
        text, lifted, taken = self.text, self.lifted, list[Choice]()
        waiting, progress = list(proposals), True
        while waiting and progress:
            progress = False
            for proposal in list(waiting):
                for source in proposal.sources:
                    choices = [*taken, (proposal, source)]
                    made = self._lifted(choices)
                    if made is not None and not failing(self.now, _located(made[1]), choices):
                        text, lifted, taken = *made, choices
                        waiting.remove(proposal)
                        progress = True
                        break
        return text, lifted, taken

    def _lifted(self, choices: Sequence[Choice]) -> tuple[str, Lifted] | None:
        """The notebook's text with some edits and what is lifted from it; None where it cannot be exported then."""
        try:
            text = written(self.text, self.notebook, choices)
            lifted = api.lift(self.path, level=self.record.level, text=text)
        except NbexportError:
            return None
        return None if isinstance(lifted, Refused) else (text, lifted)


def _located(lifted: Lifted) -> tuple[Located, ...]:
    return (*located(lifted.program), *options.located(lifted.program, lifted.notebook))


def _homeless(change: Change, reason: str) -> Homeless:
    return Homeless(change.file, change.line, reason, change.yours or "", change.base or "")


def _elsewhere(folder: Path, record: Record) -> Iterator[Homeless]:
    """The edits of files that hold no statements of cells, and the modules that were added."""
    for name in disk.edited(folder):
        if name in FILES:
            continue
        place = folder / name
        content = place.read_bytes() if place.is_file() else None
        base = record.base.get(name)
        if content is None:
            yield Homeless(name, 0, "the file was removed", "")
        elif record.is_vendored(name):
            yield Homeless(name, 0, "it belongs to the runtime, which nobody edits", "")
        elif base is None:
            yield Homeless(name, 0, "the file was edited", "")
        else:
            yours = content.decode(errors="replace").replace("\r\n", "\n")
            for line in other_lines(name, base, yours, base):
                yield Homeless(name, line.line, GENERATED, line.yours, line.base)
    for name in disk.added(folder):
        text = (folder / name).read_text(encoding="utf-8", errors="replace")
        yield Homeless(name, 0, "the file is new; a notebook takes over modules that lie beside it", text)
