"""Functions and methods of Python's own that hand objects on, call what they are given, or look inside the notebook.

take = functools.partial(rows.append, 3)     calling `take` changes `rows`
pairs = zip(rows, others)                    taken from when `pairs` is iterated
getattr(model, "fit")(rows)                  `model.fit(rows)`
rows.extend(others)                          `rows` holds the elements of `others` too
"""

from __future__ import annotations

import ast
import builtins

from nbexport.analysis.effects import (
    attributes,
    paths,
)
from nbexport.analysis.effects.containers import container_maker, default_dict, from_keys, named_tuple, namespace_of
from nbexport.analysis.effects.copies import deep_copy, shallow_copy
from nbexport.analysis.effects.introspection import (
    delete_attribute,
    evaluated_text,
    exception_of,
    get_attribute,
    global_variables,
    looked_at,
    set_attribute_of,
    super_of,
    type_of,
    variables_of,
)
from nbexport.analysis.effects.iterators import best_of, iter_of, iterator_maker, next_of, reduced, tee_of
from nbexport.analysis.effects.machine import NOWHERE, Arguments, Machine, Special
from nbexport.analysis.effects.objects import (
    NOTHING,
    Obj,
    Value,
    literal,
    texts,
)
from nbexport.analysis.effects.outside import (
    changed_directory,
    checked_state,
    connection_to,
    environment_read,
    environment_set,
    environment_updated,
    grad_mode,
    joined_path,
    memory_view,
    open_file,
    patch_of,
    path_of,
    state_saver,
)
from nbexport.analysis.effects.wrapping import (
    dataclass_field,
    dataclass_of,
    getter_maker,
    partial_of,
    plain_decorator,
    same,
    wrapper_maker,
)
from nbexport.names.star_names import star_names

_BUILTIN_NAMES = frozenset(dir(builtins)) | {"display", "get_ipython", "exit", "quit"}


_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


_TYPES = frozenset(f"builtins.{name}" for name in "list dict set tuple object str bytearray type".split())


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
        return paths.joined(m, [left, right], NOWHERE, path=True)
    left_known, first = literal(left)
    right_known, second = literal(right)
    if left_known and right_known and operator == "add" and isinstance(first, str) and isinstance(second, str):
        return m.literal(first + second)
    if left_known and right_known:
        return NOTHING
    return None


