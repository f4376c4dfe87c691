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
  const keysIn = (findingsByCell: FindingsByCell, id: string) => findingsByCell.get(id).map(finding => finding.key);

  it('keeps the findings of a cell in their order', () => {
    const findingsByCell = new FindingsByCell();
    findingsByCell.set({}, [aFinding({ key: '1' }), aFinding({ key: '2' }), aFinding({ place: { cell_id: 'b' } })]);
    expect(keysIn(findingsByCell, 'a')).toEqual(['1', '2']);
    expect(keysIn(findingsByCell, 'none')).toEqual([]);
  });

  it('replaces the findings of one notebook and leaves those of another', () => {
    const findingsByCell = new FindingsByCell();
    const [first, second] = [{}, {}];
    findingsByCell.set(first, [aFinding({ key: 'old' })]);
    findingsByCell.set(second, [aFinding({ key: 'other', place: { cell_id: 'b' } })]);
    findingsByCell.set(first, [aFinding({ key: 'new', place: { cell_id: 'c' } })]);
    expect([keysIn(findingsByCell, 'a'), keysIn(findingsByCell, 'b'), keysIn(findingsByCell, 'c')]).toEqual([
      [],
      ['other'],
      ['new']
    ]);
  });

  it('keeps no finding that belongs to no cell', () => {
    const findingsByCell = new FindingsByCell();
    findingsByCell.set({}, [aFinding({ place: { cell: -1, cell_id: null } })]);
    expect(keysIn(findingsByCell, 'null')).toEqual([]);
  });

  it('tells the editors of each change, an empty one too', () => {
    const findingsByCell = new FindingsByCell();
    const notebook = {};
    const seen: string[][] = [];
    findingsByCell.changed.connect(sender => seen.push(keysIn(sender, 'a')));
    findingsByCell.set(notebook, [aFinding({ key: '1' })]);
    findingsByCell.set(notebook, []);
    expect(seen).toEqual([['1'], []]);
  });
});
