import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedRequest } from '../problem';
import { CHECK_REST_MS, Session } from '../session';
import { DEFAULT_SETTINGS } from '../settings';
import type { Check } from '../wire';
import { aNotebook, aServer, open, SUGGESTION } from './a-session';
import { aCell, aCheck, aFinding, aJob } from './samples';

const PROBLEM = { message: 'no', why: 'because', fix: 'do this' };

const withKey = (key: string) => aCheck({ revision: key, findings: [aFinding({ key })] });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a session', () => {
  it('checks a notebook once it is loaded, whole and as it is in the browser', async () => {
    const { session, server, onChanged } = await open({ ignore: ['NBX3'] });
    expect(server.check).toHaveBeenCalledTimes(1);
    expect(server.check.mock.calls[0]?.[0]).toEqual({
      path: 'work/churn.ipynb',
      content: { cells: 2 },
      ignore: ['NBX3']
    });
    expect(session.check?.revision).toBe('r1');
    expect(onChanged).toHaveBeenCalled();
  });

  it('checks again when the keyboard rests, once for many keys', async () => {
    const { edit, server } = await open();
    for (let key = 0; key < 3; key++) {
      edit(0, { source: `x = ${key}` });
      await vi.advanceTimersByTimeAsync(CHECK_REST_MS - 1);
    }
    expect(server.check).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.check).toHaveBeenCalledTimes(2);
  });

  it('sends only what has changed since the last check, and the notebook whole to a server that has forgotten it', async () => {
    const { session, edit, server } = await open();
    edit(1, { source: 'y = 2' });
    await vi.advanceTimersByTimeAsync(CHECK_REST_MS);
    expect(server.check.mock.calls[1]?.[0]).toEqual({
      path: 'work/churn.ipynb',
      ignore: [],
      delta: { of: 'r1', order: ['a', 'b'], changed: [{ id: 'b', source: 'y = 2' }], metadata: {} }
    });
    server.check.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 410));
    edit(0, { source: 'x = 3' });
    await vi.advanceTimersByTimeAsync(CHECK_REST_MS);
    expect(server.check.mock.calls[3]?.[0]).toMatchObject({ content: { cells: 2 } });
    expect(session.checkedSources).toEqual(['x = 3', 'y = 2']);
  });

  it('keeps the jobs and the folder of a renamed notebook, and gives them to no copy', async () => {
    const anExport = aJob({ kind: 'export', state: 'done', folder: 'work/made' });
    const { session, notebook, server } = await open({}, around => around.jobs.mockResolvedValue([anExport]));
    expect(session.exporting.output).toBe('work/made');
    notebook.path = 'work/renamed.ipynb';
    notebook.pathChanged.emit(notebook.path);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.jobs.mock.lastCall).toEqual(['work/renamed.ipynb']);
    expect(session.exporting.output).toBe('work/made');
    // saved under another name, it is a copy: the server knows of no job
    server.jobs.mockResolvedValue([]);
    notebook.path = 'work/copy.ipynb';
    notebook.pathChanged.emit(notebook.path);
    await vi.advanceTimersByTimeAsync(0);
    expect(session.jobs).toEqual([]);
    expect(session.exporting.output).toBe('work/copy');
  });

  it('says what is to be checked in a cell that was written, until that is done or the cell is gone', async () => {
    const { session, notebook } = await open();
    await session.edits.insert('predict');
    expect(session.edits.written).toMatchObject({ id: 'b', reasons: ['to check: the type'], place: { cell: 1 } });
    expect(notebook.jump).toHaveBeenCalledWith(expect.objectContaining({ cell: 1 }));
    session.edits.dismissWritten();
    expect(session.edits.written).toBeNull();
    await session.edits.insert('predict');
    notebook.applyFix.mockReturnValue(-1);
    Object.defineProperty(notebook, 'cells', { value: notebook.cells.slice(0, 1) });
    expect(session.edits.written).toBeNull();
  });

  it('sends a change again when the check that sent it first failed', async () => {
    const { session, edit, server } = await open();
    server.check.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 500));
    edit(1, { source: 'y = 2' });
    await vi.advanceTimersByTimeAsync(CHECK_REST_MS);
    await session.checkNow();
    expect(server.check.mock.calls[2]?.[0]).toMatchObject({ delta: { changed: [{ id: 'b', source: 'y = 2' }] } });
  });

  it('does not check as you type where that is switched off, and says that the check is of another text', async () => {
    const { session, edit, server, onChanged } = await open({ checkAsYouType: false });
    expect(session.isCheckCurrent).toBe(true);
    onChanged.mockClear();
    edit(0, { source: 'x = 2' });
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(server.check).toHaveBeenCalledTimes(1);
    expect(session.isCheckCurrent).toBe(false);
    expect(onChanged).toHaveBeenCalledTimes(1);
  });

  it('checks a hidden notebook once it is shown', async () => {
    const { session, notebook, edit, server } = await open();
    notebook.isVisible = false;
    edit(0, { source: 'x = 2' });
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(server.check).toHaveBeenCalledTimes(1);
    session.resume();
    expect(server.check).toHaveBeenCalledTimes(1);
    notebook.isVisible = true;
    session.resume();
    session.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.check).toHaveBeenCalledTimes(2);
  });

  it('drops an earlier check that answers late', async () => {
    const { session, server } = await open();
    let answerLate: (check: Check) => void = () => undefined;
    server.check.mockImplementationOnce(() => new Promise(resolve => (answerLate = resolve)));
    const late = session.checkNow();
    server.check.mockResolvedValueOnce(withKey('latest'));
    await session.checkNow();
    answerLate(withKey('late'));
    await late;
    expect(server.check.mock.calls[1]?.[1]?.aborted).toBe(true);
    expect(session.check?.findings[0]?.key).toBe('latest');
  });

  it('shows no trouble for a check that it cancelled itself', async () => {
    const { session, server } = await open();
    server.check.mockImplementationOnce(
      (_request, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    );
    server.check.mockImplementationOnce(() => new Promise(() => undefined));
    const cancelled = session.checkNow();
    void session.checkNow();
    await cancelled;
    expect(session.trouble).toBeNull();
  });

  it('keeps the last check when one is refused, and can try again', async () => {
    const { session, server } = await open();
    server.check.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 500));
    await session.checkNow();
    expect(session.trouble?.problem).toEqual(PROBLEM);
    expect(session.check?.revision).toBe('r1');
    session.trouble?.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.check).toHaveBeenCalledTimes(3);
    expect(session.trouble).toBeNull();
  });

  it('checks no more once its notebook is closed', async () => {
    const { session, notebook, edit, server } = await open();
    edit(0, { source: 'x = 2' });
    notebook.disposed.emit();
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(session.isDisposed).toBe(true);
    expect(server.check).toHaveBeenCalledTimes(1);
  });

  it('never checks a notebook that is closed before it is loaded', async () => {
    const server = aServer();
    new Session(aNotebook().notebook, server, () => DEFAULT_SETTINGS).dispose();
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(server.check).not.toHaveBeenCalled();
  });
});

