"""What type a name holds where it is bound: a question of the bindings, asked back through the notebook.

    frame = pd.read_csv("rows.csv")          pandas.DataFrame      the table of pandas says so
    y = frame["sold"]                        pandas.Series         a column of it
    a, b = train_test_split(frame)           pandas.DataFrame      both
    if quick: y = y.to_numpy()               anything              one on one path, another on the other
    net = Net()                              .Net                  a class of the notebook

Nothing is guessed. Where a call is not known, where two paths disagree, and where somebody has put something else in
the place of a library's function, the answer is `ANY`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping

from nbexport.analysis.bindings import Definition, Marker, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types import operators, own_classes, tables
from nbexport.analysis.value_types.calls import Calls
from nbexport.analysis.value_types.replaced import Replaced
from nbexport.analysis.value_types.targets import Way, targets
from nbexport.analysis.value_types.types import (
    ANY,
    ARRAY,
    BOOL,
    FLOAT,
    FRAME,
    INT,
    NEVER,
    NONE,
    OWN,
    PARTS,
    SERIES,
    STR,
    Type,
    element,
    join,
    joined,
    mapping,
    parsed,
    part,
    sequence,
)
from nbexport.names.kinds import BindKind, ChangeKind
from nbexport.names.nodes import root_name
from nbexport.record import replace

_DEPTH = 60
"""Bindings that are made of one another are followed so far."""
_LIMIT = 20_000
"""Expressions that are looked at for one notebook."""
_CONSTANTS = {bool: BOOL, int: INT, float: FLOAT, str: STR, type(None): NONE}


class ValueTypes:
    """Answers for one notebook."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self._known: dict[Definition, Type] = {}
        self._assumed: dict[Definition, Type] = {}
        self._leaning: set[Definition] = set()
        """Bindings whose assumed type the work at hand has read."""
        self._left = _LIMIT
        self._reads: dict[int, Mapping[int, list[Definition]]] = {}
        self._targets: dict[int, Mapping[int, tuple[ast.expr, Way]]] = {}
        self.replaced = Replaced(analysis)
        self._calls = Calls(analysis)
        self._changed = {
            definition
            for change in analysis.changes
            if change.kind not in (ChangeKind.MODE, ChangeKind.TRAINING_CALL)
            for definition in sharing(change.definitions)
        }
        self._several_headers = any("MultiIndex" in cell.code for cell in analysis.cells.values())

    # ------------------------------------------------------------------ bindings

    def of_definition(self, definition: Definition) -> Type:
        """The type that a binding gives its name."""
        if definition in self._known:
            return self._known[definition]
        if definition in self._assumed:
            self._leaning.add(definition)
            return self._assumed[definition]
        if len(self._assumed) >= _DEPTH:
            return ANY
        outer, self._leaning = self._leaning, set()
        self._assumed[definition] = NEVER
        type_ = self._bound(definition)
        # what leans on itself holds once another round gives the same
        for _ in range(3):
            if definition not in self._leaning or type_ == ANY:
                break
            self._assumed[definition] = type_
            again = join(type_, self._bound(definition))
            if again == type_:
                break
            type_ = again
        else:
            type_ = ANY
        del self._assumed[definition]
        self._leaning.discard(definition)
        if not self._leaning:
            self._known[definition] = type_
        self._leaning |= outer
        return type_

    def of_definitions(self, definitions: list[Definition]) -> Type:
        """The type of a name that any of these bindings may have bound."""
        if any(definition.marker is Marker.ASSUMED for definition in definitions):
            return ANY
        type_ = joined([self.of_definition(definition) for definition in definitions if not definition.marker])
        return ANY if type_ == NEVER and not self._assumed else type_

    def _bound(self, definition: Definition) -> Type:
        op, unit = definition.op, definition.unit
        if op is None or unit < 0 or definition.function is not None or definition.module:
            return ANY
        if op.how is BindKind.AUGMENTED:
            return self._settled(definition, self._augmented(unit, op.node, op.value))
        if op.how in (BindKind.ASSIGN, BindKind.ANNOTATED, BindKind.WALRUS) and op.value is not None:
            return self._settled(definition, self.of(op.value, unit))
        if op.how in (BindKind.UNPACK, BindKind.FOR):
            value, path = self._target(unit, op.node)
            if value is None:
                return ANY
            type_ = self._apart(value, unit)
            for at, total in path:
                type_ = element(type_) if at < 0 else part(type_, at, total)
            return self._settled(definition, type_)
        return ANY

    def _augmented(self, unit: int, target: ast.AST, value: ast.expr | None) -> Type:
        statement = next(
            (
                node
                for node in self.analysis.units[unit].nodes
                if isinstance(node, ast.AugAssign) and node.target is target
            ),
            None,
        )
        if statement is None or value is None:
            return ANY
        before = self._looked_up(unit, target)
        return ANY if before is None else operators.arithmetic(statement.op, before, self.of(value, unit))

    def _target(self, unit: int, node: ast.AST) -> tuple[ast.expr | None, Way]:
        """(what is taken apart for a name, the way to its part)."""
        if unit not in self._targets:
            self._targets[unit] = dict(targets(self.analysis.units[unit].nodes))
        return self._targets[unit].get(id(node), (None, ()))

    def _settled(self, definition: Definition, type_: Type) -> Type:
        """A type without what changes in place may have made untrue."""
        if type_ == FRAME and self._several_headers:
            return replace(type_, regular=False)
        if type_.name not in ("list", "dict", "set") or not sharing([definition]) & self._changed:
            return type_
        keyed = type_.name == "dict" and type_.of[:1] == (STR,) and self._only_set_by_text(definition)
        return mapping(STR, ANY) if keyed else replace(type_, of=(ANY,) * len(type_.of))

    def _only_set_by_text(self, definition: Definition) -> bool:
        """Whether all that changes a dict are items under a text."""
        shared = sharing([definition])
        for change in self.analysis.changes:
            if not shared & sharing(change.definitions):
                continue
            target = change.node
            if change.kind is not ChangeKind.ITEM or not isinstance(target, ast.Subscript):
                return False
            if not isinstance(target.value, ast.Name) or self.of(target.slice, change.unit) != STR:
                return False
        return True

    # ------------------------------------------------------------------ expressions

    def of(self, node: ast.expr, unit: int) -> Type:
        """The type of an expression of a statement."""
        type_ = self._apart(node, unit)
        return sequence("list", joined([*type_.of])) if type_.name == PARTS else type_

    def _apart(self, node: ast.expr, unit: int) -> Type:
        """The type of an expression that is to be taken apart."""
        self._left -= 1
        if self._left < 0:
            return ANY

        def typed(inner: ast.expr) -> Type:
            return self.of(inner, unit)

        match node:
            case ast.Constant():
                return _CONSTANTS.get(type(node.value), ANY)
            case ast.JoinedStr():
                return STR
            case ast.Name():
                return self._looked_up(unit, node) or ANY
            case ast.NamedExpr():
                return typed(node.value)
            case ast.IfExp():
                return join(typed(node.body), typed(node.orelse))
            case ast.BoolOp():
                return joined(list(map(typed, node.values)))
            case ast.BinOp():
                return operators.arithmetic(node.op, typed(node.left), typed(node.right))
            case ast.Compare():
                return operators.comparison(node.ops, [typed(node.left), *map(typed, node.comparators)])
            case ast.UnaryOp():
                return self._unary(node, typed(node.operand))
            case ast.Attribute():
                return self._attribute(node, unit)
            case ast.Subscript():
                return self._item(node, unit)
            case ast.Call():
                return self._call(node, unit)
            case _:
                return self._display(node, unit)

    def _display(self, node: ast.expr, unit: int) -> Type:
        """The type of a list, a tuple, a set or a dict that is written out."""

        def elements(nodes: list[ast.expr]) -> Type:
            if any(isinstance(inner, ast.Starred) for inner in nodes):
                return ANY
            return joined([self.of(inner, unit) for inner in nodes])

        match node:
            case ast.List() | ast.Set():
                return sequence(type(node).__name__.lower(), elements(node.elts))
            case ast.ListComp() | ast.SetComp():
                return sequence("list" if isinstance(node, ast.ListComp) else "set", self.of(node.elt, unit))
            case ast.DictComp():
                return mapping(self.of(node.key, unit), self.of(node.value, unit))
            case ast.Tuple() if not any(isinstance(inner, ast.Starred) for inner in node.elts) and node.elts:
                return Type("tuple", tuple(self.of(inner, unit) for inner in node.elts))
            case ast.Dict():
                keys = [key for key in node.keys if key is not None]
                if len(keys) < len(node.keys):
                    return mapping(ANY, ANY)
                return mapping(elements(keys), elements(node.values))
            case _:
                return ANY

    def _unary(self, node: ast.UnaryOp, operand: Type) -> Type:
        if isinstance(node.op, ast.Not):
            return BOOL
        if operand.name == "bool":
            return INT
        kept = (INT, FLOAT, NEVER) if not isinstance(node.op, ast.Invert) else (INT, NEVER)
        if operand in kept or operand.name in (FRAME.name, SERIES.name, "torch.Tensor"):
            return operand
        return operand if operand.name == ARRAY.name and operand.regular else ANY

    def _definitions(self, unit: int, node: ast.AST) -> list[Definition] | None:
        """The bindings that a look-up in a statement itself may find; None for a name of an inner scope."""
        if unit not in self._reads:
            reads: dict[int, list[Definition]] = {}
            for use in self.analysis.uses_by_unit.get(unit, ()):
                if use.function is None:
                    reads.setdefault(id(use.node), []).extend(use.definitions)
            self._reads[unit] = reads
        return self._reads[unit].get(id(node))

    def _looked_up(self, unit: int, node: ast.AST) -> Type | None:
        definitions = self._definitions(unit, node)
        return None if definitions is None else self.of_definitions(definitions)

    def _attribute(self, node: ast.Attribute, unit: int) -> Type:
        of = self.of(node.value, unit)
        if of == NEVER:
            return NEVER
        if f"{of.name}.{node.attr}" in self.replaced or (of.name == "sklearn.utils.Bunch" and not of.regular):
            return ANY
        text = tables.attribute(of, node.attr)
        return parsed(text.rstrip("!"), regular=text.endswith("!")) if text else ANY

    def _item(self, node: ast.Subscript, unit: int) -> Type:
        def typed(inner: ast.expr) -> Type:
            return self.of(inner, unit)

        by = node.value
        if isinstance(by, ast.Attribute) and by.attr in ("loc", "iloc"):
            of = typed(by.value)
            if of.name in (FRAME.name, SERIES.name):
                return operators.located(of, by.attr, node.slice, typed)
        return operators.item(self._apart(node.value, unit), node.slice, typed)

    # ------------------------------------------------------------------ calls

    def full_name(self, node: ast.expr, unit: int) -> str | None:
        """The dotted name of a library's function or class that an expression surely means."""
        root = root_name(node)
        definitions = self._definitions(unit, root) if root is not None else None
        if not definitions or any(not definition.module for definition in definitions if not definition.marker):
            return None
        full = self.analysis.full_name(unit, node)
        return None if full is None or full in self.replaced else full

    def _call(self, node: ast.Call, unit: int) -> Type:
        def typed(inner: ast.expr) -> Type:
            return self.of(inner, unit)

        full = self.full_name(node.func, unit)
        if full is not None:
            return self._calls.given(tables.functions(full), node, typed, full=full)
        if isinstance(node.func, ast.Name):
            definitions = self._definitions(unit, node.func)
            if definitions is None:
                return ANY
            bound = [definition for definition in definitions if not definition.marker]
            if not bound and hasattr(builtins, node.func.id) and not self.analysis.star_imports:
                return self._calls.given(tables.functions(node.func.id), node, typed, full=node.func.id)
            return own_classes.instance(bound, self.analysis)
        if not isinstance(node.func, ast.Attribute):
            return ANY
        receiver = self.of(node.func.value, unit)
        if receiver == NEVER:
            return NEVER
        name = node.func.attr
        if receiver.name.startswith(OWN):
            changed = any(definition.unit == receiver.unit for definition in self._changed)
            return ANY if changed else own_classes.method(receiver, name, self.analysis)
        if f"{receiver.name}.{name}" in self.replaced:
            return ANY
        return self._calls.given(tables.methods(receiver, name), node, typed, receiver=receiver)


def value_types(analysis: Analysis) -> ValueTypes:
    """The answers for a notebook, which are kept as long as the analysis."""
    return analysis.once(ValueTypes)
