import type { Flow } from '../wire';

/** What the code of a cell binds, and which names it reads from elsewhere. */
export interface CellFlow {
  readonly binds: readonly string[];
  readonly reads: readonly string[];
}

/** Whether two sources are the same code: spaces at the end of lines and empty lines around it change nothing. */
export function sameCode(one: string, other: string): boolean {
  return normalized(one) === normalized(other);
}

/** What checks have said about pieces of code. A cell keeps what is known of it when it is moved, copied or restored. */
export class KnownFlows {
  private readonly bySource = new Map<string, CellFlow>();

  get isEmpty(): boolean {
    return this.bySource.size === 0;
  }

  /** Learn from a check. `sources` are those of the cells that were checked, all of them, in order. */
  learn(flow: readonly Flow[], sources: readonly string[]): void {
    for (const { cell, binds, reads } of flow) {
      const source = sources[cell];
      if (source !== undefined) {
        this.bySource.set(normalized(source), { binds, reads });
      }
    }
  }

  /** What a piece of code binds and reads, null where no check has seen it. */
  of(source: string): CellFlow | null {
    return this.bySource.get(normalized(source)) ?? null;
  }

  /** Forget all but some pieces of code: while somebody types, each check sees another one. */
  keep(sources: Iterable<string>): void {
    const kept = new Set(Array.from(sources, normalized));
    for (const source of this.bySource.keys()) {
      if (!kept.has(source)) {
        this.bySource.delete(source);
      }
    }
  }
}

function normalized(source: string): string {
  return source.replace(/[^\S\n]+$/gm, '').trimEnd();
}
