"""Who wrote what, and which exported statement reads it: an export is the notebook's equal where nothing is left here.

    rows = [1, 2]          exported
    rows.append(3)         stays in the notebook: `rows` is tainted by this write
    total = sum(rows)      exported, reads `rows`: a conflict between the two statements

What exported code sets again (`np.random.seed(0)`, `model.fit(…)`) is no longer tainted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from nbexport.analysis.effects.objects import BOUND, HELD, SHARED, Conflict, Kind, Obj, Value, Write, reach


class Ledger:
    """Notes reads and writes of the statement that runs."""

    def __init__(self, exported: AbstractSet[int], is_plotting: Callable[[Obj], bool]) -> None:
        self.exported = exported
        self.is_plotting = is_plotting
        self.unit = -1
        self.magic: tuple[int, int] | None = None
        self.conflicts: list[Conflict] = []
        self.busy: set[int] = set()
        """Exported statements that change more than plots."""
        self.drawn: list[tuple[int, int]] = []
        """(statement that changes a plot, exported statement that reads it), both exported."""
        self.tainted = 0
        self.restored: list[Obj] = []
        """Places that get their state back at the end of the open `with`."""
        self._seen: set[tuple[Write, int]] = set()

    @property
    def is_exported(self) -> bool:
        """Whether the running statement is exported."""
        return self.magic is None and self.unit in self.exported

    def matters(self, obj: Obj) -> bool:
        """Whether a change of an object by the running statement is worth noting."""
        if obj.kind is Kind.PLACE or obj.fields.get(SHARED):
            return True
        return obj.born != self.unit and (self.is_exported or obj.born < 0 or obj.born in self.exported)

    def write(
        self,
        obj: Obj,
        field: str,
        node: ast.AST | None,
        *,
        words: str,
        call: str,
        reason: str = "",
        alone: bool = False,
    ) -> None:
        """The running statement changes an object, and what shares its memory."""
        for changed in _sharing(obj) if obj.kind is Kind.OBJECT and not alone else (obj,):
            place = changed.kind is Kind.PLACE
            if changed.born == self.unit and not place:
                continue
            if self.is_exported:
                if self.is_plotting(changed):
                    self._taint(changed, field, Write(self.unit, node, changed, field, words, call))
                elif changed.born >= 0 or changed.kind is not Kind.LIBRARY:
                    self.busy.add(self.unit)
            elif (changed.born < 0 or changed.born in self.exported) and changed not in self.restored:
                unit = self.unit if self.magic is None else -1
                self._taint(changed, field, Write(unit, node, changed, field, words, call, reason, self.magic))

    def rebind(self, scope: Obj, name: str, words: str) -> None:
        """The running statement, which stays in the notebook, binds a name."""
        if scope.taints is None:
            scope.taints = {}
        write = Write(self.unit, None, scope, BOUND + name, words, "")
        scope.taints.setdefault(BOUND + name, []).append(write)

    def miss(self, scope: Obj, field: str, behind: int, words: str, exported: int, code: int) -> None:
        """An exported statement may miss what one that stays does to a variable, by code that was run nowhere.

        Args:
            scope: Stands for the names of the notebook.
            field: The variable.
            behind: The statement that stays.
            words: What it does, for a message.
            exported: The statement that may read it.
            code: The statement in which the reading code stands.
        """
        self.conflicts.append(Conflict(Write(behind, None, scope, field, words, ""), exported, code, None))

    def _taint(self, obj: Obj, field: str, write: Write) -> None:
        if obj.taints is None:
            obj.taints = {}
        writes = obj.taints.setdefault(field, [])
        for known in writes[-4:]:
            same = known.unit == write.unit and known.magic == write.magic
            if same and (write.reason or not known.reason):
                return  # the first says enough; a known change outweighs an assumed one
        self.tainted += 1
        writes.append(write)

    def overwrite(self, obj: Obj, field: str = HELD) -> None:
        """The running statement surely gives an object a state that does not depend on the one before."""
        if self.is_exported and obj.taints:
            if field == HELD:
                obj.taints = None
            else:
                obj.taints.pop(field, None)

    def forget(self, obj: Obj, field: str) -> None:
        """A statement that the export leaves out has put a field back to what exported code left there."""
        if obj.taints:
            obj.taints.pop(field, None)

    def saved(self, obj: Obj) -> dict[str, list[Write]]:
        """The writes that an object bears now, for `restore`."""
        return {field: list(writes) for field, writes in (obj.taints or {}).items()}

    def restore(self, obj: Obj, saved: dict[str, list[Write]]) -> None:
        """An object has been put back to a state that it had."""
        obj.taints = {field: list(writes) for field, writes in saved.items()} or None

    def read(self, obj: Obj, field: str, node: ast.AST | None, code: int, what: str = "", *, but: str = "") -> None:
        """The running statement depends on a field of an object, or on all `but` one."""
        if not obj.taints or not self.is_exported:
            return
        fields = list(obj.taints) if field == HELD else [name for name in (field, HELD) if name in obj.taints]
        if but in fields:
            fields.remove(but)
        for name in fields:
            kept: list[Write] = []
            for write in obj.taints[name]:
                if write.unit == self.unit and write.magic is None:
                    kept.append(write)
                elif write.unit in self.exported and write.magic is None:
                    self.drawn.append((write.unit, self.unit))
                    kept.append(write)
                elif (write, self.unit) not in self._seen:
                    self._seen.add((write, self.unit))
                    self.conflicts.append(Conflict(write, self.unit, code, node, what))
            obj.taints[name] = kept

    def read_deep(self, value: Iterable[Obj], node: ast.AST | None, code: int) -> None:
        """The running statement depends on all that these objects hold."""
        if self.tainted and self.is_exported:
            for obj in reach(value):
                if obj.taints:
                    self.read(obj, HELD, node, code)

    def write_deep(
        self, value: Value, node: ast.AST | None, *, words: str, call: str, reason: str = "", graph: bool = False
    ) -> None:
        """The running statement changes these objects and all that they hold."""
        if self.is_exported and self.unit in self.busy:
            return
        for obj in reach(value, graph=graph):
            if obj.is_data:
                self.write(obj, HELD, node, words=words, call=call, reason=reason)


def _sharing(obj: Obj) -> list[Obj]:
    """An object and those whose memory it shares."""
    sharing = [obj]
    for known in sharing:
        sharing += [other for other in known.fields.get(SHARED, ()) if other not in sharing]
    return sharing
