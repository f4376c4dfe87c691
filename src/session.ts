import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { toProblem } from './problem';
import { withAccepted } from './proposals';
import { RestTimer } from './rest-timer';
import type { NotebookSnapshot, Server } from './server';
import type { Settings } from './settings';
import type { Cell, Check, Finding, Place, Problem, Proposal, Suggestion } from './wire';

/** How long the keyboard rests before an unsaved notebook is checked. */
export const CHECK_REST_MS = 400;

/** A notebook that is open in the browser, with what a session reads from it and changes in it. */
export interface NotebookDocument {
  /** Settles once the notebook is loaded. */
  readonly ready: Promise<void>;
  readonly contentChanged: ISignal<unknown, void>;
  readonly disposed: ISignal<unknown, void>;
  /** The path as the server knows it. */
  readonly path: string;
  snapshot(): NotebookSnapshot;
  save(): Promise<void>;
  /** Give cells the tags that are proposed for them; one undo takes them all back. */
  addTags(proposals: readonly Proposal[]): void;
  /** Take over the cells of a fix; one undo takes them all back. */
  applyFix(cells: readonly Cell[]): void;
  /** Scroll to a place in the notebook, and select it. */
  jump(place: Place): Promise<void>;
}

/** One open notebook: its last check, the proposals for it, and what can be done to it. */
export class Session implements IDisposable {
  readonly changed = new Signal<this, void>(this);
  check: Check | null = null;
  suggestion: Suggestion | null = null;
  problem: Problem | null = null;
  private readonly restTimer = new RestTimer(() => void this.checkNow(), CHECK_REST_MS);
  private runningCheck: AbortController | null = null;
  private disposed = false;

  constructor(
    readonly notebook: NotebookDocument,
    private readonly server: Pick<Server, 'check' | 'tag' | 'fix'>,
    private readonly settings: () => Settings
  ) {
    void notebook.ready.then(() => {
      if (this.disposed) {
        return;
      }
      notebook.contentChanged.connect(this.onContentChanged, this);
      notebook.disposed.connect(this.dispose, this);
      void this.checkNow();
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.restTimer.cancel();
    this.runningCheck?.abort();
    Signal.clearData(this);
  }

  /** Check the notebook as it is in the browser; an earlier check that is still running is dropped. */
  async checkNow(): Promise<void> {
    this.restTimer.cancel();
    this.runningCheck?.abort();
    const control = new AbortController();
    this.runningCheck = control;
    try {
      const request = { ...this.notebook.snapshot(), ignore: this.settings().ignore };
      const check = await this.server.check(request, control.signal);
      if (!control.signal.aborted) {
        this.check = check;
        this.problem = null;
      }
    } catch (error) {
      if (control.signal.aborted) {
        return;
      }
      this.problem = toProblem(error);
    }
    if (!this.disposed && !control.signal.aborted) {
      this.changed.emit();
    }
  }

  /** Ask for proposals of roles. */
  async suggest(): Promise<void> {
    try {
      this.suggestion = await this.server.tag(this.notebook.snapshot());
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
    this.changed.emit();
  }

  /** Give cells the roles that are proposed for them. */
  accept(proposals: readonly Proposal[]): void {
    this.notebook.addTags(proposals);
    if (this.suggestion) {
      this.suggestion = withAccepted(this.suggestion, proposals);
    }
    void this.checkNow();
  }

  /** Fix one finding. */
  async fix(finding: Finding): Promise<void> {
    try {
      const fixed = await this.server.fix({ ...this.notebook.snapshot(), key: finding.key });
      this.notebook.applyFix(fixed.cells);
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
    await this.checkNow();
  }

  private onContentChanged(): void {
    if (this.settings().checkAsYouType) {
      this.restTimer.restart();
    }
  }
}
