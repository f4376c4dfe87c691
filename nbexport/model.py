"""The nouns: what each stage hands to the next. All frozen; no behaviour beyond small derived facts.

Positions inside the package are 1-based rows and 1-based columns counted in Unicode code points;
cells are numbered from 1 counting every cell, as `ruff` does. Each door converts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from nbexport.record import field, record

if TYPE_CHECKING:
    from pathlib import Path


class Role(StrEnum):
    """What a tagged cell becomes."""

    PARAMETERS = "parameters"
    DATA = "data"
    FEATURES = "features"
    MODEL = "model"
    TRAIN = "train"
    EVALUATE = "evaluate"
    PREDICT = "predict"
    DEFINE = "define"
    SKIP = "skip"


STAGE_ROLES = (Role.DATA, Role.FEATURES, Role.MODEL, Role.TRAIN, Role.EVALUATE)
"""Roles whose cells become stage functions, in the order a reader expects them."""


class Severity(StrEnum):
    """How much a finding weighs: only errors stop an export."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Trait(StrEnum):
    """What is special about a rule, stated in its file as `TRAITS`; most rules have none."""

    ASKS_LEVEL = "asks-level"
    """What it says depends on the level that is asked for."""
    OF_LIFT = "of-lift"
    """The lift reports it, which alone knows what it can place."""
    OF_SUPPRESSION = "of-suppression"
    """Reported when all rules have spoken: only then is it known which suppressions silence nothing."""
    OF_NOTEBOOK = "of-notebook"
    """About the whole notebook: it stands in some cell only because a finding has to."""
    PROPOSED = "proposed"
    """Proposals say in words of their own how to supply what it misses."""
    ROLE_FIXES = "role-fixes"
    """It stands in a cell that stays in the notebook: giving that cell a role fixes it."""
    ASSUMES = "assumes"
    """What it reports is assumed to be harmless: no comment silences that in the lock or in a strict export."""
    ROLE_FIXES_EXPLORATION = "role-fixes-exploration"
    """The same, unless that cell trains: seeding anew is better than exporting a rival for the numbers it draws."""


@record(order=True)
class Span:
    """A stretch of one cell's source; rows and columns from 1, `end_column` exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


@record
class Magic:
    """One piece of IPython syntax in a cell.

    `kind`: `line` (`%name …`), `cell` (`%%name …`), `shell` (`!cmd`, `!!cmd`), `help` (`x?`, `?x`).
    `target` is the name bound by `x = %name …` or `x = !cmd`.
    `runs_python` says that `argument` (or, for a cell magic, the body) is Python that runs in the notebook's
    namespace and stands in `Cell.code`: `%time f(x)`, `%%time`, `%%capture out`.
    """

    kind: Literal["line", "cell", "shell", "help"]
    name: str
    argument: str
    span: Span
    target: str | None = None
    runs_python: bool = False


@record
class Cell:
    """One notebook cell as a person sees it, and as Python runs it."""

    number: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    id: str | None = None
    tags: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    code: str = ""
    """Python that the cell runs: same number of lines as `source`, IPython syntax replaced line by line
    (a line that runs no Python is `pass`, keeping its indentation). Empty when `language` is not Python."""
    magics: tuple[Magic, ...] = ()
    language: str = "python"
    """`python`, or the language of a cell magic that runs elsewhere (`bash`, `html`, `javascript` …)."""
    column_shifts: Mapping[int, int] = field(default_factory=dict)
    """Row → how many columns left of `source` its text stands in `code` (`%time f(x)` → `f(x)`: 6)."""
    lines: Sequence[tuple[int, int]] = ()
    """For each source line, the 1-based line and column of its first character in the file."""
    file_line: int = 1
    """Line of the file on which the cell begins."""
    execution_count: int | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether a top-to-bottom run executes this cell as Python."""
        return self.kind == "code" and self.language == "python" and "skip-execution" not in self.tags

    def row_span(self, row: int) -> Span:
        """The text of one row, without the spaces around it."""
        rows = self.source.split("\n")
        text = rows[row - 1] if 0 < row <= len(rows) else ""
        start = len(text) - len(text.lstrip())
        return Span(row, start + 1, row, max(start, len(text.rstrip())) + 1)


