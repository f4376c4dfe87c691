import { describe, expect, it } from 'vitest';

import { type CellSummary, sectionsOf } from '../cells/sections';

function aSummary(summary: Partial<CellSummary> = {}): CellSummary {
  return { roles: [], errors: 0, warnings: 0, ...summary };
}

describe('sectionsOf', () => {
  const cells = [
    aSummary({ roles: ['define'], errors: 4 }),
    aSummary(),
    aSummary({ roles: ['data'], errors: 1 }),
    aSummary({ roles: ['data', 'features'], errors: 1, warnings: 2 }),
    aSummary(),
    aSummary({ roles: ['train'] })
  ];

  it('has for each heading what stands up to the next one, each role once', () => {
    expect(sectionsOf(cells, [1, 4])).toEqual([
      aSummary({ roles: ['data', 'features'], errors: 2, warnings: 2 }),
      aSummary({ roles: ['train'] })
    ]);
  });

  it('gives what follows several headings in one cell to the last of them', () => {
    expect(sectionsOf(cells, [4, 4])).toEqual([aSummary(), aSummary({ roles: ['train'] })]);
  });

  it('has nothing without headings', () => {
    expect(sectionsOf(cells, [])).toEqual([]);
  });
});
