"""What calls do besides returning a value: the tables of known in-place methods, iteration and random draws.

A table can only know libraries by name. It errs on the side of naming an effect where the name is unmistakable
(`append`, `fit`, `inplace=True`, a trailing underscore in torch) and stays silent on unknown functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.names.kinds import ChangeKind, Generator
from nbexport.record import record

MUTATING_METHODS = frozenset(
    """append extend insert remove pop popitem clear sort reverse update setdefault add discard
    intersection_update difference_update symmetric_difference_update appendleft extendleft popleft rotate
    fit partial_fit fit_transform fit_predict fit_resample set_params load_state_dict step zero_grad
    requires_grad_ register_buffer register_parameter add_module apply_ write writelines seek truncate
    fill put resize setflags itemset subtract load_weights compile add_param_group""".split()
)
"""Methods that change the object they are called on."""

MODE_METHODS = frozenset({"train", "eval"})
"""Methods that switch a torch module between training and inference."""

VIEW_METHODS = frozenset(
    """view reshape ravel squeeze unsqueeze transpose permute detach numpy cpu cuda to T values parameters
    named_parameters children modules items keys flatten expand narrow contiguous data get setdefault""".split()
)
"""Methods whose result may share the object's memory or elements."""

DATA_READERS = (
    "pandas.read_",
    "polars.read_",
    "polars.scan_",
    "numpy.load",
    "numpy.genfromtxt",
    "numpy.fromfile",
    "scipy.io.loadmat",
    "PIL.Image.open",
    "torchvision.datasets.",
)
"""Beginnings of full names of functions that read a data set from files."""

MUTATING_FUNCTIONS = {
    "shuffle": 0,
    "heappush": 0,
    "heappop": 0,
    "heapify": 0,
    "heapreplace": 0,
    "heappushpop": 0,
    "insort": 0,
    "insort_left": 0,
    "insort_right": 0,
    "fill_diagonal": 0,
    "copyto": 0,
    "put_along_axis": 0,
    "setattr": 0,
    "delattr": 0,
    "next": 0,
}
"""Functions that change an argument: last part of the name → the argument's position."""

ITERATING_FUNCTIONS = frozenset(
    {"iter", "next", "enumerate", "list", "tuple", "set", "zip", "tqdm", "sorted", "map", "track"}
)


@record(eq=False)
class Effect:
    """A change in place that a call makes."""

    target: ast.expr
    kind: ChangeKind
    words: str
    """What is done to it, for a message."""
    method: str = ""


def mutations(node: ast.Call, dotted: str | None) -> Iterator[Effect]:
    """What the call changes in place."""
    for keyword in node.keywords:
        if keyword.arg == "inplace" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
            if isinstance(node.func, ast.Attribute):
                method = node.func.attr
                yield Effect(node.func.value, ChangeKind.METHOD, f"calls `.{method}(inplace=True)`", method)
                return
        if keyword.arg == "out":
            yield Effect(keyword.value, ChangeKind.ARGUMENT, "is written to by `out=`")
    if isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method in MODE_METHODS and not node.keywords and all(_is_flag(argument) for argument in node.args):
            off = method == "train" and any(isinstance(a, ast.Constant) and a.value is False for a in node.args)
            yield Effect(node.func.value, ChangeKind.MODE, f"calls `.{method}()`", "eval" if off else method)
        elif method in MUTATING_METHODS:
            yield Effect(node.func.value, ChangeKind.METHOD, f"calls `.{method}()`", method)
        elif method.endswith("_") and not method.endswith("__"):
            yield Effect(node.func.value, ChangeKind.METHOD, f"calls `.{method}()`", method)
            if node.args:
                yield Effect(node.args[0], ChangeKind.ARGUMENT, f"is passed to `{method}`")
    if dotted is not None:
        last = dotted.rpartition(".")[2]
        position = MUTATING_FUNCTIONS.get(last)
        # `next(model.parameters())` moves an iterator on that nothing else holds
        fresh = last == "next" and node.args and isinstance(node.args[0], ast.Call)
        if position is not None and len(node.args) > position and not fresh:
            yield Effect(node.args[position], ChangeKind.ARGUMENT, f"is passed to `{dotted}`")


