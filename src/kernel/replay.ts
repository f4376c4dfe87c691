import type { CellFlow } from './flow';
import type { Run } from './story';

/** The last run of a cell: its place among all runs, and for each name it read, the run that had bound it. */
export interface LastRun {
  readonly run: Run;
  readonly index: number;
  readonly reads: ReadonlyMap<string, Run | undefined>;
}

/** The runs of a kernel, gone through once: which run each name comes from. */
export class Replay {
  private readonly owners = new Map<string, Run>();
  private readonly lastRuns = new Map<string, LastRun>();

  constructor(runs: readonly Run[], flowOf: (source: string) => CellFlow | null) {
    runs.forEach((run, index) => {
      const flow = flowOf(run.source);
      const reads = new Map((flow?.reads ?? []).map(name => [name, this.owners.get(name)]));
      this.lastRuns.set(run.cellId, { run, index, reads });
      for (const name of flow?.binds ?? []) {
        this.owners.set(name, run);
      }
    });
  }

  /** The run that a name in the kernel comes from. */
  owner(name: string): Run | undefined {
    return this.owners.get(name);
  }

  lastRun(cellId: string): LastRun | undefined {
    return this.lastRuns.get(cellId);
  }
}