@record
class Notebook:
    """A notebook read from a file, whatever its format."""

    path: str
    cells: tuple[Cell, ...]
    format: Literal["ipynb", "percent"]
    language: str = "python"
    """The kernel's language, lower case."""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def cell(self, number: int) -> Cell | None:
        """The cell of a number, or None where there is no such cell."""
        found = self.cells[number - 1] if 0 < number <= len(self.cells) else None
        if found is None or found.number != number:
            # a notebook that was trimmed to the cells that its findings are about
            found = next((cell for cell in self.cells if cell.number == number), None)
        return found

    @property
    def digest(self) -> str:
        """sha256 of what the export depends on: kinds, tags and sources; not outputs, counts or ids."""
        from hashlib import sha256  # it loads OpenSSL, and a check never asks

        facts = "".join(f"{part!a}\n" for cell in self.cells for part in (cell.kind, cell.tags, cell.source))
        return sha256(facts.encode("ascii")).hexdigest()


@record
class Edit:
    """Replace `span` of a cell's source by `text` (an empty span inserts)."""

    cell: int
    span: Span
    text: str


@record
class Part:
    """Rows of a cell that become a cell of their own with roles; where they are all of it, the cell gets the roles."""

    cell: int
    row: int
    end_row: int
    """The last row of it."""
    roles: tuple[Role, ...]


@record
class Fix:
    """A fix that can be applied; `safe` keeps the notebook's behaviour."""

    message: str
    edits: tuple[Edit, ...] = ()
    safe: bool = True
    parameters: tuple[str, ...] = ()
    """Lines such as `epochs = 10` to add to the `parameters` cell (made when there is none)."""
    parts: tuple[Part, ...] = ()
    """Statements that become part of the export, in the order that they have."""


@record
class Related:
    """Another place that has to do with a problem, and what it has to do with it (`bound here`)."""

    cell: int
    span: Span
    message: str


@record
class Problem:
    """What a rule has to say about one place: the cause in `message`, the fix (one action) in `hint`."""

    message: str
    hint: str
    cell: int
    span: Span
    name: str = ""
    """The Python name it is about, where there is one."""
    fix: Fix | None = None
    related: tuple[Related, ...] = ()
    """The other cells that are the cause, or that suffer from it."""
    secret: bool = False
    """Whether the place holds a secret, which no report shows."""

    @property
    def hoistable(self) -> bool:
        """Whether its fix makes a parameter of a literal."""
        return self.fix is not None and bool(self.fix.parameters)


@record
class Finding:
    """A rule's problem with the rule's code and severity, as reports show it."""

    code: str
    severity: Severity
    problem: Problem


class Verdict(StrEnum):
    """What the analysis answers for everything that exported code reads."""

    PROVEN = "proven"
    """No cell that stays in the notebook can matter."""
    ASSUMED = "assumed"
    """A cell that stays in the notebook calls something unknown on it, which is taken to be harmless."""
    REFUSED = "refused"
    """A cell that stays in the notebook does matter."""


@record
class Assumption:
    """A call in a cell that stays in the notebook, which an export takes to be harmless."""

    cell: int
    line: int
    """Row in the cell."""
    object: str
    """What the call gets, and exported code reads later."""
    call: str
    """What is called, of which nothing is known."""
    reason: str
    """Why it is doubtful."""


Results = Sequence[tuple[Notebook, Sequence[Finding]]]
"""What was checked, with what was found."""


@record
class Outcome:
    """How a check itself went, beside what it found."""

    exit_code: int = 0
    strict: bool = False
    """Whether warnings fail the check too."""
    troubles: tuple[tuple[str, str], ...] = ()
    """(path, what happened) of each notebook that could not be read."""

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is one that fails the check."""
        return finding.severity is Severity.ERROR or (self.strict and finding.severity is Severity.WARNING)


# --------------------------------------------------------------------------- what an export is asked for


@record
class ExportRequest:
    """What somebody asks to be exported, and where to."""

    notebook: Path
    output: Path
    """Folder of the project."""
    level: int
    """Maturity level, 1 to 4."""
    ci: str | None = None
    """Where a level 3 project is retrained; None leaves it where the last export put it."""
    fix: bool = False
    """Make parameters of the literals in the notebook's stages, and export the statements that it needs, first."""
    text: str | None = None
    """What the notebook is taken to hold; None reads it."""
    strict: bool = False
    """Refuse what a warning or an assumption concerns."""
    runtime: str | None = None
    """How the project has the runtime; None leaves it as the last export had it."""
    runtime_wheel: Path | None = None
    """The wheel of the runtime, where it is a package; None takes the one that lies in the project."""


# --------------------------------------------------------------------------- the program that the lift makes


