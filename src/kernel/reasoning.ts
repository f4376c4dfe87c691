import type { LostName } from '../tokens';
import { cellsToRun } from './cells-to-run';
import { sameCode } from './flow';
import { lostNames } from './lost-names';
import { isSettled, type Producers, producersOf } from './producers';
import { type LastRun, Replay } from './replay';
import type { CodeCell, KernelStory } from './story';

/**
 * Why a cell is stale: its own code has changed; a name it reads has changed since it ran; or it read a name as
 * another cell, or itself, had left it, and not the cell above.
 */
export type StaleReason = { readonly kind: 'changed' } | { readonly kind: 'input' | 'order'; readonly name: string };

/** What follows from a story. */
export interface KernelReport {
  /** The stale cells and why, in the order of the notebook. */
  readonly stale: ReadonlyMap<string, StaleReason>;
  readonly lostNames: readonly LostName[];
  /** The cells to run, in order, after which nothing is stale: the stale ones, and those whose names have been rebound. */
  readonly toRun: readonly string[];
}

/**
 * What is stale in a kernel, and which of its names no longer come from the notebook.
 *
 * A cell reads each name from the nearest cell above it that binds it, as in a run from top to bottom. It is stale when
 * its code has changed since it ran; when that cell has run since, has changed, or is stale itself; or when it read the
 * name as another cell had left it (run out of order, or twice). Only what is known is said: a cell that has not run is
 * not stale, and a change in place that a check does not list as a binding is not seen.
 */
export function reportOf(story: KernelStory): KernelReport {
  const replay = new Replay(story.runs, story.flowOf);
  const producers = producersOf(story);
  const stale = staleCells(story, replay, producers);
  return {
    stale,
    lostNames: lostNames(story, replay, producers),
    toRun: cellsToRun(story, replay, producers, stale.keys())
  };
}

function staleCells(story: KernelStory, replay: Replay, producers: Producers): Map<string, StaleReason> {
  const stale = new Map<string, StaleReason>();
  for (const cell of story.cells) {
    const reason = staleReason(cell, story, replay, producers, stale);
    if (reason) {
      // a cell reads from cells above it, so those are judged by now
      stale.set(cell.id, reason);
    }
  }
  return stale;
}

function staleReason(
  cell: CodeCell,
  { isComplete }: KernelStory,
  replay: Replay,
  producers: Producers,
  stale: ReadonlyMap<string, StaleReason>
): StaleReason | null {
  const last = replay.lastRun(cell.id);
  if (!last) {
    return null;
  }
  if (!sameCode(last.run.source, cell.source)) {
    return { kind: 'changed' };
  }
  for (const name of last.reads.keys()) {
    const producer = producers.get(cell.id)?.get(name);
    const kind = producer
      ? howOld(name, producer, last, replay, stale, isComplete)
      : howOldWithout(name, cell.id, last, replay);
    if (kind && !isSettled(name, producer, cell.id, replay)) {
      return { kind, name };
    }
  }
  return null;
}

type Age = 'input' | 'order' | null;

/** How a name that a cell has read is old, where a cell above binds it. */
function howOld(
  name: string,
  producer: CodeCell,
  last: LastRun,
  replay: Replay,
  stale: ReadonlyMap<string, StaleReason>,
  isComplete: boolean
): Age {
  const produced = replay.lastRun(producer.id);
  if (stale.has(producer.id) || (produced && produced.index > last.index)) {
    return 'input';
  }
  const readFrom = last.reads.get(name);
  // a cell that was never seen to run may have run before the page was loaded
  return readFrom && readFrom.cellId !== producer.id && (produced || isComplete) ? 'order' : null;
}

/** How a name is old that only a cell below binds, or one that is gone. */
function howOldWithout(name: string, cellId: string, last: LastRun, replay: Replay): Age {
  const readFrom = last.reads.get(name);
  return readFrom && readFrom.cellId !== cellId && replay.owner(name) !== readFrom ? 'input' : null;
}
