import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedRequest, unreachable } from '../problem';
import { POLL_MS, SLOW_POLL_MS } from '../session/job-list';
import { open } from './a-session';
import { aFile, aJob, aPlan } from './samples';

const GONE = new RefusedRequest({ message: 'no such job', why: '', fix: '' }, 404);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('jobs', () => {
  it('that began before the page was opened are followed to their end', async () => {
    const { session, server, onChanged } = await open({}, around =>
      around.jobs.mockResolvedValue([aJob({ id: 'old', steps: 17, step: 3 })])
    );
    const onEnded = vi.fn();
    session.jobEnded.connect((_, job) => onEnded(job.id, job.state));
    server.job.mockResolvedValueOnce(aJob({ id: 'old', steps: 17, step: 9 }));
    server.job.mockResolvedValueOnce(aJob({ id: 'old', state: 'done' }));
    onChanged.mockClear();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(session.jobs[0]?.step).toBe(9);
    expect(onChanged).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(onEnded.mock.calls).toEqual([['old', 'done']]);
    await vi.advanceTimersByTimeAsync(10 * SLOW_POLL_MS);
    expect(server.job).toHaveBeenCalledTimes(2);
  });

  it('are asked for less often once a service answers, or while the server does not', async () => {
    const { server, session } = await open({}, around =>
      around.jobs.mockResolvedValue([aJob({ id: 's', kind: 'serve', ready: true })])
    );
    server.job.mockRejectedValue(unreachable());
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(server.job).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(SLOW_POLL_MS);
    expect(server.job).toHaveBeenCalledTimes(1);
    expect(session.trouble?.problem.message).toBe('The server is not responding.');
    server.job.mockResolvedValue(aJob({ id: 's', kind: 'serve', ready: true }));
    await vi.advanceTimersByTimeAsync(SLOW_POLL_MS);
    expect(session.trouble).toBeNull();
  });

  it('that the server has forgotten are taken from its history', async () => {
    const { session, server } = await open({}, around => around.jobs.mockResolvedValueOnce([aJob({ id: 'old' })]));
    server.job.mockRejectedValueOnce(GONE);
    server.jobs.mockResolvedValueOnce([aJob({ id: 'old', state: 'failed' })]);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(session.jobs.map(job => job.state)).toEqual(['failed']);
  });

  it('begin once the notebook is saved, with what is chosen', async () => {
    const { session, notebook, server } = await open({ ci: 'gitlab', strict: true });
    await session.startJob('verify');
    expect(notebook.save).toHaveBeenCalledTimes(1);
    expect(server.startJob.mock.calls[0]?.[0]).toEqual({
      kind: 'verify',
      path: 'work/churn.ipynb',
      content: { cells: 2 },
      level: 2,
      output: 'work/churn',
      ci: 'gitlab',
      strict: true
    });
    expect(session.nextStep).toMatchObject({ kind: 'running', job: { id: 'new' } });
  });

  it('that could not begin are followed when they are tried again', async () => {
    const { session, server } = await open();
    server.startJob.mockRejectedValueOnce(unreachable());
    await session.startJob('verify');
    session.trouble?.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(session.jobs.map(job => job.id)).toEqual(['new']);
    expect(session.running.isAboutPresent(aJob({ id: 'new' }))).toBe(true);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(server.job).toHaveBeenCalledWith('new');
  });

  it('save no notebook that is read-only', async () => {
    const { session, notebook, server } = await open({}, (_, document) => {
      document.isWritable = false;
    });
    await session.startJob('verify');
    expect(notebook.save).not.toHaveBeenCalled();
    expect(server.startJob).toHaveBeenCalledTimes(1);
  });

  it('can be cancelled, and services asked', async () => {
    const { session, server } = await open();
    await session.startJob('serve');
    await session.jobList.ask('new', { method: 'POST', path: '/predict', body: '{}' });
    expect(session.jobList.answers.get('new')?.status).toBe(200);
    await session.jobList.cancel('new');
    expect(server.cancelJob).toHaveBeenCalledWith('new');
    expect(session.jobs[0]?.state).toBe('cancelled');
  });

  it('are no more asked for once the notebook is closed', async () => {
    const { notebook, server } = await open({}, around => around.jobs.mockResolvedValueOnce([aJob()]));
    notebook.disposed.emit();
    await vi.advanceTimersByTimeAsync(10 * SLOW_POLL_MS);
    expect(server.job).not.toHaveBeenCalled();
  });
});

