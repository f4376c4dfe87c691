"""Functions and methods of Python's own that hand objects on, call what they are given, or look inside the notebook.

take = functools.partial(rows.append, 3)     calling `take` changes `rows`
pairs = zip(rows, others)                    taken from when `pairs` is iterated
getattr(model, "fit")(rows)                  `model.fit(rows)`
rows.extend(others)                          `rows` holds the elements of `others` too
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

from nbexport.analysis.effects import calling, handing_over, items, library, paths, settings
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    CACHE,
    ELEMENTS,
    FUNCTION,
    HELD,
    KEYS,
    NOTHING,
    SELF,
    SHALLOW,
    SINGLE,
    SOURCE,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    reach,
    root_of,
    texts,
)
from nbexport.names.star_names import star_names

_BUILTIN_NAMES = frozenset(dir(builtins)) | {"display", "get_ipython", "exit", "quit"}
_Special = Callable[[Machine, Obj, Arguments, ast.AST], Value]
_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


def builtin(m: Machine, name: str) -> Value:
    """What a name stands for that the notebook does not bind."""
    return frozenset((m.library(f"builtins.{name}"),)) if name in _BUILTIN_NAMES else NOTHING


def import_all(m: Machine, module: str) -> None:
    """`from module import *`: binds what the module is known to give; of any other, names may come from anywhere."""
    for name in star_names(module) or ():
        m.bind(name, frozenset((m.library(f"{module}.{name}"),)))


def operator_on_literals(m: Machine, operator: str, left: Value, right: Value) -> Value | None:
    """Texts and paths that are put together; None for anything else."""
    if operator == "truediv" and any(obj.word == "path" for obj in left | right):
        return paths.joined(m, [left, right], _NODE, path=True)
    left_known, first = literal(left)
    right_known, second = literal(right)
    if left_known and right_known and operator == "add" and isinstance(first, str) and isinstance(second, str):
        return m.literal(first + second)
    if left_known and right_known:
        return NOTHING
    return None


_NODE = ast.Constant(None)

# --------------------------------------------------------------------------- functions


def function(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value | None:
    """What a function of Python's own gives back that needs more than a table; None for all others."""
    special = _FUNCTIONS.get(called.name)
    owner, _, name = called.name.rpartition(".")
    if special is None and owner in _TYPES and arguments.positional:
        return _unbound(m, name, arguments, node)
    return special(m, called, arguments, node) if special is not None else None


_TYPES = frozenset(f"builtins.{name}" for name in "list dict set tuple object str bytearray type".split())


