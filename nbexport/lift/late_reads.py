"""Functions that read a name when they run, not where they stand: refused where the export would give another value.

    steps = 10                          # data
    def left(n): return steps - n       # reads `steps` of the notebook
    steps = 20                          # train: bound again in a later stage
    left(3)                             # the notebook's answer is 17

A definition at module level is given `steps` by each call. One that must stay inside its stage sees that stage's own
`steps`, and would answer 7.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbexport.analysis.bindings import Definition, Use
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.touched import RUN_AT_ONCE, touched_by
from nbexport.lift.homes import Flow
from nbexport.lift.layout import Layout, references
from nbexport.names.operations import Bind, Function, Read, Reference

USED_UP = RUN_AT_ONCE | frozenset(
    """list tuple set dict frozenset sum any all key join mean fmean median fsum prod array fromiter Counter
    DataFrame Series concat concatenate stack cat vstack hstack extend update""".split()
)
"""Calls that use up a generator at once."""
SAFE_DECORATORS = (
    "torch.no_grad",
    "torch.inference_mode",
    "torch.enable_grad",
    "contextlib.contextmanager",
    "functools.wraps",
)
"""Decorators that hand a call on with its keyword arguments."""
LAZY = frozenset({"map", "filter"})
"""Functions, not methods, of these names use nothing up until somebody iterates what they give."""


_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
"""What runs later than it stands."""


def check_closure(flow: Flow, use: Use, home: int) -> None:
    """A function inside a stage sees that stage's names; refuse where the notebook had it see later ones."""
    layout = flow.layout
    for definition in use.definitions:
        bound_at = flow.home(definition)
        if isinstance(bound_at, int) and bound_at > home:
            function = use.function
            name = function.name if function is not None else ""
            owner = next(
                (
                    f
                    for u in flow.segment_of
                    for f in layout.analysis.units[u].functions
                    if any(f2 is function for f2 in f.with_methods())
                ),
                function,
            )
            kind = "class" if owner is not None and owner.is_class else "function"
            label = owner.name if owner is not None else name
            layout.refuse(
                f"{kind} `{label}` reads `{use.name}`, which a later stage binds (cell "
                f"{layout.analysis.units[definition.unit].cell}) and no call can give it",
                f"pass `{use.name}` to `{label}` as an argument",
                next(u for u in flow.segment_of if any(f is owner for f in layout.analysis.units[u].functions)),
                use.name,
            )


def check_escaped(flow: Flow, function: Function, unit: int) -> None:
    """What may be called without the name being seen (a method, a function in a list) must read no later binding.

    A function that is only ever called by its name is judged call by call, see `check_closure`.
    """
    layout = flow.layout
    analysis, home = layout.analysis, flow.segment_of[unit]
    outer = next(f for f in analysis.units[unit].functions if any(inner is function for inner in f.with_methods()))
    only_called = not outer.is_class and all(r.call is not None for _, r in references(layout, outer.name))
    if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef):
        only_called = only_called and all(_is_safe(analysis, unit, part) for part in outer.node.decorator_list)
    kept = kept_reads(function) if only_called else frozenset()
    if only_called and not kept:
        return
    touched: dict[int, bool] = {}
    for read in function.reads():
        if only_called and read.name not in kept:
            continue
        for later in layout.lifted(read.name):
            place = flow.home(later)
            if isinstance(place, int):
                is_later = place > home
            else:
                is_later = read.name in layout.origins.contested and later.unit > unit
            if not is_later:
                continue
            if later.unit not in touched:
                touched[later.unit] = any(use > later.unit for use in touched_by(analysis, unit))
            if touched[later.unit]:
                kind = "class" if outer.is_class else "function"
                layout.refuse(
                    f"{kind} `{outer.name}` reads `{read.name}`, which a later stage binds (cell "
                    f"{analysis.units[later.unit].cell}) and no call can give it",
                    f"pass `{read.name}` to `{outer.name}` as an argument",
                    unit,
                    read.name,
                )


def _is_safe(analysis: Analysis, unit: int, decorator: ast.expr) -> bool:
    """Whether a decorator keeps a function nowhere but in what it gives back."""
    full = analysis.full_name(unit, decorator.func if isinstance(decorator, ast.Call) else decorator)
    return full is not None and full.startswith(SAFE_DECORATORS)


