"""The tables of what library calls do: they parse, say only what the schema knows, and name what there is."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import tomllib
import warnings
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import nbexport

FOLDER = Path(nbexport.__file__).parent / "analysis" / "effects" / "libraries"
LIBRARIES = sorted(path.stem for path in FOLDER.glob("*.json"))

GENERATORS = {"numpy", "random", "torch", "tensorflow", "jax"}
RESULTS = {"new", "view", "self", "holds", "elements", "element", "iterator", "scalar", "graph"}
CONDITIONS = {"if_true", "unless_true", "if_false", "if_given", "unless_given", "if_value"}
TEXTS = {"within", "names", "of", "parameters", "kind", "draws_given", *CONDITIONS}
FLAGS = {"deep", "shallow", "overwrites", "copies", "writes_self", "leaves", "also"}
SETTING_TEXTS = {"key", "set_by", "attributes", "read_by", "restored_by", "returned_by", "arguments"}
WORD_LISTS = {"names", "of", "scalars", *SETTING_TEXTS} - {"key"}
LINE_LENGTH = 126

ABSENT = """
    IPython.display.set_matplotlib_formats
    PIL:getsize PIL:multiline_textsize PIL:textsize
    array:clear
    ast.compare
    builtins:from_number
    codecs:close
    collections:_asdict collections:_make collections:_replace
    fractions:from_number fractions:is_integer
    functools.Placeholder functools:cache_parameters functools:dispatch
    google.colab.auth.authenticate_user google.colab.drive.flush_and_unmount google.colab.drive.mount
    google.colab.files.download google.colab.files.upload google.colab.files.view google.colab.userdata.get
    heapq.heapify_max heapq.heappop_max heapq.heappush_max heapq.heappushpop_max heapq.heapreplace_max
    itertools.batched
    logging:getChildren
    matplotlib.cm.register_cmap
    numpy.asfarray numpy.cumproduct numpy.find_common_type numpy.issctype numpy.issubclass_ numpy.lookfor numpy.mat
    numpy.obj2sctype numpy.round_ numpy.sctype2char numpy.set_string_function numpy.seterrobj numpy.source numpy.who
    numpy:itemset numpy:tostring
    operator.is_none operator.is_not_none
    os.chflags os.get_handle_inheritable os.lchflags os.lchmod os.listdrives os.listmounts os.listvolumes
    os.path.isdevdrive os.path.isjunction os.process_cpu_count os.startfile os:is_junction
    pandas.read_gbq pandas:applymap pandas:applymap_index pandas:backfill pandas:iteritems pandas:mad pandas:save
    pandas:set_value pandas:slice_shift pandas:to_gbq pandas:tshift
    pathlib.walk pathlib:copy_into pathlib:from_uri pathlib:full_match pathlib:is_junction pathlib:move
    pathlib:move_into pathlib:walk pathlib:with_segments
    queue:shutdown
    random.binomialvariate random:binomialvariate
    safetensors.flax.load_file safetensors.flax.save_file safetensors.tensorflow.load_file
    safetensors.tensorflow.save_file
    sklearn.impute.IterativeImputer sklearn.inspection.plot_partial_dependence sklearn.linear_model.RandomizedLasso
    sklearn.model_selection.HalvingGridSearchCV sklearn.model_selection.HalvingRandomSearchCV sklearn:get_feature_names
    sqlite3:enable_load_extension sqlite3:getconfig sqlite3:load_extension sqlite3:setconfig
    statistics.kde statistics.kde_random
    sys._is_gil_enabled sys.activate_stack_trampoline sys.deactivate_stack_trampoline sys.getunicodeinternedsize
    sys.getwindowsversion sys.is_stack_trampoline_active
    tempfile:peek
    threading.setprofile_all_threads threading.settrace_all_threads
    torch.utils.tensorboard.SummaryWriter
    warnings.deprecated
    zipfile:glob zipfile:is_symlink zipfile:match zipfile:relative_to zipfile:rglob
    zlib:compress zlib:copy zlib:decompress zlib:flush
