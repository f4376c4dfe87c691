import type { ISignal } from '@lumino/signaling';

import type { Job, Place, Plan } from '../wire';

/**
 * What becomes of a file that would change: the one on disk stays (`mine`), the new one is taken, a text that was merged
 * by hand is written, or the file is left out. Only a conflict needs a choice; any other file is written without one.
 */
export type FileChoice = 'mine' | 'new' | 'left-out' | { readonly text: string };

/** What the views in the main area need of the session of a notebook. */
export interface AreaSource {
  readonly notebook: {
    /** Settles once the notebook is loaded. */
    readonly ready: Promise<void>;
    readonly path: string;
    readonly disposed: ISignal<unknown, void>;
    jump(place: Place): Promise<void>;
  };
  readonly changed: ISignal<unknown, void>;
  /** What would be written, as it was previewed last; null where nothing is previewed. */
  readonly plan: Plan | null;
  readonly exporting: {
    /** Whether the plan says what would be written now. */
    readonly isPlanCurrent: boolean;
    readonly isPlanning: boolean;
    preview(): Promise<void>;
  };
  /** What becomes of the files of the plan, by path. */
  readonly choices: Readonly<Record<string, FileChoice>>;
  /** Decide what becomes of a file; null takes a choice back. */
  choose(path: string, choice: FileChoice | null): void;
  /** The jobs of the notebook, newest first. */
  readonly jobs: readonly Job[];
}
