import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { POLL_MS } from '../session/job-list';
import { open } from './a-session';
import { aFile, aJob, aPlan } from './samples';

const SAME = aPlan([aFile('train.py', 'same')]);
const EXPORTED = aJob({ id: 'theirs', kind: 'export', state: 'done', folder: 'work/churn' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Let what was heard be worked through. */
async function heard(notebook: Awaited<ReturnType<typeof open>>['notebook']): Promise<void> {
  notebook.othersActed.emit();
  await vi.advanceTimersByTimeAsync(0);
}

describe('what is done here', () => {
  it('is told to the others: jobs that began, and exports that were taken back', async () => {
    const { session, notebook, server } = await open();
    server.startJob.mockRejectedValueOnce(new Error('no'));
    await session.startJob('verify');
    expect(notebook.announce).not.toHaveBeenCalled();
    await session.startJob('verify');
    expect(notebook.announce).toHaveBeenCalledTimes(1);
    const undo = { step: '1', at: '', notebook: '', level: 2, removed: 1, restored: 0 };
    session.exporting.tookBack('work/churn', { ...undo, conflicts: [], notes: [], left: 0 });
    expect(notebook.announce).toHaveBeenCalledTimes(2);
  });
});

describe('an export by somebody else', () => {
  it('is seen, and what was previewed is previewed again', async () => {
    const { session, notebook, server } = await open();
    await session.exporting.preview();
    expect(session.nextStep).toMatchObject({ kind: 'export', created: 1 });
    server.jobs.mockResolvedValue([EXPORTED]);
    server.plan.mockResolvedValue(SAME);
    await heard(notebook);
    expect(session.jobs.map(job => job.id)).toEqual(['theirs']);
    expect(session.nextStep.kind).toBe('verify');
  });

  it('is not previewed where nothing was said of the folder', async () => {
    const { session, notebook, server } = await open();
    server.jobs.mockResolvedValue([EXPORTED]);
    await heard(notebook);
    expect(server.plan).not.toHaveBeenCalled();
    expect(session.nextStep.kind).toBe('preview');
    expect(session.exporting.isProjectThere(session.jobs)).toBe(true);
  });

  it('is previewed again when it ends', async () => {
    const { session, notebook, server } = await open();
    await session.exporting.preview();
    server.jobs.mockResolvedValue([{ ...EXPORTED, state: 'running' }]);
    await heard(notebook);
    expect(session.nextStep).toMatchObject({ kind: 'running', job: { id: 'theirs' } });
    server.job.mockResolvedValue(EXPORTED);
    server.plan.mockResolvedValue(SAME);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(session.nextStep.kind).toBe('verify');
  });

  it('of another text is remembered when the notebook is what was exported here', async () => {
    const { session, notebook, edit, server } = await open({}, around => around.plan.mockResolvedValue(SAME));
    await session.exporting.preview();
    expect(session.exporting.isWritten).toBe(true);
    edit(0, { source: 'x = 2' });
    server.jobs.mockResolvedValue([EXPORTED]);
    await heard(notebook);
    edit(0, { source: 'x = 1' });
    expect(session.exporting.isWritten).toBe(false);
    expect(session.exporting.isPlanCurrent).toBe(false);
  });

  it('takes away what was said of an export that was taken back', async () => {
    const { session, notebook } = await open();
    const undo = { step: '1', at: '', notebook: '', level: 2, removed: 1, restored: 0 };
    session.exporting.tookBack('work/churn', { ...undo, conflicts: [], notes: [], left: 0 });
    await heard(notebook);
    expect(session.exporting.takenBack).toBeNull();
  });
});

describe('jobs that are asked for while one runs here', () => {
  it('end it where it has ended', async () => {
    const { session, notebook, server } = await open();
    const onEnded = vi.fn();
    session.jobEnded.connect((_, job) => onEnded(job.id));
    await session.exporting.preview();
    await session.startJob('export');
    server.jobs.mockResolvedValue([aJob({ id: 'new', kind: 'export', state: 'done' })]);
    await heard(notebook);
    expect(onEnded.mock.calls).toEqual([['new']]);
    expect(session.jobs).toHaveLength(1);
  });

  it('lose none that began meanwhile, and have none twice', async () => {
    const { session, notebook, server } = await open();
    let answer: (jobs: ReturnType<typeof aJob>[]) => void = () => undefined;
    const answered = new Promise<ReturnType<typeof aJob>[]>(resolve => {
      answer = resolve;
    });
    server.jobs.mockReturnValueOnce(answered);
    await heard(notebook);
    await session.startJob('verify');
    answer([EXPORTED]);
    await vi.advanceTimersByTimeAsync(0);
    expect(session.jobs.map(job => job.id)).toEqual(['new', 'theirs']);
    server.jobs.mockResolvedValue([aJob({ id: 'next' }), aJob({ id: 'new' }), EXPORTED]);
    await heard(notebook);
    server.startJob.mockResolvedValueOnce(aJob({ id: 'next' }));
    await session.startJob('test');
    expect(session.jobs.map(job => job.id)).toEqual(['next', 'new', 'theirs']);
  });
});
