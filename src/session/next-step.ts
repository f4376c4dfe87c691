import { errorCount } from '../findings';
import type { Check, Finding, Job, Plan } from '../wire';
import { canExport, type FileChoices, openConflicts, writtenFiles } from './choices';
import { isActive } from './job-list';

/** What is to be done next to bring a notebook to production. */
export type NextStep =
  | { kind: 'wait' }
  | { kind: 'check' }
  | { kind: 'unread'; why: string }
  | { kind: 'propose'; missing: readonly string[] }
  | { kind: 'accept'; count: number; missing: readonly string[] }
  | { kind: 'insert'; what: 'metrics' | 'predict' }
  | { kind: 'tag'; missing: readonly string[] }
  | { kind: 'resolve'; count: number; fixable: number }
  | { kind: 'lacks'; needs: readonly string[] }
  | { kind: 'archive' }
  | { kind: 'preview' }
  | { kind: 'refused'; finding: Finding }
  | { kind: 'settle'; count: number }
  | { kind: 'nothing-chosen' }
  | { kind: 'export'; created: number; changed: number }
  | { kind: 'running'; job: Job }
  | { kind: 'verify' }
  | { kind: 'different'; job: Job }
  | { kind: 'test' }
  | { kind: 'serve' }
  | { kind: 'ask'; job: Job }
  | { kind: 'failed'; job: Job }
  | { kind: 'done' };

/** All that the next step follows from. */
export interface Situation {
  check: Check | null;
  isCheckCurrent: boolean;
  checkAsYouType: boolean;
  level: number;
  /** How many proposed roles are not accepted; null before somebody asks. */
  openProposals: number | null;
  plan: Plan | null;
  isPlanCurrent: boolean;
  choices: FileChoices;
  hasNoFiles: boolean;
  /** Whether the folder holds what would be written now. */
  isWritten: boolean;
  jobs: readonly Job[];
  isAboutPresent: (job: Job) => boolean;
  /** Whether the service of a job has answered a request. */
  hasAnswered: (job: Job) => boolean;
}

/** The code of a role that a level needs and no cell has: the next step says it, once for all roles. */
export const MISSING_ROLE = 'NBX201';
/** The code of a number in a stage, which could be an option. */
export const LITERAL_IN_STAGE = 'NBX207';
const NO_METRICS = 'NBX204';
/** The codes of what cells without a role bind, change, draw, write or set for those that have one. */
const STAYS_IN_NOTEBOOK = ['NBX103', 'NBX104', 'NBX105', 'NBX112', 'NBX120'];
const LEVEL_WITH_SERVICE = 2;

/** The roles that a level needs and no cell has. */
export function missingRoles(check: Check, level: number): string[] {
  const needed = level >= LEVEL_WITH_SERVICE ? ['train', 'evaluate', 'predict'] : ['train', 'evaluate'];
  const given = [...check.roles, check.roles_elsewhere];
  return needed.filter(role => !given.some(roles => roles.includes(role)));
}

/** The findings that are told one by one: missing roles and numbers in stages are told together, in another place. */
export function toldFindings(findings: readonly Finding[]): Finding[] {
  return findings.filter(finding => finding.code !== MISSING_ROLE && finding.code !== LITERAL_IN_STAGE);
}

/** The findings without those that say only that other cells have no role yet, for as long as roles are being given. */
export function withoutRolesToCome(findings: readonly Finding[], step: NextStep): Finding[] {
  const isGivingRoles = step.kind === 'propose' || step.kind === 'accept';
  return findings.filter(finding => !(isGivingRoles && STAYS_IN_NOTEBOOK.includes(finding.code)));
}

/** The one next step. */
export function nextStep(situation: Situation): NextStep {
  const { check, jobs } = situation;
  if (!check) {
    return { kind: 'wait' };
  }
  if (check.unread) {
    return { kind: 'unread', why: check.unread };
  }
  const running = jobs.find(job => isActive(job) && !job.ready);
  if (running) {
    return { kind: 'running', job: running };
  }
  if (!situation.isCheckCurrent && !situation.checkAsYouType) {
    return { kind: 'check' };
  }
  const level = check.ladder.find(other => other.number === situation.level);
  if (level && !level.reached) {
    return stepToLevel(check, level.needs, situation);
  }
  return stepToProject(situation);
}

/** What the notebook lacks for its level: roles first, then cells to be written, then errors. */
function stepToLevel(check: Check, needs: readonly string[], { level, openProposals }: Situation): NextStep {
  const missing = missingRoles(check, level);
  if (missing.length > 0) {
    if (openProposals === null) {
      return { kind: 'propose', missing };
    }
    if (openProposals > 0) {
      return { kind: 'accept', count: openProposals, missing };
    }
    if (missing.includes('train')) {
      return { kind: 'tag', missing };
    }
    if (check.roles_elsewhere.includes('train')) {
      // what is missing belongs into the notebook that trains
      return { kind: 'lacks', needs };
    }
  }
  // metrics first: a lower level needs them
  if (missing.includes('evaluate') || check.findings.some(finding => finding.code === NO_METRICS)) {
    return { kind: 'insert', what: 'metrics' };
  }
  if (missing.length > 0) {
    return { kind: 'insert', what: 'predict' };
  }
  const told = toldFindings([...check.findings, ...check.elsewhere]);
  const count = errorCount(told);
  if (count > 0) {
    const fixable = told.filter(({ severity, fix }) => severity === 'error' && fix?.safe).length;
    return { kind: 'resolve', count, fixable };
  }
  return { kind: 'lacks', needs };
}

/** From a notebook that has what its level needs to a project that is verified and runs. */
function stepToProject(situation: Situation): NextStep {
  const { plan, choices } = situation;
  if (situation.hasNoFiles) {
    return { kind: 'archive' };
  }
  if (situation.isWritten) {
    return stepAfterExport(situation);
  }
  if (!plan || !situation.isPlanCurrent) {
    return { kind: 'preview' };
  }
  const [finding] = plan.refused;
  if (finding) {
    return { kind: 'refused', finding };
  }
  const conflicts = openConflicts(plan, choices).length;
  if (conflicts > 0) {
    return { kind: 'settle', count: conflicts };
  }
  if (!canExport(plan, choices)) {
    return { kind: 'nothing-chosen' };
  }
  const written = writtenFiles(plan, choices);
  const created = written.filter(file => file.action === 'create').length;
  return { kind: 'export', created, changed: written.length - created };
}

/** A project that is written is verified, and then run. */
function stepAfterExport({ level, jobs, isAboutPresent, hasAnswered }: Situation): NextStep {
  // jobs are newest first; a cancelled one has said nothing
  const latest = (kind: Job['kind']) =>
    jobs.find(job => job.kind === kind && job.state !== 'cancelled' && isAboutPresent(job));
  const verified = latest('verify');
  if (!verified) {
    return { kind: 'verify' };
  }
  if (verified.state === 'failed') {
    return { kind: 'failed', job: verified };
  }
  if (verified.verdict && !verified.verdict.equal) {
    return { kind: 'different', job: verified };
  }
  const runKind = level >= LEVEL_WITH_SERVICE ? 'serve' : 'test';
  const run = latest(runKind);
  if (!run) {
    return { kind: runKind };
  }
  if (run.state === 'failed') {
    return { kind: 'failed', job: run };
  }
  return run.kind === 'serve' && isActive(run) && !hasAnswered(run) ? { kind: 'ask', job: run } : { kind: 'done' };
}
