import { describe, expect, it } from 'vitest';

import { canExport, carriedChoices, changedFiles, openConflicts, wireChoices } from '../session/choices';
import { aFile, aFinding, aPlan } from './samples';

describe('the choice of files', () => {
  it('does not count files that stay the same', () => {
    expect(changedFiles(aPlan([aFile('a', 'same'), aFile('b', 'update')])).map(file => file.path)).toEqual(['b']);
  });

  it('can export what is new', () => {
    expect(canExport(aPlan([aFile('a'), aFile('b', 'same')]), {})).toBe(true);
  });

  it('cannot export what is refused', () => {
    expect(canExport(aPlan([aFile('a')], [aFinding()]), {})).toBe(false);
  });

  it('cannot export nothing: no file changed, or all are left out', () => {
    expect(canExport(aPlan([aFile('a', 'same')]), {})).toBe(false);
    expect(canExport(aPlan([aFile('a'), aFile('b', 'merge')]), { a: 'left-out', b: 'mine' })).toBe(false);
    expect(canExport(aPlan([aFile('a'), aFile('b', 'merge')]), { a: 'left-out', b: 'new' })).toBe(true);
  });

  it('needs a choice for each conflict, and any will do', () => {
    const plan = aPlan([aFile('a', 'conflict'), aFile('b', 'conflict')]);
    expect(openConflicts(plan, { a: 'new' }).map(file => file.path)).toEqual(['b']);
    expect(canExport(plan, { a: 'new' })).toBe(false);
    expect(canExport(plan, { a: 'new', b: { text: 'merged' } })).toBe(true);
    expect(canExport(plan, { a: 'mine', b: 'mine' })).toBe(true);
  });

  it('is sent as what is kept, what is taken, and the texts', () => {
    expect(wireChoices({ a: 'mine', b: 'new', c: 'left-out', d: { text: 'merged' } })).toEqual({
      keep: ['a', 'c'],
      take: ['b'],
      texts: { d: 'merged' }
    });
  });

  it('holds in a later plan where the file is the same, and a file that is left out stays so', () => {
    const from = aPlan([aFile('a', 'conflict'), aFile('b', 'conflict'), aFile('c'), aFile('d'), aFile('e')]);
    const to = aPlan([
      aFile('a', 'conflict'),
      { ...aFile('b', 'conflict'), text: 'other' },
      { ...aFile('c', 'update'), text: 'other' },
      aFile('d', 'same')
    ]);
    const choices = { a: 'mine', b: 'mine', c: 'left-out', d: 'left-out', e: 'left-out' } as const;
    expect(carriedChoices(choices, from, to)).toEqual({ a: 'mine', c: 'left-out' });
  });
});
