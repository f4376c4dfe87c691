"""Calls into libraries: what the tables say of them, and what has to be assumed where no table does.

    np.put(rows, 0, 9)         the table of numpy: changes its first argument
    frame.describe()           the table of pandas: leaves everything alone
    somelib.audit(frame)       no table: `frame` may be changed, an assumption if exported code reads it later

Whoever receives a function may call it, whoever receives an iterator may use it up, and a random generator that is
passed on may be drawn from, whatever the table says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase

from nbexport.analysis.effects import calling, paths
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FITTED,
    GRAPH,
    HELD,
    MODE,
    NOTHING,
    PART,
    SELF,
    SHARED,
    SOURCE,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    reach,
)
from nbexport.analysis.effects.tables import UNKNOWN, Behavior, Setting, Table

_FIGURE = "matplotlib.figure"
"""The setting that stands for the current picture, of which `_plot` takes care."""
_STILL_GENERATOR = frozenset("get_state getstate __getstate__ initial_seed bit_generator spawn_key".split())
_RETAINING = ("hook", "register", "callback", "subscribe", "connect", "bind", "on_", "add_done")
_TORCH_FORWARD = frozenset({"forward", "__call__"})
_ANY_KIND = "*"
_WRITING = frozenset("__setitem__ __delitem__ __setattr__ __delattr__ __setstate__ __iadd__ __imul__".split())
_ADDING = ("add_", "register_", "set_", "append", "insert", "__set")
_GRAD_MODES = frozenset({"torch.no_grad", "torch.inference_mode", "torch.enable_grad"})
_DROPOUT = ("Dropout", "dropout", "RReLU")
_NORMALIZING = ("BatchNorm", "SyncBatchNorm", "SpectralNorm", "InstanceNorm", "spectral_norm")
_WHOLE_MODELS = ("torchvision.models", "transformers", "timm", "torch.hub", "segmentation_models_pytorch")
_QUERIES = ("get_", "gca", "gcf", "fignum")
_LIMITS = frozenset("xlim ylim axis xscale yscale xticks yticks".split())
PLOTTING = frozenset("matplotlib seaborn plotly bokeh altair mpl_toolkits pylab IPython".split())
"""Libraries whose objects are pictures."""
_PICTURE_PARTS = frozenset("lines patches collections texts images containers artists axes legend_".split())
_RESTORING = {"torch.random.fork_rng": ("random", "torch")}
_READS_SQL = ("select", "pragma", "explain", "with", "show", "describe")
SINGLE = frozenset({"array", "tensor", "frame"})
"""Kinds of objects that hold numbers and no other objects."""
_MAPPED = frozenset({"numpy.load", "numpy.memmap"})
_OF_PLOTS = frozenset({"axes", "figure"})


def root_of(full: str) -> str:
    """The library of a full name."""
    return full.partition(".")[0]


def is_plotting(obj: Obj) -> bool:
    """Whether an object is a picture or the state of a plotting library."""
    if obj.kind is Kind.PLACE:
        return obj.word == "figure"
    return obj.kind is Kind.OBJECT and (obj.name.partition(".")[0] in PLOTTING or obj.word in _OF_PLOTS)


# --------------------------------------------------------------------------- which behavior


def _groups(behaviors: tuple[Behavior, ...], kind: str, arguments: Arguments, node: ast.AST) -> Iterator[Behavior]:
    """The groups that hold for a call."""
    for behavior in behaviors:
        if behavior.of and kind not in behavior.of and kind != _ANY_KIND:
            continue
        if all(_holds(condition, word, arguments) for condition, word in behavior.conditions.items()):
            yield behavior
            if not behavior.also:
                return


def _holds(condition: str, keyword: str, arguments: Arguments) -> bool:
    if condition == "if_value":
        return _has_value(keyword, arguments)
    name, _, position = keyword.partition("@")
    value = arguments.at(int(position) if position else None, name)
    if value is None and arguments.rest and arguments.keywords is not None:
        return condition in ("if_true", "if_false", "if_given", "unless_given")
    known, constant = literal(value) if value is not None else (True, None)
    off = value is None or (known and (constant is None or constant is False))
    if condition == "if_true":
        return not off
    if condition == "unless_true":
        return off
    if condition == "if_false":
        return value is not None and not (known and constant is True)
    absent = value is None or (known and constant is None)
    return absent if condition == "unless_given" else not absent


def _has_value(words: str, arguments: Arguments) -> bool:
    """Whether a keyword is given with one of some values, or with something that is no literal."""
    for word in words.split():
        name, _, wanted = word.partition("=")
        value = arguments.keyword(name)
        if value is not None:
            known, constant = literal(value)
            if not known or str(constant) == wanted:
                return True
    return False


def _for_method(
    m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST
) -> tuple[list[Behavior], Table | None]:
    """What a method of an object does: by the table of its library, else by any table that knows such a method."""
    table = m.table_for(obj)
    kind = obj.word
    if table is not None and obj.name:
        if obj.kind is Kind.INSTANCE:
            kind = table.kind_of(obj.name)
        named = table.methods(name)
        groups = list(_groups(named, kind, arguments, node))
        if not groups and not kind:
            groups = list(_groups(named, _ANY_KIND, arguments, node))
        if groups:
            return groups, table
    # an object of which nobody knows what it is: the worst that a method of that name does
    known: list[Behavior] = []
    for other in m.libraries.loaded():
        if other is not table:
            known += _groups(other.methods(name), kind, arguments, node)
    changing = [one for one in known if one.changes or one.mode or one.draws]
    if changing:
        return changing[:1], table
    if known:
        return known[:1], table
    if table is not None and table.leaves:
        return [table.unlisted], table
    return [UNKNOWN], table


# --------------------------------------------------------------------------- calls


def function(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function or class of a library."""
    full = called.name
    root = full.partition(".")[0]
    table = m.libraries.of(root)
    owner, _, last = full.rpartition(".")
    if table is not None and owner.rpartition(".")[2][:1].isupper() and arguments.positional and table.methods(last):
        # `DataFrame.insert(frame, …)` is `frame.insert(…)`
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
        return NOTHING.union(*(_method_of(m, obj, last, rest, node) for obj in arguments.positional[0]))
    if called.taints:
        m.read(called, HELD, node)
    if last == "spectral_norm":
        for obj in arguments.at(0) or NOTHING:
            obj.add("max_norm", m.literal(1))
    behaviors = list(_groups(table.functions(full), "", arguments, node)) if table is not None else []
    if not behaviors:
        behaviors = [table.unlisted if table is not None else UNKNOWN]
    kind = table.kind_of(full) if table is not None else ""
    return _apply(m, behaviors, full, kind, None, arguments, node)


