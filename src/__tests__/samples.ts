import type { Cell, Check, File, Finding, Job, Place, Plan, Proposal, Together } from '../wire';

/** Things of the server with what a test does not care about filled in. */

export function aPlace(place: Partial<Place> = {}): Place {
  return { notebook: '', cell: 0, cell_id: 'a', row: 1, column: 1, end_row: 1, end_column: 1, ...place };
}

export function aFinding({
  place,
  ...rest
}: Partial<Omit<Finding, 'place'>> & { place?: Partial<Place> } = {}): Finding {
  return {
    key: 'key',
    code: 'NBX101',
    name: 'hidden-state',
    severity: 'error',
    message: 'the message',
    hint: 'the hint',
    related: [],
    fix: null,
    ...rest,
    place: aPlace(place)
  };
}

export function aProposal(proposal: Partial<Proposal> = {}): Proposal {
  return {
    cell: 0,
    cell_id: 'a',
    roles: ['data'],
    tags: ['data'],
    reason: 'it reads a file',
    confidence: 0.9,
    left_out_reason: '',
    tagged: false,
    ...proposal
  };
}

export function aCell(cell: Partial<Cell> = {}): Cell {
  return { id: 'a', cell_type: 'code', source: 'x = 1', tags: [], ...cell };
}

export function aFile(path: string, action: File['action'] = 'create'): File {
  return { path, purpose: 'code', action, note: '', text: '', before: null, base: null, diff: '', size_bytes: 0 };
}

export function aPlan(files: File[], refused: Finding[] = []): Plan {
  return {
    folder: 'out',
    files,
    notes: [],
    refused,
    verdict: refused.length > 0 ? 'refused' : 'proven',
    assumptions: [],
    verified: false,
    digest: 'digest'
  };
}

export function aCheck(check: Partial<Check> = {}): Check {
  return {
    revision: '',
    unread: '',
    language: 'python',
    findings: [],
    ladder: [],
    parameters: [],
    roles: [],
    flow: [],
    elsewhere: [],
    roles_elsewhere: [],
    ...check
  };
}

export function aJob(job: Partial<Job> = {}): Job {
  return {
    id: 'job',
    kind: 'verify',
    notebook: 'work/churn.ipynb',
    folder: 'work/churn',
    level: 2,
    state: 'running',
    step: 0,
    steps: 0,
    doing: '',
    begun: '2026-11-30T08:00:00Z',
    ended: '',
    lines: [],
    applied: null,
    verdict: null,
    ready: false,
    examples: [],
    problem: null,
    ...job
  };
}

export function aTogether(together: Partial<Together> = {}): Together {
  return {
    notebooks: ['work/churn.ipynb'],
    configured: [],
    others: [],
    project: '',
    file: 'work/nbexport.toml',
    is_new: true,
    refusal: '',
    ...together
  };
}
