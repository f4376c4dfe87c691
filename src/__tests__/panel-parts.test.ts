import { describe, expect, it, vi } from 'vitest';

import { widened } from '../panel/widened';
import { countByPurpose } from '../session/plan-summary';
import { ViewState } from '../session/view-state';
import { aFile, aPlan } from './samples';

describe('the width of the panel', () => {
  it('is taken from the widest other part', () => {
    const sizes = widened([0.2, 0.6, 0.2], 1500, 380);
    expect(sizes[0]).toBeCloseTo(0.2);
    expect(sizes[2]).toBeCloseTo(380 / 1500);
    expect(sizes.reduce((a, b) => a + b)).toBeCloseTo(1);
  });

  it('is left alone where it is enough, and never more than a part of the window', () => {
    expect(widened([1, 1], 1500, 380)).toEqual([0.5, 0.5]);
    expect(widened([0.9, 0.1], 600, 380)[1]).toBeCloseTo(0.45);
  });
});

describe('countByPurpose', () => {
  it('counts what is new, changed and in conflict, and leaves out what is the same', () => {
    const plan = aPlan([
      aFile('a'),
      aFile('b', 'update'),
      aFile('c', 'merge'),
      aFile('d', 'conflict'),
      { ...aFile('e'), purpose: 'tests' },
      { ...aFile('f', 'same'), purpose: 'data' }
    ]);
    expect(countByPurpose(plan)).toEqual([
      { purpose: 'code', created: 1, changed: 2, conflicts: 1 },
      { purpose: 'tests', created: 1, changed: 0, conflicts: 0 }
    ]);
  });
});

describe('the view state', () => {
  it('remembers what was opened and closed, and is as by default before', () => {
    const changed = vi.fn();
    const view = new ViewState(changed);
    expect([view.isOpen('a', true), view.isOpen('a', false)]).toEqual([true, false]);
    view.setOpen('a', false);
    expect(view.isOpen('a', true)).toBe(false);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('hides a severity and shows it again', () => {
    const view = new ViewState(() => undefined);
    view.toggleSeverity('warning');
    expect(view.hiddenSeverities).toEqual(['warning']);
    view.toggleSeverity('warning');
    expect(view.hiddenSeverities).toEqual([]);
  });
});
