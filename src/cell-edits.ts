import type { Cell } from './wire';

/** A cell as it is in the browser. `tags` is what its metadata hold there, which may be anything. */
export interface PresentCell {
  id: string;
  cell_type: string;
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
  const targets = fixed.some(cell => cell.id !== null) ? byIdOrPlace(present, fixed) : inOrder(present, fixed);
  const edits: CellEdit<C>[] = [];
  fixed.forEach((cell, index) => {
    const target = targets[index];
    if (!target) {
      edits.push({ kind: 'insert', index, cell });
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

/** The present cell of each fixed one, by its id; one without is where it was. */
function byIdOrPlace<C extends PresentCell>(present: readonly C[], fixed: readonly Cell[]): (C | null)[] {
  const byId = new Map(present.map(cell => [cell.id, cell]));
  const cells: (C | null)[] = [...present];
  return fixed.map((cell, index) => {
    const target = (cell.id !== null ? byId.get(cell.id) : cells[index]) ?? null;
    if (!target) {
      cells.splice(index, 0, null);
    }
    return target;
  });
}

/**
 * The present cell of each fixed one, where the file has no ids (nbformat before 4.5): all present cells in their
 * order, so that as few as possible are changed and none becomes a cell of another type.
 */
function inOrder<C extends PresentCell>(present: readonly C[], fixed: readonly Cell[]): (C | null)[] {
  const inserted = fixed.length - present.length;
  const changes = (cell: Cell, target: C | undefined) => {
    if (target?.cell_type !== cell.cell_type) {
      return Number.POSITIVE_INFINITY;
    }
    return target.source === cell.source ? 0 : 1;
  };
  // for each count of cells that were inserted so far: the fewest changes, and which cells were inserted
  let best: { changes: number; at: readonly number[] }[] = [{ changes: 0, at: [] }];
  fixed.forEach((cell, index) => {
    const next: typeof best = [];
    for (let count = 0; count <= Math.min(inserted, index + 1); count += 1) {
      const kept = best[count];
      const before = best[count - 1];
      const asChanged = kept ? kept.changes + changes(cell, present[index - count]) : Number.POSITIVE_INFINITY;
      if (before && before.changes < asChanged) {
        next[count] = { changes: before.changes, at: [...before.at, index] };
      } else if (kept) {
        next[count] = { changes: asChanged, at: kept.at };
      }
    }
    best = next;
  });
  const at = new Set(best[inserted]?.at);
  let place = 0;
  return fixed.map((_, index) => {
    if (at.has(index)) {
      return null;
    }
    place += 1;
    return present[place - 1] ?? null;
  });
}

/** The index of a cell, found by its id, or else by the index it had; -1 where there is none. */
export function cellIndex(ids: readonly string[], id: string | null, index: number): number {
  const indexOfId = id === null ? -1 : ids.indexOf(id);
  if (indexOfId >= 0) {
    return indexOfId;
  }
  return index < ids.length ? index : -1;
}
