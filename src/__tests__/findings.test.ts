import { describe, expect, it } from 'vitest';

import { errorCount, FindingsByCell, groupByCell } from '../findings';
import { aFinding } from './samples';

describe('groupByCell', () => {
  it('has one group for each cell, in the order of the cells as numbers, the notebook first', () => {
    const cells = [10, 2, -1, 10].map((cell, index) => aFinding({ key: String(index), place: { cell } }));
    const groups = groupByCell(cells).map(({ cell, findings }) => [cell, findings.map(finding => finding.key)]);
    expect(groups).toEqual([
      [-1, ['2']],
      [2, ['1']],
      [10, ['0', '3']]
    ]);
  });

  it('has no group where there is no finding', () => {
    expect(groupByCell([])).toEqual([]);
  });
});

describe('errorCount', () => {
  it('counts errors alone', () => {
    const findings = (['error', 'warning', 'error', 'advice'] as const).map(severity => aFinding({ severity }));
    expect(errorCount(findings)).toBe(2);
  });
});

describe('FindingsByCell', () => {
  const notebook = {};
  const keysIn = (findingsByCell: FindingsByCell, id: string, of: object = notebook) =>
    findingsByCell.get(of, id).map(finding => finding.key);

  it('keeps the findings of a cell in their order', () => {
    const findingsByCell = new FindingsByCell();
    findingsByCell.set(
      notebook,
      [aFinding({ key: '1' }), aFinding({ key: '2' }), aFinding({ place: { cell_id: 'b' } })],
      []
    );
    expect(keysIn(findingsByCell, 'a')).toEqual(['1', '2']);
    expect(keysIn(findingsByCell, 'none')).toEqual([]);
  });

  it('knows a cell of a notebook from the cell with the same id in a copy', () => {
    const copy = {};
    const findingsByCell = new FindingsByCell();
    findingsByCell.set(notebook, [aFinding({ key: 'of the notebook' })], []);
    expect(keysIn(findingsByCell, 'a', copy)).toEqual([]);
    findingsByCell.set(copy, [aFinding({ key: 'of the copy' })], []);
    expect(keysIn(findingsByCell, 'a')).toEqual(['of the notebook']);
    expect(keysIn(findingsByCell, 'a', copy)).toEqual(['of the copy']);
  });

  it('replaces the findings of one notebook and leaves those of another', () => {
    const other = {};
    const findingsByCell = new FindingsByCell();
    findingsByCell.set(notebook, [aFinding({ key: 'old' }), aFinding({ key: 'gone', place: { cell_id: 'b' } })], []);
    findingsByCell.set(other, [aFinding({ key: 'other' })], []);
    findingsByCell.set(notebook, [aFinding({ key: 'new' })], []);
    expect([keysIn(findingsByCell, 'a'), keysIn(findingsByCell, 'b')]).toEqual([['new'], []]);
    expect(keysIn(findingsByCell, 'a', other)).toEqual(['other']);
  });

  it('finds the cell by its index where the file has no ids, and keeps no finding that belongs to no cell', () => {
    const findingsByCell = new FindingsByCell();
    findingsByCell.set(
      notebook,
      [
        aFinding({ key: 'second', place: { cell: 1, cell_id: null } }),
        aFinding({ key: 'whole', place: { cell: -1, cell_id: null } })
      ],
      ['x', 'y']
    );
    expect(['x', 'y', 'null', 'undefined'].map(id => keysIn(findingsByCell, id))).toEqual([[], ['second'], [], []]);
  });

  it('tells the editors of each change which notebook it is about, an empty one too', () => {
    const findingsByCell = new FindingsByCell();
    const seen: [object, string[]][] = [];
    findingsByCell.changed.connect((sender, of) => seen.push([of, keysIn(sender, 'a')]));
    findingsByCell.set(notebook, [aFinding({ key: '1' })], []);
    findingsByCell.set(notebook, [], []);
    expect(seen).toEqual([
      [notebook, ['1']],
      [notebook, []]
    ]);
  });
});
