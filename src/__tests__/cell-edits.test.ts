import { describe, expect, it } from 'vitest';

import { cellIndex, editsFor, type PresentCell } from '../cell-edits';
import type { Cell } from '../wire';
import { aCell } from './samples';

function present(id: string, source = `source of ${id}`, tags?: unknown): PresentCell {
  return { id, cell_type: 'code', source, tags };
}

function unchanged(id: string): Cell {
  return aCell({ id, source: `source of ${id}` });
}

describe('editsFor', () => {
  it('makes no edit where nothing changed', () => {
    expect(editsFor([present('a'), present('b')], [unchanged('a'), unchanged('b')])).toEqual([]);
  });

  it('takes a missing list of tags for an empty one', () => {
    expect(
      editsFor(
        [present('a', 'x', []), present('b', 'y')],
        [aCell({ id: 'a', source: 'x' }), aCell({ id: 'b', source: 'y' })]
      )
    ).toEqual([]);
  });

  it('changes source and tags of the cell with the same id, wherever it is', () => {
    const cells = [present('a'), present('b', 'old', ['data'])];
    const edits = editsFor(cells, [aCell({ id: 'b', source: 'new', tags: ['train'] }), unchanged('a')]);
    expect(edits).toEqual([
      { kind: 'source', target: cells[1], source: 'new' },
      { kind: 'tags', target: cells[1], tags: ['train'] }
    ]);
    expect(edits[0]).toHaveProperty('target', cells[1]);
  });

  it('inserts a cell whose id is new', () => {
    const added = aCell({ id: 'new', source: 'import os' });
    expect(editsFor([present('a'), present('b')], [unchanged('a'), added, unchanged('b')])).toEqual([
      { kind: 'insert', index: 1, cell: added }
    ]);
  });

  it('finds cells without an id by their index', () => {
    const cells = [present('a', 'one'), present('b', 'two')];
    expect(editsFor(cells, [aCell({ id: null, source: 'one' }), aCell({ id: null, source: 'changed' })])).toEqual([
      { kind: 'source', target: cells[1], source: 'changed' }
    ]);
  });

  it('counts an inserted cell when it goes by the index', () => {
    const cells = [present('a', 'one'), present('b', 'two')];
    const added = aCell({ id: 'new', source: 'zero' });
    const fixed = [added, aCell({ id: null, source: 'one' }), aCell({ id: null, source: 'two' })];
    expect(editsFor(cells, fixed)).toEqual([{ kind: 'insert', index: 0, cell: added }]);
  });

  it('inserts where cells have no ids, and changes none of those below', () => {
    const text: PresentCell = { ...present('b', 'words'), cell_type: 'markdown' };
    const cells = [present('a', 'one'), text, present('c', 'old'), present('d', 'one'), present('e', 'last')];
    const added = aCell({ id: null, source: 'added' });
    const without = (source: string, cell_type = 'code') => aCell({ id: null, cell_type, source });
    const fixed = [
      without('one'),
      added,
      without('words', 'markdown'),
      without('new'),
      without('one'),
      without('last')
    ];
    expect(editsFor(cells, fixed)).toEqual([
      { kind: 'insert', index: 1, cell: added },
      { kind: 'source', target: cells[2], source: 'new' }
    ]);
  });

  it('inserts at the end what is more than there is', () => {
    const added = aCell({ id: null, source: 'last' });
    expect(editsFor([present('a', 'one')], [aCell({ id: null, source: 'one' }), added])).toEqual([
      { kind: 'insert', index: 1, cell: added }
    ]);
  });
});

describe('cellIndex', () => {
  it('goes by the id, though the cell was moved', () => {
    expect(cellIndex(['a', 'b', 'c'], 'c', 0)).toBe(2);
  });

  it('goes by the index where the id is gone or was never there', () => {
    expect(cellIndex(['a', 'b'], 'x', 1)).toBe(1);
    expect(cellIndex(['a', 'b'], null, 0)).toBe(0);
  });

  it('is -1 where there is no such cell', () => {
    expect(cellIndex(['a'], 'x', 1)).toBe(-1);
    expect(cellIndex(['a'], null, -1)).toBe(-1);
  });
});
