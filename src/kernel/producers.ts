import { isSameImport } from './imports';
import type { Replay } from './replay';
import type { CodeCell, KernelStory } from './story';

/** For each cell, the cell above it that binds each name it reads. */
export type Producers = ReadonlyMap<string, ReadonlyMap<string, CodeCell>>;

/** The cells that names come from in a run from top to bottom. */
export function producersOf({ cells, flowOf }: KernelStory): Producers {
  const binders = new Map<string, CodeCell>();
  const producers = new Map<string, ReadonlyMap<string, CodeCell>>();
  for (const cell of cells) {
    const flow = flowOf(cell.source);
    const inputs = new Map<string, CodeCell>();
    for (const name of flow?.reads ?? []) {
      const binder = binders.get(name);
      if (binder) {
        inputs.set(name, binder);
      }
    }
    producers.set(cell.id, inputs);
    for (const name of flow?.binds ?? []) {
      binders.set(name, cell);
    }
  }
  return producers;
}

/**
 * Whether what a cell has read is what it would read now, whatever has run or changed since: an import of the same.
 *
 * Without this, one more import in the first cell of a notebook would make all others stale.
 */
export function isSettled(name: string, producer: CodeCell | undefined, cellId: string, replay: Replay): boolean {
  const readFrom = replay.lastRun(cellId)?.reads.get(name);
  return readFrom !== undefined && producer !== undefined && isSameImport(name, readFrom.source, producer.source);
}
