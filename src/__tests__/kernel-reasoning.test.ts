import { describe, expect, it } from 'vitest';

import { Work } from './kernel-work';

/** Load, clean, describe, train. */
const work = () => new Work('df', 'df < df', '< df', 'model < df');

describe('nothing is stale', () => {
  it('before anything runs, and after a run from top to bottom', () => {
    expect(work().report).toEqual({ stale: new Map(), lostNames: [], toRun: [] });
    expect(work().run('abcd').report).toEqual({ stale: new Map(), lostNames: [], toRun: [] });
  });

  it('where a name is bound again further down', () => {
    expect(new Work('fig', '< fig', 'fig', '< fig').run('abcd').stale).toBe('');
  });

  it('where cells run out of order that have nothing to do with each other', () => {
    expect(new Work('x', 'y', '< x', '< y').run('badc').stale).toBe('');
  });

  it('after a cell that only reads runs again', () => {
    expect(work().run('abcdc').stale).toBe('');
  });

  it('after spaces at the end of a line', () => {
    expect(work().run('abcd').edit('b', 'df < df  \n\n').stale).toBe('');
  });
});

describe('an edit', () => {
  it('makes the cell stale, and all that reads from it, through other cells too', () => {
    const edited = work().run('abcd').edit('b', 'df < df # other');
    expect(edited.stale).toBe('bcd');
    expect(edited.report.stale.get('b')).toEqual({ kind: 'changed' });
    expect(edited.report.stale.get('d')).toEqual({ kind: 'input', name: 'df' });
    expect(edited.lost).toEqual(['df changed b']);
  });

  it('is over once it is taken back', () => {
    const edited = work().run('abcd').edit('b', 'df < df # other').edit('b', 'df < df');
    expect([edited.stale, edited.lost]).toEqual(['', []]);
  });

  it('is no matter in a cell that has not run', () => {
    expect(work().run('ab').edit('c', '< df # other').stale).toBe('');
  });

  it('of a cell that no other reads from makes that cell stale alone', () => {
    const edited = work().run('abcd').edit('c', '< df # other');
    expect([edited.stale, edited.lost]).toEqual(['c', []]);
  });

  it('after which the name is no longer bound leaves the name of the old version', () => {
    const edited = new Work('x', '< x').run('ab').edit('a', 'y').run('a');
    expect(edited.lost).toEqual(['x changed a']);
  });

  it('that no check has seen yet says nothing of what it binds', () => {
    expect(new Work('x', 'y < x', '< y').run('abc').edit('b', '? half a line').stale).toBe('b');
  });
});

describe('an import', () => {
  const importing = () => new Work('import pd', 'df < pd', '< df').run('abc');

  it('that is added makes nothing else stale, before it runs and after', () => {
    const added = importing().edit('a', 'import pd, np');
    expect([added.stale, added.toRun, added.lost]).toEqual(['a', 'a', []]);
    expect(added.run('a').stale).toBe('');
  });

  it('of something else under the same name does', () => {
    const other = importing().edit('a', 'import modin as pd');
    expect([other.stale, other.lost]).toEqual(['abc', ['pd changed a']]);
    expect(other.run('a').stale).toBe('bc');
  });
});

describe('a rerun', () => {
  it('makes stale what has read from the cell before', () => {
    const rerun = work().run('abcd').edit('a', 'df # other').run('a');
    expect(rerun.stale).toBe('bcd');
    expect(rerun.lost).toEqual([]);
    expect(rerun.run('bcd').stale).toBe('');
  });

  it('leaves stale what has not run since', () => {
    expect(work().run('abcd').edit('a', 'df # other').run('ab').stale).toBe('cd');
  });

  it('out of order is stale: the name came from another cell than the one above', () => {
    const outOfOrder = new Work('x', '< x', 'x').run('acb');
    expect(outOfOrder.stale).toBe('b');
    expect(outOfOrder.toRun).toBe('ab');
  });

  it('of a cell that changes its own input is stale, and runs again from where that came from', () => {
    const twice = work().run('abcd').run('b');
    expect(twice.stale).toBe('bcd');
    expect(twice.report.stale.get('b')).toEqual({ kind: 'order', name: 'df' });
    expect(twice.toRun).toBe('abcd');
  });

  it('that failed may have bound some names', () => {
    expect(work().run('abcd').run('a', false).stale).toBe('bcd');
  });
});