TAKEN_VARIABLES = frozenset(
    """HOME LANG PATH PWD PYTHONHASHSEED PYTHONPATH SHELL TEMP TMP TMPDIR USER
    CPUS EXTRA_INDEX FIGURE_TOLERANCE IMAGE INDEX INSTALL MEMORY MODEL PORT PYTHON TORCH UV
    DECIDED FIRST MIN_IMPROVEMENT QUEUE REGISTRY_PASSWORD REGISTRY_USER REPORT_TOKEN ROLLBACK ROLLOUT
    ROLLOUT_ACTION SOURCE STATE_BRANCH
    AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_SECRET_ACCESS_KEY AZURE_STORAGE_CONNECTION_STRING
    BODY GH_TOKEN MLFLOW_TRACKING_URI PIPELINE_STORE RUN
    API_KEYS_FILE CLOSED_ROUTES DEADLINE_S DRAIN_S INPUT_RANGES LOAD_TIMEOUT_S LOG_DIR LOG_FILES LOG_FILE_BYTES
    LOG_REDACT LOG_STRICT MAX_BATCH MAX_BODY_BYTES MAX_ITEMS MAX_QUEUE MAX_TEXT MAX_TOGETHER
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
    named_files: tuple[str, ...] = ()
    """Relative paths among the arguments of what lifted code calls; which of them are read, the disk says."""
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
    written_modules: Mapping[str, str] = field(default_factory=dict)
    """File name → text of modules that cells of the notebook write."""
    called: frozenset[str] = frozenset()
    """Full names, or bare names of methods, of all that the lifted code calls, and the schemes of its addresses."""
    sets_process: bool = False
    """Whether importing `model.py` sets the process, so that it must be imported before other libraries are."""
    not_shared: str = ""
    """Why the training cannot be spread over processes; empty where it can be tried."""
    assumptions: tuple[Assumption, ...] = ()
    """The calls in cells that stay in the notebook which are taken to be harmless."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variable → what the notebook itself has; for runs that compare the two, written to no file."""


@record
class Refused:
    """An export that was refused: the findings say why."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: tuple[Finding, ...]
    """Those of the findings that stand against the export."""
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


# --------------------------------------------------------------------------- what is written


@record
class Artifact:
    """One file of the exported project; `path` is relative, with `/`."""

    path: str
    content: bytes
    executable: bool = False
    owned: bool = True
    """False for a file that belongs to the user once written (copied data): left alone when it exists."""
    vendored: bool = False
    """A file of the runtime, which nobody edits: replaced whole, never merged."""


@record
class Wheel:
    """A wheel of the runtime."""

    path: str
    """Where it lies in a project."""
    version: str
    content: bytes
    files: Mapping[str, bytes]
    """Path of each file of the runtime, as in a project that vendors it → content."""


@record
class Project:
    """The files of an exported project, before anything is written."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...]
    """Sentences to show with the plan."""
    lifted: Lifted
    """What the files were made of."""
    ejected: tuple[Artifact, ...] = ()
    """The files that are other ones where the runtime is vendored, as they are then."""


class Action(StrEnum):
    """What applying a plan does to one file."""

    CREATE = "create"
    SAME = "same"
    UPDATE = "update"
    MERGE = "merge"
    CONFLICT = "conflict"
    ORPHAN = "orphan"


@record
class Change:
    """One file of a plan: its action, what lies on disk and what would lie there after."""

    path: str
    action: Action
    before: bytes | None
    after: bytes | None
    executable: bool = False
    note: str = ""
    vendored: bool = False
    """Whether it is a file of the runtime."""
    kept: bool = False
    """Whether what lies there is kept beside it as `.orig`."""


@record
class Plan:
    """What an export would do to a folder; nothing has been written."""

    folder: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    """Sentences to show with the plan (a data file too large to copy, say)."""
    assumptions: tuple[Assumption, ...] = ()
    """The calls in cells that stay in the notebook which the export takes to be harmless."""
    verified: bool = False
    """Whether the lock says that this very notebook and project were run and compute the same."""
    lowered_from: int = 0
    """The level of the project that lies there, where it is higher than that of the export; 0 where it is not."""

    @property
    def verdict(self) -> Verdict:
        """Whether the export rests on assumptions."""
        return Verdict.ASSUMED if self.assumptions else Verdict.PROVEN

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The changes that would lose a hand edit."""
        return tuple(change for change in self.changes if change.action is Action.CONFLICT)