describe('an export', () => {
  it('writes what was previewed, with the choices, and leaves an up-to-date project until an edit', async () => {
    const { session, server, edit } = await open();
    await session.exporting.preview();
    session.choose('train.py', 'left-out');
    await session.startJob('export');
    expect(server.startJob.mock.calls[0]?.[0]).toMatchObject({
      kind: 'export',
      digest: 'digest',
      keep: ['train.py'],
      take: [],
      texts: {}
    });
    server.job.mockResolvedValueOnce(aJob({ id: 'new', kind: 'export', state: 'done' }));
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(session.plan).toBeNull();
    expect(session.exporting.isWritten).toBe(true);
    edit(0, { source: 'x = 2' });
    expect(session.exporting.isWritten).toBe(false);
    edit(0, { source: 'x = 1' });
    expect(session.exporting.isWritten).toBe(true);
  });

  it('that is done at once is known to be', async () => {
    const done = aJob({ id: 'new', kind: 'export', state: 'done' });
    const { session } = await open({}, around => around.startJob.mockResolvedValueOnce(done));
    const ended: string[] = [];
    session.jobEnded.connect((_, job) => ended.push(job.id));
    await session.exporting.preview();
    await session.startJob('export');
    expect(session.exporting.isWritten).toBe(true);
    expect(ended).toEqual(['new']);
  });

  it('that failed needs another preview', async () => {
    const { session, server } = await open();
    await session.exporting.preview();
    expect(session.nextStep.kind).toBe('export');
    await session.startJob('export');
    server.job.mockResolvedValueOnce(aJob({ id: 'new', kind: 'export', state: 'failed' }));
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(session.nextStep.kind).toBe('preview');
  });

  it('that the server refuses needs another preview, too', async () => {
    const { session, server } = await open();
    await session.exporting.preview();
    server.startJob.mockRejectedValueOnce(new RefusedRequest({ message: 'changed', why: '', fix: '' }, 409));
    await session.startJob('export');
    expect(session.nextStep.kind).toBe('preview');
    expect(session.trouble?.problem.message).toBe('changed');
  });
});

describe('a preview', () => {
  it('holds until notebook, level, folder or CI are others, and again once they are the same', async () => {
    const { session, edit } = await open();
    const { exporting } = session;
    await exporting.preview();
    const isCurrent: boolean[] = [];
    const note = () => isCurrent.push(exporting.isPlanCurrent);
    note();
    exporting.setLevel(1);
    note();
    exporting.setLevel(2);
    exporting.setOutput('elsewhere');
    note();
    exporting.setOutput('work/churn');
    exporting.setCi('gitlab');
    note();
    exporting.setCi('github');
    edit(0, { tags: ['data'] });
    note();
    edit(0, { tags: [] });
    note();
    expect(isCurrent).toEqual([true, false, false, false, false, true]);
  });

  it('of an unchanged project says that it is up to date', async () => {
    const { session, server } = await open();
    server.plan.mockResolvedValueOnce(aPlan([aFile('a', 'same')]));
    await session.exporting.preview();
    expect(session.exporting.isWritten).toBe(true);
    expect(session.nextStep.kind).toBe('verify');
  });

  it('can be cancelled', async () => {
    const { session, server } = await open();
    server.plan.mockImplementationOnce(
      (_request, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    );
    const preview = session.exporting.preview();
    expect(session.exporting.isPlanning).toBe(true);
    session.exporting.cancelPreview();
    await preview;
    expect(session.exporting.isPlanning).toBe(false);
    expect(session.trouble).toBeNull();
    expect(session.plan).toBeNull();
  });

  it('where contents are not files leads to an archive', async () => {
    const { session, server } = await open();
    server.plan.mockRejectedValueOnce(new RefusedRequest({ message: 'no files', why: '', fix: '' }, 501));
    await session.exporting.preview();
    expect(session.trouble).toBeNull();
    expect(session.nextStep.kind).toBe('archive');
    const save = vi.fn();
    await session.exporting.archive(save);
    expect(save.mock.calls[0]?.[0]).toBeInstanceOf(Blob);
  });
});

describe('the folder', () => {
  it('of the last export stays, though the notebook is renamed', async () => {
    const { session, notebook } = await open({}, around =>
      around.jobs.mockResolvedValueOnce([aJob({ kind: 'export', state: 'done', folder: 'work/mine' })])
    );
    expect(session.exporting.output).toBe('work/mine');
    notebook.path = 'work/renamed.ipynb';
    notebook.pathChanged.emit(notebook.path);
    expect(session.exporting.output).toBe('work/mine');
  });
});
