import { describe, expect, it } from 'vitest';

import { KnownFlows, sameCode } from '../kernel/flow';
import { KernelHistory, MAX_RUNS } from '../kernel/history';

const RUN = { cellId: 'a', source: 'x = 1', succeeded: true };

/** Whether a history is complete after runs with these numbers, and how many runs it has. */
function counted(counts: (number | null)[], history = new KernelHistory()): [boolean, number] {
  for (const count of counts) {
    history.add(RUN, count);
  }
  return [history.isComplete, history.runs.length];
}

function restarted(): KernelHistory {
  const history = new KernelHistory();
  history.restart();
  return history;
}

describe('the history of a kernel', () => {
  it('is complete from the first run on', () => {
    expect(counted([])).toEqual([false, 0]);
    expect(counted([1])).toEqual([true, 1]);
    expect(counted([1, 2, null, 3])).toEqual([true, 4]);
  });

  it('is not complete where something ran before, or in between', () => {
    expect(counted([7])).toEqual([false, 1]);
    expect(counted([7, 8])).toEqual([false, 2]);
    expect(counted([1, 3])).toEqual([false, 2]);
    expect(counted([1, 3, 4])).toEqual([false, 3]);
  });

  it('begins again with a restart, seen or told by the number', () => {
    expect(counted([], restarted())).toEqual([true, 0]);
    expect(counted([1, 2], restarted())).toEqual([true, 2]);
    expect(counted([2], restarted())).toEqual([false, 1]);
    expect(counted([7, 8, 1])).toEqual([true, 1]);
    expect(counted([7, 8, 2])).toEqual([false, 1]);
  });

  it('knows nothing of another kernel', () => {
    const history = restarted();
    history.replace();
    expect(counted([4], history)).toEqual([false, 1]);
  });

  it('is not complete once it has forgotten runs', () => {
    const counts = Array.from({ length: MAX_RUNS + 1 }, (_, index) => index + 1);
    expect(counted(counts.slice(1), restarted())[0]).toBe(false);
    expect(counted(counts)).toEqual([false, MAX_RUNS]);
  });
});

describe('sameCode', () => {
  it('cares for no space at the end of a line, and for all others', () => {
    expect(sameCode('x = 1  \ny\n\n', 'x = 1\ny')).toBe(true);
    expect(sameCode('if x:\n  y', 'if x:\n   y')).toBe(false);
    expect(sameCode('x\n\ny', 'x\ny')).toBe(false);
  });
});

describe('known flows', () => {
  const FLOW = { cell: 1, cell_id: 'a', binds: ['x'], reads: ['y'] };

  it('pair what a check says with the source that was checked, by the index of the cell', () => {
    const flows = new KnownFlows();
    expect(flows.isEmpty).toBe(true);
    flows.learn([FLOW, { ...FLOW, cell: 9 }], ['# a title', 'x = y']);
    expect(flows.of('x = y\n')).toEqual({ binds: ['x'], reads: ['y'] });
    expect(flows.of('# a title')).toBeNull();
    expect(flows.isEmpty).toBe(false);
  });

  it('keep what is still asked for', () => {
    const flows = new KnownFlows();
    flows.learn([{ ...FLOW, cell: 0 }, FLOW], ['x = y', 'half a li']);
    flows.keep(['x = y  ']);
    expect(flows.of('x = y')).not.toBeNull();
    expect(flows.of('half a li')).toBeNull();
  });
});
