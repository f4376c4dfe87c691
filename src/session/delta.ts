import type { CheckDelta } from '../server';
import type { CellState } from './document';

/** What the server knows of a notebook: the revision that it checked, and which version of each cell it was sent. */
export interface KnownRevision {
  revision: string;
  versions: ReadonlyMap<string, number>;
}

export function knownRevision(revision: string, cells: readonly CellState[]): KnownRevision {
  return { revision, versions: new Map(cells.map(cell => [cell.id, cell.version])) };
}

/**
 * What has changed since a revision; null where the notebook must be sent whole: the server keeps no revisions, or cells
 * cannot be told apart by their ids.
 */
export function deltaOf(
  known: KnownRevision | null,
  cells: readonly CellState[],
  metadata: unknown
): CheckDelta | null {
  const order = cells.map(cell => cell.id);
  if (!known?.revision || new Set(order).size < order.length) {
    return null;
  }
  const changed = cells.filter(cell => known.versions.get(cell.id) !== cell.version).map(cell => cell.toJSON());
  return { of: known.revision, order, changed, metadata };
}
