/** What a cell adds to the section it stands in. */
export interface CellSummary {
  readonly roles: readonly string[];
  readonly errors: number;
  readonly warnings: number;
}

/** The roles and findings of a section: of the cells from its heading to the next one, of whatever depth. */
export type Section = CellSummary;

/** What each section holds. `headings` are the indexes of the cells that headings stand in, in order. */
export function sectionsOf(cells: readonly CellSummary[], headings: readonly number[]): Section[] {
  return headings.map((start, index) => {
    // of several headings in one cell, the last has what follows
    const own = cells.slice(start, headings[index + 1] ?? cells.length);
    return {
      roles: [...new Set(own.flatMap(cell => cell.roles))],
      errors: own.reduce((sum, cell) => sum + cell.errors, 0),
      warnings: own.reduce((sum, cell) => sum + cell.warnings, 0)
    };
  });
}
