import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import { type Notebook, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { RestTimer } from '../rest-timer';
import type { Session } from '../session';
import { KnownFlows } from './flow';
import { KernelHistory } from './history';
import { type KernelReport, reportOf } from './reasoning';
import type { CodeCell } from './story';

/** How long the cells rest before the kernel is compared with them again. */
export const EDIT_REST_MS = 150;

const NOTHING: KernelReport = { stale: new Map(), lostNames: [], toRun: [] };

type Context = NotebookPanel['context'];
type ExecutedArgs = { notebook: Notebook; cell: { model: ICellModel }; success: boolean; error?: unknown };

/** Follows one notebook and its kernel, in all its views, from what the page sees; nothing is sent to the kernel. */
export class KernelTracker {
  readonly changed = new Signal<this, void>(this);
  report: KernelReport = NOTHING;
  private readonly flows = new KnownFlows();
  private readonly history = new KernelHistory();
  /** For each cell that waits for the kernel, the code that was sent. */
  private readonly sent = new Map<string, string[]>();
  private readonly restTimer = new RestTimer(() => this.update(), EDIT_REST_MS);
  private language: string | null = null;

  constructor(private readonly context: Context) {
    const { model, sessionContext } = context;
    NotebookActions.executionScheduled.connect(this.onScheduled, this);
    NotebookActions.executed.connect(this.onExecuted, this);
    model.contentChanged.connect(() => this.restTimer.restart());
    model.cells.changed.connect((_, { oldValues, newValues }) => {
      oldValues.forEach(cell => void this.onCellGone(cell.id));
      this.watchCells(newValues);
    });
    this.watchCells([...model.cells]);
    sessionContext.statusChanged.connect((_, status) => this.onStatus(status));
    sessionContext.kernelChanged.connect(() => {
      this.history.replace();
      this.readLanguage();
    });
    this.readLanguage();
    context.disposed.connect(() => {
      this.restTimer.cancel();
      Signal.clearData(this);
    });
  }

  /** Learn from the last check what cells bind and read. */
  learn({ check, checkedSources }: Session): void {
    if (check) {
      this.flows.learn(check.flow, checkedSources);
      this.flows.keep([...this.codeCells(), ...this.history.runs].map(({ source }) => source));
      this.update();
    }
  }

  /** The report on the cells as they are at this moment. */
  refreshed(): KernelReport {
    this.restTimer.cancel();
    this.update();
    return this.report;
  }

  private onScheduled(_: unknown, { notebook, cell }: Pick<ExecutedArgs, 'notebook' | 'cell'>): void {
    if (this.isOurs(notebook)) {
      const { id, sharedModel } = cell.model;
      this.sent.set(id, [...(this.sent.get(id) ?? []), sharedModel.getSource()]);
    }
  }

  private onExecuted(_: unknown, { notebook, cell, success, error }: ExecutedArgs): void {
    const { id } = cell.model;
    const [source, ...later] = this.sent.get(id) ?? [];
    if (!this.isOurs(notebook) || source === undefined) {
      return;
    }
    this.sent.set(id, later);
    // a cell that the kernel did not come to, since one before it failed, has an error without a name
    if (success || (error as { errorName?: string } | undefined)?.errorName) {
      this.history.add({ cellId: id, source, succeeded: success }, (cell.model as ICodeCellModel).executionCount);
    }
    this.update();
  }

  /** A cell that is deleted while it runs: nothing says how that ends. */
  private onCellGone(id: string): void {
    for (const source of this.sent.get(id) ?? []) {
      this.history.add({ cellId: id, source, succeeded: false }, null);
    }
    this.sent.delete(id);
  }

  private watchCells(cells: readonly ICellModel[]): void {
    for (const cell of cells) {
      if (cell.type === 'code') {
        cell.stateChanged.connect(this.onCellState, this);
      }
    }
  }

  /** A cell that gets a number though this page has not run it: somebody else has, in the same document. */
  private onCellState(cell: ICellModel, { name, newValue }: { name: string; newValue: unknown }): void {
    if (name === 'executionCount' && typeof newValue === 'number' && !this.sent.get(cell.id)?.length) {
      this.history.add({ cellId: cell.id, source: cell.sharedModel.getSource(), succeeded: false }, newValue);
      this.update();
    }
  }

  private onStatus(status: string): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this.sent.clear();
      this.history.restart();
      this.update();
    }
  }

  private readLanguage(): void {
    const kernel = this.context.sessionContext.session?.kernel;
    this.language = null;
    this.sent.clear();
    void kernel?.info.then(info => {
      if (this.context.sessionContext.session?.kernel === kernel) {
        this.language = info.language_info.name;
        this.update();
      }
    });
    this.update();
  }

  private update(): void {
    if (this.context.isDisposed) {
      return;
    }
    const before = JSON.stringify([[...this.report.stale], this.report.lostNames, this.report.toRun]);
    this.report = this.language === 'python' && !this.flows.isEmpty ? this.compare() : NOTHING;
    if (JSON.stringify([[...this.report.stale], this.report.lostNames, this.report.toRun]) !== before) {
      this.changed.emit();
    }
  }

  private compare(): KernelReport {
    const { runs, isComplete } = this.history;
    return reportOf({ cells: this.codeCells(), runs, isComplete, flowOf: source => this.flows.of(source) });
  }

  private codeCells(): CodeCell[] {
    return Array.from(this.context.model.cells)
      .filter(cell => cell.type === 'code')
      .map(cell => ({ id: cell.id, source: cell.sharedModel.getSource() }));
  }

  private isOurs(notebook: Notebook): boolean {
    return notebook.model === this.context.model;
  }
}
