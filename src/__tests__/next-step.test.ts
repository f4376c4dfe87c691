import { describe, expect, it } from 'vitest';

import { missingRoles, nextStep, type Situation, toldFindings, withoutRolesToCome } from '../session/next-step';
import type { Check, Job } from '../wire';
import { aCheck, aFile, aFinding, aJob, aPlan } from './samples';

const ALL_ROLES = [['data'], ['train'], ['evaluate'], ['predict']];

function checked({ isReached = true, roles = ALL_ROLES, ...rest }: Partial<Check> & { isReached?: boolean } = {}) {
  const ladder = [1, 2].map(number => ({ number, name: '', reached: isReached, needs: isReached ? [] : ['a need'] }));
  return aCheck({ ladder, roles, ...rest });
}

function step(situation: Partial<Situation>) {
  return nextStep({
    check: checked(),
    isCheckCurrent: true,
    checkAsYouType: true,
    level: 2,
    openProposals: null,
    plan: null,
    isPlanCurrent: false,
    choices: {},
    hasNoFiles: false,
    isWritten: false,
    jobs: [],
    isAboutPresent: () => true,
    hasAnswered: () => false,
    ...situation
  });
}

describe('before a check', () => {
  it('waits for the first one', () => {
    expect(step({ check: null })).toEqual({ kind: 'wait' });
  });

  it('says why a notebook is not read', () => {
    expect(step({ check: aCheck({ unread: 'It is written in R.' }) })).toEqual({
      kind: 'unread',
      why: 'It is written in R.'
    });
  });

  it('asks for a check only where none is made as you type', () => {
    expect(step({ isCheckCurrent: false, checkAsYouType: false })).toEqual({ kind: 'check' });
    expect(step({ isCheckCurrent: false })).toEqual({ kind: 'preview' });
  });
});

describe('to the level', () => {
  const without = (...names: string[]) =>
    checked({ isReached: false, roles: ALL_ROLES.filter(roles => !names.includes(roles[0] ?? '')) });

  it('gives cells a role: proposals are asked for, then accepted', () => {
    const check = without('train', 'evaluate', 'predict');
    const missing = ['train', 'evaluate', 'predict'];
    expect(step({ check })).toEqual({ kind: 'propose', missing });
    expect(step({ check, openProposals: 7 })).toEqual({ kind: 'accept', count: 7, missing });
    expect(step({ check, openProposals: 0 })).toEqual({ kind: 'tag', missing });
  });

  it('writes metrics, then predict, where no cell could be proposed', () => {
    expect(step({ check: without('evaluate', 'predict'), openProposals: 0 })).toEqual({
      kind: 'insert',
      what: 'metrics'
    });
    expect(step({ check: without('predict'), openProposals: 0 })).toEqual({ kind: 'insert', what: 'predict' });
  });

  it('needs no predict for a script', () => {
    expect(missingRoles(without('predict'), 1)).toEqual([]);
    expect(missingRoles(without('predict'), 4)).toEqual(['predict']);
  });

  it('writes metrics where an evaluate cell fills none', () => {
    const check = checked({ isReached: false, findings: [aFinding({ code: 'NBX204' }), aFinding()] });
    // before predict, which only a higher level needs
    expect(step({ check: { ...check, roles: [['train'], ['evaluate']] }, openProposals: 0 })).toEqual({
      kind: 'insert',
      what: 'metrics'
    });
    expect(step({ check })).toEqual({ kind: 'insert', what: 'metrics' });
  });

  it('resolves errors, and says how many can be fixed safely', () => {
    const findings = [
      aFinding({ fix: { message: '', safe: true } }),
      aFinding({ fix: { message: '', safe: false } }),
      aFinding({ severity: 'warning', fix: { message: '', safe: true } }),
      aFinding({ code: 'NBX201' })
    ];
    expect(step({ check: checked({ isReached: false, findings }) })).toEqual({
      kind: 'resolve',
      count: 2,
      fixable: 1
    });
  });

  it('says what else the level needs', () => {
    expect(step({ check: checked({ isReached: false }) })).toEqual({ kind: 'lacks', needs: ['a need'] });
  });

  it('tells missing roles and numbers that could be options in other places', () => {
    const findings = ['NBX201', 'NBX207', 'NBX101'].map(code => aFinding({ code }));
    expect(toldFindings(findings).map(finding => finding.code)).toEqual(['NBX101']);
  });
});

describe('what stays in the notebook', () => {
  const findings = ['NBX103', 'NBX105', 'NBX101'].map(code => aFinding({ code }));
  const codesDuring = (kind: 'propose' | 'preview') =>
    withoutRolesToCome(findings, kind === 'propose' ? { kind, missing: [] } : { kind }).map(finding => finding.code);

  it('is not an error while roles are being given, and one afterwards', () => {
    expect(codesDuring('propose')).toEqual(['NBX101']);
    expect(codesDuring('preview')).toEqual(['NBX103', 'NBX105', 'NBX101']);
  });
});

