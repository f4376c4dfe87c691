import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';

import { cellIndex, editsFor } from './cell-edits';
import { withTags } from './roles';
import type { NotebookSnapshot } from './server';
import type { NotebookDocument } from './session';
import type { Cell, Place, Proposal } from './wire';

/** A notebook of JupyterLab. Every change is one transaction of the shared model, so one undo takes it back. */
export class JupyterNotebook implements NotebookDocument {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly contents: Contents.IManager
  ) {}

  get ready(): Promise<void> {
    return this.panel.context.ready;
  }

  get contentChanged(): ISignal<unknown, void> {
    return this.panel.context.model.contentChanged;
  }

  get disposed(): ISignal<unknown, void> {
    return this.panel.disposed;
  }

  get path(): string {
    return this.contents.localPath(this.panel.context.path);
  }

  snapshot(): NotebookSnapshot {
    return { path: this.path, content: this.panel.context.model.toJSON() };
  }

  save(): Promise<void> {
    return this.panel.context.save();
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

  applyFix(cells: readonly Cell[]): void {
    const notebook = this.panel.context.model.sharedModel;
    const present = notebook.cells.map(cell => ({
      id: cell.id,
      source: cell.getSource(),
      tags: cell.getMetadata('tags'),
      cell
    }));
    this.transact(() => {
      for (const edit of editsFor(present, cells)) {
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
  }

  async jump(place: Place): Promise<void> {
    const notebook = this.panel.content;
    const index = this.indexOf(place.cell_id, place.cell);
    if (index < 0) {
      return;
    }
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'center');
    const cell = notebook.widgets[index];
    await cell?.ready;
    cell?.editor?.setSelection({
      start: { line: place.row - 1, column: place.column - 1 },
      end: { line: place.end_row - 1, column: place.end_column - 1 }
    });
    cell?.editor?.focus();
  }

  private transact(change: () => void): void {
    this.panel.context.model.sharedModel.transact(change);
  }

  private cellAt(id: string | null, index: number): ICellModel | null {
    const presentIndex = this.indexOf(id, index);
    return presentIndex < 0 ? null : this.panel.context.model.cells.get(presentIndex);
  }

  private indexOf(id: string | null, index: number): number {
    const ids = Array.from(this.panel.context.model.cells, cell => cell.id);
    return cellIndex(ids, id, index);
  }
}