"""
"""Names of other versions or systems than the one that runs the test, and of classes that their modules hide."""

MODULES = {
    "PIL": "PIL.ImageEnhance PIL.ImageFont",
    "builtins": "io types",
    "dateutil": "dateutil.parser dateutil.rrule dateutil.tz",
    "matplotlib": "matplotlib.animation matplotlib.dates",
    "pydantic": "pydantic.main pydantic.type_adapter pydantic.types",
    "rich": "rich.tree",
    "scipy": "scipy.stats.sampling",
    "sklearn": "sklearn.naive_bayes",
    "skops": "skops.card",
    "urllib": "http.client io",
}
"""Further modules whose classes have methods that a table names."""


def test_there_are_tables_for_what_notebooks_use():
    assert {"builtins", "numpy", "pandas", "sklearn", "torch", "matplotlib", "random", "os"} <= set(LIBRARIES)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_table_says_only_what_the_schema_knows(library: str):
    assert list(faults(table(library))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "unlisted"),
        ('unlisted = "leaves"\nunlisted_result = "old"', "unlisted_result"),
        ('unlisted = "leaves"\nmore = 1', "more"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"', "says nothing"),
        ('unlisted = "leaves"\n[[functions]]\nleaves = true', "names"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nchanges = "self"', "changes"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nchanges = [true]', "changes"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\ndraws = "dice"', "draws"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nmode = "fast"', "mode"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nleaves = false', "leaves"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nleaves = true\nif_true = "copy@x"', "if_true"),
        ('unlisted = "leaves"\n[[functions]]\nnames = "f"\nleaves = true\nof = "frame"', "of"),
        ('unlisted = "leaves"\n[[methods]]\nnames = "f"\nleaves = true\nof = "frame"', "no kind"),
        ('unlisted = "leaves"\n[[settings]]\nset_by = "f"', "key"),
        ('unlisted = "leaves"\n[[settings]]\nkey = "a"\nset_by = "f"', "read_by"),
        ('unlisted = "leaves"\n[kinds]\nframe = ["f"]', "kinds"),
        ('unlisted = "leaves"\n[[runs]]\nnames = "fit"', "runs"),
        ('unlisted = "leaves"\n[[runs]]\nnames = "fit"\nmethods = "fit"\ngiven = false', "given"),
    ],
)
def test_a_faulty_table_is_noticed(text: str, words: str):
    assert any(words in fault for fault in faults(tomllib.loads(text)))


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_entry_is_hidden_by_an_earlier_one(library: str):
    assert list(hidden_entries(table(library))) == []


def test_kinds_of_other_libraries_exist():
    kinds = {(library, group.get("kind", "")) for library in LIBRARIES for group in groups(table(library))}
    foreign = {tuple(kind.split(".")) for _, kind in kinds if "." in kind}
    assert {(library, word) for library, word in foreign if word not in kinds_of(table(library))} == set()


def test_a_hidden_entry_is_noticed():
    groups = {
        "methods": [
            {"names": "fit*", "changes": ["self"]},
            {"names": "fit", "of": "pipeline", "changes": ["self"], "deep": True},
        ]
    }
    assert list(hidden_entries(groups)) == ["fit"]
    groups["methods"].reverse()
    assert list(hidden_entries(groups)) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_words_are_sorted_and_lines_short(library: str):
    text = (FOLDER / f"{library}.json").read_text(encoding="utf-8")
    assert json.loads(text)["about"], "says what the table covers"
    assert [line for line in text.splitlines() if len(line) > LINE_LENGTH] == []
    for value in word_lists(table(library)):
        words = value.split()
        assert words == sorted(set(words), key=lambda word: (word.lower(), word)), value


@pytest.mark.parametrize("library", [library for library in LIBRARIES if importlib.util.find_spec(library)])
def test_names_exist(library: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        missing = [name for name in full_names(table(library)) if not exists(name)]
        present = method_names(library)
        wanted = [name for group in table(library).get("methods", []) for name in group["names"].split()]
    missing += [f"{library}:{name}" for name in wanted if not is_pattern(name) and name not in present]
    assert sorted(set(missing) - set(ABSENT.split())) == []


def test_the_wheel_carries_the_tables():
    # the wheel takes every file of the package that no pattern of `exclude` names
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["nbexport"]
    assert not any(pattern.endswith("json") or "effects" in pattern for pattern in wheel["exclude"])


# --------------------------------------------------------------------------- the schema


def faults(content: dict[str, Any]) -> list[str]:
    """What is wrong with a table."""
    found = [] if content.get("unlisted") in ("leaves", "unknown") else ["unlisted is neither leaves nor unknown"]
    if content.get("unlisted_result", "new") not in RESULTS:
        found.append("unlisted_result is not a result")
    known = {
        "unlisted",
        "unlisted_result",
        "own_items",
        "kinds",
        "functions",
        "methods",
        "attributes",
        "settings",
        "runs",
    }
    found += [f"{key} is not part of a table" for key in content.keys() - known]
    for word, names in content.get("kinds", {}).items():
        if not isinstance(names, str) or not names.split():
            found.append(f"kinds: {word} lists no names")
    kinds = kinds_of(content)
    for group in content.get("functions", []):
        found += [*group_faults(group), *(["of is for methods"] if "of" in group else [])]
    for group in content.get("methods", []):
        found += [*group_faults(group), *(["within is for functions"] if "within" in group else [])]
        found += [f"of: no kind is called {word}" for word in group.get("of", "").split() if word not in kinds]
    found += [f"own_items: no kind is called {w}" for w in content.get("own_items", "").split() if w not in kinds]
    attributes = content.get("attributes", {})
    if attributes.keys() - {"scalars", "changes"} or not all(isinstance(v, str) for v in attributes.values()):
        found.append("attributes are scalars and changes")
    for setting in content.get("settings", []):
        found += setting_faults(setting)
    for run in content.get("runs", []):
        if not all(str(run.get(key, "")).split() for key in ("names", "methods")):
            found.append("runs: which methods (`names`) run which of a class of the notebook (`methods`)")
        flags = {key: value for key, value in run.items() if key not in ("names", "methods")}
        if flags.keys() - {"clones", "given"} or not all(value is True for value in flags.values()):
            found.append("runs: `clones` and `given` are true or absent")
    return found


def group_faults(group: dict[str, Any]) -> list[str]:
    """What is wrong with a group of functions or methods."""
    found = [] if str(group.get("names", "")).split() else ["a group has no names"]
    behaviour = group.keys() - {"within", "names", "of", "parameters", "also"} - CONDITIONS
    if not behaviour:
        found.append(f"{group.get('names')} says nothing")
    for key, value in group.items():
        if key in CONDITIONS and key != "if_value":
            keyword, at, position = str(value).partition("@")
            good = keyword.isidentifier() and (not at or position.isdigit())
        elif key == "if_value":
            good = all(part.partition("=")[2] for part in value.split())
        elif key in TEXTS:
            good = isinstance(value, str) and bool(value.split())
        elif key in FLAGS:
            good = value is True
        elif key == "changes":
            good = isinstance(value, list) and bool(value) and all(type(part) in (int, str) for part in value)
        elif key == "result":
            good = value in RESULTS
        elif key in ("advances", "draws", "peeks"):
            good = value in GENERATORS
        elif key == "seeds":
            good = isinstance(value, list) and bool(value) and set(value) <= GENERATORS
        elif key == "mode":
            good = value in ("train", "eval")
        elif key in ("reads", "writes"):
            good = type(value) in (int, str)
        else:
            good = False
        if not good:
            found.append(f"{key} = {value!r} in the group of {group.get('names')}")
    return found


def setting_faults(setting: dict[str, Any]) -> list[str]:
    """What is wrong with a setting."""
    found = [] if isinstance(setting.get("key"), str) else ["a setting has no key"]
    found += [f"{key} of a setting is not text" for key in setting.keys() & SETTING_TEXTS if not setting[key]]
    found += [
        f"{key} is not part of a setting" for key in setting.keys() - SETTING_TEXTS - {"display", "ends_with_cell"}
    ]
    if not setting.keys() & {"set_by", "attributes", "restored_by"}:
        found.append(f"nothing sets {setting.get('key')}")
    only_restored = not setting.keys() & {"set_by", "attributes"}
    if not setting.get("display") and "read_by" not in setting and not only_restored:
        found.append(f"{setting.get('key')} has no read_by and is not display")
    return found


def hidden_entries(content: dict[str, Any]) -> list[str]:
    """Names that no call reaches: an earlier group takes every call of theirs."""
    hidden = []
    for part in ("functions", "methods"):
        earlier: list[tuple[str, frozenset[tuple[str, str]], frozenset[str]]] = []
        for group in content.get(part, []):
            conditions = frozenset((key, group[key]) for key in CONDITIONS & group.keys())
            kinds = frozenset(group.get("of", "").split())
            names = [qualified(group, name) for name in group["names"].split()]
            for name in names:
                for pattern, their_conditions, their_kinds in earlier:
                    takes_kind = not their_kinds or (kinds and kinds <= their_kinds)
                    if their_conditions <= conditions and takes_kind and fnmatchcase(name, pattern):
                        hidden.append(name)
                        break
            if not group.get("also"):
                earlier += [(name, conditions, kinds) for name in names]
    return hidden


# --------------------------------------------------------------------------- what there is


@cache
def table(library: str) -> dict[str, Any]:
    """The parsed table of a library."""
    return in_one_line(json.loads((FOLDER / f"{library}.json").read_bytes()))


def in_one_line(value: Any, key: str = "") -> Any:
    """The table with each text in one piece, and without what is said to readers."""
    if isinstance(value, dict):
        return {word: in_one_line(inner, word) for word, inner in value.items() if word not in ("about", "note")}
    if isinstance(value, list) and key not in ("changes", "seeds"):
        return " ".join(value) if value and isinstance(value[0], str) else [in_one_line(inner) for inner in value]
    return value


def groups(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of functions and methods of a table."""
    return [*content.get("functions", []), *content.get("methods", [])]