def _is_flag(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def iterated_arguments(node: ast.Call, dotted: str | None) -> Iterator[ast.expr]:
    """Arguments that the call iterates."""
    if dotted is not None and dotted.rpartition(".")[2] in ITERATING_FUNCTIONS:
        yield from node.args


def names_in_text(node: ast.Call) -> Iterator[str]:
    """Names of the caller that pandas reads out of a string argument."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("query", "eval") or not node.args:
        return
    text = node.args[0]
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return
    yield from re.findall(r"@([A-Za-z_]\w*)", text.value)
    if isinstance(node.func.value, ast.Name) and node.func.value.id in ("pd", "pandas"):
        try:
            parsed = ast.parse(text.value.strip(), mode="eval")
        except (SyntaxError, ValueError):
            return
        yield from (part.id for part in ast.walk(parsed) if isinstance(part, ast.Name))


def never_iterates(node: ast.expr) -> bool:
    """Whether a loop over the expression provably runs no round: an empty literal, `range(0)`."""
    if isinstance(node, ast.List | ast.Tuple):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes) and not node.value
    is_range = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
    if is_range and isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
        return isinstance(node.args[0].value, int) and node.args[0].value <= 0
    return False


def surely_iterates(node: ast.expr) -> bool:
    """Whether a loop over the expression runs at least once, whatever happens."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return any(not isinstance(element, ast.Starred) for element in node.elts)
    if isinstance(node, ast.Dict):
        return any(key is not None for key in node.keys)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes) and bool(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "range" and node.args and all(isinstance(arg, ast.Constant) for arg in node.args):
            try:
                return bool(range(*[arg.value for arg in node.args if isinstance(arg, ast.Constant)]))  # type: ignore[arg-type]
            except (TypeError, ValueError):
                return False
        if node.func.id in ("enumerate", "zip", "sorted", "reversed", "list", "tuple") and node.args:
            return all(surely_iterates(arg) for arg in node.args)
    return False


# --------------------------------------------------------------------------- random state

SEEDS = {
    "numpy.random.seed": (Generator.NUMPY,),
    "random.seed": (Generator.RANDOM,),
    "torch.manual_seed": (Generator.TORCH,),
    "torch.random.manual_seed": (Generator.TORCH,),
    "torch.seed": (Generator.TORCH,),
    "numpy.random.set_state": (Generator.NUMPY,),
    "torch.set_rng_state": (Generator.TORCH,),
    "random.setstate": (Generator.RANDOM,),
    "pytorch_lightning.seed_everything": (Generator.RANDOM, Generator.NUMPY, Generator.TORCH),
    "lightning.seed_everything": (Generator.RANDOM, Generator.NUMPY, Generator.TORCH),
    "transformers.set_seed": (Generator.RANDOM, Generator.NUMPY, Generator.TORCH),
    "tensorflow.random.set_seed": (Generator.TENSORFLOW,),
    "tensorflow.keras.utils.set_random_seed": (Generator.RANDOM, Generator.NUMPY, Generator.TENSORFLOW),
    "keras.utils.set_random_seed": (Generator.RANDOM, Generator.NUMPY, Generator.TENSORFLOW),
}
"""Calls that set a generator's state: full name → generators."""

QUIET_CALLS = frozenset({"torch.cuda.is_available", "str", "int"})
TORCH_DRAWING_METHODS = frozenset("normal_ uniform_ random_ bernoulli_ exponential_ log_normal_ cauchy_".split())

_NUMPY_QUIET = frozenset(
    {"seed", "default_rng", "RandomState", "Generator", "get_state", "set_state", "SeedSequence", "PCG64", "MT19937"}
)
_RANDOM_QUIET = frozenset({"seed", "getstate", "setstate", "Random", "SystemRandom"})
_TORCH_DRAWS = frozenset(
    """rand randn randint randperm normal bernoulli multinomial rand_like randn_like randint_like poisson
    dropout""".split()
)
_TORCH_LAYERS = frozenset(
    """Linear Bilinear LazyLinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d
    LazyConv2d Embedding EmbeddingBag RNN LSTM GRU RNNCell LSTMCell GRUCell MultiheadAttention Transformer
    TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer""".split()
)
_DRAWING_SKLEARN = frozenset(
    """train_test_split shuffle resample make_classification make_regression make_blobs make_moons make_circles
    KFold StratifiedKFold ShuffleSplit StratifiedShuffleSplit RandomizedSearchCV permutation_importance
    make_friedman1 make_s_curve make_swiss_roll make_gaussian_quantiles""".split()
)
RANDOM_ESTIMATORS = frozenset(
    """RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor ExtraTreeClassifier
    GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier
    HistGradientBoostingRegressor DecisionTreeClassifier DecisionTreeRegressor SGDClassifier SGDRegressor
    MLPClassifier MLPRegressor KMeans MiniBatchKMeans Perceptron PassiveAggressiveClassifier BaggingClassifier
    BaggingRegressor AdaBoostClassifier AdaBoostRegressor GaussianMixture BayesianGaussianMixture TSNE
    IsolationForest LinearSVC RandomizedSearchCV NMF TruncatedSVD SpectralClustering RandomTreesEmbedding
    BernoulliRBM FastICA MiniBatchDictionaryLearning LatentDirichletAllocation Nystroem RBFSampler
    QuantileTransformer IterativeImputer SplineTransformer RANSACRegressor TheilSenRegressor MDS""".split()
)
"""scikit-learn estimators whose `fit` draws from numpy's global generator unless given `random_state`."""


GENERATORS = frozenset(
    """numpy.random.default_rng numpy.random.Generator numpy.random.RandomState numpy.random.mtrand.RandomState
    random.Random torch.Generator sklearn.utils.check_random_state""".split()
)
"""Calls that make a random generator of its own."""
GENERATOR_WORDS = ("default_rng", "Generator", "RandomState", "Random(", "check_random_state")
"""One of them stands wherever a generator is made."""
STILL_METHODS = frozenset("get_state getstate __getstate__ initial_seed bit_generator".split())
"""Methods of generators that leave the state as it is."""
STILL_FUNCTIONS = frozenset("print type repr str id isinstance display hash dir vars hasattr callable".split())
"""Functions that leave a generator which they are given as it is."""


def draws(full_name: str, node: ast.Call) -> Generator | None:
    """The global generator that this call draws from, or None.

    Args:
        full_name: The callee with its import resolved: `numpy.random.rand`, `torch.nn.Linear`.
        node: The call.
    """
    keywords = {keyword.arg for keyword in node.keywords if not is_none(keyword.value)}
    module, _, last = full_name.rpartition(".")
    root = full_name.partition(".")[0]
    if module == "numpy.random" and last not in _NUMPY_QUIET:
        return Generator.NUMPY
    if module == "random" and last not in _RANDOM_QUIET:
        return Generator.RANDOM
    if root == "torch" and "generator" not in keywords:
        if last in _TORCH_DRAWS or module == "torch.nn.init" or last == "random_split":
            return None if last in ("constant_", "zeros_", "ones_", "eye_") else Generator.TORCH
        if module in ("torch.nn", "torch.nn.modules") and last in _TORCH_LAYERS:
            return Generator.TORCH
    if root == "torchvision" and module.startswith("torchvision.models"):
        return Generator.TORCH
    if root in ("torchsummary", "torchinfo") and last == "summary":
        return Generator.TORCH
    if root == "sklearn" and "random_state" not in keywords and last in _DRAWING_SKLEARN:
        shuffle = next((keyword.value for keyword in node.keywords if keyword.arg == "shuffle"), None)
        if isinstance(shuffle, ast.Constant) and not shuffle.value:
            return None
        if last in ("KFold", "StratifiedKFold"):
            return Generator.NUMPY if shuffle is not None else None
        return Generator.NUMPY
    if root == "seaborn" and last in ("stripplot", "catplot", "regplot", "lmplot"):
        return Generator.NUMPY
    return None


def is_none(node: ast.expr) -> bool:
    """Whether an expression is the literal None."""
    return isinstance(node, ast.Constant) and node.value is None
