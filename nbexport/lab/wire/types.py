"""What the panel in JupyterLab and the server say to each other; `src/wire.ts` is generated from these types.

Cells are counted from 0 here, as notebooks in the browser do; rows and columns from 1, as everywhere else in nbexport.
Paths are those of the contents manager: `/` between names, from the server's root.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypedDict

from nbexport.model import Severity, Verdict
from nbexport.plan import Action


class WirePlace(TypedDict):
    """A place in a cell; `notebook` is the path of another notebook than the one that the answer is about, or empty."""

    notebook: str
    cell: int
    cell_id: str | None
    row: int
    column: int
    end_row: int
    end_column: int


class WireRelated(TypedDict):
    """Another cell that has to do with a finding."""

    place: WirePlace
    message: str


class WireFix(TypedDict):
    """A fix that the server can apply."""

    message: str
    safe: bool


class WireFinding(TypedDict):
    """One finding."""

    key: str
    code: str
    name: str
    severity: Severity
    message: str
    hint: str
    place: WirePlace
    related: list[WireRelated]
    fix: WireFix | None


class WireLevel(TypedDict):
    """One step of the ladder, and what the notebook lacks for it."""

    number: int
    name: str
    reached: bool
    needs: list[str]


class WireParameter(TypedDict):
    """One option of `train.py`; `notebook` as in a place."""

    notebook: str

    name: str
    option: str
    type: str
    default: str
    help: str
    cell: int


class WireFlow(TypedDict):
    """What one code cell binds and reads, by which the browser tells what is stale in a kernel.

    `binds` has the names whose objects the cell changes in place, too. `reads` has those that do not come from the cell
    itself, the reads of the functions that it calls included. Cells in another language have no entry.
    """

    cell: int
    cell_id: str | None
    binds: list[str]
    reads: list[str]


class WireCheck(TypedDict):
    """The answer of `check`.

    `revision` names the notebook that was checked: the next request may send only what has changed since. `unread` says
    why nothing was checked (another language, a notebook too large to check while somebody types); empty when it was.

    Where several notebooks become one project, ladder and parameters are those of the project, `elsewhere` are findings
    in the other notebooks, and `roles_elsewhere` the roles that those have.
    """

    revision: str
    unread: str
    language: str
    findings: list[WireFinding]
    ladder: list[WireLevel]
    parameters: list[WireParameter]
    roles: list[list[str]]
    flow: list[WireFlow]
    elsewhere: list[WireFinding]
    roles_elsewhere: list[str]


class WireTogether(TypedDict):
    """The answer of `together`: the notebooks that become one project, in the order in which they run.

    `configured` are those that a configuration names, `others` could be added. `project` is a project of several
    notebooks, this one among them, or empty. `file` is the configuration that says it, or would: it `is_new` where it
    does not exist, and `refusal` says why it cannot be written.
    """

    notebooks: list[str]
    configured: list[str]
    others: list[str]
    project: str
    file: str
    is_new: bool
    refusal: str


class WireProposal(TypedDict):
    """What to do with one code cell."""

    cell: int
    cell_id: str | None
    roles: list[str]
    tags: list[str]
    reason: str
    confidence: float
    left_out_reason: str
    tagged: bool


class WireSuggestion(TypedDict):
    """The answer of `tag`."""

    result: str
    proposals: list[WireProposal]
    notes: list[str]


class WireCell(TypedDict):
    """A cell after a fix."""

    id: str | None
    cell_type: str
    source: str
    tags: list[str]


class WireFixed(TypedDict):
    """The answer of `fix`."""

    cells: list[WireCell]


class WireInserted(TypedDict):
    """The answer of `insert`: `reasons` say where each part of the new cell comes from, and what to check in it."""

    cells: list[WireCell]
    reasons: list[str]


class Purpose(StrEnum):
    """What a file of a project is for, in the order in which files are shown."""

    CODE = "code"
    SERVICE = "service"
    PIPELINE = "pipeline"
    PLATFORM = "platform"
    TESTS = "tests"
    DEPLOYMENT = "deployment"
    DOCUMENTATION = "documentation"
    SETTINGS = "settings"
    RUNTIME = "runtime"
    DATA = "data"


class WireFile(TypedDict):
    """One file of a plan.

    Texts are null where there is no such file, or where it is binary or too long to be looked at. `text` would be
    written; `before` is on disk now, and `base` was written by the last export: both only for a file that would change.
    """

    path: str
    purpose: Purpose
    action: Action
    note: str
    text: str | None
    before: str | None
    base: str | None
    diff: str
    size_bytes: int


class WireAssumption(TypedDict):
    """A call in a cell that stays in the notebook, which an export takes to be harmless."""

    place: WirePlace
    object: str
    call: str
    reason: str


class WirePlan(TypedDict):
    """The answer of `plan`: what would be written, or what prevents it."""

    folder: str
    files: list[WireFile]
    notes: list[str]
    refused: list[WireFinding]
    verdict: Verdict
    assumptions: list[WireAssumption]
    verified: bool
    digest: str


class WireApplied(TypedDict):
    """The answer of `apply`; `open` is a path to look at, empty where every file was left out."""

    folder: str
    open: str
    written: int


class WireCompared(TypedDict):
    """One figure of notebook and project, side by side; `difference` is empty where they are equal."""

    kind: str
    name: str
    notebook: str
    project: str
    difference: str
    equal: bool


class WireVerdict(TypedDict):
    """What a verification found: the likely cause first, then the figures, differing ones first.

    `remarks` are whole sentences, such as what was not compared; `verified` says that the lock records it.
    """

    equal: bool
    summary: str
    cause: str
    fix: str
    figures: list[WireCompared]
    remarks: list[str]
    verified: bool


class JobKind(StrEnum):
    """What a job does: write a project, compare it with the notebook, run its tests, run its service."""

    EXPORT = "export"
    VERIFY = "verify"
    TEST = "test"
    SERVE = "serve"


class JobState(StrEnum):
    """How far a job is; a service that answers is `running` with `ready`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WireJob(TypedDict):
    """Work of the server that goes on without the tab that began it.

    Step number `step` of `steps` runs (0 of 0 where it cannot be said), and is called `doing`. Times are ISO 8601 in
    UTC; `ended` is empty until then. `lines` are the last of what it printed. `ready` says that a service answers, and
    `examples` are bodies that it can be asked.
    """

    id: str
    kind: JobKind
    notebook: str
    folder: str
    level: int
    state: JobState
    step: int
    steps: int
    doing: str
    begun: str
    ended: str
    lines: list[str]
    applied: WireApplied | None
    verdict: WireVerdict | None
    ready: bool
    examples: list[str]
    problem: WireProblem | None


