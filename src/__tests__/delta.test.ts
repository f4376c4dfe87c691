import { describe, expect, it } from 'vitest';

import { deltaOf, knownRevision } from '../session/delta';
import type { CellState } from '../session/document';

function cells(...versions: [string, number][]): CellState[] {
  return versions.map(([id, version]) => ({ id, version, toJSON: () => ({ id }) }));
}

describe('deltaOf', () => {
  const known = knownRevision('r1', cells(['a', 1], ['b', 2], ['c', 3]));

  it('holds the order of all cells, and those that have changed or are new', () => {
    expect(deltaOf(known, cells(['c', 3], ['new', 4], ['a', 5]), { k: 1 })).toEqual({
      of: 'r1',
      order: ['c', 'new', 'a'],
      changed: [{ id: 'new' }, { id: 'a' }],
      metadata: { k: 1 }
    });
  });

  it('holds no cell where only their order or metadata have changed', () => {
    expect(deltaOf(known, cells(['b', 2], ['a', 1], ['c', 3]), {})?.changed).toEqual([]);
  });

  it('is none where nothing is known, or the server keeps no revisions', () => {
    expect(deltaOf(null, cells(['a', 1]), {})).toBeNull();
    expect(deltaOf(knownRevision('', cells(['a', 1])), cells(['a', 1]), {})).toBeNull();
  });

  it('is none where two cells have the same id', () => {
    expect(deltaOf(known, cells(['a', 1], ['a', 2]), {})).toBeNull();
  });
});
