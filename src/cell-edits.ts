import type { Cell } from './wire';

/** A cell as it is in the browser. `tags` is what its metadata hold there, which may be anything. */
export interface PresentCell {
  id: string;
  source: string;
  tags: unknown;
}

/** One change that takes the notebook to what the server sent. Edits are made in their order. */
export type CellEdit<C extends PresentCell> =
  | { kind: 'insert'; index: number; cell: Cell }
  | { kind: 'source'; target: C; source: string }
  | { kind: 'tags'; target: C; tags: string[] };

/** The edits that turn the present cells into the fixed ones. A fix inserts and changes cells, it removes none. */
export function editsFor<C extends PresentCell>(present: readonly C[], fixed: readonly Cell[]): CellEdit<C>[] {
  const byId = new Map(present.map(cell => [cell.id, cell]));
  const cells: (C | null)[] = [...present];
  const edits: CellEdit<C>[] = [];
  fixed.forEach((cell, index) => {
    const target = cell.id !== null ? byId.get(cell.id) : cells[index];
    if (!target) {
      edits.push({ kind: 'insert', index, cell });
      cells.splice(index, 0, null);
      return;
    }
    if (target.source !== cell.source) {
      edits.push({ kind: 'source', target, source: cell.source });
    }
    if (JSON.stringify(target.tags ?? []) !== JSON.stringify(cell.tags)) {
      edits.push({ kind: 'tags', target, tags: cell.tags });
    }
  });
  return edits;
}

/** The index of a cell, found by its id, or else by the index it had; -1 where there is none. */
export function cellIndex(ids: readonly string[], id: string | null, index: number): number {
  const indexOfId = id === null ? -1 : ids.indexOf(id);
  if (indexOfId >= 0) {
    return indexOfId;
  }
  return index < ids.length ? index : -1;
}
