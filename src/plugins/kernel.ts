import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { KernelTracker } from '../kernel/kernel-tracker';
import { StaleMarks } from '../kernel/stale-marks';
import { IExportContext, IKernelState, type KernelState } from '../tokens';
import { loadTranslation } from '../translation';

const RUN_STALE = 'nbexport:run-stale';

/** Provides what is stale in the kernels of the open notebooks, and shows it at their cells. */
export const kernelPlugin: JupyterFrontEndPlugin<IKernelState> = {
  id: 'nbexport:kernel',
  description: 'Shows which cells are stale in the kernel, and runs them.',
  autoStart: true,
  requires: [INotebookTracker, IExportContext],
  optional: [ITranslator, ICommandPalette, ISessionContextDialogs],
  provides: IKernelState,
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    { sessions }: IExportContext,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    dialogs: ISessionContextDialogs | null
  ): IKernelState => {
    const trans = loadTranslation(translator);
    // two views of one notebook share its context
    const trackers = new WeakMap<NotebookPanel['context'], KernelTracker>();
    const states = new WeakMap<NotebookPanel, KernelState>();

    const runStale = async (panel: NotebookPanel, tracker: KernelTracker) => {
      const toRun = new Set(tracker.refreshed().toRun);
      const cells = panel.content.widgets.filter(cell => toRun.has(cell.model.id));
      if (cells.length > 0) {
        await NotebookActions.runCells(
          panel.content,
          cells,
          panel.sessionContext,
          dialogs ?? undefined,
          translator ?? undefined
        );
      }
    };

    sessions.watch((panel, session) => {
      void panel.context.ready.then(() => {
        if (panel.isDisposed) {
          return;
        }
        const tracker = trackers.get(panel.context) ?? new KernelTracker(panel.context);
        trackers.set(panel.context, tracker);
        states.set(panel, {
          changed: tracker.changed,
          get staleCells() {
            return [...tracker.report.stale.keys()];
          },
          get lostNames() {
            return tracker.report.lostNames;
          },
          runStale: () => runStale(panel, tracker)
        });
        const marks = new StaleMarks(panel, tracker, () => void runStale(panel, tracker), trans);
        panel.disposed.connect(() => marks.dispose());
        tracker.changed.connect(() => app.commands.notifyCommandChanged(RUN_STALE));
        session.changed.connect(() => tracker.learn(session));
        tracker.learn(session);
      });
    });

    const currentState = () => (notebooks.currentWidget && states.get(notebooks.currentWidget)) ?? null;
    app.commands.addCommand(RUN_STALE, {
      label: trans.__('Run what is stale'),
      caption: trans.__('Run the cells whose code, or whose inputs, have changed since they ran'),
      isEnabled: () => (currentState()?.staleCells.length ?? 0) > 0,
      execute: () => currentState()?.runStale()
    });
    palette?.addItem({ command: RUN_STALE, category: trans.__('Notebook Operations') });
    notebooks.currentChanged.connect(() => app.commands.notifyCommandChanged(RUN_STALE));

    return { stateOf: panel => states.get(panel) ?? null };
  }
};
