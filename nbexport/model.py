"""The nouns: what each stage hands to the next. All frozen; no behaviour beyond small derived facts.

Positions inside the package are 1-based rows and 1-based columns counted in Unicode code points;
cells are numbered from 1 counting every cell, as `ruff` does. Each door converts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

from nbexport.record import field, record

if TYPE_CHECKING:
    pass


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
    OF_STORED = "of-stored"
    """About what a file stores beside the code: outputs, counts of runs, metadata."""
    OF_NOTEBOOK = "of-notebook"
    """About the whole notebook: it stands in some cell only because a finding has to."""
    PROPOSED = "proposed"
    """Proposals say in words of their own how to supply what it misses."""
    ROLE_FIXES = "role-fixes"
    """It stands in a cell that stays in the notebook: giving that cell a role fixes it."""
    ASSUMES = "assumes"
    """What it reports is assumed to be harmless: no comment silences that in the lock or in a strict export."""
    ROLE_FIXES_EXPLORATION = "role-fixes-exploration"
    """The same, unless that cell trains: seeding again is better than exporting a rival for the numbers it draws."""


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


class CellNumber(int):
    """A cell's number in a document of several notebooks; it reads as people count: ``2 of `a.ipynb` ``.

    As a number it says where the cell stands in the whole document, so it sorts and compares as plain numbers do.

        >>> number = CellNumber(7, own=2, notebook="train.ipynb")
        >>> f"cell {number}", number > 6
        ('cell 2 of `train.ipynb`', True)
    """

    own: int
    """Its number in its own notebook."""
    notebook: str
    """File name of that notebook, without its folder; empty where `%run` brings others in beside it."""
    brought: bool
    """Whether `%run` brings it into the kernel of another notebook."""

    def __new__(cls, number: int, own: int, notebook: str, *, brought: bool = False) -> Self:
        """The number of a cell.

        Args:
            number: Its number in the whole document.
            own: Its number in its own notebook.
            notebook: File name of that notebook; empty for the one that the document is named after.
            brought: Whether `%run` brings it into another one.
        """
        made = super().__new__(cls, number)
        made.own, made.notebook, made.brought = own, notebook, brought
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[int, int, str], dict[str, bool]]:
        return (int(self), self.own, self.notebook), {"brought": self.brought}

    def __str__(self) -> str:
        if not self.notebook:
            return str(self.own)
        # it is written into comments of generated code too
        name = self.notebook if self.notebook.isprintable() else ascii(self.notebook)[1:-1]
        return f"{self.own} of `{name}`"


def is_brought(cell: int) -> bool:
    """Whether `%run` brings a cell into the kernel of another notebook."""
    return isinstance(cell, CellNumber) and cell.brought


def own_place(cell: int) -> tuple[int, str]:
    """A cell's number in its own notebook, and that one's file name; empty where a document is named after it."""
    return (cell.own, cell.notebook) if isinstance(cell, CellNumber) else (cell, "")


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
    format: Literal["ipynb", "percent", "light", "databricks", "markdown"]
    language: str = "python"
    """The kernel's language, lower case."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Notebook, ...] = ()
    """The notebooks that it is joined of, in the order in which they run; empty for one notebook."""
    brought: tuple[Notebook, ...] = ()
    """It as it stands in its file, and then every notebook that it runs (`%run`) or imports; empty where none is."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """File name → text of the modules that are made of the notebooks that it imports."""

    def cell(self, number: int) -> Cell | None:
        """The cell of a number, or None where there is no such cell."""
        match = self.cells[number - 1] if 0 < number <= len(self.cells) else None
        if match is None or match.number != number:
            # a notebook that was trimmed to the cells that its findings are about
            match = next((cell for cell in self.cells if cell.number == number), None)
        return match

    @property
    def digest(self) -> str:
        """sha256 of what the export depends on: kinds, tags and sources; not outputs, counts or ids."""
        from hashlib import sha256  # it loads OpenSSL, and a check never asks

        if several := self.parts or self.brought:
            named = ((part.path.replace("\\", "/").rpartition("/")[2], part.digest) for part in several)
            return sha256("".join(f"{name!a} {digest}\n" for name, digest in named).encode("ascii")).hexdigest()
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
    missing: bool = False
    """Whether it is one more place where the name that the problem is about is missing."""


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
    missing: bool = False
    """Whether `name` is missing there: reports show all places of a missing name as one finding."""

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
