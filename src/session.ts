import { ICellModel } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Contents } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { Asked, Refused, Server } from './request';
import { withTags } from './roles';
import { Check, Finding, Cell, Place, Proposal, Suggestion } from './wire';

/** How long the keyboard rests before an unsaved notebook is checked. */
const REST_MS = 400;

/** What is set for all notebooks. */
export interface Settings {
  level: number;
  output: string;
  checkAsYouType: boolean;
  ignore: string[];
}

/** One open notebook: what was last said about it, and what can be done to it. */
export class Session implements IDisposable {
  readonly changed = new Signal<this, void>(this);
  check: Check | null = null;
  suggestion: Suggestion | null = null;
  problem: Refused | null = null;
  private timer: number | undefined;
  private running: AbortController | null = null;
  private disposed = false;

  constructor(
    readonly panel: NotebookPanel,
    private readonly server: Server,
    private readonly contents: Contents.IManager,
    private settings: () => Settings
  ) {
    void panel.context.ready.then(() => {
      if (this.disposed) {
        return;
      }
      panel.context.model.contentChanged.connect(this.onChange, this);
      panel.disposed.connect(() => this.dispose());
      void this.run();
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    window.clearTimeout(this.timer);
    this.running?.abort();
    Signal.clearData(this);
  }

  /** The path as the server knows it. */
  get path(): string {
    return this.contents.localPath(this.panel.context.path);
  }

  asked(): Asked {
    return { path: this.path, content: this.panel.context.model.toJSON() };
  }

  /** Check now what stands in the browser. */
  async run(): Promise<void> {
    window.clearTimeout(this.timer);
    this.running?.abort();
    const running = (this.running = new AbortController());
    try {
      const check = await this.server.check({ ...this.asked(), ignore: this.settings().ignore }, running.signal);
      if (!running.signal.aborted) {
        this.check = check;
        this.problem = null;
      }
    } catch (error) {
      if (running.signal.aborted) {
        return;
      }
      this.problem = asRefused(error);
    }
    if (!this.disposed && !running.signal.aborted) {
      this.changed.emit();
    }
  }

  async suggest(): Promise<void> {
    try {
      this.suggestion = await this.server.tag(this.asked());
      this.problem = null;
    } catch (error) {
      this.problem = asRefused(error);
    }
    this.changed.emit();
  }

  /** Give cells the tags that are proposed for them; one undo takes them all back. */
  accept(proposals: readonly Proposal[]): void {
    this.transact(() => {
      for (const proposal of proposals) {
        const cell = this.cellAt(proposal.cell_id, proposal.cell);
        if (cell && proposal.tags.length > 0) {
          cell.setMetadata('tags', withTags(cell.getMetadata('tags'), proposal.tags));
        }
      }
    });
    const accepted = new Set(proposals);
    if (this.suggestion) {
      const left = this.suggestion.proposals.map(p => (accepted.has(p) ? { ...p, tagged: true } : p));
      this.suggestion = { ...this.suggestion, proposals: left };
    }
    void this.run();
  }

  /** Mend one finding; one undo takes it back. */
  async fix(finding: Finding): Promise<void> {
    try {
      const fixed = await this.server.fix({ ...this.asked(), key: finding.key });
      this.put(fixed.cells);
      this.problem = null;
    } catch (error) {
      this.problem = asRefused(error);
    }
    await this.run();
  }

  /** Move to a place in the notebook, and select it. */
  async jump(place: Place): Promise<void> {
    const notebook = this.panel.content;
    const index = this.indexOf(place.cell_id, place.cell);
    if (index < 0) {
      return;
    }
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'center');
    const cell = notebook.widgets[index];
    await cell.ready;
    const line = place.row - 1;
    cell.editor?.setSelection({
      start: { line, column: place.column - 1 },
      end: { line: place.end_row - 1, column: place.end_column - 1 }
    });
    cell.editor?.focus();
  }

  private put(cells: readonly Cell[]): void {
    const shared = this.panel.context.model.sharedModel;
    const known = new Map(shared.cells.map(cell => [cell.id, cell]));
    this.transact(() => {
      cells.forEach((fixed, index) => {
        const cell = fixed.id !== null ? known.get(fixed.id) : shared.cells[index];
        if (!cell) {
          const metadata = fixed.tags.length > 0 ? { tags: fixed.tags } : {};
          shared.insertCell(index, { cell_type: fixed.cell_type, source: fixed.source, metadata });
          return;
        }
        if (cell.getSource() !== fixed.source) {
          cell.setSource(fixed.source);
        }
        const tags = cell.getMetadata('tags');
        if (JSON.stringify(tags ?? []) !== JSON.stringify(fixed.tags)) {
          cell.setMetadata('tags', fixed.tags);
        }
      });
    });
  }

  private transact(change: () => void): void {
    this.panel.context.model.sharedModel.transact(change);
  }

  private cellAt(id: string | null, index: number): ICellModel | null {
    const found = this.indexOf(id, index);
    return found < 0 ? null : this.panel.context.model.cells.get(found);
  }

  private indexOf(id: string | null, index: number): number {
    const cells = this.panel.context.model.cells;
    for (let at = 0; id !== null && at < cells.length; at++) {
      if (cells.get(at).id === id) {
        return at;
      }
    }
    return index < cells.length ? index : -1;
  }

  private onChange(): void {
    if (!this.settings().checkAsYouType) {
      return;
    }
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.run(), REST_MS);
  }
}

/** Any error in the form in which the panel shows it. */
export function asRefused(error: unknown): Refused {
  if (error instanceof Refused) {
    return error;
  }
  return new Refused({ message: String(error instanceof Error ? error.message : error), why: '', mend: '' });
}
