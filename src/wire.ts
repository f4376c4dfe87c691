// Made from nbexport/wire.py by docs/make_wire.py; change it there and run `make docs`.

/** A place in a cell. */
export interface Place {
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

/** One option of `train.py`. */
export interface Parameter {
  name: string;
  option: string;
  type: string;
  default: string;
  help: string;
  cell: number;
}

/** The answer of `check`. */
export interface Check {
  findings: Finding[];
  ladder: Level[];
  parameters: Parameter[];
  roles: string[][];
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

/** One file of a plan. */
export interface File {
  path: string;
  action: 'create' | 'same' | 'update' | 'merge' | 'conflict' | 'orphan';
  note: string;
  text: string | null;
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

/** The answer of `plan`: what would be written, or what stands against it. */
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

/** One line of `verify`: a step that begins, and in the end the verdict or what went wrong. */
export interface Step {
  step: string | null;
  equal: boolean | null;
  lines: string[];
  error: string | null;
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