def kinds_of(content: dict[str, Any]) -> set[str]:
    """The kinds that a table knows."""
    return {*content.get("kinds", {}), *(group["kind"] for group in groups(content) if "kind" in group)}


def qualified(group: dict[str, Any], name: str) -> str:
    """The full pattern of a name in a group."""
    return f"{group['within']}.{name}" if "within" in group else name


def is_pattern(name: str) -> bool:
    """Whether a name stands for several."""
    return any(sign in name for sign in "*?[")


def word_lists(content: dict[str, Any]) -> list[str]:
    """Every list of words in a table that has no order of its own."""
    values = list(content.get("kinds", {}).values())
    for group in [*groups(content), *content.get("settings", [])]:
        values += [value for key, value in group.items() if key in WORD_LISTS]
    return [*values, *content.get("attributes", {}).values()]


def full_names(content: dict[str, Any]) -> list[str]:
    """The full names in a table that are not patterns."""
    names = [name for value in content.get("kinds", {}).values() for name in value.split()]
    for group in content.get("functions", []):
        names += [qualified(group, name) for name in group["names"].split()]
    for setting in content.get("settings", []):
        for key in ("set_by", "restored_by", "returned_by"):
            names += setting.get(key, "").split()
    return [name for name in names if not is_pattern(name)]


