import { isSettled, type Producers } from './producers';
import type { Replay } from './replay';
import type { CodeCell, KernelStory } from './story';

/**
 * The cells to run, in order, after which nothing is stale.
 *
 * Running the stale ones is not enough: where a name has been bound again since, the cell above that binds it runs too,
 * and then all that has read from that one.
 */
export function cellsToRun(
  story: KernelStory,
  replay: Replay,
  producers: Producers,
  stale: Iterable<string>
): string[] {
  const chosen = new Set(stale);
  if (chosen.size === 0) {
    return [];
  }
  const inputs = new Map(story.cells.map(({ id }) => [id, openInputs(id, replay, producers)]));
  let size = 0;
  // each round may add cells above, whose names other cells read in turn
  while (chosen.size !== size) {
    size = chosen.size;
    addOneRound(chosen, story, replay, inputs);
  }
  return story.cells.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
}

/** For each name that a cell reads and that may have changed, the cell it comes from. */
type Inputs = readonly (readonly [name: string, producer: CodeCell])[];

function openInputs(id: string, replay: Replay, producers: Producers): Inputs {
  return [...(producers.get(id) ?? [])].filter(([name, producer]) => !isSettled(name, producer, id, replay));
}

/** Go through the notebook as the chosen cells would run, and add the cells that those need or outdate. */
function addOneRound(
  chosen: Set<string>,
  story: KernelStory,
  replay: Replay,
  inputsById: ReadonlyMap<string, Inputs>
): void {
  const owners = new Map<string, string>();
  for (const cell of story.cells) {
    const inputs = inputsById.get(cell.id) ?? [];
    const isOutdated = replay.lastRun(cell.id) && inputs.some(([, producer]) => chosen.has(producer.id));
    if (!isOutdated && !chosen.has(cell.id)) {
      continue;
    }
    chosen.add(cell.id);
    for (const [name, producer] of inputs) {
      const owner = owners.get(name) ?? replay.owner(name)?.cellId;
      // what ran before the page was loaded has no owner; its names are left as they are
      if (owner !== producer.id && (owner !== undefined || story.isComplete)) {
        chosen.add(producer.id);
      }
    }
    bind(owners, cell, story);
  }
}

function bind(owners: Map<string, string>, { id, source }: CodeCell, { flowOf }: KernelStory): void {
  for (const name of flowOf(source)?.binds ?? []) {
    owners.set(name, id);
  }
}
