import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import { RefusedRequest } from '../problem';
import { type Ask, takeBack, wordsOf, wordsOfDone } from '../take-back';
import type { Undo } from '../wire';

const trans = nullTranslator.load('nbexport');

function anUndo(changes: Partial<Undo> = {}): Undo {
  const step = '.nbexport/history/000002.zip';
  const undo = { step, at: '2026-11-30T12:00:00+00:00', notebook: 'churn.ipynb', level: 2, removed: 1, restored: 3 };
  return { ...undo, conflicts: [], notes: [], left: 0, ...changes };
}

/** A session, a server and a person who gives the same answer to every question. */
function aTry(undo: Undo | Error, agrees: boolean) {
  const exporting = { output: 'work/churn', preview: vi.fn(() => Promise.resolve()), tookBack: vi.fn() };
  const server = {
    lastExport: vi.fn(async (_project: string): Promise<Undo> => {
      if (undo instanceof Error) {
        throw undo;
      }
      return undo;
    }),
    undo: vi.fn(async (_request: unknown): Promise<Undo> => anUndo())
  };
  const ask = vi.fn<Ask>(async () => agrees);
  const run = () => takeBack({ exporting } as unknown as Parameters<typeof takeBack>[0], server, trans, ask);
  return { exporting, server, ask, run };
}

describe('taking the last export back', () => {
  it('shows it, does it when the person agrees, and looks at the folder again', async () => {
    const { exporting, server, ask, run } = aTry(anUndo(), true);
    await run();
    expect(server.lastExport).toHaveBeenCalledWith('work/churn');
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask.mock.calls[0]?.slice(2)).toEqual(['Take back', false]);
    expect(server.undo).toHaveBeenCalledWith({ output: 'work/churn', step: anUndo().step, force: false });
    expect(exporting.tookBack).toHaveBeenCalledWith('work/churn', anUndo());
    expect(exporting.preview).toHaveBeenCalledTimes(1);
  });

  it('writes nothing when the person does not', async () => {
    const { exporting, server, run } = aTry(anUndo(), false);
    await run();
    expect(server.undo).not.toHaveBeenCalled();
    expect(exporting.preview).not.toHaveBeenCalled();
  });

  it('warns of files that were edited by hand, and keeps them', async () => {
    const { server, ask, run } = aTry(anUndo({ conflicts: ['train.py'] }), true);
    await run();
    expect(ask.mock.calls[0]?.[3]).toBe(true);
    expect(ask.mock.calls[0]?.[1].join('\n')).toContain('You have edited train.py since.');
    expect(server.undo).toHaveBeenCalledWith(expect.objectContaining({ force: true }));
  });

  it('says why it is not possible', async () => {
    const problem = { message: 'No export can be taken back.', why: 'None is kept.', fix: '' };
    const { server, ask, run } = aTry(new RefusedRequest(problem, 422), true);
    await run();
    expect(ask).toHaveBeenCalledWith('The export was not taken back', [problem.message, problem.why], null, false);
    expect(server.undo).not.toHaveBeenCalled();
  });

  it('counts files in sentences', () => {
    expect(wordsOf(anUndo(), trans).slice(1, 3)).toEqual([
      '1 file that it created is removed.',
      '3 files become what they were.'
    ]);
    expect(wordsOf(anUndo({ removed: 0, restored: 0, notes: ['a.py: kept'] }), trans)[1]).toBe('a.py: kept');
  });

  it('says what was done, what is kept, and what is left to take back', () => {
    expect(wordsOfDone(anUndo({ left: 2, conflicts: ['train.py'], notes: ['a.py: kept'] }), trans)).toEqual([
      '1 file removed, 3 restored.',
      'a.py: kept',
      'Your train.py is kept as train.py.orig.',
      '2 earlier exports can be taken back.'
    ]);
    expect(wordsOfDone(anUndo(), trans).slice(-1)).toEqual(['No earlier export can be taken back.']);
  });
});
