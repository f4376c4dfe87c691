import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { errorCount } from '../findings';
import { IExportContext } from '../tokens';

/** Shows the number of errors on the toolbar button. */
export const errorCountPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:error-count',
  description: 'Shows the number of errors on the toolbar button.',
  autoStart: true,
  requires: [IExportContext],
  activate: (_app: JupyterFrontEnd, { sessions }: IExportContext): void => {
    sessions.watch((panel, session) => {
      session.changed.connect(() => showErrorCount(panel, errorCount(session.findings)));
    });
  }
};

function showErrorCount(panel: NotebookPanel, count: number): void {
  const button = panel.node.querySelector<HTMLElement>('[data-jp-item-name="nbexport-open"]');
  if (button) {
    if (count > 0) {
      button.dataset.nbexportErrors = String(count);
    } else {
      delete button.dataset.nbexportErrors;
    }
  }
}
