import type { ICellModel } from '@jupyterlab/cells';

import type { CellState } from './session/document';

type SharedCell = ICellModel['sharedModel'];

/** Counts the changes of cells, so that a check sends only those that have changed since the last. */
export class CellVersions {
  private readonly versions = new WeakMap<SharedCell, number>();
  private changes = 0;

  /** The cells with their versions; a cell is watched from the first time that it is asked for. */
  of(cells: readonly SharedCell[]): CellState[] {
    return cells.map(cell => ({ id: cell.id, version: this.versionOf(cell), toJSON: () => cell.toJSON() }));
  }

  private versionOf(cell: SharedCell): number {
    const known = this.versions.get(cell);
    if (known !== undefined) {
      return known;
    }
    // one count for all cells: a cell that was moved is another object with the same id, and begins again
    const count = () => void this.versions.set(cell, ++this.changes);
    count();
    cell.changed.connect(count);
    return this.changes;
  }
}
