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
from collections.abc import Iterator, Mapping

from nbexport.analysis.bindings import Definition, Marker, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types import operators, tables
from nbexport.analysis.value_types.tables import Group
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
from nbexport.names.operations import Function
from nbexport.record import replace

_DEPTH = 60
"""Bindings that are made of one another are followed so far."""
_LIMIT = 20_000
"""Expressions that are looked at for one notebook."""
_OTHER_OUTPUT = ("set_output", "set_config", "config_context")
"""What makes scikit-learn's transformers give frames."""
_MODULE_METHODS = frozenset("to cuda cpu eval train double float half requires_grad_ apply".split())
_HOLDING = (FRAME.name, SERIES.name, ARRAY.name, "list")
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
        self._targets: dict[int, Mapping[int, tuple[ast.expr, tuple[tuple[int, int], ...]]]] = {}
        self._replaced = frozenset(_replaced(analysis))
        self._changed = {
            definition
            for change in analysis.changes
            if change.kind not in (ChangeKind.MODE, ChangeKind.TRAINING_CALL)
            for definition in sharing(change.definitions)
        }
        code = [cell.code for cell in analysis.cells.values()]
        self._other_output = any(word in text for text in code for word in _OTHER_OUTPUT)

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
        found = self._bound(definition)
        # what leans on itself holds once another round gives the same
        for _ in range(3):
            if definition not in self._leaning or found == ANY:
                break
            self._assumed[definition] = found
            again = join(found, self._bound(definition))
            if again == found:
                break
            found = again
        else:
            found = ANY
        del self._assumed[definition]
        self._leaning.discard(definition)
        if not self._leaning:
            self._known[definition] = found
        self._leaning |= outer
        return found

    def of_definitions(self, definitions: list[Definition]) -> Type:
        """The type of a name that any of these bindings may have bound."""
        if any(definition.marker is Marker.ASSUMED for definition in definitions):
            return ANY
        found = joined([self.of_definition(definition) for definition in definitions if not definition.marker])
        return ANY if found == NEVER and not self._assumed else found

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
            found = self._apart(value, unit)
            for at, total in path:
                found = element(found) if at < 0 else part(found, at, total)
            return self._settled(definition, found)
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

    def _target(self, unit: int, node: ast.AST) -> tuple[ast.expr | None, tuple[tuple[int, int], ...]]:
        """(what is taken apart for a name, the way to its part)."""
        if unit not in self._targets:
            self._targets[unit] = dict(_targets(self.analysis.units[unit].nodes))
        return self._targets[unit].get(id(node), (None, ()))

    def _settled(self, definition: Definition, found: Type) -> Type:
        """A type without what changes in place may have made untrue."""
        if found.name not in ("list", "dict", "set") or not sharing([definition]) & self._changed:
            return found
        keyed = found.name == "dict" and found.of[:1] == (STR,) and self._only_set_by_text(definition)
        return mapping(STR, ANY) if keyed else replace(found, of=(ANY,) * len(found.of))

    def _only_set_by_text(self, definition: Definition) -> bool:
        """Whether all that changes a dict are items under a text."""
        shared = sharing([definition])
        for change in self.analysis.changes:
            if not shared & sharing(change.definitions):
                continue
            target = change.node
            if change.kind is not ChangeKind.ITEM or not isinstance(target, ast.Subscript):
                return False
            inner = target.value
            if isinstance(inner, ast.Name) and self.of(target.slice, change.unit) != STR:
                return False
        return True

    # ------------------------------------------------------------------ expressions

    def of(self, node: ast.expr, unit: int) -> Type:
        """The type of an expression of a statement."""
        found = self._apart(node, unit)
        return sequence("list", joined([*found.of])) if found.name == PARTS else found

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
        if self.is_replaced(f"{of.name}.{node.attr}") or (of.name == "sklearn.utils.Bunch" and not of.regular):
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
        return None if full is None or self.is_replaced(full) else full

    def is_replaced(self, full: str) -> bool:
        """Whether the notebook has put something of its own in the place of what a library calls by a name."""
        return full in self._replaced or any(
            name.endswith(".*") and full.startswith(name.removesuffix("*")) for name in self._replaced
        )

    def _call(self, node: ast.Call, unit: int) -> Type:
        full = self.full_name(node.func, unit)
        if full is not None:
            return self._first(tables.functions(full), node, unit, None, full)
        if isinstance(node.func, ast.Name):
            definitions = self._definitions(unit, node.func)
            if definitions is None:
                return ANY
            bound = [definition for definition in definitions if not definition.marker]
            if not bound and hasattr(builtins, node.func.id) and not self.analysis.star_imports:
                return self._first(tables.functions(node.func.id), node, unit, None, node.func.id)
            return _instance(bound, self.analysis)
        if not isinstance(node.func, ast.Attribute):
            return ANY
        receiver = self.of(node.func.value, unit)
        if receiver == NEVER:
            return NEVER
        name = node.func.attr
        if receiver.name.startswith(OWN):
            return self._own_method(receiver, name)
        if self.is_replaced(f"{receiver.name}.{name}"):
            return ANY
        return self._first(tables.methods(receiver, name), node, unit, receiver, "")

    def _first(self, groups: Iterator[Group], node: ast.Call, unit: int, receiver: Type | None, full: str) -> Type:
        """What the first group gives whose conditions are met."""
        for group in groups:
            holds = group.holds(node)
            if holds is None:
                return ANY
            if not holds:
                continue
            first = receiver
            if receiver is None:
                plain = bool(node.args) and not isinstance(node.args[0], ast.Starred)
                first = self.of(node.args[0], unit) if plain else ANY
            found = self._given(group, node, unit, receiver, full)
            if found is None:
                if first == NEVER:
                    return NEVER
                continue
            return found
        return ANY

    def _given(self, group: Group, node: ast.Call, unit: int, receiver: Type | None, full: str) -> Type | None:
        """What a group gives; None where it is about other values."""
        plain = bool(node.args) and not isinstance(node.args[0], ast.Starred)
        argument = self.of(node.args[0], unit) if plain else ANY
        subject = argument if receiver is None else receiver
        if group.gives == "element":
            subject = element(subject) if subject.name == "list" else ANY
        if group.where and not any(_fits(subject, known) for known in group.where):
            return None
        match group.gives:
            case "argument" | "element" | "self":
                return replace(
                    subject, regular=subject.regular and (receiver is None or group.like_self or group.regular)
                )
            case "class":
                is_class = full in group.names or full.rpartition(".")[2][:1].isupper()
                return Type(full, regular=group.regular) if is_class else ANY
            case "split":
                return self._split(node, unit)
            case "array":
                return ARRAY if argument.name in _HOLDING and not self._other_output else ANY
            case text:
                regular = group.regular or (group.like_argument and (argument.regular or argument.name == "list"))
                return parsed(text, regular=regular)

    def _split(self, node: ast.Call, unit: int) -> Type:
        """What splitting gives: for each table, two of its kind."""
        if not node.args or any(isinstance(argument, ast.Starred) for argument in node.args):
            return ANY
        types = [self.of(argument, unit) for argument in node.args]
        kept = [one if one.name in _HOLDING or one == NEVER else ANY for one in types]
        return Type(PARTS, tuple(one for one in kept for _ in range(2)))

    def _own_method(self, receiver: Type, name: str) -> Type:
        """What a method of the notebook's own class gives: itself, where that is plain to see."""
        node = self.analysis.units[receiver.unit].node
        if not isinstance(node, ast.ClassDef):
            return ANY
        own = next((inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == name), None)
        if own is not None:
            returned = [inner.value for inner in ast.walk(own) if isinstance(inner, ast.Return)]
            first = own.args.args[0].arg if own.args.args and not own.decorator_list else ""
            itself = returned and all(isinstance(value, ast.Name) and value.id == first for value in returned)
            plain = itself and isinstance(own.body[-1], ast.Return)
            return receiver if plain else ANY
        bases = [self.analysis.full_name(receiver.unit, base) or "" for base in node.bases]
        return receiver if name in _MODULE_METHODS and bases == ["torch.nn.Module"] else ANY


