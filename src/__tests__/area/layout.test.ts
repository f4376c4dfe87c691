import { describe, expect, it } from 'vitest';

import { conflictAt, conflictsIn, markersFor, mergedText } from '../../area/conflict-markers';
import { paneLayout } from '../../area/pane-layout';
import { readmePlace } from '../../area/readme-place';
import { threeWay } from '../../area/three-way';
import type { Job } from '../../wire';
import { aPlan } from '../samples';

describe('paneLayout', () => {
  const regions = threeWay('a\nb\nc\nd\n', 'mine\nmore\nb\nc\nD\nE\n', 'a\nb\nnew\nc\nd\n');

  it('marks the lines of each region that is not the same everywhere', () => {
    expect(paneLayout(regions, 'mine')).toEqual({
      text: 'mine\nmore\nb\nc\nD\nE\n',
      marks: [
        { kind: 'mine', firstLine: 1, lastLine: 2 },
        { kind: 'mine', firstLine: 5, lastLine: 6 }
      ],
      spacers: [{ afterLine: 3, lineCount: 1 }]
    });
  });

  it('keeps the three texts level: lines and spaces add up to the same height', () => {
    const heights = (['mine', 'base', 'new'] as const).map(side => {
      const { text, spacers } = paneLayout(regions.slice(0, -1), side);
      return text.split('\n').length - 1 + spacers.reduce((sum, spacer) => sum + spacer.lineCount, 0);
    });
    expect(new Set(heights).size).toBe(1);
  });

  it('puts space above a text that begins later than the others', () => {
    const added = threeWay('b\n', 'a\nb\n', 'b\n');
    expect(paneLayout(added, 'base').spacers).toEqual([{ afterLine: 0, lineCount: 1 }]);
  });
});

describe('conflictAt', () => {
  const regions = threeWay('a\nb\nc\n', 'x\nb\ny\n', 'X\nb\nY\n');
  const markers = markersFor(['']);
  const conflicts = conflictsIn(mergedText(regions, markers), markers);
  const ends = conflicts.map(conflict => conflict.to);

  it('is the one at a position, or the next; the last one after the end', () => {
    expect(conflicts).toHaveLength(2);
    expect(
      [0, (ends[0] ?? 0) - 1, ends[0] ?? 0, ends[1] ?? 0].map(position => conflictAt(conflicts, position))
    ).toEqual([0, 0, 1, 1]);
    expect(conflictAt([], 3)).toBe(0);
  });
});

describe('readmePlace', () => {
  const job = (members: Partial<Job>): Job => ({
    id: 'one',
    kind: 'export',
    notebook: 'a.ipynb',
    folder: 'out',
    level: 1,
    state: 'done',
    step: 0,
    steps: 0,
    doing: '',
    begun: '',
    ended: 'then',
    lines: [],
    applied: null,
    verdict: null,
    ready: false,
    examples: [],
    problem: null,
    ...members
  });

  it('is that of the newest export that is done', () => {
    const jobs = [
      job({ state: 'failed', folder: 'failed' }),
      job({ kind: 'verify', folder: 'verified' }),
      job({ id: 'two', applied: { folder: 'newest', open: '', written: 1 } }),
      job({ folder: 'older' })
    ];
    expect(readmePlace({ jobs, plan: null })).toEqual({ path: 'newest/README.md', version: 'two then' });
  });

  it('is that of the folder that is previewed where nothing was exported here, and else nowhere', () => {
    expect(readmePlace({ jobs: [], plan: aPlan([]) })).toEqual({ path: 'out/README.md', version: '' });
    expect(readmePlace({ jobs: [], plan: null })).toBeNull();
  });
});
