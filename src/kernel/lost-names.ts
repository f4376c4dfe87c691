import type { LostName } from '../tokens';
import { sameCode } from './flow';
import { isSameImport } from './imports';
import type { Producers } from './producers';
import type { Replay } from './replay';
import type { KernelStory } from './story';

/** The names in the kernel that no longer come from the notebook, by name. One that no cell reads can hide nothing. */
export function lostNames(story: KernelStory, replay: Replay, producers: Producers): LostName[] {
  const readNames = new Set(story.cells.flatMap(({ source }) => story.flowOf(source)?.reads ?? []));
  const outdated = [...readNames].flatMap(name => outdatedName(name, story, replay) ?? []);
  const lost = new Map([...outdated, ...neverBound(story, replay, producers)].map(one => [one.name, one]));
  return [...lost.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A name whose cell has been deleted or changed since it ran. */
function outdatedName(name: string, { cells }: KernelStory, replay: Replay): LostName | null {
  const run = replay.owner(name);
  if (!run) {
    return null;
  }
  const cell = cells.find(({ id }) => id === run.cellId);
  if (!cell) {
    return { name, reason: 'deleted', cellId: null };
  }
  return sameCode(run.source, cell.source) || isSameImport(name, run.source, cell.source)
    ? null
    : { name, reason: 'changed', cellId: cell.id };
}

/** Names that a cell has read without an error, though the cell above that binds them has not run. */
function neverBound({ cells, isComplete }: KernelStory, replay: Replay, producers: Producers): LostName[] {
  return cells.flatMap(({ id }) => {
    const last = replay.lastRun(id);
    if (!isComplete || !last?.run.succeeded) {
      return [];
    }
    return [...last.reads].flatMap(([name, readFrom]) => {
      const producer = producers.get(id)?.get(name);
      const isUnbound = !readFrom && !replay.owner(name);
      return isUnbound && producer !== undefined && !replay.lastRun(producer.id)
        ? [{ name, reason: 'never run' as const, cellId: producer.id }]
        : [];
    });
  });
}
