"""The nouns of the lift: the program that a notebook becomes, and what is said where it becomes none."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nbexport.model import Assumption, CellNumber, Finding, Notebook, Role
from nbexport.record import field, record

if TYPE_CHECKING:
    pass


TAKEN_VARIABLES = frozenset(
    """HOME LANG PATH PWD PYTHONHASHSEED PYTHONPATH SHELL TEMP TMP TMPDIR USER
    CPUS EXTRA_INDEX FIGURE_TOLERANCE IMAGE INDEX INSTALL MEMORY MODEL PORT PYTHON TORCH UV
    DECIDED FIRST MIN_IMPROVEMENT QUEUE REGISTRY_PASSWORD REGISTRY_USER REPORT_TOKEN ROLLBACK ROLLOUT
    ROLLOUT_ACTION SCORE_INPUT SCORE_OUTPUT SOURCE STATE_BRANCH
    AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_SECRET_ACCESS_KEY AZURE_STORAGE_CONNECTION_STRING
    BODY GH_TOKEN MLFLOW_TRACKING_URI PIPELINE_STORE RUN
    API_KEYS_FILE CLOSED_ROUTES DEADLINE_S DRAIN_S FEATURES_ONLINE INPUT_RANGES LOAD_TIMEOUT_S LOG_DIR
    LOG_FILES LOG_FILE_BYTES LOG_REDACT LOG_STRICT MAX_BATCH MAX_BODY_BYTES MAX_ITEMS MAX_QUEUE MAX_TEXT MAX_TOGETHER
    MODELS_DIR MODEL_DIGEST MODEL_DIR MODEL_MEMORY_BYTES MODEL_PUBLIC_KEY MODEL_THREADS REQUEST_TIMEOUT_S""".split()
)
"""What the system, Make, CI files, the pipeline and the service read: a secret of such a name gets another."""
OF_CI = ("CI_", "GITHUB_", "GITLAB_", "RUNNER_")
"""How the names begin that a CI sets itself; GitHub stores no secret under one."""


@record
class Parameter:
    """One notebook parameter, as it appears in `train.py --help`."""

    name: str
    option: str
    type: str
    """`int`, `float`, `bool`, `str`, `Path`, `list[int]`, `list[float]`, `list[str]`, `dict`, `None`, `Literal`."""
    default: str
    """Source text of the literal; of a secret, of what reads it."""
    help: str
    choices: tuple[Any, ...] = ()
    optional: bool = False
    """Whether the value may be None."""
    cell: int = 0
    secret: bool = False
    """Whether no file may hold its value: a run reads it from its environment."""
    bounds: tuple[tuple[str, float], ...] = ()
    """(`above`, `at_least`, `below` or `at_most`, a number) of what a run accepts."""

    @property
    def variable(self) -> str:
        """The environment variable that holds a secret."""
        name = self.option.lstrip("-").replace("-", "_").upper()
        return f"NOTEBOOK_{name}" if name in TAKEN_VARIABLES or name.startswith(OF_CI) else name


class Operator(StrEnum):
    """How a metric is compared with the threshold of its gate."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    EQUAL = "=="


@record
class Gate:
    """A quality gate: a top-level `assert` on `metrics`."""

    option: str
    """`--min-f1`; the Python name is `min_f1`."""
    metric: str
    operator: Operator
    threshold: float
    cell: int
    source: str


@record
class Stage:
    """One generated stage function."""

    function: str
    role: Role
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    cells: tuple[int, ...]
    path: str = ""
    """The argument that takes where the data lies; empty where there is none."""
    seed: str = ""
    """The argument that takes `--seed`; empty where there is none."""


@record
class Source:
    """A statement of `data` that reads from outside the notebook."""

    path: str | None
    """The literal path it reads, relative to the notebook; None for bundled or generated data."""
    cell: int


@record
class Expression:
    """A type or a default of `predict`, as another file of the project writes it."""

    text: str
    names: frozenset[str] = frozenset()
    """Names that it reads."""


@record
class Argument:
    """One argument of `predict`."""

    name: str
    type: Expression
    """What a request has: arrays, tensors and frames as `WIRE` calls them, `Any` where the notebook says nothing."""
    default: Expression | None = None
    positional_only: bool = False


@record
class Member:
    """One member of what `predict` answers, as far as its code shows them."""

    name: str
    type: Expression