def function(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value | None:
    """What a function of Python's own gives back that needs more than a table; None for all others."""
    special = _FUNCTIONS.get(called.name)
    owner, _, name = called.name.rpartition(".")
    if special is None and owner in _TYPES and arguments.positional:
        return _unbound(m, name, arguments, node)
    return special(m, called, arguments, node) if special is not None else None


def _unbound(m: Machine, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """`list.append(rows, 3)` is `rows.append(3)`, and `object.__setattr__` goes round a class's own."""
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
    if name == "__setattr__":
        for text in texts(rest.at(0) or NOTHING):
            m.store_attribute(arguments.positional[0], text, rest.at(1) or NOTHING, node)
        return NOTHING
    methods = frozenset(attributes.library_method(m, obj, name) for obj in arguments.positional[0])
    return m.call(methods, rest, node) if methods else NOTHING


_FUNCTIONS: dict[str, Special] = {
    "builtins.getattr": get_attribute,
    "builtins.setattr": set_attribute_of,
    "builtins.delattr": delete_attribute,
    "builtins.list": container_maker("list"),
    "builtins.tuple": container_maker("list"),
    "builtins.set": container_maker("set"),
    "builtins.frozenset": container_maker("frozenset"),
    "builtins.sorted": container_maker("list"),
    "builtins.dict": container_maker("dict"),
    "collections.OrderedDict": container_maker("dict"),
    "collections.Counter": container_maker("dict"),
    "collections.ChainMap": lambda m, called, arguments, node: arguments.all(),
    "dataclasses.replace": shallow_copy,
    "sklearn.utils.check_random_state": checked_state,
    "builtins.memoryview": memory_view,
    "builtins.eval": evaluated_text,
    "builtins.exec": evaluated_text,
    "collections.deque": container_maker("deque"),
    "collections.defaultdict": default_dict,
    "collections.namedtuple": named_tuple,
    "builtins.iter": iter_of,
    "builtins.next": next_of,
    "builtins.zip": iterator_maker("zip"),
    "itertools.zip_longest": iterator_maker("zip"),
    "builtins.enumerate": iterator_maker("enumerate"),
    "builtins.map": iterator_maker("map", callee=True),
    "itertools.starmap": iterator_maker("map", callee=True),
    "builtins.filter": iterator_maker("filter", callee=True),
    "itertools.filterfalse": iterator_maker("filter", callee=True),
    "itertools.takewhile": iterator_maker("filter", callee=True),
    "itertools.dropwhile": iterator_maker("filter", callee=True),
    "builtins.reversed": iterator_maker("reversed"),
    "itertools.islice": iterator_maker("islice"),
    "itertools.chain": iterator_maker("iter"),
    "itertools.chain.from_iterable": iterator_maker("chain"),
    "itertools.cycle": iterator_maker("cycle"),
    "itertools.accumulate": iterator_maker("iter"),
    "itertools.groupby": iterator_maker("groupby"),
    "itertools.count": iterator_maker("count"),
    "itertools.repeat": iterator_maker("repeat"),
    "itertools.tee": tee_of,
    "itertools.pairwise": iterator_maker("iter"),
    "itertools.batched": iterator_maker("iter"),
    "itertools.compress": iterator_maker("iter"),
    "tqdm.tqdm": iterator_maker("iter"),
    "tqdm.auto.tqdm": iterator_maker("iter"),
    "tqdm.notebook.tqdm": iterator_maker("iter"),
    "tqdm.tqdm_notebook": iterator_maker("iter"),
    "csv.reader": iterator_maker("iter"),
    "csv.DictReader": iterator_maker("iter"),
    "builtins.max": best_of,
    "builtins.min": best_of,
    "functools.reduce": reduced,
    "functools.partial": partial_of,
    "functools.partialmethod": partial_of,
    "operator.itemgetter": getter_maker("itemgetter"),
    "operator.attrgetter": getter_maker("attrgetter"),
    "operator.methodcaller": getter_maker("methodcaller"),
    "builtins.property": wrapper_maker("property"),
    "builtins.classmethod": wrapper_maker("classmethod"),
    "builtins.staticmethod": wrapper_maker("staticmethod"),
    "functools.cached_property": wrapper_maker("cached property"),
    "functools.lru_cache": wrapper_maker("cached"),
    "functools.cache": wrapper_maker("cached"),
    "functools.wraps": plain_decorator,
    "functools.update_wrapper": same,
    "functools.singledispatch": wrapper_maker("dispatch"),
    "functools.singledispatchmethod": wrapper_maker("dispatch"),
    "builtins.dict.fromkeys": from_keys,
    "collections.OrderedDict.fromkeys": from_keys,
    "types.SimpleNamespace": namespace_of,
    "argparse.Namespace": namespace_of,
    "functools.total_ordering": same,
    "contextlib.contextmanager": same,
    "contextlib.asynccontextmanager": same,
    "typing.final": same,
    "typing.overload": same,
    "abc.abstractmethod": same,
    "typing.cast": lambda m, called, arguments, node: arguments.at(1) or NOTHING,
    "atexit.register": same,
    "dataclasses.dataclass": dataclass_of,
    "dataclasses.field": dataclass_field,
    "copy.copy": shallow_copy,
    "copy.deepcopy": deep_copy,
    "builtins.vars": variables_of,
    "builtins.globals": global_variables,
    "builtins.locals": global_variables,
    "builtins.super": super_of,
    "builtins.type": type_of,
    "builtins.open": open_file,
    "io.open": open_file,
    "codecs.open": open_file,
    "gzip.open": open_file,
    "bz2.open": open_file,
    "lzma.open": open_file,
    "zipfile.ZipFile": open_file,
    "tarfile.open": open_file,
    "h5py.File": open_file,
    "pathlib.Path": path_of,
    "pathlib.PurePath": path_of,
    "os.path.join": joined_path,
    "unittest.mock.patch": patch_of,
    "shelve.open": connection_to,
    "sqlite3.connect": connection_to,
    "duckdb.connect": connection_to,
    "os.chdir": changed_directory,
    "os.getcwd": state_saver("directory", "."),
    "pathlib.Path.cwd": state_saver("directory", "."),
    "numpy.random.get_state": state_saver("random", "numpy"),
    "random.getstate": state_saver("random", "random"),
    "torch.get_rng_state": state_saver("random", "torch"),
    "os.getenv": environment_read,
    "os.environ.get": environment_read,
    "os.environ.setdefault": environment_set,
    "os.environ.pop": environment_set,
    "os.environ.update": environment_updated,
    "os.putenv": environment_set,
    "os.unsetenv": environment_set,
    "torch.no_grad": grad_mode,
    "torch.inference_mode": grad_mode,
    "torch.enable_grad": grad_mode,
    **dict.fromkeys(
        (
            f"builtins.{name}"
            for name in (
                "print repr str format display len id isinstance issubclass hasattr callable hash dir int float bool "
                "complex chr ord abs round range bytes hex oct bin divmod pow ascii object input exit quit "
                "help slice"
            ).split()
        ),
        looked_at,
    ),
    **dict.fromkeys((f"builtins.{name}" for name in _EXCEPTIONS), exception_of),
}
for _name in ("len", "int", "float", "bool", "abs", "round", "hash", "divmod", "pow"):
    # these run a method of the object's own
    _FUNCTIONS.pop(f"builtins.{_name}")
