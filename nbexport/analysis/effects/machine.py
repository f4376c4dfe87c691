"""The state of the abstract run, and what its parts ask of one another.

A statement of the notebook runs in a frame, and so does each call of a notebook function, as often as it is called:
what `helper(frame)` does to `frame` is seen where it is done. Branches run one after the other from the same variables
and are joined; objects only ever gain what they may hold.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence

from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.objects import BOUND, NOTHING, OFFERED, Kind, Obj, Scope, Value, Write, literal
from nbexport.analysis.effects.tables import Libraries, Setting, Table
from nbexport.record import record

Log = dict[tuple[Scope, str], Value | None]
NOWHERE = ast.Constant(None)
"""A node for what no expression of the notebook does."""


@record(eq=False)
class Arguments:
    """What a call passes."""

    positional: Sequence[Value] = ()
    keywords: dict[str, Value] | None = None
    rest: Value = NOTHING
    """Elements of `*args` and values of `**kwargs`, of which nobody knows where they go."""

    def keyword(self, name: str) -> Value | None:
        """The value of a keyword; None where it is not given."""
        return None if self.keywords is None else self.keywords.get(name)

    def at(self, position: int | None, name: str = "") -> Value | None:
        """The argument at a position, or by its name; None where it is not given."""
        value = self.keyword(name) if name else None
        if value is None and position is not None and position < len(self.positional):
            value = self.positional[position]
        return value

    def all(self) -> Value:
        """Whatever is passed."""
        named = self.keywords.values() if self.keywords else ()
        return NOTHING.union(*self.positional, *named, self.rest)

    def after(self, first: Value) -> Arguments:
        """The same arguments behind another."""
        return Arguments((first, *self.positional), self.keywords, self.rest)


_PARAMETERS = 5
"""So many parameters of a function of which nobody knows what it is called with get something."""


def anything(passed: Value) -> Arguments:
    """Arguments each of which may be any of these objects, unlike `rest`, which `self` may be one of too."""
    return Arguments((frozenset(obj for obj in passed if obj.is_data),) * _PARAMETERS)


class Frame:
    """A statement of the notebook, or a call that runs."""

    __slots__ = ("code", "declared", "first", "function", "owner", "returns", "scope", "yields")

    def __init__(self, scope: Scope, code: int, function: Obj | None = None) -> None:
        self.scope = scope
        self.code = code
        """The statement in which the running code stands."""
        self.function = function
        self.owner: Obj | None = None
        """The class in which the running method was defined."""
        self.first: Value = NOTHING
        self.returns: Value = NOTHING
        self.yields: Value = NOTHING
        self.declared: dict[str, Scope] = {}
        """Names declared `global` or `nonlocal` → where they are bound."""


class Machine(ABC):
    """The abstract run as far as it has come."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.libraries = Libraries()
        self.unit = -1
        self.module = Scope(None, Obj(Kind.SCOPE, -1, name="notebook"))
        self.frames: list[Frame] = [Frame(self.module, -1)]
        self.context: tuple[int, ...] = ()
        self.logs: list[Log] = []
        """For each open branch, what its variables were before it."""
        self.weak = 0
        """Whether a binding may be skipped: inside loops that are left early, and `try`."""
        self.doubt = 0
        """How many branches are open that may not run."""
        self.outer: ast.AST | None = None
        """The part of the notebook's own statement that is running a call."""
        self.budget = 0
        """Expressions that may still be evaluated in called functions."""
        self.instances: dict[Obj, Value] = {}
        """Class → what was made of it."""
        self.methods_named: dict[str, list[Obj]] = {}
        """Name → functions of classes of the notebook."""
        self.drawn: dict[str, int] = {}
        """How often exported code has drawn from, or seeded, a global generator."""
        self.seeded: dict[str, None] = {}
        """Global generators that something has seeded."""
        self.directory: str | None = "."
        """Where relative paths begin, seen from the notebook; None where it is not known."""
        self.touched = 0
        """How often mutable data outside of a call was looked at or changed, or something drawn."""
        self.generating = False
        """Whether there is a random generator of the notebook's own."""
        self.printing = False
        """Whether arguments of `print` are evaluated."""
        self.calling = False
        """Whether an attribute is looked up in order to be called."""
        self.lending = False
        """Whether a library may keep functions or instances of the notebook."""
        self.looking = False
        """Whether a class of the notebook has methods that operators and functions run."""
        self.modes: dict[Obj, str] = {}
        """Torch module → whether it trains: `train`, `eval` or `both`."""
        self.exported_modes: dict[Obj, str] = {}
        """The same, as exported statements alone have left it."""
        self.patched: dict[Obj, None] = {}
        """Parts of libraries that have been replaced."""
        self.replaced: tuple[str, dict[str, list[Write]]] = ("", {})
        """The setting that was changed last, and the writes that it bore before."""
        self.settings: dict[str, tuple[Setting, Obj]] = {}
        """Settings that have been changed."""
        self.read_in_functions: frozenset[str] = frozenset()
        """Names of the notebook that some function looks up."""
        self.ran: set[ast.AST] = set()
        """Functions, lambdas and generators that exported statements have run."""
        self.bound_now: set[str] = set()
        """Names that the running statement has bound."""
        self.files: dict[str, Obj] = {}
        """Files that have been written."""
        self.birth: int | None = None
        """The statement to which what is made belongs; the running one when None."""
        self._sites: dict[tuple[object, ...], Obj] = {}
        self._literals: dict[tuple[type, object], Obj] = {}
        self._named: dict[tuple[Kind, str, str], Obj] = {}

    # ------------------------------------------------------------------ objects

    def allocate(self, kind: Kind, node: ast.AST | None, tag: str = "", *, name: str = "", word: str = "") -> Obj:
        """The object that a place of the code makes in this context."""
        key = (kind, id(node), tag, self.context)
        obj = self._sites.get(key)
        if obj is None:
            born = self.unit if self.birth is None else self.birth
            obj = self._sites[key] = Obj(kind, born, name=name, word=word, node=node)
        return obj

    def literal(self, constant: object) -> Value:
        """The value of a literal."""
        if constant is None or isinstance(constant, bool | int | float | str):
            key = (type(constant), constant)
            obj = self._literals.get(key)
            if obj is None:
                obj = self._literals[key] = Obj(Kind.LITERAL, -1)
                obj.extra = constant
            return frozenset((obj,))
        return NOTHING

    def offer(self, names: Iterable[str]) -> None:
        """Parameters have their literals by default only: a branch that asks for one may run or not."""
        for name in names:
            offered: list[Obj] = []
            for obj in self.module.vars.get(name, NOTHING):
                if obj.kind is Kind.LITERAL:
                    default = Obj(Kind.LITERAL, -1, word=OFFERED)
                    default.extra = obj.extra
                    offered.append(default)
                else:
                    offered.append(obj)
            self.module.vars[name] = frozenset(offered)

    def library(self, full: str) -> Obj:
        """What an import gives, by its full name."""
        return self._interned(Kind.LIBRARY, full, "")

    def place(self, word: str, name: str) -> Obj:
        """Some state of the process."""
        return self._interned(Kind.PLACE, name, word)

    def _interned(self, kind: Kind, name: str, word: str) -> Obj:
        key = (kind, name, word)
        obj = self._named.get(key)
        if obj is None:
            obj = self._named[key] = Obj(kind, -1, name=name, word=word)
        return obj

    def table_for(self, obj: Obj) -> Table | None:
        """The table of the library that made an object."""
        root = obj.name.partition(".")[0]
        return self.libraries.of(root) if root else None

    # ------------------------------------------------------------------ reads and writes

    @property
    def frame(self) -> Frame:
        """What is running."""
        return self.frames[-1]

    def read(self, obj: Obj, field: str, node: ast.AST | None, what: str = "") -> None:
        """What runs depends on a field of an object."""
        if obj.taints:
            self.ledger.read(obj, field, node, self.frames[-1].code, what)

    def read_deep(self, value: Iterable[Obj], node: ast.AST | None) -> None:
        """What runs depends on all that these objects hold."""
        if self.ledger.tainted:
            self.ledger.read_deep(value, node, self.frames[-1].code)

    def write(
        self, obj: Obj, field: str, node: ast.AST | None, words: str, *, reason: str = "", alone: bool = False
    ) -> None:
        """What runs changes a field of an object; `alone` where what shares its memory does not change."""
        if obj.born != (self.unit if self.birth is None else self.birth) or obj.kind is Kind.PLACE:
            self.touched += 1
        if not self.ledger.matters(obj):
            return
        where, call_text, call = self._described(node, words)
        self.ledger.write(obj, field, where, words=call_text, call=call, reason=reason, alone=alone)

    def write_deep(
        self, value: Value, node: ast.AST | None, words: str, *, reason: str = "", graph: bool = False
    ) -> None:
        """What runs changes these objects and all that they hold."""
        if not value:
            return
        where, call_text, call = self._described(node, words)
        self.ledger.write_deep(value, where, words=call_text, call=call, reason=reason, graph=graph)

    def _described(self, node: ast.AST | None, words: str) -> tuple[ast.AST | None, str, str]:
        """(where the statement does it, what it does there, the call): a function's own work is its caller's."""
        if self.ledger.is_exported:
            return node, words, ""
        if len(self.frames) > 1 and self.outer is not None:
            call = call_text(self.outer)
            return self.outer, f"runs `{call}`, which {words}", call.removesuffix("()")
        return node, words, call_text(node).removesuffix("()")

    # ------------------------------------------------------------------ variables

    def lookup(self, name: str) -> Value | None:
        """What a name may stand for here; None for a name that nothing has bound."""
        scope: Scope | None = self.frames[-1].scope
        first = True
        while scope is not None:
            if first or not scope.is_class:
                value = scope.vars.get(name)
                if value is not None:
                    if scope.cell.taints:
                        self.read(scope.cell, name, None)
                        if self.looks_at(name):
                            self.read(scope.cell, BOUND + name, None)
                    if not first:
                        if len(self.frames) > 1 and any(obj.is_data for obj in value):
                            self.touched += 1
                    return value
            first = False
            scope = scope.parent
        return None

    def looks_at(self, name: str) -> bool:
        """Whether a function looks up what a name of the notebook stood for before the running statement.

        What the statement itself looks up, rules judge by the bindings that reach it.
        """
        return len(self.frames) > 1 and name not in self.bound_now

    def bind(self, name: str, value: Value) -> None:
        """Bind a name here."""
        frame = self.frames[-1]
        scope = frame.scope
        if name in frame.declared:
            scope = frame.declared[name]
            self.write(scope.cell, name, None, f"binds `{name}` again")
            value = value | scope.vars.get(name, NOTHING)
        elif scope is self.module:
            self._rebind(name, value)
            for obj in value:
                if not obj.label:
                    obj.label = name
        self.assign(scope, name, value)

    def _rebind(self, name: str, value: Value) -> None:
        """A statement binds a name of the notebook: exported code that looks it up in a function may miss that."""
        cell = self.module.cell
        if self.ledger.is_exported:
            if cell.taints:
                self.bound_now.add(name)
                if not self.doubt:
                    self.ledger.overwrite(cell, name)
                    self.ledger.overwrite(cell, BOUND + name)
        elif name in self.read_in_functions:
            known, constant = literal(value)
            if known and literal(cell.fields.get(name, NOTHING)) == (known, constant):
                return
            self.ledger.rebind(cell, name, f"binds `{name}`{' again' if name in cell.fields else ''}")

    def assign(self, scope: Scope, name: str, value: Value) -> None:
        """Set a variable; open branches remember what it was."""
        old = scope.vars.get(name)
        if self.weak and old is not None:
            value = value | old
        if self.logs:
            self.logs[-1].setdefault((scope, name), old)
        scope.vars[name] = value

    def unbind(self, name: str) -> None:
        """Delete a variable, where no branch may keep it."""
        scope = self.frames[-1].scope
        if name in scope.vars and not self.weak:
            if self.logs:
                self.logs[-1].setdefault((scope, name), scope.vars[name])
            del scope.vars[name]

    def branches(self, *blocks: Callable[[], None], may_skip: bool = True) -> None:
        """Run each block from the same variables, and join what they leave."""
        ends: list[dict[tuple[Scope, str], Value | None]] = []
        self.doubt += 1
        for block in blocks:
            self.logs.append({})
            block()
            log = self.logs.pop()
            ends.append({place: place[0].vars.get(place[1]) for place in log})
            for (scope, name), old in log.items():
                _put(scope, name, old)
        self.doubt -= 1
        if may_skip:
            ends.append({})
        for place in dict.fromkeys(place for end in ends for place in end):
            scope, name = place
            old = scope.vars.get(name)
            values = [end.get(place, old) if place in end else old for end in ends]
            joined = [value for value in values if value is not None]
            if self.logs:
                self.logs[-1].setdefault(place, old)
            if joined:
                scope.vars[name] = NOTHING.union(*joined)
            elif old is not None:
                del scope.vars[name]

    # ------------------------------------------------------------------ what the parts ask of one another

    @abstractmethod
    def _truth(self, test: ast.expr) -> None:
        """Evaluate a condition."""

    @abstractmethod
    def _store(self, target: ast.expr, value: Value) -> None:
        """Assign to a name, an attribute, an item, or to several."""

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Value:
        """What an expression may be; what it does is noted."""

    @abstractmethod
    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Run statements."""

    @abstractmethod
    def call(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        """Call whatever the callee may be."""

    @abstractmethod
    def iterate(self, value: Value, node: ast.AST) -> Value:
        """The elements of a value, which is used up where it is an iterator."""

    @abstractmethod
    def run_generator(self, generator: Obj, node: ast.AST) -> Value:
        """What a generator yields, whose body runs now."""

    @abstractmethod
    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """An attribute of a value."""

    @abstractmethod
    def store_attribute(self, value: Value, name: str, stored: Value, node: ast.AST) -> None:
        """Set an attribute of a value."""

    @abstractmethod
    def store_item(self, value: Value, keys: Value, stored: Value, node: ast.AST) -> None:
        """Set an item of a value."""

    @abstractmethod
    def use(self, value: Value, node: ast.AST, names: frozenset[str] | None = None) -> None:
        """Operators and functions look at a value: all that it holds is read, and methods such as `__len__` run.

        Args:
            value: What is looked at.
            node: Where.
            names: The methods that may run; all that look and do not set when None.
        """


def _put(scope: Scope, name: str, value: Value | None) -> None:
    if value is None:
        scope.vars.pop(name, None)
    else:
        scope.vars[name] = value


def call_text(node: ast.AST | None) -> str:
    """A call as a message names it: `rows.append()`."""
    if node is None:
        return ""
    inner: ast.AST = node.func if isinstance(node, ast.Call) else node
    text = ast.unparse(inner)
    if len(text) > 60:
        text = f"{text[:57]}…"
    return f"{text}()" if isinstance(node, ast.Call) else text


Special = Callable[[Machine, Obj, Arguments, ast.AST], Value]
"""What a function of Python's own does in a call, and gives back."""
