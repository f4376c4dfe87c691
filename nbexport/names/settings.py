"""What sets the process for the rest of the run: the environment, precision, warnings, library options.

    os.environ["OMP_NUM_THREADS"] = "1"         before whatever is imported below it
    decimal.getcontext().prec = 4
    pd.options.display.precision = 3            only what is shown: counts where exported code makes text of values
    pd.Series.doubled = lambda self: self * 2   a library that is given another attribute

A statement that does nothing else, with values that it has of itself or of imports and definitions, is a setting.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import StrEnum
from sys import stdlib_module_names

FullName = Callable[[ast.expr], str | None]
"""Resolves a dotted expression through the imports."""


class SettingKind(StrEnum):
    """What a setting governs."""

    RESULT = "result"
    """What code computes."""
    IMPORT = "import"
    """What libraries find when they are imported, too: the environment."""
    DISPLAY = "display"
    """How values look as text."""
    QUIET = "quiet"
    """Which warnings are shown; it counts where warnings count."""


_CALLS: tuple[tuple[SettingKind, str], ...] = (
    (
        SettingKind.IMPORT,
        "os.putenv os.unsetenv os.environ.setdefault os.environ.update os.environ.pop",
    ),
    (
        SettingKind.DISPLAY,
        """numpy.set_printoptions torch.set_printoptions pandas.set_option:display pandas.reset_option:display
        polars.Config.set_ sympy.init_printing pandas.set_eng_float_format sklearn.set_config:display""",
    ),
    (
        SettingKind.RESULT,
        """sys.setrecursionlimit sys.set_int_max_str_digits locale.setlocale time.tzset decimal.setcontext
        csv.field_size_limit socket.setdefaulttimeout gc.disable gc.enable gc.freeze multiprocessing.set_start_method
        numpy.seterr numpy.seterrcall numpy.setbufsize pandas.set_option pandas.reset_option sklearn.set_config
        torch.set_ torch.use_deterministic_algorithms torch.cuda.manual_seed torch.mps.manual_seed
        torch.cuda.empty_cache torch.autograd.set_ torch.backends. torch.multiprocessing.set_
        tensorflow.config. tensorflow.keras.backend.set_ tensorflow.keras.mixed_precision.set_ keras.backend.set_
        keras.config.set_ keras.mixed_precision.set_ jax.config.update xgboost.set_config numexpr.set_num_threads
        cv2.setNumThreads cv2.ocl.setUseOpenCL tqdm.tqdm.pandas tqdm.auto.tqdm.pandas tqdm.notebook.tqdm.pandas
        tqdm.autonotebook.tqdm.pandas threadpoolctl.threadpool_limits polars.enable_string_cache
        polars.disable_string_cache datasets.disable_caching datasets.enable_caching""",
    ),
)
"""Kind → beginnings of full names of calls; behind a colon, how the first argument or all keywords begin."""

_OF_A_THREAD = (
    *("decimal.", "numpy.seterr", "numpy.set_printoptions", "sklearn.set_config", "torch.set_grad_enabled"),
    *("torch.set_num_threads", "torch.set_default_device", "torch.set_flush_denormal", "torch.autograd.set_"),
    *("torch.set_default_tensor_type", "torch.set_autocast"),
)
"""Beginnings of full names of what holds for the thread alone that sets it."""
_WARNINGS = frozenset({"warnings.simplefilter", "warnings.filterwarnings", "warnings.resetwarnings"})
_CONTEXTS = frozenset({"decimal.getcontext", "decimal.localcontext", "decimal.DefaultContext"})
"""What gives the object whose attributes are the setting."""
_MAPPINGS = {"os.environ": SettingKind.IMPORT}
"""Mappings of the process of which each item is a setting."""
_SHOWN = ("pandas.options.display.", "numpy.core.arrayprint.", "sympy.printing.")
_DRAWN = frozenset(
    """matplotlib seaborn plotly bokeh altair IPython ipywidgets pylab bqplot holoviews hvplot panel cufflinks tqdm
    logging loguru rich""".split()
)
"""Libraries whose settings say how things look; `tqdm.pandas()`, which adds methods, is a call that is listed."""


def call_kind(node: ast.Call, full_name: FullName) -> SettingKind | None:
    """What a call sets; None for one that sets nothing known."""
    full = full_name(node.func)
    if full is None:
        return None
    if full in _WARNINGS:
        action = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "action"), None)
        quiet = isinstance(action, ast.Constant) and action.value != "error" and full != "warnings.resetwarnings"
        return SettingKind.QUIET if quiet else SettingKind.RESULT
    for kind, names in _CALLS:
        for entry in names.split():
            name, _, word = entry.partition(":")
            matches = full.startswith(name) if name.endswith(("_", ".")) else full == name
            if matches and (not word or _begins_with(node, word)):
                return kind
    return None


def target_kind(target: ast.expr, full_name: FullName) -> SettingKind | None:
    """What an assignment to an attribute or an item sets; None where the object is not a library's or process's."""
    owner = target.value if isinstance(target, ast.Attribute | ast.Subscript) else None
    while owner is not None:
        if isinstance(owner, ast.Call):
            return SettingKind.RESULT if full_name(owner.func) in _CONTEXTS else None
        full = full_name(owner)
        if full in _MAPPINGS and isinstance(target, ast.Subscript):
            return _MAPPINGS[full]
        if full is not None and isinstance(target, ast.Attribute):
            root = full.partition(".")[0]
            if root in _DRAWN or (root in stdlib_module_names and root not in _SET_BY_ATTRIBUTE):
                return None
            whole = f"{full_name(target) or full}."
            return SettingKind.DISPLAY if whole.startswith(_SHOWN) else SettingKind.RESULT
        owner = owner.value if isinstance(owner, ast.Attribute | ast.Subscript) else None
        if full is not None:
            return None
    return None


_SET_BY_ATTRIBUTE = frozenset("decimal locale logging os random socket sys warnings".split())
"""Modules of Python's own with attributes that are settings; replaced parts of others are a project's own tools too."""


def is_of_a_thread(node: ast.AST, full_name: FullName) -> bool:
    """Whether a statement sets something for its own thread alone, so that another one must set it again."""
    names = (full_name(part) for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Name))
    return any(name is not None and name.startswith(_OF_A_THREAD) for name in names)


def gives_context(node: ast.Call, full_name: FullName) -> bool:
    """Whether a call only gives the object whose attributes are a setting: `decimal.getcontext()`."""
    return full_name(node.func) in _CONTEXTS


def _begins_with(node: ast.Call, word: str) -> bool:
    """Whether what a call sets begins with a word: its first argument, or else all of its keywords."""
    if node.args:
        options = [argument for argument in node.args[::2] if isinstance(argument, ast.Constant)]
        return len(options) == len(node.args[::2]) and all(str(option.value).startswith(word) for option in options)
    return bool(node.keywords) and all((keyword.arg or "").startswith(word) for keyword in node.keywords)