describe('proposals', () => {
  it('leave a problem where they are refused', async () => {
    const { session, server } = await open();
    server.tag.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 422));
    await session.proposing.ask();
    expect(session.suggestion).toBeNull();
    expect(session.trouble?.problem).toEqual(PROBLEM);
    await session.checkNow();
    expect(session.trouble?.problem).toEqual(PROBLEM);
    session.dismissTrouble();
    expect(session.trouble).toBeNull();
  });

  it('are open until their cells have the tags, and again once those are undone', async () => {
    const { session, edit } = await open();
    await session.proposing.ask();
    const [first, second] = SUGGESTION.proposals;
    await session.accept(second ? [second] : []);
    expect(session.proposing.open).toEqual([first]);
    expect(session.proposing.proposals).toEqual([first, second]);
    edit(1, { tags: [] });
    expect(session.proposing.open).toEqual([first, second]);
  });

  it('are put into the notebook when they are accepted, and the notebook is checked', async () => {
    const { session, notebook, server } = await open();
    await session.proposing.ask();
    await session.accept(session.proposing.open);
    expect(notebook.addTags).toHaveBeenCalledTimes(1);
    expect(notebook.addTags).toHaveBeenCalledWith(SUGGESTION.proposals);
    expect(server.check).toHaveBeenCalledTimes(2);
  });
});

describe('an edit of the server', () => {
  it('fixes one finding by its key, and the notebook is checked', async () => {
    const { session, notebook, server } = await open();
    await session.edits.fix({ key: 'the key' });
    expect(server.fix.mock.calls[0]?.[0]).toMatchObject({ path: 'work/churn.ipynb', key: 'the key' });
    expect(notebook.applyFix).toHaveBeenCalledWith([aCell()]);
    expect(server.check).toHaveBeenCalledTimes(2);
  });

  it('writes a cell and goes to it', async () => {
    const { session, notebook, server } = await open();
    await session.edits.insert('predict');
    expect(server.insert.mock.calls[0]?.[0]).toMatchObject({ what: 'predict' });
    expect(notebook.jump.mock.calls[0]?.[0]).toMatchObject({ cell: 1, row: 1 });
  });

  it('changes nothing where it is refused', async () => {
    const { session, notebook, server } = await open();
    server.options.mockRejectedValueOnce(new RefusedRequest(PROBLEM, 422));
    await session.edits.hoistOptions();
    expect(notebook.applyFix).not.toHaveBeenCalled();
    expect(session.trouble?.problem).toEqual(PROBLEM);
    expect(session.edits.isRunning).toBe(false);
  });
});
