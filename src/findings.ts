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

/** The findings of all open notebooks, by the id of their cell. */
export class FindingsByCell {
  readonly changed = new Signal<this, void>(this);
  private readonly byCellId = new Map<string, Finding[]>();
  private readonly cellIdsByNotebook = new WeakMap<object, string[]>();

  /** Replace the findings of one notebook; any object can stand for it. */
  set(notebook: object, findings: readonly Finding[]): void {
    for (const id of this.cellIdsByNotebook.get(notebook) ?? []) {
      this.byCellId.delete(id);
    }
    const ids: string[] = [];
    for (const finding of findings) {
      const id = finding.place.cell_id;
      if (id !== null) {
        this.byCellId.set(id, [...(this.byCellId.get(id) ?? []), finding]);
        ids.push(id);
      }
    }
    this.cellIdsByNotebook.set(notebook, ids);
    this.changed.emit();
  }

  get(cellId: string): readonly Finding[] {
    return this.byCellId.get(cellId) ?? [];
  }
}