class WireJobs(TypedDict):
    """The jobs of a notebook, newest first, those of earlier sessions of the server included."""

    jobs: list[WireJob]


class WireUndo(TypedDict):
    """What taking back the last export does; `step` says which export that is, `at` when it was (ISO 8601, UTC).

    So many files are removed and restored. `conflicts` are those that were edited by hand and would be replaced;
    `notes` say what is merged or kept. `left` is how many earlier exports can be taken back after it.
    """

    step: str
    at: str
    notebook: str
    level: int
    removed: int
    restored: int
    conflicts: list[str]
    notes: list[str]
    left: int


class WireAnswer(TypedDict):
    """What a service answered."""

    status: int
    body: str
    milliseconds: float


class WireRole(TypedDict):
    """A role of the catalogue."""

    name: str
    summary: str


class WireRule(TypedDict):
    """A rule of the catalogue."""

    code: str
    name: str
    title: str
    severity: Severity
    doc: str


class WireStage(TypedDict):
    """A level of the catalogue."""

    number: int
    name: str
    summary: str
    exports: bool


class WireCatalogue(TypedDict):
    """The answer of `catalogue`: all that the browser offers comes from here."""

    version: str
    roles: list[WireRole]
    levels: list[WireStage]
    rules: list[WireRule]


class WireProblem(TypedDict):
    """Why a request was not answered, in words for the person who asked."""

    message: str
    why: str
    fix: str