def value_types(analysis: Analysis) -> ValueTypes:
    """The answers for a notebook, which are kept as long as the analysis."""
    return analysis.once(ValueTypes)


def _fits(of: Type, known: str) -> bool:
    """Whether a type is one that a table names; `!` behind it asks for a regular one, `.*` for one of its package."""
    if known.endswith("!"):
        return of.name == known[:-1] and of.regular
    return of.name.startswith(known[:-1]) if known.endswith("*") else of.name == known


def _instance(bound: list[Definition], analysis: Analysis) -> Type:
    """The class whose instance a call of a name of the notebook's makes."""
    functions: set[Function | None] = {definition.function for definition in bound}
    function = functions.pop() if len(functions) == 1 else None
    if function is None or not isinstance(function.node, ast.ClassDef) or len({d.unit for d in bound}) != 1:
        return ANY
    node, unit = function.node, bound[0].unit
    made = any(isinstance(inner, ast.FunctionDef) and inner.name == "__new__" for inner in node.body)
    decorators = [analysis.full_name(unit, d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]
    if made or node.keywords or any(name != "dataclasses.dataclass" for name in decorators):
        return ANY
    if not all(_is_plain_base(base, unit, analysis) for base in node.bases):
        return ANY
    return Type(OWN + node.name, unit=unit)


def _is_plain_base(base: ast.expr, unit: int, analysis: Analysis) -> bool:
    """Whether calling a class makes an instance of it, as far as this base has a say."""
    full = analysis.full_name(unit, base) or (base.id if isinstance(base, ast.Name) else "")
    known = ("torch.", "sklearn.", "lightning.", "pytorch_lightning.", "keras.", "typing.", "abc.")
    return full in ("object", "Exception") or full.startswith(known)


def _replaced(analysis: Analysis) -> Iterator[str]:
    """Names in libraries in whose place the notebook has put something of its own; `x.*` for an unknown name in `x`."""
    for index, unit in enumerate(analysis.units):
        for node in unit.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                full = analysis.full_name(index, node)
                if full is not None:
                    yield full
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "setattr"
                and node.args
            ):
                full = analysis.full_name(index, node.args[0])
                if full is not None:
                    yield f"{full}.*"


def _targets(
    nodes: tuple[ast.AST, ...],
) -> Iterator[tuple[int, tuple[ast.expr, tuple[tuple[int, int], ...]]]]:
    """(identity of a name that is bound, (value, way to its part)) for what assignments and loops take apart."""

    def names(target: ast.expr, path: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
        if isinstance(target, ast.Name):
            yield id(target), path
        elif isinstance(target, ast.Tuple | ast.List) and not any(isinstance(e, ast.Starred) for e in target.elts):
            for at, inner in enumerate(target.elts):
                yield from names(inner, (*path, (at, len(target.elts))))

    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from ((name, (node.value, path)) for name, path in names(target, ()))
        elif isinstance(node, ast.For):
            yield from ((name, (node.iter, path)) for name, path in names(node.target, ((-1, 0),)))
