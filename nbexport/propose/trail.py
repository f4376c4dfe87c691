"""What a model is given, followed back to values that the notebook still has: the steps that one input goes through.

    texts = df["text"]                                  rows that are still there: `X_test`, texts
    X_train, X_test, … = train_test_split(texts, …)     a split changes no row
    Z_test = words.transform(X_test)                    step `words.transform({})`
    model.predict(Z_test)                               what the model is given: `Z_test`

Each step is an expression with a hole (here `{}`) for what the step before it gave. The walk goes back as far as every
step can be repeated for one row and the rows can still be read; what stands further back is named in the reasons.
"""

from __future__ import annotations

import ast

from nbexport.propose import tables
from nbexport.propose.looks import Look
from nbexport.propose.places import Place
from nbexport.propose.steps import AS_DICTS, HOLE, ROWS, Steps, is_drop
from nbexport.record import record

_MAX_STEPS = 40


@record
class Begin:
    """Rows that the notebook still has, of which one is an input."""

    rows: str
    """The expression for them in the new cell."""
    look: Look
    node: ast.expr
    place: Place
    steps: tuple[str, ...]
    """Expressions that make of the input what the model is given, the first first; `{}` is what they are made of."""
    reasons: tuple[str, ...]


class Trail(Steps):
    """One walk from what a model is given back to where the rows begin."""

    def follow(self, node: ast.expr, place: Place) -> Begin | None:
        """The rows that lie furthest back; None where none can be read any more."""
        begin: Begin | None = None
        for _ in range(_MAX_STEPS):
            self.stations.append((node, place))
            start = self._begin(node, place)
            if start is not None and (begin is None or _length(start) > _length(begin)):
                begin = start
            if self.stopped:
                break
            following = self._back(node, place)
            if following is None:
                break
            node, place = following
        return begin

    # ------------------------------------------------------------------ rows that are still there

    def _begin(self, node: ast.expr, place: Place) -> Begin | None:
        look = self.looks.of(node, place)
        if look is None and not self._is_text_step():
            look = Look.ARRAY if isinstance(node, ast.Name) else None
        if look is None and self._is_text_step() and isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            look = Look.TEXTS
        if look not in ROWS or look is None:
            return None
        rows = self.places.text(node, place)
        if rows is None or self._is_changed_later(node, place) or isinstance(node, ast.Call | ast.BinOp):
            rows = self._selection(node, place) if isinstance(node, ast.Call) and look is Look.FRAME else None
        if rows is None:
            return None
        return Begin(rows, look, node, place, tuple(reversed(self.steps)), tuple(self.reasons))

    def _selection(self, node: ast.Call, place: Place) -> str | None:
        """`df.drop(…)` as the new cell writes it: a choice of columns may be made once more."""
        if not is_drop(node) or self._is_changed_later(node, place):
            return None
        return self.places.text(node, place)

    def _is_text_step(self) -> bool:
        """Whether the step that is first so far is given texts."""
        return bool(self.steps) and self.takes_texts

    # ------------------------------------------------------------------ one step back

    def _back(self, node: ast.expr, place: Place) -> tuple[ast.expr, Place] | None:
        if isinstance(node, ast.Name):
            return self._name(node, place)
        if isinstance(node, ast.Call):
            return self._call(node, place)
        if isinstance(node, ast.BinOp):
            return self._sum(node, place)
        if isinstance(node, ast.Subscript):
            return self._part(node, place)
        if isinstance(node, ast.Attribute) and node.attr == "values":
            if self.looks.of(node.value, place) is Look.FRAME:
                self._add(f"{HOLE}.values")
            return node.value, place
        if isinstance(node, ast.ListComp) and len(node.generators) == 1:
            return self._comprehension(node, place)
        return None

    def _name(self, node: ast.Name, place: Place) -> tuple[ast.expr, Place] | None:
        inside = place.row and self.places.bound(node.id, Place(place.unit)) is None
        if (place.function is None and not inside) or (
            node.id not in place.given and self.places.bound(node.id, place) is None
        ):
            if units := self.places.changed(node.id, place, after=False):
                self._stop(units[0], f"changes `{node.id}` in place")
                return None
        bound = self.places.bound(node.id, place)
        if bound is None:
            return None
        if bound.definition is not None and bound.place.unit in self._loops() and place.unit != bound.place.unit:
            return None
        if bound.iterated:
            return self._batch(bound.value, bound.place, bound.position)
        if bound.position is None:
            return bound.value, bound.place
        if isinstance(bound.value, ast.Call):
            full = self.analysis.full_name(bound.place.unit, bound.value.func) or ""
            which, count = bound.position
            if full.rpartition(".")[2] in tables.SPLIT_NAMES:
                at = which // 2 if count > 1 and len(bound.value.args) * 2 == count else 0
                if at < len(bound.value.args) and not full.endswith("random_split"):
                    return bound.value.args[at], bound.place
        return None

    def _loops(self) -> set[int]:
        return {
            unit
            for unit, statement in enumerate(self.analysis.units)
            if isinstance(statement.node, ast.For | ast.While)
        }

    def _batch(self, value: ast.expr, place: Place, position: tuple[int, int] | None) -> tuple[ast.expr, Place] | None:
        """The rows behind one part of the batches of a loader, or of the items of a data set."""
        for _ in range(6):
            if isinstance(value, ast.Name):
                bound = self.places.bound(value.id, place)
                last = ""
                if bound is not None and isinstance(bound.value, ast.Call):
                    last = self.analysis.full_name(bound.place.unit, bound.value.func) or ""
                if self.looks.of(value, place) is Look.DATASET and not last.endswith("TensorDataset"):
                    return value, place
                if bound is None or bound.position is not None or bound.iterated:
                    return None
                value, place = bound.value, bound.place
                continue
            if not isinstance(value, ast.Call):
                return None
            if isinstance(value.func, ast.Name) and value.func.id in ("enumerate", "tqdm", "iter") and value.args:
                value = value.args[0]
                continue
            last = (self.analysis.full_name(place.unit, value.func) or "").rpartition(".")[2]
            if last in ("DataLoader", "Subset", "tqdm") and value.args:
                value = value.args[0]
                continue
            which = position[0] if position is not None else 0
            if last == "TensorDataset" and which < len(value.args):
                return value.args[which], place
            return None
        return None

    def _part(self, node: ast.Subscript, place: Place) -> tuple[ast.expr, Place] | None:
        owner, index = node.value, node.slice
        if isinstance(owner, ast.Attribute) and owner.attr in ("iloc", "loc"):
            whole = not isinstance(index, ast.Tuple)
            return (owner.value, place) if whole and not isinstance(index, ast.Constant) else None
        look = self.looks.of(owner, place)
        if look is Look.FRAME:
            rows = isinstance(index, ast.Slice | ast.Compare) or self.looks.of(index, place) is Look.MASK
            return (owner, place) if rows else None
        if look not in ROWS or look is Look.DATASET:
            return None
        if isinstance(index, ast.Slice | ast.Name | ast.Compare | ast.Call):
            return owner, place
        if isinstance(index, ast.Tuple) and index.elts and isinstance(index.elts[0], ast.Slice):
            if (index.elts[0].lower, index.elts[0].upper) == (None, None):
                columns = self.places.text(index, place)
                if columns is None:
                    return None
                self._add(f"{HOLE}[{columns.removeprefix('(').removesuffix(')')}]")
                return owner, place
        return None


def _length(begin: Begin) -> int:
    """How many steps lie between some rows and the model; dicts are rows as good as the frame they are made of."""
    return len([step for step in begin.steps if step != AS_DICTS])
