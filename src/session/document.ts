import type { ISignal } from '@lumino/signaling';

import type { NotebookSnapshot } from '../server';
import type { Cell, Place, Proposal } from '../wire';

/** One cell as a check sends it. `version` grows with each change of source, metadata or outputs. */
export interface CellState {
  readonly id: string;
  readonly version: number;
  toJSON(): unknown;
}

/** A notebook that is open in the browser, with what a session reads from it and changes in it. */
export interface NotebookDocument {
  /** Settles once the notebook is loaded. */
  readonly ready: Promise<void>;
  readonly contentChanged: ISignal<unknown, void>;
  readonly pathChanged: ISignal<unknown, string>;
  readonly disposed: ISignal<unknown, void>;
  /** The path as the server knows it. */
  readonly path: string;
  readonly isWritable: boolean;
  /** Whether a person can see one of its views: another is not checked until it is shown. */
  readonly isVisible: boolean;
  readonly cells: readonly CellState[];
  /** The sources of all cells, in order. */
  readonly sources: readonly string[];
  readonly metadata: unknown;
  /** Sources and tags of all cells in one text: equal texts are exported equal. */
  readonly sourceKey: string;
  /** `sourceKey` of what is stored; null until it is loaded. */
  readonly savedKey: string | null;
  /** Emits when something else is stored than before. */
  readonly saved: ISignal<unknown, void>;
  /** When it was saved last, in milliseconds; null where it has changed since. */
  readonly savedAt: number | null;
  /** Emits when somebody else who has it open has changed its project or its jobs. */
  readonly othersActed: ISignal<unknown, void>;
  /** Tell them that its project or its jobs have changed here. */
  announce(): void;
  snapshot(): NotebookSnapshot;
  save(): Promise<void>;
  /** The tags of a cell as they are now; null where the cell is gone. */
  tagsOf(cellId: string | null, index: number): string[] | null;
  /** Give cells the tags that are proposed for them; one undo takes them all back. */
  addTags(proposals: readonly Proposal[]): void;
  /** Take over the cells of a fix; one undo takes them all back. Gives the index of the first that changed, or -1. */
  applyFix(cells: readonly Cell[]): number;
  /** Scroll to a place in the notebook, or in another one that it names, and select it. */
  jump(place: Place): Promise<void>;
}