def kept_reads(function: Function) -> frozenset[str]:
    """Names that a call of a function may read after its return: in a generator, or in a function that it gives."""
    node = function.node
    if isinstance(node, ast.ClassDef):
        return frozenset()
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    reads = {id(op.node): op.name for op in function.ops if isinstance(op, Read)}
    inner = [part for statement in body for part in ast.walk(statement) if isinstance(part, _LATER)]
    if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in _own_nodes(body)):
        return frozenset(reads.values())
    kept: set[str] = set()
    for part in inner:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and _is_only_called(part.name, body):
            continue
        read = [reader for reader in ast.walk(part) if id(reader) in reads]
        kept |= {
            reads[id(reader)] for reader in read if not any(_used_at_once(statement, reader) for statement in body)
        }
    return frozenset(kept)


def _own_nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """What stands in a body, but not in the functions in it."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_LATER, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _is_only_called(name: str, body: Sequence[ast.AST]) -> bool:
    """Whether an inner function is named nowhere but where it is called, and is not a generator itself."""
    called = {id(part.func) for statement in body for part in ast.walk(statement) if isinstance(part, ast.Call)}
    for statement in body:
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and part.id == name and id(part) not in called:
                return False
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name == name:
                if any(isinstance(own, ast.Yield | ast.YieldFrom) for own in _own_nodes(part.body)):
                    return False
    return True


def check_late(flow: Flow, use: Use, segment: int) -> None:
    """A lambda that outlives its stage must not read a name that a later stage binds again."""
    layout = flow.layout
    later = [d for d in layout.lifted(use.name) if _is_later(flow, d, use, segment)]
    statement = layout.analysis.units[use.unit].node
    if not later or _used_at_once(statement, use.node) or _only_called(layout, use.unit):
        return
    layout.refuse(
        f"a lambda or generator reads `{use.name}`, which is bound again in cell "
        f"{layout.analysis.units[later[0].unit].cell}; whether it sees the old or the new one depends on when it runs",
        f"bind the value where the lambda is made: `lambda …, {use.name}={use.name}: …`",
        use.unit,
        use.name,
        use.node,
    )


def _is_later(flow: Flow, definition: Definition, use: Use, segment: int) -> bool:
    """Whether a later stage, or a later import or definition of something else, binds what a lambda reads."""
    home = flow.home(definition)
    if isinstance(home, int):
        return home > segment
    if use.name not in flow.layout.origins.contested or definition.unit <= use.unit:
        return False
    origins = flow.layout.origins
    return not origins.of([definition], use.name) <= origins.of(use.definitions, use.name)


def _only_called(layout: Layout, unit: int) -> bool:
    """Whether a statement is `name = lambda …` and `name` is only called, so that each call is judged by itself."""
    for op in layout.analysis.units[unit].ops:
        if isinstance(op, Bind) and op.function is not None and isinstance(op.function.node, ast.Lambda):
            return all(reference.call is not None for _, reference in references(layout, op.name))
    return False


def _used_at_once(statement: ast.AST, read: ast.AST) -> bool:
    """Whether what a lambda or a generator in a statement reads has been read when the statement is done."""
    for part in ast.walk(statement):
        if isinstance(part, ast.For) and any(inner is read for inner in ast.walk(part.iter)):
            return True
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            arguments = [*part.args, *[keyword.value for keyword in part.keywords]]
            lazy = name in LAZY and isinstance(part.func, ast.Name)
            # what lists and frames are made of keeps a lambda, which runs whenever somebody calls it
            at_once = RUN_AT_ONCE if any(_in_kept_lambda(arg, read) for arg in arguments) else USED_UP
            if name in at_once and not lazy and any(inner is read for arg in arguments for inner in ast.walk(arg)):
                return True
    return False


def _in_kept_lambda(node: ast.AST, read: ast.AST) -> bool:
    """Whether a read stands in a lambda that using up what is around it does not run: not in that of a `map`."""
    mapped = {
        id(part.args[0])
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in LAZY and part.args
    }
    kept = [part for part in ast.walk(node) if isinstance(part, ast.Lambda) and id(part) not in mapped]
    return any(inner is read for part in kept for inner in ast.walk(part.body))


def check_shadow(layout: Layout, name: str, need: str, unit: int, reference: Reference) -> None:
    """What is handed to a call must not be hidden, where the call stands, by a local name."""
    for scope in reference.scopes:
        if scope.kind != "class" and need in scope.locals:
            layout.refuse(
                f"`{name}` needs the notebook's `{need}`, but where it is called `{need}` is another, local name",
                f"rename the local `{need}`, or pass the value to `{name}` as an argument",
                unit,
                need,
                reference.node,
            )
            return