def method(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a method of an object that a library made, or that an instance inherits from a library."""
    results = [_method_of(m, obj, called.name, arguments, node) for obj in called.fields[SELF]]
    return results[0] if len(results) == 1 else NOTHING.union(*results)


def _method_of(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    behaviors, table = _for_method(m, obj, name, arguments, node)
    root = table.name if table is not None else obj.name.partition(".")[0]
    if obj.word in ("generator", "file", "iterator") and name not in _STILL_GENERATOR:
        m.write(obj, HELD, node, f"calls `.{name}()`, which moves it on")
        for place in obj.fields.get(HELD, ()):
            if place.kind is Kind.PLACE and name.startswith(("write", "truncate")):
                m.write(place, HELD, node, f"writes `{place.name}`")
    if root == "logging":
        _log(m, obj, name, node)
        m.use(arguments.all(), node)
        return frozenset((obj,))
    if obj.word == "patch" and name in ("start", "__enter__"):
        module, _, attribute = str(obj.extra).rpartition(".")
        set_attribute(m, m.library(module), attribute, node)
    if name in _WRITING:
        m.write(obj, HELD, node, f"calls `.{name}()`")
    if name == "__enter__" and obj.name in _GRAD_MODES:
        _set(m, "torch.set_grad_enabled", obj.name, node, arguments=Arguments())
    if name == "cursor":
        return frozenset((obj,))
    if root == "torch" and name in _TORCH_FORWARD:
        return module_called(m, obj, arguments, node)
    if name.startswith(("execute", "commit", "sql", "query")) and not _changes_data(m, obj, arguments, node):
        behaviors = [Behavior(result="iterator")]
    return _apply(m, behaviors, f"{root}.{name}", "", obj, arguments, node)


def _log(m: Machine, logger: Obj, name: str, node: ast.AST) -> None:
    """A level that is set changes what is logged, and what asks for the level."""
    if name in ("setLevel", "disable"):
        m.write(logger, "level", node, f"calls `.{name}()`")
    elif name in ("isEnabledFor", "getEffectiveLevel"):
        m.read(logger, "level", node)


def _changes_data(m: Machine, connection: Obj, arguments: Arguments, node: ast.AST) -> bool:
    """Whether a statement in SQL may do more than read; which files of a data base it reads or writes is noted."""
    known, text = literal(arguments.positional[0]) if arguments.positional else (False, None)
    reads = known and isinstance(text, str) and text.lstrip().lower().startswith(_READS_SQL)
    for place in reach((connection,)):
        if place.kind is Kind.PLACE and place.word == "file":
            if not reads:
                m.write(place, HELD, node, f"writes to `{place.name}`")
            m.read(place, HELD, node)
    return not reads


def called_object(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call an object that a library made: a torch module, a vectorized function."""
    root = obj.name.partition(".")[0]
    if root in ("torch", "torchvision", "timm"):
        return module_called(m, obj, arguments, node)
    for held in obj.fields.get(HELD, ()):
        if held.is_callable:
            m.call(frozenset((held,)), Arguments((arguments.all(),)), node)
    return _method_of(m, obj, "__call__", arguments, node)


def instance(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call an instance of a class of the notebook."""
    result = calling.dunder(m, obj, "__call__", _all_positional(arguments), node)
    if result is not None:
        return result
    for name in ("forward", "call"):
        forward = calling.find(obj, name)
        if forward is not None and calling.library_base(obj):
            value = m.call(calling.bound(m, obj, forward, node), arguments, node)
            _call_held(m, obj, arguments, node)
            tensor = m.allocate(Kind.OBJECT, node, "forward", name="torch.forward", word="tensor")
            tensor.add(GRAPH, frozenset((obj,)) | frozenset(one for one in arguments.all() if one.is_data))
            return value | {tensor}
    return calling.unresolved(m, arguments, node)


def _all_positional(arguments: Arguments) -> tuple[Value, ...]:
    named = tuple(arguments.keywords.values()) if arguments.keywords else ()
    return (*arguments.positional, *named, *((arguments.rest,) if arguments.rest else ()))


def _call_held(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> None:
    """Run the hooks that an object was given."""
    for held in obj.fields.get("hooks", ()):
        m.call(frozenset((held,)), Arguments((frozenset((obj,)), arguments.all(), NOTHING)), node)


def module_called(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Run a torch module: dropout draws and batch norm moves its averages while it trains."""
    m.read_deep((obj, *arguments.all()), node)
    for part in reach((obj,)):
        if part.kind is Kind.INSTANCE and part is not obj:
            forward = calling.find(part, "forward")
            if forward is not None:
                m.call(calling.bound(m, part, forward, node), arguments, node)
        if part.kind is Kind.OBJECT:
            _forward(m, part, node)
            if literal(part.fields.get("inplace", NOTHING)) == (True, True):
                m.write_deep(arguments.all(), node, "runs a layer that works in place on it")
        _call_held(m, part, arguments, node)
    tensor = m.allocate(Kind.OBJECT, node, "forward", name="torch.forward", word="tensor")
    tensor.add(GRAPH, frozenset((obj,)) | frozenset(one for one in arguments.all() if one.is_data))
    return frozenset((tensor,))


def _forward(m: Machine, part: Obj, node: ast.AST) -> None:
    last = part.name.rpartition(".")[2]
    whole = part.name.startswith(_WHOLE_MODELS)
    draws = last.startswith(_DROPOUT) or whole or bool(part.fields.get("dropout"))
    moves = last.startswith(_NORMALIZING) or whole
    if part.fields.get("max_norm"):
        m.write(part, HELD, node, "looks rows up, which scales them")
    if not draws and not moves:
        return
    m.read(part, MODE, node)
    if m.modes.get(part, "train") == "eval":
        return
    if draws:
        draw(m, "torch", node, f"`{last}`")
    if moves:
        m.write(part, HELD, node, "runs it in training mode, which moves its averages")


def set_mode(m: Machine, value: Value, mode: str, node: ast.AST) -> None:
    """Switch torch modules between training and inference."""
    for part in reach(value):
        if not part.is_data:
            continue
        certain = not m.doubt and not m.weak
        m.modes[part] = mode if certain or m.modes.get(part, "train") == mode else "both"
        if m.ledger.is_exported:
            if certain:
                m.exported_modes[part] = mode
                m.ledger.overwrite(part, MODE)
        elif mode == m.exported_modes.get(part, "train") and certain:
            m.ledger.forget(part, MODE)
        else:
            m.write(part, MODE, node, f"sets its mode to `{mode}`")


# --------------------------------------------------------------------------- what a call does


def _apply(
    m: Machine,
    behaviors: list[Behavior],
    full: str,
    kind: str,
    receiver: Obj | None,
    arguments: Arguments,
    node: ast.AST,
) -> Value:
    """Note all that a call does, and give back what it makes.

    Args:
        m: The run.
        behaviors: What the table says; the last one gives the result.
        full: The full name of a function, or `library.method`.
        kind: What the function makes, by the table.
        receiver: The object whose method is called.
        arguments: What is passed.
        node: The call.
    """
    last = behaviors[-1]
    passed = arguments.all()
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    lazy = last.result == "iterator"
    root = full.partition(".")[0]
    looked_up(m, full, node)
    if not lazy and (passed or own):
        sets = any(behavior.mode or behavior.overwrites for behavior in behaviors)
        m.read_deep(passed if sets else passed | own, node)
        for obj in own if sets and not any(behavior.mode for behavior in behaviors) else ():
            for part in reach((obj,)):
                m.ledger.read(part, HELD, node, m.frame.code, but=FITTED)
        calling.look(m, passed, node, None)
        if not last.leaves or any(runs(obj) for obj in passed):
            _hand_over(m, full, receiver, arguments, node, unknown=last.unknown)
    if root in PLOTTING or any(is_plotting(obj) for obj in own):
        _plot(m, full, receiver, arguments, node)
    for behavior in behaviors:
        _change(m, behavior, full, receiver, arguments, node)
    written = arguments.keyword("out")
    if written is not None and root != "builtins":
        m.write_deep(_mutable(written), node, "is written to by `out=`")
    if last.unknown:
        _assume(m, full, receiver, passed | own, node)
    return _result(m, last, full, kind, receiver, arguments, node)


def _change(
    m: Machine, behavior: Behavior, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST
) -> None:
    """Note what a group of the table says."""
    short = full.rpartition(".")[2]
    words = f"calls `.{short}()`" if receiver is not None else f"passes it to `{full}`"
    for target in behavior.changes:
        value = _target(target, behavior, receiver, arguments)
        changed = frozenset(reach(value)) if behavior.deep else value | _parts(value)
        field = FITTED if behavior.overwrites else HELD
        if receiver is None or short.startswith(_ADDING):
            _hold(value, arguments)
        for obj in changed:
            if obj.is_data:
                if behavior.overwrites and m.ledger.is_exported and not m.doubt and not m.weak:
                    m.ledger.overwrite(obj, FITTED)
                m.write(obj, field, node, words, alone=behavior.shallow)
    if behavior.deep or behavior.copies:
        _draw_through(m, short, receiver, arguments, node)
    if behavior.peeks:
        m.read(m.place("random", behavior.peeks), HELD, node, f"`{full}`")
    if m.generating and behavior.changes and receiver is not None:
        advance(m, reach((receiver,)), node, f"calls `.{short}()`, which may draw from it")
    if short == "backward" and receiver is not None:
        m.write_deep(frozenset((receiver,)), node, "calls `.backward()`", graph=True)
    if behavior.mode:
        known, constant = literal(arguments.positional[0]) if arguments.positional else (True, True)
        mode = behavior.mode if known and constant is not False else "eval" if known else "both"
        if receiver is not None:
            set_mode(m, frozenset((receiver,)), mode, node)
    for generator in behavior.seeds:
        seed(m, generator, node, f"`{full}`", arguments)
    if behavior.draws:
        draw(m, behavior.draws, node, f"`{full}`" if receiver is None else f"`.{short}()`")
    if behavior.writes is not None:
        paths.written(m, _target(behavior.writes, behavior, receiver, arguments), node)
    if behavior.writes_self and receiver is not None:
        paths.written(m, frozenset((receiver,)), node)
    if behavior.reads is not None:
        paths.read(m, _target(behavior.reads, behavior, receiver, arguments), node)
    if receiver is None:
        _set(m, full, full, node, arguments=arguments)


def _set(m: Machine, full: str, shown: str, node: ast.AST, *, arguments: Arguments | None = None) -> bool:
    """Note that a setting is changed, by a function where there are arguments, else by an assignment; if it is one."""
    for table in m.libraries.loaded():
        for setting in table.settings:
            if setting.key == _FIGURE:
                continue
            names = setting.attributes if arguments is None else setting.set_by
            if names.match(full) and (arguments is None or _fit(setting, arguments)):
                if not setting.display or setting.read_by:
                    place = m.place("setting", setting.key)
                    m.settings[setting.key] = (setting, place)
                    passed = arguments.all() if arguments is not None else NOTHING
                    saved = [obj for obj in passed if obj.word == "saved" and obj.name == setting.key]
                    if saved and not m.ledger.is_exported:
                        m.ledger.restore(place, saved[0].extra)
                        return True
                    m.replaced = (setting.key, m.ledger.saved(place))
                    m.write(place, HELD, node, f"sets `{shown}`")
                return True
    return False


def _fit(setting: Setting, arguments: Arguments) -> bool:
    """Whether every argument fits a pattern of the setting."""
    if not setting.arguments:
        return True
    given: list[tuple[int | str, Value]] = [*enumerate(arguments.positional), *(arguments.keywords or {}).items()]
    for place, value in given:
        known, constant = literal(value)
        text = str(constant) if known else "?"
        if not any(name == place and fnmatchcase(text, pattern) for name, pattern in setting.arguments):
            return False
    return not arguments.rest


def _hold(value: Value, arguments: Arguments) -> None:
    """What is changed by a call may keep the other arguments."""
    others = frozenset(obj for obj in arguments.all() - value if obj.is_data or obj.is_callable)
    for obj in value:
        if obj.kind is Kind.CONTAINER:
            obj.add(ELEMENTS, others)
        elif obj.kind is Kind.OBJECT and obj.word not in SINGLE:
            obj.add(HELD, others)


def _draw_through(m: Machine, short: str, receiver: Obj | None, arguments: Arguments, node: ast.AST) -> None:
    """An estimator of estimators draws what the estimators draw that it holds, or clones of them."""
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    for part in reach(own | arguments.all()):
        if part.kind is Kind.OBJECT and part is not receiver:
            for name in {short, "fit", "split"} if receiver is None else {short, "split"}:
                table = m.table_for(part)
                for behavior in _groups(table.methods(name), part.word, arguments, node) if table is not None else ():
                    if behavior.draws:
                        draw(m, behavior.draws, node, f"`.{short}()`")


def _parts(value: Value) -> Value:
    """What an attribute of a library's object may be: `frozen.estimator` is what `frozen` was given."""
    return NOTHING.union(*(obj.fields.get(HELD, NOTHING) for obj in value if obj.extra == PART))


def _target(target: int | str, behavior: Behavior, receiver: Obj | None, arguments: Arguments) -> Value:
    if target == "self":
        return frozenset((receiver,)) if receiver is not None else NOTHING
    if target == "all":
        return arguments.all()
    if isinstance(target, int):
        name = behavior.parameters[target] if target < len(behavior.parameters) else ""
        value = arguments.at(target, name)
    else:
        value = arguments.keyword(target)
    return (value or NOTHING) | arguments.rest


def _mutable(value: Value) -> Value:
    return frozenset(obj for obj in value if obj.is_data)


def _hand_over(
    m: Machine, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST, *, unknown: bool
) -> None:
    """What a library may do with the functions, iterators and generators that it receives."""
    passed = arguments.all()
    short = full.rpartition(".")[2]
    callables: list[Obj] = []
    for obj in passed:
        callables += [one for one in (obj, *obj.fields.get(ELEMENTS, ())) if runs(one)]
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("iterator", "file"):
            m.iterate(frozenset((obj,)), node)
    if callables:
        material = _material(m, short, receiver, passed - set(callables), node)
        for one in dict.fromkeys(callables):
            m.budget -= 10
            if m.budget > 0:
                m.call(frozenset((one,)), Arguments((material, material)), node)
            else:
                reason = f"`{full}` may call what it is given, and too much is called to follow that"
                m.write_deep(frozenset((one,)) | material, node, f"passes it to `{full}`", reason=reason)
        if receiver is not None and any(word in short for word in _RETAINING):
            receiver.add("hooks", frozenset(callables))
    if m.generating and not full.startswith("builtins.") and root_of(full) not in PLOTTING:
        advance(m, reach(passed), node, f"passes it to `{full}`, which may draw from it")
    if unknown:
        for obj in passed:
            if obj.kind is Kind.INSTANCE:
                _may_run_methods(m, obj, full, node)


def iterated(m: Machine, obj: Obj, node: ast.AST) -> None:
    """What iterating an object of a library does besides handing its elements out."""
    table = m.table_for(obj)
    for behavior in _groups(table.methods("__iter__"), obj.word, Arguments(), node) if table is not None else ():
        if obj.word != "loader":
            _change(m, behavior, f"{root_of(obj.name)}.__iter__", obj, Arguments(), node)


def runs(obj: Obj) -> bool:
    """Whether whoever receives an object may run code of the notebook by calling it."""
    return obj.is_callable or (obj.kind is Kind.WRAPPER and obj.word == "cached")


def _material(m: Machine, short: str, receiver: Obj | None, others: Value, node: ast.AST) -> Value:
    """What a library passes to a function that it is given."""
    material = set(others)
    for obj in others:
        if obj.kind is Kind.CONTAINER:
            material |= obj.fields.get(ELEMENTS, NOTHING)
        elif obj.kind in (Kind.ITERATOR, Kind.GENERATOR):
            material |= obj.fields.get(ELEMENTS, NOTHING)
    if receiver is not None:
        if receiver.word == "frame" and short != "pipe":
            # rows and groups are copies
            material.add(m.allocate(Kind.OBJECT, node, "row", name=receiver.name, word="frame"))
        else:
            material |= set(reach((receiver,)))
    return frozenset(obj for obj in material if obj.is_data)


def _may_run_methods(m: Machine, obj: Obj, full: str, node: ast.AST) -> None:
    """A library that nobody knows may call any method of an object that it is given."""
    for owner in classes_of(obj):
        if owner.kind is Kind.CLASS and any(
            held.kind is Kind.FUNCTION and not name.startswith("__")
            for name, value in owner.fields.items()
            for held in value
        ):
            m.write(
                obj,
                HELD,
                node,
                f"passes it to `{full}`",
                reason=f"`{full}` may call methods of `{owner.name}`, and no table says what it does",
            )
            return


def _assume(m: Machine, full: str, receiver: Obj | None, value: Value, node: ast.AST) -> None:
    """A call of which nothing is known may change all that it is given, and its library's own state."""
    named = f"`{full}`" if receiver is None else f"`.{full.rpartition('.')[2]}()`"
    root = root_of(full)
    known = m.libraries.of(root) is not None
    reason = f"no table says whether {named} changes what it is given" if known else f"no table knows `{root}`"
    words = f"passes it to {named}" if receiver is None else f"calls {named}"
    m.write_deep(value, node, words, reason=reason)
    if not known:
        _assume_state(m, root, named, node, reason)
    if "seed" in full.rpartition(".")[2].lower():
        for generator in ("numpy", "random", "torch", "tensorflow"):
            seed(m, generator, node, named, Arguments())


def _assume_state(m: Machine, root: str, named: str, node: ast.AST, reason: str) -> None:
    """A library that no table knows may draw random numbers, and change what it keeps for itself."""
    for generator in m.seeded:
        place = m.place("random", generator)
        m.write(place, HELD, node, f"calls {named}, which may draw from {generator}'s random state", reason=reason)
    state = m.place("module", root)
    m.read(state, HELD, node)
    m.write(state, HELD, node, f"calls {named}", reason=reason)


def _result(
    m: Machine,
    behavior: Behavior,
    full: str,
    kind: str,
    receiver: Obj | None,
    arguments: Arguments,
    node: ast.AST,
) -> Value:
    """What a call gives back."""
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    first = own or (arguments.positional[0] if arguments.positional else arguments.all())
    result = behavior.result
    data = _mutable(arguments.all() | own)
    for table in m.libraries.loaded() if receiver is None else ():
        for setting in table.settings:
            if setting.set_by.match(full) and setting.key == m.replaced[0]:
                # what the setting was before, to be put back
                before = m.allocate(Kind.OBJECT, node, "saved", name=setting.key, word="saved")
                before.extra = m.replaced[1]
                return frozenset((before,))
            if setting.returned_by.match(full) and setting.key != _FIGURE:
                place = m.place("setting", setting.key)
                m.settings[setting.key] = (setting, place)
                return frozenset((place,))
    if result == "scalar":
        return NOTHING
    if result == "self":
        return first
    if result == "element":
        return m.iterate(first, node)
    if result == "elements":
        container = m.allocate(Kind.CONTAINER, node, full, word="list")
        container.add(ELEMENTS, m.iterate(first, node))
        return frozenset((container,))
    if result == "iterator":
        iterator = m.allocate(Kind.ITERATOR, node, full, name=full, word="take")
        iterator.add(SOURCE, arguments.all() | own)
        return frozenset((iterator,))
    word = kind or behavior.kind
    m.generating |= word == "generator"
    name = full
    if "." in word:
        # a kind of another library's table
        owner, _, word = word.partition(".")
        m.libraries.of(owner)
        name = f"{owner}.{full.rpartition('.')[2]}"
    obj = m.allocate(Kind.OBJECT, node, full, name=name, word=word)
    if result == "view":
        shared = frozenset(one for one in first if one.kind is Kind.OBJECT or word not in SINGLE)
        if first and all(one.kind is Kind.LITERAL for one in first):
            shared = data
        obj.add(SHARED, shared)
        if not word and receiver is not None:
            obj.word = receiver.word
    elif result == "graph":
        obj.add(GRAPH, data)
    elif word not in SINGLE and (
        result == "holds" or behavior.unknown or (not result and receiver is None and _is_class(full))
    ):
        obj.add(HELD, arguments.all() if result == "holds" or not behavior.unknown else arguments.all() | own)
    for name in ("dropout", "inplace", "max_norm") if root_of(full) == "torch" else ():
        given = arguments.keyword(name)
        if given is not None:
            obj.add(name, given)
    if word in SINGLE:
        obj.add(HELD, _kept(receiver, arguments, word))
    if full in _MAPPED and arguments.at(None, "mmap_mode") not in (None, m.literal("r"), m.literal("c")):
        obj.add(SHARED, frozenset(paths.place_of(m, arguments.at(0) or NOTHING)))
    return frozenset((obj,))


def _kept(receiver: Obj | None, arguments: Arguments, word: str) -> Value:
    """Lists and other objects that an array or a frame holds as elements."""
    if receiver is not None:
        return receiver.fields.get(HELD, NOTHING)
    inner = _inside(arguments.all())
    for _ in range(1 if word == "frame" else 0):
        inner = _inside(inner) | frozenset(obj for obj in inner if obj.kind is Kind.INSTANCE)
    return frozenset(obj for obj in inner if obj.kind in (Kind.CONTAINER, Kind.INSTANCE))


def _inside(value: Value) -> Value:
    return NOTHING.union(*(obj.fields.get(ELEMENTS, NOTHING) for obj in value))


def _is_class(full: str) -> bool:
    last = full.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


# --------------------------------------------------------------------------- random state


def draw(m: Machine, generator: str, node: ast.AST, what: str) -> None:
    """Draw from a library's global generator."""
    place = m.place("random", generator)
    m.read(place, HELD, node, what)
    m.touched += 1
    if m.ledger.is_exported:
        m.drawn[generator] = m.drawn.get(generator, 0) + 1
    if m.ledger.is_exported or generator in m.seeded:
        m.write(place, HELD, node, f"{what} draws from {generator}'s random state")


def seed(m: Machine, generator: str, node: ast.AST, what: str, arguments: Arguments) -> None:
    """Set a library's global generator."""
    place = m.place("random", generator)
    m.seeded.add(generator)
    saved = [
        obj for obj in arguments.all() if obj.kind is Kind.OBJECT and obj.word == "saved" and obj.name == generator
    ]
    if m.ledger.is_exported:
        m.drawn[generator] = m.drawn.get(generator, 0) + 1
        if not m.doubt and not m.weak:
            m.ledger.overwrite(place)
    elif saved and saved[0].extra[1] == m.drawn.get(generator, 0):
        m.ledger.restore(place, saved[0].extra[0])
    else:
        m.write(place, HELD, node, f"{what} seeds {generator}'s random state")


def advance(m: Machine, objects: list[Obj], node: ast.AST, words: str) -> None:
    """Whoever is given a random generator may draw from it."""
    for obj in objects:
        if obj.kind is Kind.OBJECT and obj.word == "generator":
            m.write(obj, HELD, node, words)


# --------------------------------------------------------------------------- settings and pictures


def looked_up(m: Machine, full: str, node: ast.AST) -> None:
    """What runs depends on the settings that govern a function."""
    if not m.ledger.is_exported:
        return
    for setting, place in m.settings.values():
        if place.taints and setting.read_by.match(full):
            m.read(place, HELD, node)
    root = full.partition(".")[0]
    for part in m.patched:
        if part.taints and part.name.partition(".")[0] == root:
            m.read(part, HELD, node)


def written_out(m: Machine, value: Value, node: ast.AST) -> None:
    """Objects become text, as the settings of their libraries say; what is only printed is nobody's value."""
    if m.printing or not m.ledger.is_exported:
        return
    for root in {root_of(obj.name) for obj in reach(value) if obj.kind is Kind.OBJECT}:
        for name in ("__str__", "__repr__", "__format__"):
            looked_up(m, f"{root}.{name}", node)


def operated(m: Machine, obj: Obj, node: ast.AST) -> None:
    """An operator on an object of a library."""
    looked_up(m, f"{obj.name.partition('.')[0]}.operator", node)


def restored_by(m: Machine, node: ast.expr, manager: Value) -> list[Obj]:
    """The state of the process that a context manager puts back at its end."""
    places: list[Obj] = []
    for obj in manager:
        if obj.kind is not Kind.OBJECT:
            continue
        if obj.name in _RESTORING:
            places.append(m.place(*_RESTORING[obj.name]))
        table = m.table_for(obj)
        for setting in table.settings if table is not None else ():
            if setting.restored_by.match(obj.name):
                places.append(m.place("setting", setting.key))
    return places


def set_attribute(m: Machine, called: Obj, name: str, node: ast.AST) -> None:
    """Assign to an attribute of a library: a setting, or a part of it that is replaced."""
    full = f"{called.name}.{name}"
    if not _set(m, full, full, node) and not _set(m, called.name, full, node):
        m.patched[called] = None
    m.write(called, name, node, f"sets `{full}`")


def _plot(m: Machine, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST) -> None:
    """Pictures: what asks for a part of one depends on what was drawn, all else draws."""
    place = m.place("figure", "current")
    short = full.rpartition(".")[2]
    if short in ("subplots", "figure", "subplot_mosaic") and receiver is None:
        m.ledger.overwrite(place)
    asks = short.startswith(_QUERIES) or (short in _LIMITS and not arguments.positional and not arguments.keywords)
    for obj in (place, *((receiver,) if receiver is not None else ())):
        if asks:
            m.read(obj, HELD, node)
        else:
            m.write(obj, HELD, node, f"draws with `{short}`")


def looks_at_picture(m: Machine, obj: Obj, name: str, node: ast.AST) -> None:
    """An attribute of a picture that lists what was drawn."""
    if name in _PICTURE_PARTS:
        m.read(obj, HELD, node)
        m.read(m.place("figure", "current"), HELD, node)
