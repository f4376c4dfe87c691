import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedRequest } from '../problem';
import { CHECK_REST_MS, type NotebookDocument, Session } from '../session';
import { DEFAULT_SETTINGS, type Settings } from '../settings';
import type { Check, Fixed, Suggestion } from '../wire';
import { aCell, aFinding, aProposal } from './samples';

const PROBLEM = { message: 'no', why: 'because', fix: 'do this' };
const SUGGESTION: Suggestion = { result: '', proposals: [aProposal({ cell: 0 }), aProposal({ cell: 1 })], notes: [] };

function aCheck(key: string): Check {
  return { findings: [aFinding({ key })], ladder: [], parameters: [], roles: [] };
}

/** A session of a notebook that is loaded, and all around it. */
async function open(settings: Partial<Settings> = {}) {
  const contentChanged = new Signal<object, void>({});
  const disposed = new Signal<object, void>({});
  const notebook = {
    ready: Promise.resolve(),
    contentChanged,
    disposed,
    path: 'work/churn.ipynb',
    snapshot: () => ({ path: 'work/churn.ipynb', content: { cells: [] } }),
    save: vi.fn<NotebookDocument['save']>(),
    addTags: vi.fn<NotebookDocument['addTags']>(),
    applyFix: vi.fn<NotebookDocument['applyFix']>(),
    jump: vi.fn<NotebookDocument['jump']>()
  };
  const server = {
    check: vi.fn(async (_request: unknown, _signal?: AbortSignal): Promise<Check> => aCheck('first')),
    tag: vi.fn(async (): Promise<Suggestion> => SUGGESTION),
    fix: vi.fn(async (_request: unknown): Promise<Fixed> => ({ cells: [aCell()] }))
  };
  const session = new Session(notebook, server, () => ({ ...DEFAULT_SETTINGS, ...settings }));
  const onChanged = vi.fn();
  session.changed.connect(onChanged);
  await vi.advanceTimersByTimeAsync(0);
  return { session, notebook, server, onChanged };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a session', () => {
  it('checks a notebook once it is loaded, as it is in the browser', async () => {
    const { session, server, onChanged } = await open({ ignore: ['NBX3'] });
    expect(server.check).toHaveBeenCalledTimes(1);
    expect(server.check.mock.calls[0]?.[0]).toEqual({
      path: 'work/churn.ipynb',
      content: { cells: [] },
      ignore: ['NBX3']
    });
    expect(session.check?.findings[0]?.key).toBe('first');
    expect(onChanged).toHaveBeenCalledTimes(1);
  });

  it('checks again when the keyboard rests, once for many keys', async () => {
    const { notebook, server } = await open();
    for (let key = 0; key < 3; key++) {
      notebook.contentChanged.emit();
      await vi.advanceTimersByTimeAsync(CHECK_REST_MS - 1);
    }
    expect(server.check).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.check).toHaveBeenCalledTimes(2);
  });

  it('does not check as you type where that is switched off', async () => {
    const { notebook, server } = await open({ checkAsYouType: false });
    notebook.contentChanged.emit();
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(server.check).toHaveBeenCalledTimes(1);
  });

  it('drops an earlier check that answers late', async () => {
    const { session, server, onChanged } = await open();
    let answerLate: (check: Check) => void = () => undefined;
    server.check.mockImplementationOnce(() => new Promise(resolve => (answerLate = resolve)));
    const late = session.checkNow();
    server.check.mockResolvedValueOnce(aCheck('latest'));
    await session.checkNow();
    answerLate(aCheck('late'));
    await late;
    expect(server.check.mock.calls[1]?.[1]?.aborted).toBe(true);
    expect(session.check?.findings[0]?.key).toBe('latest');
    expect(onChanged).toHaveBeenCalledTimes(2);
  });

  it('shows no problem for a check that it cancelled itself', async () => {
    const { session, server, onChanged } = await open();
    server.check.mockImplementationOnce(
      (_request, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    );
    server.check.mockImplementationOnce(() => new Promise(() => undefined));
    const cancelled = session.checkNow();
    void session.checkNow();
    await cancelled;
    expect(session.problem).toBeNull();
    expect(onChanged).toHaveBeenCalledTimes(1);
  });

  it('keeps the last check when one is refused, and drops the problem when the next succeeds', async () => {
    const { session, server, onChanged } = await open();
    server.check.mockRejectedValueOnce(new RefusedRequest(PROBLEM));
    await session.checkNow();
    expect(session.problem).toEqual(PROBLEM);
    expect(session.check?.findings[0]?.key).toBe('first');
    expect(onChanged).toHaveBeenCalledTimes(2);
    await session.checkNow();
    expect(session.problem).toBeNull();
  });

  it('checks no more once its notebook is closed', async () => {
    const { session, notebook, server } = await open();
    notebook.contentChanged.emit();
    notebook.disposed.emit();
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(session.isDisposed).toBe(true);
    expect(server.check).toHaveBeenCalledTimes(1);
  });

  it('never checks a notebook that is closed before it is loaded', async () => {
    const { session, server } = await open();
    server.check.mockClear();
    const closed = new Session({ ...session.notebook, ready: Promise.resolve() }, server, () => DEFAULT_SETTINGS);
    closed.dispose();
    await vi.advanceTimersByTimeAsync(10 * CHECK_REST_MS);
    expect(server.check).not.toHaveBeenCalled();
  });
});

describe('proposals', () => {
  it('are kept as the server makes them', async () => {
    const { session, onChanged } = await open();
    await session.suggest();
    expect(session.suggestion).toEqual(SUGGESTION);
    expect(onChanged).toHaveBeenCalledTimes(2);
  });

  it('leave a problem where they are refused', async () => {
    const { session, server } = await open();
    server.tag.mockRejectedValueOnce(new RefusedRequest(PROBLEM));
    await session.suggest();
    expect(session.suggestion).toBeNull();
    expect(session.problem).toEqual(PROBLEM);
  });

  it('are put into the notebook and marked when they are accepted, and the notebook is checked', async () => {
    const { session, notebook, server } = await open();
    await session.suggest();
    const [, second] = SUGGESTION.proposals;
    session.accept(second ? [second] : []);
    expect(notebook.addTags).toHaveBeenCalledWith([second]);
    expect(session.suggestion?.proposals.map(proposal => proposal.tagged)).toEqual([false, true]);
    expect(server.check).toHaveBeenCalledTimes(2);
  });
});

describe('a fix', () => {
  it('is asked for by the key of the finding, put into the notebook and checked', async () => {
    const { session, notebook, server } = await open();
    await session.fix(aFinding({ key: 'the key' }));
    expect(server.fix.mock.calls[0]?.[0]).toMatchObject({ path: 'work/churn.ipynb', key: 'the key' });
    expect(notebook.applyFix).toHaveBeenCalledWith([aCell()]);
    expect(server.check).toHaveBeenCalledTimes(2);
  });

  it('changes nothing where it is refused', async () => {
    const { session, notebook, server } = await open();
    server.fix.mockRejectedValueOnce(new RefusedRequest(PROBLEM));
    await session.fix(aFinding());
    expect(notebook.applyFix).not.toHaveBeenCalled();
  });
});
