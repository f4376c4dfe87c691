import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { announcer } from './announcements';
import { cellIndex, editsFor } from './cell-edits';
import { CellVersions } from './cell-versions';
import { utf16Length } from './diagnostics';
import { withTags } from './roles';
import type { NotebookSnapshot } from './server';
import type { CellState, NotebookDocument } from './session/document';
import type { Cell, Place, Proposal } from './wire';

/** The views of one notebook. */
export interface NotebookViews {
  /** All of them; the one that was used last comes first. */
  readonly all: () => readonly NotebookPanel[];
  /** Bring a view to the front. */
  readonly reveal: (view: NotebookPanel) => void;
  /** Go to a place in another notebook. */
  readonly goElsewhere: (place: Place) => Promise<void>;
}

/** A notebook of JupyterLab. Every change is one transaction of the shared model, so one undo takes it back. */
export class JupyterNotebook implements NotebookDocument {
  readonly saved = new Signal<this, void>(this);
  readonly othersActed = new Signal<this, void>(this);
  readonly announce: () => void;
  /** A kernel that starts changes metadata, and with them nothing that is exported. */
  savedKey: string | null = null;
  private readonly versions = new CellVersions();

  constructor(
    private readonly context: NotebookPanel['context'],
    private readonly contents: Contents.IManager,
    private readonly views: NotebookViews
  ) {
    void context.ready.then(() => this.rememberSaved());
    context.saveState.connect((_, state) => state === 'completed' && this.onSaved());
    // with real-time collaboration the server saves by itself, and says so afterwards
    context.fileChanged.connect(({ model }) => model.dirty || this.onSaved());
    this.announce = announcer(context.model.sharedModel.awareness, () => this.othersActed.emit());
  }

  get ready(): Promise<void> {
    return this.context.ready;
  }

  get contentChanged(): ISignal<unknown, void> {
    return this.context.model.contentChanged;
  }

  get pathChanged(): ISignal<unknown, string> {
    return this.context.pathChanged;
  }

  get disposed(): ISignal<unknown, void> {
    return this.context.disposed;
  }

  get path(): string {
    return this.contents.localPath(this.context.path);
  }

  get isWritable(): boolean {
    return this.context.contentsModel?.writable ?? true;
  }

  get isVisible(): boolean {
    return !document.hidden && this.views.all().some(view => view.isVisible);
  }

  get cells(): readonly CellState[] {
    return this.versions.of(this.context.model.sharedModel.cells);
  }

  get sources(): readonly string[] {
    return this.context.model.sharedModel.cells.map(cell => cell.getSource());
  }

  get metadata(): unknown {
    return this.context.model.sharedModel.getMetadata();
  }

  get sourceKey(): string {
    const { cells } = this.context.model.sharedModel;
    return JSON.stringify(
      cells.map(cell => [cell.id, cell.cell_type, cell.getSource(), cell.getMetadata('tags') ?? []])
    );
  }

  get savedAt(): number | null {
    const { contentsModel } = this.context;
    return contentsModel && this.savedKey === this.sourceKey ? Date.parse(contentsModel.last_modified) : null;
  }

  snapshot(): NotebookSnapshot {
    return { path: this.path, content: this.context.model.toJSON() };
  }

  save(): Promise<void> {
    return this.context.save();
  }

  tagsOf(cellId: string | null, index: number): string[] | null {
    const cell = this.cellAt(cellId, index);
    if (!cell || (cellId !== null && cell.id !== cellId)) {
      return null;
    }
    const tags: unknown = cell.getMetadata('tags');
    return Array.isArray(tags) ? tags.map(String) : [];
  }

  addTags(proposals: readonly Proposal[]): void {
    this.transact(() => {
      for (const proposal of proposals) {
        const cell = this.cellAt(proposal.cell_id, proposal.cell);
        if (cell && proposal.tags.length > 0) {
          cell.setMetadata('tags', withTags(cell.getMetadata('tags'), proposal.tags));
        }
      }
    });
  }

  applyFix(cells: readonly Cell[]): number {
    const notebook = this.context.model.sharedModel;
    const present = notebook.cells.map(cell => ({
      id: cell.id,
      cell_type: cell.cell_type,
      source: cell.getSource(),
      tags: cell.getMetadata('tags'),
      cell
    }));
    const edits = editsFor(present, cells);
    this.transact(() => {
      for (const edit of edits) {
        if (edit.kind === 'insert') {
          const { cell_type, source, tags } = edit.cell;
          notebook.insertCell(edit.index, { cell_type, source, metadata: tags.length > 0 ? { tags } : {} });
        } else if (edit.kind === 'source') {
          edit.target.cell.setSource(edit.source);
        } else {
          edit.target.cell.setMetadata('tags', edit.tags);
        }
      }
    });
    const [first] = edits;
    if (!first) {
      return -1;
    }
    return first.kind === 'insert' ? first.index : notebook.cells.findIndex(cell => cell.id === first.target.id);
  }

  async jump(place: Place): Promise<void> {
    if (place.notebook) {
      await this.views.goElsewhere(place);
      return;
    }
    const [view] = this.views.all();
    const index = this.indexOf(place.cell_id, place.cell);
    if (!view || index < 0) {
      return;
    }
    if (!view.isVisible) {
      this.views.reveal(view);
    }
    const notebook = view.content;
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'center');
    const cell = notebook.widgets[index];
    await cell?.ready;
    const lines = cell?.model.sharedModel.getSource().split('\n') ?? [];
    const position = (row: number, column: number) => ({
      line: row - 1,
      column: utf16Length(lines[row - 1] ?? '', column - 1)
    });
    cell?.editor?.setSelection({
      start: position(place.row, place.column),
      end: position(place.end_row, place.end_column)
    });
    cell?.editor?.focus();
  }

  private onSaved(): void {
    const before = this.savedKey;
    this.rememberSaved();
    if (this.savedKey !== before) {
      this.saved.emit();
    }
  }

  private rememberSaved(): void {
    if (!this.context.isDisposed) {
      this.savedKey = this.sourceKey;
    }
  }

  private transact(change: () => void): void {
    this.context.model.sharedModel.transact(change);
  }

  private cellAt(id: string | null, index: number): ICellModel | null {
    const presentIndex = this.indexOf(id, index);
    return presentIndex < 0 ? null : this.context.model.cells.get(presentIndex);
  }

  private indexOf(id: string | null, index: number): number {
    const ids = Array.from(this.context.model.cells, cell => cell.id);
    return cellIndex(ids, id, index);
  }
}
