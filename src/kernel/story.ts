import type { CellFlow } from './flow';

/** A code cell as it is in the notebook now. */
export interface CodeCell {
  readonly id: string;
  readonly source: string;
}

/** One run of a cell in this kernel, with the code that ran. A run that failed may have bound some of its names. */
export interface Run {
  readonly cellId: string;
  readonly source: string;
  readonly succeeded: boolean;
}

/** All that is known of a notebook and its kernel. */
export interface KernelStory {
  /** The code cells in order. */
  readonly cells: readonly CodeCell[];
  /** The runs since the kernel started, oldest first. */
  readonly runs: readonly Run[];
  /** Whether these are all runs: nothing ran before the page was loaded, or from a console. */
  readonly isComplete: boolean;
  /** What a piece of code binds and reads, null where that is not known. */
  readonly flowOf: (source: string) => CellFlow | null;
}