@record
class Predict:
    """The typed `predict` function: the service's interface."""

    arguments: tuple[Argument, ...]
    answer: tuple[Member, ...]
    imports: Mapping[str, str]
    """Name → the line that imports it, for each name that the types and defaults read and that is not built in."""
    docstring: str
    cell: int
    examples: tuple[str, ...] = ()
    """Source text of the notebook's example calls."""


@record
class HandedFile:
    """A file that one notebook writes and a later one reads."""

    path: str
    """Relative to the folder in which a run works."""
    writer: CellNumber
    """The cell that writes it."""
    reader: CellNumber
    """The first cell that reads it."""


@record
class Statement:
    """A statement of the notebook, and where it stands in the lifted files."""

    file: str
    function: str
    """The stage function that it stands in; empty at module level."""
    cell: int
    row: int
    """Its first row in the cell, comments and decorators above it included."""
    end_row: int
    count: int = 1
    """How many statements it has become: the body of `if __name__ == "__main__"` is opened."""
    alone: bool = True
    """Whether no other statement shares a row with it."""
    code: str = ""
    """The Python that its rows run."""


@record
class Program:
    """The lifted program: Python text in the notebook's own words, and the facts emitters need."""

    title: str
    notebook: str
    """File name of the notebook, without its folder."""
    digest: str
    model: str
    """Text of `model.py`."""
    definitions: str
    """Text of `definitions.py`; empty when the notebook defines no helper that is lifted."""
    train: str = ""
    """Text of `train.py` at levels 1 and 2, not yet formatted."""
    train_in_pipeline: str = ""
    """The same from level 3 on, where rows are held back."""
    parameters: tuple[Parameter, ...] = ()
    gates: tuple[Gate, ...] = ()
    stages: tuple[Stage, ...] = ()
    sources: tuple[Source, ...] = ()
    state: tuple[str, ...] = ()
    """Names in the bundle: what `predict` (or, without one, `evaluate`) needs of the training."""
    predict: Predict | None = None
    imports: tuple[str, ...] = ()
    """Dotted modules that the lifted code imports."""
    serve_imports: tuple[str, ...] = ()
    """The part of `imports` that `predict` reaches."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """The notebook's own metrics, read from its stored outputs; empty when it stores none."""
    installs: tuple[str, ...] = ()
    """Requirement texts of `!pip install` lines."""
    declared: tuple[str, ...] = ()
    """Requirements of the notebook's script block (PEP 723), which win over all others."""
    requires_python: str = ""
    """Version specifiers of its script block; empty where it names none."""
    installer_settings: tuple[str, ...] = ()
    """Names of the `[tool]` tables of its script block."""
    held_back: tuple[str, ...] = ()
    """Values of the `data` stages that the evaluation reads and the training does not: rows to compare models on."""
    search_path: tuple[str, ...] = ()
    """Folders that the notebook adds to `sys.path`, as it names them."""
    written_files: Mapping[str, str] = field(default_factory=dict)
    """Relative path → text of files that cells of the notebook write."""
    sets_process: bool = False
    """Whether importing `model.py` sets the process, so that it must be imported before other libraries are."""
    not_shared: str = ""
    """Why the training cannot be spread over processes; empty where it can be tried."""
    unseeded: tuple[int, ...] = ()
    """Numbers of the cells that draw random numbers in lifted code, from a generator that nothing seeds."""
    assumptions: tuple[Assumption, ...] = ()
    """The calls in cells that stay in the notebook which are taken to be harmless."""
    notebooks: tuple[str, ...] = ()
    """File names of several notebooks that became one project, in the order in which they run; empty for one."""
    handed: tuple[HandedFile, ...] = ()
    """The files that one of them writes and a later one reads."""
    statements: tuple[Statement, ...] = ()
    """Where the statements of `model.py` and `definitions.py` come from, in the order of the files."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variable → what the notebook itself has; for runs that compare the two, written to no file."""


@record
class Refused:
    """An export that was refused: the findings say why."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: tuple[Finding, ...]
    """Those of the findings that prevent the export."""
    assumptions: tuple[Assumption, ...] = ()
    """The calls in cells that stay in the notebook which would be taken to be harmless."""


@record
class Lifted:
    """A notebook that can be exported, and what there is to say about it all the same."""

    notebook: Notebook
    program: Program
    findings: tuple[Finding, ...]
    """What concerns the export; of the cells that stay in the notebook a check speaks."""
    cells: frozenset[int] = frozenset()
    """Numbers of the cells that have a role, or that the export takes a statement from."""
