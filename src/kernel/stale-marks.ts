import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';

import { createCellButton } from '../cells/cell-button';
import { CellMarks } from '../cells/cell-marks';
import { RestTimer } from '../rest-timer';
import type { KernelTracker } from './kernel-tracker';
import type { StaleReason } from './reasoning';

/** How long cells that are added or moved rest before they are marked. */
const CELLS_REST_MS = 80;

/** Shows at each cell of a notebook whether it is stale, and why. */
export class StaleMarks {
  private readonly restTimer = new RestTimer(() => this.draw(), CELLS_REST_MS);

  constructor(
    private readonly panel: NotebookPanel,
    private readonly tracker: KernelTracker,
    private readonly run: () => void,
    private readonly trans: TranslationBundle
  ) {
    tracker.changed.connect(this.draw, this);
    panel.context.model.cells.changed.connect(this.onCellsChanged, this);
    this.draw();
  }

  dispose(): void {
    this.restTimer.cancel();
    // the model of a notebook that was closed has no cells any more
    Signal.disconnectReceiver(this);
  }

  private onCellsChanged(): void {
    this.restTimer.restart();
  }

  private draw(): void {
    for (const cell of this.panel.content.widgets) {
      const reason = this.tracker.report.stale.get(cell.model.id);
      const text = reason ? this.words(reason) : '';
      if ((cell.node.dataset.nbexportStale ?? '') !== text) {
        cell.node.dataset.nbexportStale = text;
        CellMarks.of(cell).showState(text ? this.mark(text) : null);
      }
    }
  }

  private words(reason: StaleReason): string {
    switch (reason.kind) {
      case 'changed':
        return this.trans.__('Stale: this cell has changed since it ran.');
      case 'input':
        return this.trans.__('Stale: %1 has changed since this cell ran.', reason.name);
      case 'order':
        return this.trans.__('Stale: %1 was not what the cell above makes of it when this cell ran.', reason.name);
    }
  }

  private mark(text: string): HTMLElement {
    const mark = createCellButton('nbexport-StaleMark', this.run);
    mark.title = `${text} ${this.trans.__('Press to run what is stale.')}`;
    mark.setAttribute('aria-label', mark.title);
    refreshIcon.element({ container: mark, tag: 'span' });
    return mark;
  }
}