describe('a deletion', () => {
  it('leaves names in the kernel that a cell still reads', () => {
    const deleted = new Work('x', '< x', 'unread').run('abc').order('b');
    expect(deleted.lost).toEqual(['x deleted null']);
    expect(deleted.stale).toBe('');
  });

  it('of a cell between makes stale what then reads from the cell above it', () => {
    const deleted = work().run('abcd').order('acd');
    expect(deleted.stale).toBe('cd');
    expect(deleted.lost).toEqual(['df deleted null']);
    expect(deleted.toRun).toBe('acd');
  });

  it('that is undone leaves nothing', () => {
    const undone = work().run('abcd');
    expect(undone.order('abcd').report).toEqual(work().run('abcd').report);
  });
});

describe('a restart', () => {
  it('leaves nothing stale', () => {
    const restarted = work().run('abcd').edit('b', 'df < df # other').restart();
    expect(restarted.report).toEqual({ stale: new Map(), lostNames: [], toRun: [] });
  });

  it('after which a cell succeeds without the one above it: the name comes from elsewhere', () => {
    expect(work().restart().run('c').lost).toEqual(['df never run b']);
    expect(work().restart().run('c', false).lost).toEqual([]);
  });

  it('says nothing of cells that may have run before the page was loaded', () => {
    const reloaded = work();
    reloaded.isComplete = false;
    expect([reloaded.run('c').lost, reloaded.stale]).toEqual([[], '']);
  });
});

describe('another order', () => {
  it('makes stale what then reads from another cell', () => {
    const moved = new Work('x', '< x', 'x # second').run('abc').order('acb');
    expect(moved.stale).toBe('b');
    // the kernel has what the third cell bound last
    expect(moved.toRun).toBe('b');
  });

  it('with a new cell in between, which has not run', () => {
    const inserted = new Work('x', 'x < x', '< x').run('ac');
    expect([inserted.stale, inserted.toRun]).toEqual(['c', 'bc']);
    inserted.isComplete = false;
    expect(inserted.stale).toBe('');
  });

  it('is stale where a cell below is the only one that binds the name', () => {
    const below = new Work('< x', 'x').run('ba');
    expect(below.stale).toBe('');
    expect(below.run('b').stale).toBe('a');
  });
});

describe('what is to run', () => {
  it('is what is stale, in the order of the notebook', () => {
    expect(work().run('abcd').edit('b', 'df < df # other').toRun).toBe('abcd');
    expect(new Work('x', 'y < x', '< y').run('abc').edit('b', 'y < x # other').toRun).toBe('bc');
  });

  it('leaves nothing stale behind', () => {
    const stories = [
      work().run('abcd').run('b'),
      work().run('abcd').edit('a', 'df # other'),
      work().run('abcd').order('acbd'),
      work().run('dcba'),
      new Work('x', 'x < x', '< x').run('ac'),
      new Work('x', '< x', 'x').run('acb'),
      new Work('x y', 'z < x', 'x', 'w < x z', '< w y').run('abcdecba').edit('d', 'w < x # other')
    ];
    for (const story of stories) {
      expect(story.stale).not.toBe('');
      expect(story.run(story.toRun).stale).toBe('');
    }
  });

  it('does not run what has never run unless something stale reads from it', () => {
    expect(new Work('x', '< x', 'z < x').run('ab').edit('a', 'x # other').toRun).toBe('ab');
  });
});

describe('code that is not known', () => {
  it('neither makes stale nor is told to be lost', () => {
    const unknown = new Work('x', '?', '< x').run('abc');
    expect([unknown.stale, unknown.lost]).toEqual(['', []]);
  });
});