@cache
def exists(name: str) -> bool:
    """Whether a full name is there, or belongs to a library that is not installed."""
    parts = name.split(".")
    if len(parts) == 1:
        return hasattr(importlib.import_module("builtins"), name) or importlib.util.find_spec(name) is not None
    if importlib.util.find_spec(parts[0]) is None:
        return True
    thing: Any = None
    for count in range(len(parts), 0, -1):
        module = imported(".".join(parts[:count]))
        if module is None:
            continue
        thing = module
        try:
            for part in parts[count:]:
                thing = getattr(thing, part)
        except (AttributeError, ImportError):
            continue
        return True
    return parts[-1] in method_names(parts[0]) and len(parts) == 2


@cache
def imported(name: str) -> Any:
    """A module, or None where there is none of that name."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


@cache
def method_names(library: str) -> frozenset[str]:
    """The names of everything that a class of a library has, as far as its modules are loaded."""
    imported(library)
    for name in full_names(table(library)):
        exists_as_module(name)
    lent = [imported(name) for name in MODULES.get(library, "").split()]
    own = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == library]
    names: set[str] = set()
    for module in [*lent, *own]:
        for value in list(vars(module).values()):
            names.update(dir(value) if isinstance(value, type) else dir(type(value)))
            names.update(vars(value).keys() if isinstance(value, type) else ())
    return frozenset(names)


def exists_as_module(name: str) -> None:
    """Load the modules that a full name goes through."""
    parts = name.split(".")
    for count in range(2, len(parts)):
        if imported(".".join(parts[:count])) is None:
            return
