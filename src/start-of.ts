import type { Place } from './wire';

/** The first place of a cell, of this notebook or of another one. */
export function startOf(cell: number, cellId: string | null, notebook = ''): Place {
  return { notebook, cell, cell_id: cellId, row: 1, column: 1, end_row: 1, end_column: 1 };
}