def _unbound(m: Machine, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """`list.append(rows, 3)` is `rows.append(3)`, and `object.__setattr__` goes round a class's own."""
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
    if name == "__setattr__":
        for text in texts(rest.at(0) or NOTHING):
            m.store_attribute(arguments.positional[0], text, rest.at(1) or NOTHING, node)
        return NOTHING
    methods = frozenset(items.library_method(m, obj, name) for obj in arguments.positional[0])
    return m.call(methods, rest, node) if methods else NOTHING


def _first(arguments: Arguments) -> Value:
    return arguments.positional[0] if arguments.positional else arguments.rest


def _getattr(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    known = list(texts(arguments.at(1) or NOTHING))
    owner = _first(arguments)
    results = [m.attribute(owner, name, node) for name in known]
    if not known:
        for obj in owner:
            for part in (obj, *classes_of(obj)):
                for name in list(part.fields):
                    if part.kind in (Kind.INSTANCE, Kind.CLASS) and not name.startswith(("__", ".", "#", "=")):
                        results.append(m.attribute(frozenset((obj,)), name, node))
            if obj.kind is Kind.OBJECT:
                results.append(frozenset((obj,)))
    return NOTHING.union(*results, *arguments.positional[2:])


def _setattr(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    stored = arguments.at(2) or NOTHING
    for name in list(texts(arguments.at(1) or NOTHING)) or [HELD]:
        m.store_attribute(_first(arguments), name, stored, node)
    return NOTHING


def _delattr(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    for obj in _first(arguments):
        m.write(obj, HELD, node, "deletes an attribute")
    return NOTHING


def _container(word: str) -> _Special:
    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        container = m.allocate(Kind.CONTAINER, node, word, name=called.name, word=word)
        first = arguments.at(0)
        if first is not None:
            m.use(first, node)
            if word == "dict":
                _fill_dict(m, container, first, node)
            else:
                container.add(ELEMENTS, m.iterate(first, node))
        for name, value in (arguments.keywords or {}).items():
            if word == "dict":
                container.add(f"={name}", value)
                container.add(ELEMENTS, value)
            else:
                _run_callbacks(m, value, (elements_of(container),), node)
        container.add(ELEMENTS, arguments.rest)
        return frozenset((container,))

    return make


def elements_of(container: Obj) -> Value:
    """What a container holds."""
    return container.fields.get(ELEMENTS, NOTHING)


def _fill_dict(m: Machine, container: Obj, source: Value, node: ast.AST) -> None:
    for obj in source:
        if obj.kind is Kind.CONTAINER and obj.word in ("dict", "defaultdict"):
            m.read(obj, ELEMENTS, node)
            container.add(ELEMENTS, elements_of(obj))
            container.add(KEYS, obj.fields.get(KEYS, NOTHING))
        else:
            for pair in m.iterate(frozenset((obj,)), node):
                key, held = items.pair_of(m, pair)
                container.add(KEYS, key)
                container.add(ELEMENTS, held)


def _run_callbacks(m: Machine, value: Value, positional: tuple[Value, ...], node: ast.AST) -> Value:
    callables = frozenset(obj for obj in value if handing_over.runs(obj) or obj.kind in (Kind.CLASS, Kind.INSTANCE))
    return m.call(callables, Arguments(positional), node) if callables else NOTHING


def _defaultdict(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    container = m.allocate(Kind.CONTAINER, node, "defaultdict", name=called.name, word="defaultdict")
    container.add("factory", _first(arguments))
    second = arguments.at(1)
    if second is not None:
        _fill_dict(m, container, second, node)
    return frozenset((container,))


def _iterator(word: str, *, callee: bool = False) -> _Special:
    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        positional = list(arguments.positional)
        iterator = m.allocate(Kind.ITERATOR, node, word, name=called.name, word=word)
        if callee and positional:
            iterator.add(FUNCTION, frozenset(obj for obj in positional.pop(0) if obj.kind is not Kind.LITERAL))
        for index, value in enumerate(positional):
            iterator.add(f"{SOURCE}{index}", value)
        if arguments.rest:
            iterator.add(f"{SOURCE}{len(positional)}", arguments.rest)
        for name, value in (arguments.keywords or {}).items():
            if name in ("key", "func"):
                iterator.add(FUNCTION, value)
            elif name in ("iterable", "iterables"):
                iterator.add(f"{SOURCE}{len(positional)}", value)
        return frozenset((iterator,))

    return make


def _iter(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    results: list[Value] = []
    plain: list[Obj] = []
    if len(arguments.positional) > 1:
        return _iterator("call", callee=True)(m, called, Arguments((arguments.positional[0],)), node)
    for obj in _first(arguments):
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("iterator", "file"):
            results.append(frozenset((obj,)))
        elif obj.kind is Kind.INSTANCE and (made := calling.dunder(m, obj, "__iter__", (), node)) is not None:
            results.append(made)
        else:
            plain.append(obj)
    if plain or not results:
        results.append(_iterator("iter")(m, called, Arguments((frozenset(plain),)), node))
    return NOTHING.union(*results)


def _next(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    results: list[Value] = list(arguments.positional[1:])
    for obj in _first(arguments):
        stepped = calling.dunder(m, obj, "__next__", (), node)
        results.append(m.iterate(frozenset((obj,)), node) if stepped is None else stepped)
    return NOTHING.union(*results)


def _best(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`max` and `min`: one of the arguments, or one of the elements of the only one."""
    value = NOTHING.union(*arguments.positional, arguments.rest)
    m.use(value, node)
    if len(arguments.positional) == 1:
        value = m.iterate(value, node)
        m.use(value, node)
    for name, keyed in (arguments.keywords or {}).items():
        if name == "key":
            _run_callbacks(m, keyed, (value,), node)
        else:
            value |= keyed
    return frozenset(obj for obj in value if obj.kind is not Kind.LITERAL)


def _reduce(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    values = m.iterate(arguments.at(1) or NOTHING, node) | (arguments.at(2) or NOTHING)
    result = m.call(_first(arguments), Arguments((values, values)), node)
    return result | m.call(_first(arguments), Arguments((result, values)), node) | values


def _partial_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    made = m.allocate(Kind.PARTIAL, node, "partial")
    made.fields[FUNCTION] = _first(arguments)
    made.fields[HELD] = arguments.all()
    made.extra = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
    return frozenset((made,))


def partial(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function some of whose arguments were given before, an `itemgetter`, or a `methodcaller`."""
    if obj.word == "methodcaller":
        known = list(texts(_first(obj.extra)))
        results = [
            m.call(
                m.attribute(_first(arguments), name, node),
                Arguments(obj.extra.positional[1:], obj.extra.keywords, obj.extra.rest),
                node,
            )
            for name in known
        ]
        return NOTHING.union(*results) if results else NOTHING
    if obj.word == "attrgetter":
        value = _first(arguments)
        for name in texts(_first(obj.extra)):
            for part in name.split("."):
                value = m.attribute(value, part, node)
        return value
    if obj.word == "itemgetter":
        value = _first(arguments)
        return items.load(m, value, _first(obj.extra), ast.Subscript(_NODE, _NODE, ast.Load()))
    given: Arguments = obj.extra
    keywords = {**(given.keywords or {}), **(arguments.keywords or {})}
    joined = Arguments((*given.positional, *arguments.positional), keywords, given.rest | arguments.rest)
    return m.call(obj.fields[FUNCTION], joined, node)


def _getter(word: str) -> _Special:
    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        made = m.allocate(Kind.PARTIAL, node, word, word=word)
        made.fields[FUNCTION] = NOTHING
        made.extra = arguments
        return frozenset((made,))

    return make


def _wrapper(word: str) -> _Special:
    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        functions = frozenset(obj for obj in arguments.all() if obj.kind in (Kind.FUNCTION, Kind.METHOD, Kind.WRAPPER))
        if word == "cached" and not functions:
            # `@lru_cache(maxsize=None)` gives the decorator
            return frozenset((m.library("functools.lru_cache"),))
        made = m.allocate(Kind.WRAPPER, node, f"{word} {sorted(id(one) for one in functions)}", word=word)
        made.name = next((one.name for one in functions), "")
        made.node = next((one.node for one in functions), None)
        getter = arguments.at(0, "fget")
        made.fields[FUNCTION] = functions if word != "property" or getter is None else getter
        setter = arguments.at(1, "fset")
        if word == "property" and setter is not None:
            made.fields["setter"] = setter
        return frozenset((made,))

    return make


def _same(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    return _first(arguments)


def _decorator(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """What gives a decorator that leaves the function what it is: `wraps(f)`."""
    return frozenset((m.library("typing.final"),))


def _field(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    made = m.allocate(Kind.OBJECT, node, "field", name="dataclasses.field", word="field")
    factory = arguments.keyword("default_factory")
    if factory is not None:
        made.fields["factory"] = factory
    default = arguments.keyword("default")
    return frozenset((made,)) if factory is not None else default or NOTHING


def _dataclass(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    first = _first(arguments)
    return first if any(obj.kind is Kind.CLASS for obj in first) else frozenset((called,))


def _copy(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    m.read_deep(_first(arguments), node)
    results: list[Obj] = []
    for obj in _first(arguments):
        made = calling.dunder(m, obj, "__copy__", (), node)
        if made is not None:
            results += made
        elif obj.is_data:
            twin = _twin(m, obj, node, dict(obj.fields))
            if obj.kind is Kind.OBJECT and obj.word not in SINGLE and obj.extra is None:
                twin.extra = SHALLOW
                twin.add("=", frozenset((obj,)))
            results.append(twin)
        else:
            results.append(obj)
    return frozenset(results)


def _twin(m: Machine, obj: Obj, node: ast.AST, fields: dict[str, Value]) -> Obj:
    twin = m.allocate(obj.kind, node, f"copy of {id(obj)}", name=obj.name, word=obj.word)
    twin.node, twin.extra, twin.scope = obj.node, obj.extra, obj.scope
    for name, value in fields.items():
        if name != "=":
            twin.add(name, value)
    return twin


def _deepcopy(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    value = _first(arguments)
    m.read_deep(value, node)
    twins: dict[Obj, Obj] = {}
    for obj in reach(value):
        if obj.is_data or obj.kind is Kind.CONTAINER:
            twins[obj] = _twin(m, obj, node, {})
    for obj, twin in twins.items():
        for name, held in obj.fields.items():
            if name != "=":
                twin.fields[name] = frozenset(twins.get(one, one) for one in held)
    return frozenset(twins.get(obj, obj) for obj in value)


def _vars(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    value = _first(arguments)
    return m.attribute(value, "__dict__", node) if arguments.positional else frozenset((m.module.cell,))


def _globals(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    return frozenset((m.module.cell,))


def _super(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    frame = next((one for one in reversed(m.frames) if one.owner is not None), None)
    if frame is None:
        return NOTHING
    made = m.allocate(Kind.SUPER, node, f"super {id(frame.owner)}")
    made.extra = frame.owner
    made.fields[SELF] = arguments.at(1) or frame.first
    return frozenset((made,))


def _type(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    if len(arguments.positional) == 3:
        owner = m.allocate(Kind.CLASS, node, "type", name="type")
        bases = [obj for base in (arguments.at(1) or NOTHING) for obj in elements_of(base)]
        owner.extra = calling.lookup_order(owner, bases)
        calling.subclassed(m, owner, {}, node)
        for space in arguments.at(2) or NOTHING:
            for name, value in space.fields.items():
                if name.startswith("="):
                    owner.add(name[1:], value)
        return frozenset((owner,))
    return frozenset(obj.extra for obj in _first(arguments) if obj.kind is Kind.INSTANCE)


def _named_tuple(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    owner = m.allocate(Kind.CLASS, node, "named tuple", name="namedtuple")
    owner.extra = calling.lookup_order(owner, [m.library("builtins.tuple")])
    names: list[str] = []
    for text in texts(arguments.at(1) or NOTHING):
        names += text.replace(",", " ").split()
    for obj in arguments.at(1) or NOTHING:
        names += list(texts(elements_of(obj)))
    owner.node = ast.ClassDef(
        "namedtuple",
        [],
        [],
        [ast.AnnAssign(ast.Name(name, ast.Store()), ast.Constant(None), None, 1) for name in names],
        [],
    )
    return frozenset((owner,))


def _open(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    path = arguments.at(0, "file") or NOTHING
    known, mode = literal(arguments.at(1, "mode") or m.literal("r"))
    opened = m.allocate(Kind.OBJECT, node, "open", name="builtins.open", word="file")
    opened.add(HELD, frozenset(paths.place_of(m, path)))
    if not known or not isinstance(mode, str) or set(mode) & set("wax+"):
        paths.written(m, path, node)
    if not known or not isinstance(mode, str) or "r" in mode or "+" in mode or "a" in mode:
        paths.read(m, path, node)
    return frozenset((opened,))


def _path(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    known = paths.joined(m, list(arguments.positional), node, path=True)
    if known is not None:
        return known
    return frozenset((m.allocate(Kind.OBJECT, node, "path", name="pathlib.Path", word="path"),))


def _join(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    return paths.joined(m, list(arguments.positional), node, path=False) or NOTHING


def _connect(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    path = _first(arguments)
    made = m.allocate(Kind.OBJECT, node, "connection", name=called.name, word="connection")
    made.add(HELD, frozenset(paths.place_of(m, path)))
    return frozenset((made,))


def _change_directory(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    paths.change_directory(m, _first(arguments), node)
    return NOTHING


def _saved(word: str, name: str) -> _Special:
    """What gives a state that can be put back: `np.random.get_state()`, `os.getcwd()`."""

    def save(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        place = m.place(word, name)
        m.read(place, HELD, node)
        made = m.allocate(Kind.OBJECT, node, "saved", name=name if word == "random" else word, word="saved")
        made.extra = (m.ledger.saved(place), m.drawn.get(name, 0)) if word == "random" else m.directory
        return frozenset((made,))

    return save


def _getenv(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    items.read_environment(m, _first(arguments), node)
    return NOTHING


def _putenv(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    items.set_environment(m, _first(arguments), node)
    return NOTHING


def _environment_update(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    for name in arguments.keywords or ():
        items.set_environment(m, m.literal(name), node)
    for value in arguments.positional:
        for obj in value:
            items.set_environment(m, obj.fields.get(KEYS, NOTHING), node)
    return NOTHING


def _grad_mode(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    return frozenset((m.allocate(Kind.OBJECT, node, "grad mode", name=called.name, word="context"),))


def _still(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Functions that look at what they are given and give back something of their own that holds nothing of it."""
    value = arguments.all()
    m.read_deep(value, node)
    for obj in arguments.keyword("file") or NOTHING:
        m.write(obj, HELD, node, "prints into it")
    if called.name in ("builtins.hasattr", "builtins.dir"):
        for obj in _first(arguments):
            if obj.kind is Kind.OBJECT:
                settings.looked_up(m, f"{root_of(obj.name)}.hasattr", node)
    calling.look(m, value, node, _TEXTS if called.name in _TEXT_FUNCTIONS else frozenset())
    if called.name in _TEXT_FUNCTIONS and called.name != "builtins.print":
        settings.written_out(m, value, node)
    return NOTHING


_TEXTS = frozenset("__str__ __repr__ __format__".split())
_TEXT_FUNCTIONS = frozenset("builtins.print builtins.repr builtins.str builtins.format builtins.display".split())


def _checked_state(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`check_random_state`: a generator is given back as it is, a seed makes one."""
    given = frozenset(obj for obj in _first(arguments) if obj.kind is Kind.OBJECT)
    m.generating = True
    if given:
        return given
    return frozenset((m.allocate(Kind.OBJECT, node, "generator", name="numpy.random.RandomState", word="generator"),))


def _memory_view(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    view = m.allocate(Kind.OBJECT, node, "memoryview", name="builtins.memoryview", word="array")
    view.add("=", frozenset(obj for obj in _first(arguments) if obj.kind is Kind.OBJECT))
    return frozenset((view,))


def _evaluate(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`eval` and `exec` of a literal run what it says."""
    known, text = literal(_first(arguments))
    if not known or not isinstance(text, str) or len(arguments.positional) > 1:
        return NOTHING
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    if len(statements) == 1 and isinstance(statements[0], ast.Expr):
        return m.evaluate(statements[0].value)
    m.run(statements)
    return NOTHING


def _patch(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`mock.patch("math.exp")`: replaces it when it is started, and for a block when it is entered."""
    made = m.allocate(Kind.OBJECT, node, "patch", name=called.name, word="patch")
    known, made.extra = literal(_first(arguments))
    return frozenset((made,)) if known else NOTHING


def _exception(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    made = m.allocate(Kind.OBJECT, node, "exception", name=called.name, word="exception")
    made.add(HELD, arguments.all())
    return frozenset((made,))


_FUNCTIONS: dict[str, _Special] = {
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.delattr": _delattr,
    "builtins.list": _container("list"),
    "builtins.tuple": _container("list"),
    "builtins.set": _container("set"),
    "builtins.frozenset": _container("frozenset"),
    "builtins.sorted": _container("list"),
    "builtins.dict": _container("dict"),
    "collections.OrderedDict": _container("dict"),
    "collections.Counter": _container("dict"),
    "collections.ChainMap": lambda m, called, arguments, node: arguments.all(),
    "dataclasses.replace": _copy,
    "sklearn.utils.check_random_state": _checked_state,
    "builtins.memoryview": _memory_view,
    "builtins.eval": _evaluate,
    "builtins.exec": _evaluate,
    "collections.deque": _container("deque"),
    "collections.defaultdict": _defaultdict,
    "collections.namedtuple": _named_tuple,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "builtins.zip": _iterator("zip"),
    "itertools.zip_longest": _iterator("zip"),
    "builtins.enumerate": _iterator("enumerate"),
    "builtins.map": _iterator("map", callee=True),
    "itertools.starmap": _iterator("map", callee=True),
    "builtins.filter": _iterator("filter", callee=True),
    "itertools.filterfalse": _iterator("filter", callee=True),
    "itertools.takewhile": _iterator("filter", callee=True),
    "itertools.dropwhile": _iterator("filter", callee=True),
    "builtins.reversed": _iterator("reversed"),
    "itertools.islice": _iterator("islice"),
    "itertools.chain": _iterator("iter"),
    "itertools.chain.from_iterable": _iterator("chain"),
    "itertools.cycle": _iterator("cycle"),
    "itertools.accumulate": _iterator("iter"),
    "itertools.groupby": _iterator("iter"),
    "itertools.count": _iterator("count"),
    "itertools.repeat": _iterator("repeat"),
    "itertools.tee": _iterator("tee"),
    "itertools.pairwise": _iterator("iter"),
    "itertools.batched": _iterator("iter"),
    "itertools.compress": _iterator("iter"),
    "tqdm.tqdm": _iterator("iter"),
    "tqdm.auto.tqdm": _iterator("iter"),
    "tqdm.notebook.tqdm": _iterator("iter"),
    "tqdm.tqdm_notebook": _iterator("iter"),
    "csv.reader": _iterator("iter"),
    "csv.DictReader": _iterator("iter"),
    "builtins.max": _best,
    "builtins.min": _best,
    "functools.reduce": _reduce,
    "functools.partial": _partial_of,
    "functools.partialmethod": _partial_of,
    "operator.itemgetter": _getter("itemgetter"),
    "operator.attrgetter": _getter("attrgetter"),
    "operator.methodcaller": _getter("methodcaller"),
    "builtins.property": _wrapper("property"),
    "builtins.classmethod": _wrapper("classmethod"),
    "builtins.staticmethod": _wrapper("staticmethod"),
    "functools.cached_property": _wrapper("cached property"),
    "functools.lru_cache": _wrapper("cached"),
    "functools.cache": _wrapper("cached"),
    "functools.wraps": _decorator,
    "functools.update_wrapper": _same,
    "functools.singledispatch": _same,
    "functools.total_ordering": _same,
    "contextlib.contextmanager": _same,
    "contextlib.asynccontextmanager": _same,
    "typing.final": _same,
    "typing.overload": _same,
    "abc.abstractmethod": _same,
    "typing.cast": lambda m, called, arguments, node: arguments.at(1) or NOTHING,
    "atexit.register": _same,
    "dataclasses.dataclass": _dataclass,
    "dataclasses.field": _field,
    "copy.copy": _copy,
    "copy.deepcopy": _deepcopy,
    "builtins.vars": _vars,
    "builtins.globals": _globals,
    "builtins.locals": _globals,
    "builtins.super": _super,
    "builtins.type": _type,
    "builtins.open": _open,
    "io.open": _open,
    "codecs.open": _open,
    "gzip.open": _open,
    "bz2.open": _open,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "os.path.join": _join,
    "unittest.mock.patch": _patch,
    "sqlite3.connect": _connect,
    "duckdb.connect": _connect,
    "os.chdir": _change_directory,
    "os.getcwd": _saved("directory", "."),
    "pathlib.Path.cwd": _saved("directory", "."),
    "numpy.random.get_state": _saved("random", "numpy"),
    "random.getstate": _saved("random", "random"),
    "torch.get_rng_state": _saved("random", "torch"),
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.environ.setdefault": _putenv,
    "os.environ.pop": _putenv,
    "os.environ.update": _environment_update,
    "os.putenv": _putenv,
    "os.unsetenv": _putenv,
    "torch.no_grad": _grad_mode,
    "torch.inference_mode": _grad_mode,
    "torch.enable_grad": _grad_mode,
    **dict.fromkeys(
        (
            f"builtins.{name}"
            for name in (
                "print repr str format display len id isinstance issubclass hasattr callable hash dir int float bool "
                "complex chr ord abs round range bytes hex oct bin divmod pow ascii object input exit quit "
                "help slice"
            ).split()
        ),
        _still,
    ),
    **dict.fromkeys((f"builtins.{name}" for name in _EXCEPTIONS), _exception),
}
for _name in ("len", "int", "float", "bool", "abs", "round", "hash", "divmod", "pow"):
    # these run a method of the object's own
    _FUNCTIONS.pop(f"builtins.{_name}")


# --------------------------------------------------------------------------- methods

_GROWING = frozenset("append appendleft add insert".split())
_EXTENDING = frozenset(
    """extend extendleft update __iadd__ __ior__ intersection_update difference_update
    symmetric_difference_update""".split()
)
_SHRINKING = frozenset("pop popleft popitem remove discard clear sort reverse rotate move_to_end subtract".split())
_TAKING = frozenset("pop popleft popitem".split())
_CONTAINERS = frozenset(("builtins.list", "builtins.dict", "builtins.set", "collections.", "typing.", "builtins.tuple"))


def method(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value | None:
    """What methods of lists, iterators, functions and the like do; None where a library has to be asked."""
    results: list[Value] = []
    others: list[Obj] = []
    for obj in called.fields[SELF]:
        value = _method_of(m, obj, called.name, arguments, node)
        if value is None:
            others.append(obj)
        else:
            results.append(value)
    if others and not results:
        return None
    for obj in others:
        results.append(library.method(m, items.library_method(m, obj, called.name), arguments, node))
    return NOTHING.union(*results) if results else NOTHING


def _method_of(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value | None:
    kind = obj.kind
    if kind is Kind.CONTAINER:
        return _of_container(m, obj, name, arguments, node)
    if kind is Kind.INSTANCE and _derives_from_container(obj):
        return _of_container(m, obj, name, arguments, node)
    if kind is Kind.INSTANCE and not calling.library_base(obj):
        return _of_dict(m, obj, name, arguments, node)
    if kind in (Kind.ITERATOR, Kind.GENERATOR):
        return m.iterate(frozenset((obj,)), node)
    if kind is Kind.WRAPPER:
        return _of_wrapper(m, obj, name, arguments, node)
    if kind in (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL):
        return m.call(frozenset((obj,)), arguments, node) if name == "__call__" else NOTHING
    if kind is Kind.SCOPE:
        for key in arguments.keywords or ():
            m.write(obj, key, node, f"binds `{key}` anew")
        for value in arguments.positional:
            for one in value:
                for key in texts(one.fields.get(KEYS, NOTHING)):
                    m.write(obj, key, node, f"binds `{key}` anew")
        return (
            NOTHING.union(*obj.fields.values()) if name in ("get", "values", "items", "setdefault", "pop") else NOTHING
        )
    if kind is Kind.LITERAL:
        return _of_text(m, obj, name, arguments, node)
    if kind is Kind.LIBRARY or kind is Kind.PLACE:
        return NOTHING
    if obj.word == "path":
        return _of_path(m, obj, name, arguments, node)
    if obj.kind is Kind.OBJECT and obj.word == "saved":
        return NOTHING
    return None


def _derives_from_container(obj: Obj) -> bool:
    return any(owner.kind is Kind.LIBRARY and owner.name.startswith(tuple(_CONTAINERS)) for owner in classes_of(obj))


def _of_wrapper(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    if obj.word.endswith("of property"):
        return NOTHING
    if name == "cache_clear":
        m.write(obj, CACHE, node, "clears its cache")
    elif name == "cache_info":
        m.read(obj, HELD, node)
    elif name in ("register", "setter", "getter", "deleter"):
        return _first(arguments)
    return NOTHING


def _of_dict(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """Methods of an instance's `__dict__`."""
    if name in _EXTENDING or name in _SHRINKING or name == "setdefault":
        for key, value in (arguments.keywords or {}).items():
            m.write(obj, key, node, f"sets its `{key}`")
            obj.add(key, value)
        if arguments.positional or not arguments.keywords:
            m.write(obj, HELD, node, f"calls `.{name}()`")
            for value in arguments.positional:
                for one in value:
                    obj.add(HELD, one.fields.get(ELEMENTS, NOTHING))
    m.use(arguments.all(), node)
    m.read(obj, HELD, node)
    return NOTHING.union(*obj.fields.values())


def _of_text(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.all()
    m.use(value, node, None)
    for one in value:
        if one.kind in (Kind.ITERATOR, Kind.GENERATOR) or one.word in ("iterator", "file"):
            m.iterate(frozenset((one,)), node)
        elif handing_over.runs(one):
            m.call(frozenset((one,)), Arguments((NOTHING,)), node)
    if name == "format" and isinstance(obj.extra, str):
        known = [literal(one) for one in arguments.positional]
        if known and all(one for one, _ in known) and not arguments.keywords:
            try:
                return m.literal(obj.extra.format(*(constant for _, constant in known)))
            except (IndexError, KeyError, ValueError, TypeError, AttributeError):
                return NOTHING
    return NOTHING


def _of_path(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    own = frozenset((obj,))
    if name in ("write_text", "write_bytes", "touch", "mkdir", "unlink", "rename", "replace", "rmdir"):
        paths.written(m, own, node)
        return NOTHING
    if name in ("read_text", "read_bytes", "exists", "stat", "is_file", "is_dir", "iterdir", "glob", "rglob"):
        paths.read(m, own, node)
        return NOTHING
    if name == "open":
        return _open(m, obj, Arguments((own, *arguments.positional), arguments.keywords), node)
    if name == "joinpath":
        return paths.joined(m, [own, *arguments.positional], node, path=True) or own
    if name in ("resolve", "absolute", "expanduser"):
        return own
    return frozenset((m.allocate(Kind.OBJECT, node, "path", name="pathlib.Path", word="path"),))


def _of_container(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    value = NOTHING.union(*arguments.positional, arguments.rest)
    words = f"calls `.{name}()`"
    key = arguments.keyword("key")
    held = elements_of(obj)
    if key is not None:
        _run_callbacks(m, key, (held,), node)
    if name in _GROWING:
        m.write(obj, ELEMENTS, node, words)
        added = arguments.positional[-1] if arguments.positional else value
        obj.add(ELEMENTS, added)
        for one in added:
            if obj.label and not one.label:
                one.label = f"{obj.label}[…]"
        return NOTHING
    if name in _EXTENDING:
        m.use(value, node)
        m.write(obj, ELEMENTS, node, words)
        for positional in arguments.positional:
            if obj.word in ("dict", "defaultdict"):
                _fill_dict(m, obj, positional, node)
            else:
                obj.add(ELEMENTS, m.iterate(positional, node))
        for keyword, given in (arguments.keywords or {}).items():
            obj.add(f"={keyword}", given)
            obj.add(ELEMENTS, given)
        return NOTHING
    if name in _SHRINKING:
        m.write(obj, ELEMENTS, node, words)
        m.read(obj, ELEMENTS, node)
        calling.look(m, held, node, None)
        return held if name in _TAKING else NOTHING
    if name == "setdefault":
        m.read(obj, ELEMENTS, node)
        m.write(obj, ELEMENTS, node, words)
        obj.add(ELEMENTS, value)
        return elements_of(obj)
    m.read(obj, ELEMENTS, node)
    if name in ("values", "__iter__"):
        return frozenset((_part(m, obj, name, held, node),))
    if name == "keys":
        return frozenset((_part(m, obj, name, obj.fields.get(KEYS, NOTHING), node),))
    if name in ("items", "most_common"):
        part = _part(m, obj, name, NOTHING, node)
        pair = m.allocate(Kind.CONTAINER, node, f"pair of {id(obj)}", word="tuple")
        pair.add("#0", obj.fields.get(KEYS, NOTHING))
        pair.add("#1", held)
        pair.add(ELEMENTS, held)
        part.add(ELEMENTS, frozenset((pair,)))
        return frozenset((part,))
    if name in ("copy", "union", "intersection", "difference", "symmetric_difference", "__copy__", "_replace"):
        twin = m.allocate(Kind.CONTAINER, node, f"copy of {id(obj)}", word=obj.word)
        twin.add(ELEMENTS, held | NOTHING.union(*(m.iterate(one, node) for one in arguments.positional)))
        twin.add(KEYS, obj.fields.get(KEYS, NOTHING))
        if "factory" in obj.fields:
            twin.add("factory", obj.fields["factory"])
        return frozenset((twin,))
    if name in ("get", "__getitem__"):
        return held | NOTHING.union(*arguments.positional[1:])
    if name == "__setitem__":
        m.store_item(frozenset((obj,)), arguments.at(0) or NOTHING, arguments.at(1) or NOTHING, node)
        return NOTHING
    calling.look(m, held | value, node, None)
    m.read_deep(value, node)
    return NOTHING


def _part(m: Machine, obj: Obj, name: str, held: Value, node: ast.AST) -> Obj:
    """A view of a dict: nothing of its own can be changed."""
    part = m.allocate(Kind.CONTAINER, node, f"{name} of {id(obj)}", word="frozenset")
    part.add(ELEMENTS, held)
    return part
