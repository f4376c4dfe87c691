import { Signal } from '@lumino/signaling';

import type { Finding } from './wire';

/** The findings of one cell. `cell` is its index, or negative for findings about the notebook as a whole. */
export interface CellFindings {
  cell: number;
  findings: Finding[];
}

/** Findings in groups, one for each cell, in the order of the cells. */
export function groupByCell(findings: readonly Finding[]): CellFindings[] {
  const cells = [...new Set(findings.map(finding => finding.place.cell))].sort((a, b) => a - b);
  return cells.map(cell => ({ cell, findings: findings.filter(finding => finding.place.cell === cell) }));
}

/** How many findings stop an export. */
export function errorCount(findings: readonly Finding[]): number {
  return findings.filter(finding => finding.severity === 'error').length;
}

/** The findings of one notebook, by the id of their cell. */
type ByCellId = ReadonlyMap<string, readonly Finding[]>;

/**
 * The findings of all open notebooks, by notebook and cell.
 *
 * A notebook is the object that all its views share, such as the shared model: a copy of a notebook has the same cell
 * ids and is another notebook.
 */
export class FindingsByCell {
  /** Emits the notebook whose findings were replaced. */
  readonly changed = new Signal<this, object>(this);
  private readonly byNotebook = new WeakMap<object, ByCellId>();

  /** Replace the findings of one notebook. `cellIds` are its cells in order, for findings that name their cell by index. */
  set(notebook: object, findings: readonly Finding[], cellIds: readonly string[]): void {
    const byCellId = new Map<string, Finding[]>();
    for (const finding of findings) {
      // a notebook of before nbformat 4.5 has no ids in its file, but its cells have them in the browser
      const id = finding.place.cell_id ?? cellIds[finding.place.cell];
      if (id !== undefined) {
        byCellId.set(id, [...(byCellId.get(id) ?? []), finding]);
      }
    }
    this.byNotebook.set(notebook, byCellId);
    this.changed.emit(notebook);
  }

  get(notebook: object, cellId: string): readonly Finding[] {
    return this.byNotebook.get(notebook)?.get(cellId) ?? [];
  }
}
