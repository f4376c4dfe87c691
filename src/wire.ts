// Made from nbexport/lab/wire/types.py by docs/make_wire.py; change it there and run `make docs`.

/** A place in a cell; `notebook` is the path of another notebook than the one that the answer is about, or empty. */
export interface Place {
  notebook: string;
  cell: number;
  cell_id: string | null;
  row: number;
  column: number;
  end_row: number;
  end_column: number;
}

/** Another cell that has to do with a finding. */
export interface Related {
  place: Place;
  message: string;
}

/** A fix that the server can apply. */
export interface Fix {
  message: string;
  safe: boolean;
}

/** One finding. */
export interface Finding {
  key: string;
  code: string;
  name: string;
  severity: 'error' | 'warning' | 'advice';
  message: string;
  hint: string;
  place: Place;
  related: Related[];
  fix: Fix | null;
}

/** One step of the ladder, and what the notebook lacks for it. */
export interface Level {
  number: number;
  name: string;
  reached: boolean;
  needs: string[];
}

/** One option of `train.py`; `notebook` as in a place. */
export interface Parameter {
  notebook: string;
  name: string;
  option: string;
  type: string;
  default: string;
  help: string;
  cell: number;
}

/**
 * What one code cell binds and reads, by which the browser tells what is stale in a kernel.
 *
 * `binds` has the names whose objects the cell changes in place, too. `reads` has those that do not come from the cell
 * itself, the reads of the functions that it calls included. Cells in another language have no entry.
 */
export interface Flow {
  cell: number;
  cell_id: string | null;
  binds: string[];
  reads: string[];
}

/**
 * The answer of `check`.
 *
 * `revision` names the notebook that was checked: the next request may send only what has changed since. `unread` says
 * why nothing was checked (another language, a notebook too large to check while somebody types); empty when it was.
 *
 * Where several notebooks become one project, ladder and parameters are those of the project, `elsewhere` are findings
 * in the other notebooks, and `roles_elsewhere` the roles that those have.
 */
export interface Check {
  revision: string;
  unread: string;
  language: string;
  findings: Finding[];
  ladder: Level[];
  parameters: Parameter[];
  roles: string[][];
  flow: Flow[];
  elsewhere: Finding[];
  roles_elsewhere: string[];
}

/**
 * The answer of `together`: the notebooks that become one project, in the order in which they run.
 *
 * `configured` are those that a configuration names, `others` could be added. `project` is a project of several
 * notebooks, this one among them, or empty. `file` is the configuration that says it, or would: it `is_new` where it
 * does not exist, and `refusal` says why it cannot be written.
 */
export interface Together {
  notebooks: string[];
  configured: string[];
  others: string[];
  project: string;
  file: string;
  is_new: boolean;
  refusal: string;
}

/** What to do with one code cell. */
export interface Proposal {
  cell: number;
  cell_id: string | null;
  roles: string[];
  tags: string[];
  reason: string;
  confidence: number;
  left_out_reason: string;
  tagged: boolean;
}

/** The answer of `tag`. */
export interface Suggestion {
  result: string;
  proposals: Proposal[];
  notes: string[];
}

/** A cell after a fix. */
export interface Cell {
  id: string | null;
  cell_type: string;
  source: string;
  tags: string[];
}

/** The answer of `fix`. */
export interface Fixed {
  cells: Cell[];
}

/** The answer of `insert`: `reasons` say where each part of the new cell comes from, and what to check in it. */
export interface Inserted {
  cells: Cell[];
  reasons: string[];
}

/**
 * One file of a plan.
 *
 * Texts are null where there is no such file, or where it is binary or too long to be looked at. `text` would be
 * written; `before` is on disk now, and `base` was written by the last export: both only for a file that would change.
 */
export interface File {
  path: string;
  purpose: 'code' | 'service' | 'pipeline' | 'platform' | 'tests' | 'deployment' | 'documentation' | 'settings' | 'runtime' | 'data';
  action: 'create' | 'same' | 'update' | 'merge' | 'conflict' | 'orphan';
  note: string;
  text: string | null;
  before: string | null;
  base: string | null;
  diff: string;
  size_bytes: number;
}

/** A call in a cell that stays in the notebook, which an export takes to be harmless. */
export interface Assumption {
  place: Place;
  object: string;
  call: string;
  reason: string;
}

/** The answer of `plan`: what would be written, or what prevents it. */
export interface Plan {
  folder: string;
  files: File[];
  notes: string[];
  refused: Finding[];
  verdict: 'proven' | 'assumed' | 'refused';
  assumptions: Assumption[];
  verified: boolean;
  digest: string;
}

/** The answer of `apply`; `open` is a path to look at, empty where every file was left out. */
export interface Applied {
  folder: string;
  open: string;
  written: number;
}

/** One figure of notebook and project, side by side; `difference` is empty where they are equal. */
export interface Compared {
  kind: string;
  name: string;
  notebook: string;
  project: string;
  difference: string;
  equal: boolean;
}

/**
 * What a verification found: the likely cause first, then the figures, differing ones first.
 *
 * `remarks` are whole sentences, such as what was not compared; `verified` says that the lock records it.
 */
export interface Verdict {
  equal: boolean;
  summary: string;
  cause: string;
  fix: string;
  figures: Compared[];
  remarks: string[];
  verified: boolean;
}

/**
 * Work of the server that goes on without the tab that began it.
 *
 * Step number `step` of `steps` runs (0 of 0 where it cannot be said), and is called `doing`. Times are ISO 8601 in
 * UTC; `ended` is empty until then. `lines` are the last of what it printed. `ready` says that a service answers, and
 * `examples` are bodies that it can be asked.
 */
export interface Job {
  id: string;
  kind: 'export' | 'verify' | 'test' | 'serve';
  notebook: string;
  folder: string;
  level: number;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  step: number;
  steps: number;
  doing: string;
  begun: string;
  ended: string;
  lines: string[];
  applied: Applied | null;
  verdict: Verdict | null;
  ready: boolean;
  examples: string[];
  problem: Problem | null;
}

/** The jobs of a notebook, newest first, those of earlier sessions of the server included. */
export interface Jobs {
  jobs: Job[];
}

/**
 * What taking back the last export does; `step` says which export that is, `at` when it was (ISO 8601, UTC).
 *
 * So many files are removed and restored. `conflicts` are those that were edited by hand and would be replaced;
 * `notes` say what is merged or kept. `left` is how many earlier exports can be taken back after it.
 */
export interface Undo {
  step: string;
  at: string;
  notebook: string;
  level: number;
  removed: number;
  restored: number;
  conflicts: string[];
  notes: string[];
  left: number;
}

/** What a service answered. */
export interface Answer {
  status: number;
  body: string;
  milliseconds: number;
}

/** A role of the catalogue. */
export interface Role {
  name: string;
  summary: string;
}

/** A rule of the catalogue. */
export interface Rule {
  code: string;
  name: string;
  title: string;
  severity: 'error' | 'warning' | 'advice';
  doc: string;
}

/** A level of the catalogue. */
export interface Stage {
  number: number;
  name: string;
  summary: string;
  exports: boolean;
}

/** The answer of `catalogue`: all that the browser offers comes from here. */
export interface Catalogue {
  version: string;
  roles: Role[];
  levels: Stage[];
  rules: Rule[];
}

/** Why a request was not answered, in words for the person who asked. */
export interface Problem {
  message: string;
  why: string;
  fix: string;
}
