import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { ExportPanel } from '../panel/export-panel';
import { IExportContext, IExportPanel, IRulePages } from '../tokens';
import { loadTranslation } from '../translation';

const NOTIFICATION_MS = 10_000;

/** Provides the side panel, which follows the notebook in front. */
export const panelPlugin: JupyterFrontEndPlugin<IExportPanel> = {
  id: 'nbexport:panel',
  description: 'The side panel with the ladder, findings, proposals, export and verify.',
  autoStart: true,
  requires: [INotebookTracker, IExportContext, IRulePages],
  optional: [ITranslator, IDocumentManager],
  provides: IExportPanel,
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    { server, catalogue, sessions, settings }: IExportContext,
    rulePages: IRulePages,
    translator: ITranslator | null,
    documents: IDocumentManager | null
  ): IExportPanel => {
    const trans = loadTranslation(translator);
    const openFile = (path: string) => void documents?.openOrReveal(path);
    const panel = new ExportPanel({
      server,
      catalogue,
      trans,
      settings,
      explainRule: code => void rulePages.open(code),
      openFile,
      notifyExported: applied => {
        Notification.success(trans.__('%1 files written to %2', applied.written, applied.folder), {
          autoClose: NOTIFICATION_MS,
          actions: applied.open ? [{ label: trans.__('Open'), callback: () => openFile(applied.open) }] : []
        });
      },
      notifyVerified: (isEqual, lines) => {
        const text = lines[lines.length - 1] ?? '';
        void (isEqual ? Notification.success(text) : Notification.error(text));
      }
    });
    panel.title.icon = launchIcon;

    const followNotebook = () => {
      panel.session = sessions.current;
      app.commands.notifyCommandChanged();
    };
    notebooks.currentChanged.connect(followNotebook);
    followNotebook();

    return {
      reveal: () => {
        followNotebook();
        if (!panel.isAttached) {
          app.shell.add(panel, 'right', { rank: 900 });
        }
        app.shell.activateById(panel.id);
      }
    };
  }
};