describe('to the project', () => {
  const current = { isPlanCurrent: true };

  it('previews, and again once the preview is of something else', () => {
    expect(step({})).toEqual({ kind: 'preview' });
    expect(step({ plan: aPlan([aFile('a')]) })).toEqual({ kind: 'preview' });
  });

  it('names what refuses the export', () => {
    const finding = aFinding({ key: 'against' });
    expect(step({ ...current, plan: aPlan([], [finding]) })).toEqual({ kind: 'refused', finding });
  });

  it('settles conflicts, then exports', () => {
    const plan = aPlan([aFile('a', 'conflict'), aFile('b'), aFile('c', 'update'), aFile('d', 'same')]);
    expect(step({ ...current, plan })).toEqual({ kind: 'settle', count: 1 });
    expect(step({ ...current, plan, choices: { a: 'new' } })).toEqual({ kind: 'export', created: 1, changed: 2 });
  });

  it('has nothing to write where all is left out', () => {
    expect(step({ ...current, plan: aPlan([aFile('a')]), choices: { a: 'left-out' } })).toEqual({
      kind: 'nothing-chosen'
    });
  });

  it('downloads the project where the server has no files', () => {
    expect(step({ hasNoFiles: true })).toEqual({ kind: 'archive' });
  });
});

describe('after the export', () => {
  const equal = { equal: true, summary: '', cause: '', fix: '', figures: [], remarks: [], verified: true };
  const verified = aJob({ id: 'v', state: 'done', verdict: equal });
  const withJobs = (...jobs: Job[]) => step({ isWritten: true, jobs });

  it('shows what runs before anything else, a service that answers excepted', () => {
    const job = aJob({ kind: 'export' });
    expect(step({ jobs: [job] })).toEqual({ kind: 'running', job });
    expect(step({ jobs: [aJob({ kind: 'serve', ready: true })] })).toEqual({ kind: 'preview' });
  });

  it('verifies, and again where the last verification was cancelled or of something else', () => {
    expect(withJobs()).toEqual({ kind: 'verify' });
    expect(withJobs(aJob({ state: 'cancelled' }))).toEqual({ kind: 'verify' });
    expect(step({ isWritten: true, jobs: [verified], isAboutPresent: () => false })).toEqual({ kind: 'verify' });
  });

  it('stops at a difference and at a failure', () => {
    const different = { ...verified, verdict: { ...equal, equal: false } };
    expect(withJobs(different, verified)).toEqual({ kind: 'different', job: different });
    const failed = aJob({ state: 'failed' });
    expect(withJobs(failed)).toEqual({ kind: 'failed', job: failed });
  });

  it('runs the service and asks it; a script runs its tests', () => {
    expect(withJobs(verified)).toEqual({ kind: 'serve' });
    expect(step({ isWritten: true, jobs: [verified], level: 1 })).toEqual({ kind: 'test' });
    const service = aJob({ id: 's', kind: 'serve', ready: true });
    expect(withJobs(service, verified)).toEqual({ kind: 'ask', job: service });
    const answered = { isWritten: true, jobs: [service, verified], hasAnswered: () => true };
    expect(step(answered)).toEqual({ kind: 'done' });
    expect(step({ isWritten: true, level: 1, jobs: [aJob({ kind: 'test', state: 'done' }), verified] })).toEqual({
      kind: 'done'
    });
  });

  it('says that the service did not start', () => {
    const service = aJob({ id: 's', kind: 'serve', state: 'failed' });
    expect(withJobs(service, verified)).toEqual({ kind: 'failed', job: service });
  });
});

describe('several notebooks', () => {
  const trainsElsewhere = { isReached: false, roles: [['data']], roles_elsewhere: ['train'] };

  it('have together the roles that a level needs', () => {
    expect(missingRoles(aCheck({ roles: [['data']], roles_elsewhere: ['evaluate', 'train'] }), 2)).toEqual(['predict']);
  });

  it('are given no cell here that belongs into the one that trains', () => {
    expect(step({ check: checked(trainsElsewhere), openProposals: 0 })).toEqual({ kind: 'lacks', needs: ['a need'] });
    expect(
      step({ check: checked({ ...trainsElsewhere, roles: [['train']], roles_elsewhere: [] }), openProposals: 0 })
    ).toEqual({
      kind: 'insert',
      what: 'metrics'
    });
  });

  it('have errors that are resolved in each of them', () => {
    const elsewhere = [aFinding({ place: { notebook: 'work/prepare.ipynb' } })];
    const check = checked({ isReached: false, findings: [aFinding()], elsewhere });
    expect(step({ check })).toEqual({ kind: 'resolve', count: 2, fixable: 0 });
  });
});
