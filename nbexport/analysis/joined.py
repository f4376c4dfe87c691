"""What notebooks that are joined to one document have to do with one another, though each runs in a kernel of its own.

    prepare.ipynb   rows.to_csv("clean.csv")          handed on: the same file under whatever spelling
                    np.random.seed(0)
    train.ipynb     rows = pd.read_csv("./clean.csv")
                    np.random.shuffle(rows)           a crossing: seeded in the joined run, and not in its own kernel

A crossing is found by the question that is asked of exploration: the document is analysed once more with the roles of
one notebook alone, and whatever a cell of another one would change for its exported code crosses. Files are what
may cross, forwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from posixpath import normpath

from nbexport.analysis.analyse import analyse
from nbexport.analysis.effects.account import account, place_of
from nbexport.analysis.effects.objects import Conflict, Kind
from nbexport.analysis.effects.paths import covers
from nbexport.analysis.notebook import Analysis
from nbexport.model import Assumption, Cell, Notebook, Role, Span, is_brought, own_place
from nbexport.names.operations import Function
from nbexport.record import record, replace

_FILE = "file"
Place = tuple[int, Span]
"""A cell and a stretch of its source."""


@record
class Crossing:
    """Exported code of one notebook depends on what another one does in its own kernel."""

    name: str
    """The name, or what else is shared; empty where it has none."""
    reader: Place
    writer: Place
    words: str = "binds it"
    """What the writer does."""


@record
class Handed:
    """A file that one notebook writes and another one reads."""

    path: str
    """Relative to the folder of the notebooks, normalised."""
    writer: Place
    reader: Place

    @property
    def backwards(self) -> bool:
        """Whether it is written by a notebook that runs after the one that reads it."""
        return self.writer[0] > self.reader[0]


def home(cell: int) -> str:
    """File name of the notebook in whose kernel a cell runs; empty where there is only one kernel."""
    return "" if is_brought(cell) else own_place(cell)[1]


def homes(notebook: Notebook) -> tuple[str, ...]:
    """File names of the notebooks that a document is joined of, in their order."""
    return tuple(dict.fromkeys(home(cell.number) for cell in notebook.cells if home(cell.number)))


def crossings(analysis: Analysis) -> tuple[Crossing, ...]:
    """Everything but files by which one notebook would change what another one computes; nothing for one notebook."""
    return analysis.once(_crossings)


def handed(analysis: Analysis) -> tuple[Handed, ...]:
    """The files that exported code of one notebook writes and that of another reads, as far as literals name them.

    A path that only a run knows is the same in the project as in the notebooks, as the order of all statements is.
    """
    return analysis.once(_handed)


def _crossings(analysis: Analysis) -> tuple[Crossing, ...]:
    if not analysis.notebook.parts:
        return ()
    every = [*_of_names(analysis), *_of_predict(analysis), *_of_effects(analysis)]
    by_place = {(one.name, home(one.reader[0]), one.writer): one for one in reversed(every)}
    return tuple(sorted(by_place.values(), key=lambda one: (one.reader, one.writer, one.name)))


def _of_names(analysis: Analysis) -> Iterator[Crossing]:
    """Names that are looked up in one notebook and bound in another: mostly built-ins that the other hides."""
    for use in analysis.judged_uses:
        for definition in sorted(use.definitions, key=lambda one: one.place):
            if definition.unit < 0 or definition.marker:
                continue
            own = home(analysis.units[use.unit].cell)
            if home(analysis.units[definition.unit].cell) != own and use.name not in repeated(analysis, own):
                yield Crossing(use.name, analysis.place(use), _place(analysis, definition.unit))


def repeated(analysis: Analysis, own: str) -> set[str]:
    """The parameters that a notebook gives the value which they have in an earlier one already."""
    units = (analysis.units[unit] for unit in analysis.repeated)
    return {name for unit in units if home(unit.cell) == own for name in unit.bound}


def _of_predict(analysis: Analysis) -> Iterator[Crossing]:
    """Names that `predict` looks up when it is served, after all notebooks, and that a later one binds."""
    last = {name: _functions(analysis, name) for name in analysis.definitions}
    waiting, seen = ["predict"], {"predict"}
    while waiting:
        for unit, function in last.get(waiting.pop(), ()):
            own = home(analysis.units[unit].cell)
            for name in sorted({read.name for read in function.reads()}):
                for definition in analysis.definitions.get(name, ()):
                    later = definition.unit > unit and definition.unit in analysis.lifted and not definition.module
                    if later and definition.function is None and home(analysis.units[definition.unit].cell) != own:
                        yield Crossing(name, _place(analysis, unit), _place(analysis, definition.unit))
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)


def _functions(analysis: Analysis, name: str) -> list[tuple[int, Function]]:
    return [
        (one.unit, one.function)
        for one in analysis.definitions[name]
        if one.unit in analysis.lifted and one.function is not None
    ]


def _of_effects(analysis: Analysis) -> Iterator[Crossing]:
    """Settings, generators, variables of the environment, folders and objects that notebooks would share."""
    for own in homes(analysis.notebook):
        alone = _alone(analysis.notebook, own, _reaching(analysis.notebook, own))
        if alone is None:
            continue
        foreign = [one for one in _foreign(alone, own) if not _is_file(one) and not one.write.reason]
        named = {place_of(alone, conflict.write)[0] for conflict in foreign}
        for conflict in foreign:
            shown = conflict.write.obj.label or conflict.write.obj.name
            yield Crossing(shown, _place(alone, conflict.unit), place_of(alone, conflict.write), conflict.write.words)
        # what sets the process is taken along by exported code that it governs
        own_units = [unit for unit in sorted(alone.lifted) if home(alone.units[unit].cell) == own]
        for unit in sorted(alone.lifted.intersection(alone.configuring)):
            cell = alone.units[unit].cell
            if home(cell) != own and cell not in named:
                named.add(cell)
                yield Crossing("", _place(alone, own_units[0]), _place(alone, unit), "sets the process")


def assumed(analysis: Analysis) -> tuple[Assumption, ...]:
    """The calls of which nothing is known, in one notebook, that may change what another one computes in one process.

    A file that such a call may write is none: it is written in the project as in the notebook.
    """
    return analysis.once(_assumed)


def _assumed(analysis: Analysis) -> tuple[Assumption, ...]:
    by_call: dict[tuple[int, int, str], Assumption] = {}
    for own in homes(analysis.notebook) if analysis.notebook.parts else ():
        alone = _alone(analysis.notebook, own, _reaching(analysis.notebook, own))
        if alone is None:
            continue
        for conflict in _foreign(alone, own):
            write = conflict.write
            cell, span = place_of(alone, write)
            if write.reason and not _is_file(conflict):
                shown = write.obj.label or write.obj.name.rpartition(".")[2]
                by_call.setdefault(
                    (cell, span.row, write.call), Assumption(cell, span.row, shown, write.call, write.reason)
                )
    return tuple(sorted(by_call.values(), key=lambda one: (one.cell, one.line, one.call)))


def _reaching(notebook: Notebook, own: str) -> Callable[[Cell], bool]:
    """Which cells of other notebooks run before exported code of this one does; `predict` is served after all."""
    cells = [cell for cell in notebook.cells if home(cell.number) == own]
    served = any(Role.PREDICT in cell.roles for cell in cells)
    last = cells[-1].number
    return lambda cell: served or cell.number < last


def comes_from_another(analysis: Analysis, unit: int, path: str) -> bool:
    """Whether another notebook writes the file that a statement reads, or may do so under a path that only it knows."""
    own = home(analysis.units[unit].cell)
    if own in _unknown_before(analysis):
        return True
    return any(home(one.reader[0]) == own and covers(normpath(path), one.path) for one in handed(analysis))


def _unknown_before(analysis: Analysis) -> frozenset[str]:
    """The notebooks that read files of which another one may be the author."""
    return analysis.once(_with_unknown_files)


def _with_unknown_files(analysis: Analysis) -> frozenset[str]:
    notebooks: set[str] = set()
    for own in homes(analysis.notebook) if analysis.notebook.parts else ():
        alone = _alone(analysis.notebook, own, _reaching(analysis.notebook, own))
        if alone is not None and any(one.write.reason and _is_file(one) for one in _foreign(alone, own)):
            notebooks.add(own)
    return frozenset(notebooks)


def _is_file(conflict: Conflict) -> bool:
    return conflict.write.obj.kind is Kind.PLACE and conflict.write.obj.word == _FILE


def _handed(analysis: Analysis) -> tuple[Handed, ...]:
    if not analysis.notebook.parts:
        return ()
    names = homes(analysis.notebook)
    exported = {analysis.units[unit].cell for unit in analysis.lifted}
    by_file: dict[tuple[str, str, str], Handed] = {}
    for position, own in enumerate(names):
        # what a later notebook writes is read only where no earlier one, nor this one, has written it since
        order = [*names[position + 1 :], *names[:position], own]
        alone = _alone(_reordered(analysis.notebook, order), own, lambda cell: cell.number in exported)
        if alone is None:
            continue
        for conflict in _foreign(alone, own):
            write = conflict.write
            if _is_file(conflict) and not write.reason:
                one = Handed(write.obj.name, place_of(alone, write), _place(alone, conflict.unit))
                by_file.setdefault((one.path, home(one.writer[0]), own), one)
    forwards = {(one.path, home(one.reader[0])) for one in by_file.values() if not one.backwards}
    kept = [one for one in by_file.values() if not one.backwards or (one.path, home(one.reader[0])) not in forwards]
    return tuple(sorted(kept, key=lambda one: (one.path, one.writer, one.reader)))


def _foreign(alone: Analysis, own: str) -> Iterator[Conflict]:
    """What exported code of one notebook would miss of the others."""
    for conflict in account(alone).conflicts:
        if home(place_of(alone, conflict.write)[0]) != own:
            yield conflict


def _alone(notebook: Notebook, own: str, runs: Callable[[Cell], bool]) -> Analysis | None:
    """The document as if one of its notebooks alone were exported; None where none of its cells has a role.

    Args:
        notebook: The document.
        own: File name of the notebook that is exported.
        runs: Which cells of the others run.
    """
    cells: list[Cell] = []
    for cell in notebook.cells:
        if home(cell.number) == own:
            cells.append(cell)
        elif runs(cell):
            cells.append(replace(cell, roles=()))
    if not any(set(cell.roles) - {Role.SKIP} for cell in cells):
        return None
    return analyse(replace(notebook, cells=tuple(cells), parts=()))


def _reordered(notebook: Notebook, order: Iterable[str]) -> Notebook:
    return replace(
        notebook, cells=tuple(cell for name in order for cell in notebook.cells if home(cell.number) == name)
    )


def _place(analysis: Analysis, unit: int) -> Place:
    return analysis.units[unit].cell, analysis.span(unit)
